package dev.javelin.io;

import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What was loaded from a file: a tensor, or containers of tensors, numbers and text.
///
/// ```java
/// Saved run = Javelin.load(Path.of("run.pt"));
/// model.loadStateDict(run.get("model").stateDict());
/// long epoch = (Long) run.get("epoch").value();
/// ```
///
/// Each method says what is expected; where the file holds something else, the [FormatException] says what that is.
public final class Saved {
  private final Path file;

  /// Where in the file this is, such as `["model"]`.
  private final String place;

  private final Object value;
  private final Map<String, String> metadata;

  Saved(Path file, String place, Object value, Map<String, String> metadata) {
    this.file = file;
    this.place = place;
    this.value = value;
    this.metadata = metadata;
  }

  /// The value as it is: a [Tensor], a [List] (also for a tuple), a [Map], a [java.util.Set], a [String] (also for a device), a
  /// [Long], a [BigInteger] beyond its range, a [Double], a [Boolean], a [Shape], a [DType], a `byte[]`, or null for None.
  ///
  /// @return the value; containers cannot be changed
  public Object value() {
    return value;
  }

  /// The tensor.
  ///
  /// @return the tensor
  /// @throws FormatException if this is something else
  public Tensor tensor() {
    return expect(Tensor.class, "a tensor");
  }

  /// The tensors of a list; those of an .npz file that was saved from a list, too.
  ///
  /// @return the tensors in order
  /// @throws FormatException if this is something else, or the list holds something else
  public List<Tensor> tensors() {
    List<?> list =
        value instanceof Map<?, ?> map && map.keySet().equals(NpzFile.names(map.size()))
            ? NpzFile.names(map.size()).stream().map(map::get).toList()
            : expect(List.class, "a list of tensors");
    for (int i = 0; i < list.size(); i++) {
      at("[" + i + "]", list.get(i)).tensor();
    }
    return list.stream().map(Tensor.class::cast).toList();
  }

  /// The tensors by name: the state of a module or an optimiser.
  ///
  /// @return names and tensors, in the order they were saved in
  /// @throws FormatException if this is something else, or not all of it are tensors
  public Map<String, Tensor> stateDict() {
    Map<String, Tensor> result = new LinkedHashMap<>();
    map().forEach((name, item) -> result.put(name, at(step(name), item).tensor()));
    return Collections.unmodifiableMap(result);
  }

  /// The values by name.
  ///
  /// @return names and values as of [#value()], in the order they were saved in
  /// @throws FormatException if this is no map, or has keys that are no text
  public Map<String, Object> map() {
    Map<String, Object> result = new LinkedHashMap<>();
    Map<?, ?> map = expect(Map.class, "a map");
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      if (!(entry.getKey() instanceof String name)) {
        throw defect("a map with names as keys", entry.getKey());
      }
      result.put(name, entry.getValue());
    }
    return Collections.unmodifiableMap(result);
  }

  /// One value of a map.
  ///
  /// @param key its name
  /// @return the value
  /// @throws FormatException if this is no map, or has no such name
  public Saved get(String key) {
    Map<?, ?> map = expect(Map.class, "a map");
    if (!map.containsKey(key)) {
      throw new FormatException(
          file,
          "holds no %s%s: expected one of %s"
              .formatted(
                  Defect.quoted(key),
                  place.isEmpty() ? "" : " in " + place,
                  Defect.oneLine(map.keySet().toString(), 300)));
    }
    return at(step(key), map.get(key));
  }

  /// The words saved with the tensors of a safetensors file.
  ///
  /// @return the words, by name; none for other formats
  public Map<String, String> metadata() {
    return metadata;
  }

  private static String step(String key) {
    return "[" + Defect.quoted(key) + "]";
  }

  private Saved at(String step, Object item) {
    return new Saved(file, place + step, item, Map.of());
  }

  private <T> T expect(Class<T> type, String expected) {
    if (!type.isInstance(value)) {
      throw defect(expected, value);
    }
    return type.cast(value);
  }

  private FormatException defect(String expected, Object found) {
    return new FormatException(
        file,
        "holds %s%s: expected %s"
            .formatted(describe(found), place.isEmpty() ? "" : " at " + place, expected));
  }

  static String describe(Object value) {
    return switch (value) {
      case Tensor tensor -> "a tensor of shape " + tensor.shape();
      case Map<?, ?> map -> "a map of " + map.size() + " entries";
      case List<?> list -> "a list of " + list.size() + " items";
      case null, default -> PickleObjects.describe(value);
    };
  }

  /// The value as text, for a look at what a file holds.
  @Override
  public String toString() {
    return file + place + " holds " + describe(value);
  }
}
