package dev.javelin.opencl;

import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.javelin.Device;
import dev.javelin.Devices;
import dev.javelin.backend.Backend;
import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.Executable;
import dev.javelin.conformance.Subject;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import dev.javelin.kernels.c.Arg;
import dev.javelin.kernels.c.CProgram;
import dev.javelin.kernels.c.Launch;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// What the tests of this package have in common: a device, and small programs written by hand.
final class Cases {
  static final int GROUP = 64;

  private Cases() {}

  /// Whether the tests that need a device are to run: they are skipped where there is none, unless the environment says that there must
  /// be one, as CI does.
  static boolean areToRun() {
    return System.getenv("JAVELIN_REQUIRE_OPENCL") != null
        || new OpenClBackendProvider().unavailableReason().isEmpty();
  }

  /// The first device.
  static OpenClBackend first() {
    List<Backend> devices = new OpenClBackendProvider().devices();
    assertFalse(
        devices.isEmpty(),
        () ->
            "the tests need an OpenCL device: "
                + new OpenClBackendProvider().unavailableReason().orElse(""));
    return (OpenClBackend) devices.getFirst();
  }

  /// What the conformance suites test. On processors most of the time goes into compiling, a tenth of a second for each kernel.
  static Subject subject() {
    Device device = Devices.get("opencl");
    return first().device().cpu() ? new Subject(device, false, false, 24) : Subject.whole(device);
  }

  /// The first device, through another driver and with what a generator would make.
  static OpenClBackend device(Driver driver, CProgram program) {
    return new OpenClBackend(first().device(), driver, (kernel, target) -> program);
  }

  /// A kernel whose meaning does not matter: two buffers of `count` floats.
  static Kernel kernel(int count) {
    View view = View.contiguous(Shape.of(count));
    return new Kernel.Copy(
        List.of(DType.FLOAT32, DType.FLOAT32),
        new Kernel.Operand(0, view),
        new Kernel.Operand(1, view));
  }

  /// A program of one function over so many elements.
  static CProgram program(String text, int elements, Arg... args) {
    int groups = (elements + GROUP - 1) / GROUP;
    return new CProgram(text, List.of(new Launch("f", groups, GROUP, List.of(args))), 0);
  }

  /// Copies floats from the first to the second buffer and adds a parameter.
  static CProgram addParameter(int count) {
    return program(
        """
        KERNEL(64) f(GLOBAL u8 *xm, i64 xo, GLOBAL u8 *ym, i64 yo, int n, float by) {
          GLOBAL float *x = (GLOBAL float *)(xm + xo);
          GLOBAL float *y = (GLOBAL float *)(ym + yo);
          int i = GRP() * 64 + LID();
          if (i < n) {
            y[i] = x[i] + by;
          }
        }
        """,
        count,
        new Arg.Buffer(0),
        new Arg.Buffer(1),
        new Arg.Int(count),
        new Arg.Param(0, DType.FLOAT32));
  }

  static void launch(Executable executable, DeviceBuffer x, DeviceBuffer y, double by) {
    executable.launch(
        new DeviceBuffer[] {x, y}, new long[2], new long[] {Double.doubleToRawLongBits(by)});
  }

  static void write(DeviceBuffer buffer, float... values) {
    buffer.write(0, MemorySegment.ofArray(values));
  }

  static float[] read(DeviceBuffer buffer, int count) {
    float[] values = new float[count];
    buffer.read(0, MemorySegment.ofArray(values));
    return values;
  }
}
