package dev.javelin.nn;

import dev.javelin.Javelin;
import dev.javelin.Parameter;
import dev.javelin.Tensor;
import java.util.OptionalInt;

/// A table of vectors: int64 numbers `[*]` become the rows of these numbers, `[*, embeddingDim]`.
public final class Embedding extends Module {
  /// The table, `[numEmbeddings, embeddingDim]`, at first normal; the padding row is 0.
  public Parameter weight;

  private final long numEmbeddings;
  private final long embeddingDim;
  private final OptionalInt paddingIdx;

  /// A table without padding row.
  ///
  /// @param numEmbeddings how many rows
  /// @param embeddingDim how long they are
  public Embedding(long numEmbeddings, long embeddingDim) {
    this(numEmbeddings, embeddingDim, OptionalInt.empty());
  }

  /// A table with a row for padding, which stays 0: it gets no gradient.
  ///
  /// @param numEmbeddings how many rows
  /// @param embeddingDim how long they are
  /// @param paddingIdx which row; negative counts from the end
  public Embedding(long numEmbeddings, long embeddingDim, int paddingIdx) {
    this(numEmbeddings, embeddingDim, OptionalInt.of(paddingIdx));
  }

  private Embedding(long numEmbeddings, long embeddingDim, OptionalInt paddingIdx) {
    this(Init.normal_(new Parameter(Tensor.empty(numEmbeddings, embeddingDim)), 0, 1), paddingIdx);
    this.paddingIdx.ifPresent(row -> Javelin.noGrad(() -> weight.select(0, row).zero_()));
  }

  private Embedding(Parameter weight, OptionalInt paddingIdx) {
    this.weight = weight;
    this.numEmbeddings = weight.size(0);
    this.embeddingDim = weight.size(1);
    int row = paddingIdx.orElse(0);
    if (row >= numEmbeddings || row < -numEmbeddings) {
      throw new IllegalArgumentException(
          "Padding_idx must be within num_embeddings: expected %s to %s, got %s"
              .formatted(-numEmbeddings, numEmbeddings - 1, row));
    }
    this.paddingIdx =
        paddingIdx.isPresent() && row < 0
            ? OptionalInt.of((int) (row + numEmbeddings))
            : paddingIdx;
  }

  /// A table that is given.
  ///
  /// @param table the rows, `[numEmbeddings, embeddingDim]`
  /// @param freeze whether they stay as they are
  /// @return the layer
  public static Embedding fromPretrained(Tensor table, boolean freeze) {
    if (table.dim() != 2) {
      throw Repr.mismatch("a table (num_embeddings, embedding_dim)", table);
    }
    return new Embedding(new Parameter(table, !freeze), OptionalInt.empty());
  }

  @Override
  protected Tensor forward(Tensor x) {
    return Functional.embedding(x, weight, paddingIdx.orElse(-1));
  }

  @Override
  String brief() {
    return "Embedding(" + numEmbeddings + " -> " + embeddingDim + ")";
  }

  @Override
  protected String extraRepr() {
    String padding = paddingIdx.isPresent() ? ", padding_idx=" + paddingIdx.getAsInt() : "";
    return numEmbeddings + ", " + embeddingDim + padding;
  }
}
