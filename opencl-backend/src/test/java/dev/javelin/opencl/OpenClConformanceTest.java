package dev.javelin.opencl;

import dev.javelin.Device;
import dev.javelin.Devices;
import dev.javelin.backend.Backend;
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
import dev.javelin.conformance.ReplayConformance;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.condition.EnabledIf;

/// The conformance suites on the device `opencl`, but for the longest, [OpenClOpConformanceTest], which stands alone so that it can be run alone.
@EnabledIf("dev.javelin.opencl.Cases#areToRun")
class OpenClConformanceTest {
  @Nested
  class Gradients extends GradientConformance {
    @Override
    protected Device device() {
      return Devices.get("opencl");
    }

    @Override
    protected boolean isThorough() {
      return Cases.isGpu();
    }

    @Override
    protected int oneIn() {
      return Cases.oneIn();
    }
  }

  @Nested
  class Fusion extends FusionConformance {
    @Override
    protected Device device() {
      return Devices.get("opencl");
    }

    @Override
    protected boolean isThorough() {
      return Cases.isGpu();
    }

    @Override
    protected int oneIn() {
      return Cases.oneIn();
    }
  }

  @Nested
  class Promotion extends PromotionConformance {
    @Override
    protected Device device() {
      return Devices.get("opencl");
    }

    @Override
    protected boolean isThorough() {
      return Cases.isGpu();
    }

    @Override
    protected int oneIn() {
      return Cases.oneIn();
    }
  }

  @Nested
  class Graph extends AutogradConformance {
    @Override
    protected Device device() {
      return Devices.get("opencl");
    }

    @Override
    protected boolean isThorough() {
      return Cases.isGpu();
    }

    @Override
    protected int oneIn() {
      return Cases.oneIn();
    }
  }

  @Nested
  class InPlace extends InPlaceConformance {
    @Override
    protected Device device() {
      return Devices.get("opencl");
    }

    @Override
    protected boolean isThorough() {
      return Cases.isGpu();
    }

    @Override
    protected int oneIn() {
      return Cases.oneIn();
    }
  }

  @Nested
  class Memory extends MemoryConformance {
    @Override
    protected Device device() {
      return Devices.get("opencl");
    }

    @Override
    protected boolean isThorough() {
      return Cases.isGpu();
    }

    @Override
    protected int oneIn() {
      return Cases.oneIn();
    }
  }

  @Nested
  class Randomness extends RandomConformance {
    @Override
    protected Device device() {
      return Devices.get("opencl");
    }

    @Override
    protected boolean isThorough() {
      return Cases.isGpu();
    }

    @Override
    protected int oneIn() {
      return Cases.oneIn();
    }
  }

  @Nested
  class Errors extends ErrorConformance {
    @Override
    protected Device device() {
      return Devices.get("opencl");
    }

    @Override
    protected boolean isThorough() {
      return Cases.isGpu();
    }

    @Override
    protected int oneIn() {
      return Cases.oneIn();
    }
  }

  @Nested
  class Models extends ModelConformance {
    @Override
    protected Device device() {
      return Devices.get("opencl");
    }

    @Override
    protected boolean isThorough() {
      return Cases.isGpu();
    }

    @Override
    protected int oneIn() {
      return Cases.oneIn();
    }
  }

  @Nested
  class Programs extends ProgramConformance {
    @Override
    protected Device device() {
      return Devices.get("opencl");
    }

    @Override
    protected boolean isThorough() {
      return Cases.isGpu();
    }

    @Override
    protected int oneIn() {
      return Cases.oneIn();
    }
  }

  @Nested
  class Replays extends ReplayConformance {
    @Override
    protected Backend backend() {
      return Cases.first();
    }
  }
}
