package dev.javelin.io;

import dev.javelin.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Files of NumPy's .npz format: a zip archive of .npy files.
final class NpzFile {
  static final String SUFFIX = ".npy";

  private NpzFile() {}

  /// Reads a file.
  ///
  /// @param zip the archive
  /// @param arena where compressed elements go
  /// @return the arrays by name, in the order of the archive
  /// @throws Defect if an entry is no array, or damaged
  static Map<String, StoredTensor> parse(ZipArchive zip, Arena arena) throws Defect {
    Map<String, StoredTensor> arrays = new LinkedHashMap<>();
    for (ZipArchive.Entry entry : zip.entries().values()) {
      if (!entry.name().endsWith(SUFFIX)) {
        throw new Defect(
            "is not an .npz file: expected arrays (names ending in .npy) only, found the entry "
                + Defect.quoted(entry.name()));
      }
      String name = entry.name().substring(0, entry.name().length() - SUFFIX.length());
      MemorySegment contents = entry.contents(arena);
      try {
        arrays.put(name, NpyFile.parse(contents, arena));
      } catch (Defect e) {
        throw new Defect(
            "is damaged or foreign: its entry %s %s"
                .formatted(Defect.quoted(entry.name()), e.getMessage()),
            e);
      }
    }
    return arrays;
  }

  /// The names that NumPy gives to the arrays of a list: `arr_0`, `arr_1` ...
  static Set<String> names(int count) {
    return IntStream.range(0, count)
        .mapToObj(index -> "arr_" + index)
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  /// Writes a file.
  ///
  /// @param tensors the arrays by name
  /// @param compress whether they are deflated
  /// @param file the file
  /// @throws IllegalArgumentException if NumPy has no such type; an old file is then unchanged
  static void write(Map<String, Tensor> tensors, boolean compress, Path file) {
    Map<String, byte[]> heads = new LinkedHashMap<>();
    tensors.forEach(
        (name, tensor) -> heads.put(name, NpyFile.head(tensor.dtype(), tensor.shape())));
    AtomicFile.write(
        file,
        channel -> {
          try (ZipWriter zip = new ZipWriter(channel, compress)) {
            for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
              Tensor tensor = entry.getValue();
              zip.add(
                  entry.getKey() + SUFFIX,
                  heads.get(entry.getKey()),
                  tensor.numel() * tensor.dtype().bytes(),
                  tensor::copyTo);
            }
          }
        });
  }
}
