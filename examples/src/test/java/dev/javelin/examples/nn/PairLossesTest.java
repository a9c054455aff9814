package dev.javelin.examples.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.javelin.Parameter;
import dev.javelin.Tensor;
import dev.javelin.kernels.Shape;
import dev.javelin.nn.BCELoss;
import dev.javelin.nn.BCEWithLogitsLoss;
import dev.javelin.nn.CosineEmbeddingLoss;
import dev.javelin.nn.CrossEntropyLoss;
import dev.javelin.nn.HuberLoss;
import dev.javelin.nn.KLDivLoss;
import dev.javelin.nn.L1Loss;
import dev.javelin.nn.MSELoss;
import dev.javelin.nn.Module;
import dev.javelin.nn.NLLLoss;
import dev.javelin.nn.Reduction;
import dev.javelin.nn.SmoothL1Loss;
import dev.javelin.nn.TripletMarginLoss;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Losses of two tensors or three, and what they say to wrong targets.
class PairLossesTest {
  private static final double TOLERANCE = 1e-6;

  private final Parameter x = new Parameter(Tensor.of(new float[] {1, 2, 5}));
  private final Tensor y = Tensor.of(new float[] {0.5f, 2, 1});

  private static void near(double[] expected, Tensor actual) {
    assertArrayEquals(expected, actual.toDoubleArray(), TOLERANCE);
  }

  private static String message(Runnable call) {
    return assertThrows(IllegalArgumentException.class, call::run).getMessage();
  }

  @Test
  void absolute() {
    assertEquals(1.5, new L1Loss().call(x, y).item(), TOLERANCE);
    near(new double[] {0.5, 0, 4}, new L1Loss().withReduction(Reduction.NONE).call(x, y));
    new L1Loss().withReduction(Reduction.SUM).call(x, y).backward();
    near(new double[] {1, 0, 1}, x.grad());
    assertEquals("L1Loss()", new L1Loss().toString());
  }

  @Test
  void squaredNearZero() {
    SmoothL1Loss smooth = new SmoothL1Loss().withReduction(Reduction.NONE);
    near(new double[] {0.125, 0, 3.5}, smooth.call(x, y));
    near(new double[] {0.0625, 0, 3}, smooth.withBeta(2).call(x, y));
    near(new double[] {0.5, 0, 4}, smooth.withBeta(0).call(x, y));
    HuberLoss huber = new HuberLoss().withReduction(Reduction.SUM);
    assertEquals(0.125 + 2 * (4 - 1), huber.withDelta(2).call(x, y).item(), TOLERANCE);
    huber.withDelta(2).call(x, y).backward();
    near(new double[] {0.5, 0, 2}, x.grad());
    assertEquals(
        "in SmoothL1Loss: smooth_l1_loss does not support negative values for beta.",
        message(() -> smooth.withBeta(-1).call(x, y)));
  }

  @Test
  void yesAndNo() {
    Parameter logits = new Parameter(Tensor.of(new float[] {0, 2, -100}));
    Tensor target = Tensor.of(new float[] {1, 0.25f, 1});
    BCEWithLogitsLoss loss = new BCEWithLogitsLoss().withReduction(Reduction.NONE);
    double softplus = Math.log1p(Math.exp(-2));
    near(
        new double[] {Math.log(2), 0.75 * (2 + softplus) + 0.25 * softplus, 100},
        loss.call(logits, target));
    // p weighs the part of the target that is yes
    near(
        new double[] {3 * Math.log(2), 0.75 * (2 + softplus) + 0.75 * softplus, 300},
        loss.withPosWeight(Tensor.of(new float[] {3})).call(logits, target));
    near(
        new double[] {0, 2 * (0.75 * (2 + softplus) + 0.25 * softplus), 100},
        loss.withWeight(Tensor.of(new float[] {0, 2, 1})).call(logits, target));
    new BCEWithLogitsLoss().withReduction(Reduction.SUM).call(logits, target).backward();
    double p = 1 / (1 + Math.exp(-2));
    near(new double[] {-0.5, p - 0.25, -1}, logits.grad());
    assertEquals(
        List.of("pos_weight"),
        List.copyOf(loss.withPosWeight(Tensor.ones(3)).stateDict().keySet()));
  }

  @Test
  void probabilitiesOfYesAndNo() {
    Parameter p = new Parameter(Tensor.of(new float[] {0.5f, 0.25f, 0}));
    Tensor target = Tensor.of(new float[] {1, 0, 1});
    BCELoss loss = new BCELoss().withReduction(Reduction.NONE);
    near(new double[] {Math.log(2), -Math.log(0.75), 100}, loss.call(p, target));
    near(
        new double[] {0, -2 * Math.log(0.75), 100},
        loss.withWeight(Tensor.of(new float[] {0, 2, 1})).call(p, target));
    new BCELoss().call(p, target).backward();
    double[] slopes = p.grad().toDoubleArray();
    assertEquals(-2 / 3.0, slopes[0], TOLERANCE);
    assertEquals(4 / 9.0, slopes[1], TOLERANCE);
    assertEquals(-1e12 / 3, slopes[2], 1e6); // finite, as in PyTorch
  }

