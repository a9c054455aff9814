package dev.javelin.examples.nn;

import static dev.javelin.examples.nn.ModuleTest.shape;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.Device;
import dev.javelin.Javelin;
import dev.javelin.Parameter;
import dev.javelin.Tensor;
import dev.javelin.nn.Functional;
import dev.javelin.nn.LayerNorm;
import dev.javelin.nn.MultiheadAttention;
import dev.javelin.nn.MultiheadAttention.Masks;
import dev.javelin.nn.MultiheadAttention.Weights;
import dev.javelin.nn.TransformerEncoder;
import dev.javelin.nn.TransformerEncoderLayer;
import dev.javelin.nn.TransformerEncoderLayer.Options;
import java.util.List;
import java.util.function.BiPredicate;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Attention against plain loops in double precision.
class AttentionTest {
  private static final double TOLERANCE = 1e-5;
  private static final MultiheadAttention.Options BATCH_FIRST =
      MultiheadAttention.Options.DEFAULT.withBatchFirst(true);

  @BeforeEach
  void seed() {
    Javelin.manualSeed(0);
  }

  private static void near(double[] expected, Tensor actual) {
    assertArrayEquals(expected, actual.toDoubleArray(), TOLERANCE);
  }

  private static String message(Runnable call) {
    return assertThrows(IllegalArgumentException.class, call::run).getMessage();
  }

  private static double[][] matrix(Tensor x) {
    double[] values = x.toDoubleArray();
    double[][] rows = new double[(int) x.size(0)][(int) x.size(1)];
    for (int i = 0; i < values.length; i++) {
      rows[i / rows[0].length][i % rows[0].length] = values[i];
    }
    return rows;
  }

  /// `softmax(q k^T scale) v`, row by row.
  private static double[] attention(
      double[][] q, double[][] k, double[][] v, double scale, BiPredicate<Integer, Integer> sees) {
    double[] result = new double[q.length * v[0].length];
    for (int i = 0; i < q.length; i++) {
      double total = 0;
      double[] e = new double[k.length];
      for (int j = 0; j < k.length; j++) {
        double score = 0;
        for (int d = 0; d < q[i].length; d++) {
          score += q[i][d] * k[j][d];
        }
        e[j] = sees.test(i, j) ? Math.exp(score * scale) : 0;
        total += e[j];
      }
      for (int j = 0; j < k.length; j++) {
        for (int d = 0; total > 0 && d < v[j].length; d++) {
          result[i * v[0].length + d] += e[j] / total * v[j][d];
        }
      }
    }
    return result;
  }

  @Test
  void scaledDotProduct() {
    Tensor q = Tensor.randn(3, 4);
    Tensor k = Tensor.randn(5, 4);
    Tensor v = Tensor.randn(5, 2);
    double[][] a = matrix(q);
    double[][] b = matrix(k);
    double[][] c = matrix(v);
    near(attention(a, b, c, 0.5, (i, j) -> true), Functional.scaledDotProductAttention(q, k, v));
    near(
        attention(a, b, c, 0.5, (i, j) -> j <= i),
        Functional.scaledDotProductAttention(q, k, v, null, 0, true));
    // Query 0 sees nothing: 0, not NaN.
    Tensor allowed = Tensor.arange(3).unsqueeze(1).gt(Tensor.arange(5));
    near(
        attention(a, b, c, 0.5, (i, j) -> i > j),
        Functional.scaledDotProductAttention(q, k, v, allowed, 0, false));
    Tensor added = Tensor.zeros(3, 5).maskedFill(allowed, Double.NEGATIVE_INFINITY);
    near(
        attention(a, b, c, 0.5, (i, j) -> i <= j),
        Functional.scaledDotProductAttention(q, k, v, added, 0, false));
    Tensor batch = Tensor.randn(2, 3, 7, 4);
    assertEquals(
        List.of(2L, 3L, 7L, 4L), shape(Functional.scaledDotProductAttention(batch, batch, batch)));
    assertEquals(
        "scaledDotProductAttention: Explicit attn_mask should not be set when is_causal=True",
        message(() -> Functional.scaledDotProductAttention(q, k, v, allowed, 0, true)));
    assertEquals(
        "expected keys of the queries' size, (..., s, 4), got (5, 2) on cpu",
        message(() -> Functional.scaledDotProductAttention(q, v, v)));
  }

