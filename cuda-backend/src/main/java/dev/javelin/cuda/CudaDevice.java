package dev.javelin.cuda;

import dev.javelin.backend.DeviceInfo;
import dev.javelin.kernels.c.CDialect;
import dev.javelin.kernels.c.Target;
import java.nio.charset.StandardCharsets;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.JCudaDriver;

/// What the driver says of a device.
///
/// @param name what users write, such as `cuda:0`
/// @param ordinal the driver's number of it
/// @param model the hardware's name
/// @param major the first number of the compute capability
/// @param minor the second number
/// @param memory how many bytes it has
/// @param units how many multiprocessors it has
/// @param versions the versions of the driver and the libraries, for users
record CudaDevice(
    String name,
    int ordinal,
    String model,
    int major,
    int minor,
    long memory,
    int units,
    String versions) {
  private static final int NAME_BYTES = 256;

  /// Asks for everything.
  static CudaDevice of(int ordinal, String versions) {
    String name = "cuda:" + ordinal;
    CUdevice device = handle(name, ordinal);
    byte[] model = new byte[NAME_BYTES];
    check(name, JCudaDriver.cuDeviceGetName(model, model.length, device));
    int end = 0;
    while (end < model.length && model[end] != 0) {
      end++;
    }
    long[] memory = new long[1];
    check(name, JCudaDriver.cuDeviceTotalMem(memory, device));
    return new CudaDevice(
        name,
        ordinal,
        new String(model, 0, end, StandardCharsets.UTF_8).strip(),
        number(name, device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR),
        number(name, device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR),
        memory[0],
        number(name, device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT),
        versions);
  }

  private static CUdevice handle(String name, int ordinal) {
    CUdevice device = new CUdevice();
    check(name, JCudaDriver.cuDeviceGet(device, ordinal));
    return device;
  }

  CUdevice handle() {
    return handle(name, ordinal);
  }

  private static int number(String name, CUdevice device, int attribute) {
    int[] value = new int[1];
    check(name, JCudaDriver.cuDeviceGetAttribute(value, attribute, device));
    return value[0];
  }

  private static void check(String name, int status) {
    if (status != 0) {
      throw CudaStatus.failure(name, status, "asking about the device");
    }
  }

  DeviceInfo info() {
    String description = model + ", compute capability " + major + "." + minor + ", " + versions;
    return new DeviceInfo(name, description, memory, false);
  }

  Target target() {
    return new Target(CDialect.CUDA, false, units);
  }

  /// The compute capability as one number, such as 90.
  int architecture() {
    return 10 * major + minor;
  }
}
