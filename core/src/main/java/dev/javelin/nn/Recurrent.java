package dev.javelin.nn;

import dev.javelin.Parameter;
import dev.javelin.Tensor;
import dev.javelin.engine.Engine;
import dev.javelin.engine.Value;
import dev.javelin.kernels.Shape;
import dev.javelin.ops.OpDef;
import dev.javelin.ops.RecurrentOps;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/// What [RNN], [LSTM] and [GRU] share: layers that walk over a sequence and carry a state from step to step.
///
/// Inputs `[l, n, in]`, or `[n, l, in]` with batchFirst, or `[l, in]`; outputs likewise with `directions * hidden` last. States
/// `[layers * directions, n, hidden]`, or without n. `call(x)` gives the outputs; [#callAll] takes the first states and gives outputs
/// and last states.
public abstract sealed class Recurrent extends Module permits RNN, LSTM, GRU {
  /// The settings.
  ///
  /// @param numLayers how many layers, each fed with the outputs of the one below
  /// @param bias whether there are biases
  /// @param batchFirst whether n comes first
  /// @param dropout the probability of being zeroed between layers, while training
  /// @param bidirectional whether each layer walks backwards, too
  public record Options(
      int numLayers, boolean bias, boolean batchFirst, double dropout, boolean bidirectional) {
    /// One layer, with biases, n second, no dropout, forwards only.
    public static final Options DEFAULT = new Options(1, true, false, 0, false);

    /// Checks the settings.
    ///
    /// @throws IllegalArgumentException if there is no layer or the dropout is no probability
    public Options {
      if (numLayers < 1) {
        throw new IllegalArgumentException("num_layers must be greater than zero");
      }
      Functional.checkProbability(dropout);
    }

    /// These settings with more layers.
    ///
    /// @param newNumLayers how many
    /// @return a copy
    public Options withNumLayers(int newNumLayers) {
      return new Options(newNumLayers, bias, batchFirst, dropout, bidirectional);
    }

    /// These settings with or without biases.
    ///
    /// @param newBias whether there are biases
    /// @return a copy
    public Options withBias(boolean newBias) {
      return new Options(numLayers, newBias, batchFirst, dropout, bidirectional);
    }

    /// These settings with n first or second.
    ///
    /// @param newBatchFirst whether n comes first
    /// @return a copy
    public Options withBatchFirst(boolean newBatchFirst) {
      return new Options(numLayers, bias, newBatchFirst, dropout, bidirectional);
    }

    /// These settings with dropout between layers.
    ///
    /// @param newDropout the probability of being zeroed
    /// @return a copy
    public Options withDropout(double newDropout) {
      return new Options(numLayers, bias, batchFirst, newDropout, bidirectional);
    }

    /// These settings with one direction or two.
    ///
    /// @param newBidirectional whether each layer walks backwards, too
    /// @return a copy
    public Options withBidirectional(boolean newBidirectional) {
      return new Options(numLayers, bias, batchFirst, dropout, newBidirectional);
    }
  }

  private final long inputSize;
  private final long hiddenSize;
  private final Options options;
  private final int stateCount;

  /// A layer; every parameter is uniform up to `1 / sqrt(hidden)` at first.
  ///
  /// @param gates how many rows of weights each element of the state has
  /// @param stateCount how many tensors the state is
  Recurrent(long inputSize, long hiddenSize, Options options, int gates, int stateCount) {
    if (hiddenSize <= 0) {
      throw new IllegalArgumentException("hidden_size must be greater than zero");
    }
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    this.options = options;
    this.stateCount = stateCount;
    long rows = gates * hiddenSize;
    for (int layer = 0; layer < options.numLayers; layer++) {
      for (int direction = 0; direction < directions(); direction++) {
        String suffix = suffix(layer, direction);
        long in = layer == 0 ? inputSize : hiddenSize * directions();
        register("weight_ih" + suffix, rows, in);
        register("weight_hh" + suffix, rows, hiddenSize);
        if (options.bias) {
          register("bias_ih" + suffix, rows);
          register("bias_hh" + suffix, rows);
        }
      }
    }
  }

  private void register(String name, long... sizes) {
    double bound = 1 / Math.sqrt((double) hiddenSize);
    registerParameter(name, Init.uniform_(new Parameter(Tensor.empty(sizes)), -bound, bound));
  }

  private int directions() {
    return options.bidirectional ? 2 : 1;
  }

  private static String suffix(int layer, int direction) {
    return "_l" + layer + (direction == 1 ? "_reverse" : "");
  }

  /// The op of one step: of the products of input and state with their weights, and of the state where the step needs it itself.
  abstract OpDef step();

  /// Which states the step needs itself, besides in the product.
  abstract int[] carried();

  @Override
  protected final Tensor forward(Tensor x) {
    return forwardAll(List.of(x)).getFirst();
  }

