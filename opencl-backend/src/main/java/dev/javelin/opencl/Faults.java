package dev.javelin.opencl;

import dev.javelin.kernels.c.FaultRecord;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// The record in which kernels note a bad index: on an asynchronous device it shows when the host next waits.
///
/// Guarded by the session's monitor.
final class Faults {
  private final Session session;
  private final MemorySegment words = Arena.global().allocate(FaultRecord.BYTES, Long.BYTES);

  /// Made when a kernel first needs it.
  private ClBuffer record;

  private boolean suspected;

  Faults(Session session) {
    this.session = session;
  }

  /// The device's record.
  long handle() {
    if (record == null) {
      record = session.allocate(FaultRecord.BYTES);
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
    int status =
        session
            .driver()
            .read(session.queue(), handle(), true, 0, FaultRecord.BYTES, words.address());
    session.check(status, "reading the record of faults");
    FaultRecord.report(words, this::clear);
  }

  private void clear() {
    int status =
        session
            .driver()
            .write(session.queue(), record.handle(), true, 0, FaultRecord.BYTES, words.address());
    session.check(status, "clearing the record of faults");
  }
}
