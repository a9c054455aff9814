package dev.javelin.nn;

import dev.javelin.Parameter;
import dev.javelin.Tensor;
import dev.javelin.engine.Engine;
import dev.javelin.engine.Value;
import dev.javelin.kernels.Shape;
import dev.javelin.ops.OpDef;
import java.util.Arrays;
import java.util.List;

/// What [RNNCell], [LSTMCell] and [GRUCell] share: one step of a recurrent layer, for `[n, in]` or `[in]`.
///
/// `call(x)` and `call(x, state...)` give the next state; [#callAll] every part of it.
public abstract sealed class RecurrentCell extends Module permits RNNCell, LSTMCell, GRUCell {
  /// The weights of the input, `[gates hidden, in]`; like all parameters uniform up to `1 / sqrt(hidden)` at first.
  public Parameter weightIh;

  /// The weights of the state, `[gates hidden, hidden]`.
  public Parameter weightHh;

  /// The bias beside the input's weights, `[gates hidden]`, or null.
  public Parameter biasIh;

  /// The bias beside the state's weights, `[gates hidden]`, or null.
  public Parameter biasHh;

  private final long inputSize;
  private final long hiddenSize;
  private final int stateCount;

  RecurrentCell(long inputSize, long hiddenSize, boolean bias, int gates, int stateCount) {
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    this.stateCount = stateCount;
    weightIh = uniform(gates * hiddenSize, inputSize);
    weightHh = uniform(gates * hiddenSize, hiddenSize);
    biasIh = bias ? uniform(gates * hiddenSize) : null;
    biasHh = bias ? uniform(gates * hiddenSize) : null;
  }

  private Parameter uniform(long... sizes) {
    double bound = 1 / Math.sqrt((double) hiddenSize);
    return Init.uniform_(new Parameter(Tensor.empty(sizes)), -bound, bound);
  }

  /// The op of one step: of the products of input and state with their weights, and of the part of the state it needs itself.
  abstract OpDef step();

  /// Which part of the state the step needs itself, or -1.
  abstract int carried();

  @Override
  protected final Tensor forward(Tensor x) {
    return forwardAll(List.of(x)).getFirst();
  }

  @Override
  protected final Tensor forward(Tensor x, Tensor state) {
    return forwardAll(List.of(x, state)).getFirst();
  }

  @Override
  protected final List<Tensor> forwardAll(List<Tensor> inputs) {
    Tensor x = inputs.getFirst();
    if (x.dim() != 1 && x.dim() != 2 || x.size(-1) != inputSize) {
      throw Repr.mismatch("(n, %1$s) or (%1$s)".formatted(inputSize), x);
    }
    Tensor rows = x.dim() == 1 ? x.unsqueeze(0) : x;
    Shape shape = Shape.of(rows.size(0), hiddenSize);
    Tensor[] state = new Tensor[stateCount];
    for (int i = 0; i < stateCount; i++) {
      Tensor given = inputs.size() > 1 + i ? inputs.get(1 + i) : null;
      state[i] =
          given == null
              ? Tensor.zeros(shape, x.dtype(), x.device())
              : given.dim() == 1 ? given.unsqueeze(0) : given;
      if (!state[i].shape().equals(shape)) {
        throw Repr.mismatch("a state " + Repr.tuple(shape), given);
      }
    }
    Tensor fromInput = Functional.linear(rows, weightIh, biasIh);
    Tensor fromState = Functional.linear(state[0], weightHh, biasHh);
    Value[] next =
        carried() < 0
            ? Engine.callAll(step(), fromInput, fromState)
            : Engine.callAll(step(), fromInput, fromState, state[carried()]);
    return Arrays.stream(next)
        .map(part -> x.dim() == 1 ? ((Tensor) part).squeeze(0) : (Tensor) part)
        .toList();
  }

  @Override
  final String brief() {
    return name() + "(" + inputSize + " -> " + hiddenSize + ")";
  }

  @Override
  protected final String extraRepr() {
    return inputSize + ", " + hiddenSize + (biasIh == null ? ", bias=False" : "");
  }
}
