package dev.javelin.nn;

import dev.javelin.Parameter;
import dev.javelin.Tensor;
import dev.javelin.engine.TensorState;
import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/// What belongs to a module: what its fields hold, read anew each time so that it is never out of date, and what was registered by
/// hand.
///
/// Fields come first, superclass before subclass, in the order they are declared, named in snake case. One whose value was registered
/// by hand goes by the name it was given there. Static and transient fields are passed over.
final class Members {
  /// A buffer registered by hand.
  ///
  /// @param tensor its value, or null
  /// @param persistent whether it is saved
  private record Buffer(Tensor tensor, boolean persistent) {}

  /// A field and what it is called in a state dict.
  private record Slot(Field field, String name) {}

  private static final ClassValue<List<Slot>> SLOTS =
      new ClassValue<>() {
        @Override
        protected List<Slot> computeValue(Class<?> type) {
          return slots(type);
        }
      };

  private final Module owner;
  private final Map<String, Module> modules = new LinkedHashMap<>();
  private final Map<String, Parameter> parameters = new LinkedHashMap<>();
  private final Map<String, Buffer> buffers = new LinkedHashMap<>();

  Members(Module owner) {
    this.owner = owner;
  }

  // ---- registration by hand ----

  Parameter addParameter(String name, Object value) {
    checkName("parameter", name, value, parameters);
    if (value instanceof Tensor tensor && !tensor.isLeaf()) {
      throw nonLeaf(name);
    }
    if (value != null && !(value instanceof Parameter)) {
      throw new IllegalArgumentException(
          "cannot assign '%s' object to parameter '%s' (Parameter or None required)"
              .formatted(value.getClass().getSimpleName(), name));
    }
    parameters.put(name, (Parameter) value);
    return (Parameter) value;
  }

  void addBuffer(String name, Tensor value, boolean persistent) {
    checkName("buffer", name, value, buffers);
    if (value != null) {
      TensorState.unscope(value);
    }
    buffers.put(name, new Buffer(value, persistent));
  }

  void addModule(String name, Module value) {
    checkName("module", name, value, modules);
    modules.put(name, value);
  }

  private void checkName(String kind, String name, Object value, Map<String, ?> same) {
    if (name.contains(".")) {
      String got = kind.equals("module") ? ", got: " + name : ""; // PyTorch's sentences differ
      throw new IllegalArgumentException(kind + " name can't contain \".\"" + got);
    }
    if (name.isEmpty()) {
      throw new IllegalArgumentException(kind + " name can't be empty string \"\"");
    }
    boolean elsewhere =
        !same.containsKey(name)
            && (modules.containsKey(name)
                || parameters.containsKey(name)
                || buffers.containsKey(name));
    if (elsewhere || fieldTaken(name, value)) {
      throw taken(name);
    }
  }

  /// Whether a field of that name holds a member that is not this value.
  private boolean fieldTaken(String name, Object value) {
    for (Slot slot : SLOTS.get(owner.getClass())) {
      Object held = slot.name.equals(name) ? read(slot) : null;
      if (held != value
          && (held instanceof Module || held instanceof Tensor)
          && handName(held) == null) {
        return true;
      }
    }
    return false;
  }

  private static IllegalArgumentException taken(String name) {
    return new IllegalArgumentException("attribute '" + name + "' already exists");
  }

  private static IllegalArgumentException nonLeaf(String name) {
    return new IllegalArgumentException(
        ("Cannot assign non-leaf Tensor to parameter '%1$s'. Model parameters must be created"
             + " explicitly. To express '%1$s' as a function of another Tensor, compute the value"
             + " in the forward() method.")
            .formatted(name));
  }

  // ---- what there is now ----

  /// The direct sub-modules by name; null where null was registered.
  Map<String, Module> modules() {
    Map<String, Module> found = new LinkedHashMap<>();
    for (Slot slot : SLOTS.get(owner.getClass())) {
      Object value = read(slot);
      refuseHidden(slot, value);
      if (value instanceof Module module && module != owner) {
        put(found, slot, module);
      }
    }
    modules.forEach(found::putIfAbsent);
    return found;
  }

  /// The sub-modules registered by hand: a live view, for containers.
  Collection<Module> registeredModules() {
    return modules.values();
  }

  /// A parameter registered by hand, or null.
  Parameter registeredParameter(String name) {
    return parameters.get(name);
  }

  /// The parameters of the module itself by name, without those that are null.
  Map<String, Parameter> parameters() {
    Map<String, Parameter> found = new LinkedHashMap<>();
    for (Slot slot : SLOTS.get(owner.getClass())) {
      Object value = read(slot);
      refuseHidden(slot, value);
      if (value instanceof Parameter parameter) {
        if (!parameter.isLeaf()) {
          throw nonLeaf(slot.name);
        }
        put(found, slot, parameter);
      }
    }
    parameters.forEach(found::putIfAbsent);
    found.values().removeIf(Objects::isNull);
    return found;
  }

