package dev.javelin.opencl;

import dev.javelin.backend.HostMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Copies between host and device. What is small goes through a ring of native memory, so that the caller need not wait for the
/// device; what is large and native goes directly; what is on the heap goes in pieces.
///
/// Writing is guarded by the session's monitor. The ring's places are counted on and on: those below `done` have been copied.
final class Staging {
  private static final long RING = 8L << 20;
  private static final long PIECE = 1L << 20;

  private final Session session;

  /// Made by the first write.
  private MemorySegment ring;

  private long used;
  private long done;

  Staging(Session session) {
    this.session = session;
  }

  /// Everything written so far.
  long mark() {
    return used;
  }

  /// What was written up to a mark has been copied to the device.
  void finished(long mark) {
    done = Math.max(done, mark);
  }

  void write(long buffer, long offset, MemorySegment source) {
    HostMemory.checkReadable(source);
    long bytes = source.byteSize();
    if (source.isNative() && bytes > PIECE) {
      check(
          session.driver().write(session.queue(), buffer, true, offset, bytes, source.address()),
          "writing " + bytes + " bytes");
      finished(used);
      return;
    }
    for (long at = 0; at < bytes; at += PIECE) {
      writePiece(buffer, offset + at, source.asSlice(at, Math.min(PIECE, bytes - at)));
    }
  }

  private void writePiece(long buffer, long offset, MemorySegment piece) {
    long bytes = piece.byteSize();
    long at = place(bytes);
    MemorySegment.copy(piece, 0, ring, at, bytes);
    check(
        session.driver().write(session.queue(), buffer, false, offset, bytes, ring.address() + at),
        "writing " + bytes + " bytes");
  }

  /// Where in the ring there is room for so many bytes, in one piece.
  private long place(long bytes) {
    if (ring == null) {
      ring = Arena.global().allocate(RING, 64);
    }
    long rounded = bytes + 63 & -64L;
    long at = used % RING;
    if (at + rounded > RING) {
      used += RING - at;
      at = 0;
    }
    if (used + rounded - done > RING) {
      session.finish();
    }
    used += rounded;
    return at;
  }

  /// Reads, without the session's monitor.
  void read(long buffer, long offset, MemorySegment target) {
    HostMemory.checkWritable(target);
    long bytes = target.byteSize();
    if (target.isNative()) {
      if (bytes > 0) {
        readPiece(buffer, offset, target);
      }
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment piece = arena.allocate(Math.min(PIECE, bytes), 64);
      for (long at = 0; at < bytes; at += PIECE) {
        MemorySegment part = piece.asSlice(0, Math.min(PIECE, bytes - at));
        readPiece(buffer, offset + at, part);
        MemorySegment.copy(part, 0, target, at, part.byteSize());
      }
    }
  }

  private void readPiece(long buffer, long offset, MemorySegment target) {
    long bytes = target.byteSize();
    check(
        session.driver().read(session.queue(), buffer, true, offset, bytes, target.address()),
        "reading " + bytes + " bytes");
  }

  private void check(int status, String doing) {
    session.check(status, doing);
  }
}
