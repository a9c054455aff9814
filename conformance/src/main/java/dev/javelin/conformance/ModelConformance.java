package dev.javelin.conformance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.Javelin;
import dev.javelin.Scope;
import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel.PoolOp;
import dev.javelin.kernels.Kernel.Window;
import dev.javelin.kernels.Shape;
import dev.javelin.ops.MatrixOps;
import dev.javelin.ops.NeuralOps;
import dev.javelin.ops.NeuralOps.LossReduction;
import dev.javelin.ops.OpDef;
import dev.javelin.ops.OptimOps;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Small models as a whole.
public abstract class ModelConformance extends Conformance {
  private static final OpDef LOSS = NeuralOps.crossEntropy(LossReduction.MEAN, -100, false, 0);

  /// For subclasses.
  protected ModelConformance() {}

  /// Two layers by hand: x = (1, 2), hidden relu(W1 x + b1) = relu(-0.5, 3) = (0, 3), output W2 h + b2 = (7, -2).
  @Test
  void aTwoLayerNetGivesTheNumbersOfPencilAndPaper() {
    Tensor x = floats(new int[] {1, 2}, 1, 2);
    Tensor w1 = floats(new int[] {2, 2}, 1, -1, 0.5, 1).requiresGrad_(true);
    Tensor b1 = floats(0.5, 0.5).requiresGrad_(true);
    Tensor w2 = floats(new int[] {2, 2}, 5, 2, 1, -1).requiresGrad_(true);
    Tensor b2 = floats(1, 1).requiresGrad_(true);
    Tensor hidden = Tensor.call(MatrixOps.linear(true), x, w1, b1).relu();
    Close.exactly(hidden, 0, 3);
    Tensor y = Tensor.call(MatrixOps.linear(true), hidden, w2, b2);
    Close.exactly(y, 7, -2);
    // Loss: half the squared distance from (5, 0); its slope is (2, -2).
    Tensor loss = y.sub(floats(5, 0)).square().sum().mul(0.5);
    assertEquals(4, loss.item());
    loss.backward();
    Close.exactly(b2.grad(), 2, -2);
    Close.exactly(w2.grad(), 0, 6, 0, -6);
    // Into the hidden layer comes W2^T (2, -2) = (8, 6), of which relu lets the second through.
    Close.exactly(b1.grad(), 0, 6);
    Close.exactly(w1.grad(), 0, 0, 6, 12);
  }

  /// The numbers of Karpathy's micrograd example, by its README.
  @Test
  void micrograd() {
    Tensor a = doubles(-4).requiresGrad_(true);
    Tensor b = doubles(2).requiresGrad_(true);
    Tensor c = a.add(b);
    Tensor d = a.mul(b).add(b.pow(3));
    c = c.add(c.add(1));
    c = c.add(c.add(1).sub(a));
    d = d.add(d.mul(2).add(b.add(a).relu()));
    d = d.add(d.mul(3).add(b.sub(a).relu()));
    Tensor e = c.sub(d);
    Tensor f = e.square();
    Tensor g = f.div(2);
    g = g.add(doubles(10).div(f));
    assertEquals(24.7041, g.item(), 5e-5);
    g.backward();
    assertEquals(138.8338, a.grad().item(), 5e-5);
    assertEquals(645.5773, b.grad().item(), 5e-5);
  }

  /// Trains a classifier of points in the plane and gives the losses.
  private double[] train(long seed, int steps, boolean adam, boolean scoped) {
    Javelin.manualSeed(seed);
    int n = 64;
    Tensor x = Tensor.randn(Shape.of(n, 2), DType.FLOAT32, device());
    Tensor classes = x.select(1, 0).mul(x.select(1, 1)).gt(0).to(DType.INT64);
    List<Tensor> parameters = new ArrayList<>();
    for (int[] shape : new int[][] {{16, 2}, {16}, {2, 16}, {2}}) {
      Tensor p = Tensor.randn(Lay.shape(shape), DType.FLOAT32, device()).mul(0.5).detach();
      parameters.add(p.requiresGrad_(true));
    }
    List<Tensor> state = new ArrayList<>();
    for (Tensor p : parameters) {
      state.add(Tensor.zerosLike(p));
      state.add(Tensor.zerosLike(p));
    }
    double[] losses = new double[steps];
    for (int step = 0; step < steps; step++) {
      Scope scope = scoped ? Scope.open() : null;
      Tensor h =
          Tensor.call(MatrixOps.linear(true), x, parameters.get(0), parameters.get(1)).tanh();
      Tensor y = Tensor.call(MatrixOps.linear(true), h, parameters.get(2), parameters.get(3));
      Tensor loss = Tensor.call(LOSS, y, classes);
      loss.backward();
      update(parameters, state, step + 1, adam);
      losses[step] = loss.item();
      if (scope != null) {
        scope.close();
      }
    }
    return losses;
  }

