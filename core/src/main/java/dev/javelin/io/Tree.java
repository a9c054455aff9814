package dev.javelin.io;

import dev.javelin.io.PickleObjects.Tuple;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;

/// Values within values: what a file holds, as users get it, and back.
final class Tree {
  private final Function<StoredTensor, Object> tensors;

  /// What was converted, so that a value with many names stays one.
  private final Map<Object, Object> done = new IdentityHashMap<>();

  private Tree(Function<StoredTensor, Object> tensors) {
    this.tensors = tensors;
  }

  /// What a file holds as users get it: lists, sets and maps that cannot be changed, a tuple as a list.
  ///
  /// @param value what a reader found
  /// @param tensors makes tensors
  /// @return the value
  /// @throws Defect if it is nested too deeply, within itself perhaps, or is nothing for users
  static Object convert(Object value, Function<StoredTensor, Object> tensors) throws Defect {
    return new Tree(tensors).convert(value, 0);
  }

  private Object convert(Object value, int depth) throws Defect {
    if (depth > Pickle.MAX_DEPTH) {
      throw new Defect(
          "holds values within values, or within themselves: expected at most %s levels, found more"
              .formatted(Pickle.MAX_DEPTH));
    }
    Object known = value == null ? null : done.get(value);
    if (known != null) {
      return known;
    }
    Object converted =
        switch (value) {
          case Map<?, ?> map -> {
            Map<Object, Object> result = new LinkedHashMap<>();
            for (Map.Entry<?, ?> entry : map.entrySet()) {
              result.put(entry.getKey(), convert(entry.getValue(), depth + 1));
            }
            yield Collections.unmodifiableMap(result);
          }
          case Tuple(List<Object> items) -> convertAll(items, depth + 1);
          case List<?> list -> convertAll(list, depth + 1);
          case Set<?> set -> Collections.unmodifiableSet(set);
          case StoredTensor tensor -> tensors.apply(tensor);
          case String _, Number _, Boolean _, Shape _, DType _, byte[] _ -> value;
          case null -> null;
          default ->
              throw new Defect(
                  "holds %s by itself, which is nothing to load"
                      .formatted(PickleObjects.describe(value)));
        };
    if (converted != value) {
      done.put(value, converted);
    }
    return converted;
  }

  private List<Object> convertAll(List<?> items, int depth) throws Defect {
    List<Object> result = new ArrayList<>(items.size());
    for (Object item : items) {
      result.add(convert(item, depth));
    }
    return Collections.unmodifiableList(result);
  }

  /// Visits every value of a user's that holds no others.
  ///
  /// @param value a value, perhaps with others within
  /// @param visitor is given each
  /// @throws IllegalArgumentException if it is nested too deeply, within itself perhaps
  static void visit(Object value, Consumer<Object> visitor) {
    visit(value, visitor, 0);
  }

  private static void visit(Object value, Consumer<Object> visitor, int depth) {
    if (depth > Pickle.MAX_DEPTH) {
      throw new IllegalArgumentException(
          "save: expected values within values at most %s levels deep, got more; is one within itself?"
              .formatted(Pickle.MAX_DEPTH));
    }
    switch (value) {
      case Map<?, ?> map -> map.values().forEach(item -> visit(item, visitor, depth + 1));
      case List<?> list -> list.forEach(item -> visit(item, visitor, depth + 1));
      case null, default -> visitor.accept(value);
    }
  }
}