  /// Forward and backward: of 2048 x 2048 weights for each of 4 heads, 64 MiB, there is no trace.
  @Test
  void theWeightsAreNeverInMemory() {
    long weights = 4L * 2048 * 2048 * 4;
    for (boolean masked : new boolean[] {true, false}) {
      Parameter q = new Parameter(Tensor.randn(4, 2048, 8));
      Device cpu = q.device();
      cpu.synchronize();
      cpu.resetPeakMemory();
      long before = cpu.memoryAllocated();
      Tensor mask = masked ? Tensor.zeros(2048, 2048).eq(0) : null;
      Functional.scaledDotProductAttention(q, q, q, mask, 0, !masked).sum().backward();
      assertEquals(List.of(4L, 2048L, 8L), shape(q.grad()));
      cpu.synchronize();
      long most = cpu.maxMemoryAllocated() - before;
      assertTrue(masked ? most > weights : most < weights / 8, masked + ": " + most);
    }
  }

  @Test
  void aMaskThatHidesNothingChangesNothing() {
    // Without a mask it is one kernel, with one the weights are in memory.
    Parameter q = new Parameter(Tensor.randn(2, 3, 70, 5));
    Parameter k = new Parameter(Tensor.randn(3, 33, 5)); // one for all of the batch
    Parameter v = new Parameter(Tensor.randn(2, 1, 33, 7)); // one for all heads
    Tensor all = Tensor.zeros(70, 33).eq(0);
    Tensor past = Tensor.arange(70).unsqueeze(1).ge(Tensor.arange(33));
    Tensor slope = Tensor.randn(2, 3, 70, 7);
    for (boolean causal : new boolean[] {false, true}) {
      Tensor mask = causal ? past : all;
      double[][] expected = new double[4][];
      for (boolean fused : new boolean[] {false, true}) {
        Tensor y =
            Functional.scaledDotProductAttention(
                q, k, v, fused ? null : mask, 0, fused && causal, 0.7);
        assertEquals(List.of(2L, 3L, 70L, 7L), shape(y));
        y.mul(slope).sum().backward();
        Tensor[] results = {y.detach(), q.grad(), k.grad(), v.grad()};
        for (int i = 0; i < results.length; i++) {
          if (fused) {
            assertArrayEquals(expected[i], results[i].toDoubleArray(), 1e-4);
          } else {
            expected[i] = results[i].toDoubleArray();
          }
        }
        for (Parameter p : List.of(q, k, v)) {
          p.setGrad(null);
        }
      }
    }
    assertEquals(
        "scaledDotProductAttention: the batch dimensions of (2, 3, 70, 5), (3, 33, 5) and (5, 1,"
            + " 33, 7) do not broadcast",
        message(() -> Functional.scaledDotProductAttention(q, k, Tensor.zeros(5, 1, 33, 7))));
    assertEquals(
        "scaled_dot_product_attention: expected floating-point q [..., l, e], k [..., s, e] and v"
            + " [..., s, f], got float32 [2, 3, 70, 5], [2, 3, 33, 5] and [2, 3, 32, 7]",
        message(() -> Functional.scaledDotProductAttention(q, k, Tensor.zeros(2, 1, 32, 7))));
  }

  @Test
  void scaledDotProductGradient() {
    // One query, two keys of size 1: y = s v0 + (1 - s) v1, s = sigmoid(q (k0 - k1))
    Parameter q = new Parameter(Tensor.of(new float[] {2}, 1, 1));
    Parameter k = new Parameter(Tensor.of(new float[] {0.5f, 0.25f}, 2, 1));
    Parameter v = new Parameter(Tensor.of(new float[] {3, 7}, 2, 1));
    Functional.scaledDotProductAttention(q, k, v).sum().backward();
    double s = 1 / (1 + Math.exp(-0.5));
    double slope = s * (1 - s) * (3 - 7);
    near(new double[] {s, 1 - s}, v.grad());
    near(new double[] {slope * 0.25}, q.grad());
    near(new double[] {2 * slope, -2 * slope}, k.grad());
  }