  private static void update(List<Tensor> parameters, List<Tensor> state, int step, boolean adam) {
    List<Tensor> inputs = new ArrayList<>();
    if (adam) {
      inputs.add(NeuralSamples.number(0.05));
      inputs.add(NeuralSamples.number(0.05 / (1 - Math.pow(0.9, step))));
      inputs.add(NeuralSamples.number(Math.sqrt(1 - Math.pow(0.999, step))));
      inputs.add(NeuralSamples.number(1 - 0.9));
    } else {
      inputs.add(NeuralSamples.number(0.5));
      inputs.add(NeuralSamples.number(0.9));
    }
    for (int i = 0; i < parameters.size(); i++) {
      inputs.add(parameters.get(i));
      inputs.add(parameters.get(i).grad());
      inputs.add(state.get(2 * i));
      if (adam) {
        inputs.add(state.get(2 * i + 1));
      }
    }
    int count = parameters.size();
    OpDef op =
        adam
            ? OptimOps.adam(count, 0.999, 1e-8, 0.01, true, false, false)
            : OptimOps.sgd(count, true, 0, 0, false, false, step == 1);
    Javelin.noGrad(() -> Tensor.call(op, inputs.toArray(new Tensor[0])));
    parameters.forEach(p -> p.setGrad(null));
  }

  @Test
  void trainingLowersTheLoss() {
    int steps = isLong() ? 50 : 10;
    for (boolean adam : new boolean[] {false, true}) {
      double[] losses = train(1, steps, adam, false);
      double wanted = losses[0] * (isLong() ? 0.5 : 0.95);
      assertTrue(losses[steps - 1] < wanted, "from " + losses[0] + " to " + losses[steps - 1]);
      assertTrue(losses[steps / 2] < losses[0]);
    }
  }

  @Test
  void theSameSeedGivesTheSameLossesToTheLastBit() {
    int steps = isLong() ? 20 : 4;
    double[] first = train(5, steps, true, false);
    assertArrayEquals(first, train(5, steps, true, false));
    assertArrayEquals(first, train(5, steps, true, true));
  }

  @Test
  void theReferenceLearnsTheSame() {
    int steps = 5;
    double[] losses = train(5, steps, true, true);
    ModelConformance reference =
        new ModelConformance() {
          @Override
          protected Subject subject() {
            return Subject.whole(dev.javelin.Devices.get("reference:1"));
          }
        };
    assertArrayEquals(reference.train(5, steps, true, true), losses, 2e-4);
  }

  /// A small picture through convolution, pooling and a linear layer, forward and back, against the reference device.
  @Test
  void aConvolutionalNetIsThatOfTheReference() {
    List<Nd> here = picture(device());
    List<Nd> there = picture(dev.javelin.Devices.get("reference:1"));
    for (int i = 0; i < here.size(); i++) {
      double largest = 0;
      for (double x : there.get(i).data()) {
        largest = Math.max(largest, Math.abs(x));
      }
      assertArrayEquals(there.get(i).data(), here.get(i).data(), 2e-5 * largest, "tensor " + i);
    }
  }

  private List<Nd> picture(dev.javelin.Device device) {
    Window window = new Window(3, 3, 1, 1, 1, 1, 1, 1, 1);
    Window pool = new Window(2, 2, 2, 2, 0, 0, 1, 1, 1);
    Tensor x = random(1, 2, 2, 8, 8).to(device);
    Tensor w1 = random(2, 4, 2, 3, 3).to(device).requiresGrad_(true);
    Tensor b1 = random(3, 4).to(device).requiresGrad_(true);
    Tensor w2 = random(4, 3, 64).to(device).requiresGrad_(true);
    Tensor y = Tensor.call(MatrixOps.conv2d(window, true), x, w1, b1);
    y = Tensor.call(MatrixOps.pool2d(PoolOp.MAX, pool, false, y.shape()), y).relu();
    y = Tensor.call(MatrixOps.linear(false), y.flatten(1, -1), w2);
    Tensor classes = longs(0, 2).to(device);
    Tensor loss = Tensor.call(LOSS, y, classes);
    loss.backward();
    List<Nd> result = new ArrayList<>();
    for (Tensor tensor : List.of(loss, w1.grad(), b1.grad(), w2.grad())) {
      result.add(Lay.read(tensor));
    }
    return result;
  }
}
