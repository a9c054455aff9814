package dev.javelin.opencl;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/// The calls that do not go through LWJGL: looking for libraries without a sound, the C library, and a driver's own entry.
final class ClNative {
  private ClNative() {}

  /// Opens a library for the rest of the process' life.
  ///
  /// @param name a name or a path
  /// @return its functions, or empty where there is no such library
  static Optional<SymbolLookup> open(String name) {
    try {
      return Optional.of(SymbolLookup.libraryLookup(name, Arena.global()));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /// A function at an address.
  static MethodHandle function(MemorySegment address, FunctionDescriptor type) {
    return Linker.nativeLinker().downcallHandle(address, type);
  }

  /// A function of the C library itself, not of a library that was preloaded in its place.
  static Optional<MethodHandle> libc(String name, FunctionDescriptor type) {
    SymbolLookup lookup = open("libc.so.6").orElseGet(() -> Linker.nativeLinker().defaultLookup());
    return lookup.find(name).map(address -> function(address, type));
  }

  /// Sets a variable of the environment for native code; [System#getenv(String)] does not see it.
  static void setenv(String name, String value) {
    var pointer = ValueLayout.ADDRESS;
    var integer = ValueLayout.JAVA_INT;
    MethodHandle setenv =
        libc("setenv", FunctionDescriptor.of(integer, pointer, pointer, integer))
            .orElseThrow(() -> new UnsatisfiedLinkError("the C library has no setenv"));
    try (Arena arena = Arena.ofConfined()) {
      int status = (int) setenv.invokeExact(arena.allocateFrom(name), arena.allocateFrom(value), 1);
      if (status != 0) {
        throw new IllegalStateException("the variable " + name + " cannot be set");
      }
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }
}
