package dev.javelin.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel.FoldOp;
import dev.javelin.kernels.Shape;
import dev.javelin.ops.OpDef;
import dev.javelin.ops.PointwiseOps;
import dev.javelin.ops.ReduceOps;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Shapes and types of traced values, without any device.
class TraceTest {
  @BeforeAll
  static void load() throws ClassNotFoundException {
    Class.forName(Tensor.class.getName(), true, Tensor.class.getClassLoader());
  }

  private static Value leaf(DType dtype, long... sizes) {
    return Value.make(Layout.contiguous(dtype, Shape.of(sizes)), new Source.Leaf(0), 0);
  }

  private static Value output(OpDef op, Value... in) {
    return Trace.outputs(op, in)[0];
  }

  @Test
  void elementwiseOpsBroadcastAndPromote() {
    Value sum = output(PointwiseOps.ADD, leaf(DType.INT32, 3, 1), leaf(DType.FLOAT16, 4));
    assertEquals(Shape.of(3, 4), sum.shape());
    assertEquals(DType.FLOAT16, sum.dtype());
    assertEquals(
        DType.FLOAT32, output(PointwiseOps.DIV, leaf(DType.INT8), leaf(DType.INT8)).dtype());
  }

  @Test
  void numbersAmongThemselvesStayNumbers() {
    Value half = output(PointwiseOps.DIV, Engine.number(1L), Engine.number(2L));
    assertTrue(half.layout.isNumber());
    assertEquals(DType.FLOAT16, output(PointwiseOps.MUL, leaf(DType.FLOAT16, 2), half).dtype());
    Value two = output(PointwiseOps.ADD, Engine.number(1L), Engine.number(1L));
    assertEquals(DType.INT8, output(PointwiseOps.MUL, leaf(DType.INT8, 2), two).dtype());
  }

  @Test
  void foldsDropTheirDimensions() {
    Value x = leaf(DType.BOOL, 2, 3, 4);
    Value sum = output(ReduceOps.fold("sum", FoldOp.SUM, List.of(0, 2), false), x);
    assertEquals(Shape.of(3), sum.shape());
    assertEquals(DType.INT64, sum.dtype());
    Value max = output(ReduceOps.fold("amax", FoldOp.MAX, List.of(1), true), x);
    assertEquals(Shape.of(2, 1, 4), max.shape());
    assertEquals(DType.BOOL, max.dtype());
  }

  @Test
  void aMistakeInsideATraceEndsTheTrace() {
    assertThrows(
        IllegalArgumentException.class,
        () -> output(PointwiseOps.ADD, leaf(DType.FLOAT32, 2), leaf(DType.FLOAT32, 3)));
    assertTrue(!TensorState.isTracing());
    assertTrue(ThreadContext.isGradEnabled());
  }

  @Test
  void equalLayoutsAreOne() {
    assertEquals(
        System.identityHashCode(Layout.contiguous(DType.FLOAT32, Shape.of(2, 3))),
        System.identityHashCode(Layout.contiguous(DType.FLOAT32, Shape.of(2, 3))));
  }
}
