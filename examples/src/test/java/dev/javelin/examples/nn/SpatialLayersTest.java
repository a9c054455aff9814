package dev.javelin.examples.nn;

import static dev.javelin.examples.nn.ModuleTest.shape;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.Javelin;
import dev.javelin.Parameter;
import dev.javelin.Tensor;
import dev.javelin.nn.AdaptiveAvgPool2d;
import dev.javelin.nn.AvgPool1d;
import dev.javelin.nn.AvgPool2d;
import dev.javelin.nn.Conv1d;
import dev.javelin.nn.Conv2d;
import dev.javelin.nn.ConvTranspose2d;
import dev.javelin.nn.MaxPool1d;
import dev.javelin.nn.MaxPool2d;
import dev.javelin.nn.Module;
import dev.javelin.nn.PaddingMode;
import dev.javelin.nn.Size2d;
import dev.javelin.nn.Upsample;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Convolutions, pools and resizing.
class SpatialLayersTest {
  private static final double TOLERANCE = 2e-6;

  private static void near(double[] expected, Tensor actual) {
    assertArrayEquals(expected, actual.toDoubleArray(), TOLERANCE);
  }

  private static Tensor square(int size) {
    return Tensor.arange((long) size * size).toFloat().reshape(1, 1, size, size);
  }

  @Test
  void print() {
    Map<String, Module> texts =
        Map.of(
            "Conv1d(16, 33, kernel_size=(3,), stride=(2,))",
            new Conv1d(16, 33, 3, Conv1d.Options.DEFAULT.withStride(2)),
            "Conv1d(4, 8, kernel_size=(3,), stride=(1,), padding=(1,), dilation=(2,), groups=2,"
                + " bias=False)",
            new Conv1d(
                4,
                8,
                3,
                Conv1d.Options.DEFAULT
                    .withPadding(1)
                    .withDilation(2)
                    .withGroups(2)
                    .withBias(false)),
            "ConvTranspose2d(16, 33, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1),"
                + " output_padding=(1, 1))",
            new ConvTranspose2d(
                16,
                33,
                3,
                ConvTranspose2d.Options.DEFAULT.withStride(2).withPadding(1).withOutputPadding(1)),
            "MaxPool1d(kernel_size=3, stride=2, padding=0, dilation=1, ceil_mode=False)",
            new MaxPool1d(3, 2),
            "AvgPool1d(kernel_size=(2,), stride=(2,), padding=(0,))",
            new AvgPool1d(2),
            "AdaptiveAvgPool2d(output_size=(5, 7))",
            new AdaptiveAvgPool2d(new Size2d(5, 7)),
            "AdaptiveAvgPool2d(output_size=1)",
            new AdaptiveAvgPool2d(1),
            "Upsample(scale_factor=2.0, mode='nearest')",
            new Upsample(2),
            "Upsample(size=(4, 6), mode='bilinear')",
            new Upsample(Upsample.Options.size(new Size2d(4, 6)).withMode(Upsample.Mode.BILINEAR)));
    texts.forEach((text, module) -> assertEquals(text, module.toString()));
  }

  /// What PyTorch 1.13 gives.
  @Test
  void poolsThatReachFurther() {
    Size2d two = Size2d.of(2);
    Size2d three = Size2d.of(3);
    Size2d one = Size2d.of(1);
    Size2d none = Size2d.of(0);
    near(
        new double[] {6, 8, 9, 16, 18, 19, 21, 23, 24},
        new MaxPool2d(two, two, none, one, true).call(square(5)));
    near(
        new double[] {5, 7, 7, 13, 15, 15, 13, 15, 15},
        new MaxPool2d(three, two, one, one, true).call(square(4)));
    near(
        new double[] {3, 5, 6.5, 13, 15, 16.5, 20.5, 22.5, 24},
        new AvgPool2d(two, two, none, true, true).call(square(5)));
    near(
        new double[] {10 / 9.0, 16 / 6.0 / 1, 10 / 6.0, 17 / 3.0, 10, 5.5, 25 / 6.0, 7, 3.75},
        new AvgPool2d(three, two, one, true, true).call(square(4)));
    near(
        new double[] {2.5, 4, 5, 8.5, 10, 11, 12.5, 14, 15},
        new AvgPool2d(three, two, one, true, false).call(square(4)));
    Tensor line = Tensor.arange(5).toFloat().reshape(1, 1, 5);
    near(new double[] {1, 3, 4}, new MaxPool1d(2, 2, 0, 1, true).call(line));
    near(new double[] {0.5, 2.5, 4}, new AvgPool1d(2, 2, 0, true, true).call(line));
    assertEquals(
        "MaxPool1d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=True)",
        new MaxPool1d(2, 2, 0, 1, true).toString());
  }

