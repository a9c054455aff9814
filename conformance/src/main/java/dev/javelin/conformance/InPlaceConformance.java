package dev.javelin.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.Index;
import dev.javelin.Javelin;
import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import java.util.List;
import org.junit.jupiter.api.Test;

/// In-place changes: seen by every view, differentiable, and noticed where they would make a gradient wrong.
public abstract class InPlaceConformance extends Conformance {
  /// For subclasses.
  protected InPlaceConformance() {}

  private Tensor leaf(double... values) {
    return floats(values).requiresGrad_(true);
  }

  private static void fails(Runnable body, String... parts) {
    ErrorConformance.fails(IllegalStateException.class, body, parts);
  }

  // ---- values ----

  @Test
  void aWriteThroughAViewIsSeenEverywhere() {
    Tensor base = floats(new int[] {2, 3}, 1, 2, 3, 4, 5, 6);
    Tensor row = base.select(0, 1);
    Tensor column = base.select(1, 0);
    Tensor flat = base.view(6);
    column.zero_();
    Close.exactly(base, 0, 2, 3, 0, 5, 6);
    Close.exactly(row, 0, 5, 6);
    Close.exactly(flat, 0, 2, 3, 0, 5, 6);
    flat.slice(0, 0, 6, 2).add_(10);
    Close.exactly(base, 10, 2, 13, 0, 15, 6);
    base.t().mul_(2);
    Close.exactly(row, 0, 30, 12);
  }

  @Test
  void partsAreWrittenThroughEveryView() {
    Tensor base = floats(new int[] {2, 3}, 1, 2, 3, 4, 5, 6);
    Tensor flat = base.view(6);
    base.indexPut_(0, Index.parse(":, 0"));
    Close.exactly(flat, 0, 2, 3, 0, 5, 6);
    base.t().indexPut_(floats(7, 8), Index.of(2));
    Close.exactly(flat, 0, 2, 7, 0, 5, 8);
    base.t().indexPut_(9, Index.of(base.t().gt(6)));
    Close.exactly(flat, 0, 2, 9, 0, 5, 9);
    base.t().indexPut_(List.of(longs(0, 0), longs(1, 1)), floats(1, 2), true);
    Close.exactly(flat, 0, 2, 9, 3, 5, 9);
    base.diagonal().fill_(4);
    Close.exactly(flat, 4, 2, 9, 3, 4, 9);
    base.get("1").maskedFill_(base.get("1").eq(4), -1);
    Close.exactly(flat, 4, 2, 9, 3, -1, 9);
  }

  @Test
  void partsOfAGraphCanBeWritten() {
    Tensor x = leaf(1, 2, 3);
    Tensor v = leaf(5);
    Tensor y = x.mul(2);
    y.indexPut_(v, Index.of(0, 2));
    y.square().sum().backward();
    Close.exactly(x.grad(), 0, 16, 0);
    Close.exactly(v.grad(), 20);
    fails(() -> leaf(1, 2).indexPut_(1, Index.of(0)), "index_put_", "leaf");
  }

  @Test
  void theCallReturnsTheTensorItself() {
    Tensor x = floats(1, 2);
    assertSame(x, x.add_(1));
    assertSame(x, x.zero_());
    assertSame(x, x.copy_(floats(3, 4)));
  }

  @Test
  void aTensorCanBeItsOwnOperand() {
    Tensor x = floats(1, 2, 3);
    x.add_(x);
    Close.exactly(x, 2, 4, 6);
    x.mul_(x);
    Close.exactly(x, 4, 16, 36);
  }

  @Test
  void overlappingViewsAreReadBeforeTheyAreWritten() {
    Tensor x = floats(1, 2, 3, 4, 5);
    x.narrow(0, 1, 4).copy_(x.narrow(0, 0, 4));
    Close.exactly(x, 1, 1, 2, 3, 4);
    Tensor y = floats(1, 2, 3, 4, 5);
    y.narrow(0, 0, 4).add_(y.narrow(0, 1, 4));
    Close.exactly(y, 3, 5, 7, 9, 5);
    Tensor z = floats(new int[] {2, 2}, 1, 2, 3, 4);
    z.add_(z.t());
    Close.exactly(z, 2, 5, 5, 8);
    Tensor mean = floats(1, 2, 3);
    mean.sub_(mean.select(0, 1));
    Close.exactly(mean, -1, 0, 1);
  }

