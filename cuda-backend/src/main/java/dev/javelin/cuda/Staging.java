package dev.javelin.cuda;

import dev.javelin.backend.HostMemory;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import jcuda.driver.CUevent;

/// Copies between host and device, all through pinned memory, which the device copies from and to by itself.
///
/// What is written goes through a ring of pieces, so that the caller waits neither for the copy nor for the kernels before it: a
/// piece is used again when the device has come past the event behind its last copy, and the ring grows before anyone waits.
final class Staging {
  private static final int PIECE = 1 << 20;
  private static final int MOST_PIECES = 64;
  private static final long ALIGNMENT = 64;

  /// A part of the ring.
  private static final class Piece {
    final MemorySegment memory;

    /// Recorded behind the last copy out of the piece.
    final CUevent copied;

    Piece(MemorySegment memory, CUevent copied) {
      this.memory = memory;
      this.copied = copied;
    }
  }

  private final Session session;
  private final List<Piece> ring = new ArrayList<>();

  /// The piece that is being filled.
  private int current;

  private long used;

  /// Reads share two pieces, of which the device fills one while the other is copied from; guarded by itself, so that a reader that
  /// waits keeps no one from launching.
  private final Object readLock = new Object();

  private final List<Piece> readPieces = new ArrayList<>();

  Staging(Session session) {
    this.session = session;
  }

  /// Copies to the device, behind everything queued; under the session's monitor.
  void write(long to, MemorySegment source) {
    HostMemory.checkReadable(source);
    long bytes = source.byteSize();
    for (long at = 0; at < bytes; at += PIECE) {
      long size = Math.min(PIECE, bytes - at);
      MemorySegment place = place(size);
      place.copyFrom(source.asSlice(at, size));
      session.check(
          session.driver().write(session.compute(), to + at, place.address(), size),
          "writing " + size + " bytes");
    }
  }

  /// Room for so many bytes, which nobody reads any more.
  private MemorySegment place(long bytes) {
    if (ring.isEmpty()) {
      ring.add(piece());
    }
    if (used + bytes > PIECE) {
      session.check(
          session.driver().record(ring.get(current).copied, session.compute()),
          "marking the end of a copy");
      advance();
      used = 0;
    }
    long at = used;
    used = at + bytes + ALIGNMENT - 1 & -ALIGNMENT;
    return ring.get(current).memory.asSlice(at, bytes);
  }

  private void advance() {
    int next = (current + 1) % ring.size();
    CUevent copied = ring.get(next).copied;
    if (session.isPast(copied)) {
      current = next;
    } else if (ring.size() < MOST_PIECES) {
      ring.add(current + 1, piece());
      current++;
    } else {
      session.check(session.driver().waitFor(copied), "waiting for a copy");
      current = next;
    }
  }

  private Piece piece() {
    return new Piece(session.pinned(PIECE), session.event());
  }

  /// Copies to the host, behind everything queued; without the session's monitor.
  void read(long from, MemorySegment target) {
    HostMemory.checkWritable(target);
    long bytes = target.byteSize();
    if (bytes == 0) {
      return;
    }
    synchronized (readLock) {
      session.enter();
      fetch(from, bytes, 0);
      for (long at = 0; at < bytes; at += PIECE) {
        int status;
        if (at + PIECE < bytes) {
          fetch(from, bytes, at + PIECE);
          status = session.driver().waitFor(piece(at).copied);
        } else {
          status = session.driver().synchronize(session.compute());
        }
        long size = Math.min(PIECE, bytes - at);
        session.check(status, "reading " + size + " bytes");
        MemorySegment.copy(piece(at).memory, 0, target, at, size);
      }
    }
  }

  /// Lets the device fill the piece for the part of a read that begins at a byte.
  private void fetch(long from, long bytes, long at) {
    long size = Math.min(PIECE, bytes - at);
    Piece piece = piece(at);
    int status = session.driver().read(session.compute(), piece.memory.address(), from + at, size);
    session.check(status, "reading " + size + " bytes");
    if (at + PIECE < bytes) {
      session.check(
          session.driver().record(piece.copied, session.compute()), "marking the end of a copy");
    }
  }

  /// The piece for the part of a read that begins at a byte.
  private Piece piece(long at) {
    int number = (int) (at / PIECE % 2);
    while (readPieces.size() <= number) {
      readPieces.add(piece());
    }
    return readPieces.get(number);
  }
}
