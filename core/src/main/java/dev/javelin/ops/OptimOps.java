package dev.javelin.ops;

import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import java.util.ArrayList;
import java.util.List;

/// Optimiser steps: each updates all its parameters and their state in one kernel.
public final class OptimOps {
  private OptimOps() {}

  /// Stochastic gradient descent as in `torch.optim.SGD`. Inputs: the learning rate, the momentum factor if there is momentum, then for
  /// each parameter the parameter, its gradient, and its momentum buffer if there is momentum.
  ///
  /// @param count how many parameters
  /// @param buffers whether there is momentum
  /// @param dampening how much of the gradient does not enter the buffer
  /// @param weightDecay the L2 penalty
  /// @param nesterov whether to look ahead
  /// @param maximize whether to climb instead of descend
  /// @param first whether the buffers are still to be filled
  /// @return the op
  public static OpDef sgd(
      int count,
      boolean buffers,
      double dampening,
      double weightDecay,
      boolean nesterov,
      boolean maximize,
      boolean first) {
    int stride = buffers ? 3 : 2;
    int numbers = buffers ? 2 : 1;
    return Composite.update(
        "sgd_step",
        List.of(count, buffers, dampening, weightDecay, nesterov, maximize, first),
        allButGradients(count, stride, numbers),
        in -> {
          List<Tensor> updated = new ArrayList<>();
          for (int at = numbers; at < in.length; at += stride) {
            Tensor p = in[at];
            Tensor slope = slope(in[at + 1], p, weightDecay, maximize);
            Tensor step = slope;
            if (buffers) {
              Tensor buffer = in[at + 2];
              Tensor next = first ? slope : buffer.mul(in[1]).add(slope.mul(1 - dampening));
              step = nesterov ? slope.add(next.mul(in[1])) : next;
              updated.add(p.sub(step.mul(in[0])));
              updated.add(next);
            } else {
              updated.add(p.sub(step.mul(in[0])));
            }
          }
          return updated.toArray(new Tensor[0]);
        });
  }

  /// The gradient to descend by, with the L2 penalty.
  private static Tensor slope(Tensor gradient, Tensor p, double weightDecay, boolean maximize) {
    Tensor g = maximize ? gradient.neg() : gradient;
    return weightDecay != 0 ? g.add(p.mul(weightDecay)) : g;
  }

  /// Adam and AdamW as in `torch.optim` (Kingma and Ba, arXiv 1412.6980; Loshchilov and Hutter, arXiv 1711.05101). Inputs: the
  /// learning rate, `lr / (1 - beta1^t)`, `sqrt(1 - beta2^t)`, `1 - beta1`, then for each parameter the parameter, its gradient, the
  /// running means of the gradient (beta1 is its decay) and of its square, and the largest such mean so far if amsgrad (Reddi et al.,
  /// arXiv 1904.09237).
  ///
  /// @param count how many parameters
  /// @param beta2 the decay of the mean of its square
  /// @param eps added to the denominator
  /// @param weightDecay the penalty
  /// @param decoupled whether the penalty acts on the parameter (AdamW) rather than on the gradient
  /// @param amsgrad whether the largest mean of squares takes the place of the mean
  /// @param maximize whether to climb instead of descend
  /// @return the op
  public static OpDef adam(
      int count,
      double beta2,
      double eps,
      double weightDecay,
      boolean decoupled,
      boolean amsgrad,
      boolean maximize) {
    int stride = amsgrad ? 5 : 4;
    return Composite.update(
        "adam_step",
        List.of(count, beta2, eps, weightDecay, decoupled, amsgrad, maximize),
        allButGradients(count, stride, 4),
        in -> {
          List<Tensor> updated = new ArrayList<>();
          // lr / c1 * m / (sqrt(v) / c2 + eps), with one division an element: both sides of the
          // fraction times c2.
          Tensor rate = in[1].mul(in[2]);
          Tensor smallest = in[2].mul(eps);
          for (int at = 4; at < in.length; at += stride) {
            Tensor p = in[at];
            Tensor g = slope(in[at + 1], p, decoupled ? 0 : weightDecay, maximize);
            if (decoupled && weightDecay != 0) {
              // In this order, since numbers among themselves are computed in float32.
              p = p.sub(p.mul(weightDecay).mul(in[0]));
            }
            Tensor mean = in[at + 2];
            Tensor square = in[at + 3];
            mean = mean.add(g.sub(mean).mul(in[3]));
            square = square.mul(beta2).add(g.mul(g).mul(1 - beta2));
            Tensor largest = amsgrad ? in[at + 4].maximum(square) : square;
            updated.add(p.sub(mean.mul(rate).div(largest.sqrt().add(smallest))));
            updated.add(mean);
            updated.add(square);
            if (amsgrad) {
              updated.add(largest);
            }
          }
          return updated.toArray(new Tensor[0]);
        });
  }

