package dev.javelin.backend;

import java.lang.foreign.MemorySegment;

/// Memory of a device.
public interface DeviceBuffer {
  /// Its size.
  ///
  /// @return the number of bytes
  long bytes();

  /// Copies from host memory; returns when `source` may be changed again.
  ///
  /// @param offset where to begin in this buffer, in bytes
  /// @param source what to copy, whole
  void write(long offset, MemorySegment source);

  /// Copies to host memory, after everything launched before has finished.
  ///
  /// @param offset where to begin in this buffer, in bytes
  /// @param target where to copy to, filled whole
  void read(long offset, MemorySegment target);

  /// Gives the memory back to the system. The buffer must not be used again.
  void free();
}
