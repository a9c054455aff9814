package dev.javelin.nn;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/// Walks the modules below a module, in PyTorch's order; what is shared is listed once, under its first name.
final class Listing {
  private Listing() {}

  private static Set<Object> seen() {
    return Collections.newSetFromMap(new IdentityHashMap<>());
  }

  static Map<String, Module> modules(Module root) {
    Map<String, Module> found = new LinkedHashMap<>();
    gather("", root, found, seen());
    return Collections.unmodifiableMap(found);
  }

  private static void gather(
      String path, Module module, Map<String, Module> found, Set<Object> seen) {
    if (seen.add(module)) {
      found.put(path, module);
      children(module).forEach((name, child) -> gather(join(path, name), child, found, seen));
    }
  }

  static Map<String, Module> children(Module module) {
    Map<String, Module> found = new LinkedHashMap<>();
    Set<Object> seen = seen();
    module
        .members()
        .modules()
        .forEach(
            (name, child) -> {
              if (child != null && seen.add(child)) {
                found.put(name, child);
              }
            });
    return Collections.unmodifiableMap(found);
  }

  /// What belongs to a module or to one below it.
  ///
  /// @param direct what belongs to a module itself
  static <T> Map<String, T> collect(Module root, Function<Members, Map<String, T>> direct) {
    Map<String, T> found = new LinkedHashMap<>();
    Set<Object> seen = seen();
    modules(root)
        .forEach(
            (path, module) ->
                direct
                    .apply(module.members())
                    .forEach(
                        (name, value) -> {
                          if (seen.add(value)) {
                            found.put(join(path, name), value);
                          }
                        }));
    return Collections.unmodifiableMap(found);
  }

  private static String join(String path, String name) {
    return path.isEmpty() ? name : path + "." + name;
  }
}
