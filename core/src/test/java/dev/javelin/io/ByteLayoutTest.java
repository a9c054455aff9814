package dev.javelin.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What is written, byte by byte.
class ByteLayoutTest {
  @TempDir private Path directory;

  /// The header is what NumPy wrote for the same type and shape.
  @ParameterizedTest
  @CsvSource({
    "b1, BOOL, 2 3",
    "u1, UINT8, 2 3",
    "i1, INT8, 2 3",
    "i2, INT16, 2 3",
    "i4, INT32, 2 3",
    "i8, INT64, 2 3",
    "f2, FLOAT16, 2 3",
    "f4, FLOAT32, 2 3",
    "f8, FLOAT64, 2 3",
    "scalar, FLOAT32, ''",
    "empty, FLOAT32, 0 3",
    "vector, INT64, 3"
  })
  void headerOfAnArray(String fixture, DType dtype, String sizes) throws IOException {
    byte[] numpy = Files.readAllBytes(Shown.fixture(fixture + ".npy"));
    long[] shape =
        Arrays.stream(sizes.split(" "))
            .filter(size -> !size.isEmpty())
            .mapToLong(Long::parseLong)
            .toArray();
    byte[] head = NpyFile.head(dtype, Shape.of(shape));
    assertEquals(0, head.length % 64);
    assertArrayEquals(
        Arrays.copyOf(numpy, numpy.length - (int) Shape.of(shape).numel() * dtype.bytes()), head);
  }

  @Test
  void headerOfManyDimensions() {
    long[] sizes = new long[64];
    Arrays.fill(sizes, 1);
    String head = new String(NpyFile.head(DType.INT8, Shape.of(sizes)), StandardCharsets.US_ASCII);
    assertEquals(
        "{'descr': '|i1', 'fortran_order': False, 'shape': (1, 1, 1, ", head.substring(10, 70));
    assertEquals('\n', head.charAt(head.length() - 1));
    assertEquals(0, head.length() % 64);
  }

  private Path archive(String name, boolean compress) throws IOException {
    Path file = directory.resolve(name);
    try (FileChannel channel =
            FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        ZipWriter writer = new ZipWriter(channel, compress)) {
      writer.add("archive/data.pkl", new byte[] {1, 2, 3});
      writer.add("archive/data/\u4e2d", new byte[] {7}, 100, target -> target.fill((byte) 5));
      writer.add("archive/data/1", new byte[0], 0, target -> target.fill((byte) 5));
    }
    return file;
  }

  @Test
  void archiveIsAlignedAndReadByOthers() throws IOException {
    Path file = archive("a", false);
    FileBytes.read(
        file,
        Arena.ofAuto(),
        bytes -> {
          ZipArchive zip = ZipArchive.parse(bytes);
          assertEquals(
              List.of("archive/data.pkl", "archive/data/\u4e2d", "archive/data/1"),
              List.copyOf(zip.entries().keySet()));
          for (ZipArchive.Entry entry : zip.entries().values()) {
            assertEquals(0, (entry.data().address() - bytes.address()) % 64, entry.name());
          }
          return null;
        });
    for (Path each : List.of(file, archive("b", true))) {
      try (ZipFile zip = new ZipFile(each.toFile())) {
        assertEquals(3, zip.size());
        ZipEntry entry = zip.getEntry("archive/data/\u4e2d");
        assertEquals(each.equals(file) ? ZipEntry.STORED : ZipEntry.DEFLATED, entry.getMethod());
        byte[] contents = zip.getInputStream(entry).readAllBytes();
        assertEquals(101, contents.length);
        assertEquals(7, contents[0]);
        assertEquals(5, contents[100]);
      }
    }
    assertArrayEquals(Files.readAllBytes(file), Files.readAllBytes(archive("c", false)));
  }

  /// The operations of `torch.save`, as `pickletools` shows them, but for those that only remember.
  @Test
  void pickleOfATensor() {
    View view = View.of(Shape.of(2), new long[] {3}, 1);
    byte[] pickle =
        PickleWriter.write(
            List.of("t"),
            leaf -> {
              throw new AssertionError("a text is no tensor");
            });
    assertEquals("80025d285801000000746" + "52e", java.util.HexFormat.of().formatHex(pickle));
    byte[] tensor =
        PickleWriter.write(
            new Object(),
            leaf -> new PickleWriter.Stored("0", DType.FLOAT16, 5, view, false, false));
    String expected =
        "\u0080\2ctorch._utils\n_rebuild_tensor_v2\n(" // the function, and its arguments:
            + "(X\7\0\0\0storagectorch\nHalfStorage\nX\1\0\0\0"
            + "0X\3\0\0\0cpuJ\5\0\0\0tQ" // storage
            + "J\1\0\0\0" // offset
            + "(J\2\0\0\0t(J\3\0\0\0t" // sizes, strides
            + "\u0089" // requires_grad
            + "ccollections\nOrderedDict\n(tR" // hooks
            + "tR.";
    assertArrayEquals(expected.getBytes(StandardCharsets.ISO_8859_1), tensor);
  }

  @Test
  void bytesSwapped() {
    MemorySegment data = MemorySegment.ofArray(new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
    assertArrayEquals(
        new byte[] {4, 3, 2, 1, 8, 7, 6, 5},
        NpyFile.swapped(data, 4, Arena.ofAuto()).toArray(ValueLayout.JAVA_BYTE));
  }
}
