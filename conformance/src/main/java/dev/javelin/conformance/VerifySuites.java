package dev.javelin.conformance;

import java.util.Locale;

/// The suites as classes that JUnit can run by itself, all on the device that [Verify] was asked to check.
final class VerifySuites {
  /// One for the process, since JUnit makes the instances.
  private static volatile Subject subject;

  private VerifySuites() {}

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
    PROGRAMS(Programs.class);

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

  static final class Ops extends OpConformance {
    @Override
    protected Subject subject() {
      return subject;
    }
  }

  static final class Gradients extends GradientConformance {
    @Override
    protected Subject subject() {
      return subject;
    }
  }

  static final class Creation extends CreationConformance {
    @Override
    protected Subject subject() {
      return subject;
    }
  }

  static final class Fusion extends FusionConformance {
    @Override
    protected Subject subject() {
      return subject;
    }
  }

  static final class Promotion extends PromotionConformance {
    @Override
    protected Subject subject() {
      return subject;
    }
  }

  static final class Graph extends AutogradConformance {
    @Override
    protected Subject subject() {
      return subject;
    }
  }

  static final class InPlace extends InPlaceConformance {
    @Override
    protected Subject subject() {
      return subject;
    }
  }

  static final class Memory extends MemoryConformance {
    @Override
    protected Subject subject() {
      return subject;
    }
  }

  static final class Randomness extends RandomConformance {
    @Override
    protected Subject subject() {
      return subject;
    }
  }

  static final class Errors extends ErrorConformance {
    @Override
    protected Subject subject() {
      return subject;
    }
  }

  static final class Models extends ModelConformance {
    @Override
    protected Subject subject() {
      return subject;
    }
  }

  static final class Programs extends ProgramConformance {
    @Override
    protected Subject subject() {
      return subject;
    }
  }
}