  /// What PyTorch 1.13 gives.
  @Test
  void whatLiesAroundTheInput() {
    Map<PaddingMode, double[]> padded =
        Map.of(
            PaddingMode.ZEROS, new double[] {210, 321, 432, 43},
            PaddingMode.REFLECT, new double[] {212, 321, 432, 343},
            PaddingMode.REPLICATE, new double[] {211, 321, 432, 443},
            PaddingMode.CIRCULAR, new double[] {214, 321, 432, 143});
    Map<PaddingMode, double[]> same =
        Map.of(
            PaddingMode.ZEROS, new double[] {3210, 4321, 432, 43},
            PaddingMode.REFLECT, new double[] {3212, 4321, 3432, 2343},
            PaddingMode.REPLICATE, new double[] {3211, 4321, 4432, 4443},
            PaddingMode.CIRCULAR, new double[] {3214, 4321, 1432, 2143});
    Tensor x = Tensor.of(new float[] {1, 2, 3, 4}, 1, 1, 4);
    for (PaddingMode mode : PaddingMode.values()) {
      Conv1d.Options options = Conv1d.Options.DEFAULT.withBias(false).withPaddingMode(mode);
      Conv1d layer = new Conv1d(1, 1, 3, options.withPadding(1));
      layer.weight.setData(Tensor.of(new float[] {1, 10, 100}, 1, 1, 3));
      near(padded.get(mode), layer.call(x));
      Conv1d even = new Conv1d(1, 1, 4, options.withPadding("same"));
      even.weight.setData(Tensor.of(new float[] {1, 10, 100, 1000}, 1, 1, 4));
      near(same.get(mode), even.call(x));
    }
    assertEquals(
        "Conv1d(1, 1, kernel_size=(4,), stride=(1,), padding=same, padding_mode=reflect)",
        new Conv1d(
                1,
                1,
                4,
                Conv1d.Options.DEFAULT.withPadding("same").withPaddingMode(PaddingMode.REFLECT))
            .toString());
  }

  /// What PyTorch 1.13 gives.
  @Test
  void whatLiesAroundAnImage() {
    Tensor x = Tensor.arange(12).toFloat().reshape(1, 1, 3, 4);
    Conv2d.Options options = Conv2d.Options.DEFAULT.withBias(false);
    Conv2d.Options same = options.withPadding("same").withDilation(new Size2d(2, 1));
    Conv2d layer = new Conv2d(1, 1, new Size2d(3, 2), same);
    layer.weight.setData(Tensor.arange(6).toFloat().reshape(1, 1, 3, 2));
    near(new double[] {80, 94, 108, 50, 23, 28, 33, 14, 44, 50, 56, 22}, layer.call(x));
    assertEquals(
        "Conv2d(1, 1, kernel_size=(3, 2), stride=(1, 1), padding=same, dilation=(2, 1),"
            + " bias=False)",
        layer.toString());
    Conv2d.Options mirrored =
        options.withPadding(new Size2d(1, 2)).withPaddingMode(PaddingMode.REFLECT);
    Conv2d mirror = new Conv2d(1, 1, 3, mirrored);
    mirror.weight.setData(Tensor.arange(9).toFloat().reshape(1, 1, 3, 3));
    double[] expected = {
      126, 120, 138, 174, 180, 162, 246, 240, 258, 294, 300, 282, 222, 216, 234, 270, 276, 258
    };
    near(expected, mirror.call(x));
    near(expected, mirror.call(x.squeeze(0)));
    assertThrows(IllegalArgumentException.class, () -> options.withPadding("full"));
    Conv2d strided = new Conv2d(1, 1, 3, options.withPadding("same").withStride(2));
    assertEquals(
        "in Conv2d(1 -> 1): padding='same' is not supported for strided convolutions",
        assertThrows(IllegalArgumentException.class, () -> strided.call(x)).getMessage());
    assertEquals(
        "in Conv2d(1 -> 1): pad: expected a padding of 0 to 1 for the size 2 in the mode reflect,"
            + " got 2 and 2",
        assertThrows(IllegalArgumentException.class, () -> mirror.call(Tensor.zeros(1, 1, 2, 2)))
            .getMessage());
  }

  @Test
  void convolutionAlongOneDimension() {
    Conv1d layer = new Conv1d(1, 1, 2, Conv1d.Options.DEFAULT.withStride(2).withPadding(1));
    layer.loadStateDict(
        Map.of(
            "weight", Tensor.of(new float[] {1, 10}, 1, 1, 2), "bias", Tensor.of(new float[] {5})));
    Tensor x = Tensor.of(new float[] {1, 2, 3}, 1, 1, 3);
    // 0 1 | 2 3, and the zero behind is left over
    near(new double[] {15, 37}, layer.call(x));
    near(new double[] {15, 37}, layer.call(x.squeeze(0)));
    layer.call(x).sum().backward();
    near(new double[] {2, 4}, layer.weight.grad());
    near(new double[] {2}, layer.bias.grad());
    assertEquals(
        "in Conv1d(1 -> 1): expected (n, 1, l) or (1, l), got (2, 3, 4) on cpu",
        assertThrows(IllegalArgumentException.class, () -> layer.call(Tensor.zeros(2, 3, 4)))
            .getMessage());
    Javelin.manualSeed(0);
    double bound = 1 / Math.sqrt(4 * 5);
    double largest =
        new Conv1d(8, 200, 5, Conv1d.Options.DEFAULT.withGroups(2)).weight.abs().max().item();
    assertTrue(largest <= bound && largest > 0.99 * bound);
  }

