package dev.javelin.optim;

import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// The settings of a group as PyTorch names them in a state dict: `lr`, `betas.0`, `weight_decay`; truth values are 0 and 1.
final class Settings {
  private Settings() {}

  static Map<String, Double> of(OptimizerOptions options) {
    Map<String, Double> settings = new LinkedHashMap<>();
    for (RecordComponent component : options.getClass().getRecordComponents()) {
      settings.put(name(component), number(read(component, options)));
    }
    return settings;
  }

  /// Which setting says how much of the former steps is kept.
  static Optional<String> momentum(OptimizerOptions options) {
    return Stream.of("momentum", "betas.0").filter(of(options)::containsKey).findFirst();
  }

  /// These options with the settings given; those that are missing stay.
  ///
  /// @throws IllegalArgumentException if one is out of its range
  static OptimizerOptions with(OptimizerOptions options, Map<String, Double> settings) {
    RecordComponent[] components = options.getClass().getRecordComponents();
    Class<?>[] types = new Class<?>[components.length];
    Object[] values = new Object[components.length];
    for (int i = 0; i < values.length; i++) {
      types[i] = components[i].getType();
      Double given = settings.get(name(components[i]));
      Object kept = read(components[i], options);
      values[i] = given == null ? kept : types[i] == boolean.class ? (Object) (given != 0) : given;
    }
    try {
      Constructor<?> constructor = options.getClass().getDeclaredConstructor(types);
      return (OptimizerOptions) constructor.newInstance(values);
    } catch (ReflectiveOperationException e) {
      if (e.getCause() instanceof IllegalArgumentException refused) {
        throw refused;
      }
      throw new IllegalStateException("a record could not be made", e);
    }
  }

  private static String name(RecordComponent component) {
    return switch (component.getName()) {
      case "learningRate" -> "lr";
      case "beta1" -> "betas.0";
      case "beta2" -> "betas.1";
      default ->
          component.getName().replaceAll("(?<=[a-z])(?=[A-Z])", "_").toLowerCase(Locale.ROOT);
    };
  }

  private static double number(Object value) {
    return value instanceof Boolean truth ? (truth ? 1 : 0) : (Double) value;
  }

  private static Object read(RecordComponent component, OptimizerOptions options) {
    try {
      return component.getAccessor().invoke(options);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("a record could not be read", e);
    }
  }
}
