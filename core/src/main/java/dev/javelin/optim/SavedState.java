package dev.javelin.optim;

import dev.javelin.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The state of an optimiser as a file holds it: maps and lists within each other, as PyTorch saves them, or tensors by their paths.
final class SavedState {
  private static final String MEMBERS = "params";

  private final Map<String, Tensor> tensors = new LinkedHashMap<>();

  private SavedState() {}

  /// The tensors by their paths, numbers as tensors of one element; what is None is left out.
  static Map<String, Tensor> flat(Map<String, ?> saved) {
    SavedState state = new SavedState();
    saved.forEach((name, value) -> state.add(name, name, value));
    return state.tensors;
  }

  private void add(String path, String name, Object value) {
    switch (value) {
      case Tensor tensor -> tensors.put(path, tensor);
      case Boolean truth -> add(path, name, truth ? 1 : 0);
      case Number number -> tensors.put(path, Tensor.of(new double[] {number.doubleValue()}));
      case Map<?, ?> map -> map.forEach((key, item) -> add(path + "." + key, key.toString(), item));
      case List<?> list when name.equals(MEMBERS) ->
          tensors.put(path, Tensor.zeros(list.size())); // only how many they are is of interest
      case List<?> list -> {
        for (int i = 0; i < list.size(); i++) {
          add(path + "." + i, Integer.toString(i), list.get(i));
        }
      }
      case null -> {
        // None: nothing was saved.
      }
      default ->
          throw new IllegalArgumentException(
              "%s: expected a tensor, a number, a map or a list, got a %s"
                  .formatted(path, value.getClass().getSimpleName()));
    }
  }
}