  /// Divides gradients by the factor that the loss was multiplied by, in place, as PyTorch's
  /// `_amp_foreach_non_finite_check_and_unscale_`. Inputs: the factor's inverse, then the gradients.
  ///
  /// @param count how many gradients
  /// @return the op; its last output, `[]`, is how many elements were infinite or not a number
  public static OpDef unscale(int count) {
    int[] targets = new int[count + 1];
    for (int i = 0; i < count; i++) {
      targets[i] = i + 1;
    }
    targets[count] = -1;
    return Composite.update(
        "amp_non_finite_check_and_unscale",
        List.of(count),
        targets,
        in -> {
          Tensor[] results = new Tensor[count + 1];
          for (int i = 0; i < count; i++) {
            Tensor gradient = in[i + 1];
            results[i] = gradient.mul(in[0]);
            // Not below infinity: infinite, or not a number.
            Tensor broken = gradient.abs().lt(Double.POSITIVE_INFINITY).logicalNot();
            Tensor found = broken.to(DType.FLOAT32).sum();
            results[count] = i == 0 ? found : results[count].add(found);
          }
          return results;
        });
  }

  /// For updates whose inputs are some numbers, then for each parameter the parameter, its gradient and its state: which inputs the
  /// results are written into, all but the gradients.
  private static int[] allButGradients(int count, int stride, int numbers) {
    int[] targets = new int[count * (stride - 1)];
    for (int i = 0; i < targets.length; i++) {
      int part = i % (stride - 1);
      targets[i] = numbers + i / (stride - 1) * stride + (part == 0 ? 0 : part + 1);
    }
    return targets;
  }

  /// RMSprop as in `torch.optim.RMSprop` (Hinton, lecture 6e, 2012; centred: Graves, arXiv 1308.0850). Inputs: the learning rate,
  /// the momentum factor if there is momentum, then for each parameter the parameter, its gradient, the running mean of its square, the
  /// momentum buffer if there is momentum, and the running mean of the gradient if centred.
  ///
  /// @param count how many parameters
  /// @param alpha the decay of the means
  /// @param eps added to the denominator
  /// @param weightDecay the L2 penalty
  /// @param buffers whether there is momentum
  /// @param centered whether the square of the mean gradient is taken off
  /// @param maximize whether to climb instead of descend
  /// @return the op
  public static OpDef rmsprop(
      int count,
      double alpha,
      double eps,
      double weightDecay,
      boolean buffers,
      boolean centered,
      boolean maximize) {
    int stride = 3 + (buffers ? 1 : 0) + (centered ? 1 : 0);
    int numbers = buffers ? 2 : 1;
    return Composite.update(
        "rmsprop_step",
        List.of(count, alpha, eps, weightDecay, buffers, centered, maximize),
        allButGradients(count, stride, numbers),
        in -> {
          List<Tensor> updated = new ArrayList<>();
          for (int at = numbers; at < in.length; at += stride) {
            Tensor g = slope(in[at + 1], in[at], weightDecay, maximize);
            Tensor square = in[at + 2].mul(alpha).add(g.mul(g).mul(1 - alpha));
            Tensor spread = square;
            Tensor mean = null;
            if (centered) {
              mean = in[at + stride - 1];
              mean = mean.add(g.sub(mean).mul(1 - alpha));
              spread = square.sub(mean.mul(mean));
            }
            Tensor step = g.div(spread.sqrt().add(eps));
            step = buffers ? in[at + 3].mul(in[1]).add(step) : step;
            updated.add(in[at].sub(step.mul(in[0])));
            updated.add(square);
            if (buffers) {
              updated.add(step);
            }
            if (centered) {
              updated.add(mean);
            }
          }
          return updated.toArray(new Tensor[0]);
        });
  }

  /// Adagrad as in `torch.optim.Adagrad` (Duchi et al., 2011). Inputs: the learning rate of this step, then for each parameter the
  /// parameter, its gradient, and the sum of its squares.
  ///
  /// @param count how many parameters
  /// @param eps added to the denominator
  /// @param weightDecay the L2 penalty
  /// @param maximize whether to climb instead of descend
  /// @return the op
  public static OpDef adagrad(int count, double eps, double weightDecay, boolean maximize) {
    return Composite.update(
        "adagrad_step",
        List.of(count, eps, weightDecay, maximize),
        allButGradients(count, 3, 1),
        in -> {
          List<Tensor> updated = new ArrayList<>();
          for (int at = 1; at < in.length; at += 3) {
            Tensor g = slope(in[at + 1], in[at], weightDecay, maximize);
            Tensor sum = in[at + 2].add(g.mul(g));
            updated.add(in[at].sub(g.mul(in[0]).div(sum.sqrt().add(eps))));
            updated.add(sum);
          }
          return updated.toArray(new Tensor[0]);
        });
  }

