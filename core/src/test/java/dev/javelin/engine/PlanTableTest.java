package dev.javelin.engine;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import dev.javelin.ops.OpDef;
import dev.javelin.ops.PointwiseOps;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PlanTableTest {
  private final PlanTable table = new PlanTable();

  private static Layout layout(int size) {
    return Layout.contiguous(DType.FLOAT32, Shape.of(size));
  }

  private static Plan plan(OpDef op, Layout... inputs) {
    Plan.Output output = new Plan.Output(inputs.length, false, inputs[0], 0);
    return new Plan(
        op, inputs, new Plan.Output[] {output}, new Plan.Step[0], new long[1], new long[0], 0, 0);
  }

  private static Value value(Layout layout) {
    return Trace.leaves(new Value[] {Value.make(layout, new Source.Leaf(0), 0)})[0];
  }

  @Test
  void plansAreFoundByOpAndLayouts() throws ClassNotFoundException {
    Class.forName("dev.javelin.Tensor");
    Value a = value(layout(2));
    Value b = value(layout(3));
    Plan one = plan(PointwiseOps.EXP, layout(2));
    Plan two = plan(PointwiseOps.ADD, layout(2), layout(3));
    table.add(one);
    table.add(two);
    assertSame(one, table.find(PointwiseOps.EXP, a));
    assertNull(table.find(PointwiseOps.EXP, b));
    assertNull(table.find(PointwiseOps.LOG, a));
    assertSame(two, table.find(PointwiseOps.ADD, a, b));
    assertNull(table.find(PointwiseOps.ADD, b, a));
    assertSame(two, table.find(PointwiseOps.ADD, new Value[] {a, b}));
    assertNull(table.find(PointwiseOps.ADD, a));
    table.clear();
    assertNull(table.find(PointwiseOps.EXP, a));
  }

  @Test
  void manyPlansStayFindable() throws ClassNotFoundException {
    Class.forName("dev.javelin.Tensor");
    List<Plan> plans = new ArrayList<>();
    for (int i = 0; i < 20_000; i++) {
      OpDef op = i % 2 == 0 ? PointwiseOps.EXP : new OpDef.Cast(DType.FLOAT64);
      plans.add(plan(op, layout(i / 2)));
      table.add(plans.getLast());
    }
    for (int i = 0; i < plans.size(); i++) {
      OpDef op = i % 2 == 0 ? PointwiseOps.EXP : new OpDef.Cast(DType.FLOAT64);
      assertSame(plans.get(i), table.find(op, value(layout(i / 2))));
    }
  }
}
