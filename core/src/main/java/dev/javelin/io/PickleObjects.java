package dev.javelin.io;

import dev.javelin.io.StoredTensor.Block;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// The Python objects a pickle may name. A pickle is a program that calls what it names, so what is not listed here is refused:
/// nothing of these runs anything or reaches outside of the file.
final class PickleObjects {
  /// What a pickle names with GLOBAL.
  sealed interface Named permits Callable, StorageType, Constant {}

  /// What can be called.
  ///
  /// @param name its name in Python
  /// @param function what it does
  record Callable(String name, Function function) implements Named {}

  /// The class of a storage, such as `torch.FloatStorage`.
  ///
  /// @param dtype the type of its elements, null for an untyped one, which counts bytes
  record StorageType(DType dtype) implements Named {}

  /// What stands for itself.
  ///
  /// @param value the value
  record Constant(Object value) implements Named {}

  /// What a callable does with its arguments.
  @FunctionalInterface
  interface Function {
    Object call(List<Object> arguments) throws Defect;
  }

  /// A storage of the file.
  ///
  /// @param dtype the type of its elements, null if the tensor says it
  /// @param key its name in the file
  /// @param count how many elements it has, or bytes if untyped
  record Storage(DType dtype, String key, long count) {}

  /// Finds the elements of a storage.
  @FunctionalInterface
  interface Blocks {
    /// The elements.
    ///
    /// @param storage which storage
    /// @param dtype their type
    /// @return the same block each time
    /// @throws Defect if the file has none such
    Block block(Storage storage, DType dtype) throws Defect;
  }

  /// A tuple: unlike a list it may be empty without being filled later.
  ///
  /// @param items its items
  record Tuple(List<Object> items) {}

  private static final Map<String, DType> DTYPES = new TreeMap<>();
  private static final Map<String, DType> STORAGES =
      Map.of(
          "BoolStorage", DType.BOOL,
          "ByteStorage", DType.UINT8,
          "CharStorage", DType.INT8,
          "ShortStorage", DType.INT16,
          "IntStorage", DType.INT32,
          "LongStorage", DType.INT64,
          "HalfStorage", DType.FLOAT16,
          "BFloat16Storage", DType.BFLOAT16,
          "FloatStorage", DType.FLOAT32,
          "DoubleStorage", DType.FLOAT64);

  static {
    for (DType dtype : DType.values()) {
      DTYPES.put(dtype.toString(), dtype);
    }
  }

  private final Map<String, Named> allowed = new TreeMap<>();

  /// The objects.
  ///
  /// @param blocks finds the elements of tensors
  PickleObjects(Blocks blocks) {
    DTYPES.forEach((name, dtype) -> allowed.put("torch." + name, new Constant(dtype)));
    STORAGES.forEach((name, dtype) -> allowed.put("torch." + name, new StorageType(dtype)));
    allowed.put("torch.UntypedStorage", new StorageType(null));
    allowed.put("torch.storage.UntypedStorage", new StorageType(null));
    allow("torch._utils._rebuild_tensor", arguments -> tensor(arguments, blocks, null));
    allow("torch._utils._rebuild_tensor_v2", arguments -> tensor(arguments, blocks, null));
    allow(
        "torch._utils._rebuild_tensor_v3",
        arguments -> tensor(arguments, blocks, argument(arguments, 6, DType.class)));
    allow(
        "torch._utils._rebuild_parameter",
        arguments ->
            argument(arguments, 0, StoredTensor.class)
                .asParameter(argument(arguments, 1, Boolean.class)));
    allow("torch.Size", arguments -> size(arguments));
    allow("torch.device", PickleObjects::device);
    allow("collections.OrderedDict", PickleObjects::orderedDict);
    for (String module : List.of("builtins.", "__builtin__.")) {
      allow(module + "set", PickleObjects::set);
      allow(module + "frozenset", PickleObjects::set);
      allow(
          module + "bytearray",
          arguments -> arguments.isEmpty() ? new byte[0] : argument(arguments, 0, byte[].class));
    }
    allow("_codecs.encode", PickleObjects::latin1);
  }

  private void allow(String name, Function function) {
    allowed.put(name, new Callable(name, function));
  }

  /// Finds what a pickle names.
  ///
  /// @param name module and name
  /// @return what it is
  /// @throws Defect if it is not allowed
  Named find(String name) throws Defect {
    Named found = allowed.get(name);
    if (found != null) {
      return found;
    }
    if (name.startsWith("torch.") && name.endsWith("Storage")
        || name.matches("torch\\.(complex|float8|q?u?int|bits)\\w*")) {
      throw new Defect(
          "holds a tensor of the type %s, which Javelin does not have: expected one of %s; convert it in Python"
              .formatted(Defect.quoted(name), String.join(", ", DTYPES.keySet())));
    }
    throw new Defect(
        "holds a Python object %s, which is refused: to load it could run a program; only tensors, parameters, numbers, text and plain containers are read, so save a state_dict instead"
            .formatted(Defect.quoted(name)));
  }

