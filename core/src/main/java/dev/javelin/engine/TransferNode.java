package dev.javelin.engine;

import dev.javelin.Tensor;
import dev.javelin.ops.Gradient;
import dev.javelin.ops.OpDef;

/// Records that a tensor was copied to another device, so that its gradient is copied back.
final class TransferNode {
  private TransferNode() {}

  /// The copy as an op; only recorded, never run by a plan.
  ///
  /// @param from the device the tensor came from
  record Transfer(DeviceContext from) implements OpDef.Composed {
    @Override
    public String name() {
      return "to_copy";
    }

    @Override
    public Gradient gradient() {
      return b -> Gradient.each(b::g);
    }

    @Override
    public Tensor[] trace(Tensor[] in) {
      return in;
    }

    @Override
    public int target(int output) {
      return -1;
    }

    @Override
    public int visible() {
      return 1;
    }
  }

  static Value record(Value from, Value moved) {
    Transfer op = new Transfer(from.storage().device);
    Plan plan =
        new Plan(
            op,
            new Layout[] {from.layout},
            new Plan.Output[] {new Plan.Output(1, false, moved.layout, 0)},
            new Plan.Step[0],
            new long[1],
            new long[0],
            0,
            0);
    GradNode node = new GradNode(op, plan, plan.gradient(GradientPlan.bit(0)), new Value[] {from});
    moved.gradNode = node;
    return moved;
  }
}
