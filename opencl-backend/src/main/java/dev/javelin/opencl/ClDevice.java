package dev.javelin.opencl;

import dev.javelin.backend.DeviceInfo;
import dev.javelin.backend.Tuner;
import dev.javelin.kernels.c.CDialect;
import dev.javelin.kernels.c.CSource;
import dev.javelin.kernels.c.Target;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.lwjgl.PointerBuffer;
import org.lwjgl.opencl.CL10;
import org.lwjgl.opencl.CL12;
import org.lwjgl.system.MemoryStack;

/// What OpenCL says of a device.
///
/// @param name what users write, such as `opencl:0`
/// @param platform the platform's handle
/// @param handle the device's handle
/// @param description the device's own name, its vendor, its platform and its driver
/// @param memory how many bytes it has
/// @param largestBuffer how many bytes one buffer may have
/// @param localMemory how many bytes a work-group has
/// @param largestGroup how many work-items a work-group may have
/// @param units how many compute units it has
/// @param cpu whether it is a processor
/// @param float64 whether it computes in double precision
/// @param divides whether it can round divisions and square roots correctly
/// @param headless whether its compiler can do without the header that declares OpenCL's functions
record ClDevice(
    String name,
    long platform,
    long handle,
    String description,
    long memory,
    long largestBuffer,
    long localMemory,
    long largestGroup,
    int units,
    boolean cpu,
    boolean float64,
    boolean divides,
    boolean headless) {

  /// Asks for everything.
  ///
  /// @param name the name that the device is to have
  static ClDevice of(String name, long platform, long handle) {
    String own = text(handle, CL10.CL_DEVICE_NAME);
    String platformName = platformText(platform, CL10.CL_PLATFORM_NAME);
    String driver = text(handle, CL10.CL_DRIVER_VERSION);
    String description =
        own
            + " ("
            + text(handle, CL10.CL_DEVICE_VENDOR)
            + "), "
            + platformName
            + ", "
            + text(handle, CL10.CL_DEVICE_VERSION).replaceAll("^(OpenCL [0-9.]+).*", "$1")
            + ", driver "
            + driver;
    long rounding = number(handle, CL10.CL_DEVICE_SINGLE_FP_CONFIG);
    return new ClDevice(
        name,
        platform,
        handle,
        description,
        number(handle, CL10.CL_DEVICE_GLOBAL_MEM_SIZE),
        number(handle, CL10.CL_DEVICE_MAX_MEM_ALLOC_SIZE),
        number(handle, CL10.CL_DEVICE_LOCAL_MEM_SIZE),
        number(handle, CL10.CL_DEVICE_MAX_WORK_GROUP_SIZE),
        (int) number(handle, CL10.CL_DEVICE_MAX_COMPUTE_UNITS),
        isProcessor(handle),
        number(handle, CL12.CL_DEVICE_DOUBLE_FP_CONFIG) != 0,
        (rounding & CL12.CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT) != 0,
        // Others may well have another header, and what they lack they do not compile.
        platformName.equals("Portable Computing Language") && driver.startsWith("3.1"));
  }

  static boolean isProcessor(long device) {
    return (number(device, CL10.CL_DEVICE_TYPE) & CL10.CL_DEVICE_TYPE_CPU) != 0;
  }

  /// Why a device cannot run our kernels, or an empty text where it can.
  static String obstacle(long device) {
    if (number(device, CL10.CL_DEVICE_AVAILABLE) == 0) {
      return "it is not available";
    }
    if (number(device, CL10.CL_DEVICE_COMPILER_AVAILABLE) == 0) {
      return "its driver has no compiler";
    }
    if (number(device, CL10.CL_DEVICE_ADDRESS_BITS) != 64) {
      return "its addresses do not have 64 bits";
    }
    return number(device, CL10.CL_DEVICE_ENDIAN_LITTLE) == 0 ? "it is not little-endian" : "";
  }

  DeviceInfo info() {
    return new DeviceInfo(name, description, memory, false);
  }

  Target target() {
    return new Target(CDialect.OPENCL, cpu, units);
  }

  /// What chooses among programs for this device: its description names its driver.
  Tuner tuner() {
    String all = description + ", " + units + " units, " + CDialect.OPENCL + " " + CSource.VERSION;
    return Tuner.of(all);
  }

  /// The options that every program is compiled with.
  String options() {
    // Without warnings: some drivers print how many there were.
    return "-cl-std=CL1.2 -w"
        + (divides ? " -cl-fp32-correctly-rounded-divide-sqrt" : "")
        + (headless ? " -D_OPENCL_H_" : "");
  }

  /// A number of a device; 0 where the driver does not know the question.
  private static long number(long device, int what) {
    try (MemoryStack stack = MemoryStack.stackPush()) {
      ByteBuffer value = stack.calloc(8);
      // The answers have four or eight bytes; on a little-endian machine both can be read as a
      // long.
      return CL10.clGetDeviceInfo(device, what, value, null) == 0 ? value.getLong(0) : 0;
    }
  }

  static String text(long device, int what) {
    try (MemoryStack stack = MemoryStack.stackPush()) {
      PointerBuffer size = stack.callocPointer(1);
      if (CL10.clGetDeviceInfo(device, what, (ByteBuffer) null, size) != 0) {
        return "unknown";
      }
      ByteBuffer value = stack.calloc((int) size.get(0));
      int status = CL10.clGetDeviceInfo(device, what, value, null);
      return status != 0 ? "unknown" : text(value);
    }
  }

  static String platformText(long platform, int what) {
    try (MemoryStack stack = MemoryStack.stackPush()) {
      PointerBuffer size = stack.callocPointer(1);
      if (CL10.clGetPlatformInfo(platform, what, (ByteBuffer) null, size) != 0) {
        return "unknown";
      }
      ByteBuffer value = stack.calloc((int) size.get(0));
      int status = CL10.clGetPlatformInfo(platform, what, value, null);
      return status != 0 ? "unknown" : text(value);
    }
  }

  private static String text(ByteBuffer bytes) {
    String text = StandardCharsets.UTF_8.decode(bytes).toString();
    int end = text.indexOf('\0');
    return (end < 0 ? text : text.substring(0, end)).strip().replaceAll("\\s+", " ");
  }
}
