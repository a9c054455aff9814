package dev.javelin.engine;

import dev.javelin.Tensor;
import dev.javelin.kernels.Shape;
import dev.javelin.ops.Gradient;
import dev.javelin.ops.OpDef;
import java.util.List;

/// Records what a user computed together with the user's own gradient.
public final class FunctionNode {
  private FunctionNode() {}

  /// A gradient written by a user.
  @FunctionalInterface
  public interface Backward {
    /// The gradients of the inputs.
    ///
    /// @param gradient the gradient of the output
    /// @return one for each input, null where none flows
    List<Tensor> apply(Tensor gradient);
  }

  /// The call as an op; only recorded, never run by a plan.
  ///
  /// @param name the name of the user's class
  /// @param backward the gradient
  record Custom(String name, Backward backward) implements OpDef.Composed {
    @Override
    public String gradName() {
      return name + "Backward";
    }

    @Override
    public Gradient gradient() {
      return Gradient.NONE; // run by Autograd itself
    }

    @Override
    public Tensor[] trace(Tensor[] in) {
      throw new IllegalStateException(name + ": a function of one's own cannot be traced");
    }

    @Override
    public int target(int output) {
      return -1;
    }

    @Override
    public int visible() {
      return 1;
    }

    /// The gradients of the inputs, checked.
    Tensor[] gradients(GradNode node, Value gradient) {
      int inputs = node.next.length;
      List<Tensor> results = backward.apply((Tensor) gradient);
      if (results.size() != inputs) {
        throw new IllegalStateException(
            "function %s returned an incorrect number of gradients (expected %s, got %s)"
                .formatted(gradName(), inputs, results.size()));
      }
      Tensor[] checked = new Tensor[inputs];
      for (int i = 0; i < inputs; i++) {
        checked[i] = node.next[i] == null ? null : results.get(i);
        Shape expected = node.plan.inputs[i].shape();
        if (checked[i] != null && !checked[i].shape().equals(expected)) {
          throw new IllegalStateException(
              "function %s returned an invalid gradient at index %s - got %s but expected shape compatible with %s"
                  .formatted(gradName(), i, checked[i].shape(), expected));
        }
        if (checked[i] != null) {
          checked[i] = checked[i].to(node.plan.inputs[i].dtype());
        }
      }
      return checked;
    }
  }

  /// Makes an output depend on inputs by a gradient of the user's.
  ///
  /// @param name the name of the user's class
  /// @param inputs the inputs
  /// @param output the output, without history
  /// @param backward the gradient
  public static void record(String name, Tensor[] inputs, Tensor output, Backward backward) {
    Recording.ownGradient();
    long needs = 0;
    Layout[] layouts = new Layout[inputs.length];
    boolean[] flows = new boolean[inputs.length];
    Value[] values = inputs.clone();
    for (int i = 0; i < values.length; i++) {
      layouts[i] = values[i].layout;
      flows[i] = values[i].tracked() && values[i].dtype().isFloatingPoint();
      needs |= flows[i] ? GradientPlan.bit(i) : 0;
    }
    Custom op = new Custom(name, backward);
    Value result = output;
    Plan plan =
        new Plan(
            op,
            layouts,
            new Plan.Output[] {new Plan.Output(values.length, false, result.layout, 0)},
            new Plan.Step[0],
            new long[1],
            new long[0],
            0,
            0);
    GradientPlan gradient = new GradientPlan(needs, new boolean[values.length + 1], flows);
    result.gradNode = new GradNode(op, plan, gradient, values);
  }
}
