package dev.javelin.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.Index;
import dev.javelin.Javelin;
import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The recorded graph: what accumulates, what is kept, what hooks see.
public abstract class AutogradConformance extends Conformance {
  /// For subclasses.
  protected AutogradConformance() {}

  private Tensor leaf(double... values) {
    return floats(values).requiresGrad_(true);
  }

  @Test
  void gradientsAccumulate() {
    Tensor x = leaf(1, 2);
    x.mul(3).sum().backward();
    Close.exactly(x.grad(), 3, 3);
    x.square().sum().backward();
    Close.exactly(x.grad(), 5, 7);
    x.setGrad(null);
    assertNull(x.grad());
    x.sum().backward();
    Close.exactly(x.grad(), 1, 1);
  }

  @Test
  void aGradientOnceReadIsNotChangedByTheNextGraphButAccumulates() {
    Tensor x = leaf(1, 2);
    x.mul(3).sum().backward();
    Tensor first = x.grad();
    x.setGrad(null);
    x.mul(5).sum().backward();
    Close.exactly(first, 3, 3);
    Close.exactly(x.grad(), 5, 5);
  }

  @Test
  void aTensorUsedTwiceGetsTheSum() {
    Tensor w = leaf(2, 3);
    Tensor once = w.mul(floats(10, 20));
    Tensor twice = w.mul(once);
    twice.sum().backward();
    Close.exactly(w.grad(), 40, 120);
  }

  @Test
  void aSharedLayerGetsBothGradients() {
    Tensor w = random(1, 4, 4).requiresGrad_(true);
    Tensor x = random(2, 3, 4);
    x.mm(w).tanh().mm(w).sum().backward();
    Tensor a = w.detach().requiresGrad_(true);
    Tensor b = w.detach().requiresGrad_(true);
    x.mm(a).tanh().mm(b).sum().backward();
    Close.check(Lay.read(a.grad().add(b.grad())), w.grad(), Tolerance.STEPS, "gradient");
  }

  @Test
  void theSameGradientForTwoLeavesIsNotShared() {
    Tensor x = leaf(1, 2);
    Tensor y = leaf(3, 4);
    x.add(y).sum().backward();
    assertNotSame(x.grad(), y.grad());
    Javelin.noGrad(() -> x.grad().mul_(10));
    Close.exactly(y.grad(), 1, 1);
    x.add(y).sum().backward();
    Close.exactly(x.grad(), 11, 11);
    Close.exactly(y.grad(), 2, 2);
  }

  @Test
  void noGradRecordsNothing() {
    Tensor x = leaf(1, 2);
    Tensor y = Javelin.noGrad(() -> x.mul(2));
    assertFalse(y.requiresGrad());
    assertTrue(y.isLeaf());
    assertTrue(Javelin.isGradEnabled());
    Tensor z = Javelin.noGrad(() -> Javelin.enableGrad(() -> x.mul(2)));
    assertTrue(z.requiresGrad());
    assertThrows(
        ArithmeticException.class,
        () ->
            Javelin.noGrad(
                () -> {
                  throw new ArithmeticException("in the middle");
                }));
    assertTrue(Javelin.isGradEnabled());
  }

  @Test
  void detachStopsTheGradientAndSharesValues() {
    Tensor x = leaf(1, 2);
    Tensor y = x.mul(3);
    Tensor constant = y.detach();
    assertFalse(constant.requiresGrad());
    y.mul(constant).sum().backward();
    Close.exactly(x.grad(), 9, 18);
    constant.mul_(2);
    Close.exactly(y, 6, 12);
  }

  @Test
  void onlyWhatRequiresGradGetsOne() {
    Tensor x = leaf(1, 2);
    Tensor y = floats(3, 4);
    x.mul(y).sum().backward();
    assertNull(y.grad());
    assertNull(x.mul(y).grad());
  }

  @Test
  void intermediateGradientsAreKeptOnRequest() {
    Tensor x = leaf(1, 2);
    Tensor y = x.mul(3).retainGrad();
    y.square().sum().backward();
    Close.exactly(y.grad(), 6, 12);
    Close.exactly(x.grad(), 18, 36);
  }

  @Test
  void aGivenGradientIsUsed() {
    Tensor x = leaf(1, 2);
    x.mul(3).backward(floats(1, 10), false, false);
    Close.exactly(x.grad(), 3, 30);
  }

  @Test
  void aGraphCanBeKept() {
    Tensor x = leaf(1, 2);
    Tensor y = x.square().sum();
    y.backward(null, true, false);
    y.backward(null, false, false);
    Close.exactly(x.grad(), 4, 8);
  }

  @Test
  void gradOfLeavesGradAlone() {
    Tensor x = leaf(1, 2);
    Tensor y = leaf(3, 4);
    Tensor unused = leaf(5);
    List<Tensor> gradients = x.mul(y).sum().gradOf(List.of(x, y, unused), false);
    Close.exactly(gradients.get(0), 3, 4);
    Close.exactly(gradients.get(1), 1, 2);
    assertNull(gradients.get(2));
    assertNull(x.grad());
  }

