package dev.javelin.examples.nn;

import static java.util.Map.entry;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.javelin.Javelin;
import dev.javelin.Tensor;
import dev.javelin.io.Saved;
import dev.javelin.nn.AdaptiveAvgPool1d;
import dev.javelin.nn.AdaptiveMaxPool1d;
import dev.javelin.nn.AdaptiveMaxPool2d;
import dev.javelin.nn.AvgPool3d;
import dev.javelin.nn.BatchNorm3d;
import dev.javelin.nn.CELU;
import dev.javelin.nn.CTCLoss;
import dev.javelin.nn.ConstantPad1d;
import dev.javelin.nn.ConstantPad2d;
import dev.javelin.nn.Conv3d;
import dev.javelin.nn.ConvTranspose1d;
import dev.javelin.nn.ConvTranspose3d;
import dev.javelin.nn.CosineSimilarity;
import dev.javelin.nn.EmbeddingBag;
import dev.javelin.nn.Fold;
import dev.javelin.nn.Functional;
import dev.javelin.nn.GLU;
import dev.javelin.nn.GRUCell;
import dev.javelin.nn.GaussianNLLLoss;
import dev.javelin.nn.Hardshrink;
import dev.javelin.nn.Hardsigmoid;
import dev.javelin.nn.Hardtanh;
import dev.javelin.nn.HingeEmbeddingLoss;
import dev.javelin.nn.InstanceNorm1d;
import dev.javelin.nn.InstanceNorm2d;
import dev.javelin.nn.InstanceNorm3d;
import dev.javelin.nn.LSTMCell;
import dev.javelin.nn.LayerNorm;
import dev.javelin.nn.LocalResponseNorm;
import dev.javelin.nn.LogSigmoid;
import dev.javelin.nn.MarginRankingLoss;
import dev.javelin.nn.MaxPool3d;
import dev.javelin.nn.Mish;
import dev.javelin.nn.Module;
import dev.javelin.nn.MultiLabelMarginLoss;
import dev.javelin.nn.MultiLabelSoftMarginLoss;
import dev.javelin.nn.MultiMarginLoss;
import dev.javelin.nn.PairwiseDistance;
import dev.javelin.nn.PixelShuffle;
import dev.javelin.nn.PixelUnshuffle;
import dev.javelin.nn.PoissonNLLLoss;
import dev.javelin.nn.RNNCell;
import dev.javelin.nn.ReLU6;
import dev.javelin.nn.Reduction;
import dev.javelin.nn.ReflectionPad1d;
import dev.javelin.nn.ReflectionPad2d;
import dev.javelin.nn.ReplicationPad1d;
import dev.javelin.nn.ReplicationPad2d;
import dev.javelin.nn.SELU;
import dev.javelin.nn.Size2d;
import dev.javelin.nn.Size3d;
import dev.javelin.nn.SoftMarginLoss;
import dev.javelin.nn.Softmin;
import dev.javelin.nn.Softshrink;
import dev.javelin.nn.Softsign;
import dev.javelin.nn.Tanhshrink;
import dev.javelin.nn.Threshold;
import dev.javelin.nn.Transformer;
import dev.javelin.nn.TransformerDecoder;
import dev.javelin.nn.TransformerDecoderLayer;
import dev.javelin.nn.TransformerEncoderLayer;
import dev.javelin.nn.Unfold;
import dev.javelin.nn.Upsample;
import dev.javelin.nn.Utils;
import dev.javelin.nn.ZeroPad2d;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Layers, losses and functions give what PyTorch 1.13 gives for the same weights and inputs, and so do their gradients:
/// `make_layers.py` wrote down what.
class TorchLayersTest {
  private static final Saved FILE =
      Javelin.load(Path.of("src/test/resources/dev/javelin/examples/nn/layers.pt"));

  private static final TransformerEncoderLayer.Options SMALL =
      TransformerEncoderLayer.Options.DEFAULT.withDimFeedforward(8).withDropout(0);

