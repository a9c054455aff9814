package dev.javelin.opencl;

import java.lang.foreign.SymbolLookup;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.lwjgl.opencl.CL;
import org.lwjgl.system.Configuration;
import org.lwjgl.system.FunctionProviderLocal;

/// Finds OpenCL on this machine and hands it to LWJGL.
///
/// First the loaders, which know the drivers that are installed; then drivers without a loader, since containers often have nothing
/// else. Every name is tried by `java.lang.foreign` before LWJGL sees it, because LWJGL prints what it does not find.
final class ClLibrary {
  private static final List<String> DRIVERS =
      List.of("libnvidia-opencl.so.1", "libamdocl64.so", "libigdrcl.so", "libpocl.so.2");

  private ClLibrary() {}

  /// Prepares LWJGL. Must come before any other class of LWJGL is used.
  static void configure() {
    Configuration.OPENCL_EXPLICIT_INIT.set(true);
    // The default works through sun.misc.Unsafe, which the JVM warns of.
    if (Configuration.MEMORY_BACKEND.get() == null) {
      Configuration.MEMORY_BACKEND.set("ffm");
    }
  }

  /// The names of loaders on this system.
  static List<String> loaders() {
    String os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    if (os.startsWith("windows")) {
      return List.of("OpenCL.dll");
    }
    if (os.startsWith("mac")) {
      return List.of("/System/Library/Frameworks/OpenCL.framework/OpenCL");
    }
    return List.of("libOpenCL.so.1", "libOpenCL.so");
  }

  /// The names of drivers that can be used without a loader.
  ///
  /// None where the user told the loader which drivers to use.
  static List<String> drivers() {
    boolean linux = System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("linux");
    boolean chosen =
        System.getenv("OCL_ICD_VENDORS") != null || System.getenv("OCL_ICD_FILENAMES") != null;
    return linux && !chosen ? DRIVERS : List.of();
  }

  /// Whether a library is there, without using it.
  static boolean exists(String name) {
    return ClNative.open(name).isPresent();
  }

  /// Makes LWJGL use a library.
  ///
  /// @param name a loader or a driver
  /// @return false where it is neither
  static boolean use(String name) {
    Optional<SymbolLookup> library = ClNative.open(name);
    if (library.isEmpty()) {
      return false;
    }
    boolean loader =
        library.get().find("clGetPlatformIDs").isPresent()
            && library.get().find("clCreateContext").isPresent();
    if (loader) {
      CL.create(name);
      return true;
    }
    Optional<FunctionProviderLocal> driver = VendorDriver.of(library.get());
    driver.ifPresent(CL::create);
    return driver.isPresent();
  }

  /// Undoes [#use], so that another library can be used.
  static void leave() {
    CL.destroy();
  }
}
