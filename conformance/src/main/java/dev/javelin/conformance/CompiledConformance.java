package dev.javelin.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.Compiled;
import dev.javelin.Javelin;
import dev.javelin.Scope;
import dev.javelin.Tensor;
import dev.javelin.autograd.Checkpointing;
import dev.javelin.kernels.DType;
import dev.javelin.nn.BatchNorm2d;
import dev.javelin.nn.Conv2d;
import dev.javelin.nn.CrossEntropyLoss;
import dev.javelin.nn.Dropout;
import dev.javelin.nn.Flatten;
import dev.javelin.nn.GELU;
import dev.javelin.nn.LayerNorm;
import dev.javelin.nn.Linear;
import dev.javelin.nn.MaxPool2d;
import dev.javelin.nn.Module;
import dev.javelin.nn.ReLU;
import dev.javelin.nn.Sequential;
import dev.javelin.optim.Adam;
import dev.javelin.optim.Optimizer;
import dev.javelin.optim.SGD;
import dev.javelin.optim.StepLR;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// Compiled functions: what they compute, change and refuse is what the plain ones do.
public abstract class CompiledConformance extends Conformance {
  /// A call as always, the one that is recorded, and replays.
  private static final int CALLS = 4;

  private static final int BATCH = 8;

  /// For subclasses.
  protected CompiledConformance() {}

  // ---- every op ----

  /// Each row of the table of samples, forward and backward, in a compiled function.
  ///
  /// @return the tests
  @TestFactory
  Stream<DynamicTest> ops() {
    return OpSamples.all().stream()
        .filter(sample -> isThorough() || chosen(sample.name()))
        .map(sample -> DynamicTest.dynamicTest(sample.name(), () -> check(sample)));
  }

  private void check(OpSample sample) {
    DType dtype = sample.dtypes().getFirst();
    if (!sample.cases().isEmpty()) {
      compare(sample, sample.cases().getFirst(), dtype, false);
    }
    if (!sample.gradientCases().isEmpty()) {
      compare(sample, sample.gradientCases().getFirst(), DType.FLOAT32, true);
    }
  }

  private void compare(OpSample sample, List<Input> inputs, DType dtype, boolean gradients) {
    Function<Tensor[], Tensor[]> body =
        in -> {
          Tensor result = sample.call().apply(in);
          if (!gradients || !result.requiresGrad()) {
            return new Tensor[] {result.detach()};
          }
          List<Tensor> results = new ArrayList<>(List.of(result.detach()));
          List<Tensor> leaves = Arrays.stream(in).filter(Tensor::requiresGrad).toList();
          result.mul(result.detach()).sum().gradOf(leaves, false).stream()
              .filter(gradient -> gradient != null)
              .forEach(results::add);
          return results.toArray(new Tensor[0]);
        };
    Compiled compiled = Javelin.compileAll(body);
    for (int call = 0; call < CALLS; call++) {
      SplittableRandom random = new SplittableRandom(call);
      Nd[] values = inputs.stream().map(input -> input.draw(random, dtype)).toArray(Nd[]::new);
      try (Scope _ = Scope.open()) {
        Tensor[] wanted = body.apply(tensors(values, inputs, dtype, gradients));
        List<Tensor> got;
        try {
          got = compiled.callAll(tensors(values, inputs, dtype, gradients));
        } catch (IllegalStateException e) {
          // Ops whose result's shape or whose algorithm depends on values.
          assertTrue(e.getMessage().startsWith("compile: the values of a tensor"), e.getMessage());
          assertEquals(1, call, "refused when it is recorded");
          return;
        }
        for (int i = 0; i < wanted.length; i++) {
          assertEquals(wanted[i].dtype(), got.get(i).dtype());
          int result = i;
          Close.check(
              Lay.read(wanted[i]),
              got.get(i),
              gradients ? Tolerance.FUNCTION : sample.tolerance(),
              gradients ? 16 : 0, // sums in another order
              () -> sample.name() + inputs + " result " + result);
        }
      }
    }
  }

  private Tensor[] tensors(Nd[] values, List<Input> inputs, DType dtype, boolean gradients) {
    Tensor[] tensors = new Tensor[values.length];
    for (int i = 0; i < tensors.length; i++) {
      DType type = inputs.get(i).dtype(dtype);
      tensors[i] = Lay.contiguous(values[i], type, device());
      if (gradients && type.isFloatingPoint()) {
        tensors[i].requiresGrad_(true);
      }
    }
    return tensors;
  }

