package dev.javelin.conformance;

import static dev.javelin.conformance.NeuralSamples.number;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.Tensor;
import dev.javelin.engine.Engine;
import dev.javelin.kernels.Kernel.Window;
import dev.javelin.ops.MatrixOps;
import dev.javelin.ops.NeuralOps;
import dev.javelin.ops.NeuralOps.LossReduction;
import dev.javelin.ops.OpDef;
import dev.javelin.ops.OptimOps;
import dev.javelin.ops.PointwiseOps;
import dev.javelin.ops.RandomOps;
import dev.javelin.ops.ReduceOps;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/// Composed ops run as their fewest kernels, with the numbers of the same ops called one by one.
public abstract class FusionConformance extends Conformance {
  private static final int STEPS = 5;

  /// For subclasses.
  protected FusionConformance() {}

  private static int kernels(OpDef op, Tensor... inputs) {
    return Engine.kernelCount(op, inputs);
  }

  @Test
  void activationsAreOneKernel() {
    Tensor x = random(1, 33, 65);
    assertEquals(1, kernels(PointwiseOps.GELU, x));
    assertEquals(1, kernels(PointwiseOps.GELU_TANH, x));
    assertEquals(1, kernels(PointwiseOps.SOFTPLUS, x, number(1), number(20)));
  }

  @Test
  void rowOpsAreOneKernel() {
    for (int[] shape : new int[][] {{3, 7}, {33, 1025}, {1, 13}}) {
      Tensor x = random(2, shape);
      assertEquals(1, kernels(NeuralOps.softmax(1), x), "softmax");
      assertTrue(kernels(NeuralOps.softmax(0), x) <= 3, "softmax of columns");
      assertEquals(1, kernels(NeuralOps.logSoftmax(1), x), "log_softmax");
      assertEquals(1, kernels(ReduceOps.logsumexp(List.of(1), false), x), "logsumexp");
      assertEquals(1, kernels(ReduceOps.mean(List.of(1), false), x), "mean");
      assertEquals(1, kernels(ReduceOps.var(List.of(1), 1, false), x), "var");
      Tensor weight = random(3, shape[1]);
      assertEquals(1, kernels(NeuralOps.layerNorm(1, 1e-5, true), x, weight, weight), "layer_norm");
    }
  }

  @Test
  void lossesAreFewKernels() {
    Tensor x = random(2, 33, 10);
    Tensor classes =
        Lay.contiguous(
            Nd.build(new int[] {33}, i -> i[0] % 10), dev.javelin.kernels.DType.INT64, device());
    OpDef mean = NeuralOps.crossEntropy(LossReduction.MEAN, -100, false, 0);
    assertTrue(kernels(mean, x, classes) <= 2, "cross_entropy is " + kernels(mean, x, classes));
    OpDef none = NeuralOps.crossEntropy(LossReduction.NONE, -100, false, 0);
    assertEquals(1, kernels(none, x, classes), "cross_entropy of each sample");
    assertEquals(1, kernels(NeuralOps.mseLoss(LossReduction.MEAN), x, x), "mse_loss");
  }

  @Test
  void productsTakeTheirEpilogue() {
    Tensor x = random(2, 33, 20);
    Tensor w = random(3, 10, 20);
    Tensor b = random(4, 10);
    assertEquals(1, kernels(MatrixOps.linear(true), x, w, b), "linear");
    assertEquals(1, kernels(MatrixOps.linear(true), random(2, 2, 3, 20), w, b), "linear of 3 axes");
    OpDef hidden = region("linear and relu", in -> Tensor.call(MatrixOps.linear(true), in).relu());
    assertEquals(1, kernels(hidden, x, w, b), "linear and relu");
    OpDef gelu =
        region(
            "linear and gelu",
            in -> Tensor.call(PointwiseOps.GELU, Tensor.call(MatrixOps.linear(true), in)));
    assertEquals(1, kernels(gelu, x, w, b), "linear and gelu");
  }