  /// Adadelta as in `torch.optim.Adadelta` (Zeiler, arXiv 1212.5701). Inputs: the learning rate, then for each parameter the parameter,
  /// its gradient, and the running means of its square and of the squared steps.
  ///
  /// @param count how many parameters
  /// @param rho the decay of the means
  /// @param eps added to the means
  /// @param weightDecay the L2 penalty
  /// @param maximize whether to climb instead of descend
  /// @return the op
  public static OpDef adadelta(
      int count, double rho, double eps, double weightDecay, boolean maximize) {
    return Composite.update(
        "adadelta_step",
        List.of(count, rho, eps, weightDecay, maximize),
        allButGradients(count, 4, 1),
        in -> {
          List<Tensor> updated = new ArrayList<>();
          for (int at = 1; at < in.length; at += 4) {
            Tensor g = slope(in[at + 1], in[at], weightDecay, maximize);
            Tensor square = in[at + 2].mul(rho).add(g.mul(g).mul(1 - rho));
            Tensor step = in[at + 3].add(eps).sqrt().div(square.add(eps).sqrt()).mul(g);
            updated.add(in[at].sub(step.mul(in[0])));
            updated.add(square);
            updated.add(in[at + 3].mul(rho).add(step.mul(step).mul(1 - rho)));
          }
          return updated.toArray(new Tensor[0]);
        });
  }

  /// Adamax as in `torch.optim.Adamax` (Kingma and Ba, arXiv 1412.6980, section 7.1). Inputs: `lr / (1 - beta1^t)`, then for each
  /// parameter the parameter, its gradient, its running mean, and the largest gradient so far, which decays.
  ///
  /// @param count how many parameters
  /// @param beta1 the decay of the mean
  /// @param beta2 the decay of the largest
  /// @param eps added to the size of the gradient
  /// @param weightDecay the L2 penalty
  /// @param maximize whether to climb instead of descend
  /// @return the op
  public static OpDef adamax(
      int count, double beta1, double beta2, double eps, double weightDecay, boolean maximize) {
    return Composite.update(
        "adamax_step",
        List.of(count, beta1, beta2, eps, weightDecay, maximize),
        allButGradients(count, 4, 1),
        in -> {
          List<Tensor> updated = new ArrayList<>();
          for (int at = 1; at < in.length; at += 4) {
            Tensor g = slope(in[at + 1], in[at], weightDecay, maximize);
            Tensor mean = in[at + 2].mul(beta1).add(g.mul(1 - beta1));
            Tensor largest = in[at + 3].mul(beta2).maximum(g.abs().add(eps));
            updated.add(in[at].sub(mean.mul(in[0]).div(largest)));
            updated.add(mean);
            updated.add(largest);
          }
          return updated.toArray(new Tensor[0]);
        });
  }

  /// RAdam as in `torch.optim.RAdam` (Liu et al., arXiv 1908.03265). Inputs: the rate with all corrections, then for each parameter the
  /// parameter, its gradient, and the running means of the gradient and of its square.
  ///
  /// @param count how many parameters
  /// @param beta1 the decay of the mean of the gradient
  /// @param beta2 the decay of the mean of its square
  /// @param eps added to the denominator
  /// @param weightDecay the L2 penalty
  /// @param divides whether the mean of squares can be relied on
  /// @return the op
  public static OpDef radam(
      int count, double beta1, double beta2, double eps, double weightDecay, boolean divides) {
    return Composite.update(
        "radam_step",
        List.of(count, beta1, beta2, eps, weightDecay, divides),
        allButGradients(count, 4, 1),
        in -> {
          List<Tensor> updated = new ArrayList<>();
          for (int at = 1; at < in.length; at += 4) {
            Tensor g = slope(in[at + 1], in[at], weightDecay, false);
            Tensor mean = in[at + 2].mul(beta1).add(g.mul(1 - beta1));
            Tensor square = in[at + 3].mul(beta2).add(g.mul(g).mul(1 - beta2));
            Tensor step = mean.mul(in[0]);
            updated.add(in[at].sub(divides ? step.div(square.sqrt().add(eps)) : step));
            updated.add(mean);
            updated.add(square);
          }
          return updated.toArray(new Tensor[0]);
        });
  }
}
