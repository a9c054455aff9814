package dev.javelin.conformance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.Devices;
import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Tensors out of nothing and out of the host's memory, and back.
public abstract class CreationConformance extends Conformance {
  /// What this suite tests of the methods of `Tensor`.
  static final Set<String> COVERS =
      Set.of(
          "Tensor.of",
          "Tensor.scalar",
          "Tensor.zeros",
          "Tensor.ones",
          "Tensor.empty",
          "Tensor.arange",
          "Tensor.linspace",
          "Tensor.eye",
          "Tensor.emptyLike",
          "Tensor.newZeros",
          "Tensor.newOnes",
          "Tensor.newFull",
          "Tensor.logspace",
          "Tensor.typeAs",
          "Tensor.cuda",
          "Tensor.toInt",
          "Tensor.toBool",
          "Tensor.cpu",
          "Iota");

  /// For subclasses.
  protected CreationConformance() {}

  private Tensor here(Tensor tensor) {
    return tensor.to(device());
  }

  @Test
  void filled() {
    for (DType dtype : DType.values()) {
      for (int size : Cases.SIZES) {
        Tensor zeros = Tensor.zeros(Shape.of(size), dtype, device());
        assertEquals(dtype, zeros.dtype());
        assertSame(device(), zeros.device());
        assertArrayEquals(new double[size], zeros.toDoubleArray());
        Tensor ones = Tensor.ones(Shape.of(size), dtype, device());
        assertEquals(
            Nd.rounded(OpSample.total(dtype), size), ones.sum().item(), dtype + " " + size);
      }
    }
    Close.exactly(Tensor.full(Shape.of(2), -1.5, DType.FLOAT16, device()), -1.5, -1.5);
    Close.exactly(Tensor.full(Shape.of(1), 300, DType.UINT8, device()), 44);
    assertEquals(0, Tensor.full(Shape.SCALAR, 2, DType.INT32, device()).dim());
    assertEquals(DType.INT64, Tensor.full(Shape.of(2), 5).dtype());
    assertEquals(DType.FLOAT32, Tensor.full(Shape.of(2), 5.0).dtype());
    assertEquals((1L << 53) + 1, Tensor.full(Shape.SCALAR, (1L << 53) + 1).itemLong());
    assertEquals(0, Tensor.zeros(Shape.of(3, 0), DType.FLOAT32, device()).numel());
  }

  @Test
  void onTheCpuByDefault() {
    assertEquals("cpu", Tensor.zeros(2, 3).device().name());
    assertEquals(DType.FLOAT32, Tensor.ones(2).dtype());
    assertEquals(Shape.of(2, 3), Tensor.empty(2, 3).shape());
    assertEquals(2.5, Tensor.scalar(2.5).item());
    assertEquals(Shape.SCALAR, Tensor.scalar(1).shape());
    assertSame(device(), here(Tensor.zeros(2)).device());
    Tensor x = floats(1, 2);
    assertSame(x, x.to(device()));
    Close.exactly(x.cpu(), 1, 2);
    assertEquals("cpu", x.cpu().device().name());
  }

  @Test
  void sequences() {
    assertEquals(DType.INT64, Tensor.arange(4).dtype());
    Close.exactly(here(Tensor.arange(4)), 0, 1, 2, 3);
    Close.exactly(Tensor.arange(0), new double[0]);
    Close.exactly(Tensor.arange(3, device()), 0, 1, 2);
    assertSame(device(), Tensor.arange(3, device()).device());
    Close.exactly(here(Tensor.arange(1L, 10L, 3L)), 1, 4, 7);
    Close.exactly(here(Tensor.arange(5L, 0L, -2L)), 5, 3, 1);
    Close.exactly(here(Tensor.arange(5L, 0L, 1L)), new double[0]);
    assertEquals(DType.FLOAT32, Tensor.arange(0.0, 1.0, 0.25).dtype());
    Close.exactly(here(Tensor.arange(0.0, 1.0, 0.25)), 0, 0.25, 0.5, 0.75);
    Close.exactly(here(Tensor.linspace(-1, 1, 5)), -1, -0.5, 0, 0.5, 1);
    Close.exactly(here(Tensor.linspace(3, 8, 1)), 3);
    Close.exactly(here(Tensor.linspace(0, 0.3, 4)), 0, 0.1f, 0.2f, 0.3f);
    Close.exactly(here(Tensor.eye(2)), 1, 0, 0, 1);
  }