  // ---- training ----

  private interface Training {
    Tensor step(Tensor x, Tensor y);
  }

  private Module picture() {
    return new Sequential(
            new Conv2d(1, 4, 3, Conv2d.Options.DEFAULT.withBias(false)),
            new BatchNorm2d(4),
            new ReLU(),
            new MaxPool2d(2),
            new Dropout(0.25),
            new Flatten(),
            new Linear(4 * 3 * 3, 16),
            new GELU(),
            new LayerNorm(16),
            new Linear(16, 10))
        .to(device());
  }

  private static Training training(Module model, Optimizer optimizer) {
    CrossEntropyLoss loss = new CrossEntropyLoss();
    return (x, y) -> {
      optimizer.zeroGrad();
      Tensor value = loss.call(model.call(x), y);
      value.backward();
      optimizer.step();
      return value;
    };
  }

  private Tensor images(long seed, int batch) {
    Javelin.manualSeed(1000 + seed);
    return Tensor.rand(batch, 1, 8, 8).to(device());
  }

  private Tensor labels(int batch) {
    return Tensor.arange(batch).remainder(10).to(device());
  }

  private int steps() {
    return isLong() ? 30 : 5;
  }

  private void compareTraining(Function<Module, Optimizer> optimizer, boolean changes) {
    Javelin.manualSeed(7);
    Module plainModel = picture();
    Javelin.manualSeed(7);
    Module model = picture();
    Optimizer plainOptimizer = optimizer.apply(plainModel);
    Optimizer compiledOptimizer = optimizer.apply(model);
    Training plain = training(plainModel, plainOptimizer);
    Compiled compiled = Javelin.compile(training(model, compiledOptimizer)::step);
    for (int i = 0; i < steps(); i++) {
      int batch = changes && i % 4 == 3 ? 3 : BATCH;
      try (Scope _ = Scope.open()) {
        Tensor x = images(i, batch);
        Tensor y = labels(batch);
        if (changes) {
          double rate = 0.01 / (1 + i);
          plainOptimizer.groups().getFirst().setLearningRate(rate);
          compiledOptimizer.groups().getFirst().setLearningRate(rate);
        }
        Javelin.manualSeed(i);
        double wanted = plain.step(x, y).item();
        Javelin.manualSeed(i);
        double got = compiled.call(x, y).item();
        assertEquals(wanted, got, 2e-4 * (1 + Math.abs(wanted)), "loss of step " + i);
        if (changes && i % 8 == 6) {
          plainModel.eval();
          model.eval();
          Close.check(
              Lay.read(Javelin.noGrad(() -> plainModel.call(x))),
              Javelin.noGrad(() -> model.call(x)),
              Tolerance.FUNCTION,
              256,
              () -> "evaluation");
          plainModel.train();
          model.train();
        }
      }
    }
    compareModels(plainModel, model);
  }

  private static void compareModels(Module wanted, Module got) {
    wanted
        .stateDict()
        .forEach(
            (name, tensor) ->
                Close.check(
                    Lay.read(tensor),
                    got.stateDict().get(name),
                    Tolerance.FUNCTION,
                    2048,
                    () -> name));
    for (int i = 0; i < wanted.parameters().size(); i++) {
      Tensor a = wanted.parameters().get(i).grad();
      Tensor b = got.parameters().get(i).grad();
      Close.check(Lay.read(a), b, Tolerance.FUNCTION, 2048, () -> "a gradient");
    }
  }

  @Test
  void trainingIsThatOfThePlainStep() {
    compareTraining(model -> new SGD(model.parameters(), 0.05), false);
    compareTraining(
        model -> new SGD(model.parameters(), SGD.Options.of(0.02).withMomentum(0.9)), false);
    compareTraining(model -> new Adam(model.parameters(), 0.003), false);
  }

  @Test
  void batchesLearningRatesAndModesMayChange() {
    compareTraining(model -> new Adam(model.parameters(), 0.003), true);
  }

  @Test
  void aSchedulerInsideGoesOn() {
    Tensor p = floats(1).requiresGrad_(true);
    SGD optimizer = new SGD(List.of(p), 1);
    StepLR scheduler = new StepLR(optimizer, 1, 0.5);
    Compiled step =
        Javelin.compile(
            x -> {
              optimizer.zeroGrad();
              Tensor y = p.mul(x).sum();
              y.backward();
              optimizer.step();
              scheduler.step();
              return y.detach();
            });
    Tensor one = floats(1);
    for (int i = 0; i < 5; i++) {
      step.call(one);
    }
    // 1 - (1 + 1/2 + 1/4 + 1/8 + 1/16)
    assertEquals(-0.9375, p.detach().item());
  }

