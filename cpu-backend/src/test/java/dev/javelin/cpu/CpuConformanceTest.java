package dev.javelin.cpu;

import dev.javelin.Device;
import dev.javelin.Devices;
import dev.javelin.backend.Backend;
import dev.javelin.conformance.AutogradConformance;
import dev.javelin.conformance.CreationConformance;
import dev.javelin.conformance.ErrorConformance;
import dev.javelin.conformance.FusionConformance;
import dev.javelin.conformance.GradientConformance;
import dev.javelin.conformance.InPlaceConformance;
import dev.javelin.conformance.MemoryConformance;
import dev.javelin.conformance.ModelConformance;
import dev.javelin.conformance.OpConformance;
import dev.javelin.conformance.ProgramConformance;
import dev.javelin.conformance.PromotionConformance;
import dev.javelin.conformance.RandomConformance;
import dev.javelin.conformance.ReplayConformance;
import org.junit.jupiter.api.Nested;

/// The conformance suites on the device `cpu`.
class CpuConformanceTest {
  /// Whether nothing is switched off: what takes long and runs the same code either way is then done in full.
  private static boolean isWhole() {
    return System.getProperty("javelin.onednn") == null
        && System.getProperty("javelin.vector") == null;
  }

  @Nested
  class Ops extends OpConformance {
    @Override
    protected Device device() {
      return Devices.cpu();
    }
  }

  @Nested
  class Gradients extends GradientConformance {
    @Override
    protected Device device() {
      return Devices.cpu();
    }
  }

  @Nested
  class Creation extends CreationConformance {
    @Override
    protected Device device() {
      return Devices.cpu();
    }
  }

  @Nested
  class Fusion extends FusionConformance {
    @Override
    protected Device device() {
      return Devices.cpu();
    }
  }

  @Nested
  class Promotion extends PromotionConformance {
    @Override
    protected Device device() {
      return Devices.cpu();
    }
  }

  @Nested
  class Graph extends AutogradConformance {
    @Override
    protected Device device() {
      return Devices.cpu();
    }
  }

  @Nested
  class InPlace extends InPlaceConformance {
    @Override
    protected Device device() {
      return Devices.cpu();
    }
  }

  @Nested
  class Memory extends MemoryConformance {
    @Override
    protected Device device() {
      return Devices.cpu();
    }

    @Override
    protected boolean isThorough() {
      return isWhole();
    }
  }

  @Nested
  class Randomness extends RandomConformance {
    @Override
    protected Device device() {
      return Devices.cpu();
    }

    @Override
    protected boolean isThorough() {
      return isWhole();
    }
  }

  @Nested
  class Errors extends ErrorConformance {
    @Override
    protected Device device() {
      return Devices.cpu();
    }
  }

  @Nested
  class Models extends ModelConformance {
    @Override
    protected Device device() {
      return Devices.cpu();
    }

    @Override
    protected boolean isThorough() {
      return isWhole();
    }
  }

  @Nested
  class Programs extends ProgramConformance {
    @Override
    protected Device device() {
      return Devices.cpu();
    }

    @Override
    protected boolean isThorough() {
      return isWhole();
    }
  }

  @Nested
  class Replays extends ReplayConformance {
    @Override
    protected Backend backend() {
      return new CpuBackendProvider().devices().getFirst();
    }
  }
}
