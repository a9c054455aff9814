package dev.javelin.cpu;

/// Where an executor keeps what in its [Frame]: hands out memory and places for values while a
/// kernel is compiled.
final class Layout {
  /// Between two registers. Registers a multiple of 4096 bytes apart would share the same few lines
  /// of the cache, and a load just after a store with the same low address bits is delayed.
  private static final long GAP = 192;

  private long bytes;
  private int values;

  /// Sets memory aside.
  ///
  /// @param size how many bytes; what follows them may be overwritten by up to a vector
  /// @return the distance from the frame's memory
  long memory(long size) {
    long at = bytes;
    bytes += (size + 63 & -64) + GAP;
    return at;
  }

  /// Sets places for values aside.
  ///
  /// @return the first
  int values(int count) {
    int first = values;
    values += count;
    return first;
  }

  long bytes() {
    return bytes;
  }

  int values() {
    return values;
  }
}
