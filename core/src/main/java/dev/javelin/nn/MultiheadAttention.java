package dev.javelin.nn;

import dev.javelin.Parameter;
import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import java.util.Arrays;
import java.util.List;

/// Attention in several heads at once (Vaswani et al., arXiv 1706.03762): `call(query, key, value)` gives the output, [#attend] the
/// weights, too, and takes masks.
///
/// Queries `[l, n, embed]`, keys `[s, n, kdim]`, values `[s, n, vdim]`; with batchFirst n comes first; or the same without n.
public final class MultiheadAttention extends Module {
  /// The settings.
  ///
  /// @param dropout with which probability a weight is zeroed while training
  /// @param bias whether the projections have a bias
  /// @param batchFirst whether n comes first
  /// @param kdim the size of keys, 0 for that of queries
  /// @param vdim the size of values, 0 for that of queries
  public record Options(double dropout, boolean bias, boolean batchFirst, long kdim, long vdim) {
    /// No dropout, with bias, n second, keys and values as large as queries.
    public static final Options DEFAULT = new Options(0, true, false, 0, 0);

    /// These settings with dropout.
    ///
    /// @param newDropout with which probability a weight is zeroed while training
    /// @return a copy
    public Options withDropout(double newDropout) {
      return new Options(newDropout, bias, batchFirst, kdim, vdim);
    }

    /// These settings with or without bias.
    ///
    /// @param newBias whether the projections have a bias
    /// @return a copy
    public Options withBias(boolean newBias) {
      return new Options(dropout, newBias, batchFirst, kdim, vdim);
    }

    /// These settings with n first or second.
    ///
    /// @param newBatchFirst whether n comes first
    /// @return a copy
    public Options withBatchFirst(boolean newBatchFirst) {
      return new Options(dropout, bias, newBatchFirst, kdim, vdim);
    }

    /// These settings with keys and values of other sizes.
    ///
    /// @param newKdim the size of keys
    /// @param newVdim the size of values
    /// @return a copy
    public Options withKeyValueSizes(long newKdim, long newVdim) {
      return new Options(dropout, bias, batchFirst, newKdim, newVdim);
    }
  }

  /// What is not to be looked at. As in PyTorch a truth value is true where a key does NOT count; numbers are added to the scores.
  ///
  /// @param attention `[l, s]` or `[n * heads, l, s]`, or null
  /// @param keyPadding `[n, s]`, or `[s]` without n; or null
  /// @param causal whether query i sees keys 0 to i only
  public record Masks(Tensor attention, Tensor keyPadding, boolean causal) {
    /// Everything is looked at.
    public static final Masks NONE = new Masks(null, null, false);

    /// Queries see nothing that comes after them.
    public static final Masks CAUSAL = new Masks(null, null, true);
  }

  /// What attention gives.
  ///
  /// @param output of the shape of the query
  /// @param weights what each query gives to each key, `[n, l, s]` as a mean over the heads, `[n, heads, l, s]` of each, or null
  public record Output(Tensor output, Tensor weights) {}

  /// Which weights are wanted.
  public enum Weights {
    /// None: the fastest.
    NONE,
    /// Their mean over the heads.
    MEAN,
    /// Those of each head.
    EACH
  }

  /// The projections of query, key and value, `[3 embed, embed]`; null if their sizes differ. At first Xavier-uniform.
  public Parameter inProjWeight;

  /// The projection of the query, `[embed, embed]`; null if the sizes are equal. At first Xavier-uniform.
  public Parameter qProjWeight;

  /// The projection of the key, `[embed, kdim]`; null if the sizes are equal. At first Xavier-uniform.
  public Parameter kProjWeight;

  /// The projection of the value, `[embed, vdim]`; null if the sizes are equal. At first Xavier-uniform.
  public Parameter vProjWeight;

  /// The biases of the three projections, `[3 embed]`, or null; at first 0.
  public Parameter inProjBias;

  /// The projection of the output; its bias is 0 at first.
  public final Linear outProj;

  private final long embedDim;
  private final int numHeads;
  private final Options options;

  /// A layer with PyTorch's settings.
  ///
  /// @param embedDim the size of queries and output
  /// @param numHeads how many heads; divides that size
  public MultiheadAttention(long embedDim, int numHeads) {
    this(embedDim, numHeads, Options.DEFAULT);
  }