  @Test
  void gradientsAddUpWhereTheyAreNotCleared() {
    Tensor p = floats(2).requiresGrad_(true);
    Compiled step =
        Javelin.compile(
            x -> {
              p.mul(x).sum().backward();
              return x.mul(2);
            });
    for (int i = 1; i <= 6; i++) {
      step.call(floats(i));
    }
    assertEquals(21, p.grad().item());
    p.setGrad(null);
    for (int i = 1; i <= 4; i++) {
      step.call(floats(i));
    }
    assertEquals(10, p.grad().item());
  }

  @Test
  void gradientsOfArgumentsAreTheirs() {
    Compiled step =
        Javelin.compile(
            x -> {
              x.square().sum().backward();
              return x.detach().mul(1);
            });
    for (int i = 1; i <= CALLS; i++) {
      Tensor x = floats(i, 2 * i).requiresGrad_(true);
      step.call(x);
      Close.exactly(x.grad(), 2 * i, 4 * i);
    }
  }

  @Test
  void theOptimisersStateMayBeLoaded() {
    Tensor p = floats(1).requiresGrad_(true);
    Tensor q = floats(1).requiresGrad_(true);
    Adam optimizer = new Adam(List.of(p), 0.1);
    Adam plain = new Adam(List.of(q), 0.1);
    Compiled step = Javelin.compile(x -> slope(optimizer, p, x));
    Tensor x = floats(3);
    for (int i = 0; i < 12; i++) {
      if (i == 5) {
        optimizer.loadStateDict(plain.stateDict());
      }
      step.call(x);
      slope(plain, q, x);
    }
    assertEquals(q.detach().item(), p.detach().item(), 1e-6);
  }

  private static Tensor slope(Optimizer optimizer, Tensor p, Tensor x) {
    optimizer.zeroGrad();
    Tensor y = p.mul(x).square().sum();
    y.backward();
    optimizer.step();
    return y.detach();
  }

  @Test
  void randomNumbersGoOn() {
    Compiled noise = Javelin.compile(x -> x.add(Tensor.rand(x.shape(), x.dtype(), x.device())));
    Tensor zero = Tensor.zeros(4).to(device());
    Javelin.manualSeed(3);
    List<Nd> got = new ArrayList<>();
    for (int i = 0; i < CALLS; i++) {
      got.add(Lay.read(noise.call(zero)));
    }
    Javelin.manualSeed(3);
    for (int i = 0; i < CALLS; i++) {
      Close.check(
          got.get(i),
          Tensor.rand(zero.shape(), DType.FLOAT32, device()),
          Tolerance.EXACT,
          () -> "numbers");
    }
  }

  @Test
  void aBackwardPassMayGoThrough() {
    Javelin.manualSeed(7);
    Module plain = picture();
    Javelin.manualSeed(7);
    Module model = picture();
    Compiled compiled = Javelin.compile(x -> model.call(x));
    CrossEntropyLoss loss = new CrossEntropyLoss();
    for (int i = 0; i < CALLS; i++) {
      try (Scope _ = Scope.open()) {
        Tensor x = images(i, BATCH);
        Javelin.manualSeed(i);
        loss.call(plain.call(x), labels(BATCH)).backward();
        Javelin.manualSeed(i);
        loss.call(compiled.call(x), labels(BATCH)).backward();
      }
    }
    compareModels(plain, model);
  }

  @Test
  void gradientsFlowAsThroughThePlainFunction() {
    List<UnaryOperator<Tensor>> bodies =
        List.of(
            x -> x.mul(x.detach()),
            x -> x.detach().mul(x),
            x -> x.square().detach().mul(x),
            x -> x.add(x.square().sub(x).detach()),
            x -> x.mul(Javelin.noGrad(() -> x.square())),
            x -> {
              Tensor y = x.square();
              y.registerHook(gradient -> gradient.mul(3));
              return y.mul(x);
            },
            x -> Checkpointing.checkpoint(in -> in.getFirst().square().sin(), x));
    for (int i = 0; i < bodies.size(); i++) {
      Compiled compiled = Javelin.compile(bodies.get(i)::apply);
      for (int call = 0; call < CALLS; call++) {
        Tensor wanted = random(call, 4).requiresGrad_(true);
        Tensor got = random(call, 4).requiresGrad_(true);
        bodies.get(i).apply(wanted).sum().backward();
        compiled.call(got).sum().backward();
        String name = "body " + i + " call " + call;
        Close.check(Lay.read(wanted.grad()), got.grad(), Tolerance.FUNCTION, 4, () -> name);
      }
    }
  }

