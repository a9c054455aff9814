package dev.javelin.cpu;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Locale;

/// Where the memory of buffers comes from: `malloc`, and on Linux for large blocks `mmap` with huge
/// pages.
///
/// Not an `Arena`: that clears what it gives (we do not need it), counts against the limit of
/// direct memory (the size of the heap, which has nothing to do with tensors), and takes 55 us to
/// close because it must stop every thread. Huge pages halve the cost of touching 64 MB for the
/// first time and divide that of giving it back by 17.
final class NativeMemory {
  /// Blocks from this size on are mapped.
  private static final long LARGE = 4L << 20;

  private static final long HUGE_PAGE = 2L << 20;

  /// A multiple of every page size in use.
  private static final long PAGE = 64L << 10;

  private static final long ALIGNMENT = 64;

  private static final long READ_WRITE = 3;
  private static final long PRIVATE_ANONYMOUS = 0x22;
  private static final long ADVISE_HUGE_PAGES = 14;

  private static final MethodHandle MALLOC;
  private static final MethodHandle FREE;

  /// Null where blocks are not mapped.
  private static final MethodHandle MMAP;

  private static final MethodHandle MUNMAP;
  private static final MethodHandle MADVISE;

  static {
    ValueLayout.OfLong word = ValueLayout.JAVA_LONG;
    ValueLayout.OfInt status = ValueLayout.JAVA_INT;
    MALLOC = function("malloc", FunctionDescriptor.of(word, word));
    FREE = function("free", FunctionDescriptor.ofVoid(word));
    String os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    if (os.startsWith("linux")) {
      // Ints as longs: where Linux runs both take a register, and signatures that oneDNN's
      // functions have are linked once.
      MMAP = function("mmap", FunctionDescriptor.of(word, word, word, word, word, word, word));
      MUNMAP = function("munmap", FunctionDescriptor.of(status, word, word));
      MADVISE = function("madvise", FunctionDescriptor.of(status, word, word, word));
    } else {
      MMAP = null;
      MUNMAP = null;
      MADVISE = null;
    }
  }

  private NativeMemory() {}

  /// Allocates memory, 64-byte aligned, contents undefined.
  ///
  /// @param bytes how much, above 0
  /// @return its address, or 0 where the system refuses
  static long allocate(long bytes) {
    // Beyond what any machine addresses, and the sums below would overflow.
    if (bytes > 1L << 56) {
      return 0;
    }
    try {
      return MMAP != null && bytes >= LARGE ? map(bytes) : aligned(bytes);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /// Gives memory back.
  ///
  /// @param address what [#allocate] returned
  /// @param bytes what was asked for
  static void free(long address, long bytes) {
    try {
      if (MMAP != null && bytes >= LARGE) {
        unmap(address, roundUp(bytes, PAGE));
      } else {
        FREE.invokeExact(Memory.getLong(address - Long.BYTES));
      }
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /// The block begins at the next multiple of 64 that leaves room for the pointer that `free`
  /// needs.
  private static long aligned(long bytes) throws Throwable {
    long raw = (long) MALLOC.invokeExact(bytes + 2 * ALIGNMENT);
    if (raw == 0) {
      return 0;
    }
    long address = roundUp(raw + Long.BYTES, ALIGNMENT);
    Memory.putLong(address - Long.BYTES, raw);
    return address;
  }

  private static long map(long bytes) throws Throwable {
    long size = roundUp(bytes, PAGE);
    long raw =
        (long) MMAP.invokeExact(0L, size + HUGE_PAGE, READ_WRITE, PRIVATE_ANONYMOUS, -1L, 0L);
    if (raw == -1) {
      return 0;
    }
    // Only whole, aligned huge pages are used; what lies before and after goes back at once.
    long address = roundUp(raw, HUGE_PAGE);
    unmap(raw, address - raw);
    unmap(address + size, raw + HUGE_PAGE - address);
    // An advice: a system without huge pages refuses it and loses nothing.
    int _ = (int) MADVISE.invokeExact(address, size, ADVISE_HUGE_PAGES);
    return address;
  }

  private static void unmap(long address, long bytes) throws Throwable {
    if (bytes > 0) {
      int _ = (int) MUNMAP.invokeExact(address, bytes);
    }
  }

  private static long roundUp(long value, long powerOfTwo) {
    return value + powerOfTwo - 1 & -powerOfTwo;
  }

  private static MethodHandle function(String name, FunctionDescriptor type) {
    Linker linker = Linker.nativeLinker();
    SymbolLookup lookup = linker.defaultLookup();
    MemorySegment symbol =
        lookup
            .find(name)
            .orElseThrow(() -> new UnsatisfiedLinkError("the C library has no function " + name));
    return linker.downcallHandle(symbol, type);
  }
}
