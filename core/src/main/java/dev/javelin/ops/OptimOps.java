package dev.javelin.ops;

import dev.javelin.Tensor;
import java.util.ArrayList;
import java.util.List;

/// Optimiser steps: each updates all its parameters and their state in one kernel.
public final class OptimOps {
  private OptimOps() {}

  /// Stochastic gradient descent as in `torch.optim.SGD`. Inputs: the learning rate, then for each parameter the parameter, its
  /// gradient, and its momentum buffer if there is momentum.
  ///
  /// @param count how many parameters
  /// @param momentum the momentum factor
  /// @param dampening how much of the gradient does not enter the buffer
  /// @param weightDecay the L2 penalty
  /// @param nesterov whether to look ahead
  /// @param first whether the buffers are still to be filled
  /// @return the op
  public static OpDef sgd(
      int count,
      double momentum,
      double dampening,
      double weightDecay,
      boolean nesterov,
      boolean first) {
    boolean buffers = momentum != 0;
    int stride = buffers ? 3 : 2;
    int[] targets = new int[count * (stride - 1)];
    for (int i = 0; i < count; i++) {
      targets[i * (stride - 1)] = 1 + i * stride;
      if (buffers) {
        targets[i * 2 + 1] = 1 + i * 3 + 2;
      }
    }
    return Composite.update(
        "sgd_step",
        List.of(count, momentum, dampening, weightDecay, nesterov, first),
        targets,
        in -> {
          List<Tensor> updated = new ArrayList<>();
          for (int i = 0; i < count; i++) {
            Tensor p = in[1 + i * stride];
            Tensor g = in[2 + i * stride];
            Tensor slope = weightDecay != 0 ? g.add(p.mul(weightDecay)) : g;
            Tensor step = slope;
            if (buffers) {
              Tensor buffer = in[3 + i * stride];
              Tensor next = first ? slope : buffer.mul(momentum).add(slope.mul(1 - dampening));
              step = nesterov ? slope.add(next.mul(momentum)) : next;
              updated.add(p.sub(step.mul(in[0])));
              updated.add(next);
            } else {
              updated.add(p.sub(step.mul(in[0])));
            }
          }
          return updated.toArray(new Tensor[0]);
        });
  }

  /// Adam and AdamW as in `torch.optim` (Kingma and Ba, arXiv 1412.6980; Loshchilov and Hutter, arXiv 1711.05101). Inputs: the
  /// learning rate, `lr / (1 - beta1^t)`, `sqrt(1 - beta2^t)`, then for each parameter the parameter, its gradient, and the
  /// running means of the gradient and of its square.
  ///
  /// @param count how many parameters
  /// @param beta1 the decay of the mean of the gradient
  /// @param beta2 the decay of the mean of its square
  /// @param eps added to the denominator
  /// @param weightDecay the penalty
  /// @param decoupled whether the penalty acts on the parameter (AdamW) rather than on the gradient
  /// @return the op
  public static OpDef adam(
      int count, double beta1, double beta2, double eps, double weightDecay, boolean decoupled) {
    int[] targets = new int[3 * count];
    for (int i = 0; i < count; i++) {
      targets[3 * i] = 3 + 4 * i;
      targets[3 * i + 1] = 5 + 4 * i;
      targets[3 * i + 2] = 6 + 4 * i;
    }
    return Composite.update(
        "adam_step",
        List.of(count, beta1, beta2, eps, weightDecay, decoupled),
        targets,
        in -> {
          Tensor[] updated = new Tensor[3 * count];
          // lr / c1 * m / (sqrt(v) / c2 + eps), with one division an element: both sides of the
          // fraction times c2.
          Tensor rate = in[1].mul(in[2]);
          Tensor smallest = in[2].mul(eps);
          for (int i = 0; i < count; i++) {
            Tensor p = in[3 + 4 * i];
            Tensor g = in[4 + 4 * i];
            if (weightDecay != 0) {
              if (decoupled) {
                // In this order, since numbers among themselves are computed in float32.
                p = p.sub(p.mul(weightDecay).mul(in[0]));
              } else {
                g = g.add(p.mul(weightDecay));
              }
            }
            Tensor mean = in[5 + 4 * i];
            Tensor square = in[6 + 4 * i];
            mean = mean.add(g.sub(mean).mul(1 - beta1));
            square = square.mul(beta2).add(g.mul(g).mul(1 - beta2));
            updated[3 * i] = p.sub(mean.mul(rate).div(square.sqrt().add(smallest)));
            updated[3 * i + 1] = mean;
            updated[3 * i + 2] = square;
          }
          return updated;
        });
  }
}
