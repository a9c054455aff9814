package dev.javelin.io;

import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.stream.IntStream;

/// Files of NumPy's .npy format: one array. Versions 1, 2 and 3 are read, 1 is written, which holds all that Javelin has.
final class NpyFile {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final int VERSION_BYTES = MAGIC.length + 2;

  /// More than any header of plain numbers takes.
  private static final int MAX_HEADER = 1 << 16;

  private NpyFile() {}

  /// Whether a file begins as one of these.
  static boolean isNpy(MemorySegment file) {
    return FileBytes.beginsWith(file, MAGIC);
  }

  /// Reads a file.
  ///
  /// @param file its bytes
  /// @param arena where elements go that must be changed or moved
  /// @return the array; of Fortran order as a transposed view
  /// @throws Defect if it is not a whole and valid file
  static StoredTensor parse(MemorySegment file, Arena arena) throws Defect {
    if (!isNpy(file)) {
      throw new Defect(
          "is not an .npy file: expected it to begin with \\x93NUMPY, found "
              + FileBytes.beginning(file));
    }
    if (file.byteSize() < VERSION_BYTES + Integer.BYTES) {
      throw new Defect(
          "is not a whole .npy file: expected a header, found its end after %s bytes"
              .formatted(file.byteSize()));
    }
    int version = FileBytes.unsignedByte(file, MAGIC.length);
    if (version < 1 || version > 3) {
      throw new Defect("is of version %s of .npy: expected 1, 2 or 3".formatted(version));
    }
    int lengthBytes = version == 1 ? Short.BYTES : Integer.BYTES;
    long length =
        version == 1
            ? FileBytes.unsignedShort(file, VERSION_BYTES)
            : FileBytes.unsignedInt(file, VERSION_BYTES);
    long begin = VERSION_BYTES + lengthBytes + length;
    if (length > MAX_HEADER || begin > file.byteSize()) {
      throw new Defect(
          "is not a whole .npy file: expected a header of at most %s bytes, found a promise of %s in a file of %s"
              .formatted(MAX_HEADER, length, file.byteSize()));
    }
    byte[] text = file.asSlice(VERSION_BYTES + lengthBytes, length).toArray(ValueLayout.JAVA_BYTE);
    NpyHeader header =
        NpyHeader.parse(
            new String(text, version == 3 ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1));
    DType dtype = header.dtype();
    MemorySegment data = file.asSlice(begin);
    long expected = header.shape().numel() * dtype.bytes();
    if (data.byteSize() != expected) {
      throw new Defect(
          "is damaged: expected %s bytes for shape %s of %s, found %s"
              .formatted(expected, header.shape(), dtype, data.byteSize()));
    }
    MemorySegment elements =
        header.bigEndian() ? swapped(data, dtype.bytes(), arena) : data.asReadOnly();
    return header.fortranOrder()
        ? transposed(dtype, header.shape(), elements)
        : StoredTensor.whole(dtype, header.shape(), elements);
  }

  private static StoredTensor transposed(DType dtype, Shape shape, MemorySegment elements) {
    int rank = shape.rank();
    int[] reversed = IntStream.range(0, rank).map(axis -> rank - 1 - axis).toArray();
    long[] sizes = shape.toArray();
    long[] columns = IntStream.of(reversed).mapToLong(axis -> sizes[axis]).toArray();
    View view = View.contiguous(Shape.of(columns)).permute(reversed);
    return StoredTensor.whole(dtype, Shape.of(columns), elements).withStrides(view);
  }

  /// Elements with their bytes in the opposite order.
  static MemorySegment swapped(MemorySegment data, int bytes, Arena arena) {
    MemorySegment result = arena.allocate(Math.max(1, data.byteSize()), 64);
    ValueLayout.OfByte one = ValueLayout.JAVA_BYTE;
    for (long at = 0; at < data.byteSize(); at++) {
      result.set(one, at, data.get(one, at - at % bytes + bytes - 1 - at % bytes));
    }
    return result.asSlice(0, data.byteSize()).asReadOnly();
  }

  /// What comes before the elements.
  ///
  /// @param dtype the type of the elements
  /// @param shape the shape
  /// @return the bytes, a multiple of 64
  /// @throws IllegalArgumentException if NumPy has no such type
  static byte[] head(DType dtype, Shape shape) {
    int before = VERSION_BYTES + Short.BYTES;
    byte[] header = new NpyHeader(dtype, false, false, shape).print(before);
    return ByteBuffer.allocate(before + header.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(MAGIC)
        .put((byte) 1)
        .put((byte) 0)
        .putShort((short) header.length)
        .put(header)
        .array();
  }

  /// Writes a file.
  ///
  /// @param tensor the array
  /// @param file the file
  /// @throws IllegalArgumentException if NumPy has no such type; an old file is then unchanged
  static void write(Tensor tensor, Path file) {
    byte[] head = head(tensor.dtype(), tensor.shape());
    try (Arena arena = Arena.ofConfined()) {
      long bytes = tensor.numel() * tensor.dtype().bytes();
      MemorySegment contents = arena.allocate(head.length + bytes, 64);
      MemorySegment.copy(MemorySegment.ofArray(head), 0, contents, 0, head.length);
      tensor.copyTo(contents.asSlice(head.length, bytes));
      AtomicFile.write(file, channel -> AtomicFile.writeAll(channel, contents));
    }
  }
}