  @Override
  protected final List<Tensor> forwardAll(List<Tensor> inputs) {
    Tensor x = inputs.getFirst();
    if (x.dim() != 2 && x.dim() != 3 || x.size(-1) != inputSize) {
      String sizes = options.batchFirst ? "(n, l, %1$s) or (l, %1$s)" : "(l, n, %1$s) or (l, %1$s)";
      throw Repr.mismatch(sizes.formatted(inputSize), x);
    }
    boolean batched = x.dim() == 3;
    Tensor steps = batched ? (options.batchFirst ? x.transpose(0, 1) : x) : x.unsqueeze(1);
    if (steps.size(0) == 0) {
      throw new IllegalArgumentException("Expected sequence length to be larger than 0 in RNN");
    }
    List<Tensor> first = states(inputs, steps, batched);
    List<List<Tensor>> last = new ArrayList<>();
    Tensor result = steps;
    for (int layer = 0; layer < options.numLayers; layer++) {
      List<Tensor> outputs = new ArrayList<>();
      for (int direction = 0; direction < directions(); direction++) {
        int at = layer * directions() + direction;
        Tensor[] state = first.stream().map(s -> s.select(0, at)).toArray(Tensor[]::new);
        outputs.add(walk(result, suffix(layer, direction), direction == 1, state));
        last.add(List.of(state));
      }
      result = outputs.size() == 1 ? outputs.getFirst() : Tensor.cat(outputs, 2);
      if (layer < options.numLayers - 1) {
        result = Functional.dropout(result, options.dropout, isTraining());
      }
    }
    List<Tensor> all = new ArrayList<>();
    all.add(batched ? (options.batchFirst ? result.transpose(0, 1) : result) : result.squeeze(1));
    for (int i = 0; i < stateCount; i++) {
      int at = i;
      Tensor states = Tensor.stack(last.stream().map(state -> state.get(at)).toList(), 0);
      all.add(batched ? states : states.squeeze(1));
    }
    return all;
  }

  /// The first states, each `[layers * directions, n, hidden]`: those given, else zeros.
  private List<Tensor> states(List<Tensor> inputs, Tensor steps, boolean batched) {
    Shape shape = Shape.of((long) options.numLayers * directions(), steps.size(1), hiddenSize);
    boolean given = inputs.size() > 1 && inputs.get(1) != null;
    if (!given) {
      Tensor zeros = Tensor.zeros(shape, steps.dtype(), steps.device());
      return Collections.nCopies(stateCount, zeros);
    }
    if (inputs.size() != 1 + stateCount) {
      throw new IllegalArgumentException(
          "expected the input and %s first states, got %s tensors"
              .formatted(stateCount, inputs.size()));
    }
    List<Tensor> states = new ArrayList<>();
    for (Tensor state : inputs.subList(1, inputs.size())) {
      Shape expected = batched ? shape : shape.drop(1);
      if (!state.shape().equals(expected)) {
        throw Repr.mismatch("a first state " + Repr.tuple(expected), state);
      }
      states.add(batched ? state : state.unsqueeze(1));
    }
    return states;
  }

  /// One layer in one direction; `state` holds the last states afterwards. The products with the inputs are one.
  private Tensor walk(Tensor x, String suffix, boolean backwards, Tensor[] state) {
    int length = Math.toIntExact(x.size(0));
    Tensor products = Functional.linear(x, get("weight_ih" + suffix), get("bias_ih" + suffix));
    Value[] slices = Engine.callAll(RecurrentOps.unbind(length), products); // each [n, rows]
    Tensor weight = get("weight_hh" + suffix);
    Tensor bias = get("bias_hh" + suffix);
    Tensor[] outputs = new Tensor[length];
    for (int i = 0; i < length; i++) {
      int at = backwards ? length - 1 - i : i;
      int[] carried = carried();
      Value[] inputs = new Value[2 + carried.length];
      inputs[0] = slices[at];
      inputs[1] = Functional.linear(state[0], weight, bias);
      for (int k = 0; k < carried.length; k++) {
        inputs[2 + k] = state[carried[k]];
      }
      Value[] next = Engine.callAll(step(), inputs);
      for (int k = 0; k < state.length; k++) {
        state[k] = (Tensor) next[k];
      }
      outputs[at] = state[0];
    }
    return Tensor.stack(Arrays.asList(outputs), 0);
  }

  /// A parameter by its name, null for a bias that is not there.
  private Tensor get(String name) {
    return members().registeredParameter(name);
  }

  @Override
  final String brief() {
    return name() + "(" + inputSize + " -> " + hiddenSize + ")";
  }

  @Override
  protected final String extraRepr() {
    return inputSize
        + ", "
        + hiddenSize
        + Repr.setting("num_layers", options.numLayers, 1)
        + Repr.setting("bias", Repr.of(options.bias), Repr.of(true))
        + Repr.setting("batch_first", Repr.of(options.batchFirst), Repr.of(false))
        + Repr.setting("dropout", Repr.of(options.dropout), Repr.of(0.0))
        + Repr.setting("bidirectional", Repr.of(options.bidirectional), Repr.of(false));
  }
}
