package dev.javelin.nn;

import dev.javelin.Tensor;
import dev.javelin.ops.OpDef;
import dev.javelin.ops.RecurrentOps;
import java.util.List;

/// A long short-term memory (Hochreiter and Schmidhuber, 1997). Gates are in the order i, f, g, o, as in PyTorch.
public final class LSTM extends Recurrent {
  private static final OpDef STEP = RecurrentOps.lstmCell();
  private static final int[] CARRIED = {1};

  /// What a walk over a sequence gives.
  ///
  /// @param output the states of the last layer, step by step
  /// @param hidden the last state of each layer and direction
  /// @param cell the last memory of each layer and direction
  public record Output(Tensor output, Tensor hidden, Tensor cell) {}

  /// A layer with PyTorch's settings.
  ///
  /// @param inputSize the size of the last dimension of the input
  /// @param hiddenSize the size of the state
  public LSTM(long inputSize, long hiddenSize) {
    this(inputSize, hiddenSize, Options.DEFAULT);
  }

  /// A layer.
  ///
  /// @param inputSize the size of the last dimension of the input
  /// @param hiddenSize the size of the state
  /// @param options the settings
  public LSTM(long inputSize, long hiddenSize, Options options) {
    super(inputSize, hiddenSize, options, 4, 2);
  }

  /// Walks over a sequence.
  ///
  /// @param x the sequence
  /// @return outputs and last states
  public Output walk(Tensor x) {
    return walk(x, null, null);
  }

  /// Walks over a sequence from given states.
  ///
  /// @param x the sequence
  /// @param hidden the first states, null for zeros
  /// @param cell the first memories, null for zeros
  /// @return outputs and last states
  public Output walk(Tensor x, Tensor hidden, Tensor cell) {
    List<Tensor> all = callAll(x, hidden, cell);
    return new Output(all.get(0), all.get(1), all.get(2));
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
