package dev.javelin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import java.util.Arrays;
import java.util.Locale;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The expected texts are what PyTorch prints for the same values.
class TensorPrinterTest {
  private final Locale locale = Locale.getDefault();

  @AfterEach
  void restoreLocale() {
    Locale.setDefault(locale);
  }

  private static String floats(Shape shape, double... values) {
    return floats(shape, DType.FLOAT32, values);
  }

  private static String floats(Shape shape, DType dtype, double... values) {
    return suffixed(shape, dtype, null, null, false, values);
  }

  private static String vector(double... values) {
    return floats(Shape.of(values.length), values);
  }

  private static String suffixed(
      Shape shape,
      DType dtype,
      String device,
      String gradFn,
      boolean requiresGrad,
      double... values) {
    return TensorPrinter.format(
        shape,
        dtype,
        index -> values[(int) index],
        index -> {
          throw new AssertionError("asked for an integer");
        },
        device,
        gradFn,
        requiresGrad,
        "tensor(");
  }

  private static String integers(Shape shape, DType dtype, String device, long... values) {
    return TensorPrinter.format(
        shape,
        dtype,
        index -> {
          throw new AssertionError("asked for a floating-point value");
        },
        index -> values[(int) index],
        device,
        null,
        false,
        "tensor(");
  }

  private static String counting(Shape shape) {
    return TensorPrinter.format(
        shape, DType.INT64, index -> index, index -> index, null, null, false, "tensor(");
  }

  // ---- the examples of the list of what users bring with them

  @Test
  void summarisedSliceOnTheGpu() {
    double[] edges = {0.0033, -0.0081, -0.0354, -0.0335, 0.0070, 0.0030};
    double[] second = {0.0106, -0.0064, 0.0300, 0.0071, -0.0062, 0.0169};
    String text =
        TensorPrinter.format(
            Shape.of(2, 784),
            DType.FLOAT32,
            index -> {
              int column = (int) (index % 784);
              return (index < 784 ? edges : second)[column < 3 ? column : column - 778];
            },
            index -> index,
            "cuda:0",
            "SliceBackward0",
            true,
            "tensor(");
    assertEquals(
        """
        tensor([[ 0.0033, -0.0081, -0.0354,  ..., -0.0335,  0.0070,  0.0030],
                [ 0.0106, -0.0064,  0.0300,  ...,  0.0071, -0.0062,  0.0169]],
               device='cuda:0', grad_fn=<SliceBackward0>)\
        """,
        text);
  }

  @Test
  void shortSliceOnTheGpu() {
    assertEquals(
        "tensor([-0.0193, -0.0153], device='cuda:0', grad_fn=<SliceBackward0>)",
        suffixed(Shape.of(2), DType.FLOAT32, "cuda:0", "SliceBackward0", true, -0.01934, -0.01527));
  }

  @Test
  void oneIntegerOnTheGpu() {
    assertEquals("tensor([9], device='cuda:0')", integers(Shape.of(1), DType.INT64, "cuda:0", 9));
  }

  @Test
  void rangeAndZeros() {
    assertEquals("tensor([0, 1, 2, 3])", counting(Shape.of(4)));
    assertEquals("tensor([0., 0., 0., 0.])", vector(0, 0, 0, 0));
  }

  // ---- scalars and empty tensors

  @Test
  void scalars() {
    assertEquals("tensor(3.1416)", floats(Shape.SCALAR, Math.PI));
    assertEquals("tensor(2.)", floats(Shape.SCALAR, 2));
    assertEquals("tensor(-0.)", floats(Shape.SCALAR, -0.0));
    assertEquals("tensor(nan)", floats(Shape.SCALAR, Double.NaN));
    assertEquals("tensor(-inf)", floats(Shape.SCALAR, Double.NEGATIVE_INFINITY));
    assertEquals("tensor(1.0000e-05)", floats(Shape.SCALAR, 1e-5));
    assertEquals("tensor(7)", integers(Shape.SCALAR, DType.INT64, null, 7));
    assertEquals("tensor(True)", integers(Shape.SCALAR, DType.BOOL, null, 1));
    assertEquals("tensor(-3, dtype=int8)", integers(Shape.SCALAR, DType.INT8, null, -3));
  }

  @Test
  void emptyTensors() {
    assertEquals("tensor([])", floats(Shape.of(0)));
    assertEquals("tensor([], size=(0, 3))", floats(Shape.of(0, 3)));
    assertEquals("tensor([], size=(2, 0, 3))", floats(Shape.of(2, 0, 3)));
    assertEquals("tensor([], dtype=int64)", integers(Shape.of(0), DType.INT64, null));
    assertEquals("tensor([], dtype=bool)", integers(Shape.of(0), DType.BOOL, null));
    assertEquals(
        "tensor([], device='cuda:0', size=(0, 3), dtype=float16, requires_grad=True)",
        suffixed(Shape.of(0, 3), DType.FLOAT16, "cuda:0", null, true));
  }

