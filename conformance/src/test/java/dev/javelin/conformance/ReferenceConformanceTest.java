package dev.javelin.conformance;

import dev.javelin.Devices;
import org.junit.jupiter.api.Nested;

/// The suites on the reference device: what fails here is wrong in the engine or in an op, not in a backend.
class ReferenceConformanceTest {
  private static Subject reference() {
    return new Subject(Devices.get("reference:0"), false, false, 1);
  }

  @Nested
  class Ops extends OpConformance {
    @Override
    protected Subject subject() {
      return reference();
    }
  }

  @Nested
  class Gradients extends GradientConformance {
    @Override
    protected Subject subject() {
      return reference();
    }
  }

  @Nested
  class Creation extends CreationConformance {
    @Override
    protected Subject subject() {
      return reference();
    }
  }

  @Nested
  class Fusion extends FusionConformance {
    @Override
    protected Subject subject() {
      return reference();
    }
  }

  @Nested
  class Promotion extends PromotionConformance {
    @Override
    protected Subject subject() {
      return reference();
    }
  }

  @Nested
  class Graph extends AutogradConformance {
    @Override
    protected Subject subject() {
      return reference();
    }
  }

  @Nested
  class InPlace extends InPlaceConformance {
    @Override
    protected Subject subject() {
      return reference();
    }
  }

  @Nested
  class Memory extends MemoryConformance {
    @Override
    protected Subject subject() {
      return reference();
    }
  }

  @Nested
  class Randomness extends RandomConformance {
    @Override
    protected Subject subject() {
      return reference();
    }
  }

  @Nested
  class Errors extends ErrorConformance {
    @Override
    protected Subject subject() {
      return reference();
    }
  }

  @Nested
  class Models extends ModelConformance {
    @Override
    protected Subject subject() {
      return reference();
    }
  }

  @Nested
  class Programs extends ProgramConformance {
    @Override
    protected Subject subject() {
      return reference();
    }
  }
}
