package dev.javelin.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicReferenceArray;

/// A piece of temporary native memory, lent from a small pool.
///
/// Use: `Scratch s = Scratch.borrow(); try { long address = s.reserve(bytes); ... } finally { s.giveBack(); }`. One
/// piece belongs to one thread at a time. The pool keeps as many pieces as there are threads and a few more, and none
/// that has become very large.
final class Scratch {
  private static final long KEEP = 64L << 20;
  private static final AtomicReferenceArray<Scratch> POOL =
      new AtomicReferenceArray<>(2 * Workers.threads() + 2);

  private Arena arena;
  private long address;
  private long capacity;

  private Scratch() {}

  /// Takes a piece out of the pool.
  static Scratch borrow() {
    for (int i = 0; i < POOL.length(); i++) {
      // A look first: an exchange of nothing for nothing still costs a locked instruction.
      if (POOL.getPlain(i) != null) {
        Scratch scratch = POOL.getAndSet(i, null);
        if (scratch != null) {
          return scratch;
        }
      }
    }
    return new Scratch();
  }

  /// Makes room; what was in this piece before is lost.
  ///
  /// @param bytes how much
  /// @return the address of the room, 64-byte aligned, contents undefined
  long reserve(long bytes) {
    if (bytes > capacity) {
      free();
      // A quarter more, so that sizes that creep up do not allocate each time.
      long size = bytes + bytes / 4 + 4096;
      // Shared, because another thread may borrow and grow this piece later.
      arena = Arena.ofShared();
      MemorySegment memory = arena.allocate(size, 64);
      address = memory.address();
      capacity = size;
    }
    return address;
  }

  /// Rounds a size up so that what follows it is aligned as well.
  static long aligned(long bytes) {
    return (bytes + 63) & -64;
  }

  /// Returns this piece to the pool.
  void giveBack() {
    if (capacity <= KEEP) {
      for (int i = 0; i < POOL.length(); i++) {
        if (POOL.getPlain(i) == null && POOL.compareAndSet(i, null, this)) {
          return;
        }
      }
    }
    free();
  }

  private void free() {
    if (arena != null) {
      arena.close();
      arena = null;
      address = 0;
      capacity = 0;
    }
  }
}
