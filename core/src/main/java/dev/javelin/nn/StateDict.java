package dev.javelin.nn;

import dev.javelin.Javelin;
import dev.javelin.Parameter;
import dev.javelin.Tensor;
import dev.javelin.engine.TensorState;
import dev.javelin.engine.ThreadContext;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/// What reads and writes all the values of a module.
final class StateDict {
  private StateDict() {}

  static Map<String, Tensor> of(Module module) {
    Map<String, Tensor> live = new LinkedHashMap<>();
    gather("", module, live);
    live.replaceAll((name, tensor) -> tensor.detach());
    return Collections.unmodifiableMap(live);
  }

  /// The tensors themselves; shared ones under each of their names.
  private static void gather(String prefix, Module module, Map<String, Tensor> found) {
    module.members().parameters().forEach((name, value) -> found.put(prefix + name, value));
    module.members().buffers(true).forEach((name, value) -> found.put(prefix + name, value));
    module
        .members()
        .modules()
        .forEach(
            (name, child) -> {
              if (child != null) {
                gather(prefix + name + ".", child, found);
              }
            });
  }

  static Module.LoadReport load(Module module, Map<String, Tensor> state, boolean strict) {
    Map<String, Tensor> own = of(module);
    List<String> missing = own.keySet().stream().filter(key -> !state.containsKey(key)).toList();
    List<String> unexpected = state.keySet().stream().filter(key -> !own.containsKey(key)).toList();
    List<String> errors = new ArrayList<>();
    if (strict && !missing.isEmpty()) {
      errors.add("Missing key(s) in state_dict: " + quoted(missing) + ". ");
    }
    if (strict && !unexpected.isEmpty()) {
      errors.add("Unexpected key(s) in state_dict: " + quoted(unexpected) + ". ");
    }
    own.forEach(
        (name, tensor) -> {
          Tensor given = state.get(name);
          if (given != null && !given.shape().equals(tensor.shape())) {
            errors.add(
                "size mismatch for %s: copying a param with shape %s from checkpoint, the shape in current model is %s."
                    .formatted(name, given.shape(), tensor.shape()));
          }
        });
    if (!errors.isEmpty()) {
      throw new IllegalArgumentException(
          "Error(s) in loading state_dict for %s:\n\t%s"
              .formatted(module.name(), String.join("\n\t", errors)));
    }
    Javelin.noGrad(
        () ->
            own.forEach(
                (name, tensor) -> {
                  Tensor given = state.get(name);
                  if (given != null) {
                    tensor.copy_(given);
                  }
                }));
    return new Module.LoadReport(missing, unexpected);
  }

  private static String quoted(List<String> names) {
    return names.stream().map(name -> '"' + name + '"').collect(Collectors.joining(", "));
  }

  /// Replaces the values of parameters, their gradients, and buffers; the tensors stay the same objects. Everything is converted
  /// before anything is replaced, so that running out of memory leaves the module whole.
  static Module convert(Module module, UnaryOperator<Tensor> conversion) {
    List<Runnable> replacements = new ArrayList<>();
    Javelin.noGrad(
        () ->
            ThreadContext.unscoped(
                () -> {
                  for (Parameter parameter : module.parameters()) {
                    replace(parameter, conversion, replacements);
                    Tensor grad = (Tensor) TensorState.grad(parameter, false);
                    if (grad != null) {
                      Tensor converted = conversion.apply(grad);
                      if (converted != grad) {
                        replacements.add(() -> parameter.setGrad(converted));
                      }
                    }
                  }
                  module.buffers().forEach(buffer -> replace(buffer, conversion, replacements));
                  return null;
                }));
    replacements.forEach(Runnable::run);
    return module;
  }

  private static void replace(
      Tensor tensor, UnaryOperator<Tensor> conversion, List<Runnable> replacements) {
    Tensor plain = tensor.detach();
    Tensor converted = conversion.apply(plain);
    if (converted != plain) {
      replacements.add(() -> tensor.setData(converted));
    }
  }
}
