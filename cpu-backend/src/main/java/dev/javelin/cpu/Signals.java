package dev.javelin.cpu;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// Keeps signals from the calling thread on Linux.
///
/// oneDNN's `sgemm` for AVX and AVX-512 puts the stack pointer onto memory of the heap for most of its time. The kernel writes the state of a thread
/// that gets a signal below the stack pointer, some kilobytes with the vector registers: there, over whatever lies before that memory.
/// Profilers send signals, the JDK's Flight Recorder for its samples of methods among them.
final class Signals {
  /// The size of a `sigset_t`.
  private static final long SET_BYTES = 128;

  private static final long BLOCK = 0;
  private static final long SET = 2;

  // What the processor finds wrong with an instruction; blocked, it would end the process.
  private static final int ILLEGAL_INSTRUCTION = 4;
  private static final int TRAP = 5;
  private static final int BUS_ERROR = 7;
  private static final int ARITHMETIC = 8;
  private static final int SEGMENTATION = 11;

  private static final MethodHandle SIGPROCMASK = sigprocmask();

  /// All that come from elsewhere.
  private static final MemorySegment FOREIGN = foreign();

  /// Where each thread's mask is kept while it is another.
  private static final ThreadLocal<MemorySegment> BEFORE =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(SET_BYTES, Long.BYTES));

  private Signals() {}

  /// Holds signals back until [#restore].
  ///
  /// @return what that needs
  static MemorySegment block() throws Throwable {
    MemorySegment before = BEFORE.get();
    change(BLOCK, FOREIGN.address(), before.address());
    return before;
  }

  /// Lets signals come as before [#block]; those that came since arrive now.
  static void restore(MemorySegment before) throws Throwable {
    change(SET, before.address(), 0);
  }

  private static void change(long how, long set, long before) throws Throwable {
    int status = (int) SIGPROCMASK.invokeExact(how, set, before);
    if (status != 0) {
      throw new AssertionError("sigprocmask failed");
    }
  }

  private static MethodHandle sigprocmask() {
    Linker linker = Linker.nativeLinker();
    // An int as a long: both take a register on Linux, and this signature is one of oneDNN's,
    // linked once.
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow("sigprocmask"),
        FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG));
  }

  private static MemorySegment foreign() {
    MemorySegment set = Arena.global().allocate(SET_BYTES, Long.BYTES);
    set.fill((byte) -1);
    long first = -1;
    for (int own : new int[] {ILLEGAL_INSTRUCTION, TRAP, BUS_ERROR, ARITHMETIC, SEGMENTATION}) {
      first &= ~(1L << own - 1);
    }
    set.set(JAVA_LONG, 0, first);
    return set;
  }
}
