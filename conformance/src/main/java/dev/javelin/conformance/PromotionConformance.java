package dev.javelin.conformance;

import static dev.javelin.kernels.DType.BFLOAT16;
import static dev.javelin.kernels.DType.BOOL;
import static dev.javelin.kernels.DType.FLOAT16;
import static dev.javelin.kernels.DType.FLOAT32;
import static dev.javelin.kernels.DType.FLOAT64;
import static dev.javelin.kernels.DType.INT16;
import static dev.javelin.kernels.DType.INT32;
import static dev.javelin.kernels.DType.INT64;
import static dev.javelin.kernels.DType.INT8;
import static dev.javelin.kernels.DType.UINT8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// The types of results, by PyTorch's rules.
public abstract class PromotionConformance extends Conformance {
  private static final Map<String, DType> CODES =
      Map.of(
          "b", BOOL, "u1", UINT8, "i1", INT8, "i2", INT16, "i4", INT32, "i8", INT64, "f2", FLOAT16,
          "bf", BFLOAT16, "f4", FLOAT32, "f8", FLOAT64);

  /// `torch.promote_types`, as its documentation's table (torch 2.7) gives it.
  private static final String TABLE =
      """
         b  u1 i1 i2 i4 i8 f2 bf f4 f8
      b  b  u1 i1 i2 i4 i8 f2 bf f4 f8
      u1 u1 u1 i2 i2 i4 i8 f2 bf f4 f8
      i1 i1 i2 i1 i2 i4 i8 f2 bf f4 f8
      i2 i2 i2 i2 i2 i4 i8 f2 bf f4 f8
      i4 i4 i4 i4 i4 i4 i8 f2 bf f4 f8
      i8 i8 i8 i8 i8 i8 i8 f2 bf f4 f8
      f2 f2 f2 f2 f2 f2 f2 f2 f4 f4 f8
      bf bf bf bf bf bf bf f4 bf f4 f8
      f4 f4 f4 f4 f4 f4 f4 f4 f4 f4 f8
      f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 f8
      """;

  /// For subclasses.
  protected PromotionConformance() {}

  private Tensor vector(DType dtype) {
    return tensor(dtype, new int[] {2}, 1, 0);
  }

  private Tensor scalar(DType dtype) {
    return tensor(dtype, new int[0], 1);
  }

  /// One test for each pair of dtypes: tensors with dimensions, and scalars among themselves.
  ///
  /// @return the tests
  @TestFactory
  Stream<DynamicTest> pairs() {
    String[] lines = TABLE.lines().toArray(String[]::new);
    String[] columns = lines[0].trim().split(" +", -1);
    return Stream.of(lines)
        .skip(1)
        .map(line -> line.trim().split(" +"))
        .map(
            row ->
                DynamicTest.dynamicTest(
                    CODES.get(row[0]).toString(),
                    () -> {
                      for (int i = 0; i < columns.length; i++) {
                        DType a = CODES.get(row[0]);
                        DType b = CODES.get(columns[i]);
                        DType wanted = CODES.get(row[i + 1]);
                        // The engine decides, the same for all devices.
                        if (!chosen("pair", a, b)) {
                          continue;
                        }
                        String what = a + " with " + b;
                        assertEquals(wanted, vector(a).add(vector(b)).dtype(), what);
                        assertEquals(wanted, scalar(a).mul(scalar(b)).dtype(), what + ", scalars");
                        assertEquals(wanted, vector(a).maximum(vector(b)).dtype(), what);
                        assertEquals(BOOL, vector(a).lt(vector(b)).dtype(), what);
                        DType real = wanted.isFloatingPoint() ? wanted : FLOAT32;
                        assertEquals(real, vector(a).div(vector(b)).dtype(), what);
                        assertEquals(
                            wanted,
                            Tensor.where(vector(BOOL), vector(a), vector(b)).dtype(),
                            what + " in where");
                        assertEquals(
                            wanted,
                            Tensor.cat(List.of(vector(a), vector(b)), 0).dtype(),
                            what + " in cat");
                      }
                    }));
  }

