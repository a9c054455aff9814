package dev.javelin.opencl;

import dev.javelin.kernels.c.BuildLog;
import dev.javelin.kernels.c.CDialect;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.IntBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ConcurrentHashMap;
import org.lwjgl.PointerBuffer;
import org.lwjgl.opencl.CL10;
import org.lwjgl.system.MemoryStack;
import org.lwjgl.system.MemoryUtil;

/// The programs of a device: each text is compiled once, however many kernels share it.
final class Programs {
  private static final String NOTHING = "KERNEL(1) jv_nothing(GLOBAL int *out) { out[0] = 0; }\n";

  private final ClDevice device;
  private final Driver driver;
  private final long context;
  private final String preamble;
  private final ConcurrentHashMap<String, Long> built = new ConcurrentHashMap<>();

  Programs(ClDevice device, Driver driver, long context) {
    this.device = device;
    this.driver = driver;
    this.context = context;
    // The line numbers of errors are those of the text.
    this.preamble =
        (device.headless() ? declarations() : "")
            + CDialect.OPENCL.preamble(device.float64())
            + "#line 1\n";
  }

  private static String declarations() {
    try (InputStream in = Programs.class.getResourceAsStream("pocl.h")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the declarations for PoCL", e);
    }
  }

  /// Compiles something, so that the driver's compiler has started.
  void warmUp() {
    program("nothing", NOTHING);
  }

  /// How many texts were compiled.
  int size() {
    return built.size();
  }

  /// A kernel object of its own, to be released by the caller.
  ///
  /// @param kind what it computes, for messages
  /// @param text the text, without a preamble
  /// @param function its name in the text
  /// @param groupSize how many work-items are to be in a group
  /// @param arguments how many arguments are to be set
  /// @return the handle
  long kernel(String kind, String text, String function, int groupSize, int arguments) {
    long program = program(kind, text);
    try (MemoryStack stack = MemoryStack.stackPush()) {
      IntBuffer status = stack.callocInt(1);
      long kernel = CL10.clCreateKernel(program, function, status);
      check(status.get(0), "looking for the function " + function);
      String problem = problem(kernel, function, groupSize, arguments);
      if (!problem.isEmpty()) {
        check(CL10.clReleaseKernel(kernel), "releasing " + function);
        throw new OpenClException(device.name() + ": " + problem);
      }
      return kernel;
    }
  }

  /// Why a kernel cannot be launched, or an empty text. A driver may end the process where this is not checked before.
  private String problem(long kernel, String function, int groupSize, int arguments) {
    long count = number(kernel, CL10.CL_KERNEL_NUM_ARGS, false);
    if (count != arguments) {
      return function + " has " + count + " parameters, but " + arguments + " are bound";
    }
    long most = number(kernel, CL10.CL_KERNEL_WORK_GROUP_SIZE, true);
    if (groupSize > most) {
      return function + " needs groups of " + groupSize + " work-items, the device allows " + most;
    }
    long local = number(kernel, CL10.CL_KERNEL_LOCAL_MEM_SIZE, true);
    return local > device.localMemory()
        ? function
            + " needs "
            + local
            + " bytes of local memory, the device has "
            + device.localMemory()
        : "";
  }

  private long number(long kernel, int what, boolean onDevice) {
    try (MemoryStack stack = MemoryStack.stackPush()) {
      ByteBuffer value = stack.calloc(8);
      int status =
          onDevice
              ? CL10.clGetKernelWorkGroupInfo(kernel, device.handle(), what, value, null)
              : CL10.clGetKernelInfo(kernel, what, value, null);
      check(status, "asking about a kernel");
      return value.getLong(0);
    }
  }

  private long program(String kind, String text) {
    Long known = built.get(text);
    // Two threads that need one text wait for one compilation.
    return known != null ? known : built.computeIfAbsent(text, missing -> build(kind, missing));
  }

  private long build(String kind, String text) {
    try (MemoryStack stack = MemoryStack.stackPush()) {
      IntBuffer status = stack.callocInt(1);
      long program = CL10.clCreateProgramWithSource(context, preamble + text, status);
      check(status.get(0), "reading the text of the kernel " + kind);
      int result = driver.build(program, device.handle(), device.options());
      if (result != 0) {
        String log = log(program);
        check(CL10.clReleaseProgram(program), "releasing a program");
        throw new OpenClException(
            BuildLog.message(device.name(), kind, ClStatus.name(result), log, text));
      }
      return program;
    }
  }

  private String log(long program) {
    try (MemoryStack stack = MemoryStack.stackPush()) {
      PointerBuffer size = stack.callocPointer(1);
      int what = CL10.CL_PROGRAM_BUILD_LOG;
      int status =
          CL10.clGetProgramBuildInfo(program, device.handle(), what, (ByteBuffer) null, size);
      if (status != 0 || size.get(0) <= 1) {
        return "the driver says nothing more";
      }
      ByteBuffer bytes = MemoryUtil.memCalloc((int) size.get(0));
      try {
        check(
            CL10.clGetProgramBuildInfo(program, device.handle(), what, bytes, null),
            "reading the compiler's log");
        String text = StandardCharsets.UTF_8.decode(bytes).toString();
        int end = text.indexOf('\0');
        return (end < 0 ? text : text.substring(0, end)).strip();
      } finally {
        MemoryUtil.memFree(bytes);
      }
    }
  }

  private void check(int status, String doing) {
    if (status != 0) {
      throw ClStatus.failure(device.name(), status, doing);
    }
  }
}
