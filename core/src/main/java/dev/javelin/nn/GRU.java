package dev.javelin.nn;

import dev.javelin.Tensor;
import dev.javelin.ops.OpDef;
import dev.javelin.ops.RecurrentOps;
import java.util.List;

/// A gated recurrent unit (Cho et al., arXiv 1406.1078). Gates are in the order r, z, n, as in PyTorch.
public final class GRU extends Recurrent {
  private static final OpDef STEP = RecurrentOps.gruCell();
  private static final int[] CARRIED = {0};

  /// What a walk over a sequence gives.
  ///
  /// @param output the states of the last layer, step by step
  /// @param hidden the last state of each layer and direction
  public record Output(Tensor output, Tensor hidden) {}

  /// A layer with PyTorch's settings.
  ///
  /// @param inputSize the size of the last dimension of the input
  /// @param hiddenSize the size of the state
  public GRU(long inputSize, long hiddenSize) {
    this(inputSize, hiddenSize, Options.DEFAULT);
  }

  /// A layer.
  ///
  /// @param inputSize the size of the last dimension of the input
  /// @param hiddenSize the size of the state
  /// @param options the settings
  public GRU(long inputSize, long hiddenSize, Options options) {
    super(inputSize, hiddenSize, options, 3, 1);
  }

  /// Walks over a sequence.
  ///
  /// @param x the sequence
  /// @return outputs and last states
  public Output walk(Tensor x) {
    return walk(x, null);
  }

  /// Walks over a sequence from given states.
  ///
  /// @param x the sequence
  /// @param hidden the first states, null for zeros
  /// @return outputs and last states
  public Output walk(Tensor x, Tensor hidden) {
    List<Tensor> all = callAll(x, hidden);
    return new Output(all.get(0), all.get(1));
  }

  @Override
  OpDef step() {
    return STEP;
  }

  @Override
  int[] carried() {
    return CARRIED;
  }
}
