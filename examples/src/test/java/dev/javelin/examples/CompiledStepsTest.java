package dev.javelin.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.javelin.Compiled;
import dev.javelin.Device;
import dev.javelin.Devices;
import dev.javelin.Javelin;
import dev.javelin.Scope;
import dev.javelin.Tensor;
import dev.javelin.nn.CrossEntropyLoss;
import dev.javelin.nn.Embedding;
import dev.javelin.nn.Linear;
import dev.javelin.nn.Module;
import dev.javelin.nn.TransformerEncoder;
import dev.javelin.nn.TransformerEncoderLayer;
import dev.javelin.optim.Optimizer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.BinaryOperator;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Whole training steps, compiled: as many kernels as known, and the losses of the plain steps.
final class CompiledStepsTest {
  private static final int STEPS = 200;

  /// The steps whose kernels are known, with the most kernels each may take.
  enum Work {
    MLP(14, OptimizerChoice.SGD, ModelChoice.MLP::create, ModelChoice.MLP.loss()),
    MLP_ADAM(14, OptimizerChoice.ADAM, ModelChoice.MLP::create, ModelChoice.MLP.loss()),
    MNIST_NET(30, OptimizerChoice.SGD, ModelChoice.MNIST_NET::create, ModelChoice.MNIST_NET.loss()),
    CNN(30, OptimizerChoice.ADAM, ModelChoice.CNN::create, ModelChoice.CNN.loss()),
    TRANSFORMER(72, OptimizerChoice.ADAM, Characters::new, new CrossEntropyLoss()::call);

    private final int mostKernels;
    private final OptimizerChoice optimizer;
    private final Supplier<Module> model;
    private final BinaryOperator<Tensor> loss;

    Work(
        int mostKernels,
        OptimizerChoice optimizer,
        Supplier<Module> model,
        BinaryOperator<Tensor> loss) {
      this.mostKernels = mostKernels;
      this.optimizer = optimizer;
      this.model = model;
      this.loss = loss;
    }

    Tensor x(int batch, Device device) {
      return this == TRANSFORMER
          ? Tensor.randint(0, Characters.KNOWN, batch, Characters.LENGTH).to(device)
          : Tensor.rand(batch, 1, 28, 28).to(device);
    }

    Tensor y(int batch, Device device) {
      return this == TRANSFORMER
          ? Tensor.randint(0, Characters.KNOWN, batch).to(device)
          : Tensor.randint(0, 10, batch).to(device);
    }
  }

  /// Guesses the next of a few characters.
  private static final class Characters extends Module {
    static final int KNOWN = 30;
    static final int LENGTH = 16;
    private static final int WIDTH = 32;

    final Embedding embedding = new Embedding(KNOWN, WIDTH);
    final TransformerEncoder encoder =
        new TransformerEncoder(
            new TransformerEncoderLayer(
                WIDTH,
                4,
                TransformerEncoderLayer.Options.DEFAULT
                    .withDimFeedforward(4 * WIDTH)
                    .withBatchFirst(true)
                    .withDropout(0)),
            2);
    final Linear head = new Linear(WIDTH, KNOWN);

    @Override
    protected Tensor forward(Tensor x) {
      return head.call(encoder.call(embedding.call(x)).select(1, LENGTH - 1));
    }
  }

  private static Compiled compile(Work work, Module model) {
    return Javelin.compile(step(work, model));
  }

  private static BinaryOperator<Tensor> step(Work work, Module model) {
    Optimizer optimizer = work.optimizer.create(model, 0.002);
    return (x, y) -> {
      optimizer.zeroGrad();
      Tensor loss = work.loss.apply(model.call(x), y);
      loss.backward();
      optimizer.step();
      return loss;
    };
  }

  /// Set -Dgolden.update=src/test/resources to write the files anew.
  @ParameterizedTest
  @EnumSource(Work.class)
  void theKernelsAreKnown(Work work) throws IOException {
    assumeTrue(
        work != Work.MNIST_NET || System.getProperty("os.arch").equals("amd64"),
        "with shorter vectors its convolutions lie otherwise");
    Javelin.manualSeed(1);
    Device cpu = Devices.cpu();
    Compiled step = compile(work, work.model.get());
    for (int i = 0; i < 2; i++) {
      try (Scope _ = Scope.open()) {
        step.call(work.x(64, cpu), work.y(64, cpu));
      }
    }
    assertTrue(step.kernelCount() <= work.mostKernels, step.explain());
    String name = "dev/javelin/examples/compiled-" + work.name().toLowerCase(Locale.ROOT) + ".txt";
    String update = System.getProperty("golden.update");
    if (update != null) {
      Files.writeString(Path.of(update, name), step.explain());
    }
    try (InputStream known = CompiledStepsTest.class.getResourceAsStream("/" + name)) {
      assertEquals(
          new String(known.readAllBytes(), StandardCharsets.UTF_8).replace("\r\n", "\n"),
          step.explain().replace("\r\n", "\n"));
    }
  }

  static Stream<Arguments> devicesAndWork() {
    return Devices.backends().stream()
        .flatMap(backend -> backend.devices().stream().limit(1))
        .flatMap(device -> Stream.of(Work.values()).map(work -> Arguments.of(device, work)));
  }

  @ParameterizedTest
  @MethodSource("devicesAndWork")
  void lossesAreThoseOfThePlainSteps(Device device, Work work) {
    double[] wanted = losses(device, work, false);
    double[] got = losses(device, work, true);
    for (int i = 0; i < STEPS; i++) {
      assertEquals(wanted[i], got[i], 2e-3 * (1 + wanted[i]), "step " + i);
    }
  }

  private static double[] losses(Device device, Work work, boolean compiled) {
    Javelin.manualSeed(7);
    Module model = work.model.get().to(device);
    BinaryOperator<Tensor> plain = step(work, model);
    Compiled fast = Javelin.compile(plain);
    BinaryOperator<Tensor> step = compiled ? fast::call : plain;
    // As many images as the CPU wants for a lane each, see its convolutions of few channels.
    int batch = work == Work.MNIST_NET ? 32 : 8;
    double[] losses = new double[STEPS];
    for (int i = 0; i < STEPS; i++) {
      try (Scope _ = Scope.open()) {
        losses[i] = step.apply(work.x(batch, device), work.y(batch, device)).item();
      }
    }
    assertTrue(fast.kernelCount() <= work.mostKernels, fast.explain());
    return losses;
  }
}
