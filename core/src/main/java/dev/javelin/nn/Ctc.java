package dev.javelin.nn;

import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import java.util.ArrayList;
import java.util.List;

/// The forward recursion of connectionist temporal classification (Graves et al., 2006), made of ops, so that the backward one is its
/// gradient.
final class Ctc {
  /// A loss from here on is that of a target that cannot be spelt.
  static final double IMPOSSIBLE = 1e20;

  /// The logarithm of a probability of 0; infinity would make gradients NaN.
  private static final double NEVER = -1e25;

  private Ctc() {}

  /// One loss for each sample, `[n]`.
  static Tensor losses(
      Tensor logProbs, Tensor targets, Tensor inputLengths, Tensor targetLengths, int blank) {
    Tensor x = logProbs.dim() == 2 ? logProbs.unsqueeze(1) : logProbs; // [t, n, c]
    int steps = Math.toIntExact(x.size(0));
    long n = x.size(1);
    long[] lengths = targetLengths.reshape(-1).toLongArray();
    long[] ends = inputLengths.reshape(-1).toLongArray();
    check(x, targets, ends, lengths, blank);
    int longest = 0;
    for (long length : lengths) {
      longest = Math.max(longest, Math.toIntExact(length));
    }
    long[] labels = labels(targets, lengths, longest, blank);
    int places = 2 * longest + 1; // blanks between the labels and around them
    Tensor spelt = Tensor.of(labels, n, places).to(x.device());
    // A label can follow the one before it without a blank between, if they differ.
    double[] skip = new double[labels.length];
    double[] begin = new double[labels.length];
    double[] end = new double[labels.length];
    for (int i = 0; i < labels.length; i++) {
      int place = i % places;
      long length = lengths[i / places];
      boolean jumps = place > 1 && place % 2 == 1 && labels[i] != labels[i - 2];
      skip[i] = jumps ? 0 : NEVER;
      begin[i] = place == 0 || place == 1 && length > 0 ? 0 : NEVER;
      end[i] = place == 2 * length || place == 2 * length - 1 ? 0 : NEVER;
    }
    Tensor alpha = like(begin, n, places, x).add(x.select(0, 0).gather(1, spelt));
    Tensor jump = like(skip, n, places, x);
    Tensor start = Tensor.full(Shape.of(n, 1), NEVER, x.dtype(), x.device());
    Tensor open = Tensor.of(ends).unsqueeze(1).to(x.device()); // [n, 1]
    for (int t = 1; t < steps; t++) {
      Tensor one = places < 2 ? null : before(alpha, start, 1);
      Tensor two = places < 3 ? null : before(one, start, 1).add(jump);
      Tensor all = one == null ? alpha : alpha.logaddexp(one);
      all = two == null ? all : all.logaddexp(two);
      Tensor next = all.add(x.select(0, t).gather(1, spelt));
      alpha = Tensor.where(open.gt(t), next, alpha);
    }
    return alpha.add(like(end, n, places, x)).logsumexp(1, false).neg();
  }

  /// Each row moved to the right.
  private static Tensor before(Tensor rows, Tensor start, long by) {
    return Tensor.cat(List.of(start, rows.narrow(1, 0, rows.size(1) - by)), 1);
  }

  private static Tensor like(double[] values, long n, long places, Tensor x) {
    return Tensor.of(values, n, places).to(x.device()).to(x.dtype());
  }

  /// Blanks, and the labels between them, `[n, places]`.
  private static long[] labels(Tensor targets, long[] lengths, int longest, int blank) {
    long[] given = targets.reshape(-1).toLongArray();
    int places = 2 * longest + 1;
    long[] labels = new long[lengths.length * places];
    int from = 0;
    for (int i = 0; i < lengths.length; i++) {
      int row = targets.dim() == 2 ? Math.toIntExact(i * targets.size(1)) : from;
      for (int k = 0; k < places; k++) {
        boolean label = k % 2 == 1 && k < 2 * lengths[i];
        labels[i * places + k] = label ? given[row + k / 2] : blank;
      }
      from += (int) lengths[i];
    }
    return labels;
  }

  private static void check(Tensor x, Tensor targets, long[] ends, long[] lengths, int blank) {
    List<String> errors = new ArrayList<>();
    if (x.dim() != 3) {
      throw Repr.mismatch("log-probabilities (t, n, c) or (t, c)", x);
    }
    if (ends.length != x.size(1) || lengths.length != x.size(1)) {
      errors.add("%s input and target lengths".formatted(x.size(1)));
    }
    if (blank < 0 || blank >= x.size(2)) {
      errors.add("a blank from 0 to %s, got %s".formatted(x.size(2) - 1, blank));
    }
    long sum = 0;
    for (int i = 0; i < Math.min(ends.length, lengths.length); i++) {
      if (ends[i] < 1 || ends[i] > x.size(0)) {
        errors.add("input lengths from 1 to %s, got %s".formatted(x.size(0), ends[i]));
      }
      if (lengths[i] < 0 || targets.dim() == 2 && lengths[i] > targets.size(1)) {
        errors.add("target lengths that fit the targets, got " + lengths[i]);
      }
      sum += lengths[i];
    }
    if (targets.dtype() != DType.INT64 || targets.dim() == 1 && sum != targets.numel()) {
      errors.add(
          "int64 targets of %s labels, got %s %s"
              .formatted(sum, targets.dtype(), Repr.tuple(targets.shape())));
    }
    if (!errors.isEmpty()) {
      throw new IllegalArgumentException("ctc_loss: expected " + String.join("; ", errors));
    }
  }
}