  /// A layer.
  ///
  /// @param embedDim the size of queries and output
  /// @param numHeads how many heads; divides that size
  /// @param options the settings
  public MultiheadAttention(long embedDim, int numHeads, Options options) {
    if (numHeads < 1 || embedDim < 1 || embedDim % numHeads != 0) {
      throw new IllegalArgumentException(
          "embed_dim must be divisible by num_heads, got %s and %s".formatted(embedDim, numHeads));
    }
    Functional.checkProbability(options.dropout);
    this.embedDim = embedDim;
    this.numHeads = numHeads;
    this.options = options;
    long keys = options.kdim == 0 ? embedDim : options.kdim;
    long values = options.vdim == 0 ? embedDim : options.vdim;
    if (keys == embedDim && values == embedDim) {
      inProjWeight = projection(3 * embedDim, embedDim);
    } else {
      qProjWeight = projection(embedDim, embedDim);
      kProjWeight = projection(embedDim, keys);
      vProjWeight = projection(embedDim, values);
    }
    inProjBias = options.bias ? new Parameter(Tensor.zeros(3 * embedDim)) : null;
    outProj = new NonDynamicallyQuantizableLinear(embedDim, embedDim, options.bias);
    if (options.bias) {
      Init.zeros_(outProj.bias);
    }
  }

  private static Parameter projection(long out, long in) {
    return Init.xavierUniform_(new Parameter(Tensor.empty(out, in)), 1);
  }

  @Override
  protected Tensor forward(Tensor query, Tensor key, Tensor value) {
    return attended(query, key, value, Masks.NONE, Weights.NONE).getFirst();
  }

  /// Attention with masks.
  ///
  /// @param query what asks
  /// @param key what it is compared with
  /// @param value what it gets
  /// @param masks what is not to be looked at
  /// @param weights which weights to give, too
  /// @return output and weights
  public Output attend(Tensor query, Tensor key, Tensor value, Masks masks, Weights weights) {
    List<Tensor> outputs =
        callAs(
            Arrays.asList(query, key, value),
            in -> attended(in.get(0), in.get(1), in.get(2), masks, weights));
    return new Output(outputs.get(0), outputs.size() > 1 ? outputs.get(1) : null);
  }

  private List<Tensor> attended(
      Tensor query, Tensor key, Tensor value, Masks masks, Weights wanted) {
    check(query, key, value);
    if (query.dim() == 2) {
      int at = options.batchFirst ? 0 : 1;
      Masks batch =
          masks.keyPadding == null
              ? masks
              : new Masks(masks.attention, masks.keyPadding.unsqueeze(0), masks.causal);
      Tensor[] one = {query.unsqueeze(at), key.unsqueeze(at), value.unsqueeze(at)};
      List<Tensor> outputs = attended(one[0], one[1], one[2], batch, wanted);
      return outputs.size() == 1
          ? List.of(outputs.get(0).squeeze(at))
          : List.of(outputs.get(0).squeeze(at), outputs.get(1).squeeze(0));
    }
    Tensor[] projected = projected(query, key, value);
    Tensor q = heads(projected[0]); // [n, heads, l, size]
    Tensor k = heads(projected[1]); // [n, heads, s, size]
    Tensor v = heads(projected[2]); // [n, heads, s, size]
    Tensor mask = mask(masks, q, k);
    double scale = Functional.attentionScale(q);
    double dropout = isTraining() ? options.dropout : 0;
    if (wanted == Weights.NONE && (mask == null || !masks.causal)) {
      Tensor y = // without a mask and dropout there are no weights in memory
          Functional.scaledDotProductAttention(q, k, v, mask, dropout, masks.causal);
      return List.of(output(y, query));
    }
    Tensor weights =
        Functional.attentionWeights(q, k, mask, masks.causal, scale); // [n, heads, l, s]
    Tensor y = Functional.dropout(weights, dropout, dropout > 0).matmul(v);
    return switch (wanted) {
      case NONE -> List.of(output(y, query));
      case MEAN -> List.of(output(y, query), weights.mean(1));
      case EACH -> List.of(output(y, query), weights);
    };
  }

  /// The heads `[n, heads, l, size]` side by side again, and projected.
  private Tensor output(Tensor heads, Tensor query) {
    Tensor rows = options.batchFirst ? heads.permute(0, 2, 1, 3) : heads.permute(2, 0, 1, 3);
    return outProj.call(rows.reshape(query.shape()));
  }

