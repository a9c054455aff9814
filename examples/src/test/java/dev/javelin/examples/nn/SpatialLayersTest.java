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
import dev.javelin.nn.ConvTranspose2d;
import dev.javelin.nn.MaxPool1d;
import dev.javelin.nn.Module;
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