  @Test
  void gradOfAnInnerTensor() {
    Tensor x = leaf(1, 2);
    Tensor y = x.mul(2);
    List<Tensor> gradients = y.square().sum().gradOf(List.of(y, x), false);
    Close.exactly(gradients.get(0), 4, 8);
    Close.exactly(gradients.get(1), 8, 16);
  }

  @Test
  void higherDerivatives() {
    Tensor x = doubles(0.5).requiresGrad_(true);
    Tensor y = x.pow(4).sum();
    Tensor current = y;
    double[] wanted = {4 * 0.125, 12 * 0.25, 24 * 0.5, 24};
    for (double value : wanted) {
      current = current.gradOf(List.of(x), true).getFirst().sum();
      assertEquals(value, current.item(), 1e-12);
    }
  }

  @Test
  void aGradientPenaltyTrains() {
    Tensor w = random(5, 3, 3).requiresGrad_(true);
    Tensor x = random(6, 2, 3).requiresGrad_(true);
    Tensor slope = x.mm(w).tanh().sum().gradOf(List.of(x), true).getFirst();
    slope.square().sum().backward();
    assertEquals(w.shape(), w.grad().shape());
    assertTrue(w.grad().abs().sum().item() > 0);
    assertTrue(x.grad().abs().sum().item() > 0);
  }

  @Test
  void backwardWithCreateGraphGivesDifferentiableGradients() {
    Tensor x = doubles(3).requiresGrad_(true);
    x.pow(3).sum().backward(null, false, true);
    assertTrue(x.grad().requiresGrad());
    assertEquals(18, x.grad().sum().gradOf(List.of(x), false).getFirst().item(), 1e-12);
  }

  // ---- hooks ----

  @Test
  void hooksOfLeavesSeeAndReplace() {
    Tensor x = leaf(1, 2);
    List<Double> seen = new ArrayList<>();
    x.registerHook(
        gradient -> {
          seen.add(gradient.sum().item());
          return gradient.mul(10);
        });
    x.mul(3).sum().backward();
    assertEquals(List.of(6.0), seen);
    Close.exactly(x.grad(), 30, 30);
  }

  @Test
  void hooksOfInnerTensorsSeeAndReplace() {
    Tensor x = leaf(1, 2);
    Tensor y = x.mul(3);
    List<Double> seen = new ArrayList<>();
    Runnable removal =
        y.registerHook(
            gradient -> {
              seen.add(gradient.sum().item());
              return gradient.neg();
            });
    y.registerHook(
        gradient -> {
          seen.add(gradient.sum().item());
          return null;
        });
    Tensor loss = y.mul(2).sum();
    loss.backward(null, true, false);
    assertEquals(List.of(4.0, -4.0), seen);
    Close.exactly(x.grad(), -6, -6);
    removal.run();
    x.setGrad(null);
    loss.backward();
    assertEquals(List.of(4.0, -4.0, 4.0), seen);
    Close.exactly(x.grad(), 6, 6);
  }

  @Test
  void aHookOfALeafCanBeRemoved() {
    Tensor x = leaf(1);
    x.registerHook(gradient -> gradient.mul(100)).run();
    x.mul(3).sum().backward();
    Close.exactly(x.grad(), 3);
  }

  @Test
  void whatAHookKeepsStaysAlive() {
    Tensor x = leaf(1, 2);
    Tensor y = x.mul(3);
    List<Tensor> kept = new ArrayList<>();
    y.registerHook(
        gradient -> {
          kept.add(gradient);
          return null;
        });
    y.square().sum().backward();
    x.mul(7).sum().backward();
    Close.exactly(kept.getFirst(), 6, 12);
  }

  // ---- names and state ----

