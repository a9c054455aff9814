package dev.javelin.ops;

import dev.javelin.Tensor;
import dev.javelin.engine.Engine;
import dev.javelin.ops.NeuralOps.LossReduction;
import java.util.List;
import java.util.Locale;

/// Losses of two tensors, each one region whose gradient follows from its body.
public final class LossOps {
  private static final double SMALLEST_LOG = -100; // PyTorch's bound in binary cross entropy

  private static final double EXACT_FROM = 40; // from where on log(1 + e^x) rounds to x

  private LossOps() {}

  /// Losses that compare element by element.
  public enum Elementwise {
    /// `|x - y|`.
    L1,
    /// `d^2 / (2 p)` where `d = |x - y|` is below p, else `d - p / 2`; L1 for p = 0.
    SMOOTH_L1,
    /// `d^2 / 2` where `d = |x - y|` is at most p, else `p (d - p / 2)`.
    HUBER,
    /// Binary cross entropy of logits: `(1 - y) x + w log(1 + e^-x)` with `w = 1 + (p - 1) y`; p is input 2 if there is one.
    BINARY_CROSS_ENTROPY_WITH_LOGITS,
    /// `y (log y - x)`, 0 where y is 0.
    KL_DIV,
    /// `e^y (y - x)`.
    KL_DIV_LOG_TARGET,
    /// `e^x - y x`: of counts, but for a term of y alone; x is the logarithm of the rate.
    POISSON_NLL_LOSS,
    /// `x - y log(x + p)`, where x is the rate itself.
    POISSON_NLL_LOSS_OF_RATES,
    /// `(log v + (x - y)^2 / v) / 2`, where v, input 2, is at least p.
    GAUSSIAN_NLL_LOSS,
    /// `log(1 + e^(-y x))`.
    SOFT_MARGIN_LOSS,
    /// x where y is 1, `max(0, p - x)` where it is -1.
    HINGE_EMBEDDING_LOSS,
    /// `max(0, p - t (x - y))`, where t, input 2, is 1 or -1.
    MARGIN_RANKING_LOSS;

    /// PyTorch's name.
    String op() {
      return switch (this) {
        case KL_DIV_LOG_TARGET -> "kl_div";
        case POISSON_NLL_LOSS_OF_RATES -> "poisson_nll_loss";
        default -> name().toLowerCase(Locale.ROOT);
      };
    }
  }

  /// A loss that compares element by element. Inputs x, y, a tensor the kind takes (if `third`), and a factor of each element (if
  /// `weighted`), all broadcast.
  ///
  /// @param kind which loss
  /// @param parameter the kind's parameter p, unused by some
  /// @param reduction how the elements become one
  /// @param third whether input 2 is the kind's own
  /// @param weighted whether the last input is a factor
  /// @return the op
  public static OpDef elementwise(
      Elementwise kind,
      double parameter,
      LossReduction reduction,
      boolean third,
      boolean weighted) {
    int inputs = 2 + (third ? 1 : 0) + (weighted ? 1 : 0);
    return Composite.derived(
        kind.op(),
        List.of(kind, parameter, reduction, third, weighted),
        inputs,
        in -> {
          Tensor each = each(kind, parameter, in[0], in[1], third ? in[2] : null);
          return reduced(weighted ? each.mul(in[inputs - 1]) : each, reduction);
        });
  }

  private static Tensor each(Elementwise kind, double p, Tensor x, Tensor y, Tensor third) {
    return switch (kind) {
      case L1 -> x.sub(y).abs();
      case SMOOTH_L1 -> {
        Tensor d = x.sub(y).abs();
        yield p == 0 ? d : Tensor.where(d.lt(p), d.mul(d).mul(0.5 / p), d.sub(p / 2));
      }
      case HUBER -> {
        Tensor d = x.sub(y).abs();
        yield Tensor.where(d.le(p), d.mul(d).mul(0.5), d.sub(p / 2).mul(p));
      }
      case BINARY_CROSS_ENTROPY_WITH_LOGITS -> {
        Tensor tail = Tensor.call(PointwiseOps.SOFTPLUS, x.neg(), number(1), number(EXACT_FROM));
        Tensor factor = third == null ? null : third.sub(1).mul(y).add(1);
        yield y.neg().add(1).mul(x).add(factor == null ? tail : tail.mul(factor));
      }
      case KL_DIV -> {
        Tensor positive = y.gt(0);
        Tensor log = Tensor.where(positive, y, 1).log();
        yield Tensor.where(positive, y.mul(log), 0).sub(y.mul(x));
      }
      case KL_DIV_LOG_TARGET -> y.exp().mul(y.sub(x));
      case POISSON_NLL_LOSS -> x.exp().sub(y.mul(x));
      case POISSON_NLL_LOSS_OF_RATES -> x.sub(y.mul(x.add(p).log()));
      case GAUSSIAN_NLL_LOSS -> {
        Tensor v = third.clampMin(p);
        yield v.log().add(x.sub(y).square().div(v)).mul(0.5);
      }
      case SOFT_MARGIN_LOSS ->
          Tensor.call(PointwiseOps.SOFTPLUS, x.mul(y).neg(), number(1), number(EXACT_FROM));
      case HINGE_EMBEDDING_LOSS ->
          Tensor.where(y.ne(1), x.neg().add(p).relu(), 0).add(Tensor.where(y.ne(-1), x, 0));
      case MARGIN_RANKING_LOSS -> x.sub(y).mul(third).neg().add(p).relu();
    };
  }

