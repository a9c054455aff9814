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
    return weight == null ? Tensor.call(op, rows, classes) : Tensor.call(op, rows, classes, weight);
  }

  private static Tensor classesLast(Tensor input) {
    int rank = input.dim();
    return input.permute(
        IntStream.range(0, rank).map(i -> i == 0 ? 0 : i == rank - 1 ? 1 : i + 1).toArray());
  }

  private static void check(Tensor input, Tensor target) {
    if (target.dtype() != DType.INT64 && target.dtype() != DType.INT32) {
      throw new IllegalArgumentException(
          "expected a target of int64 class indices, got " + target.dtype());
    }
    if (input.dim() == 0) {
      throw Repr.mismatch("an input of at least one dimension", input);
    }
    Shape expected = input.shape().drop(input.dim() == 1 ? 0 : 1);
    if (target.shape().equals(expected)) {
      return;
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
    return switch (reduction) {
      case NONE -> losses;
      case SUM -> losses.sum();
      // Over the samples, not by the weights: so PyTorch does it for probabilities.
      case MEAN -> losses.mean();
    };
  }
}
