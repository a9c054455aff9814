package dev.javelin;

import dev.javelin.kernels.DType;
import java.util.ArrayList;
import java.util.List;

/// One item between the brackets of PyTorch's `x[...]`, for [Tensor#get(Index...)] and [Tensor#indexPut_(Tensor, Index...)].
///
/// `x[1:, ::2, ..., None]` is `x.get(Index.from(1), Index.every(2), Index.ELLIPSIS, Index.NEW_AXIS)`, or `x.get("1:, ::2, ..., None")`.
/// Integers and ranges give views; masks and index tensors give copies.
public sealed interface Index {
  /// As many whole dimensions as are left: `...`.
  Index ELLIPSIS = Mark.ELLIPSIS;

  /// A new dimension of size 1: `None`.
  Index NEW_AXIS = Mark.NEW_AXIS;

  /// What needs no arguments.
  enum Mark implements Index {
    /// See [Index#ELLIPSIS].
    ELLIPSIS,
    /// See [Index#NEW_AXIS].
    NEW_AXIS
  }

  /// One index; the dimension goes away.
  ///
  /// @param position the index; negative counts from the end
  record At(long position) implements Index {}

  /// A range of indices.
  ///
  /// @param start the first; negative counts from the end
  /// @param end the end, not reached; negative counts from the end, beyond the end means the end
  /// @param step the distance, above 0
  record Range(long start, long end, long step) implements Index {
    /// Checks the step.
    public Range {
      if (step <= 0) {
        throw new IllegalArgumentException(
            "index: expected a step above 0, got " + step + "; use flip to go backwards");
      }
    }
  }

  /// A tensor of indices for one dimension, or a mask for as many dimensions as it has.
  ///
  /// @param tensor int64, int32 or bool
  record Places(Tensor tensor) implements Index {
    /// Checks the dtype.
    public Places {
      DType dtype = tensor.dtype();
      if (dtype != DType.INT64 && dtype != DType.INT32 && dtype != DType.BOOL) {
        throw new IllegalArgumentException(
            "index: expected index tensors of int64, int32 or bool, got " + dtype);
      }
    }
  }

  /// One index: `x[i]`.
  ///
  /// @param position the index; negative counts from the end
  /// @return the item
  static Index at(long position) {
    return new At(position);
  }

  /// The whole dimension: `:`.
  ///
  /// @return the item
  static Index all() {
    return slice(0, Long.MAX_VALUE, 1);
  }

  /// `start:`.
  ///
  /// @param start the first index
  /// @return the item
  static Index from(long start) {
    return slice(start, Long.MAX_VALUE, 1);
  }

  /// `:end`.
  ///
  /// @param end the end, not reached
  /// @return the item
  static Index to(long end) {
    return slice(0, end, 1);
  }

  /// `::step`.
  ///
  /// @param step the distance, above 0
  /// @return the item
  static Index every(long step) {
    return slice(0, Long.MAX_VALUE, step);
  }

  /// `start:end`.
  ///
  /// @param start the first index
  /// @param end the end, not reached
  /// @return the item
  static Index slice(long start, long end) {
    return slice(start, end, 1);
  }

  /// `start:end:step`.
  ///
  /// @param start the first index
  /// @param end the end, not reached
  /// @param step the distance, above 0
  /// @return the item
  static Index slice(long start, long end, long step) {
    return new Range(start, end, step);
  }

  /// Indices, or a mask.
  ///
  /// @param tensor int64 or int32 for one dimension, bool for as many dimensions as it has
  /// @return the item
  static Index of(Tensor tensor) {
    return new Places(tensor);
  }

  /// Indices, on the CPU.
  ///
  /// @param positions the indices; negative ones count from the end
  /// @return the item
  static Index of(long... positions) {
    return new Places(Tensor.of(positions));
  }

  /// Reads what PyTorch has between the brackets: integers, ranges, `...` and `None`, with commas between.
  ///
  /// @param text such as `1:, ::2, ..., None, -1`
  /// @return the items
  static Index[] parse(String text) {
    List<Index> items = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      String item = part.strip();
      items.add(
          switch (item) {
            case "..." -> ELLIPSIS;
            case "None" -> NEW_AXIS;
            default -> item.contains(":") ? range(text, item) : at(number(text, item));
          });
    }
    return items.toArray(Index[]::new);
  }

  private static Index range(String text, String item) {
    String[] parts = item.split(":", -1);
    if (parts.length > 3) {
      throw new IllegalArgumentException(
          "index: expected at most start:end:step, got '" + item + "' in '" + text + "'");
    }
    long start = parts[0].isBlank() ? 0 : number(text, parts[0].strip());
    long end = parts[1].isBlank() ? Long.MAX_VALUE : number(text, parts[1].strip());
    boolean whole = parts.length < 3 || parts[2].isBlank();
    return slice(start, end, whole ? 1 : number(text, parts[2].strip()));
  }

  private static long number(String text, String item) {
    try {
      return Long.parseLong(item);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "index: expected integers, ranges, '...' or 'None', got '" + item + "' in '" + text + "'",
          e);
    }
  }
}