  @Test
  void fromArrays() {
    assertEquals(DType.FLOAT32, Tensor.of(new float[] {1}).dtype());
    assertEquals(DType.FLOAT64, Tensor.of(new double[] {1}).dtype());
    assertEquals(DType.INT64, Tensor.of(new long[] {1}).dtype());
    assertEquals(DType.INT32, Tensor.of(new int[] {1}).dtype());
    assertEquals(DType.BOOL, Tensor.of(new boolean[] {true}).dtype());
    Close.exactly(here(Tensor.of(new boolean[] {true, false})), 1, 0);
    Tensor rows = here(Tensor.of(new float[][] {{1, 2}, {3, 4}, {5, 6}}));
    assertEquals(Shape.of(3, 2), rows.shape());
    Close.exactly(rows.select(1, 1), 2, 4, 6);
    Close.exactly(here(Tensor.of(new int[] {1, 2, 3, 4}, 2, 2).t()), 1, 3, 2, 4);
  }

  @Test
  void whatIsCopiedIsIndependent() {
    float[] array = {1, 2};
    Tensor x = Tensor.of(MemorySegment.ofArray(array), DType.FLOAT32, Shape.of(2), device());
    array[0] = 9;
    Close.exactly(x, 1, 2);
    Tensor copy = x.clone();
    assertNotSame(x, copy);
    copy.zero_();
    Close.exactly(x, 1, 2);
  }

