package dev.javelin.cuda;

import dev.javelin.kernels.c.BuildLog;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import jcuda.nvrtc.JNvrtc;
import jcuda.nvrtc.nvrtcProgram;

/// Compiles texts for one architecture by NVRTC.
final class Compiler {
  private final String device;
  private final String version;

  /// Such as `sm_90`; or `compute_90` where the device is newer than NVRTC and the driver has to do the last step.
  private final String target;

  private Compiler(String device, String version, String target) {
    this.device = device;
    this.version = version;
    this.target = target;
  }

  /// The compiler for a device.
  ///
  /// @param version the version of NVRTC, which is loaded
  /// @param architecture the compute capability, such as 90
  static Compiler of(String device, String version, int architecture) {
    int[] count = new int[1];
    check(device, JNvrtc.nvrtcGetNumSupportedArchs(count));
    int[] supported = new int[count[0]];
    check(device, JNvrtc.nvrtcGetSupportedArchs(supported));
    String target =
        target(architecture, supported)
            .orElseThrow(
                () ->
                    new CudaException(
                        device
                            + " has the compute capability "
                            + architecture / 10
                            + "."
                            + architecture % 10
                            + ", for which NVRTC "
                            + version
                            + " no longer compiles: install NVRTC of an older CUDA"));
    return new Compiler(device, version, target);
  }

  /// What to compile for. A cubin also runs on later architectures of the same generation; code for a generation that NVRTC does not
  /// know is left to the driver.
  ///
  /// @param architecture that of the device
  /// @param supported those that NVRTC knows
  /// @return the target, or empty where NVRTC only knows newer ones
  static Optional<String> target(int architecture, int[] supported) {
    OptionalInt best = IntStream.of(supported).filter(known -> known <= architecture).max();
    return best.isEmpty()
        ? Optional.empty()
        : Optional.of(
            (best.getAsInt() / 10 == architecture / 10 ? "sm_" : "compute_") + best.getAsInt());
  }

  /// The options of every compilation.
  List<String> options() {
    return options(target);
  }

  static List<String> options(String target) {
    // Warnings would only be seen where the compilation fails.
    return List.of("-arch=" + target, "--std=c++17", "-w");
  }

  /// Says which compiler made a cubin.
  String version() {
    return version;
  }

  /// Compiles a text.
  ///
  /// @param kind what it computes, for messages
  /// @param preamble what goes before it
  /// @param text the text
  /// @return what the driver loads
  byte[] compile(String kind, String preamble, String text) {
    nvrtcProgram program = new nvrtcProgram();
    check(device, JNvrtc.nvrtcCreateProgram(program, preamble + text, kind + ".cu", 0, null, null));
    try {
      String[] options = options().toArray(String[]::new);
      int status = JNvrtc.nvrtcCompileProgram(program, options.length, options);
      if (status != 0) {
        throw new CudaException(
            BuildLog.message(device, kind, JNvrtc.nvrtcGetErrorString(status), log(program), text));
      }
      return target.startsWith("sm_") ? cubin(program) : ptx(program);
    } finally {
      check(device, JNvrtc.nvrtcDestroyProgram(program));
    }
  }

  private byte[] cubin(nvrtcProgram program) {
    long[] size = new long[1];
    check(device, JNvrtc.nvrtcGetCUBINSize(program, size));
    byte[] cubin = new byte[Math.toIntExact(size[0])];
    check(device, JNvrtc.nvrtcGetCUBIN(program, cubin));
    return cubin;
  }

  private byte[] ptx(nvrtcProgram program) {
    String[] text = new String[1];
    check(device, JNvrtc.nvrtcGetPTX(program, text));
    byte[] ascii = text[0].getBytes(StandardCharsets.US_ASCII);
    // The driver looks for the end.
    return Arrays.copyOf(ascii, ascii.length + 1);
  }

  private String log(nvrtcProgram program) {
    String[] log = new String[1];
    check(device, JNvrtc.nvrtcGetProgramLog(program, log));
    String text = String.valueOf(log[0]).replace("\0", "").strip();
    return text.isEmpty() ? "the compiler says nothing more" : text;
  }

  private static void check(String device, int status) {
    if (status != 0) {
      throw new CudaException(
          device + ": " + JNvrtc.nvrtcGetErrorString(status) + " while compiling");
    }
  }
}