  private static final Map<String, Module> LAYERS =
      Map.ofEntries(
          entry("Hardtanh", new Hardtanh()),
          entry("ReLU6", new ReLU6()),
          entry("Hardsigmoid", new Hardsigmoid()),
          entry("Mish", new Mish()),
          entry("CELU", new CELU(1.5)),
          entry("SELU", new SELU()),
          entry("LogSigmoid", new LogSigmoid()),
          entry("Softsign", new Softsign()),
          entry("Tanhshrink", new Tanhshrink()),
          entry("Softshrink", new Softshrink()),
          entry("Hardshrink", new Hardshrink()),
          entry("Threshold", new Threshold(0.1, 20)),
          entry("GLU", new GLU()),
          entry("Softmin", new Softmin(1)),
          entry(
              "ConvTranspose1d",
              new ConvTranspose1d(
                  4,
                  6,
                  3,
                  ConvTranspose1d.Options.DEFAULT
                      .withStride(2)
                      .withPadding(1)
                      .withOutputPadding(1)
                      .withGroups(2))),
          entry(
              "ConvTranspose1d plain",
              new ConvTranspose1d(2, 3, 2, ConvTranspose1d.Options.DEFAULT.withBias(false))),
          entry("Conv3d", new Conv3d(2, 3, 2)),
          entry(
              "Conv3d options",
              new Conv3d(
                  4,
                  6,
                  new Size3d(3, 2, 1),
                  Conv3d.Options.DEFAULT
                      .withStride(new Size3d(2, 1, 3))
                      .withPadding(new Size3d(1, 0, 2))
                      .withDilation(new Size3d(2, 1, 1))
                      .withGroups(2))),
          entry(
              "Conv3d of one",
              new Conv3d(2, 2, 3, Conv3d.Options.DEFAULT.withPadding(1).withBias(false))),
          entry(
              "ConvTranspose3d",
              new ConvTranspose3d(
                  4,
                  2,
                  new Size3d(2, 3, 2),
                  ConvTranspose3d.Options.DEFAULT
                      .withStride(new Size3d(2, 1, 3))
                      .withPadding(new Size3d(1, 1, 0))
                      .withOutputPadding(new Size3d(1, 0, 2))
                      .withDilation(new Size3d(2, 1, 1)))),
          entry("MaxPool3d", new MaxPool3d(2)),
          entry(
              "MaxPool3d options",
              new MaxPool3d(new Size3d(3, 2, 2), new Size3d(1, 2, 3), new Size3d(1, 0, 1))),
          entry("AvgPool3d", new AvgPool3d(2)),
          entry(
              "AvgPool3d options",
              new AvgPool3d(new Size3d(3, 2, 2), new Size3d(1, 2, 3), new Size3d(1, 0, 1))),
          entry("AdaptiveAvgPool1d", new AdaptiveAvgPool1d(3)),
          entry("AdaptiveMaxPool1d", new AdaptiveMaxPool1d(3)),
          entry("AdaptiveMaxPool2d", new AdaptiveMaxPool2d(new Size2d(2, 3))),
          entry("BatchNorm3d", new BatchNorm3d(3)),
          entry("InstanceNorm1d", new InstanceNorm1d(3)),
          entry("InstanceNorm2d", new InstanceNorm2d(3, 1e-5, true)),
          entry("InstanceNorm3d", new InstanceNorm3d(2)),
          entry("LocalResponseNorm", new LocalResponseNorm(3, 0.1, 0.75, 1)),
          entry("LocalResponseNorm even", new LocalResponseNorm(2)),
          entry("PixelShuffle", new PixelShuffle(2)),
          entry("PixelUnshuffle", new PixelUnshuffle(2)),
          entry("ReflectionPad1d", new ReflectionPad1d(2)),
          entry("ReflectionPad2d", new ReflectionPad2d(1, 2, 3, 0)),
          entry("ReplicationPad1d", new ReplicationPad1d(1, 3)),
          entry("ReplicationPad2d", new ReplicationPad2d(1)),
          entry("ConstantPad1d", new ConstantPad1d(2, 3.5)),
          entry("ConstantPad2d", new ConstantPad2d(1, 0, 2, 1, -1.5)),
          entry("ZeroPad2d", new ZeroPad2d(1, 2, 3, 4)),
          entry("Unfold", new Unfold(2)),
          entry(
              "Unfold options",
              new Unfold(new Size2d(2, 3), new Size2d(2, 1), new Size2d(1, 2), new Size2d(2, 1))),
          entry("Fold", new Fold(new Size2d(4, 5), 2)),
          entry(
              "Fold options",
              new Fold(
                  new Size2d(6, 5),
                  new Size2d(2, 3),
                  new Size2d(2, 1),
                  new Size2d(1, 2),
                  new Size2d(2, 3))),
          entry("EmbeddingBag", new EmbeddingBag(7, 3)),
          entry("EmbeddingBag max", new EmbeddingBag(7, 3, EmbeddingBag.Mode.MAX)),
          entry("EmbeddingBag offsets", new EmbeddingBag(7, 3)),
          entry("EmbeddingBag sum", new EmbeddingBag(7, 3, EmbeddingBag.Mode.SUM)),
          entry("RNNCell", new RNNCell(3, 4)),
          entry("GRUCell", new GRUCell(3, 4, false)),
          entry("LSTMCell", new LSTMCell(3, 4)),
          entry("CosineSimilarity", new CosineSimilarity()),
          entry("PairwiseDistance", new PairwiseDistance(3, 1e-6, false)),
          entry("TransformerDecoderLayer", new TransformerDecoderLayer(4, 2, SMALL)),
          entry(
              "TransformerDecoderLayer norm first",
              new TransformerDecoderLayer(
                  4,
                  2,
                  SMALL
                      .withActivation(TransformerEncoderLayer.Activation.GELU)
                      .withBatchFirst(true)
                      .withNormFirst(true))),
          entry(
              "TransformerDecoder",
              new TransformerDecoder(
                  new TransformerDecoderLayer(4, 2, SMALL), 2, new LayerNorm(4))),
          entry("Transformer", new Transformer(4, 2, 1, 2, SMALL)),
          entry("Transformer causal", new Transformer(4, 2, 1, 1, SMALL)),
          entry("PoissonNLLLoss", new PoissonNLLLoss()),
          entry(
              "PoissonNLLLoss rates",
              new PoissonNLLLoss().withLogInput(false).withFull(true).withReduction(Reduction.SUM)),
          entry("GaussianNLLLoss", new GaussianNLLLoss()),
          entry(
              "GaussianNLLLoss full",
              new GaussianNLLLoss().withFull(true).withReduction(Reduction.SUM)),
          entry("MarginRankingLoss", new MarginRankingLoss().withMargin(0.5)),
          entry("HingeEmbeddingLoss", new HingeEmbeddingLoss().withMargin(0.5)),
          entry("SoftMarginLoss", new SoftMarginLoss().withReduction(Reduction.SUM)),
          entry("MultiMarginLoss", new MultiMarginLoss()),
          entry(
              "MultiMarginLoss weighted",
              new MultiMarginLoss()
                  .withP(2)
                  .withMargin(0.5)
                  .withWeight(Tensor.of(new float[] {1, 2, 0.5f}))
                  .withReduction(Reduction.NONE)),
          entry("MultiLabelMarginLoss", new MultiLabelMarginLoss()),
          entry("MultiLabelMarginLoss of one", new MultiLabelMarginLoss()),
          entry(
              "MultiLabelSoftMarginLoss",
              new MultiLabelSoftMarginLoss().withWeight(Tensor.of(new float[] {1, 2, 0.5f}))),
          entry("CTCLoss", new CTCLoss()),
          entry("CTCLoss one row", new CTCLoss().withBlank(3).withReduction(Reduction.NONE)),
          entry(
              "CTCLoss too short",
              new CTCLoss().withReduction(Reduction.SUM).withZeroInfinity(true)));

