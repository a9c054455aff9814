package dev.javelin.nn;

import dev.javelin.Tensor;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.SequencedMap;

/// Modules one after the other, each fed with what the one before gives.
public final class Sequential extends Module implements Iterable<Module> {
  /// A chain of modules named `0`, `1` and so on.
  ///
  /// @param modules the modules in order; one may appear more than once, and then shares its parameters
  public Sequential(Module... modules) {
    for (Module module : modules) {
      append(module);
    }
  }

  /// A chain of modules with names.
  ///
  /// @param modules names and modules, in order: a `LinkedHashMap`
  public Sequential(SequencedMap<String, ? extends Module> modules) {
    modules.forEach(this::registerModule);
  }

  /// Adds a module at the end, named by its position.
  ///
  /// @param module the module
  /// @return this chain
  public Sequential append(Module module) {
    registerModule(Integer.toString(size()), module);
    return this;
  }

  /// How many modules there are.
  ///
  /// @return the number
  public int size() {
    return registered().size();
  }

  /// A module by its position.
  ///
  /// @param index from 0; negative counts from the end
  /// @return the module
  public Module get(int index) {
    List<Module> all = List.copyOf(registered());
    return all.get(index < 0 ? index + all.size() : index);
  }

  /// The modules in order.
  @Override
  public Iterator<Module> iterator() {
    return List.copyOf(registered()).iterator();
  }

  private Collection<Module> registered() {
    return members().registeredModules();
  }

  @Override
  protected Tensor forward(Tensor x) {
    Tensor result = x;
    for (Module module : registered()) {
      result = module.call(result);
    }
    return result;
  }
}
