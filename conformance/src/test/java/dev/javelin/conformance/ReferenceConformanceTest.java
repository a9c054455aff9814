package dev.javelin.conformance;

import dev.javelin.Device;
import dev.javelin.Devices;
import org.junit.jupiter.api.Nested;

/// The suites on the reference device: what fails here is wrong in the engine or in an op, not in a backend.
class ReferenceConformanceTest {
  private static Device reference() {
    return Devices.get("reference:0");
  }

  @Nested
  class Ops extends OpConformance {
    @Override
    protected Device device() {
      return reference();
    }

    @Override
    protected boolean isThorough() {
      return false;
    }
  }

  @Nested
  class Gradients extends GradientConformance {
    @Override
    protected Device device() {
      return reference();
    }

    @Override
    protected boolean isThorough() {
      return false;
    }
  }

  @Nested
  class Creation extends CreationConformance {
    @Override
    protected Device device() {
      return reference();
    }

    @Override
    protected boolean isThorough() {
      return false;
    }
  }

  @Nested
  class Fusion extends FusionConformance {
    @Override
    protected Device device() {
      return reference();
    }

    @Override
    protected boolean isThorough() {
      return false;
    }
  }

  @Nested
  class Promotion extends PromotionConformance {
    @Override
    protected Device device() {
      return reference();
    }

    @Override
    protected boolean isThorough() {
      return false;
    }
  }

  @Nested
  class Graph extends AutogradConformance {
    @Override
    protected Device device() {
      return reference();
    }

    @Override
    protected boolean isThorough() {
      return false;
    }
  }

  @Nested
  class InPlace extends InPlaceConformance {
    @Override
    protected Device device() {
      return reference();
    }

    @Override
    protected boolean isThorough() {
      return false;
    }
  }

  @Nested
  class Memory extends MemoryConformance {
    @Override
    protected Device device() {
      return reference();
    }

    @Override
    protected boolean isThorough() {
      return false;
    }
  }

  @Nested
  class Randomness extends RandomConformance {
    @Override
    protected Device device() {
      return reference();
    }

    @Override
    protected boolean isThorough() {
      return false;
    }
  }

  @Nested
  class Errors extends ErrorConformance {
    @Override
    protected Device device() {
      return reference();
    }

    @Override
    protected boolean isThorough() {
      return false;
    }
  }

  @Nested
  class Models extends ModelConformance {
    @Override
    protected Device device() {
      return reference();
    }

    @Override
    protected boolean isThorough() {
      return false;
    }
  }

  @Nested
  class Programs extends ProgramConformance {
    @Override
    protected Device device() {
      return reference();
    }

    @Override
    protected boolean isThorough() {
      return false;
    }
  }
}