  private static final Map<String, Function<List<Tensor>, Tensor>> FUNCTIONS = functions();

  private static Map<String, Function<List<Tensor>, Tensor>> functions() {
    Map<String, Function<List<Tensor>, Tensor>> all = new LinkedHashMap<>();
    all.put("normalize", in -> Functional.normalize(in.get(0), 3, 0, 1e-12));
    all.put("pad", in -> Functional.pad(in.get(0), 2.5, 1, 2, 0, 1));
    all.put("pad_sequence", in -> Utils.padSequence(in, true, 1.5));
    all.put("parameters_to_vector", Utils::parametersToVector);
    for (boolean align : new boolean[] {false, true}) {
      String corners = align ? "True" : "False";
      for (Functional.Sampling sampling : Functional.Sampling.values()) {
        for (boolean border : new boolean[] {false, true}) {
          String mode = sampling == Functional.Sampling.BILINEAR ? "bilinear" : "nearest";
          all.put(
              "grid_sample " + mode + (border ? " border " : " zeros ") + corners,
              in -> Functional.gridSample(in.get(0), in.get(1), sampling, border, align));
        }
      }
      all.put(
          "affine_grid " + corners,
          in -> Functional.affineGrid(in.get(0), new Size2d(3, 4), align));
      all.put(
          "bicubic " + corners,
          in ->
              Functional.interpolate(
                  in.get(0),
                  Upsample.Options.size(new Size2d(7, 3))
                      .withMode(Upsample.Mode.BICUBIC)
                      .withAlignCorners(align)));
    }
    return all;
  }

