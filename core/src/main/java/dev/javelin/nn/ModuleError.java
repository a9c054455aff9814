package dev.javelin.nn;

import dev.javelin.Tensor;
import dev.javelin.backend.OutOfDeviceMemoryException;
import java.io.Serial;
import java.io.Serializable;
import java.util.List;
import java.util.Map;

/// Where in a model an error happened: the path of the module, which its exception carries.
///
/// The path grows as the exception passes the calls of the modules around; nothing is spent on it before.
final class ModuleError implements Serializable {
  @Serial private static final long serialVersionUID = 1L;

  private final String where;
  private final String detail;
  private final String hint;
  private transient Module outermost;
  private String root;
  private String path = "";

  private ModuleError(Module module, RuntimeException cause, String hint) {
    this.where = module.brief();
    this.detail = cause.getMessage();
    this.hint = hint;
    this.outermost = module;
    this.root = module.name();
  }

  /// An exception that carries a path.
  private interface Located {
    ModuleError place();
  }

  /// An error of shape, dtype, device or index.
  private static final class IllegalArgument extends IllegalArgumentException implements Located {
    @Serial private static final long serialVersionUID = 1L;

    private final ModuleError place;

    IllegalArgument(ModuleError place, RuntimeException cause) {
      super(cause);
      this.place = place;
    }

    @Override
    public ModuleError place() {
      return place;
    }

    @Override
    public String getMessage() {
      return place.text();
    }
  }

  /// Misuse of the graph, or of freed memory.
  private static final class IllegalState extends IllegalStateException implements Located {
    @Serial private static final long serialVersionUID = 1L;

    private final ModuleError place;

    IllegalState(ModuleError place, RuntimeException cause) {
      super(cause);
      this.place = place;
    }

    @Override
    public ModuleError place() {
      return place;
    }

    @Override
    public String getMessage() {
      return place.text();
    }
  }

  /// No memory left.
  private static final class OutOfDeviceMemory extends OutOfDeviceMemoryException
      implements Located {
    @Serial private static final long serialVersionUID = 1L;

    private final ModuleError place;

    OutOfDeviceMemory(ModuleError place, RuntimeException cause) {
      super(cause.getMessage());
      initCause(cause);
      this.place = place;
    }

    @Override
    public ModuleError place() {
      return place;
    }

    @Override
    public String getMessage() {
      return place.text();
    }
  }

  /// The error as it leaves the call of a module; of kinds that are not the library's, the error itself.
  static RuntimeException in(Module module, List<Tensor> inputs, RuntimeException error) {
    return switch (error) {
      case Located inner -> {
        inner.place().leave(module);
        yield error;
      }
      case IllegalArgumentException _, IndexOutOfBoundsException _ ->
          new IllegalArgument(new ModuleError(module, error, hint(module, inputs)), error);
      case IllegalStateException _ -> new IllegalState(new ModuleError(module, error, ""), error);
      case OutOfDeviceMemoryException _ ->
          new OutOfDeviceMemory(new ModuleError(module, error, ""), error);
      default -> error;
    };
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

  private String text() {
    String place = path.isEmpty() ? "" : root + "." + path + " ";
    return "in " + place + where + ": " + detail + hint;
  }
}