  @Test
  void backToTheHost() {
    Tensor x = floats(new int[] {2, 2}, 1.5, -2, 3, 4);
    assertArrayEquals(new float[] {1.5f, 3, -2, 4}, x.t().toFloatArray());
    assertArrayEquals(new long[] {1, -2, 3, 4}, x.toLongArray());
    MemorySegment memory = MemorySegment.ofArray(new float[2]);
    x.select(1, 1).copyTo(memory);
    assertEquals(-2, memory.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 0));
    assertEquals(4, memory.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4));
    assertEquals(4, x.get(1, 1).item());
    assertEquals(3, x.get(-1, 0).itemLong());
  }

  @Test
  void layoutsAreTold() {
    Tensor x = floats(new int[] {2, 3}, 1, 2, 3, 4, 5, 6);
    assertArrayEquals(new long[] {3, 1}, x.stride());
    assertArrayEquals(new long[] {1, 3}, x.t().stride());
    assertTrue(x.isContiguous());
    assertFalse(x.t().isContiguous());
    assertTrue(x.t().contiguous().isContiguous());
    assertSame(x, x.contiguous());
    assertTrue(x.select(0, 1).isContiguous());
    assertEquals("[2, 3]", x.shape().toString());
    assertEquals(2, x.dim());
    assertEquals(6, x.numel());
  }

  @Test
  void everyFactoryTakesDtypeAndDevice() {
    Tensor x = Tensor.arange(1, 2, 0.25, DType.FLOAT64, device());
    Close.exactly(x, 1, 1.25, 1.5, 1.75);
    Close.exactly(Tensor.arange(2, 5), 2, 3, 4);
    Close.exactly(Tensor.linspace(0, 1, 3, DType.FLOAT16, device()), 0, 0.5, 1);
    Close.check(
        new Nd(new double[] {1, 10, 100}, 3),
        here(Tensor.logspace(0, 2, 3, 10)),
        Tolerance.FUNCTION,
        "logspace");
    Close.exactly(Tensor.eye(2, 3, DType.INT32, device()), 1, 0, 0, 0, 1, 0);
    Close.exactly(Tensor.emptyLike(x), 0, 0, 0, 0);
    assertEquals(DType.INT8, Tensor.empty(Shape.of(2), DType.INT8, device()).dtype());
    Close.exactly(x.newZeros(2), 0, 0);
    Close.exactly(x.newOnes(2), 1, 1);
    Close.exactly(x.newFull(Shape.of(2), 3), 3, 3);
    assertEquals(DType.FLOAT64, x.newFull(Shape.of(2), 3).dtype());
    assertSame(device(), x.newZeros(1).device());
    Tensor whole = Tensor.randint(3, 4, Shape.of(2), DType.UINT8, device());
    assertEquals(DType.UINT8, whole.dtype());
    Close.exactly(whole, 3, 3);
    assertSame(device(), Tensor.randperm(3, device()).device());
  }

  @Test
  void nestedArraysAndLists() {
    Tensor x = Tensor.of(new int[][][] {{{1, 2}, {3, 4}}}, DType.FLOAT64, device());
    assertEquals(Shape.of(1, 2, 2), x.shape());
    assertEquals(List.of(List.of(List.of(1.0, 2.0), List.of(3.0, 4.0))), x.toList());
    assertEquals(DType.FLOAT64, Tensor.of(new double[][] {{1}}).dtype());
    assertEquals(DType.INT16, Tensor.of(new short[] {1}).dtype());
    assertEquals(DType.INT8, Tensor.of(new byte[][] {{1}}).dtype());
    assertEquals(DType.BOOL, Tensor.of(new boolean[][] {{true}}).dtype());
    assertEquals(DType.FLOAT32, Tensor.of(List.of(List.of(1.5), List.of(2))).dtype());
    assertEquals(DType.INT64, Tensor.of(7).dtype());
    assertEquals(Shape.SCALAR, Tensor.of(7).shape());
    assertEquals(DType.FLOAT32, Tensor.of(7.5).dtype());
    assertEquals(7.5, Tensor.of(7.5).toList());
    assertEquals(List.of(true, false), Tensor.of(List.of(true, false)).toList());
    assertEquals(List.of(1L, 2L), here(Tensor.of(List.of(1, 2))).toList());
    assertEquals(Shape.of(2, 0), Tensor.of(new float[2][0]).shape());
    ErrorConformance.fails(
        IllegalArgumentException.class,
        () -> Tensor.of(new double[][] {{1, 2}, {3}}),
        "rows of one length",
        "2 and 1");
    ErrorConformance.fails(
        IllegalArgumentException.class, () -> Tensor.of("text"), "expected numbers", "String");
  }

  @Test
  void conversionsCopyOnlyWhatChanges() {
    Tensor x = floats(1.5, 0);
    assertSame(x, x.to(device(), DType.FLOAT32));
    assertSame(x, x.to(x));
    assertSame(x, x.typeAs(x));
    assertEquals(DType.FLOAT64, x.to(doubles(1)).dtype());
    Close.exactly(x.toInt(), 1, 0);
    Close.exactly(x.toBool(), 1, 0);
    assertEquals(DType.BOOL, x.toBool().dtype());
    if (!Devices.isAvailable("cuda")) {
      ErrorConformance.fails(IllegalArgumentException.class, x::cuda, "cuda");
    }
  }

  @Test
  void aScalarIsACondition() {
    Tensor x = floats(3, 5);
    int halvings = 0;
    while (x.abs().sum().gt(1).isNonzero()) {
      x.div_(2);
      halvings++;
    }
    assertEquals(3, halvings);
    assertTrue(x.allclose(floats(0.375, 0.625)));
    assertFalse(x.allclose(floats(0.375, 0.626)));
    assertTrue(x.equal(x.clone()));
    assertFalse(x.equal(floats(0.375)));
    ErrorConformance.fails(IllegalStateException.class, x::isNonzero, "ambiguous", "any()");
  }
}