  @Test
  void divergence() {
    Tensor p = Tensor.of(new float[] {0.5f, 0.5f, 1, 0}, 2, 2);
    Parameter q = new Parameter(Tensor.of(new float[] {0.25f, 0.75f, 0.5f, 0.5f}, 2, 2).log());
    double first = 0.5 * Math.log(2) + 0.5 * Math.log(0.5 / 0.75);
    double total = first + Math.log(2);
    KLDivLoss loss = new KLDivLoss();
    assertEquals(total / 4, loss.call(q, p).item(), TOLERANCE);
    KLDivLoss batch = loss.withReduction(Reduction.BATCHMEAN);
    assertEquals(total / 2, batch.call(q, p).item(), TOLERANCE);
    Tensor positive = p.clampMin(1e-6);
    assertEquals(
        batch.call(q, positive).item(),
        batch.withLogTarget(true).call(q, positive.log()).item(),
        TOLERANCE);
    batch.call(q, p).backward();
    near(new double[] {-0.25, -0.25, -0.5, 0}, q.grad());
    assertEquals(
        "in MSELoss: the reduction BATCHMEAN is for klDiv only",
        message(() -> new MSELoss().withReduction(Reduction.BATCHMEAN).call(x, y)));
  }

  @Test
  void cosine() {
    Tensor a = Tensor.of(new float[] {1, 0, 1, 1}, 2, 2);
    Tensor b = Tensor.of(new float[] {1, 1, 0, 2}, 2, 2);
    Tensor alike = Tensor.of(new long[] {1, -1});
    double cos = Math.sqrt(0.5);
    CosineEmbeddingLoss loss = new CosineEmbeddingLoss().withReduction(Reduction.NONE);
    near(new double[] {1 - cos, cos}, loss.call(a, b, alike));
    near(new double[] {1 - cos, cos - 0.5}, loss.withMargin(0.5).call(a, b, alike));
    Tensor one = loss.call(a.select(0, 0), b.select(0, 0), Tensor.scalar(1));
    assertEquals(Shape.SCALAR, one.shape());
    assertEquals(1 - cos, one.item(), TOLERANCE);
  }

  @Test
  void triples() {
    Parameter anchor = new Parameter(Tensor.zeros(1, 2));
    Tensor positive = Tensor.of(new float[] {3, 4}, 1, 2);
    Tensor negative = Tensor.of(new float[] {0, 4}, 1, 2);
    TripletMarginLoss.Options options = TripletMarginLoss.Options.DEFAULT;
    assertEquals(5 - 4 + 1, new TripletMarginLoss().call(anchor, positive, negative).item(), 1e-5);
    Module swap = new TripletMarginLoss(options.withSwap(true).withMargin(0.5), Reduction.SUM);
    Tensor swapped = swap.call(anchor, positive, negative);
    assertEquals(5 - 3 + 0.5, swapped.item(), 1e-5);
    swapped.backward();
    assertArrayEquals(new double[] {-0.6, -0.8}, anchor.grad().toDoubleArray(), 1e-5);
    Module sums = new TripletMarginLoss(options.withP(1), Reduction.NONE);
    assertArrayEquals(
        new double[] {7 - 4 + 1}, sums.call(anchor, positive, negative).toDoubleArray(), 1e-5);
    assertEquals(
        "in TripletMarginLoss: expected anchor, positive and negative of one shape, got (1, 2),"
            + " (1, 2) and (2, 2)",
        message(() -> swap.call(anchor, positive, Tensor.zeros(2, 2))));
  }

  @Test
  void hintsForWrongTargets() {
    CrossEntropyLoss loss = new CrossEntropyLoss();
    Tensor logits = Tensor.zeros(4, 3);
    assertEquals(
        "in CrossEntropyLoss: expected int64 class indices, or probabilities of the input's shape"
            + " (4, 3), got float32 (4,); convert class indices with toLong()",
        message(() -> loss.call(logits, Tensor.zeros(4))));
    assertEquals(
        "in NLLLoss: expected a target of int64 class indices, got float32; convert it with"
            + " toLong()",
        message(() -> new NLLLoss().call(logits, Tensor.zeros(4))));
    assertEquals(
        "in CrossEntropyLoss: expected class indices of shape (4,), got int64 values of the input's"
            + " shape (4, 3); if they are one-hot, use argmax(1) for indices or toFloat() for"
            + " probabilities",
        message(() -> loss.call(logits, Tensor.zeros(4, 3).toLong())));
    assertEquals(
        "in CrossEntropyLoss: expected class indices of shape (4,), got (4, 1); drop the last"
            + " dimension with squeeze(-1)",
        message(() -> loss.call(logits, Tensor.zeros(4, 1).toLong())));
    assertEquals(
        "in BCELoss: binary_cross_entropy: expected a target of the input's shape (4, 1), got (4,);"
            + " drop the input's last dimension with squeeze(-1)",
        message(() -> new BCELoss().call(Tensor.zeros(4, 1), Tensor.zeros(4))));
    assertEquals(
        "in BCEWithLogitsLoss: binary_cross_entropy_with_logits: expected a floating-point target,"
            + " got int64; convert it with toFloat()",
        message(() -> new BCEWithLogitsLoss().call(Tensor.zeros(4), Tensor.zeros(4).toLong())));
    assertEquals(
        "in CrossEntropyLoss: a class index of the target is not one of the 3 classes of the input,"
            + " 0 to 2: index 3 is out of bounds for a dimension of size 3",
        message(() -> loss.call(logits, Tensor.of(new long[] {0, 1, 3, 0}))));
  }
}
