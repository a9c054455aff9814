package dev.javelin.conformance;

import java.util.List;
import java.util.Locale;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.discovery.DiscoverySelectors;

/// All suites on the device that [Verify] was asked to check.
final class VerifySuites extends DeviceConformance {
  /// One for the process, since JUnit makes the instances.
  private static volatile Subject tested;

  /// Says what the suites test from now on.
  static void begin(Subject subject) {
    tested = subject;
  }

  @Override
  protected Subject subject() {
    return tested;
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
    PROGRAMS(Programs.class),
    REPLAYS(Replays.class);

    private final Class<? extends Conformance> tests;

    Name(Class<? extends Conformance> tests) {
      this.tests = tests;
    }

    DiscoverySelector selector() {
      return DiscoverySelectors.selectNestedClass(List.of(VerifySuites.class), tests);
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
