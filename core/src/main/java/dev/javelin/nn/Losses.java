package dev.javelin.nn;

import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import dev.javelin.ops.OpDef;
import java.util.Arrays;
import java.util.stream.IntStream;

/// What the losses over classes share: shapes, and targets that are probabilities.
final class Losses {
  private Losses() {}

  /// A loss of `[n, c]` and `[n]`, for the other shapes PyTorch allows, too.
  static Tensor ofClasses(
      OpDef op, Tensor input, Tensor target, Tensor weight, Reduction reduction) {
    check(input, target);
    return switch (input.dim()) {
      case 1 -> {
        Tensor loss = call(op, input.unsqueeze(0), target.reshape(1), weight);
        yield reduction == Reduction.NONE ? loss.reshape(Shape.SCALAR) : loss;
      }
      case 2 -> call(op, input, target, weight);
      default -> {
        Tensor rows = classesLast(input).reshape(-1, input.size(1));
        Tensor loss = call(op, rows, target.reshape(-1), weight);
        yield reduction == Reduction.NONE ? loss.reshape(target.shape()) : loss;
      }
    };
  }

  private static Tensor call(OpDef op, Tensor rows, Tensor classes, Tensor weight) {
    try {
      return weight == null
          ? Tensor.call(op, rows, classes)
          : Tensor.call(op, rows, classes, weight);
    } catch (IndexOutOfBoundsException e) {
      throw new IllegalArgumentException(
          "a class index of the target is not one of the %s classes of the input, 0 to %s: %s"
              .formatted(rows.size(1), rows.size(1) - 1, e.getMessage()),
          e);
    }
  }

  private static Tensor classesLast(Tensor input) {
    int rank = input.dim();
    return input.permute(
        IntStream.range(0, rank).map(i -> i == 0 ? 0 : i == rank - 1 ? 1 : i + 1).toArray());
  }

  private static void check(Tensor input, Tensor target) {
    if (input.dim() == 0) {
      throw Repr.mismatch("an input of at least one dimension", input);
    }
    Shape expected = input.shape().drop(input.dim() == 1 ? 0 : 1);
    if (target.dtype() != DType.INT64) {
      throw new IllegalArgumentException(
          "expected a target of int64 class indices, got %s; convert it with toLong()"
              .formatted(target.dtype()));
    }
    if (target.shape().equals(expected)) {
      return;
    }
    if (target.shape().equals(input.shape())) {
      throw new IllegalArgumentException(
          "expected class indices of shape %s, got %s values of the input's shape %s; if they are one-hot, use argmax(1)%s"
              .formatted(
                  Repr.tuple(expected),
                  target.dtype(),
                  Repr.tuple(target.shape()),
                  " for indices or toFloat() for probabilities"));
    }
    if (target.dim() == expected.rank() + 1 && target.squeeze(-1).shape().equals(expected)) {
      throw new IllegalArgumentException(
          "expected class indices of shape %s, got %s; drop the last dimension with squeeze(-1)"
              .formatted(Repr.tuple(expected), Repr.tuple(target.shape())));
    }
    if (input.dim() == 2 && target.dim() == 1) {
      throw new IllegalArgumentException(
          "Expected input batch_size (%s) to match target batch_size (%s)."
              .formatted(input.size(0), target.size(0)));
    }
    throw Repr.mismatch(
        "a target of shape %s for the input of shape %s"
            .formatted(Repr.tuple(expected), Repr.tuple(input.shape())),
        target);
  }

  static Tensor ofProbabilities(
      Tensor input, Tensor target, Tensor weight, Reduction reduction, double smoothing) {
    if (input.dim() > 0 && target.dim() == input.dim() - 1) {
      throw new IllegalArgumentException(
          "expected int64 class indices, or probabilities of the input's shape %s, got %s %s; convert class indices with toLong()"
              .formatted(Repr.tuple(input.shape()), target.dtype(), Repr.tuple(target.shape())));
    }
    if (!input.shape().equals(target.shape())) {
      throw Repr.mismatch(
          "probabilities of the shape of the input, " + Repr.tuple(input.shape()), target);
    }
    int dim = input.dim() == 1 ? 0 : 1;
    long classes = input.size(dim);
    Tensor wanted = smoothing > 0 ? target.mul(1 - smoothing).add(smoothing / classes) : target;
    Tensor each = input.logSoftmax(dim).mul(wanted);
    if (weight != null) {
      long[] sizes = new long[input.dim() - dim];
      Arrays.fill(sizes, 1);
      sizes[0] = classes;
      each = each.mul(weight.reshape(sizes));
    }
    Tensor losses = each.sum(dim).neg();
    return switch (reduction.op()) {
      case NONE -> losses;
      case SUM -> losses.sum();
      // Over the samples, not by the weights: so PyTorch does it for probabilities.
      case MEAN -> losses.mean();
    };
  }

  /// Fails if the target is not as yes and no need it.
  static void checkBinary(String loss, Tensor input, Tensor target) {
    if (!input.shape().equals(target.shape())) {
      String hint =
          input.dim() == target.dim() + 1 && input.size(-1) == 1
              ? "; drop the input's last dimension with squeeze(-1)"
              : "";
      throw new IllegalArgumentException(
          "%s: expected a target of the input's shape %s, got %s%s"
              .formatted(loss, Repr.tuple(input.shape()), Repr.tuple(target.shape()), hint));
    }
    if (!target.dtype().isFloatingPoint()) {
      throw new IllegalArgumentException(
          "%s: expected a floating-point target, got %s; convert it with toFloat()"
              .formatted(loss, target.dtype()));
    }
  }
}
