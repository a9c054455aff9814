package dev.javelin.conformance;

import java.util.Locale;
import org.junit.jupiter.api.extension.ExtendWith;

/// The suites on the device that [Verify] was asked to check.
@ExtendWith(VerifyPart.class)
final class VerifySuites extends DeviceConformance {
  /// One for the process, since JUnit makes the instances.
  private static volatile Subject subject;

  VerifySuites() {}

  @Override
  protected Subject subject() {
    return subject;
  }

  /// Says what the suites test from now on.
  static void begin(Subject tested) {
    subject = tested;
  }

  /// The suites, by the names users write.
  enum Name {
    OPS(Ops.class),
    GRADIENTS(Gradients.class),
    CREATION(Creation.class),
    FUSION(Fusion.class),
    PROMOTION(Promotion.class),
    GRAPH(Graph.class),
    IN_PLACE(InPlace.class),
    MEMORY(Memory.class),
    RANDOM(Randomness.class),
    ERRORS(Errors.class),
    MODELS(Models.class),
    AUTOCAST(MixedPrecision.class),
    PROGRAMS(Programs.class),
    REPLAYS(Replays.class),
    COMPILED(CompiledFunctions.class),
    COMPILED_TRAINING(CompiledTraining.class),
    COMPILED_MEMORY(CompiledMemory.class),
    COMPILED_PROGRAMS(CompiledPrograms.class);

    private final Class<? extends Conformance> tests;

    Name(Class<? extends Conformance> tests) {
      this.tests = tests;
    }

    Class<? extends Conformance> tests() {
      return tests;
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