  static Stream<String> names() {
    return Stream.concat(LAYERS.keySet().stream(), FUNCTIONS.keySet().stream()).sorted();
  }

  @Test
  void everyCaseOfPyTorchIsLookedAt() {
    assertEquals(FILE.map().keySet(), new TreeSet<>(names().toList()));
  }

  private static void near(Tensor expected, Tensor actual, String what) {
    assertNotNull(actual, what);
    assertEquals(expected.shape(), actual.shape(), what);
    double[] values = expected.toDoubleArray();
    double largest = Arrays.stream(values).map(Math::abs).max().orElse(0);
    assertArrayEquals(values, actual.toDoubleArray(), 1e-5 * Math.max(1, largest), what);
  }

  private static Tensor call(String name, List<Tensor> inputs) {
    if (FUNCTIONS.containsKey(name)) {
      return FUNCTIONS.get(name).apply(inputs);
    }
    Module layer = LAYERS.get(name);
    if (name.startsWith("CTCLoss")) {
      Tensor logProbs = inputs.getFirst().logSoftmax(-1);
      return ((CTCLoss) layer).loss(logProbs, inputs.get(1), inputs.get(2), inputs.get(3));
    }
    return name.equals("Transformer causal")
        ? ((Transformer) layer).run(inputs.get(0), inputs.get(1), Transformer.Masks.CAUSAL)
        : layer.callAll(inputs.toArray(Tensor[]::new)).getFirst();
  }

  @ParameterizedTest
  @MethodSource("names")
  void givesWhatPyTorchGives(String name) {
    Saved row = FILE.get(name);
    Module layer = LAYERS.get(name);
    if (layer != null) {
      layer.loadStateDict(row.get("state").stateDict(), !name.startsWith("BatchNorm"));
    }
    Map<String, Tensor> gradients = row.get("gradients").stateDict();
    List<Tensor> inputs = row.get("inputs").tensors();
    for (String i : gradients.keySet()) {
      inputs.get(Integer.parseInt(i)).requiresGrad_(true);
    }
    Tensor output = call(name, inputs);
    near(row.get("output").tensor(), output, "output");
    output.backward(row.get("weights").tensor(), false, false);
    gradients.forEach(
        (i, expected) ->
            near(expected, inputs.get(Integer.parseInt(i)).grad(), "gradient of input " + i));
    row.get("parameters")
        .stateDict()
        .forEach((p, expected) -> near(expected, layer.namedParameters().get(p).grad(), p));
  }

  @Test
  void printAsPyTorchPrints() {
    List<String> different = new ArrayList<>();
    LAYERS.forEach(
        (name, layer) -> {
          // A probability of 0 is a whole number there.
          String text = ((String) FILE.get(name).get("text").value()).replace("(p=0,", "(p=0.0,");
          // Equal layers of a list are printed once, as later versions do.
          boolean shortened = layer.toString().contains("2 x ");
          if (!shortened && !text.equals(layer.toString())) {
            different.add(text + " is " + layer);
          }
        });
    assertEquals("", String.join("\n", different));
  }
}