  // ---- floating point: which of the three forms

  @Test
  void wholeNumbers() {
    assertEquals("tensor([ 1., -2., 30.])", vector(1, -2, 30));
    assertEquals("tensor([0., -0.])", vector(0, -0.0));
    assertEquals("tensor([   1., 1000.])", vector(1, 1000));
    assertEquals("tensor([1.0000e+00, 1.0010e+03])", vector(1, 1001));
    assertEquals("tensor([100000000., 100000000.])", vector(1e8, 1e8));
    assertEquals("tensor([1.0000e+09, 1.0000e+09])", vector(1e9, 1e9));
  }

  @Test
  void fourDigits() {
    assertEquals("tensor([ 0.1000, -1.2000])", vector(0.1, -1.2));
    assertEquals("tensor([1.0000, 0.0000, 0.5000])", vector(1, 0, 0.5));
    assertEquals("tensor([1.5000, -0.0000])", vector(1.5, -0.0));
    assertEquals("tensor([9.9999e-05])", vector(1e-4 * 0.99999));
    assertEquals("tensor([0.0001])", vector(0.00012));
  }

  @Test
  void scientific() {
    assertEquals("tensor([1.0000e-05, 1.0000e+00])", vector(1e-5, 1));
    assertEquals("tensor([ 1.2346e+05, -1.5000e+00])", vector(123456, -1.5));
    assertEquals("tensor([0.0000e+00, 1.2500e+10])", vector(0, 1.25e10));
    assertEquals(
        "tensor([1.0000e-100, 1.0000e+100], dtype=float64)",
        floats(Shape.of(2), DType.FLOAT64, 1e-100, 1e100));
    assertEquals(
        "tensor([4.9407e-324, 1.7977e+308], dtype=float64)",
        floats(Shape.of(2), DType.FLOAT64, Double.MIN_VALUE, Double.MAX_VALUE));
    assertEquals("tensor([9.9998e-05, 1.0000e+00])", vector(9.99985e-5, 0.99999999));
  }

  @Test
  void ratioOfAThousandIsNotYetScientific() {
    assertEquals("tensor([1.5000e+00, 1.5010e+03])", vector(1.5, 1501));
    assertEquals("tensor([   1.5000, 1500.0000])", vector(1.5, 1500));
  }

  @Test
  void notFinite() {
    double inf = Double.POSITIVE_INFINITY;
    assertEquals("tensor([nan, inf, -inf])", vector(Double.NaN, inf, -inf));
    assertEquals("tensor([1., nan, inf])", vector(1, Double.NaN, inf));
    assertEquals("tensor([1.5000,    nan,   -inf])", vector(1.5, Double.NaN, -inf));
    assertEquals("tensor([1.0000e-05,        inf])", vector(1e-5, inf));
  }

  @Test
  void roundsTheBinaryValueWithTiesToEven() {
    // Both are exact in binary and lie half-way between two printed numbers.
    assertEquals("tensor([0.0312, 0.0938])", vector(0.03125, 0.09375));
    // This only looks half-way: it lies just above as a float and just below as a double.
    assertEquals("tensor([0.0002])", vector((float) 0.00015));
    assertEquals("tensor([0.0001], dtype=float64)", floats(Shape.of(1), DType.FLOAT64, 0.00015));
    assertEquals("tensor([1.0000])", vector(0.99996));
  }

  // ---- integers

  @Test
  void integerTypes() {
    assertEquals(
        "tensor([-9223372036854775808,  9223372036854775807,                    0])",
        integers(Shape.of(3), DType.INT64, null, Long.MIN_VALUE, Long.MAX_VALUE, 0));
    assertEquals(
        "tensor([  0, 255], dtype=uint8)", integers(Shape.of(2), DType.UINT8, null, 0, 255));
    assertEquals("tensor([ 1, -2], dtype=int32)", integers(Shape.of(2), DType.INT32, null, 1, -2));
    assertEquals("tensor([5], dtype=int16)", integers(Shape.of(1), DType.INT16, null, 5));
  }

  @Test
  void booleans() {
    assertEquals("tensor([ True, False,  True])", integers(Shape.of(3), DType.BOOL, null, 1, 0, 1));
    assertEquals("tensor([True, True])", integers(Shape.of(2), DType.BOOL, null, 1, 1));
  }

  // ---- lines

  @Test
  void longRowsWrap() {
    assertEquals(
        """
        tensor([ 0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14, 15, 16, 17,
                18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29])\
        """,
        counting(Shape.of(30)));
    assertEquals(
        """
        tensor([0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0.,
                0.])\
        """,
        vector(new double[25]));
    double[] halves = new double[10];
    Arrays.fill(halves, 0.5);
    assertEquals(
        """
        tensor([[0.5000, 0.5000, 0.5000, 0.5000, 0.5000, 0.5000, 0.5000, 0.5000, 0.5000,
                 0.5000]])\
        """,
        floats(Shape.of(1, 10), halves));
  }