  @Test
  void theRestOfTheBaseIsLeftAlone() {
    for (DType dtype : DType.values()) {
      Nd ones = Nd.build(new int[] {5, 7}, i -> 1);
      Tensor base = Lay.contiguous(ones, dtype, device());
      base.slice(0, 1, 5, 2).slice(1, 1, 7, 3).fill_(0);
      Nd wanted = Nd.build(new int[] {5, 7}, i -> i[0] % 2 == 1 && i[1] % 3 == 1 ? 0 : 1);
      Close.check(wanted, base, Tolerance.EXACT, dtype.toString());
    }
  }

  @Test
  void copiesConvertAndBroadcast() {
    Tensor x = floats(new int[] {2, 2}, 0, 0, 0, 0);
    x.copy_(longs(1, 2));
    Close.exactly(x, 1, 2, 1, 2);
    Tensor y = longs(0, 0);
    y.copy_(floats(1.9, -1.9));
    Close.exactly(y, 1, -1);
  }

  @Test
  void randomFillsChangeOnlyTheView() {
    Tensor x = floats(new int[] {2, 2}, 5, 5, 5, 5);
    x.select(0, 0).uniform_(0, 1);
    x.select(0, 1).select(0, 0).normal_(100, 1);
    assertTrue(x.select(0, 0).max().item() < 1);
    assertTrue(x.get(1, 0).item() > 50);
    assertEquals(5, x.get(1, 1).item());
  }

  @Test
  void anExpandedTensorCannotBeWritten() {
    Tensor x = floats(1).expand(3);
    fails(() -> x.add_(1), "add_", "expanded", "clone()");
  }

  @Test
  void dataCanBeReplaced() {
    Tensor x = leaf(1, 2);
    Tensor other = doubles(3, 4, 5);
    assertSame(x, x.setData(other));
    Close.exactly(x, 3, 4, 5);
    assertEquals(DType.FLOAT64, x.dtype());
    assertTrue(x.requiresGrad());
    other.mul_(2);
    Close.exactly(x, 6, 8, 10);
    x.square().sum().backward();
    Close.exactly(x.grad(), 12, 16, 20);
  }

  // ---- gradients ----

  @Test
  void aChangedSavedValueIsAnErrorThatNamesTheOp() {
    Tensor x = leaf(1, 2);
    Tensor y = x.mul(2);
    Tensor z = y.square();
    y.add_(1);
    fails(
        () -> z.sum().backward(),
        "SquareBackward0",
        "modified by an in-place operation",
        "version 1, expected version 0");
  }

  @Test
  void aChangedOutputIsAnErrorToo() {
    Tensor x = leaf(1, 2);
    Tensor y = x.exp();
    y.add_(1);
    fails(() -> y.sum().backward(), "ExpBackward0", "modified");
  }

  @Test
  void aChangeThroughAViewIsNoticed() {
    Tensor x = leaf(1, 2);
    Tensor y = x.mul(2);
    Tensor z = y.square();
    y.detach().select(0, 0).zero_();
    fails(() -> z.sum().backward(), "SquareBackward0", "modified");
  }

  @Test
  void aValueThatIsNotSavedMayChange() {
    Tensor x = leaf(1, 2);
    Tensor y = x.mul(2);
    Tensor z = y.add(5);
    y.zero_();
    z.sum().backward();
    Close.exactly(x.grad(), 2, 2);
  }

  @Test
  void aLeafCannotBeChangedWhileRecorded() {
    Tensor x = leaf(1, 2);
    fails(() -> x.add_(1), "add_", "leaf", "noGrad");
    Close.exactly(x, 1, 2);
    Javelin.noGrad(() -> x.add_(1));
    Close.exactly(x, 2, 3);
    assertTrue(x.isLeaf());
  }

  @Test
  void aViewOfALeafCannotBeChangedWhileRecorded() {
    Tensor x = leaf(1, 2);
    fails(() -> x.select(0, 0).add_(1), "add_", "leaf");
    Close.exactly(x, 1, 2);
  }

