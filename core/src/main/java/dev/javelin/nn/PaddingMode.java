package dev.javelin.nn;

import java.util.Locale;

/// What lies around an input.
public enum PaddingMode {
  /// Zeros.
  ZEROS,
  /// The input mirrored at its edge, which is not repeated.
  REFLECT,
  /// The edge again and again.
  REPLICATE,
  /// The input from its other end.
  CIRCULAR;

  /// The place in the input that lies at `place`, which may be outside, of a dimension of a size.
  long source(long place, long size) {
    return switch (this) {
      case ZEROS -> throw new IllegalStateException("zeros come from nowhere");
      case REFLECT -> place < 0 ? -place : place < size ? place : 2 * (size - 1) - place;
      case REPLICATE -> Math.clamp(place, 0, size - 1);
      case CIRCULAR -> Math.floorMod(place, size);
    };
  }

  /// How far it reaches at most, for a dimension of a size.
  long limit(long size) {
    return switch (this) {
      case ZEROS -> Long.MAX_VALUE;
      case REPLICATE -> size == 0 ? 0 : Long.MAX_VALUE;
      case REFLECT -> Math.max(0, size - 1);
      case CIRCULAR -> size;
    };
  }

  /// PyTorch's name.
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