  @Test
  void moreThanTwoAxes() {
    assertEquals(
        """
        tensor([[[0, 1],
                 [2, 3]],

                [[4, 5],
                 [6, 7]]])\
        """,
        counting(Shape.of(2, 2, 2)));
    assertEquals(
        """
        tensor([[[[0]],

                 [[1]]],


                [[[2]],

                 [[3]]]])\
        """,
        counting(Shape.of(2, 2, 1, 1)));
  }

  @Test
  void aThousandElementsAreStillPrintedInFull() {
    assertFalse(counting(Shape.of(1000)).contains("..."));
    assertEquals("tensor([   0,    1,    2,  ...,  998,  999, 1000])", counting(Shape.of(1001)));
  }

  @Test
  void summarisesEachLongAxis() {
    assertEquals(
        """
        tensor([[   0,    1,    2,  ...,   47,   48,   49],
                [  50,   51,   52,  ...,   97,   98,   99],
                [ 100,  101,  102,  ...,  147,  148,  149],
                ...,
                [2350, 2351, 2352,  ..., 2397, 2398, 2399],
                [2400, 2401, 2402,  ..., 2447, 2448, 2449],
                [2450, 2451, 2452,  ..., 2497, 2498, 2499]])\
        """,
        counting(Shape.of(50, 50)));
    assertEquals(
        """
        tensor([[[   0,    1],
                 [   2,    3],
                 [   4,    5],
                 ...,
                 [1194, 1195],
                 [1196, 1197],
                 [1198, 1199]],

                [[1200, 1201],
                 [1202, 1203],
                 [1204, 1205],
                 ...,
                 [2394, 2395],
                 [2396, 2397],
                 [2398, 2399]]])\
        """,
        counting(Shape.of(2, 600, 2)));
  }

  @Test
  void readsOnlyWhatItPrintsAndThatOnce() {
    var read = new TreeSet<Long>();
    String text =
        TensorPrinter.format(
            Shape.of(1L << 20, 1L << 20),
            DType.FLOAT32,
            index -> {
              if (!read.add(index)) {
                throw new AssertionError("read twice: " + index);
              }
              return 1;
            },
            index -> index,
            null,
            null,
            false,
            "tensor(");
    assertEquals(36, read.size());
    assertEquals((1L << 40) - 1, read.last());
    assertEquals("tensor([[1., 1., 1.,  ..., 1., 1., 1.],", text.lines().findFirst().orElse(""));
  }

  // ---- suffixes

  @Test
  void orderOfSuffixes() {
    assertEquals(
        "tensor([1.5000], device='cuda:0', dtype=float16, requires_grad=True)",
        suffixed(Shape.of(1), DType.FLOAT16, "cuda:0", null, true, 1.5));
    assertEquals(
        "tensor([1.5000], dtype=bfloat16, grad_fn=<AddBackward0>)",
        suffixed(Shape.of(1), DType.BFLOAT16, null, "AddBackward0", true, 1.5));
    assertEquals(
        "tensor([1.5000], dtype=float64)",
        suffixed(Shape.of(1), DType.FLOAT64, null, null, false, 1.5));
  }

  @Test
  void suffixesWrapOneByOne() {
    assertEquals(
        """
        tensor([1.5000], device='opencl:0', dtype=bfloat16,
               grad_fn=<NativeLayerNormBackward0>)\
        """,
        suffixed(Shape.of(1), DType.BFLOAT16, "opencl:0", "NativeLayerNormBackward0", true, 1.5));
  }

  @Test
  void suffixWrapsAtPyTorchsColumn() {
    // "device='opencl:0'" has 17 characters and PyTorch counts four more: a line of 59 has room.
    assertEquals(
        "tensor([123456789012345, 123456789012345, 123456789012345], device='opencl:0')",
        integers(
            Shape.of(3),
            DType.INT64,
            "opencl:0",
            123456789012345L,
            123456789012345L,
            123456789012345L));
    assertEquals(
        """
        tensor([1234567890123456, 1234567890123456, 1234567890123456],
               device='opencl:0')\
        """,
        integers(
            Shape.of(3),
            DType.INT64,
            "opencl:0",
            1234567890123456L,
            1234567890123456L,
            1234567890123456L));
  }

  @Test
  void prefixDecidesTheIndent() {
    String text =
        TensorPrinter.format(
            Shape.of(2, 1),
            DType.FLOAT32,
            index -> index,
            index -> index,
            null,
            null,
            true,
            "Parameter containing:\ntensor(");
    assertEquals(
        """
        Parameter containing:
        tensor([[0.],
                [1.]], requires_grad=True)\
        """,
        text);
  }

  @Test
  void localeDoesNotMatter() {
    Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
    assertEquals("tensor([-1.5000, 12.2500])", vector(-1.5, 12.25));
    Locale.setDefault(Locale.GERMANY);
    assertEquals("tensor([1.0000e-05])", vector(1e-5));
    assertEquals("tensor([1234])", integers(Shape.of(1), DType.INT64, null, 1234));
  }
}
