package dev.javelin.nn;

import dev.javelin.Parameter;
import dev.javelin.Tensor;
import dev.javelin.kernels.Shape;
import java.util.Locale;

/// Sums, means or maxima of rows of a table: `call(rows)` of int64 numbers `[n, s]`, or `call(rows, offsets)` of all bags one after
/// the other and where each begins, `[n]`; gives `[n, embeddingDim]`. An empty bag gives 0.
public final class EmbeddingBag extends Module {
  /// What is made of the rows of a bag.
  public enum Mode {
    /// Their sum.
    SUM,
    /// Their mean.
    MEAN,
    /// Their largest elements; for bags of one size only.
    MAX
  }

  /// The table, `[numEmbeddings, embeddingDim]`, at first normal.
  public Parameter weight;

  private final Mode mode;

  /// Means of rows.
  ///
  /// @param numEmbeddings how many rows the table has
  /// @param embeddingDim how long they are
  public EmbeddingBag(long numEmbeddings, long embeddingDim) {
    this(numEmbeddings, embeddingDim, Mode.MEAN);
  }

  /// A table.
  ///
  /// @param numEmbeddings how many rows the table has
  /// @param embeddingDim how long they are
  /// @param mode what is made of the rows of a bag
  public EmbeddingBag(long numEmbeddings, long embeddingDim, Mode mode) {
    this.weight = Init.normal_(new Parameter(Tensor.empty(numEmbeddings, embeddingDim)), 0, 1);
    this.mode = mode;
  }

  @Override
  protected Tensor forward(Tensor x) {
    if (x.dim() != 2) {
      throw Repr.mismatch("rows (n, s), or rows and offsets", x);
    }
    Tensor rows = Functional.embedding(x, weight, -1); // [n, s, d]
    return switch (mode) {
      case SUM -> rows.sum(1);
      case MEAN -> rows.mean(1);
      case MAX -> rows.max(1).values();
    };
  }

  @Override
  protected Tensor forward(Tensor x, Tensor offsets) {
    if (x.dim() != 1 || offsets.dim() != 1 || mode == Mode.MAX) {
      throw Repr.mismatch("rows (s) and offsets (n), and a sum or mean", x);
    }
    Tensor rows = Functional.embedding(x, weight, -1); // [s, d]
    Tensor bag = Tensor.arange(x.numel(), x.device()).bucketize(offsets, true).sub(1); // [s]
    Shape shape = Shape.of(offsets.numel(), weight.size(1));
    Tensor sums = Tensor.zeros(shape, rows.dtype(), rows.device()).indexAdd(0, bag, rows);
    if (mode == Mode.SUM) {
      return sums;
    }
    Tensor none = Tensor.zeros(Shape.of(shape.size(0)), rows.dtype(), rows.device());
    Tensor ones = Tensor.ones(Shape.of(x.numel()), rows.dtype(), rows.device());
    return sums.div(none.indexAdd(0, bag, ones).clampMin(1.0).unsqueeze(1));
  }

  @Override
  protected String extraRepr() {
    String name = mode.name().toLowerCase(Locale.ROOT);
    return weight.size(0) + ", " + weight.size(1) + ", mode=" + name;
  }
}
