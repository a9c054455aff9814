package dev.javelin.autograd;

import dev.javelin.Javelin;
import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import java.util.ArrayList;
import java.util.List;

/// Compares gradients with differences: `torch.autograd.gradcheck`.
public final class GradCheck {
  private static final double STEP = 1e-6;
  private static final double ABSOLUTE = 1e-5;
  private static final double RELATIVE = 1e-3;

  private GradCheck() {}

  /// Checks every element of the Jacobian: central differences of step 1e-6, within 1e-5 + 0.1 %.
  ///
  /// @param function what to check
  /// @param inputs where; gradients of those that require one are checked, which must be float64
  /// @throws IllegalArgumentException if no input requires a gradient, or one that does is not float64
  /// @throws IllegalStateException if a gradient is wrong: which, and by how much
  public static void check(
      java.util.function.Function<List<Tensor>, Tensor> function, Tensor... inputs) {
    List<Tensor> leaves = new ArrayList<>();
    for (Tensor input : inputs) {
      if (input.requiresGrad() && input.dtype() != DType.FLOAT64) {
        throw new IllegalArgumentException(
            "gradcheck expects float64 inputs, for differences need their digits; got "
                + input.dtype());
      }
      leaves.add(input.detach().clone().requiresGrad_(input.requiresGrad()));
    }
    List<Tensor> wanted = leaves.stream().filter(Tensor::requiresGrad).toList();
    if (wanted.isEmpty()) {
      throw new IllegalArgumentException(
          "gradcheck expects at least one input tensor to require gradient, but none of them does");
    }
    long outputs = function.apply(leaves).numel();
    for (long k = 0; k < outputs; k++) {
      List<Tensor> gradients = element(function, leaves, k).gradOf(wanted, false);
      for (int i = 0; i < wanted.size(); i++) {
        compare(function, leaves, wanted.get(i), gradients.get(i), i, k);
      }
    }
  }

  private static Tensor element(
      java.util.function.Function<List<Tensor>, Tensor> function, List<Tensor> leaves, long k) {
    return function.apply(leaves).reshape(-1).narrow(0, k, 1).sum();
  }

  private static void compare(
      java.util.function.Function<List<Tensor>, Tensor> function,
      List<Tensor> leaves,
      Tensor leaf,
      Tensor gradient,
      int input,
      long output) {
    double[] slopes = gradient == null ? new double[(int) leaf.numel()] : gradient.toDoubleArray();
    for (int i = 0; i < slopes.length; i++) {
      Tensor place = leaf.detach().reshape(-1).narrow(0, i, 1);
      place.add_(STEP);
      double up = Javelin.noGrad(() -> element(function, leaves, output)).item();
      place.sub_(2 * STEP);
      double down = Javelin.noGrad(() -> element(function, leaves, output)).item();
      place.add_(STEP);
      double numeric = (up - down) / (2 * STEP);
      if (!(Math.abs(slopes[i] - numeric) <= ABSOLUTE + RELATIVE * Math.abs(numeric))) {
        throw new IllegalStateException(
            "Jacobian mismatch for output %s with respect to input %s, element %s: numerical %s, analytical %s"
                .formatted(output, input, i, numeric, slopes[i]));
      }
    }
  }
}