  /// The class of storages of a type, in the module `torch`.
  static String storageName(DType dtype) {
    return STORAGES.entrySet().stream()
        .filter(entry -> entry.getValue() == dtype)
        .findFirst()
        .orElseThrow()
        .getKey();
  }

  private static <T> T argument(List<Object> arguments, int index, Class<T> type) throws Defect {
    Object found = index < arguments.size() ? arguments.get(index) : null;
    if (!type.isInstance(found)) {
      throw new Defect(
          "is damaged: expected a %s as argument %s of a call, found %s"
              .formatted(type.getSimpleName(), index + 1, describe(found)));
    }
    return type.cast(found);
  }

  /// What an object is, for a message.
  static String describe(Object object) {
    return switch (object) {
      case null -> "nothing";
      case String text -> "the text " + Defect.quoted(text);
      case Number number -> "the number " + Defect.oneLine(number.toString(), 30);
      case Boolean flag -> flag ? "True" : "False";
      case List<?> _ -> "a list";
      case Tuple _ -> "a tuple";
      case Map<?, ?> _ -> "a dict";
      case Set<?> _ -> "a set";
      case StoredTensor _ -> "a tensor";
      case Storage _, StorageType _ -> "a storage";
      case Shape _ -> "a torch.Size";
      case DType dtype -> "torch." + dtype;
      case byte[] _ -> "bytes";
      case Callable(String name, _) -> name;
      default -> "an object of the class " + object.getClass().getName();
    };
  }

  private static Object tensor(List<Object> arguments, Blocks blocks, DType dtype) throws Defect {
    Storage storage = argument(arguments, 0, Storage.class);
    DType type = dtype != null ? dtype : storage.dtype;
    if (type == null || storage.dtype != null && storage.dtype != type) {
      throw new Defect(
          "is damaged: found the types %s and %s for one tensor".formatted(storage.dtype, dtype));
    }
    long[] sizes = numbers(argument(arguments, 2, Object.class));
    long[] strides = numbers(argument(arguments, 3, Object.class));
    boolean learns = arguments.size() > 4 && argument(arguments, 4, Boolean.class);
    return StoredTensor.of(
        blocks.block(storage, type),
        sizes,
        strides,
        argument(arguments, 1, Long.class),
        learns && type.isFloatingPoint());
  }

  private static long[] numbers(Object object) throws Defect {
    if (object instanceof Shape shape) {
      return shape.toArray();
    }
    if (object instanceof Tuple(List<Object> items)
        && items.stream().allMatch(item -> item instanceof Long)) {
      return items.stream().mapToLong(item -> (Long) item).toArray();
    }
    throw new Defect("is damaged: expected a tuple of numbers, found " + describe(object));
  }

  private static Shape size(List<Object> arguments) throws Defect {
    long[] sizes =
        arguments.isEmpty() ? new long[0] : numbers(argument(arguments, 0, Object.class));
    try {
      return Shape.of(sizes);
    } catch (ArithmeticException | IllegalArgumentException e) {
      throw new Defect("is damaged: found an impossible torch.Size", e);
    }
  }

  private static String device(List<Object> arguments) throws Defect {
    String type = argument(arguments, 0, String.class);
    return arguments.size() == 1 ? type : type + ":" + argument(arguments, 1, Long.class);
  }

  private static Map<Object, Object> orderedDict(List<Object> arguments) throws Defect {
    Map<Object, Object> dict = new LinkedHashMap<>();
    if (!arguments.isEmpty()) {
      // As Python 2 wrote it: a list of lists of key and value.
      for (Object item : argument(arguments, 0, List.class)) {
        List<?> pair =
            item instanceof Tuple(List<Object> items)
                ? items
                : item instanceof List<?> list ? list : List.of();
        if (pair.size() != 2) {
          throw new Defect("is damaged: expected pairs for an OrderedDict");
        }
        put(dict, pair.get(0), pair.get(1));
      }
    }
    return dict;
  }

  private static Set<Object> set(List<Object> arguments) throws Defect {
    Set<Object> set = new LinkedHashSet<>();
    if (!arguments.isEmpty()) {
      for (Object item : argument(arguments, 0, List.class)) {
        set.add(key(item));
      }
    }
    return set;
  }

  /// How protocol 2 spells bytes.
  private static byte[] latin1(List<Object> arguments) throws Defect {
    if (!argument(arguments, 1, String.class).equals("latin1")) {
      throw new Defect("is damaged: expected bytes spelt as latin1");
    }
    return argument(arguments, 0, String.class).getBytes(StandardCharsets.ISO_8859_1);
  }

  static void put(Map<Object, Object> dict, Object key, Object value) throws Defect {
    dict.put(key(key), value);
  }

  /// Only what is equal by its own value, and at once, can be a key.
  static Object key(Object object) throws Defect {
    return switch (object) {
      case String _, Long _, Double _, Boolean _, BigInteger _, DType _ -> object;
      case null, default ->
          throw new Defect(
              "holds %s as a key: expected texts and numbers only".formatted(describe(object)));
    };
  }
}
