package dev.javelin.nn;

import dev.javelin.Javelin;
import dev.javelin.Tensor;
import java.util.ArrayList;
import java.util.List;

/// `torch.nn.utils`: what is done to gradients between `backward` and the optimiser's step, parameters as vectors, sequences as
/// tensors.
public final class Utils {
  private Utils() {}

  /// Scales all gradients so that their Euclidean norm, as one vector, is at most a bound. Nothing waits for the device.
  ///
  /// @param parameters whose gradients; those without one are passed over
  /// @param maxNorm the bound
  /// @return the norm before, a scalar
  public static Tensor clipGradNorm_(List<? extends Tensor> parameters, double maxNorm) {
    return clipGradNorm_(parameters, maxNorm, 2, false);
  }

  /// Scales all gradients so that their norm, as one vector, is at most a bound: times `maxNorm / (norm + 1e-6)` where that is below 1.
  ///
  /// @param parameters whose gradients; those without one are passed over
  /// @param maxNorm the bound
  /// @param normType p of the p-norm; infinite for the largest absolute value
  /// @param errorIfNonfinite whether a norm that is infinite or not a number is an error; asking waits for the device
  /// @return the norm before, a scalar
  /// @throws IllegalStateException if the norm is not finite and that is to be an error; no gradient has changed
  public static Tensor clipGradNorm_(
      List<? extends Tensor> parameters,
      double maxNorm,
      double normType,
      boolean errorIfNonfinite) {
    List<Tensor> gradients = gradients(parameters);
    return Javelin.noGrad(
        () -> {
          Tensor total = norm(gradients, normType);
          if (errorIfNonfinite && !Double.isFinite(total.item())) {
            throw new IllegalStateException(
                ("The total norm of order %s for gradients from `parameters` is non-finite, so it"
                        + " cannot be clipped. To disable this error and scale the gradients by the"
                        + " non-finite norm anyway, set errorIfNonfinite to false")
                    .formatted(Repr.of(normType)));
          }
          Tensor factor = total.add(1e-6).reciprocal().mul(maxNorm).clampMax(1.0);
          for (Tensor gradient : gradients) {
            gradient.mul_(factor.to(gradient.device()).to(gradient.dtype()));
          }
          return total;
        });
  }

  /// The norm of all gradients as one vector, a scalar on the device of the first.
  private static Tensor norm(List<Tensor> gradients, double p) {
    if (gradients.isEmpty()) {
      return Tensor.scalar(0);
    }
    List<Tensor> parts = new ArrayList<>();
    for (Tensor gradient : gradients) {
      Tensor size = p == 2 ? gradient.square() : gradient.abs();
      Tensor part =
          Double.isInfinite(p) ? size.max() : p == 1 || p == 2 ? size.sum() : size.pow(p).sum();
      parts.add(part.to(gradients.getFirst().device()).to(gradients.getFirst().dtype()));
    }
    Tensor all = Tensor.stack(parts, 0);
    return Double.isInfinite(p) ? all.max() : p == 2 ? all.sum().sqrt() : all.sum().pow(1 / p);
  }

  /// Limits every element of every gradient.
  ///
  /// @param parameters whose gradients; those without one are passed over
  /// @param clipValue the largest absolute value
  public static void clipGradValue_(List<? extends Tensor> parameters, double clipValue) {
    List<Tensor> gradients = gradients(parameters);
    Javelin.noGrad(
        () -> gradients.forEach(gradient -> gradient.copy_(gradient.clamp(-clipValue, clipValue))));
  }

  private static List<Tensor> gradients(List<? extends Tensor> parameters) {
    List<Tensor> gradients = new ArrayList<>();
    for (Tensor parameter : parameters) {
      if (parameter.grad() != null) {
        gradients.add(parameter.grad());
      }
    }
    return gradients;
  }

  /// All parameters as one vector.
  ///
  /// @param parameters the parameters
  /// @return their elements one after the other, with their history
  public static Tensor parametersToVector(List<? extends Tensor> parameters) {
    return Tensor.cat(parameters.stream().map(Tensor::flatten).toList(), 0);
  }

  /// Gives parameters the elements of a vector, in place.
  ///
  /// @param vector as many elements as all parameters have
  /// @param parameters the parameters
  public static void vectorToParameters(Tensor vector, List<? extends Tensor> parameters) {
    long expected = parameters.stream().mapToLong(Tensor::numel).sum();
    if (vector.dim() != 1 || vector.numel() != expected) {
      throw Repr.mismatch("a vector (%s)".formatted(expected), vector);
    }
    Javelin.noGrad(
        () -> {
          long from = 0;
          for (Tensor parameter : parameters) {
            Tensor part = vector.narrow(0, from, parameter.numel());
            parameter.copy_(part.reshape(parameter.shape()));
            from += parameter.numel();
          }
        });
  }

  /// Sequences of several lengths as one tensor, the shorter ones filled up at the end.
  ///
  /// @param sequences `[l, ...]` each, equal but for l
  /// @param batchFirst whether the result is `[n, l, ...]` rather than `[l, n, ...]`
  /// @param value what the shorter ones are filled up with
  /// @return the tensor
  public static Tensor padSequence(List<Tensor> sequences, boolean batchFirst, double value) {
    long longest = sequences.stream().mapToLong(sequence -> sequence.size(0)).max().orElse(0);
    List<Tensor> padded =
        sequences.stream()
            .map(
                sequence -> {
                  long[] amounts = new long[2 * sequence.dim()];
                  amounts[amounts.length - 1] = longest - sequence.size(0);
                  return Functional.pad(sequence, value, amounts);
                })
            .toList();
    return Tensor.stack(padded, batchFirst ? 0 : 1);
  }
}