  @Test
  void inPlaceDivisionInALoopStaysDifferentiable() {
    Tensor x = leaf(3, 5);
    Tensor h = x.mul(2);
    while (h.abs().sum().item() > 1) {
      h.div_(2);
    }
    h.sum().backward();
    Close.exactly(x.grad(), 0.125, 0.125);
  }

  @Test
  void aChainOfChangesGivesTheRightGradient() {
    Tensor x = leaf(1, 2);
    Tensor y = x.mul(3);
    y.mul_(y.detach().clone()).add_(x).relu_();
    y.sum().backward();
    Close.exactly(x.grad(), 10, 19);
  }

  @Test
  void writesThroughAViewAreDifferentiable() {
    Tensor x = leaf(1, 2, 3);
    Tensor w = leaf(10);
    Tensor y = x.mul(2);
    Tensor first = y.narrow(0, 0, 1);
    Tensor other = y.narrow(0, 0, 2);
    first.mul_(w);
    Close.exactly(y, 20, 4, 6);
    y.sum().backward(null, true, false);
    Close.exactly(x.grad(), 20, 2, 2);
    Close.exactly(w.grad(), 2);
    x.setGrad(null);
    w.setGrad(null);
    other.sum().backward();
    Close.exactly(x.grad(), 20, 2, 0);
    Close.exactly(w.grad(), 2);
  }

  @Test
  void aWriteIntoAPlainTensorMakesItPartOfTheGraph() {
    Tensor x = leaf(1, 2);
    Tensor buffer = floats(0, 0, 0, 0);
    buffer.narrow(0, 1, 2).copy_(x.mul(3));
    assertTrue(buffer.requiresGrad(), "the buffer holds values that depend on x");
    buffer.square().sum().backward();
    Close.exactly(x.grad(), 18, 36);
  }

  @Test
  void aRowWrittenIntoAPlainTensorAndReadThroughAnotherView() {
    Tensor x = leaf(1, 2);
    Tensor buffer = floats(new int[] {2, 2}, 0, 0, 0, 0);
    buffer.select(0, 1).copy_(x);
    buffer.t().sum().backward();
    Close.exactly(x.grad(), 1, 1);
  }

  @Test
  void anOverwrittenPartGetsNoGradient() {
    Tensor x = leaf(1, 2, 3);
    Tensor y = x.mul(2);
    y.narrow(0, 0, 2).zero_();
    y.sum().backward();
    Close.exactly(x.grad(), 0, 0, 2);
  }

  @Test
  void aViewTakenBeforeAChangeOfTheBaseFollowsIt() {
    Tensor x = leaf(1, 2);
    Tensor y = x.mul(2);
    Tensor view = y.select(0, 1);
    y.mul_(5);
    assertEquals(20, view.item());
    view.backward();
    Close.exactly(x.grad(), 0, 10);
  }

  @Test
  void aViewOfAViewFollowsToo() {
    Tensor x = tensor(DType.FLOAT32, new int[] {2, 2}, 1, 2, 3, 4).requiresGrad_(true);
    Tensor y = x.mul(2);
    Tensor row = y.select(0, 1);
    Tensor element = row.select(0, 0);
    y.t().select(0, 0).mul_(10);
    assertEquals(60, element.item());
    element.backward();
    Close.exactly(x.grad(), 0, 0, 20, 0);
  }

  @Test
  void changesOfATransposedResultAreDifferentiable() {
    Tensor x = tensor(DType.FLOAT32, new int[] {2, 3}, 1, 2, 3, 4, 5, 6).requiresGrad_(true);
    Tensor y = x.t().mul(2);
    y.select(1, 0).mul_(10);
    y.sum().backward();
    Close.exactly(x.grad(), 20, 20, 20, 2, 2, 2);
  }

  @Test
  void whatNoGradChangesIsStillNoticed() {
    Tensor x = leaf(1, 2);
    Tensor z = x.square();
    Javelin.noGrad(() -> x.mul_(2));
    fails(() -> z.sum().backward(), "SquareBackward0", "modified");
  }

  @Test
  void numbersAreTakenWhenTheyAreWritten() {
    Tensor x = leaf(2, 3);
    Tensor w = leaf(4, 5);
    Tensor y = x.mul(1);
    y.mul_(w);
    y.sum().backward();
    Close.exactly(x.grad(), 4, 5);
    Close.exactly(w.grad(), 2, 3);
  }
}
