package dev.javelin.engine;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Where the temporaries of a sequence of kernels lie in one block: those that are not needed at the same time share memory.
///
/// Largest first, each at the lowest place that is free during its whole life.
final class MemoryPlan {
  private static final long ALIGNMENT = 64;

  private final List<Piece> pieces = new ArrayList<>();
  private final List<Piece> placed = new ArrayList<>();

  private static final class Piece {
    final long bytes;
    final int first;
    final int last;
    long offset;

    Piece(long bytes, int first, int last) {
      this.bytes = bytes + ALIGNMENT - 1 & -ALIGNMENT;
      this.first = first;
      this.last = last;
    }

    boolean meets(Piece other) {
      return first <= other.last && other.first <= last;
    }
  }

  /// A temporary.
  ///
  /// @param bytes its size
  /// @param first the kernel that writes it first
  /// @param last the last kernel that uses it
  void add(long bytes, int first, int last) {
    pieces.add(new Piece(bytes, first, last));
  }

  /// The byte each temporary begins at, in the order they were added.
  long[] offsets() {
    List<Piece> largestFirst = new ArrayList<>(pieces);
    largestFirst.sort(Comparator.comparingLong((Piece piece) -> -piece.bytes));
    for (Piece piece : largestFirst) {
      place(piece);
    }
    return pieces.stream().mapToLong(piece -> piece.offset).toArray();
  }

  private void place(Piece piece) {
    long at = 0;
    for (Piece other : placed) { // by offset
      if (piece.meets(other)) {
        if (at + piece.bytes <= other.offset) {
          break;
        }
        at = Math.max(at, other.offset + other.bytes);
      }
    }
    piece.offset = at;
    int index = 0;
    while (index < placed.size() && placed.get(index).offset <= at) {
      index++;
    }
    placed.add(index, piece);
  }

  /// The size of the block. Call after [#offsets].
  long bytes() {
    return pieces.stream().mapToLong(piece -> piece.offset + piece.bytes).max().orElse(0);
  }

  /// The most bytes that are needed at one time: no plan can be smaller.
  long floor() {
    int kernels = pieces.stream().mapToInt(piece -> piece.last + 1).max().orElse(0);
    long most = 0;
    for (int i = 0; i < kernels; i++) {
      int now = i;
      most =
          Math.max(
              most,
              pieces.stream()
                  .filter(piece -> piece.first <= now && now <= piece.last)
                  .mapToLong(piece -> piece.bytes)
                  .sum());
    }
    return most;
  }
}