  /// The buffers of the module itself by name, without those that are null.
  Map<String, Tensor> buffers(boolean persistentOnly) {
    Map<String, Tensor> found = new LinkedHashMap<>();
    buffers.forEach(
        (name, buffer) -> {
          if (buffer.tensor != null && (buffer.persistent || !persistentOnly)) {
            found.put(name, buffer.tensor);
          }
        });
    return found;
  }

  private <T> void put(Map<String, T> found, Slot slot, T value) {
    String given = handName(value);
    String name = given != null ? given : slot.name;
    T before = found.put(name, value);
    boolean other = registered(name) != null && registered(name) != value;
    if (before != null && before != value || given == null && other) {
      throw taken(name);
    }
  }

  private Object registered(String name) {
    Object value = modules.get(name) != null ? modules.get(name) : parameters.get(name);
    return value == null && buffers.containsKey(name) ? buffers.get(name).tensor : value;
  }

  /// The name under which a value was registered by hand, or null.
  private String handName(Object value) {
    for (Map<String, ?> map : List.of(modules, parameters)) {
      for (Map.Entry<String, ?> entry : map.entrySet()) {
        if (entry.getValue() == value) {
          return entry.getKey();
        }
      }
    }
    for (Map.Entry<String, Buffer> entry : buffers.entrySet()) {
      if (entry.getValue().tensor == value) {
        return entry.getKey();
      }
    }
    return null;
  }

  /// A sentence about each member that is not on the device the input is on; empty if there is none.
  String misplaced(Tensor input) {
    StringBuilder hints = new StringBuilder();
    for (Slot slot : SLOTS.get(owner.getClass())) {
      if (read(slot) instanceof Tensor tensor && tensor.device() != input.device()) {
        boolean moves = tensor instanceof Parameter || handName(tensor) != null;
        hints.append(
            moves
                ? "; the field %s.%s is on %s: move the module with to(\"%s\")"
                    .formatted(owner.name(), slot.field.getName(), tensor.device(), input.device())
                : "; the field %s.%s is a plain tensor on %s, which to(device) does not move: register it with registerBuffer"
                    .formatted(owner.name(), slot.field.getName(), tensor.device()));
      }
    }
    return hints.toString();
  }

  // ---- fields ----

  private Object read(Slot slot) {
    try {
      return slot.field.get(owner);
    } catch (IllegalAccessException e) {
      throw new IllegalStateException("a field made accessible was not", e);
    }
  }

  /// A module in a collection would silently not be trained.
  private void refuseHidden(Slot slot, Object value) {
    Object element = firstIn(value);
    if (element == value) {
      return; // no collection
    }
    if (element instanceof Module || element instanceof Parameter) {
      throw new IllegalStateException(
          "%s.%s (%s) holds a %s, which is not found in there and would not be trained: use %s, or register each by hand"
              .formatted(
                  owner.name(),
                  slot.field.getName(),
                  value.getClass().getSimpleName(),
                  element instanceof Module ? "module" : "parameter",
                  element instanceof Module ? "ModuleList or ModuleDict" : "ParameterList"));
    }
  }

  /// The first thing a value holds that is no collection itself, however deep; else the value.
  private static Object firstIn(Object value) {
    Collection<?> items =
        switch (value) {
          case Module _ -> List.of(); // containers are modules
          case Collection<?> collection -> collection;
          case Map<?, ?> map -> map.values();
          case Object[] array -> Arrays.asList(array);
          case null, default -> List.of();
        };
    for (Object item : items) {
      Object found = firstIn(item);
      if (found != null) {
        return found;
      }
    }
    return value;
  }

  private static List<Slot> slots(Class<?> type) {
    List<Slot> slots = new ArrayList<>();
    if (type != Module.class) {
      slots.addAll(SLOTS.get(type.getSuperclass()));
      for (Field field : type.getDeclaredFields()) {
        int skipped = Modifier.STATIC | Modifier.TRANSIENT;
        // Synthetic fields hold what a lambda or an inner class captured: the module around it, for
        // one.
        boolean candidate =
            (field.getModifiers() & skipped) == 0
                && !field.isSynthetic()
                && !field.getType().isPrimitive()
                && field.getType() != String.class;
        if (candidate) {
          slots.add(new Slot(accessible(field), snakeCase(field.getName())));
        }
      }
    }
    return List.copyOf(slots);
  }

  private static Field accessible(Field field) {
    try {
      field.setAccessible(true);
      return field;
    } catch (InaccessibleObjectException e) {
      throw new IllegalStateException(
          "the fields of %s cannot be read: its module-info needs \"opens %s to dev.javelin.core\""
              .formatted(
                  field.getDeclaringClass().getName(), field.getDeclaringClass().getPackageName()),
          e);
    }
  }

  /// `linearReluStack` becomes `linear_relu_stack`, `conv2Drop` becomes `conv2_drop`, `fc1` stays.
  static String snakeCase(String name) {
    return name.replaceAll("(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_")
        .toLowerCase(Locale.ROOT);
  }
}
