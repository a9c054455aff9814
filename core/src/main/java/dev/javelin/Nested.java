package dev.javelin;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Numbers;
import dev.javelin.kernels.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.List;

/// Nested Java arrays and lists as tensors, and back.
final class Nested {
  private final Object data;
  private final List<Long> sizes = new ArrayList<>();

  private Nested(Object data) {
    this.data = data;
    Object at = data;
    while (isNest(at)) {
      long length = length(at);
      sizes.add(length);
      if (length == 0) {
        at = null;
        break;
      }
      at = item(at, 0);
    }
  }

  /// A tensor of nested arrays or lists of numbers or truth values, or of one number.
  ///
  /// @param dtype null to infer it
  static Tensor tensor(Object data, DType dtype, Device device) {
    Nested nested = new Nested(data);
    DType type = dtype == null ? nested.infer() : dtype;
    Shape shape = Shape.of(nested.sizes.stream().mapToLong(Long::longValue).toArray());
    try (Arena arena = Arena.ofConfined()) {
      long bytes = shape.numel() * type.bytes();
      MemorySegment memory = arena.allocate(Math.max(1, bytes), 8).asSlice(0, bytes);
      nested.write(data, 0, type, memory, 0);
      return Tensor.of(memory, type, shape, device);
    }
  }

  private static boolean isNest(Object data) {
    return data instanceof List || data != null && data.getClass().isArray();
  }

  private static long length(Object nest) {
    return nest instanceof List<?> list ? list.size() : Array.getLength(nest);
  }

  private static Object item(Object nest, int i) {
    return nest instanceof List<?> list ? list.get(i) : Array.get(nest, i);
  }

  /// Arrays keep their type; single numbers and lists are float32, int64 or bool, as Python's.
  private DType infer() {
    Class<?> type = data.getClass();
    while (type.isArray()) {
      type = type.getComponentType();
    }
    if (type == float.class || sizes.contains(0L) && !type.isPrimitive()) {
      return DType.FLOAT32;
    }
    if (type.isPrimitive()) {
      return type == double.class
          ? DType.FLOAT64
          : type == long.class
              ? DType.INT64
              : type == int.class
                  ? DType.INT32
                  : type == short.class
                      ? DType.INT16
                      : type == byte.class ? DType.INT8 : refuseUnless(type == boolean.class, type);
    }
    Object leaf = data;
    while (isNest(leaf)) {
      leaf = item(leaf, 0);
    }
    return leaf instanceof Double || leaf instanceof Float
        ? DType.FLOAT32
        : leaf instanceof Boolean ? DType.BOOL : DType.INT64;
  }

  private static DType refuseUnless(boolean isBool, Class<?> type) {
    if (!isBool) {
      throw new IllegalArgumentException(
          "of: expected numbers or truth values, got elements of type " + type);
    }
    return DType.BOOL;
  }

  /// Writes a part of the data from element `at` on; gives the element after it.
  private long write(Object part, int depth, DType dtype, MemorySegment memory, long at) {
    if (!isNest(part)) {
      if (depth != sizes.size()) {
        throw new IllegalArgumentException(
            "of: expected %s levels of nesting everywhere, but found an element at level %s"
                .formatted(sizes.size(), depth));
      }
      put(part, dtype, memory, at);
      return at + 1;
    }
    if (depth >= sizes.size() || length(part) != sizes.get(depth)) {
      throw new IllegalArgumentException(
          "of: expected rows of one length, but at level %s there are %s and %s elements"
              .formatted(depth, depth < sizes.size() ? sizes.get(depth) : 0, length(part)));
    }
    long next = at;
    for (int i = 0; i < length(part); i++) {
      next = write(item(part, i), depth + 1, dtype, memory, next);
    }
    return next;
  }

  private static void put(Object element, DType dtype, MemorySegment memory, long at) {
    Number number =
        switch (element) {
          case Number given -> given;
          case Boolean truth -> truth ? 1L : 0L;
          case null, default ->
              throw new IllegalArgumentException(
                  "of: expected numbers or truth values, got "
                      + (element == null ? "nothing" : element.getClass().getSimpleName()));
        };
    boolean whole = number instanceof Long || number instanceof Integer;
    if (dtype == DType.BOOL) {
      Numbers.setLong(dtype, memory, at, number.doubleValue() != 0 ? 1 : 0);
    } else if (whole && !dtype.isFloatingPoint()) {
      Numbers.setLong(dtype, memory, at, number.longValue());
    } else if (dtype.isFloatingPoint()) {
      Numbers.setDouble(dtype, memory, at, number.doubleValue());
    } else {
      Numbers.setLong(dtype, memory, at, (long) number.doubleValue());
    }
  }

  // ---- back ----

  /// Nested lists of Double, Long or Boolean; one of these for a tensor without dimensions.
  static Object list(Tensor tensor) {
    long[] whole = tensor.dtype().isFloatingPoint() ? null : tensor.toLongArray();
    double[] real = whole == null ? tensor.toDoubleArray() : null;
    return list(tensor, 0, 0, whole, real);
  }

  private static Object list(Tensor tensor, int dim, int at, long[] whole, double[] real) {
    if (dim == tensor.dim()) {
      return real != null
          ? (Object) real[at]
          : tensor.dtype() == DType.BOOL ? (Object) (whole[at] != 0) : (Object) whole[at];
    }
    int stride = 1;
    for (int i = dim + 1; i < tensor.dim(); i++) {
      stride *= Math.toIntExact(tensor.size(i));
    }
    List<Object> items = new ArrayList<>();
    for (int i = 0; i < tensor.size(dim); i++) {
      items.add(list(tensor, dim + 1, at + i * stride, whole, real));
    }
    return items;
  }
}