  /// Binary cross entropy of probabilities: `-(y log x + (1 - y) log(1 - x))`, logarithms at least -100, the gradient's divisor at
  /// least 1e-12, as in PyTorch. Inputs x, y, and a factor of each element (if weighted).
  ///
  /// @param reduction how the elements become one
  /// @param weighted whether there is a factor
  /// @return the op
  public static OpDef binaryCrossEntropy(LossReduction reduction, boolean weighted) {
    return Composite.of(
        "binary_cross_entropy",
        List.of(reduction, weighted),
        in -> {
          Tensor each = in[1].mul(log(in[0])).add(rest(in[1]).mul(log(rest(in[0])))).neg();
          return reduced(weighted ? each.mul(in[2]) : each, reduction);
        },
        b ->
            Gradient.each(
                () -> {
                  Tensor x = b.in(0);
                  Tensor divisor = x.mul(rest(x)).clampMin(1e-12);
                  return share(b, reduction, weighted).mul(x.sub(b.in(1))).div(divisor);
                },
                () -> share(b, reduction, weighted).mul(log(rest(b.in(0))).sub(log(b.in(0))))));
  }

  private static Tensor log(Tensor x) {
    return x.log().clampMin(SMALLEST_LOG);
  }

  private static Tensor rest(Tensor x) {
    return x.neg().add(1);
  }

  /// What the loss's gradient is for each element, times its factor.
  private static Tensor share(Gradient.Backward b, LossReduction reduction, boolean weighted) {
    double n = reduction == LossReduction.MEAN ? b.in(0).numel() : 1;
    Tensor g = n == 1 ? b.g() : b.g().div(n);
    return weighted ? g.mul(b.in(2)) : g;
  }

  private static Tensor number(double value) {
    return (Tensor) Engine.number(value);
  }

  /// Cosine embedding: `1 - cos(x, y)` where the label is 1, `max(0, cos(x, y) - margin)` where it is -1. Inputs x, y `[n, d]`, labels
  /// `[n]`.
  ///
  /// @param margin from which likeness on different things are pushed apart
  /// @param reduction how the losses of the samples become one
  /// @return the op
  public static OpDef cosineEmbedding(double margin, LossReduction reduction) {
    return Composite.derived(
        "cosine_embedding_loss",
        List.of(margin, reduction),
        3,
        in -> {
          // As PyTorch: an epsilon in the squares rather than a bound on the norms.
          Tensor dot = in[0].mul(in[1]).sum(-1, false);
          Tensor first = in[0].mul(in[0]).sum(-1, false).add(1e-12);
          Tensor second = in[1].mul(in[1]).sum(-1, false).add(1e-12);
          Tensor cos = dot.div(first.mul(second).sqrt());
          Tensor alike = Tensor.where(in[2].eq(1), cos.neg().add(1), 0);
          return reduced(Tensor.where(in[2].eq(-1), cos.sub(margin).relu(), alike), reduction);
        });
  }

  /// Triplet margin: `max(0, d(a, p) - d(a, n) + margin)` with the distance `(sum |x - y + eps|^p)^(1/p)`. Inputs: anchors, positives,
  /// negatives, `[n, d]`.
  ///
  /// @param margin by how much the negative should be farther
  /// @param p which norm
  /// @param eps added to the differences
  /// @param swap whether the negative's distance is that to the positive, if that is less (Balntas et al., 2016)
  /// @param reduction how the losses of the samples become one
  /// @return the op
  public static OpDef tripletMargin(
      double margin, double p, double eps, boolean swap, LossReduction reduction) {
    return Composite.derived(
        "triplet_margin_loss",
        List.of(margin, p, eps, swap, reduction),
        3,
        in -> {
          Tensor near = distance(in[0], in[1], p, eps);
          Tensor far = distance(in[0], in[2], p, eps);
          far = swap ? far.minimum(distance(in[1], in[2], p, eps)) : far;
          return reduced(near.sub(far).add(margin).relu(), reduction);
        });
  }

  private static Tensor distance(Tensor x, Tensor y, double p, double eps) {
    Tensor d = x.sub(y).add(eps);
    if (p == 2) {
      return d.mul(d).sum(-1, false).sqrt();
    }
    Tensor size = d.abs();
    return p == 1 ? size.sum(-1, false) : size.pow(p).sum(-1, false).pow(1 / p);
  }

  /// Margin between the right class and the others: `sum over i != y of max(0, margin - x_y + x_i)^p / c`, times the weight of
  /// class y. Inputs x `[n, c]`, int64 classes y `[n]`, weights `[c]` (if weighted).
  ///
  /// @param p 1 or 2
  /// @param margin by how much the right class should be ahead
  /// @param weighted whether classes have weights
  /// @param reduction how the losses of the samples become one
  /// @return the op
  public static OpDef multiMargin(int p, double margin, boolean weighted, LossReduction reduction) {
    return Composite.derived(
        "multi_margin_loss",
        List.of(p, margin, weighted, reduction),
        weighted ? 3 : 2,
        in -> {
          long classes = in[0].size(1);
          Tensor right = in[1].unsqueeze(1); // [n, 1]
          Tensor behind = in[0].sub(in[0].gather(1, right)).add(margin).relu();
          Tensor each = p == 2 ? behind.square() : behind;
          Tensor others = Tensor.arange(classes, null).ne(right);
          Tensor losses = Tensor.where(others, each, 0).sum(1).div(classes);
          return reduced(weighted ? losses.mul(in[2].gather(0, in[1])) : losses, reduction);
        });
  }

  private static Tensor reduced(Tensor losses, LossReduction reduction) {
    return switch (reduction) {
      case NONE -> losses;
      case SUM -> losses.sum();
      case MEAN -> losses.mean();
    };
  }
}