  @Test
  void headsAreAttentionSideBySide() {
    MultiheadAttention layer = new MultiheadAttention(4, 2, BATCH_FIRST);
    assertEquals(
        List.of("in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias"),
        List.copyOf(layer.stateDict().keySet()));
    assertEquals(
        """
        MultiheadAttention(
          (out_proj): NonDynamicallyQuantizableLinear(in_features=4, out_features=4, bias=True)
        )\
        """,
        layer.toString());
    assertEquals(0, layer.inProjBias.abs().max().item());
    assertEquals(0, layer.outProj.bias.abs().max().item());
    double bound = Math.sqrt(6.0 / (12 + 4));
    assertTrue(layer.inProjWeight.abs().max().item() <= bound);
    Tensor x = Tensor.randn(1, 3, 4);
    Tensor rows = x.squeeze(0).mm(layer.inProjWeight.detach().t());
    Tensor[] joined = new Tensor[2];
    for (int h = 0; h < 2; h++) {
      double[][] q = matrix(rows.narrow(1, 2L * h, 2));
      double[][] k = matrix(rows.narrow(1, 4 + 2L * h, 2));
      double[][] v = matrix(rows.narrow(1, 8 + 2L * h, 2));
      joined[h] = Tensor.of(attention(q, k, v, 1 / Math.sqrt(2), (i, j) -> j <= i), 3, 2);
    }
    Tensor expected =
        Tensor.cat(List.of(joined), 1).toFloat().mm(layer.outProj.weight.detach().t());
    MultiheadAttention.Output got = layer.attend(x, x, x, Masks.CAUSAL, Weights.EACH);
    near(expected.toDoubleArray(), got.output());
    assertEquals(List.of(1L, 2L, 3L, 3L), shape(got.weights()));
    Tensor after = Tensor.arange(3).unsqueeze(1).lt(Tensor.arange(3)); // true: not to be seen
    near(
        expected.toDoubleArray(),
        layer.attend(x, x, x, new Masks(after, null, false), Weights.NONE).output());
    // Given apart, projected apart.
    near(layer.call(x, x, x).toDoubleArray(), layer.call(x, x.clone(), x.clone()));
    assertNull(layer.attend(x, x, x, Masks.NONE, Weights.NONE).weights());
    near(expected.toDoubleArray(), layer.attend(x, x, x, Masks.CAUSAL, Weights.NONE).output());
  }

  @Test
  void masksOfKeys() {
    MultiheadAttention layer = new MultiheadAttention(4, 2);
    Tensor x = Tensor.randn(3, 2, 4); // [l, n, embed]
    Tensor padding = Tensor.of(new boolean[] {false, false, true, false, false, false}, 2, 3);
    MultiheadAttention.Output got =
        layer.attend(x, x, x, new Masks(null, padding, false), Weights.MEAN);
    assertEquals(List.of(3L, 2L, 4L), shape(got.output()));
    assertEquals(List.of(2L, 3L, 3L), shape(got.weights()));
    assertEquals(0, got.weights().select(0, 0).select(1, 2).abs().sum().item());
    assertArrayEquals(
        new double[] {1, 1, 1, 1, 1, 1}, got.weights().sum(-1).toDoubleArray(), TOLERANCE);
    // The first sample without its last key gives the same.
    Tensor shorter = x.narrow(0, 0, 2).narrow(1, 0, 1);
    Tensor first = x.narrow(1, 0, 1);
    near(layer.call(first, shorter, shorter).toDoubleArray(), got.output().narrow(1, 0, 1));
    // Truth values and numbers together.
    Tensor none = Tensor.zeros(3, 3);
    near(
        got.output().toDoubleArray(),
        layer.attend(x, x, x, new Masks(none, padding, false), Weights.NONE).output());
    Tensor one = x.select(1, 0);
    near(layer.call(first, first, first).squeeze(1).toDoubleArray(), layer.call(one, one, one));
    assertEquals(
        "in MultiheadAttention(4, 2): expected a key padding mask (2, 3) of truth values (true"
            + " where a key does not count) or numbers, got bool (3, 3)",
        message(() -> layer.attend(x, x, x, new Masks(null, none.eq(0), false), Weights.NONE)));
    assertEquals(
        "in MultiheadAttention(4, 2): expected a query (l, n, 4) or (l, 4), got (3, 2, 5) on cpu",
        message(() -> layer.call(Tensor.zeros(3, 2, 5), x, x)));
    assertEquals(
        "embed_dim must be divisible by num_heads, got 4 and 3",
        message(() -> new MultiheadAttention(4, 3)));
  }

  @Test
  void keysAndValuesOfOtherSizes() {
    MultiheadAttention layer =
        new MultiheadAttention(4, 2, BATCH_FIRST.withKeyValueSizes(3, 5).withBias(false));
    assertEquals(
        List.of("q_proj_weight", "k_proj_weight", "v_proj_weight", "out_proj.weight"),
        List.copyOf(layer.stateDict().keySet()));
    Tensor y = layer.call(Tensor.randn(2, 3, 4), Tensor.randn(2, 6, 3), Tensor.randn(2, 6, 5));
    assertEquals(List.of(2L, 3L, 4L), shape(y));
  }

