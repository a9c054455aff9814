package dev.javelin.io;

import dev.javelin.io.SafeTensorsHeader.Slot;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Files in the safetensors format, at the level of bytes: the length of the header in eight bytes,
/// the header, and the tensors' elements, little-endian and in rows, without gaps.
///
/// @param entries the tensors, in the order of the header
/// @param metadata the strings the file holds besides
record SafeTensorsFile(Map<String, Entry> entries, Map<String, String> metadata) {
  private static final int LENGTH_BYTES = Long.BYTES;

  /// One tensor. Elements of a bool tensor are not checked to be 0 or 1.
  ///
  /// @param dtype its type
  /// @param shape its shape
  /// @param data its elements, of exactly the size that type and shape need
  record Entry(DType dtype, Shape shape, MemorySegment data) {
    Entry {
      long expected = Math.multiplyExact(shape.numel(), dtype.bytes());
      if (data.byteSize() != expected) {
        throw new IllegalArgumentException(
            "expected "
                + expected
                + " bytes for shape "
                + shape
                + " of "
                + dtype
                + ", got "
                + data.byteSize());
      }
    }
  }

  /// Reads the tensors of a file; see [#open].
  ///
  /// @param file the file
  /// @return the tensors, in the order of the header
  static Map<String, Entry> read(Path file) {
    return open(file).entries;
  }

  /// Opens a file. Everything that its header says is checked against the file before its data is
  /// mapped into memory, and nothing of the data is read before it is used.
  ///
  /// The entries are read-only, aligned to their elements, and live as long as they are reachable.
  /// Replacing the file (as [#write] does) leaves them as they are; shortening it in place does
  /// not.
  ///
  /// @param file the file
  /// @return its contents
  /// @throws FormatException if it is not a whole and valid safetensors file
  /// @throws UncheckedIOException if it cannot be read
  static SafeTensorsFile open(Path file) {
    return FileBytes.read(file, Arena.ofAuto(), SafeTensorsFile::parse);
  }

  /// Reads the contents of a file.
  ///
  /// @param bytes all of them
  /// @return its contents; the entries are parts of the bytes, or copies where those are not aligned
  /// @throws Defect if they are not of a whole and valid safetensors file
  static SafeTensorsFile parse(MemorySegment bytes) throws Defect {
    SafeTensorsHeader header = SafeTensorsHeader.parse(readHeader(bytes));
    MemorySegment data = bytes.asSlice(LENGTH_BYTES + FileBytes.longAt(bytes, 0)).asReadOnly();
    requireWithoutGaps(header.tensors(), data.byteSize());
    Map<String, Entry> entries = new LinkedHashMap<>();
    header.tensors().forEach((name, slot) -> entries.put(name, entry(slot, data)));
    return new SafeTensorsFile(Collections.unmodifiableMap(entries), header.metadata());
  }

  private static byte[] readHeader(MemorySegment bytes) throws Defect {
    long size = bytes.byteSize();
    if (size < LENGTH_BYTES) {
      throw new Defect(
          "is not a safetensors file: expected at least " + LENGTH_BYTES + " bytes, found " + size);
    }
    long promised = FileBytes.longAt(bytes, 0);
    if (promised < 0 || promised > SafeTensorsHeader.MAX_BYTES) {
      throw new Defect(
          "is not a safetensors file: expected a header of at most "
              + SafeTensorsHeader.MAX_BYTES
              + " bytes, found a promise of "
              + Long.toUnsignedString(promised));
    }
    if (promised > size - LENGTH_BYTES) {
      throw new Defect(
          "is not a whole safetensors file: expected a header of "
              + promised
              + " bytes, found "
              + (size - LENGTH_BYTES));
    }
    return bytes.asSlice(LENGTH_BYTES, promised).toArray(ValueLayout.JAVA_BYTE);
  }

  /// Checks that the tensors follow each other from the first byte to the last.
  private static void requireWithoutGaps(Map<String, Slot> tensors, long size) throws Defect {
    List<Map.Entry<String, Slot>> sorted = new ArrayList<>(tensors.entrySet());
    sorted.sort(
        Map.Entry.comparingByValue(
            Comparator.comparingLong(Slot::begin).thenComparingLong(Slot::end)));
    long next = 0;
    for (Map.Entry<String, Slot> tensor : sorted) {
      if (tensor.getValue().begin() != next) {
        throw new Defect(
            "is damaged: expected the tensor "
                + Defect.quoted(tensor.getKey())
                + " at byte "
                + next
                + " of the data, where the one before it ends, found it at "
                + tensor.getValue().begin());
      }
      next = tensor.getValue().end();
    }
    if (next != size) {
      throw new Defect(
          "is damaged: expected " + next + " bytes of data after its header, found " + size);
    }
  }

  private static Entry entry(Slot slot, MemorySegment all) {
    MemorySegment data = all.asSlice(slot.begin(), slot.end() - slot.begin());
    int alignment = slot.dtype().bytes();
    if (data.byteSize() > 0 && data.address() % alignment != 0) {
      // Other programs need not align anything. To copy such a tensor is better than to leave every
      // reader the trap of an access that fails for some files only.
      data = Arena.ofAuto().allocate(data.byteSize(), alignment).copyFrom(data).asReadOnly();
    }
    return new Entry(slot.dtype(), slot.shape(), data);
  }

  /// Writes a file, or replaces it as a whole. The header lists the tensors in the order given.
  /// Their elements are laid out so that each is aligned: the largest element types come first.
  ///
  /// @param file the file, its name as given: none is added to it
  /// @param entries the tensors
  /// @param metadata strings to keep with them
  /// @throws IllegalArgumentException if a name is not allowed, or the header gets too long
  /// @throws UncheckedIOException if it cannot be written; an old file is then unchanged
  static void write(Path file, Map<String, Entry> entries, Map<String, String> metadata) {
    List<Map.Entry<String, Entry>> layout = new ArrayList<>(entries.entrySet());
    layout.sort(Comparator.comparingInt(tensor -> -tensor.getValue().dtype.bytes()));
    Map<String, Slot> placed = new LinkedHashMap<>();
    long next = 0;
    for (Map.Entry<String, Entry> tensor : layout) {
      Entry entry = tensor.getValue();
      long end = next + entry.data.byteSize();
      placed.put(tensor.getKey(), new Slot(entry.dtype, entry.shape, next, end));
      next = end;
    }
    Map<String, Slot> slots = new LinkedHashMap<>();
    entries.keySet().forEach(name -> slots.put(name, placed.get(name)));
    byte[] header = new SafeTensorsHeader(slots, metadata).print();
    AtomicFile.write(
        file,
        channel -> {
          ByteBuffer length = ByteBuffer.allocate(LENGTH_BYTES).order(ByteOrder.LITTLE_ENDIAN);
          AtomicFile.writeAll(channel, MemorySegment.ofBuffer(length.putLong(0, header.length)));
          AtomicFile.writeAll(channel, MemorySegment.ofArray(header));
          for (Map.Entry<String, Entry> tensor : layout) {
            AtomicFile.writeAll(channel, tensor.getValue().data);
          }
        });
  }

  /// Whether a file begins as one of these: with a length that fits and an object of JSON.
  static boolean isSafeTensors(MemorySegment bytes) {
    if (bytes.byteSize() <= LENGTH_BYTES) {
      return false;
    }
    long length = FileBytes.longAt(bytes, 0);
    return length > 0
        && length <= SafeTensorsHeader.MAX_BYTES
        && FileBytes.unsignedByte(bytes, LENGTH_BYTES) == '{';
  }
}
