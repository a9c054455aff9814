package dev.javelin.cuda;

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
  private CudaBuffer record;

  private boolean suspected;
  private int suspicions;

  Faults(Session session) {
    this.session = session;
  }

  /// Where the record is on the device.
  long address() {
    if (record == null) {
      record = session.allocate(FaultRecord.BYTES);
      clear();
    }
    return record.address();
  }

  /// A kernel was launched that may write the record.
  void suspect() {
    suspected = true;
    suspicions++;
  }

  /// How often one was launched.
  int suspicions() {
    return suspicions;
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
    session.staging().read(record.address(), words);
    FaultRecord.report(words, this::clear);
  }

  private void clear() {
    session.staging().write(record.address(), words);
  }
}
