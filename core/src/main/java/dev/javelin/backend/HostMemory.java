package dev.javelin.backend;

import java.lang.foreign.MemorySegment;

/// Checks of host memory whose address is handed to native code: a raw address is not guarded as a segment is.
public final class HostMemory {
  private HostMemory() {}

  /// Makes sure that memory can be copied from.
  ///
  /// @param source what is copied
  /// @throws IllegalStateException if it was freed or belongs to another thread
  public static void checkReadable(MemorySegment source) {
    if (!source.scope().isAlive() || !source.isAccessibleBy(Thread.currentThread())) {
      throw new IllegalStateException("the host's memory was freed, or belongs to another thread");
    }
  }

  /// Makes sure that memory can be copied to.
  ///
  /// @param target what is filled
  /// @throws IllegalStateException if it was freed or belongs to another thread
  /// @throws IllegalArgumentException if it is read only
  public static void checkWritable(MemorySegment target) {
    checkReadable(target);
    if (target.isReadOnly()) {
      throw new IllegalArgumentException("memory that is read only cannot be read into");
    }
  }
}
