package dev.javelin.cpu;

import dev.javelin.Devices;
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
import dev.javelin.conformance.Subject;
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
    protected Subject subject() {
      return Subject.of(Devices.cpu());
    }
  }

  @Nested
  class Gradients extends GradientConformance {
    @Override
    protected Subject subject() {
      return Subject.of(Devices.cpu());
    }
  }

  @Nested
  class Creation extends CreationConformance {
    @Override
    protected Subject subject() {
      return Subject.of(Devices.cpu());
    }
  }

  @Nested
  class Fusion extends FusionConformance {
    @Override
    protected Subject subject() {
      return Subject.of(Devices.cpu());
    }
  }

  @Nested
  class Promotion extends PromotionConformance {
    @Override
    protected Subject subject() {
      return Subject.of(Devices.cpu());
    }
  }

  @Nested
  class Graph extends AutogradConformance {
    @Override
    protected Subject subject() {
      return Subject.of(Devices.cpu());
    }
  }

  @Nested
  class InPlace extends InPlaceConformance {
    @Override
    protected Subject subject() {
      return Subject.of(Devices.cpu());
    }
  }

  @Nested
  class Memory extends MemoryConformance {
    @Override
    protected Subject subject() {
      return new Subject(Devices.cpu(), isWhole(), 1);
    }
  }

  @Nested
  class Randomness extends RandomConformance {
    @Override
    protected Subject subject() {
      return new Subject(Devices.cpu(), isWhole(), 1);
    }
  }

  @Nested
  class Errors extends ErrorConformance {
    @Override
    protected Subject subject() {
      return Subject.of(Devices.cpu());
    }
  }

  @Nested
  class Models extends ModelConformance {
    @Override
    protected Subject subject() {
      return new Subject(Devices.cpu(), isWhole(), 1);
    }
  }

  @Nested
  class Programs extends ProgramConformance {
    @Override
    protected Subject subject() {
      return new Subject(Devices.cpu(), isWhole(), 1);
    }
  }

  @Nested
  class Replays extends ReplayConformance {
    @Override
    protected Subject subject() {
      return Subject.of(Devices.cpu());
    }
  }
}