  @Test
  void convolutionTakesItsBias() {
    Window window = new Window(3, 3, 1, 1, 1, 1, 1, 1, 1);
    Tensor x = random(2, 2, 3, 8, 8);
    Tensor w = random(3, 4, 3, 3, 3);
    int plain = kernels(MatrixOps.conv2d(window, false), x, w);
    assertEquals(plain, kernels(MatrixOps.conv2d(window, true), x, w, random(4, 4)));
  }

  @Test
  void optimisersUpdateAllParametersInOneKernel() {
    List<Tensor> sgd = new ArrayList<>(List.of(number(0.1), number(0.9)));
    List<Tensor> adam = new ArrayList<>(List.of(number(0.1), number(0.1), number(1), number(0.1)));
    for (int i = 0; i < STEPS; i++) {
      for (int k = 0; k < 3; k++) {
        sgd.add(random(k, 3 + i, 5));
      }
      for (int k = 0; k < 4; k++) {
        adam.add(random(k, 3 + i, 5));
      }
    }
    assertEquals(
        1,
        kernels(OptimOps.sgd(STEPS, true, 0, 0.1, false, false, false), sgd.toArray(new Tensor[0])),
        "sgd");
    assertEquals(
        1,
        kernels(
            OptimOps.adam(STEPS, 0.99, 1e-8, 0.1, true, false, false), adam.toArray(new Tensor[0])),
        "adam");
  }

  @Test
  void dropoutIsDrawnAndAppliedInFewKernels() {
    Tensor x = random(2, 33, 20);
    OpDef op = RandomOps.dropout(x.shape(), false);
    int count = kernels(op, x, number(0.5), (Tensor) Engine.number(1L), (Tensor) Engine.number(0L));
    assertTrue(count <= 2, "dropout is " + count);
  }

  @Test
  void viewsCostNothing() {
    Tensor x = random(2, 6, 8);
    OpDef op =
        region(
            "views", in -> in[0].t().reshape(4, 2, 6).narrow(1, 0, 1).squeeze().unsqueeze(0).exp());
    assertEquals(1, kernels(op, x));
    OpDef chain = region("chain", in -> in[0].mul(2).t().add(in[0].t()).relu().transpose(0, 1));
    assertEquals(1, kernels(chain, x));
  }

  @Test
  void oneByOneGivesTheSame() {
    same(
        "softmax",
        x -> x.softmax(1),
        x -> x.sub(x.amax(1, true)).exp().div(x.sub(x.amax(1, true)).exp().sum(1, true)));
    same("log_softmax", x -> x.logSoftmax(1), x -> x.softmax(1).log());
    same(
        "var",
        x -> x.var(new int[] {1}, 0, true),
        x -> x.sub(x.mean(1, true)).square().mean(1, true));
    same(
        "gelu",
        x -> Tensor.call(PointwiseOps.GELU, x),
        x -> x.mul(0.5).mul(x.mul(Math.sqrt(0.5)).erf().add(1)));
    same(
        "layer_norm",
        x -> Tensor.call(NeuralOps.layerNorm(1, 1e-5, false), x),
        x -> x.sub(x.mean(1, true)).mul(x.var(new int[] {1}, 0, true).add(1e-5).rsqrt()));
  }

  private void same(
      String name, Function<Tensor, Tensor> composed, Function<Tensor, Tensor> single) {
    for (int[] shape : new int[][] {{3, 7}, {33, 1025}, {8, 31}}) {
      Tensor x = random(9, shape);
      Close.check(
          Lay.read(single.apply(x)),
          composed.apply(x),
          new Tolerance(64, 16),
          () -> name + Arrays.toString(shape));
    }
  }

  static OpDef region(String name, Function<Tensor[], Tensor> body) {
    return dev.javelin.ops.Composite.of(name, List.of(), body, dev.javelin.ops.Gradient.NONE);
  }
}
