package dev.javelin.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.io.SafeTensorsFile.Entry;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SafeTensorsFileTest {
  @TempDir private Path directory;
  private int files;

  private static Entry entry(DType dtype, long... sizes) {
    Shape shape = Shape.of(sizes);
    byte[] bytes = new byte[(int) shape.numel() * dtype.bytes()];
    new SplittableRandom(dtype.toString().hashCode()).nextBytes(bytes);
    return new Entry(dtype, shape, MemorySegment.ofArray(bytes));
  }

  private static byte[] bytes(Entry entry) {
    return entry.data().toArray(ValueLayout.JAVA_BYTE);
  }

  private static void assertSame(Map<String, Entry> expected, Map<String, Entry> actual) {
    assertEquals(new ArrayList<>(expected.keySet()), new ArrayList<>(actual.keySet()));
    expected.forEach(
        (name, entry) -> {
          Entry other = actual.get(name);
          assertEquals(entry.dtype(), other.dtype());
          assertEquals(entry.shape(), other.shape());
          assertArrayEquals(bytes(entry), bytes(other));
          assertEquals(0, other.data().byteSize() == 0 ? 0 : misalignment(other));
        });
  }

  private static long misalignment(Entry entry) {
    return entry.data().address() % entry.dtype().bytes();
  }

  /// A new file each time: one that was mapped must not get shorter.
  private Path file(byte[] contents) {
    try {
      return Files.write(directory.resolve("file-" + files++), contents);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path file(String header, int dataBytes) {
    return file(contents(header, dataBytes));
  }

  private static byte[] contents(String header, int dataBytes) {
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer out = ByteBuffer.allocate(8 + text.length + dataBytes);
    out.order(ByteOrder.LITTLE_ENDIAN).putLong(text.length).put(text);
    for (int i = 0; i < dataBytes; i++) {
      out.put((byte) i);
    }
    return out.array();
  }

  /// What is wrong with a file, without its name.
  private static String defect(Path file) {
    String message =
        assertThrows(FormatException.class, () -> SafeTensorsFile.read(file)).getMessage();
    assertTrue(message.startsWith(file + " "), message);
    assertFalse(message.contains("\n"), message);
    return message.substring(file.toString().length() + 1);
  }

  private String headerDefect(String header, int dataBytes) {
    return defect(file(header, dataBytes));
  }

  // ---- round trips

  @ParameterizedTest
  @EnumSource(DType.class)
  void roundTrip(DType dtype) {
    Map<String, Entry> tensors = new LinkedHashMap<>();
    tensors.put("scalar", entry(dtype));
    tensors.put("vector", entry(dtype, 7));
    tensors.put("empty", entry(dtype, 0));
    tensors.put("also.empty", entry(dtype, 3, 0, 2));
    tensors.put("a.matrix", entry(dtype, 3, 5));
    Path file = directory.resolve("model.safetensors");
    SafeTensorsFile.write(file, tensors, Map.of());
    assertSame(tensors, SafeTensorsFile.read(file));
  }

  @Test
  void mixedTypesAreAlignedAndKeepTheirOrder() {
    Map<String, Entry> tensors = new LinkedHashMap<>();
    for (DType dtype : DType.values()) {
      tensors.put("z" + dtype, entry(dtype, 3));
      tensors.put("a" + dtype, entry(dtype, 1, 1));
    }
    Path file = directory.resolve("mixed");
    SafeTensorsFile.write(file, tensors, Map.of());
    assertSame(tensors, SafeTensorsFile.read(file));
  }

  @Test
  void noTensorsAndOnlyEmptyOnes() {
    Path file = directory.resolve("none");
    SafeTensorsFile.write(file, Map.of(), Map.of());
    assertEquals(Map.of(), SafeTensorsFile.read(file));
    Map<String, Entry> empty = Map.of("e", entry(DType.FLOAT32, 0));
    SafeTensorsFile.write(file, empty, Map.of());
    assertSame(empty, SafeTensorsFile.read(file));
  }

  @Test
  void metadataAndUnusualNames() {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("format", "pt");
    metadata.put("", "\"quoted\"\nand \u0000 \u00e9 \ud83d\ude00");
    metadata.put("a", "");
    Map<String, Entry> tensors = new LinkedHashMap<>();
    tensors.put("", entry(DType.INT8, 1));
    tensors.put("linear_relu_stack.0.weight \"\\/\u0007 \u4e2d\ud83d\ude00", entry(DType.INT8, 2));
    Path file = directory.resolve("no extension");
    SafeTensorsFile.write(file, tensors, metadata);
    SafeTensorsFile read = SafeTensorsFile.open(file);
    assertSame(tensors, read.entries());
    assertEquals(new ArrayList<>(metadata.entrySet()), List.copyOf(read.metadata().entrySet()));
    assertEquals(List.of("no extension"), List.of(directory.toFile().list()));
  }

  @Test
  void largerThanTheBufferAndOfAnyKindOfSegment() {
    float[] values = new float[700_001];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    Entry heap = new Entry(DType.FLOAT32, Shape.of(values.length), MemorySegment.ofArray(values));
    Path file = directory.resolve("large");
    SafeTensorsFile.write(file, Map.of("x", heap), Map.of());
    Entry mapped = SafeTensorsFile.read(file).get("x");
    assertArrayEquals(values, mapped.data().toArray(ValueLayout.JAVA_FLOAT));
    assertTrue(mapped.data().isReadOnly());
    SafeTensorsFile.write(file, Map.of("x", mapped), Map.of());
    assertArrayEquals(values, mapped.data().toArray(ValueLayout.JAVA_FLOAT), "still readable");
    assertSame(Map.of("x", heap), SafeTensorsFile.read(file));
  }

  /// Byte for byte what the format's own library (`safetensors.numpy.save`) writes for these.
  @Test
  void bytesOfTheFormat() throws IOException {
    Map<String, Entry> tensors = new LinkedHashMap<>();
    byte[] one = {0, 0, (byte) 0x80, 0x3f, 0, 0, 0, (byte) 0xc0};
    tensors.put("a", new Entry(DType.FLOAT32, Shape.of(2, 1), MemorySegment.ofArray(one)));
    tensors.put("b", new Entry(DType.BOOL, Shape.SCALAR, MemorySegment.ofArray(new byte[] {1})));
    Path file = directory.resolve("f");
    SafeTensorsFile.write(file, tensors, Map.of("k", "v"));
    String header =
        "{\"__metadata__\":{\"k\":\"v\"},"
            + "\"a\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[0,8]},"
            + "\"b\":{\"dtype\":\"BOOL\",\"shape\":[],\"data_offsets\":[8,9]}}";
    byte[] written = Files.readAllBytes(file);
    int length = Math.ceilDiv(header.length(), 8) * 8;
    assertEquals(length, ByteBuffer.wrap(written).order(ByteOrder.LITTLE_ENDIAN).getLong());
    String padded = header + " ".repeat(length - header.length());
    assertEquals(padded, new String(written, 8, length, StandardCharsets.UTF_8));
    assertArrayEquals(
        new byte[] {0, 0, (byte) 0x80, 0x3f, 0, 0, 0, (byte) 0xc0, 1},
        Arrays.copyOfRange(written, 8 + length, written.length));
  }

  // ---- files of other programs

  @Test
  void unalignedTensorsAreCopied() {
    Map<String, Entry> read =
        SafeTensorsFile.read(
            file(
                """
                {"b":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},
                 "f":{"dtype":"F64","shape":[1],"data_offsets":[3,11], "new": {"x": [1, null]}}}\
                """,
                11));
    assertArrayEquals(new byte[] {0, 1, 2}, bytes(read.get("b")));
    assertArrayEquals(new byte[] {3, 4, 5, 6, 7, 8, 9, 10}, bytes(read.get("f")));
    assertEquals(0, misalignment(read.get("f")));
    assertTrue(read.get("f").data().isReadOnly());
  }

  @Test
  void dataInAnotherOrderThanTheHeader() {
    Map<String, Entry> read =
        SafeTensorsFile.read(
            file(
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[1,3]},"
                    + "\"b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}",
                3));
    assertEquals(List.of("a", "b"), List.copyOf(read.keySet()));
    assertArrayEquals(new byte[] {1, 2}, bytes(read.get("a")));
  }

  // ---- defects

  @Test
  void notTheFormatAtAll() {
    assertEquals(
        "is not a safetensors file: expected at least 8 bytes, found 3", defect(file(new byte[3])));
    assertEquals(
        "is not a safetensors file: expected a header of at most 100000000 bytes, found a promise"
            + " of 18446744073709551615",
        defect(file(new byte[] {-1, -1, -1, -1, -1, -1, -1, -1})));
    byte[] zip = Arrays.copyOf("PK\u0003\u0004".getBytes(StandardCharsets.US_ASCII), 100);
    assertEquals(
        "is not a whole safetensors file: expected a header of 67324752 bytes, found 92",
        defect(file(zip)));
    zip[4] = 20;
    assertTrue(defect(file(zip)).contains("found a promise of 85966670672"));
  }

  @Test
  void headerLengthAtTheLimit() throws IOException {
    Path file = directory.resolve("limit");
    for (int length : new int[] {100_000_000, 100_000_001}) {
      byte[] contents = new byte[8 + length];
      Arrays.fill(contents, (byte) ' ');
      ByteBuffer.wrap(contents).order(ByteOrder.LITTLE_ENDIAN).putLong(length);
      contents[8] = '{';
      contents[9] = '}';
      Files.deleteIfExists(file);
      Files.write(file, contents);
      if (length > 100_000_000) {
        assertTrue(defect(file).contains("at most 100000000 bytes, found a promise of 100000001"));
      } else {
        assertEquals(Map.of(), SafeTensorsFile.read(file));
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{                       | has a header that is not valid JSON: Unexpected end-of-input",
        "{} x                    | has a header that is not valid JSON: Unrecognized token",
        "{}{}                    | has a header that goes on after its end",
        "{} 1                    | has a header that goes on after its end",
        "[]                      | has a header that does not begin as one: expected {, found"
            + " \"[\"",
        "x                       | has a header that does not begin as one: expected {, found"
            + " \"x\"",
        "{\"a\":1}               | has a header with a faulty \"a\": expected an object",
        "{\"a\":null}            | has a header with a faulty \"a\": expected an object",
        "{\"a\":{}}              | has a header with a faulty \"a\": expected dtype, shape,",
        "{\"a\":{\"dtype\":4}}   | has a header with a faulty \"a\": expected a string as dtype",
        "{\"a\":{\"shape\":4}}   | has a header with a faulty \"a\": expected whole numbers from 0",
        "{\"a\":{\"shape\":[-1]}}| has a header with a faulty \"a\": expected whole numbers from 0",
        "{\"a\":{\"shape\":[1.]}}| has a header that is not valid JSON: ",
        "{\"a\":{\"shape\":[1.0]}}| has a header with a faulty \"a\": expected whole numbers from",
        "{\"a\":{\"shape\":[[]]}}| has a header with a faulty \"a\": expected whole numbers from 0",
        "{\"a\":{\"shape\":[99999999999999999999]}}| has a header that is not valid JSON: Numeric",
        "{\"a\":{\"dtype\":\"U8\",\"dtype\":\"U8\"}}| has a header that is not valid JSON: Dup",
        "{\"__metadata__\":[]}   | has a header with a faulty \"__metadata__\": expected an object",
        "{\"__metadata__\":{\"a\":1}}| has a header with a faulty \"__metadata__\": expected"
            + " strings",
        "{\"\\ud800\":{}}        | has a header with a faulty \"?\": expected characters only",
      })
  void headerIsNoHeader(String header, String expected) {
    String defect = headerDefect(header, 0);
    assertTrue(defect.replace('\ud800', '?').startsWith(expected), defect);
  }

  @Test
  void headerIsNotText() {
    byte[] contents = contents("{\"a\":1}", 0);
    contents[10] = (byte) 0xff;
    assertEquals("has a header that is not text in UTF-8", defect(file(contents)));
    assertEquals(
        "has a header that does not begin as one: expected {, found nothing", headerDefect("", 0));
  }

  @Test
  void messagesAreOneShortLine() {
    String name = "line\\n".repeat(10_000);
    String defect = headerDefect("{\"" + name + "\":1}", 0);
    assertTrue(defect.length() < 300, defect);
    defect = headerDefect("{\"__metadata__\":{\"" + name + "\":\"\",\"" + name + "\":\"\"}}", 0);
    assertTrue(defect.startsWith("has a header that is not valid JSON: Duplicate field"), defect);
    assertTrue(defect.length() < 300, defect);
  }

  @Test
  void deeplyNestedHeader() {
    String defect = headerDefect("{\"a\":{\"x\":" + "[".repeat(100_000), 0);
    assertTrue(defect.startsWith("has a header that is not valid JSON: Document nesting"), defect);
  }

  @Test
  void duplicateNames() {
    String slot = "{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}";
    assertTrue(
        headerDefect("{\"a\":" + slot + ",\"a\":" + slot + "}", 0)
            .startsWith("has a header that is not valid JSON: Duplicate field 'a'"));
    assertTrue(
        headerDefect("{\"__metadata__\":{},\"__metadata__\":{}}", 0).contains("Duplicate field"));
  }

  private String slotDefect(String dtype, String shape, String offsets, int dataBytes) {
    return headerDefect(
        "{\"w\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":%s}}"
            .formatted(dtype, shape, offsets),
        dataBytes);
  }

  @Test
  void typesThatAreNotKnown() {
    assertEquals(
        "holds the tensor \"w\" of an unknown type: expected one of BOOL, U8, I8, I16, I32, I64,"
            + " F16, BF16, F32, F64, found \"F8_E4M3\"",
        slotDefect("F8_E4M3", "[1]", "[0,1]", 1));
    assertTrue(slotDefect("f32", "[1]", "[0,4]", 4).endsWith("found \"f32\""));
  }

  @Test
  void sizesThatDoNotMatch() {
    assertEquals(
        "is damaged: expected 24 bytes for the tensor \"w\" of type F32 and shape [2, 3], found 20"
            + " promised",
        slotDefect("F32", "[2,3]", "[0,20]", 20));
    assertEquals(
        "has a header with a faulty \"w\": expected two data_offsets in order",
        slotDefect("U8", "[2]", "[2,0]", 2));
    assertEquals(
        "has a header with a faulty \"w\": expected two data_offsets in order",
        slotDefect("U8", "[2]", "[0,1,2]", 2));
    assertEquals(
        "is damaged: found the impossible shape [4294967296, 4294967296] for the tensor \"w\"",
        slotDefect("U8", "[4294967296,4294967296]", "[0,0]", 0));
    assertEquals(
        "is damaged: found the impossible shape [4611686018427387904] for the tensor \"w\"",
        slotDefect("F32", "[4611686018427387904]", "[0,0]", 0));
    assertEquals(
        "is damaged: expected 4611686018427387904 bytes of data after its header, found 2",
        slotDefect("U8", "[4611686018427387904]", "[0,4611686018427387904]", 2));
  }

  @Test
  void gapsOverlapsAndLeftovers() {
    assertEquals(
        "is damaged: expected the tensor \"w\" at byte 0 of the data, where the one before it ends,"
            + " found it at 1",
        slotDefect("U8", "[1]", "[1,2]", 2));
    assertEquals(
        "is damaged: expected 1 bytes of data after its header, found 2",
        slotDefect("U8", "[1]", "[0,1]", 2));
    assertEquals(
        "is damaged: expected 3 bytes of data after its header, found 2",
        slotDefect("U8", "[3]", "[0,3]", 2));
    assertEquals(
        "is damaged: expected the tensor \"b\" at byte 2 of the data, where the one before it ends,"
            + " found it at 1",
        headerDefect(
            "{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]},"
                + "\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[1,3]}}",
            3));
  }

  @Test
  void missingFileAndDirectory() {
    Path missing = directory.resolve("missing");
    assertEquals(
        "cannot read " + missing + ": there is no such file",
        assertThrows(UncheckedIOException.class, () -> SafeTensorsFile.read(missing)).getMessage());
    assertEquals(
        "cannot read " + directory + ": it is a directory",
        assertThrows(UncheckedIOException.class, () -> SafeTensorsFile.read(directory))
            .getMessage());
  }

  // ---- damage at random

  private byte[] sample() {
    Map<String, Entry> tensors = new LinkedHashMap<>();
    tensors.put("layer.weight", entry(DType.FLOAT32, 3, 4));
    tensors.put("layer.bias", entry(DType.BFLOAT16, 3));
    tensors.put("steps", entry(DType.INT64));
    tensors.put("mask", entry(DType.BOOL, 0, 2));
    Path file = directory.resolve("sample");
    SafeTensorsFile.write(file, tensors, Map.of("format", "pt"));
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void truncatedAnywhere() throws IOException {
    byte[] whole = sample();
    for (int length = 0; length < whole.length; length++) {
      Path file = file(Arrays.copyOf(whole, length));
      assertFalse(defect(file).isEmpty());
      Files.delete(file);
    }
  }

  /// Whatever happens to a file, it is either refused or read without reaching outside of it.
  @Test
  void damagedAnywhere() throws IOException {
    byte[] whole = sample();
    var random = new SplittableRandom(11);
    int refused = 0;
    for (int i = 0; i < 4000; i++) {
      byte[] damaged = whole.clone();
      // Nine of ten hits go to the header, where all the meaning is.
      int range = i % 10 == 0 ? whole.length : whole.length - 68;
      for (int hits = 1 + random.nextInt(3); hits > 0; hits--) {
        int at = random.nextInt(range);
        damaged[at] =
            (byte) (random.nextBoolean() ? damaged[at] ^ 1 << random.nextInt(8) : random.nextInt());
      }
      Path file = file(damaged);
      try {
        SafeTensorsFile.read(file).values().forEach(SafeTensorsFileTest::bytes);
      } catch (FormatException e) {
        refused++;
        assertTrue(e.getMessage().startsWith(file + " "), e.getMessage());
        assertEquals(1, e.getMessage().lines().count(), e.getMessage());
      }
      Files.delete(file);
    }
    assertTrue(refused > 2000, refused + " of 4000");
  }

  // ---- what cannot be written

  @Test
  void namesThatCannotBeWritten() {
    Path file = directory.resolve("x");
    Entry entry = entry(DType.INT8, 1);
    for (String name : List.of("__metadata__", "half \ud800")) {
      assertThrows(
          IllegalArgumentException.class,
          () -> SafeTensorsFile.write(file, Map.of(name, entry), Map.of()));
    }
    assertThrows(
        IllegalArgumentException.class,
        () -> SafeTensorsFile.write(file, Map.of(), Map.of("a", "\udc00")));
    assertFalse(Files.exists(file));
  }

  @Test
  void entryOfTheWrongSize() {
    MemorySegment five = MemorySegment.ofArray(new byte[5]);
    String message =
        assertThrows(
                IllegalArgumentException.class, () -> new Entry(DType.FLOAT32, Shape.of(2), five))
            .getMessage();
    assertEquals("expected 8 bytes for shape [2] of float32, got 5", message);
  }
}
