package dev.javelin.opencl;

import dev.javelin.backend.Backend;
import dev.javelin.backend.Settings;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.lwjgl.PointerBuffer;
import org.lwjgl.opencl.CL10;
import org.lwjgl.opencl.KHRICD;
import org.lwjgl.system.MemoryStack;

/// The devices of this machine, or why there are none.
///
/// @param devices the devices, GPUs first
/// @param reason one sentence where there is no device
record Discovery(List<Backend> devices, Optional<String> reason) {
  private static final String INSTALL =
      "; install the driver of your GPU, or for a device on the processor the packages"
          + " pocl-opencl-icd and ocl-icd-libopencl1.";

  /// A device before it has a name.
  private record Candidate(long platform, long device) {}

  /// Looks for devices; prints nothing and throws nothing.
  static Discovery run() {
    if (!Settings.isOn("javelin.opencl", true)) {
      return none("OpenCL is switched off by the setting javelin.opencl=false.");
    }
    try {
      return search();
    } catch (RuntimeException | LinkageError e) {
      String text = e.getMessage() == null ? e.toString() : e.getMessage();
      return none("OpenCL could not be started: " + text.lines().findFirst().orElse("") + ".");
    }
  }

  private static Discovery none(String reason) {
    return new Discovery(List.of(), Optional.of(reason));
  }

  private static Discovery search() {
    List<String> names = new ArrayList<>();
    Optional<String> chosen = Settings.text("javelin.opencl.library");
    if (chosen.isPresent()) {
      names.add(chosen.get());
    } else {
      names.addAll(ClLibrary.loaders());
      names.addAll(ClLibrary.drivers());
    }
    List<String> present = names.stream().filter(ClLibrary::exists).toList();
    if (present.isEmpty()) {
      return none(
          chosen.isPresent()
              ? "there is no library " + chosen.get() + ", which javelin.opencl.library names."
              : "no OpenCL library is installed (looked for "
                  + String.join(", ", names)
                  + ")"
                  + INSTALL);
    }
    PoclCache.prepare();
    ClLibrary.configure();
    Discovery found =
        none("no library of OpenCL could be used: " + String.join(", ", present) + ".");
    for (String name : present) {
      found = Signals.kept(() -> devicesOf(name));
      if (!found.devices().isEmpty()) {
        return found;
      }
    }
    return found;
  }

  private static Discovery devicesOf(String library) {
    if (!ClLibrary.use(library)) {
      return none(library + " is neither a loader nor a driver of OpenCL.");
    }
    Discovery found = devices(library);
    if (found.devices().isEmpty()) {
      ClLibrary.leave();
    }
    return found;
  }

  private static Discovery devices(String library) {
    List<Candidate> candidates = new ArrayList<>();
    List<String> obstacles = new ArrayList<>();
    try (MemoryStack stack = MemoryStack.stackPush()) {
      IntBuffer count = stack.callocInt(1);
      int status = CL10.clGetPlatformIDs(null, count);
      if (status == KHRICD.CL_PLATFORM_NOT_FOUND_KHR || status == 0 && count.get(0) == 0) {
        return none("the OpenCL library " + library + " finds no driver" + INSTALL);
      }
      if (status != 0) {
        return none(library + " does not list its platforms: " + ClStatus.name(status) + ".");
      }
      PointerBuffer platforms = stack.mallocPointer(count.get(0));
      CL10.clGetPlatformIDs(platforms, (IntBuffer) null);
      for (int i = 0; i < platforms.capacity(); i++) {
        addDevices(platforms.get(i), candidates, obstacles);
      }
    }
    if (candidates.isEmpty()) {
      return none(String.join("; ", obstacles) + PoclCache.advice() + ".");
    }
    List<Backend> devices = new ArrayList<>();
    for (boolean processors : new boolean[] {false, true}) {
      for (Candidate candidate : candidates) {
        if (ClDevice.isProcessor(candidate.device) == processors) {
          String name = "opencl:" + devices.size();
          devices.add(new OpenClBackend(ClDevice.of(name, candidate.platform, candidate.device)));
        }
      }
    }
    return new Discovery(List.copyOf(devices), Optional.empty());
  }

  private static void addDevices(
      long platform, List<Candidate> candidates, List<String> obstacles) {
    String platformName = ClDevice.platformText(platform, CL10.CL_PLATFORM_NAME);
    try (MemoryStack stack = MemoryStack.stackPush()) {
      IntBuffer count = stack.callocInt(1);
      // Here a driver for processors sets its handlers. NVIDIA's may load its module by a program
      // that has more rights than this one, which a filter would not let it have.
      Supplier<Integer> first =
          () -> CL10.clGetDeviceIDs(platform, CL10.CL_DEVICE_TYPE_ALL, null, count);
      int status = platformName.startsWith("NVIDIA") ? first.get() : SignalFilter.run(first);
      if (status != 0 || count.get(0) == 0) {
        obstacles.add("the OpenCL platform " + platformName + " has no device");
        return;
      }
      PointerBuffer devices = stack.mallocPointer(count.get(0));
      CL10.clGetDeviceIDs(platform, CL10.CL_DEVICE_TYPE_ALL, devices, (IntBuffer) null);
      for (int i = 0; i < devices.capacity(); i++) {
        String obstacle = ClDevice.obstacle(devices.get(i));
        if (obstacle.isEmpty()) {
          candidates.add(new Candidate(platform, devices.get(i)));
        } else {
          obstacles.add(
              "the OpenCL device "
                  + ClDevice.text(devices.get(i), CL10.CL_DEVICE_NAME)
                  + " cannot be used because "
                  + obstacle);
        }
      }
    }
  }
}
