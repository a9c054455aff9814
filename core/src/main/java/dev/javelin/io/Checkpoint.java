package dev.javelin.io;

import dev.javelin.Device;
import dev.javelin.Devices;
import dev.javelin.Parameter;
import dev.javelin.Tensor;
import dev.javelin.engine.SharedMemory;
import dev.javelin.io.StoredTensor.Block;
import dev.javelin.kernels.Shape;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Saves and loads tensors and what holds them: what [dev.javelin.Javelin#save] and [dev.javelin.Javelin#load] do, and more.
///
/// The end of a file's name says its format:
///
/// | name | format | holds |
/// |---|---|---|
/// | `.pt`, `.pth`, any other or none | PyTorch's | tensors, numbers, text; lists, sets and maps of them, nested; shared memory stays shared |
/// | `.safetensors` | safetensors | a map of tensors, and words about them |
/// | `.npz` | NumPy's | a map or list of tensors |
/// | `.npy` | NumPy's | one tensor |
///
/// A file of another name is loaded by what it begins with. A file is replaced as a whole: a crash at any moment leaves either the
/// old one or the new one. A file that is truncated, damaged or of another format is refused in one sentence, before any tensor
/// is made.
public final class Checkpoint {
  private static final int ALIGNMENT = 64;

  private Checkpoint() {}

  // ---- saving

  /// Saves a value.
  ///
  /// @param value a tensor; or a list, set or map of tensors, numbers, text and further containers, as far as the format holds it
  /// @param file the file; the end of its name says the format
  /// @throws IllegalArgumentException if the format does not hold such a value; an old file is then unchanged
  /// @throws UncheckedIOException if the file cannot be written; an old one is then unchanged
  public static void save(Object value, Path file) {
    switch (Format.of(file)) {
      case SAFETENSORS -> save(named(value, file), Map.of(), file);
      case NPZ ->
          NpzFile.write(
              value instanceof List<?> list ? numbered(list, file) : named(value, file),
              false,
              file);
      case NPY -> {
        if (!(value instanceof Tensor tensor)) {
          throw unfit(file, "one tensor", "", value);
        }
        NpyFile.write(tensor, file);
      }
      case TORCH -> TorchFile.write(value, file);
      case null -> TorchFile.write(value, file);
    }
  }

  /// Saves tensors and some words about them as a safetensors file.
  ///
  /// @param tensors names and tensors, of any device, in the order to be listed in
  /// @param metadata the words, by name
  /// @param file the file, its name as given
  /// @throws IllegalArgumentException if a name is not allowed in a safetensors file
  /// @throws UncheckedIOException if the file cannot be written; an old one is then unchanged
  public static void save(Map<String, Tensor> tensors, Map<String, String> metadata, Path file) {
    try (Arena arena = Arena.ofConfined()) {
      Map<String, SafeTensorsFile.Entry> entries = new LinkedHashMap<>();
      tensors.forEach(
          (name, tensor) -> {
            long bytes = tensor.numel() * tensor.dtype().bytes();
            MemorySegment data = arena.allocate(Math.max(1, bytes), ALIGNMENT).asSlice(0, bytes);
            tensor.copyTo(data);
            entries.put(name, new SafeTensorsFile.Entry(tensor.dtype(), tensor.shape(), data));
          });
      SafeTensorsFile.write(file, entries, metadata);
    }
  }

  /// Saves tensors as a compressed .npz file, as `numpy.savez_compressed` does.
  ///
  /// @param tensors names and tensors, of any device
  /// @param file the file, its name as given
  /// @throws IllegalArgumentException if NumPy has no such type
  /// @throws UncheckedIOException if the file cannot be written; an old one is then unchanged
  public static void saveCompressed(Map<String, Tensor> tensors, Path file) {
    NpzFile.write(tensors, true, file);
  }

  private static Map<String, Tensor> named(Object value, Path file) {
    if (!(value instanceof Map<?, ?> map)) {
      throw unfit(file, "a map of tensors", "", value);
    }
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    map.forEach(
        (key, item) -> {
          if (!(key instanceof String name) || !(item instanceof Tensor tensor)) {
            throw unfit(file, "a map of tensors", " for the key " + key, item);
          }
          tensors.put(name, tensor);
        });
    return tensors;
  }

  private static Map<String, Tensor> numbered(List<?> list, Path file) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    int index = 0;
    for (String name : NpzFile.names(list.size())) {
      if (!(list.get(index) instanceof Tensor tensor)) {
        throw unfit(file, "a list of tensors", " as number " + index, list.get(index));
      }
      tensors.put(name, tensor);
      index++;
    }
    return tensors;
  }

  private static IllegalArgumentException unfit(
      Path file, String expected, String place, Object value) {
    return new IllegalArgumentException(
        "save: expected %s for %s, got %s%s; a name that ends in .pt takes any value"
            .formatted(expected, file, Saved.describe(value), place));
  }

  // ---- loading

  /// Loads a file to the CPU.
  ///
  /// @param file a file of any of the formats
  /// @return what it holds
  /// @throws FormatException if it is not a whole and valid file, or holds what is refused
  /// @throws UncheckedIOException if it cannot be read
  public static Saved load(Path file) {
    return load(file, Devices.cpu());
  }

  /// Loads a file.
  ///
  /// @param file a file of any of the formats
  /// @param device where all of its tensors are to be, wherever they were saved from
  /// @return what it holds
  /// @throws FormatException if it is not a whole and valid file, or holds what is refused
  /// @throws UncheckedIOException if it cannot be read
  public static Saved load(Path file, Device device) {
    try (Arena arena = Arena.ofConfined()) {
      return FileBytes.read(
          file,
          arena,
          bytes -> {
            Contents contents = Contents.parse(Format.of(file), bytes, arena);
            Map<Block, Tensor> blocks = new IdentityHashMap<>();
            Object value = Tree.convert(contents.value(), tensor -> tensor(tensor, device, blocks));
            return new Saved(file, "", value, contents.metadata());
          });
    }
  }

  private static Tensor tensor(StoredTensor stored, Device device, Map<Block, Tensor> blocks) {
    Tensor all =
        blocks.computeIfAbsent(
            stored.block(),
            block -> Tensor.of(block.data(), block.dtype(), Shape.of(block.numel()), device));
    Tensor tensor = (Tensor) SharedMemory.view(all, stored.view());
    if (stored.parameter()) {
      return new Parameter(tensor, stored.requiresGrad());
    }
    return stored.requiresGrad() ? tensor.requiresGrad_(true) : tensor;
  }
}
