package dev.javelin.cuda;

import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.Executable;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import dev.javelin.kernels.c.Arg;
import dev.javelin.kernels.c.CProgram;
import dev.javelin.kernels.c.Launch;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// Small programs written by hand, on a device of the emulated driver.
final class SmallKernels {
  static final int THREADS = 64;

  private SmallKernels() {}

  /// The first device, with this in the place of what the generator would make.
  static CudaBackend device(CProgram program) {
    CudaBackend first = Emulation.first();
    return new CudaBackend(
        first.device(), first.libraries(), new Driver(), (kernel, target) -> program);
  }

  /// A kernel whose meaning does not matter: two buffers of `count` floats.
  static Kernel kernel(int count) {
    View view = View.contiguous(Shape.of(count));
    return new Kernel.Copy(
        List.of(DType.FLOAT32, DType.FLOAT32),
        new Kernel.Operand(0, view),
        new Kernel.Operand(1, view));
  }

  /// A program of one function `f` over so many elements: `x` and `y` are its buffers, `i` is the element, `n` their number and `by` a
  /// parameter.
  static CProgram program(int count, String body) {
    String text =
        """
        KERNEL(64) f(GLOBAL u8 *xm, i64 xo, GLOBAL u8 *ym, i64 yo, int n, float by) {
          LOCAL float shared[64];
          GLOBAL float *x = (GLOBAL float *)(xm + xo);
          GLOBAL float *y = (GLOBAL float *)(ym + yo);
          int i = GRP() * 64 + LID();
          %s
        }
        """
            .formatted(body);
    Launch launch =
        new Launch(
            "f",
            (count + THREADS - 1) / THREADS,
            THREADS,
            List.of(
                new Arg.Buffer(0),
                new Arg.Buffer(1),
                new Arg.Int(count),
                new Arg.Param(0, DType.FLOAT32)));
    return new CProgram(text, List.of(launch), 0);
  }

  /// Copies floats from the first to the second buffer and adds a parameter.
  static CProgram addParameter(int count) {
    return program(count, "if (i < n) { y[i] = x[i] + by; }");
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