  @Test
  void scalarTensorsCountByTheirKindOnly() {
    assertEquals(FLOAT32, vector(FLOAT32).add(scalar(FLOAT64)).dtype());
    assertEquals(FLOAT16, vector(FLOAT16).add(scalar(FLOAT32)).dtype());
    assertEquals(FLOAT32, scalar(FLOAT64).add(vector(FLOAT32)).dtype());
    assertEquals(INT8, vector(INT8).add(scalar(INT64)).dtype());
    assertEquals(INT8, vector(INT8).add(scalar(BOOL)).dtype());
    assertEquals(FLOAT64, vector(INT64).add(scalar(FLOAT64)).dtype());
    assertEquals(FLOAT16, vector(INT64).add(scalar(FLOAT16)).dtype());
    assertEquals(INT64, vector(BOOL).add(scalar(INT64)).dtype());
    assertEquals(UINT8, vector(BOOL).add(scalar(UINT8)).dtype());
    assertEquals(FLOAT64, vector(BOOL).mul(scalar(FLOAT64)).dtype());
  }

  @Test
  void numbersCountLeast() {
    for (DType dtype : DType.values()) {
      assertEquals(dtype == BOOL ? INT64 : dtype, vector(dtype).add(1).dtype(), dtype + " + 1");
      DType real = dtype.isFloatingPoint() ? dtype : FLOAT32;
      assertEquals(real, vector(dtype).add(1.5).dtype(), dtype + " + 1.5");
      assertEquals(real, scalar(dtype).mul(1.5).dtype(), "scalar " + dtype + " * 1.5");
      assertEquals(real, vector(dtype).div(2).dtype(), dtype + " / 2");
      assertEquals(
          dtype == BOOL ? INT64 : dtype, scalar(dtype).mul(2).dtype(), "scalar " + dtype + " * 2");
    }
    assertEquals(UINT8, vector(UINT8).add(300).dtype());
    Close.exactly(tensor(UINT8, new int[] {1}, 10).add(300), 54);
  }

  @Test
  void wholeNumbersStayExact() {
    long large = (1L << 53) + 1;
    Tensor x = Tensor.of(new long[] {large}).to(device());
    assertEquals(large + 1, x.add(1).itemLong());
    assertEquals(large * 3, x.mul(3).itemLong());
    assertEquals(-large, x.neg().itemLong());
    assertEquals(large, x.sum().itemLong());
    assertEquals(large, x.max().itemLong());
    assertEquals(large + (1L << 60), x.add(1L << 60).itemLong());
    assertEquals(large / 2, x.floorDivide(2).itemLong());
    assertEquals(1, x.remainder(2).itemLong());
    assertEquals(1, x.eq(large).itemLong());
    assertEquals(0, x.eq(large - 1).itemLong());
    assertEquals(large, Tensor.cat(List.of(x, x), 0).select(0, 1).itemLong());
  }

  @Test
  void integersWrap() {
    Close.exactly(tensor(INT8, new int[] {2}, 127, -128).add(1), -128, -127);
    Close.exactly(tensor(INT8, new int[] {1}, 100).mul(3), 44);
    Close.exactly(tensor(UINT8, new int[] {2}, 255, 0).add(1), 0, 1);
    Close.exactly(tensor(UINT8, new int[] {1}, 1).sub(2), 255);
    Close.exactly(tensor(INT16, new int[] {1}, 32767).add(1), -32768);
    Close.exactly(tensor(INT32, new int[] {1}, Integer.MAX_VALUE).add(1), Integer.MIN_VALUE);
    assertEquals(
        Long.MIN_VALUE, Tensor.of(new long[] {Long.MAX_VALUE}).to(device()).add(1).itemLong());
    // The next op of a fused region must see the wrapped number.
    Close.exactly(
        Tensor.call(
            FusionConformance.region("wrap", in -> in[0].add(100).floorDivide(2)),
            tensor(INT8, new int[] {1}, 100)),
        -28);
  }

