package dev.javelin.engine;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import dev.javelin.ops.OpDef.Pointwise;
import java.util.Arrays;

/// The one place that decides result types and broadcast shapes, by PyTorch's rules.
final class Promotion {
  private Promotion() {}

  /// The type operands are computed in, and the type of the result.
  record Types(DType compute, DType result) {}

  /// PyTorch's `result_type`: tensors with dimensions decide, then scalars that are tensors, then numbers; a lower category only
  /// matters when it is of a higher kind.
  static DType common(Value[] operands, int from) {
    DType dimensioned = null;
    DType scalar = null;
    DType number = null;
    for (int i = from; i < operands.length; i++) {
      Layout layout = operands[i].layout;
      if (layout.isNumber()) {
        DType type = layout.dtype() == DType.FLOAT64 ? DType.FLOAT32 : layout.dtype();
        number = number == null ? type : DType.promote(number, type);
      } else if (layout.shape().rank() == 0) {
        scalar = scalar == null ? layout.dtype() : DType.promote(scalar, layout.dtype());
      } else {
        dimensioned =
            dimensioned == null ? layout.dtype() : DType.promote(dimensioned, layout.dtype());
      }
    }
    return combine(dimensioned, combine(scalar, number));
  }

  private static DType combine(DType higher, DType lower) {
    if (higher == null || lower == null) {
      return higher == null ? lower : higher;
    }
    if (higher.isFloatingPoint()) {
      return higher;
    }
    return higher == DType.BOOL || lower.isFloatingPoint() ? DType.promote(higher, lower) : higher;
  }

  static Types of(Pointwise op, Value[] operands) {
    return switch (op.typing()) {
      case PROMOTE -> same(common(operands, 0));
      case FLOAT -> {
        DType type = common(operands, 0);
        yield same(type.isFloatingPoint() ? type : DType.FLOAT32);
      }
      case PREDICATE -> new Types(common(operands, 0), DType.BOOL);
      case LOGICAL -> new Types(DType.BOOL, DType.BOOL);
      case INTEGER -> {
        DType type = common(operands, 0);
        if (type.isFloatingPoint()) {
          throw new IllegalArgumentException(
              op.name() + ": expected integer or bool tensors, got " + type);
        }
        yield same(type);
      }
      case SELECTION -> {
        if (operands[0].dtype() != DType.BOOL) {
          throw new IllegalArgumentException(
              op.name() + ": expected a bool condition, got " + operands[0].dtype());
        }
        yield same(common(operands, 1));
      }
      case SECOND ->
          same(operands[1].layout.isNumber() ? operands[0].dtype() : operands[1].dtype());
    };
  }

  private static Types same(DType type) {
    return new Types(type, type);
  }

  /// The shape operands broadcast to: aligned at the last dimension, sizes of 1 repeat.
  static Shape broadcast(String op, Value[] operands) {
    int rank = 0;
    for (Value operand : operands) {
      rank = Math.max(rank, operand.shape().rank());
    }
    long[] sizes = new long[rank];
    Arrays.fill(sizes, 1);
    for (Value operand : operands) {
      Shape shape = operand.shape();
      for (int axis = 0; axis < shape.rank(); axis++) {
        int at = axis + rank - shape.rank();
        long size = shape.size(axis);
        if (sizes[at] == 1) {
          sizes[at] = size;
        } else if (size != 1 && size != sizes[at]) {
          throw new IllegalArgumentException(mismatch(op, operands, at, sizes[at], size));
        }
      }
    }
    return Shape.of(sizes);
  }

  private static String mismatch(String op, Value[] operands, int axis, long one, long other) {
    StringBuilder shapes = new StringBuilder();
    for (Value operand : operands) {
      if (!operand.layout.isNumber()) {
        shapes.append(shapes.isEmpty() ? "" : " and ").append(operand.shape());
      }
    }
    return "%s: the shapes %s do not broadcast: sizes %s and %s at dimension %s must be equal, or one of them 1"
        .formatted(op, shapes, one, other, axis);
  }
}