  @Test
  void thePooledReluIsMaskedWhereItIsPooled() {
    Tensor x = random(1, 2, 3, 8, 8).mul(4).round().div(4); // with equal elements, and zeros
    x.select(0, 0).select(0, 1).select(0, 2).fill_(Double.NaN);
    for (int stride = 1; stride <= 3; stride++) {
      int step = stride;
      Compiled compiled =
          Javelin.compile(
              in -> {
                Tensor leaf = in.detach().requiresGrad_(true);
                Tensor pooled = new MaxPool2d(3, step, 1).call(leaf.relu());
                return pooled.square().sum().gradOf(List.of(leaf), false).getFirst();
              });
      Nd wanted = Lay.read(compiled.call(x));
      for (int i = 0; i < 3; i++) {
        Close.check(wanted, compiled.call(x), Tolerance.FUNCTION, 16, () -> "stride " + step);
      }
      // The maxima of the ReLU; their product with the gradient, where it is positive; what flows
      // back to where they are.
      assertTrue(compiled.explain().contains("pool max_backward"), compiled.explain());
      assertEquals(3, compiled.kernelCount(), compiled.explain());
    }
  }

  // ---- what it gives back, and what it refuses ----

  @Test
  void resultsAreNotSharedBetweenCalls() {
    Compiled twice = Javelin.compileAll(in -> new Tensor[] {in[0].mul(2), in[0].mul(2)});
    Tensor before = null;
    for (int i = 1; i <= CALLS; i++) {
      List<Tensor> results = twice.callAll(floats(i));
      results.get(0).add_(1);
      assertEquals(2 * i, results.get(1).item());
      if (before != null) {
        assertEquals(2 * (i - 1), before.item());
      }
      before = results.get(1);
    }
  }

  @Test
  void anArgumentGivenBackIsTheArgument() {
    Compiled same = Javelin.compileAll(in -> new Tensor[] {in[0].add_(1), in[0].view(2, 1)});
    for (int i = 0; i < CALLS; i++) {
      Tensor x = floats(i, i);
      List<Tensor> results = same.callAll(x);
      results.get(1).mul_(2);
      Close.exactly(x, 2 * i + 2, 2 * i + 2);
      Close.exactly(results.get(0), 2 * i + 2, 2 * i + 2);
    }
  }

  @Test
  void valuesMayNotBeAskedFor() {
    Compiled branch = Javelin.compile(x -> x.sum().item() > 0 ? x : x.neg());
    branch.call(floats(1));
    IllegalStateException e =
        assertThrows(IllegalStateException.class, () -> branch.call(floats(1)));
    assertTrue(e.getMessage().startsWith("compile: the values of a tensor"), e.getMessage());
    // Nothing is left behind.
    Close.exactly(floats(1).add(1), 2);
  }

  @Test
  void aParameterGivenOtherValuesIsSeen() {
    Linear linear = (Linear) new Linear(2, 1).to(device());
    Compiled compiled = Javelin.compile(x -> Javelin.noGrad(() -> linear.call(x)));
    Tensor x = floats(new int[] {1, 2}, 1, 2);
    for (int i = 0; i < 3; i++) {
      compiled.call(x);
    }
    linear.weight.setData(floats(new int[] {1, 2}, 3, 4));
    Javelin.noGrad(() -> linear.bias.zero_());
    for (int i = 0; i < CALLS; i++) {
      assertEquals(11, compiled.call(x).item());
    }
  }

  @Test
  void memoryOfTemporariesIsReused() {
    Compiled chain =
        Javelin.compile(
            x -> {
              Tensor y = x;
              for (int i = 0; i < 8; i++) {
                y = y.matmul(x).relu();
              }
              return y;
            });
    Tensor x = random(1, 16, 16);
    for (int i = 0; i < CALLS; i++) {
      chain.call(x);
    }
    assertEquals(8, chain.kernelCount());
    // Two of them take turns: 2 x 16 x 16 x 4 bytes.
    assertTrue(chain.explain().contains("temporaries: 2048 bytes"), chain.explain());
    assertFalse(chain.explain().contains("not recorded"), chain.explain());
  }
}
