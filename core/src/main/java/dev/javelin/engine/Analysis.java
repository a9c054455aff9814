package dev.javelin.engine;

import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import dev.javelin.ops.OpDef;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Questions about a traced graph: what is elementwise, which product a node finishes, over which rows it folds.
final class Analysis {
  private Analysis() {}

  /// A node seen through views.
  record Key(Value value, List<OpDef.Movement> path) {}

  /// Whether a node is lowered into programs rather than being a kernel of its own kind.
  static boolean isScalarCode(Value value) {
    return value.source instanceof Source.Leaf
        || value.source instanceof Source.Constant
        || value.source instanceof Source.Computed computed
            && switch (computed.op) {
              case OpDef.Pointwise _,
                  OpDef.Cast _,
                  OpDef.Full _,
                  OpDef.Iota _,
                  OpDef.Reduction _,
                  OpDef.Movement _ ->
                  true;
              case OpDef.MatMul _,
                  OpDef.Convolution _,
                  OpDef.Pooling _,
                  OpDef.Attention _,
                  OpDef.AttentionBackward _,
                  OpDef.Gather _,
                  OpDef.Scatter _,
                  OpDef.Draw _,
                  OpDef.Assemble _,
                  OpDef.Composed _ ->
                  false;
            };
  }

  /// Whether a node can be part of a Map: it lies somewhere already, or is elementwise without folds or products of its own.
  static boolean isPlainCode(Fuser fuser, Value value) {
    return fuser.find(value).isPresent()
        || isScalarCode(value) && rows(fuser, value).isEmpty() && fuser.product(value).isEmpty();
  }

  /// The rows `root` folds over: those of the first fold found that fits.
  static Optional<Rows> rows(Fuser fuser, Value root) {
    return rows(fuser, root, root, List.of(), new HashSet<>());
  }

  private static Optional<Rows> rows(
      Fuser fuser, Value root, Value value, List<OpDef.Movement> path, Set<Key> seen) {
    if (!(value.source instanceof Source.Computed computed)
        || fuser.find(value).isPresent()
        || !seen.add(new Key(value, path))) {
      return Optional.empty();
    }
    if (computed.op instanceof OpDef.Reduction reduction) {
      Rows candidate = new Rows(computed.inputs.getFirst().shape(), reduction.dims());
      boolean fits =
          isRowOf(candidate, root.shape(), value, path)
              || !candidate.isSplit() && isElementOf(candidate, root.shape(), value, path);
      return fits ? Optional.of(candidate) : Optional.empty();
    }
    if (!isScalarCode(value)) {
      return Optional.empty();
    }
    List<OpDef.Movement> inner =
        computed.op instanceof OpDef.Movement movement ? prepend(movement, path) : path;
    for (Value input : computed.inputs) {
      Optional<Rows> found = rows(fuser, root, input, inner, seen);
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  /// Whether a fold's result, seen through `path`, is that of the row the kernel is at, once a row.
  private static boolean isRowOf(Rows rows, Shape shape, Value fold, List<OpDef.Movement> path) {
    if (!rows.isRowShape(shape)) {
      return false;
    }
    View kept = View.contiguous(fold.shape());
    Optional<View> seen = walk(kept, path);
    return seen.isPresent()
        && seen.get().shape().equals(shape)
        && same(rows.rows(seen.get()), rows.rows(kept));
  }

  /// The same for a program that runs once an element.
  static boolean isElementOf(Rows rows, Shape shape, Value fold, List<OpDef.Movement> path) {
    if (!rows.space().equals(shape)) {
      return false;
    }
    Optional<View> seen = walk(View.contiguous(fold.shape()), path);
    return seen.isPresent()
        && seen.get().shape().equals(shape)
        && same(seen.get(), View.contiguous(fold.shape()).expand(shape));
  }

  static Optional<View> walk(View view, List<OpDef.Movement> path) {
    Optional<View> current = Optional.of(view);
    for (OpDef.Movement movement : path) {
      current = current.flatMap(movement::move);
    }
    return current;
  }

  /// Whether two views read the same elements; strides of axes of size 1 do not matter.
  static boolean same(View a, View b) {
    if (!a.shape().equals(b.shape()) || a.offset() != b.offset()) {
      return false;
    }
    for (int axis = 0; axis < a.shape().rank(); axis++) {
      if (a.shape().size(axis) > 1 && a.stride(axis) != b.stride(axis)) {
        return false;
      }
    }
    return true;
  }

  static List<OpDef.Movement> prepend(OpDef.Movement movement, List<OpDef.Movement> path) {
    List<OpDef.Movement> result = new ArrayList<>(path.size() + 1);
    result.add(movement);
    result.addAll(path);
    return result;
  }
}
