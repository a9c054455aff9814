package dev.javelin.nn;

import java.util.Map;
import java.util.SequencedMap;

/// Modules by name, registered; calling them is left to the module around.
public final class ModuleDict extends Module {
  /// An empty dictionary.
  public ModuleDict() {}

  /// A dictionary.
  ///
  /// @param modules names and modules, in order: a `LinkedHashMap`
  public ModuleDict(SequencedMap<String, ? extends Module> modules) {
    modules.forEach(this::put);
  }

  /// Adds a module, or replaces one.
  ///
  /// @param name its name, without a dot
  /// @param module the module
  /// @return this dictionary
  public ModuleDict put(String name, Module module) {
    registerModule(name, module);
    return this;
  }

  /// A module by its name.
  ///
  /// @param name its name
  /// @return the module
  /// @throws IllegalArgumentException if there is none of that name
  public Module get(String name) {
    Map<String, Module> modules = members().modules();
    if (!modules.containsKey(name)) {
      throw new IllegalArgumentException(
          "there is no module '" + name + "'; there are " + modules.keySet());
    }
    return modules.get(name);
  }
}