  @Test
  void graphNodesCarryPyTorchsNames() {
    Tensor x = random(1, 2, 3).requiresGrad_(true);
    assertEquals("MulBackward0", x.mul(2).gradFn().orElseThrow());
    assertEquals("MmBackward0", x.mm(random(2, 3, 2)).gradFn().orElseThrow());
    assertEquals("SumBackward0", x.sum().gradFn().orElseThrow());
    assertEquals("MeanBackward0", x.mean().gradFn().orElseThrow());
    assertEquals("ReluBackward0", x.relu().gradFn().orElseThrow());
    assertEquals("ViewBackward0", x.view(3, 2).gradFn().orElseThrow());
    assertEquals("LogSoftmaxBackward0", x.logSoftmax(1).gradFn().orElseThrow());
    assertEquals("AddBackward0", x.mm(random(2, 3, 2)).add(1).gradFn().orElseThrow());
    assertEquals("SliceBackward0", x.get("1:").gradFn().orElseThrow());
    assertEquals("SelectBackward0", x.get(0).gradFn().orElseThrow());
    assertEquals("IndexBackward0", x.get(Index.of(1, 0)).gradFn().orElseThrow());
    assertEquals("IndexPutBackward0", x.clone().indexPut_(1, Index.of(0)).gradFn().orElseThrow());
    assertEquals("MaskedFillBackward0", x.maskedFill(x.gt(0), 0).gradFn().orElseThrow());
    assertEquals("SortBackward0", x.sort().values().gradFn().orElseThrow());
    assertEquals("TopkBackward0", x.topk(1).values().gradFn().orElseThrow());
    assertEquals("MaxBackward0", x.max(1).values().gradFn().orElseThrow());
    assertEquals("CumsumBackward0", x.cumsum(0).gradFn().orElseThrow());
    assertEquals("StdBackward0", x.std().gradFn().orElseThrow());
    assertEquals("LinalgVectorNormBackward0", x.norm().gradFn().orElseThrow());
    assertEquals("AddmmBackward0", x.addmm(x, x.newOnes(3, 3)).gradFn().orElseThrow());
    assertEquals("TrilBackward0", x.tril().gradFn().orElseThrow());
    assertEquals("DiagonalBackward0", x.diagonal().gradFn().orElseThrow());
    assertTrue(x.gradFn().isEmpty());
    assertTrue(x.isLeaf());
    assertFalse(x.mul(2).isLeaf());
    assertFalse(x.argmax(1).requiresGrad(), "a position has no gradient");
    assertFalse(x.topk(1).indices().requiresGrad(), "a position has no gradient");
  }

  @Test
  void wholeNumbersCarryNoGradient() {
    Tensor x = leaf(1, 2);
    assertFalse(x.argmax(0).requiresGrad());
    assertFalse(x.gt(0).requiresGrad());
    assertFalse(x.to(DType.INT64).requiresGrad());
    assertTrue(x.to(DType.FLOAT16).requiresGrad());
  }

  @Test
  void gradientsHaveTheTypeOfTheirTensor() {
    Tensor x = tensor(DType.FLOAT16, new int[] {2}, 1, 2).requiresGrad_(true);
    Tensor y = leaf(3, 4);
    x.mul(y).sum().backward();
    assertEquals(DType.FLOAT16, x.grad().dtype());
    Close.exactly(x.grad(), 3, 4);
    assertEquals(DType.FLOAT32, y.grad().dtype());
  }

  @Test
  void aLongChainDoesNotOverflowTheStack() {
    Tensor x = leaf(1);
    Tensor y = x;
    for (int i = 0; i < 5000; i++) {
      y = y.add(1);
    }
    y.sum().backward();
    Close.exactly(x.grad(), 1);
  }

  @Test
  void broadcastGradientsAreSummed() {
    Tensor x = leaf(1, 2, 3);
    Tensor scalar = tensor(DType.FLOAT32, new int[0], 2).requiresGrad_(true);
    Tensor column = tensor(DType.FLOAT32, new int[] {2, 1}, 1, 10).requiresGrad_(true);
    x.mul(scalar).mul(column).sum().backward();
    Close.exactly(x.grad(), 22, 22, 22);
    assertEquals(66, scalar.grad().item());
    Close.exactly(column.grad(), 12, 12);
    assertEquals(0, scalar.grad().dim());
  }

  @Test
  void numbersComeBackAcrossDevices() {
    Tensor x = leaf(1, 2);
    Tensor there = x.to(dev.javelin.Devices.get("reference:1")).mul(3);
    there.to(device()).square().sum().backward();
    Close.exactly(x.grad(), 18, 36);
    assertEquals(device(), x.grad().device());
  }

  // ---- threads ----

  @Test
  void twoThreadsTrainTwoModels() throws InterruptedException {
    double[][] alone = {train(1), train(2)};
    double[][] together = new double[2][];
    List<Throwable> failures = java.util.Collections.synchronizedList(new ArrayList<>());
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      int model = i;
      threads.add(
          Thread.ofPlatform()
              .uncaughtExceptionHandler((_, failure) -> failures.add(failure))
              .start(() -> together[model] = train(model + 1)));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(List.of(), failures);
    assertEquals(
        List.of(java.util.Arrays.toString(alone[0]), java.util.Arrays.toString(alone[1])),
        List.of(java.util.Arrays.toString(together[0]), java.util.Arrays.toString(together[1])));
  }

  private double[] train(int seed) {
    Tensor x = random(seed, 8, 5);
    Tensor y = random(seed + 10, 8, 2);
    Tensor w1 = random(seed + 20, 5, 16).requiresGrad_(true);
    Tensor w2 = random(seed + 30, 16, 2).requiresGrad_(true);
    double[] losses = new double[isThorough() ? 100 : 5];
    for (int step = 0; step < losses.length; step++) {
      Tensor loss = x.mm(w1).tanh().mm(w2).sub(y).square().mean();
      loss.backward();
      for (Tensor w : List.of(w1, w2)) {
        Javelin.noGrad(() -> w.sub_(w.grad().mul(0.05)));
        w.setGrad(null);
      }
      losses[step] = loss.item();
    }
    return losses;
  }
}
