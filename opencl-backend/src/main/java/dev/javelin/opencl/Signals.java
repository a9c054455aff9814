package dev.javelin.opencl;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;

/// Puts the JVM's signal handlers back after a driver has started, where [SignalFilter] has not kept them.
///
/// Drivers replace them once, when they start, so that is enough; but threads that are busy meanwhile may need them.
final class Signals {
  /// More than any system's `struct sigaction` takes.
  private static final int BYTES = 512;

  /// Those that the JVM, PoCL or LLVM handle; not the two that nobody can (9, 19).
  private static final int[] HANDLED = {1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 15, 24, 25, 27, 31};

  private static final Optional<MethodHandle> SIGACTION = sigaction();

  private Signals() {}

  private static Optional<MethodHandle> sigaction() {
    if (!System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("linux")) {
      return Optional.empty();
    }
    var pointer = ValueLayout.ADDRESS;
    var integer = ValueLayout.JAVA_INT;
    // Where libjsig is preloaded, the C library's own function still tells what is really in force:
    // the JVM's.
    return ClNative.libc("sigaction", FunctionDescriptor.of(integer, integer, pointer, pointer));
  }

  /// Does something that starts a driver, and puts every handler back that it replaced.
  ///
  /// @param start what starts the driver
  /// @return what that returns
  static <T> T kept(Supplier<T> start) {
    if (SIGACTION.isEmpty()) {
      return start.get();
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment before = arena.allocate((long) BYTES * HANDLED.length, 16);
      for (int i = 0; i < HANDLED.length; i++) {
        call(HANDLED[i], MemorySegment.NULL, slot(before, i));
      }
      try {
        return start.get();
      } finally {
        MemorySegment now = arena.allocate(BYTES, 16);
        for (int i = 0; i < HANDLED.length; i++) {
          call(HANDLED[i], MemorySegment.NULL, now.fill((byte) 0));
          if (now.mismatch(slot(before, i)) >= 0) {
            call(HANDLED[i], slot(before, i), MemorySegment.NULL);
          }
        }
      }
    }
  }

  private static MemorySegment slot(MemorySegment all, int i) {
    return all.asSlice((long) BYTES * i, BYTES);
  }

  static void call(int signal, MemorySegment set, MemorySegment get) {
    try {
      int status = (int) SIGACTION.orElseThrow().invokeExact(signal, set, get);
      if (status != 0) {
        throw new IllegalStateException("sigaction fails for signal " + signal);
      }
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }
}