  @Test
  void dropoutOfWeightsOnlyWhileTraining() {
    MultiheadAttention layer = new MultiheadAttention(4, 1, BATCH_FIRST.withDropout(0.5));
    Tensor x = Tensor.randn(1, 8, 4);
    assertNotEquals(layer.call(x, x, x).sum().item(), layer.call(x, x, x).sum().item());
    layer.eval();
    assertEquals(layer.call(x, x, x).sum().item(), layer.call(x, x, x).sum().item());
  }

  // ---- encoder ----

  @Test
  void encoderLayer() {
    Options options = Options.DEFAULT.withDimFeedforward(6).withDropout(0).withBatchFirst(true);
    TransformerEncoderLayer last = new TransformerEncoderLayer(4, 2, options);
    assertEquals(
        List.of(
            "self_attn.in_proj_weight",
            "self_attn.in_proj_bias",
            "self_attn.out_proj.weight",
            "self_attn.out_proj.bias",
            "linear1.weight",
            "linear1.bias",
            "linear2.weight",
            "linear2.bias",
            "norm1.weight",
            "norm1.bias",
            "norm2.weight",
            "norm2.bias"),
        List.copyOf(last.stateDict().keySet()));
    TransformerEncoderLayer first =
        new TransformerEncoderLayer(
            4,
            2,
            options.withNormFirst(true).withActivation(TransformerEncoderLayer.Activation.GELU));
    first.loadStateDict(last.stateDict());
    MultiheadAttention attention = (MultiheadAttention) last.namedChildren().get("self_attn");
    Tensor x = Tensor.randn(2, 3, 4);
    Tensor looked = norm(x.add(attention.call(x, x, x)));
    Tensor fed = last.namedChildren().get("linear1").call(looked).relu();
    Tensor expected = norm(looked.add(last.namedChildren().get("linear2").call(fed)));
    near(expected.toDoubleArray(), last.call(x));
    Tensor other = x.add(attention.call(norm(x), norm(x), norm(x)));
    Tensor active = Functional.gelu(last.namedChildren().get("linear1").call(norm(other)));
    near(
        other.add(last.namedChildren().get("linear2").call(active)).toDoubleArray(), first.call(x));
    // What comes later does not change what is before.
    Tensor causal = last.encode(x, Masks.CAUSAL).narrow(1, 0, 2);
    near(last.encode(x.narrow(1, 0, 2), Masks.CAUSAL).toDoubleArray(), causal);
    Tensor after = Tensor.arange(3).unsqueeze(1).lt(Tensor.arange(3));
    near(last.encode(x, Masks.CAUSAL).toDoubleArray(), last.call(x, after));
  }

  private static Tensor norm(Tensor x) {
    return new LayerNorm(4).call(x);
  }

  @Test
  void encoder() {
    TransformerEncoderLayer layer =
        new TransformerEncoderLayer(4, 2, Options.DEFAULT.withDimFeedforward(6).withDropout(0));
    TransformerEncoder encoder = new TransformerEncoder(layer, 2, new LayerNorm(4));
    assertEquals(
        """
        TransformerEncoder(
          (layers): ModuleList(
            (0-1): 2 x TransformerEncoderLayer(
              (self_attn): MultiheadAttention(
                (out_proj): NonDynamicallyQuantizableLinear(in_features=4, out_features=4, bias=True)
              )
              (linear1): Linear(in_features=4, out_features=6, bias=True)
              (dropout): Dropout(p=0.0, inplace=False)
              (linear2): Linear(in_features=6, out_features=4, bias=True)
              (norm1): LayerNorm((4,), eps=1e-05, elementwise_affine=True)
              (norm2): LayerNorm((4,), eps=1e-05, elementwise_affine=True)
              (dropout1): Dropout(p=0.0, inplace=False)
              (dropout2): Dropout(p=0.0, inplace=False)
            )
          )
          (norm): LayerNorm((4,), eps=1e-05, elementwise_affine=True)
        )\
        """,
        encoder.toString());
    Tensor x = Tensor.randn(3, 2, 4);
    near(norm(layer.call(layer.call(x))).toDoubleArray(), encoder.call(x));
    encoder.call(x).sum().backward();
    assertEquals(26, encoder.parameters().size());
    assertTrue(encoder.parameters().stream().allMatch(p -> p.grad() != null));
    assertEquals(
        "in TransformerEncoder.layers.0.self_attn MultiheadAttention(4, 2): expected a query"
            + " (l, n, 4) or (l, 4), got (3, 2, 5) on cpu",
        message(() -> encoder.call(Tensor.zeros(3, 2, 5))));
  }
}
