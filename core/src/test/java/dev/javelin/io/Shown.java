package dev.javelin.io;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Numbers;
import dev.javelin.kernels.View;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// What files hold, as text: a tensor as `float32[2, 3]{0.0 1.0 ...}`, with its strides and block where that is not plain.
final class Shown {
  private final Map<StoredTensor.Block, Integer> blocks = new IdentityHashMap<>();

  private Shown() {}

  /// A file beside the tests, made by another program.
  static Path fixture(String name) {
    try {
      return Path.of(Shown.class.getResource(name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  static String file(Path file) {
    return FileBytes.read(
        file, Arena.ofAuto(), bytes -> show(bytes, Format.of(file), Arena.ofAuto()));
  }

  static String show(MemorySegment bytes, Format format, Arena arena) throws Defect {
    Contents contents = Contents.parse(format, bytes, arena);
    return text(Tree.convert(contents.value(), new Shown()::tensor));
  }

  private static String text(Object value) {
    return switch (value) {
      case byte[] bytes -> "bytes" + Arrays.toString(bytes);
      case DType dtype -> "dtype " + dtype;
      case Map<?, ?> map ->
          map.entrySet().stream()
              .map(entry -> entry.getKey() + "=" + text(entry.getValue()))
              .collect(Collectors.joining(", ", "{", "}"));
      case List<?> list ->
          list.stream().map(Shown::text).collect(Collectors.joining(", ", "[", "]"));
      case null -> "null";
      default -> value.toString();
    };
  }

  private String tensor(StoredTensor tensor) {
    View view = tensor.view();
    int block = blocks.computeIfAbsent(tensor.block(), key -> blocks.size());
    DType dtype = tensor.block().dtype();
    StringBuilder text = new StringBuilder();
    text.append(tensor.parameter() ? "parameter " : "");
    text.append(tensor.requiresGrad() ? "grad " : "");
    text.append(dtype).append(view.shape());
    if (!view.isContiguous() || view.shape().numel() != tensor.block().numel()) {
      text.append('@').append(view.offset()).append(Arrays.toString(view.strides()));
    }
    text.append(" of ").append(block).append(" {");
    // A view may claim more elements than there are.
    long shown = Math.min(100, view.shape().numel());
    for (long i = 0; i < shown; i++) {
      MemorySegment data = tensor.block().data();
      long at = view.atLinear(i);
      text.append(i == 0 ? "" : " ");
      MemorySegment element = Arena.ofAuto().allocate(8, 8);
      MemorySegment.copy(data, at * dtype.bytes(), element, 0, dtype.bytes());
      if (dtype.isFloatingPoint()) {
        text.append(Numbers.getDouble(dtype, element, 0));
      } else {
        text.append(Numbers.getLong(dtype, element, 0));
      }
    }
    return text.append('}').toString();
  }
}