  @Test
  void transposedConvolutionSpreadsTheKernel() {
    ConvTranspose2d layer =
        new ConvTranspose2d(1, 1, 2, ConvTranspose2d.Options.DEFAULT.withStride(2));
    layer.loadStateDict(
        Map.of(
            "weight", Tensor.of(new float[] {1, 2, 3, 4}, 1, 1, 2, 2),
            "bias", Tensor.of(new float[] {100})));
    Tensor x = Tensor.of(new float[] {1, 10}, 1, 1, 1, 2);
    near(new double[] {101, 102, 110, 120, 103, 104, 130, 140}, layer.call(x));
    assertEquals(List.of(1L, 2L, 4L), shape(layer.call(x.squeeze(0))));
    layer.call(x).sum().backward();
    near(new double[] {11, 11, 11, 11}, layer.weight.grad());
    ConvTranspose2d wide =
        new ConvTranspose2d(
            4,
            6,
            3,
            ConvTranspose2d.Options.DEFAULT
                .withStride(2)
                .withPadding(1)
                .withOutputPadding(1)
                .withGroups(2));
    assertEquals(List.of(4L, 3L, 3L, 3L), shape(wide.weight));
    assertEquals(List.of(5L, 6L, 16L, 14L), shape(wide.call(Tensor.zeros(5, 4, 8, 7))));
    assertEquals(
        "ConvolutionBackward0", wide.call(Tensor.zeros(1, 4, 2, 2)).gradFn().orElseThrow());
    ConvTranspose2d wrong =
        new ConvTranspose2d(1, 1, 2, ConvTranspose2d.Options.DEFAULT.withOutputPadding(1));
    assertThrows(IllegalArgumentException.class, () -> wrong.call(x));
  }

  @Test
  void pools() {
    Tensor row = Tensor.of(new float[] {1, 5, 2, 4, 3}, 1, 5);
    near(new double[] {5, 4}, new MaxPool1d(2).call(row));
    near(new double[] {5, 5, 4, 4}, new MaxPool1d(2, 1).call(row));
    assertEquals(List.of(7L, 3L, 2L), shape(new MaxPool1d(3, 2).call(Tensor.zeros(7, 3, 5))));
    near(new double[] {3, 3}, new AvgPool1d(2).call(row));
    // Without the zeros around the corner sees 0, 1, 4, 5.
    Size2d three = Size2d.of(3);
    Module inside = new AvgPool2d(three, Size2d.of(2), Size2d.of(1), false);
    near(new double[] {2.5, 4, 8.5, 10}, inside.call(square(4)));
  }

  @Test
  void adaptiveMeans() {
    near(new double[] {7.5}, new AdaptiveAvgPool2d(1).call(square(4)));
    near(new double[] {2.5, 4.5, 10.5, 12.5}, new AdaptiveAvgPool2d(2).call(square(4)));
    // Parts of 3: rows 0 and 1, rows 1 and 2.
    near(new double[] {2, 3, 5, 6}, new AdaptiveAvgPool2d(2).call(square(3)));
    assertEquals(
        List.of(2L, 3L, 5L, 7L),
        shape(new AdaptiveAvgPool2d(new Size2d(5, 7)).call(Tensor.zeros(2, 3, 8, 9))));
    Parameter x = new Parameter(square(3));
    new AdaptiveAvgPool2d(2).call(x).sum().backward();
    near(new double[] {0.25, 0.5, 0.25, 0.5, 1, 0.5, 0.25, 0.5, 0.25}, x.grad());
  }

  @Test
  void resizing() {
    Parameter x = new Parameter(Tensor.of(new float[] {1, 2, 3, 4}, 1, 1, 2, 2));
    Tensor near = new Upsample(2).call(x);
    near(new double[] {1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4}, near);
    near.sum().backward();
    near(new double[] {4, 4, 4, 4}, x.grad());
    Upsample.Options bilinear =
        Upsample.Options.size(new Size2d(2, 4)).withMode(Upsample.Mode.BILINEAR);
    near(new double[] {1, 1.25, 1.75, 2, 3, 3.25, 3.75, 4}, new Upsample(bilinear).call(x));
    near(
        new double[] {1, 4 / 3.0, 5 / 3.0, 2, 3, 10 / 3.0, 11 / 3.0, 4},
        new Upsample(bilinear.withAlignCorners(true)).call(x));
    assertEquals(List.of(1L, 1L, 3L, 3L), shape(new Upsample(1.5).call(x)));
    assertThrows(
        IllegalArgumentException.class, () -> Upsample.Options.scale(2).withAlignCorners(true));
  }
}
