package dev.javelin.opencl;

import dev.javelin.conformance.AutogradConformance;
import dev.javelin.conformance.ErrorConformance;
import dev.javelin.conformance.FusionConformance;
import dev.javelin.conformance.GradientConformance;
import dev.javelin.conformance.InPlaceConformance;
import dev.javelin.conformance.MemoryConformance;
import dev.javelin.conformance.ModelConformance;
import dev.javelin.conformance.ProgramConformance;
import dev.javelin.conformance.PromotionConformance;
import dev.javelin.conformance.RandomConformance;
import dev.javelin.conformance.Subject;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.condition.EnabledIf;

/// The conformance suites on the device `opencl`, but for the longest, [OpenClOpConformanceTest], which stands alone so that it can be run alone.
@EnabledIf("dev.javelin.opencl.Cases#areToRun")
class OpenClConformanceTest {
  @Nested
  class Gradients extends GradientConformance {
    @Override
    protected Subject subject() {
      return Cases.subject();
    }
  }

  @Nested
  class Fusion extends FusionConformance {
    @Override
    protected Subject subject() {
      return Cases.subject();
    }
  }

  @Nested
  class Promotion extends PromotionConformance {
    @Override
    protected Subject subject() {
      return Cases.subject();
    }
  }

  @Nested
  class Graph extends AutogradConformance {
    @Override
    protected Subject subject() {
      return Cases.subject();
    }
  }

  @Nested
  class InPlace extends InPlaceConformance {
    @Override
    protected Subject subject() {
      return Cases.subject();
    }
  }

  @Nested
  class Memory extends MemoryConformance {
    @Override
    protected Subject subject() {
      return Cases.subject();
    }
  }

  @Nested
  class Randomness extends RandomConformance {
    @Override
    protected Subject subject() {
      return Cases.subject();
    }
  }

  @Nested
  class Errors extends ErrorConformance {
    @Override
    protected Subject subject() {
      return Cases.subject();
    }
  }

  @Nested
  class Models extends ModelConformance {
    @Override
    protected Subject subject() {
      return Cases.subject();
    }
  }

  @Nested
  class Programs extends ProgramConformance {
    @Override
    protected Subject subject() {
      return Cases.subject();
    }
  }
}
