package dev.javelin.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// The calls that do not go through JCuda: opening libraries without a sound, what must be known before JCuda is loaded, and functions
/// that JCuda lacks.
final class CudaNative {
  private CudaNative() {}

  /// Opens a library for the rest of the process' life. What needs a library of the same name later gets this one.
  ///
  /// @param name a name or a path
  /// @return its functions, or empty where there is no such library or it cannot be loaded
  static Optional<SymbolLookup> open(String name) {
    // The JVM warns of a file that is no library at all.
    if (name.contains("/") && !isLibrary(Path.of(name))) {
      return Optional.empty();
    }
    try {
      return Optional.of(SymbolLookup.libraryLookup(name, Arena.global()));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static boolean isLibrary(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return Arrays.equals(in.readNBytes(4), new byte[] {0x7f, 'E', 'L', 'F'});
    } catch (IOException e) {
      return false;
    }
  }

  /// Which of a list of functions a library does not have.
  static List<String> missing(SymbolLookup library, List<String> names) {
    List<String> missing = new ArrayList<>();
    for (String name : names) {
      if (library.find(name).isEmpty()) {
        missing.add(name);
      }
    }
    return missing;
  }

  /// Calls a function that takes integers and returns a status.
  static int call(SymbolLookup library, String name, int argument) {
    MethodHandle function =
        function(library, name, FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    try {
      return (int) function.invokeExact(argument);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /// Calls a function that writes an integer through its pointer, such as `cuDriverGetVersion`.
  ///
  /// @return the integer, or empty where the status is not 0
  static Optional<Integer> number(SymbolLookup library, String name) {
    MethodHandle function =
        function(library, name, FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(ValueLayout.JAVA_INT);
      int status = (int) function.invokeExact(value);
      return status == 0 ? Optional.of(value.get(ValueLayout.JAVA_INT, 0)) : Optional.empty();
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /// Calls `cublasGetProperty`: 0 the major version, 1 the minor one.
  static Optional<Integer> property(SymbolLookup library, String name, int which) {
    var integer = ValueLayout.JAVA_INT;
    MethodHandle function =
        function(library, name, FunctionDescriptor.of(integer, integer, ValueLayout.ADDRESS));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(integer);
      int status = (int) function.invokeExact(which, value);
      return status == 0 ? Optional.of(value.get(integer, 0)) : Optional.empty();
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /// A function of a library.
  static MethodHandle function(SymbolLookup library, String name, FunctionDescriptor type) {
    MemorySegment address =
        library
            .find(name)
            .orElseThrow(() -> new UnsatisfiedLinkError("a library has no function " + name));
    return Linker.nativeLinker().downcallHandle(address, type);
  }
}
