package dev.javelin.cuda;

import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.javelin.backend.Backend;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/// The emulated driver that the tests of this package run on, built from `src/test/native`: what a test can make it do, and ask it.
final class Emulation {
  /// Where the build puts the libraries; the backend finds them by the same setting, which only the build makes.
  private static final Path FOLDER =
      Path.of(Objects.requireNonNullElse(System.getenv("JAVELIN_CUDA_LIBRARY_PATH"), "none"));

  private static final MemoryLayout ADDRESS = ValueLayout.ADDRESS;
  private static final MemoryLayout INT = ValueLayout.JAVA_INT;
  private static final MemoryLayout LONG = ValueLayout.JAVA_LONG;

  private Emulation() {}

  /// Whether the tests that need the emulated driver are to run: they are skipped where it cannot be built, unless the environment says
  /// that it must be there, as CI does.
  static boolean isToRun() {
    return System.getenv("JAVELIN_REQUIRE_EMULATION") != null || Files.exists(file("libcuda.so.1"));
  }

  private static Path file(String library) {
    return FOLDER.resolve(library);
  }

  /// The first device.
  static CudaBackend first() {
    List<Backend> devices = new CudaBackendProvider().devices();
    assertFalse(
        devices.isEmpty(),
        () ->
            "the tests need the emulated driver, which g++ builds: "
                + new CudaBackendProvider().unavailableReason().orElse(""));
    return (CudaBackend) devices.getFirst();
  }

  private static Object call(String function, FunctionDescriptor type, Object... arguments) {
    SymbolLookup library = SymbolLookup.libraryLookup(file("libcuda.so.1"), Arena.global());
    try {
      return Linker.nativeLinker()
          .downcallHandle(library.findOrThrow(function), type)
          .invokeWithArguments(arguments);
    } catch (Throwable e) {
      throw new AssertionError(function, e);
    }
  }

  /// Lets calls of a function of the driver or of cuBLAS fail.
  ///
  /// @param function its name in C, or `execute` for a kernel's run on the device
  /// @param after how many calls still succeed
  /// @param times how many fail then, -1 for all
  /// @param status what they return
  static void fail(String function, long after, long times, int status) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocateFrom(function);
      call(
          "emulated_fail",
          FunctionDescriptor.ofVoid(ADDRESS, LONG, LONG, INT),
          name,
          after,
          times,
          status);
    }
  }

  /// Overrides a setting of the driver, such as `MEMORY`.
  static void set(String setting, long value) {
    try (Arena arena = Arena.ofConfined()) {
      call(
          "emulated_set",
          FunctionDescriptor.ofVoid(ADDRESS, LONG),
          arena.allocateFrom(setting),
          value);
    }
  }

  private static long ask(String function, String of) {
    try (Arena arena = Arena.ofConfined()) {
      return (long) call(function, FunctionDescriptor.of(LONG, ADDRESS), arena.allocateFrom(of));
    }
  }

  /// How often a function was called.
  static long calls(String function) {
    return ask("emulated_calls", function);
  }

  /// How many things of a kind are alive: `memory`, `bytes`, `pinned`, `stream`, `event`, `module`, `graph`, `exec`.
  static long alive(String kind) {
    return ask("emulated_live", kind);
  }

  /// What a kernel did wrong last, a sentence; empty if nothing.
  static String fault() {
    var text = (MemorySegment) call("emulated_fault", FunctionDescriptor.of(ValueLayout.ADDRESS));
    return text.reinterpret(Long.MAX_VALUE).getString(0);
  }

  /// Does not print what goes wrong: a test expects it.
  static void expectFaults() {
    call("emulated_quiet", FunctionDescriptor.ofVoid(INT), 1);
  }

  /// Forgets failures, and gives a device back that was lost. What is allocated stays.
  static void reset() {
    call("emulated_reset", FunctionDescriptor.ofVoid());
  }
}
