package dev.javelin.nn;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/// Modules in a list, registered; calling them is left to the module around.
public final class ModuleList extends Module implements Iterable<Module> {
  /// A list of modules.
  ///
  /// @param modules the modules in order
  public ModuleList(Module... modules) {
    this(List.of(modules));
  }

  /// A list of modules.
  ///
  /// @param modules the modules in order
  public ModuleList(Iterable<? extends Module> modules) {
    modules.forEach(this::append);
  }

  /// Adds a module at the end.
  ///
  /// @param module the module
  /// @return this list
  public ModuleList append(Module module) {
    registerModule(Integer.toString(size()), module);
    return this;
  }

  /// How many modules there are.
  ///
  /// @return the number
  public int size() {
    return members().registeredModules().size();
  }

  /// A module by its position.
  ///
  /// @param index from 0; negative counts from the end
  /// @return the module
  public Module get(int index) {
    List<Module> all = List.copyOf(members().registeredModules());
    return all.get(index < 0 ? index + all.size() : index);
  }

  /// The modules in order.
  @Override
  public Iterator<Module> iterator() {
    return List.copyOf(members().registeredModules()).iterator();
  }

  /// Neighbours that print alike are printed once: `(0-1): 2 x ReLU()`.
  @Override
  List<String> childLines(Map<String, Module> children) {
    List<String> texts = children.values().stream().map(Module::toString).toList();
    List<String> lines = new ArrayList<>();
    int next;
    for (int first = 0; first < texts.size(); first = next) {
      next = first + 1;
      while (next < texts.size() && texts.get(next).equals(texts.get(first))) {
        next++;
      }
      int count = next - first;
      String place = count == 1 ? "(" + first + "): " : "(" + first + "-" + (next - 1) + "): ";
      lines.add(place + (count == 1 ? "" : count + " x ") + texts.get(first));
    }
    return lines;
  }
}