  @Test
  void sumsOfWholeNumbersAreInt64() {
    for (DType dtype : new DType[] {BOOL, UINT8, INT8, INT16, INT32, INT64}) {
      assertEquals(INT64, vector(dtype).sum().dtype(), dtype.toString());
      assertEquals(INT64, vector(dtype).sum(0, true).dtype(), dtype.toString());
      assertEquals(INT64, vector(dtype).prod().dtype(), dtype.toString());
      assertEquals(dtype, vector(dtype).max().dtype(), dtype.toString());
      assertEquals(INT64, vector(dtype).argmax(0).dtype(), dtype.toString());
    }
    Tensor many =
        Tensor.onesLike(Lay.contiguous(Nd.build(new int[] {1000}, i -> 1), INT8, device()));
    assertEquals(100_000, many.mul(100).sum().itemLong());
    assertEquals(FLOAT16, vector(FLOAT16).sum().dtype());
  }

  @Test
  void truthValuesAreLogic() {
    Tensor x = tensor(BOOL, new int[] {4}, 0, 0, 1, 1);
    Tensor y = tensor(BOOL, new int[] {4}, 0, 1, 0, 1);
    Close.exactly(x.add(y), 0, 1, 1, 1);
    Close.exactly(x.mul(y), 0, 0, 0, 1);
    Close.exactly(x.bitwiseXor(y), 0, 1, 1, 0);
    Close.exactly(x.logicalNot(), 1, 1, 0, 0);
    Close.exactly(x.maximum(y), 0, 1, 1, 1);
    Close.exactly(tensor(FLOAT32, new int[] {3}, 0, 0.5, Double.NaN).to(BOOL), 0, 1, 1);
    Close.exactly(tensor(INT32, new int[] {2}, 256, 0).to(BOOL), 1, 0);
  }

  @Test
  void choiceOfAndNumbers() {
    Tensor mask = tensor(BOOL, new int[] {2}, 1, 0);
    assertEquals(FLOAT16, Tensor.where(mask, vector(FLOAT16), 0.5).dtype());
    assertEquals(FLOAT64, Tensor.where(mask, 0.5, vector(FLOAT64)).dtype());
    assertEquals(INT32, vector(INT32).maskedFill(mask, 7).dtype());
    assertEquals(BOOL, vector(BOOL).maskedFill(mask, 1).dtype());
    assertEquals(FLOAT32, vector(INT32).clamp(0.5, 1.5).dtype());
    assertEquals(INT32, vector(INT32).clamp(0, 1).dtype(), "clamp by whole numbers");
    assertEquals(INT32, vector(INT32).clampMin(0).dtype(), "clamp_min by a whole number");
    assertEquals(INT32, vector(INT32).clampMax(0).dtype(), "clamp_max by a whole number");
    assertEquals(INT64, Tensor.where(mask, vector(INT64), 0).dtype(), "where with a whole number");
  }

  @Test
  void halvesRoundOnceAtTheEnd() {
    // 2048 + 1 + 1 is 2050 in float, but 2048 when each step is rounded to float16.
    Tensor x = tensor(FLOAT16, new int[] {1}, 2048);
    Close.exactly(x.add(1), 2048);
    Close.exactly(tensor(FLOAT16, new int[] {1}, 65504).mul(2), Double.POSITIVE_INFINITY);
    Close.exactly(tensor(BFLOAT16, new int[] {1}, 256).add(1), 256);
    Close.exactly(tensor(FLOAT32, new int[] {1}, 1 + 0x1p-9).to(BFLOAT16), 1);
    Tensor many = Lay.contiguous(Nd.build(new int[] {4096}, i -> 1), FLOAT16, device());
    Close.exactly(many.sum(), 4096);
  }

  @Test
  void numbersAreRoundedToTheTypeTheyMeet() {
    Close.exactly(floats(0.1).eq(0.1), 1);
    Close.exactly(floats(0.1).gt(0.1), 0);
    Close.exactly(doubles(0.1).eq(0.1), 1);
    Close.exactly(tensor(FLOAT16, new int[] {1}, 1).add(0.1).sub(1), 0.099609375);
  }

  @Test
  void inPlaceKeepsTheType() {
    Tensor x = vector(FLOAT16);
    assertEquals(FLOAT16, x.add_(vector(FLOAT64)).dtype());
    assertEquals(INT8, vector(INT8).add_(vector(INT64)).dtype());
    assertEquals(INT8, vector(INT8).mul_(3).dtype());
    assertEquals(BOOL, vector(BOOL).copy_(vector(FLOAT32)).dtype());
  }
}
