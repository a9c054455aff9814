package dev.javelin.opencl;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/// A thread on which Linux ignores every attempt to set a signal handler, and so on the threads that it starts.
///
/// Drivers for processors compile with LLVM, which puts its own handlers in the place of the JVM's when it starts: a division by zero in
/// Java no longer throws, and the next safepoint may end the process. Behind the filter LLVM believes that it has set them.
///
/// A filter of system calls (seccomp) stays for the life of the thread that it is set on; so the thread is a new one, which then ends.
final class SignalFilter {
  private static final long PR_SET_NO_NEW_PRIVS = 38;
  private static final long SECCOMP_SET_MODE_FILTER = 1;

  /// Without it, older kernels slow down the threads that a filter is set on.
  private static final long SECCOMP_FILTER_FLAG_SPEC_ALLOW = 4;

  /// The numbers that Linux' system calls have on a processor.
  private record Numbers(int sigaction, int prctl, int seccomp) {
    static Optional<Numbers> here() {
      return switch (System.getProperty("os.name", "") + " " + System.getProperty("os.arch", "")) {
        case "Linux amd64" -> Optional.of(new Numbers(13, 157, 317));
        case "Linux aarch64" -> Optional.of(new Numbers(134, 167, 277));
        default -> Optional.empty();
      };
    }
  }

  private SignalFilter() {}

  /// Does something on such a thread; where the system has no such filter, on one like any other.
  ///
  /// @param start what may set handlers
  /// @return what that returns
  static <T> T run(Supplier<T> start) {
    Supplier<T> filtered =
        () -> {
          Numbers.here().ifPresent(SignalFilter::set);
          return start.get();
        };
    try {
      return CompletableFuture.supplyAsync(
              filtered, task -> new Thread(task, "javelin-opencl-start").start())
          .join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }

  /// Makes this thread's calls of sigaction succeed without an effect.
  private static void set(Numbers numbers) {
    var number = ValueLayout.JAVA_LONG;
    MethodHandle syscall =
        ClNative.libc(
                "syscall",
                FunctionDescriptor.of(number, number, number, number, number, number, number))
            .orElseThrow(() -> new UnsatisfiedLinkError("the C library has no syscall"));
    try (Arena arena = Arena.ofConfined()) {
      // struct sock_filter: a code (16 bits), how far to jump if so and if not (8 bits each), an
      // operand (32 bits)
      MemorySegment program =
          arena.allocateFrom(
              ValueLayout.JAVA_INT,
              0x20, // take the number of the call
              0,
              0x15 | 1 << 24, // unless it is sigaction, skip one
              numbers.sigaction,
              0x06, // SECCOMP_RET_ERRNO without an error: not done, and nobody knows
              0x0005_0000,
              0x06, // SECCOMP_RET_ALLOW
              0x7fff_0000);
      // struct sock_fprog: how many there are (16 bits), and where
      MemorySegment filter = arena.allocate(2 * number.byteSize(), number.byteSize());
      filter.set(ValueLayout.JAVA_SHORT, 0, (short) 4);
      filter.set(number, number.byteSize(), program.address());
      // A kernel that refuses leaves what [Signals] does afterwards.
      syscall.invoke(numbers.prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
      syscall.invoke(
          numbers.seccomp,
          SECCOMP_SET_MODE_FILTER,
          SECCOMP_FILTER_FLAG_SPEC_ALLOW,
          filter.address(),
          0,
          0);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }
}
