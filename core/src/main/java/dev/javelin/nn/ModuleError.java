package dev.javelin.nn;

import dev.javelin.Tensor;
import java.io.Serial;
import java.util.List;
import java.util.Map;

/// An error of shape, dtype, device or index inside a model, with the path of the module it happened in.
///
/// The path grows as the exception passes the calls of the modules around; nothing is spent on it before.
final class ModuleError extends IllegalArgumentException {
  @Serial private static final long serialVersionUID = 1L;

  private final String where;
  private final String detail;
  private final String hint;
  private transient Module outermost;
  private String root;
  private String path = "";

  private ModuleError(Module module, RuntimeException cause, String hint) {
    super(cause.getMessage(), cause);
    this.where = module.brief();
    this.detail = cause.getMessage();
    this.hint = hint;
    this.outermost = module;
    this.root = module.name();
  }

  /// The error as it leaves the call of a module.
  static ModuleError in(Module module, List<Tensor> inputs, RuntimeException error) {
    if (error instanceof ModuleError inner) {
      inner.leave(module);
      return inner;
    }
    return new ModuleError(module, error, hint(module, inputs));
  }

  private static String hint(Module module, List<Tensor> inputs) {
    try {
      return inputs.isEmpty() ? "" : module.members().misplaced(inputs.getFirst());
    } catch (IllegalStateException e) {
      return ""; // a field holds a tensor that is freed already
    }
  }

  private void leave(Module module) {
    if (module == outermost) {
      return;
    }
    String name = nameOf(outermost, module);
    path = path.isEmpty() ? name : name + "." + path;
    outermost = module;
    root = module.name();
  }

  private static String nameOf(Module inner, Module outer) {
    try {
      for (Map.Entry<String, Module> entry : outer.namedModules().entrySet()) {
        if (entry.getValue() == inner) {
          return entry.getKey();
        }
      }
    } catch (IllegalStateException | IllegalArgumentException e) {
      return "?"; // the module has faults of its own, which are reported where they matter
    }
    return "<" + inner.name() + ">";
  }

  @Override
  public String getMessage() {
    String place = path.isEmpty() ? "" : root + "." + path + " ";
    return "in " + place + where + ": " + detail + hint;
  }
}
