package dev.javelin.io;

import dev.javelin.Device;
import dev.javelin.Devices;
import dev.javelin.Tensor;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/// Saves and loads tensors by name, as a safetensors file: the state dict of a module or of an optimiser.
public final class Checkpoint {
  private static final int ALIGNMENT = 64;

  private Checkpoint() {}

  /// Saves tensors. The file is replaced as a whole: a crash at any moment leaves either the old one or the new one.
  ///
  /// @param tensors names and tensors, of any device, in the order to be listed in
  /// @param file the file, its name as given
  /// @throws IllegalArgumentException if a name is not allowed in a safetensors file
  /// @throws UncheckedIOException if the file cannot be written; an old one is then unchanged
  public static void save(Map<String, Tensor> tensors, Path file) {
    save(tensors, Map.of(), file);
  }

  /// Saves tensors and some words about them.
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

  /// Loads tensors to the CPU.
  ///
  /// @param file a safetensors file
  /// @return names and tensors, in the order of the file
  /// @throws FormatException if it is not a whole and valid safetensors file
  /// @throws UncheckedIOException if it cannot be read
  public static Map<String, Tensor> load(Path file) {
    return load(file, Devices.cpu());
  }

  /// Loads tensors.
  ///
  /// @param file a safetensors file
  /// @param device where the tensors are to be
  /// @return names and tensors, in the order of the file
  /// @throws FormatException if it is not a whole and valid safetensors file
  /// @throws UncheckedIOException if it cannot be read
  public static Map<String, Tensor> load(Path file, Device device) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    SafeTensorsFile.read(file)
        .forEach(
            (name, entry) ->
                tensors.put(name, Tensor.of(entry.data(), entry.dtype(), entry.shape(), device)));
    return tensors;
  }

  /// The words saved with tensors.
  ///
  /// @param file a safetensors file
  /// @return the words, by name
  /// @throws FormatException if it is not a whole and valid safetensors file
  /// @throws UncheckedIOException if it cannot be read
  public static Map<String, String> metadata(Path file) {
    return SafeTensorsFile.open(file).metadata();
  }
}
