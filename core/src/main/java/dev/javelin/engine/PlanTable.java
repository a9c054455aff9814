package dev.javelin.engine;

import dev.javelin.ops.OpDef;

/// The plans made so far, found by op and input layouts: an open hash table that is read without locks or garbage.
final class PlanTable {
  private static final int FIRST_SIZE = 1 << 10;
  private static final int LIMIT = 1 << 16;

  private volatile Plan[] table = new Plan[FIRST_SIZE];
  private int count;

  Plan find(OpDef op, Value a) {
    Plan[] plans = table;
    for (int i = slot(hash(op.hashCode(), a), plans);
        plans[i] != null;
        i = i + 1 & plans.length - 1) {
      Plan plan = plans[i];
      if (plan.inputs.length == 1 && plan.inputs[0] == a.layout && plan.op.equals(op)) {
        return plan;
      }
    }
    return null;
  }

  Plan find(OpDef op, Value a, Value b) {
    Plan[] plans = table;
    for (int i = slot(hash(hash(op.hashCode(), a), b), plans);
        plans[i] != null;
        i = i + 1 & plans.length - 1) {
      Plan plan = plans[i];
      if (plan.inputs.length == 2
          && plan.inputs[0] == a.layout
          && plan.inputs[1] == b.layout
          && plan.op.equals(op)) {
        return plan;
      }
    }
    return null;
  }

  Plan find(OpDef op, Value[] inputs) {
    Plan[] plans = table;
    int hash = op.hashCode();
    for (Value input : inputs) {
      hash = hash(hash, input);
    }
    for (int i = slot(hash, plans); plans[i] != null; i = i + 1 & plans.length - 1) {
      if (plans[i].matches(op, inputs)) {
        return plans[i];
      }
    }
    return null;
  }

  synchronized void add(Plan plan) {
    if (count > LIMIT) {
      clear();
    }
    if (2 * (count + 1) > table.length) {
      Plan[] larger = new Plan[2 * table.length];
      for (Plan old : table) {
        if (old != null) {
          put(larger, old);
        }
      }
      put(larger, plan);
      table = larger;
    } else {
      Plan[] plans = table;
      put(plans, plan);
      table = plans;
    }
    count++;
  }

  synchronized void clear() {
    table = new Plan[FIRST_SIZE];
    count = 0;
  }

  private static void put(Plan[] plans, Plan plan) {
    int hash = plan.op.hashCode();
    for (Layout layout : plan.inputs) {
      hash = mix(hash, layout);
    }
    int i = slot(hash, plans);
    while (plans[i] != null) {
      i = i + 1 & plans.length - 1;
    }
    plans[i] = plan;
  }

  private static int hash(int hash, Value input) {
    return mix(hash, input.layout);
  }

  private static int mix(int hash, Layout layout) {
    return (hash ^ layout.id) * 0x9E3779B1;
  }

  private static int slot(int hash, Plan[] plans) {
    return (hash ^ hash >>> 15) & plans.length - 1;
  }
}
