package dev.javelin.cuda;

import dev.javelin.backend.Backend;
import dev.javelin.backend.Settings;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/// The devices of this machine, or why there are none.
///
/// @param devices the devices, in the driver's order
/// @param reason one sentence where there is no device
record Discovery(List<Backend> devices, Optional<String> reason) {
  /// The functions of the driver that this backend calls. JCuda would end the process at the first call of one that is missing.
  static final List<String> FUNCTIONS =
      List.of(
          "cuCtxSetCurrent",
          "cuDeviceGet",
          "cuDeviceGetAttribute",
          "cuDeviceGetCount",
          "cuDeviceGetName",
          "cuDevicePrimaryCtxRetain",
          "cuDeviceTotalMem_v2",
          "cuDriverGetVersion",
          "cuEventCreate",
          "cuEventQuery",
          "cuEventRecord",
          "cuEventSynchronize",
          "cuFuncGetAttribute",
          "cuGraphDestroy",
          "cuGraphExecDestroy",
          "cuGraphExecKernelNodeSetParams_v2",
          "cuGraphGetRootNodes",
          "cuGraphInstantiateWithFlags",
          "cuGraphKernelNodeGetParams_v2",
          "cuGraphLaunch",
          "cuGraphNodeGetDependentNodes",
          "cuGraphNodeGetType",
          "cuInit",
          "cuLaunchKernel",
          "cuMemAlloc_v2",
          "cuMemFree_v2",
          "cuMemHostAlloc",
          "cuMemcpyDtoHAsync_v2",
          "cuMemcpyHtoDAsync_v2",
          "cuModuleGetFunction",
          "cuModuleLoadData",
          "cuModuleUnload",
          "cuStreamBeginCapture_v2",
          "cuStreamCreate",
          "cuStreamEndCapture",
          "cuStreamSynchronize");

  private static final String DRIVER = "libcuda.so.1";

  /// Looks for devices; prints nothing and throws nothing.
  static Discovery run() {
    if (!Settings.isOn("javelin.cuda", true)) {
      return none("CUDA is switched off by the setting javelin.cuda=false.");
    }
    if (!isSupported(System.getProperty("os.name", ""), System.getProperty("os.arch", ""))) {
      return none("CUDA is used on Linux for x86-64 only.");
    }
    try {
      return search(LibrarySearch.ofSystem());
    } catch (UnavailableException e) {
      return none(e.getMessage());
    } catch (RuntimeException | LinkageError e) {
      String text = e.getMessage() == null ? e.toString() : e.getMessage();
      return none("CUDA could not be started: " + text.lines().findFirst().orElse("") + ".");
    }
  }

  static boolean isSupported(String system, String processor) {
    return system.toLowerCase(Locale.ROOT).startsWith("linux") && processor.equals("amd64");
  }

  private static Discovery none(String reason) {
    return new Discovery(List.of(), Optional.of(reason));
  }

  private static Discovery search(LibrarySearch search) throws UnavailableException {
    SymbolLookup driver = open(search);
    List<String> missing = CudaNative.missing(driver, FUNCTIONS);
    if (!missing.isEmpty()) {
      throw new UnavailableException(
          "the NVIDIA driver is too old: its %s has no %s; install a driver for CUDA %d or later."
              .formatted(DRIVER, String.join(", ", missing), Natives.OLDEST));
    }
    int status = CudaNative.call(driver, "cuInit", 0);
    if (status == CUresult.CUDA_ERROR_NO_DEVICE) {
      throw new UnavailableException("the NVIDIA driver finds no GPU.");
    }
    if (status != 0) {
      throw new UnavailableException(
          "the NVIDIA driver does not start: " + CudaStatus.name(status) + ".");
    }
    int version = CudaNative.number(driver, "cuDriverGetVersion").orElse(0);
    if (version / 1000 < Natives.OLDEST) {
      throw new UnavailableException(
          "the NVIDIA driver is for CUDA %s; install one for CUDA %d or later."
              .formatted(text(version), Natives.OLDEST));
    }
    Natives.loadDriver();
    Libraries libraries = Libraries.load(search, driver, version / 1000);
    int[] count = new int[1];
    status = JCudaDriver.cuDeviceGetCount(count);
    if (status != 0 || count[0] == 0) {
      throw new UnavailableException("the NVIDIA driver finds no GPU.");
    }
    String versions = "driver for CUDA " + text(version) + ", " + libraries.description();
    List<Backend> devices = new ArrayList<>();
    for (int i = 0; i < count[0]; i++) {
      devices.add(new CudaBackend(CudaDevice.of(i, versions), libraries));
    }
    return new Discovery(List.copyOf(devices), Optional.empty());
  }

  /// The driver: where the user says, else where the linker finds it, else where it usually is.
  private static SymbolLookup open(LibrarySearch search) throws UnavailableException {
    Optional<Path> chosen = search.chosenDriver();
    if (chosen.isPresent()) {
      return CudaNative.open(chosen.get().toString())
          .orElseThrow(
              () -> new UnavailableException("the library " + chosen.get() + " cannot be loaded."));
    }
    List<String> names = new ArrayList<>(List.of(DRIVER));
    search.drivers().forEach(path -> names.add(path.toString()));
    for (String name : names) {
      Optional<SymbolLookup> found = CudaNative.open(name);
      if (found.isPresent()) {
        return found.get();
      }
    }
    throw new UnavailableException(
        names.size() == 1
            ? "no NVIDIA driver is installed (looked for libcuda.so.1); install the driver of your"
                + " GPU, or name the directory of the library in JAVELIN_CUDA_LIBRARY_PATH."
            : "the NVIDIA driver cannot be loaded (tried " + String.join(", ", names) + ").");
  }

  /// A version as users know it: 13.0 for 13000.
  private static String text(int version) {
    return version / 1000 + "." + version % 1000 / 10;
  }
}
