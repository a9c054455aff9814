package dev.javelin.io;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Map;

/// What a file of any format holds.
///
/// @param value the value, for [Tree#convert]
/// @param metadata the words of a safetensors file
record Contents(Object value, Map<String, String> metadata) {
  /// Reads a file.
  ///
  /// @param format its format, null to find it out
  /// @param bytes its bytes
  /// @param arena where elements go that must be changed or moved
  /// @return what it holds; tensors may be parts of the bytes
  /// @throws Defect if it is not a whole and valid file of the format, or holds what is refused
  static Contents parse(Format format, MemorySegment bytes, Arena arena) throws Defect {
    Format known = format != null ? format : guess(bytes);
    return switch (known) {
      case SAFETENSORS -> safeTensors(SafeTensorsFile.parse(bytes));
      case NPY -> new Contents(NpyFile.parse(bytes, arena), Map.of());
      case NPZ -> new Contents(NpzFile.parse(ZipArchive.parse(bytes), arena), Map.of());
      case TORCH -> {
        TorchFile.refuseOld(bytes);
        yield new Contents(TorchFile.parse(ZipArchive.parse(bytes), arena), Map.of());
      }
    };
  }

  private static Format guess(MemorySegment bytes) throws Defect {
    TorchFile.refuseOld(bytes);
    if (NpyFile.isNpy(bytes)) {
      return Format.NPY;
    }
    if (ZipArchive.isArchive(bytes)) {
      return TorchFile.isTorch(ZipArchive.parse(bytes)) ? Format.TORCH : Format.NPZ;
    }
    if (SafeTensorsFile.isSafeTensors(bytes)) {
      return Format.SAFETENSORS;
    }
    throw new Defect(
        "is of no known format: expected PyTorch's, safetensors, .npy or .npz, found "
            + FileBytes.beginning(bytes));
  }

  private static Contents safeTensors(SafeTensorsFile file) {
    Map<String, Object> tensors = new LinkedHashMap<>();
    file.entries()
        .forEach(
            (name, entry) ->
                tensors.put(name, StoredTensor.whole(entry.dtype(), entry.shape(), entry.data())));
    return new Contents(tensors, file.metadata());
  }
}
