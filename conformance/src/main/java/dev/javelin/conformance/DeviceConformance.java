package dev.javelin.conformance;

import org.junit.jupiter.api.Nested;

/// All suites on one device: a backend's tests extend it by a class that names the device.
public abstract class DeviceConformance {
  /// For subclasses.
  protected DeviceConformance() {}

  /// What is tested.
  ///
  /// @return the device, and how much of it to test
  protected abstract Subject subject();

  @Nested
  class Ops extends OpConformance {
    @Override
    protected Subject subject() {
      return DeviceConformance.this.subject();
    }
  }

  @Nested
  class Gradients extends GradientConformance {
    @Override
    protected Subject subject() {
      return DeviceConformance.this.subject();
    }
  }

  @Nested
  class Creation extends CreationConformance {
    @Override
    protected Subject subject() {
      return DeviceConformance.this.subject();
    }
  }

  @Nested
  class Fusion extends FusionConformance {
    @Override
    protected Subject subject() {
      return DeviceConformance.this.subject();
    }
  }

  @Nested
  class Promotion extends PromotionConformance {
    @Override
    protected Subject subject() {
      return DeviceConformance.this.subject();
    }
  }

  @Nested
  class Graph extends AutogradConformance {
    @Override
    protected Subject subject() {
      return DeviceConformance.this.subject();
    }
  }

  @Nested
  class InPlace extends InPlaceConformance {
    @Override
    protected Subject subject() {
      return DeviceConformance.this.subject();
    }
  }

  @Nested
  class Memory extends MemoryConformance {
    @Override
    protected Subject subject() {
      return DeviceConformance.this.subject();
    }
  }

  @Nested
  class Randomness extends RandomConformance {
    @Override
    protected Subject subject() {
      return DeviceConformance.this.subject();
    }
  }

  @Nested
  class Errors extends ErrorConformance {
    @Override
    protected Subject subject() {
      return DeviceConformance.this.subject();
    }
  }

  @Nested
  class Models extends ModelConformance {
    @Override
    protected Subject subject() {
      return DeviceConformance.this.subject();
    }
  }

  @Nested
  class MixedPrecision extends AutocastConformance {
    @Override
    protected Subject subject() {
      return DeviceConformance.this.subject();
    }
  }

  @Nested
  class Programs extends ProgramConformance {
    @Override
    protected Subject subject() {
      return DeviceConformance.this.subject();
    }
  }

  @Nested
  class Replays extends ReplayConformance {
    @Override
    protected Subject subject() {
      return DeviceConformance.this.subject();
    }
  }

  @Nested
  class CompiledFunctions extends CompiledConformance {
    @Override
    protected Subject subject() {
      return DeviceConformance.this.subject();
    }
  }

  @Nested
  class CompiledTraining extends CompiledTrainingConformance {
    @Override
    protected Subject subject() {
      return DeviceConformance.this.subject();
    }
  }

  @Nested
  class CompiledMemory extends CompiledMemoryConformance {
    @Override
    protected Subject subject() {
      return DeviceConformance.this.subject();
    }
  }

  @Nested
  class CompiledPrograms extends CompiledProgramConformance {
    @Override
    protected Subject subject() {
      return DeviceConformance.this.subject();
    }
  }
}
