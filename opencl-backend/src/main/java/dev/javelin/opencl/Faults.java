package dev.javelin.opencl;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The record in which kernels note a bad index: on an asynchronous device it shows when the host next waits.
///
/// Guarded by the session's monitor.
final class Faults {
  /// 1 if there is something to report, the index, the size it must be below, 0.
  private static final int WORDS = 4;

  private static final int BYTES = WORDS * Long.BYTES;

  private final Session session;
  private final MemorySegment words = Arena.global().allocate(BYTES, Long.BYTES);

  /// Made when a kernel first needs it.
  private ClBuffer record;

  private boolean suspected;

  Faults(Session session) {
    this.session = session;
  }

  /// The device's record.
  long handle() {
    if (record == null) {
      record = session.allocate(BYTES);
      clear();
    }
    return record.handle();
  }

  /// A kernel was launched that may write the record.
  void suspect() {
    suspected = true;
  }

  /// Whether one was launched since the last report.
  boolean suspected() {
    return suspected;
  }

  /// Reads the record and throws if something is in it.
  void report() {
    if (!suspected) {
      // Another thread was faster.
      return;
    }
    suspected = false;
    int status = session.driver().read(session.queue(), handle(), true, 0, BYTES, words.address());
    session.check(status, "reading the record of faults");
    if (words.getAtIndex(ValueLayout.JAVA_LONG, 0) != 0) {
      long index = words.getAtIndex(ValueLayout.JAVA_LONG, 1);
      long size = words.getAtIndex(ValueLayout.JAVA_LONG, 2);
      clear();
      throw new IndexOutOfBoundsException(
          "index " + index + " is out of bounds for a dimension of size " + size);
    }
  }

  private void clear() {
    words.fill((byte) 0);
    int status =
        session.driver().write(session.queue(), record.handle(), true, 0, BYTES, words.address());
    session.check(status, "clearing the record of faults");
  }
}
