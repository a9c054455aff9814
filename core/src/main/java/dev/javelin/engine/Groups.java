package dev.javelin.engine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Sorts elementwise nodes into groups that share operands and shape: each group is one part of a kernel.
final class Groups {
  private Groups() {}

  static List<List<Value>> sharing(List<Value> roots) {
    List<List<Value>> groups = new ArrayList<>();
    List<Set<Object>> operands = new ArrayList<>();
    Map<Object, Integer> owner = new HashMap<>();
    for (Value root : roots) {
      Set<Object> own = new HashSet<>();
      collect(root, own, new HashSet<>());
      int group = -1;
      for (Object operand : own) {
        Integer known = owner.get(operand);
        if (known != null && groups.get(known).getFirst().shape().equals(root.shape())) {
          group = known;
        }
      }
      if (group < 0) {
        group = groups.size();
        groups.add(new ArrayList<>());
        operands.add(new HashSet<>());
      }
      groups.get(group).add(root);
      operands.get(group).addAll(own);
      for (Object operand : own) {
        owner.put(operand, group);
      }
    }
    return groups;
  }

  /// The tensors among the inputs a node is computed from; plain numbers bind nothing together.
  private static void collect(Value value, Set<Object> found, Set<Value> seen) {
    if (value.layout.isNumber() || !seen.add(value)) {
      return;
    }
    if (value.source instanceof Source.Leaf(int index)) {
      found.add(index);
    } else if (value.source instanceof Source.Computed computed) {
      computed.inputs.forEach(input -> collect(input, found, seen));
    }
  }
}
