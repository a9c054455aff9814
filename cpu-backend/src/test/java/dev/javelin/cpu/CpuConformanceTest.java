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
import dev.javelin.conformance.Subject;
import org.junit.jupiter.api.Nested;

/// The conformance suites on the device `cpu`.
class CpuConformanceTest {
  /// Runs of many steps are long only where nothing is switched off: they test the same code either way.
  private static Subject cpu() {
    boolean whole =
        System.getProperty("javelin.onednn") == null
            && System.getProperty("javelin.vector") == null;
    return new Subject(Devices.cpu(), true, whole, 1);
  }

  @Nested
  class Ops extends OpConformance {
    @Override
    protected Subject subject() {
      return cpu();
    }
  }

  @Nested
  class Gradients extends GradientConformance {
    @Override
    protected Subject subject() {
      return cpu();
    }
  }

  @Nested
  class Creation extends CreationConformance {
    @Override
    protected Subject subject() {
      return cpu();
    }
  }

  @Nested
  class Fusion extends FusionConformance {
    @Override
    protected Subject subject() {
      return cpu();
    }
  }

  @Nested
  class Promotion extends PromotionConformance {
    @Override
    protected Subject subject() {
      return cpu();
    }
  }

  @Nested
  class Graph extends AutogradConformance {
    @Override
    protected Subject subject() {
      return cpu();
    }
  }

  @Nested
  class InPlace extends InPlaceConformance {
    @Override
    protected Subject subject() {
      return cpu();
    }
  }

  @Nested
  class Memory extends MemoryConformance {
    @Override
    protected Subject subject() {
      return cpu();
    }
  }

  @Nested
  class Randomness extends RandomConformance {
    @Override
    protected Subject subject() {
      return cpu();
    }
  }

  @Nested
  class Errors extends ErrorConformance {
    @Override
    protected Subject subject() {
      return cpu();
    }
  }

  @Nested
  class Models extends ModelConformance {
    @Override
    protected Subject subject() {
      return cpu();
    }
  }

  @Nested
  class Programs extends ProgramConformance {
    @Override
    protected Subject subject() {
      return cpu();
    }
  }
}
