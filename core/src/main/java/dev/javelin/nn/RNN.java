package dev.javelin.nn;

import dev.javelin.Tensor;
import dev.javelin.ops.OpDef;
import dev.javelin.ops.RecurrentOps;
import java.util.List;

/// A recurrent layer of Elman's kind: `h_t = tanh(W_ih x_t + b_ih + W_hh h_(t-1) + b_hh)`, or max with 0 in place of tanh.
public final class RNN extends Recurrent {
  private static final OpDef TANH = RecurrentOps.rnnCell(false);
  private static final OpDef RELU = RecurrentOps.rnnCell(true);
  private static final int[] CARRIED = {};

  /// What a walk over a sequence gives.
  ///
  /// @param output the states of the last layer, step by step
  /// @param hidden the last state of each layer and direction
  public record Output(Tensor output, Tensor hidden) {}

  private final boolean relu;

  /// A layer with PyTorch's settings and tanh.
  ///
  /// @param inputSize the size of the last dimension of the input
  /// @param hiddenSize the size of the state
  public RNN(long inputSize, long hiddenSize) {
    this(inputSize, hiddenSize, Options.DEFAULT);
  }

  /// A layer with tanh.
  ///
  /// @param inputSize the size of the last dimension of the input
  /// @param hiddenSize the size of the state
  /// @param options the settings
  public RNN(long inputSize, long hiddenSize, Options options) {
    this(inputSize, hiddenSize, options, "tanh");
  }

  /// A layer.
  ///
  /// @param inputSize the size of the last dimension of the input
  /// @param hiddenSize the size of the state
  /// @param options the settings
  /// @param nonlinearity `tanh` or `relu`
  public RNN(long inputSize, long hiddenSize, Options options, String nonlinearity) {
    super(inputSize, hiddenSize, options, 1, 1);
    if (!nonlinearity.equals("tanh") && !nonlinearity.equals("relu")) {
      throw new IllegalArgumentException(
          "Unknown nonlinearity '" + nonlinearity + "'. Select from 'tanh' or 'relu'.");
    }
    this.relu = nonlinearity.equals("relu");
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
    return relu ? RELU : TANH;
  }

  @Override
  int[] carried() {
    return CARRIED;
  }
}
