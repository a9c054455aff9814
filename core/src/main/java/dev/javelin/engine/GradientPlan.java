package dev.javelin.engine;

import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import dev.javelin.ops.Gradient;
import dev.javelin.ops.OpDef;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/// What the backward pass of an op needs, found by tracing its gradient rule once: which inputs and outputs it reads.
///
/// @param needs a bit for each input that wants a gradient; the last bit stands for all inputs from there on
/// @param reads a bit for each input, then output, whose elements the rule reads
/// @param flows for each input, whether it wants a gradient and the rule gives one
record GradientPlan(long needs, boolean[] reads, boolean[] flows) {
  private static final int BITS = 63;

  static long bit(int input) {
    return 1L << Math.min(input, BITS);
  }

  static GradientPlan of(Plan plan, long needs) {
    int inputs = plan.inputs.length;
    int outputs = plan.outputs.length;
    Value[] leaves = new Value[outputs + inputs + outputs];
    for (int i = 0; i < leaves.length; i++) {
      Layout layout =
          i < outputs
              ? plan.outputs[i].layout()
              : i < outputs + inputs
                  ? plan.inputs[i - outputs]
                  : plan.outputs[i - outputs - inputs].layout();
      leaves[i] = Value.make(layout, new Source.Leaf(i), 0);
    }
    boolean[] reads = new boolean[inputs + outputs];
    boolean[] flows = new boolean[inputs];
    Tensor[] tensors = new Tensor[leaves.length];
    for (int i = 0; i < leaves.length; i++) {
      tensors[i] = (Tensor) leaves[i];
    }
    Tensor[] gradients =
        Trace.tracing(() -> new Of(plan.op, needs, inputs, outputs).gradients(tensors));
    Set<Value> seen = new HashSet<>();
    for (int i = 0; i < inputs; i++) {
      flows[i] = gradients[i] != null;
      if (flows[i]) {
        mark(gradients[i], outputs, reads, seen);
      }
    }
    return new GradientPlan(needs, reads, flows);
  }

  private static void mark(Value value, int outputs, boolean[] reads, Set<Value> seen) {
    if (!seen.add(value)) {
      return;
    }
    if (value.source instanceof Source.Leaf(int index)) {
      if (index >= outputs) {
        reads[index - outputs] = true;
      }
    } else if (value.source instanceof Source.Computed computed) {
      computed.inputs.forEach(input -> mark(input, outputs, reads, seen));
    }
  }

  boolean needs(int input) {
    return (needs & bit(input)) != 0;
  }

  boolean usesInput(int input) {
    return reads[input];
  }

  boolean usesOutput(int output) {
    return reads[flows.length + output];
  }

  /// The gradient rule of an op as an op: inputs are the gradients of the outputs, the inputs, the outputs; outputs are the
  /// gradients of those inputs that need one and have one. A missing gradient of an output is an input of dtype bool.
  ///
  /// @param op the op
  /// @param needs which inputs want a gradient
  /// @param inputs how many inputs it has
  /// @param outputs how many outputs it has
  record Of(OpDef op, long needs, int inputs, int outputs) implements OpDef.Composed {
    @Override
    public String name() {
      return op.name() + "_backward";
    }

    @Override
    public Gradient gradient() {
      return Gradient.NONE;
    }

    @Override
    public Tensor[] trace(Tensor[] in) {
      List<Tensor> results = new ArrayList<>();
      for (Tensor result : gradients(in)) {
        if (result != null) {
          results.add(result);
        }
      }
      return results.toArray(new Tensor[0]);
    }

    /// One gradient for each input, null where none flows. Runs on real tensors too, for gradients of gradients.
    Tensor[] gradients(Tensor[] in) {
      Gradient.Backward backward =
          new Gradient.Backward() {
            @Override
            public Tensor g(int i) {
              return has(i) ? in[i] : Tensor.zerosLike(in[outputs + inputs + i]);
            }

            @Override
            public boolean has(int i) {
              Value g = in[i];
              Value out = in[outputs + inputs + i];
              return g.dtype() != DType.BOOL || out.dtype() == DType.BOOL;
            }

            @Override
            public Tensor in(int i) {
              return in[outputs + i];
            }

            @Override
            public Tensor out(int i) {
              return in[outputs + inputs + i];
            }
          };
      List<Supplier<Tensor>> rules = op.gradient().of(backward);
      Tensor[] results = new Tensor[inputs];
      for (int i = 0; i < Math.min(inputs, rules.size()); i++) {
        Value input = in[outputs + i];
        if ((needs & bit(i)) != 0 && rules.get(i) != null && input.dtype().isFloatingPoint()) {
          results[i] = fit(rules.get(i).get(), input);
        }
      }
      return results;
    }

    /// Sums over what was broadcast, and rounds to the input's type.
    private static Tensor fit(Tensor gradient, Value input) {
      Tensor result = sumTo(gradient, input.shape());
      return result.dtype() == input.dtype() ? result : result.to(input.dtype());
    }

    private static Tensor sumTo(Tensor gradient, Shape shape) {
      Shape from = gradient.shape();
      if (from.equals(shape)) {
        return gradient;
      }
      int extra = from.rank() - shape.rank();
      List<Integer> dims = new ArrayList<>();
      for (int axis = 0; axis < from.rank(); axis++) {
        if (axis < extra || shape.size(axis - extra) == 1 && from.size(axis) != 1) {
          dims.add(axis);
        }
      }
      int[] axes = dims.stream().mapToInt(Integer::intValue).toArray();
      return gradient.sum(axes, true).reshape(shape);
    }

    @Override
    public int target(int output) {
      return -1;
    }

    @Override
    public int visible() {
      return Integer.MAX_VALUE;
    }
  }
}