  private void check(Tensor query, Tensor key, Tensor value) {
    int rank = query.dim();
    if (rank != 2 && rank != 3 || query.size(-1) != embedDim) {
      String sizes = options.batchFirst ? "(n, l, %1$s) or (l, %1$s)" : "(l, n, %1$s) or (l, %1$s)";
      throw Repr.mismatch("a query " + sizes.formatted(embedDim), query);
    }
    int batch = options.batchFirst ? 0 : 1;
    int length = rank == 2 ? 0 : 1 - batch;
    boolean fits =
        key.dim() == rank && value.dim() == rank && key.size(length) == value.size(length);
    if (fits && rank == 3) {
      fits = query.size(batch) == key.size(batch) && key.size(batch) == value.size(batch);
    }
    if (!fits) {
      throw new IllegalArgumentException(
          "expected keys and values of one length, and of the query's batch, got query %s, key %s, value %s"
              .formatted(
                  Repr.tuple(query.shape()), Repr.tuple(key.shape()), Repr.tuple(value.shape())));
    }
  }

  private Tensor[] projected(Tensor query, Tensor key, Tensor value) {
    if (inProjWeight != null && query == key && key == value) {
      List<Tensor> parts = Functional.linear(query, inProjWeight, inProjBias).chunk(3, -1);
      return parts.toArray(new Tensor[0]);
    }
    Tensor[] inputs = {query, key, value};
    Tensor[] own = {qProjWeight, kProjWeight, vProjWeight};
    Tensor[] results = new Tensor[3];
    for (int i = 0; i < 3; i++) {
      long from = i * embedDim;
      Tensor weight = inProjWeight == null ? own[i] : inProjWeight.narrow(0, from, embedDim);
      Tensor bias = inProjBias == null ? null : inProjBias.narrow(0, from, embedDim);
      results[i] = Functional.linear(inputs[i], weight, bias);
    }
    return results;
  }

  /// `[l, n, embed]` or `[n, l, embed]` as `[n, heads, l, size]`.
  private Tensor heads(Tensor x) {
    Tensor split = x.reshape(x.size(0), x.size(1), numHeads, embedDim / numHeads);
    return options.batchFirst ? split.permute(0, 2, 1, 3) : split.permute(1, 2, 0, 3);
  }

  /// Both masks as one, in the sense of [Functional]: truth values say which keys count.
  private Tensor mask(Masks masks, Tensor q, Tensor k) {
    long n = q.size(0);
    Tensor attention = masks.attention;
    if (attention != null) {
      boolean each = attention.dim() == 3;
      long[] expected =
          each
              ? new long[] {n * numHeads, q.size(2), k.size(2)}
              : new long[] {q.size(2), k.size(2)};
      require("an attention mask", attention, expected);
      attention = each ? attention.reshape(n, numHeads, q.size(2), k.size(2)) : attention;
    }
    Tensor padding = masks.keyPadding;
    if (padding != null) {
      require("a key padding mask", padding, n, k.size(2));
      padding = padding.reshape(n, 1, 1, k.size(2));
    }
    if (attention == null || padding == null) {
      Tensor only = attention == null ? padding : attention;
      return only == null || only.dtype() != DType.BOOL ? only : only.logicalNot();
    }
    if (attention.dtype() == DType.BOOL && padding.dtype() == DType.BOOL) {
      return attention.logicalOr(padding).logicalNot();
    }
    return added(attention, q.dtype()).add(added(padding, q.dtype()));
  }

  private static void require(String what, Tensor mask, long... sizes) {
    boolean fits = Arrays.equals(mask.shape().toArray(), sizes);
    if (!fits || mask.dtype() != DType.BOOL && !mask.dtype().isFloatingPoint()) {
      String shape = Arrays.toString(sizes).replace('[', '(').replace(']', ')');
      throw new IllegalArgumentException(
          "expected %s %s of truth values (true where a key does not count) or numbers, got %s %s"
              .formatted(what, shape, mask.dtype(), Repr.tuple(mask.shape())));
    }
  }

  private static Tensor added(Tensor mask, DType dtype) {
    return mask.dtype() == DType.BOOL
        ? Tensor.zeros(mask.shape(), dtype, mask.device())
            .maskedFill(mask, Double.NEGATIVE_INFINITY)
        : mask;
  }

  @Override
  String brief() {
    return "MultiheadAttention(" + embedDim + ", " + numHeads + ")";
  }
}
