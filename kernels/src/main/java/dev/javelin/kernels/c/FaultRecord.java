package dev.javelin.kernels.c;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// What kernels write to [Arg.Fault], as the host reads it.
public final class FaultRecord {
  /// The size of the record: four int64 words.
  public static final int BYTES = 4 * Long.BYTES;

  private FaultRecord() {}

  /// Reports a fault and clears the record.
  ///
  /// @param record the record's words, in host memory
  /// @param clear writes the cleared words back to the device
  /// @throws IndexOutOfBoundsException if a kernel met a bad index
  public static void report(MemorySegment record, Runnable clear) {
    if (record.getAtIndex(ValueLayout.JAVA_LONG, 0) == 0) {
      return;
    }
    long index = record.getAtIndex(ValueLayout.JAVA_LONG, 1);
    long size = record.getAtIndex(ValueLayout.JAVA_LONG, 2);
    record.fill((byte) 0);
    clear.run();
    throw new IndexOutOfBoundsException(
        "index " + index + " is out of bounds for a dimension of size " + size);
  }
}
