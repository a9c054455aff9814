package dev.javelin.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Files made to harm: what they ask for is refused, or costs no more than they are long.
class HostileFilesTest {
  private static byte[] latin(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  private static Object read(Format format, byte[] file) throws Defect {
    try (Arena arena = Arena.ofConfined()) {
      return Tree.convert(
          Contents.parse(format, MemorySegment.ofArray(file), arena).value(),
          tensor -> tensor.view().shape());
    }
  }

  private static String defect(Format format, byte[] file) {
    return assertThrows(Defect.class, () -> read(format, file)).getMessage();
  }

  private static byte[] torch(byte[] pickle, byte[] storage) {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    entries.put("a/data.pkl", pickle);
    entries.put("a/data/0", storage);
    return Corpus.packed(entries, false);
  }

  private static byte[] pickle(String text) {
    return torch(latin(text), new byte[16]);
  }

  // ---- pickles

  /// A tensor of the storage `0` of four floats, by numbers with spaces between.
  private static String tensor(String offset, String sizes, String strides) {
    return "ctorch._utils\n_rebuild_tensor_v2\n((U\7storagectorch\nFloatStorage\nU\0010U\3cpuK\4tQ"
        + integers(offset)
        + "("
        + integers(sizes)
        + "t("
        + integers(strides)
        + "t\u0089NtR.";
  }

  private static String integers(String numbers) {
    return Arrays.stream(numbers.split(" "))
        .filter(number -> !number.isEmpty())
        .map(
            number ->
                ByteBuffer.allocate(10)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .put((byte) Pickle.LONG1)
                    .put((byte) Long.BYTES)
                    .putLong(Long.parseLong(number))
                    .array())
        .map(bytes -> new String(bytes, StandardCharsets.ISO_8859_1))
        .collect(Collectors.joining());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "0 ~ 2 2 ~ 2 1   ~ [2, 2]",
        "0 ~ 5   ~ 0     ~ [5]",
        "3 ~ 1   ~ 65535 ~ [1]",
        "3 ~ 0   ~ 7     ~ [0]",
        "0 ~ ''  ~ ''    ~ []",
      })
  void tensorsWithinTheirStorage(String offset, String sizes, String strides, String shape)
      throws Defect {
    assertEquals(shape, read(Format.TORCH, pickle(tensor(offset, sizes, strides))).toString());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "0  ~ 5   ~ 1   ~ shape [5], strides [1], offset 0",
        "1  ~ 2 2 ~ 2 1 ~ shape [2, 2], strides [2, 1], offset 1",
        "-1 ~ 1   ~ 1   ~ shape [1], strides [1], offset -1",
        "0  ~ 2   ~ -1  ~ shape [2], strides [-1], offset 0",
        "0  ~ -1  ~ 1   ~ shape [-1], strides [1], offset 0",
        "0 ~ 4611686018427387904 2 ~ 0 0 ~ shape [4611686018427387904, 2], strides [0, 0], offset"
            + " 0",
        "9223372036854775807 ~ 2 ~ 1 ~ shape [2], strides [1], offset 9223372036854775807",
        "0 ~ 2 2 ~ 9223372036854775807 1 ~ shape [2, 2], strides [9223372036854775807, 1], offset"
            + " 0",
      })
  void tensorsOutsideOfTheirStorage(String offset, String sizes, String strides, String found) {
    assertEquals(
        "is damaged: expected a tensor within its 4 elements, found " + found,
        defect(Format.TORCH, pickle(tensor(offset, sizes, strides))));
  }

  @Test
  void moreStridesThanSizesAndTooManyDimensions() {
    assertEquals(
        "is damaged: expected a shape of at most 64 dimensions with as many strides, found 1 and 2",
        defect(Format.TORCH, pickle(tensor("0", "1", "1 1"))));
    assertEquals(
        "is damaged: expected a shape of at most 64 dimensions with as many strides, found 65 and"
            + " 65",
        defect(Format.TORCH, pickle(tensor("0", "1 ".repeat(65), "1 ".repeat(65)))));
  }

  @Test
  void storageThatIsTooShortMissingOrOfTwoTypes() {
    byte[] pickle = latin(tensor("0", "4", "1"));
    assertEquals(
        "is damaged: expected 4 elements of float32 in \"a/data/0\", found 15 bytes",
        defect(Format.TORCH, torch(pickle, new byte[15])));
    assertEquals(
        "is damaged: expected the storage \"a/data/0\", found none",
        defect(Format.TORCH, Corpus.packed(Map.of("a/data.pkl", pickle), false)));
    String whole = tensor("0", "4", "1");
    String floats = whole.substring(0, whole.length() - 1);
    String doubles = floats.replace("FloatSt", "DoubleSt");
    assertEquals(
        "holds tensors of the types float32 and float64 in one storage, which cannot share memory"
            + " here",
        defect(Format.TORCH, pickle("(" + floats + doubles + "t.")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "'cos\nsystem\n(U\2lstR.' ~ holds a Python object \"os.system\", which is refused",
        "'cbuiltins\neval\n.' ~ holds a Python object \"builtins.eval\", which is refused",
        "'\u0080\4\u008c\2os\u008c\6system\u0093.' ~ holds a Python object \"os.system\", which is"
            + " refused",
        "'ctorch\nFloatStorage\n.' ~ holds a storage by itself, which is nothing to load",
        "'ctorch._utils\n_rebuild_parameter\n.' ~ holds torch._utils._rebuild_parameter by itself",
        "'ctorch\ndevice\n(K\1tR.' ~ is damaged: expected a String as argument 1 of a call, found"
            + " the number 1",
        "'ctorch\nQInt8Storage\n.' ~ holds a tensor of the type \"torch.QInt8Storage\"",
        "'ctorch\nfloat8_e5m2\n.' ~ holds a tensor of the type \"torch.float8_e5m2\"",
        "'(ios\nsystem\n.' ~ holds a pickle with the operation 0x69 at byte 1",
        "'\u0080\6N.' ~ holds a pickle of protocol 6: expected at most 5",
        "'}(]Nu.' ~ holds a list as a key: expected texts and numbers only",
        "'}(Nu.' ~ is damaged: its pickle has a key without a value",
        "'NN.' ~ is damaged: expected its pickle to end with one object, found 2",
        "'.' ~ is damaged: expected its pickle to end with one object, found 0",
        "'N' ~ is damaged: expected 1 more bytes in its pickle, found 0",
        "'Na.' ~ is damaged: its pickle takes an object where there is none",
        "'](a.' ~ is damaged: its pickle takes an object where there is none",
        "'t.' ~ is damaged: its pickle ends a sequence that was not begun",
        "'NNa.' ~ is damaged: its pickle expects a List, found nothing",
        "'h\1.' ~ is damaged: its pickle refers to object 1, which it does not hold",
        "']Nb.' ~ is damaged: its pickle sets attributes of a list",
        "'NR.' ~ is damaged: its pickle takes an object where there is none",
        "'N)R.' ~ is damaged: its pickle calls nothing with a tuple",
        "'X\u00ff\u00ff\u00ff\u00ff.' ~ is damaged: expected 4294967295 more bytes in its pickle,"
            + " found 1",
        "'\u008d\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff.' ~ is damaged: expected"
            + " 18446744073709551615 more bytes",
        "'\u008b\1\1\1\1.' ~ holds an integer of 16843009 bytes: expected at most 1024",
        "'U\7storageQ.' ~ is damaged: expected the name of a storage, found the text \"storage\"",
        "'ctorch\n' ~ is damaged: expected 1 more bytes in its pickle, found 0",
        "'\u008c\2\u00ff\u00ff.' ~ is damaged: a text in its pickle is not UTF-8",
      })
  void picklesThatAreRefused(String pickle, String expected) {
    String defect = defect(Format.TORCH, pickle(pickle));
    assertTrue(defect.startsWith(expected), defect);
  }

  @Test
  void deepNestingAndValuesWithinThemselves() throws Defect {
    String tooDeep =
        "holds values within values, or within themselves: expected at most 200 levels, found more";
    assertEquals(tooDeep, defect(Format.TORCH, pickle("]q\0h\0a.")));
    assertEquals(tooDeep, defect(Format.TORCH, pickle("}q\0(U\1ah\0u.")));
    assertEquals(
        tooDeep, defect(Format.TORCH, pickle("]".repeat(1_000_000) + "a".repeat(999_999) + ".")));
    assertTrue(read(Format.TORCH, pickle("]".repeat(200) + "a".repeat(199) + ".")) instanceof List);
  }

  /// Thirty lists, each of the one before it twice: a thousand million values, if each were made.
  @Test
  void oneValueManyTimes() throws Defect {
    StringBuilder pickle = new StringBuilder("]q\0");
    for (char level = 1; level < 30; level++) {
      char before = (char) (level - 1);
      pickle.append("0](h").append(before).append('h').append(before).append("eq").append(level);
    }
    Object value = read(Format.TORCH, pickle(pickle + "."));
    for (int level = 1; level < 30; level++) {
      List<?> list = (List<?>) value;
      assertTrue(list.get(0) == list.get(1));
      value = list.get(0);
    }
    assertEquals(List.of(), value);
  }

  // ---- archives

  @Test
  void namesAreOnlyNames() throws Defect {
    byte[] array = join(NpyFile.head(DType.INT8, Shape.of(1)), new byte[] {5});
    byte[] file = Corpus.packed(Map.of("../../../tmp/x.npy", array), false);
    assertEquals("{../../../tmp/x=[1]}", read(Format.NPZ, file).toString());
    byte[] storage = pickle(tensor("0", "1", "1").replace("U\0010", "U\5../.."));
    assertEquals(
        "is damaged: expected the storage \"a/data/../..\", found none",
        defect(Format.TORCH, storage));
  }

  @Test
  void bombs() {
    Map<String, byte[]> entries =
        Map.of("x.npy", join(NpyFile.head(DType.INT8, Shape.of(100_000)), new byte[100_000]));
    byte[] file = Corpus.packed(entries, true);
    assertTrue(file.length < 1000);
    assertTrue(readable(file));
    // The directory promises more than such data can hold, less than it holds, and a little more.
    int directory = indexOf(file, latin("PK\1\2"));
    ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    int size = bytes.getInt(directory + 24);
    bytes.putInt(directory + 24, Integer.MAX_VALUE);
    assertTrue(
        defect(Format.NPZ, file)
            .matches(
                "is damaged: found \\d+ bytes for \"x.npy\", which cannot hold the 2147483647"
                    + " promised"));
    bytes.putInt(directory + 24, size - 1);
    assertEquals(
        "is damaged: expected " + (size - 1) + " bytes in \"x.npy\", found more",
        defect(Format.NPZ, file));
    bytes.putInt(directory + 24, size + 1);
    assertEquals(
        "is damaged: expected "
            + (size + 1)
            + " bytes in \"x.npy\", found "
            + size
            + " before its end",
        defect(Format.NPZ, file));
  }

  private static boolean readable(byte[] file) {
    try {
      read(Format.NPZ, file);
      return true;
    } catch (Defect e) {
      return false;
    }
  }

  private static int indexOf(byte[] bytes, byte[] part) {
    return new String(bytes, StandardCharsets.ISO_8859_1)
        .indexOf(new String(part, StandardCharsets.ISO_8859_1));
  }

  /// Many entries of a directory that all say the same bytes are theirs.
  @Test
  void entriesThatOverlap() {
    byte[] array = join(NpyFile.head(DType.INT8, Shape.of(1)), new byte[] {5});
    Map<String, byte[]> entries = new LinkedHashMap<>();
    entries.put("a.npy", array);
    entries.put("b.npy", array);
    byte[] file = Corpus.packed(entries, false);
    int first = indexOf(file, latin("PK\1\2"));
    int second = first + 46 + 5;
    byte[] one = file.clone();
    ByteBuffer.wrap(one)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(second + 42, 0)
        .put(second + 46, (byte) 'a');
    assertEquals("is damaged: holds two entries named \"a.npy\"", defect(Format.NPZ, one));
    byte[] two = file.clone();
    ByteBuffer.wrap(two).order(ByteOrder.LITTLE_ENDIAN).putInt(second + 42, 0);
    assertEquals("is damaged: expected the entry \"b.npy\" at byte 0", defect(Format.NPZ, two));
    byte[] three = file.clone();
    int local = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getInt(second + 42);
    ByteBuffer.wrap(three)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(first + 20, array.length + 10)
        .putInt(first + 24, array.length + 10);
    assertEquals(
        "is damaged: the entries \"a.npy\" and \"b.npy\" overlap", defect(Format.NPZ, three));
    assertTrue(local > 0);
  }

  @Test
  void damageAndWhatIsNotSupported() {
    byte[] array = join(NpyFile.head(DType.INT8, Shape.of(1)), new byte[] {5});
    byte[] file = Corpus.packed(Map.of("a.npy", array), false);
    int directory = indexOf(file, latin("PK\1\2"));
    byte[] damaged = file.clone();
    damaged[directory - 1] ^= 1;
    assertTrue(defect(Format.NPZ, damaged).startsWith("is damaged: expected the checksum "));
    byte[] encrypted = file.clone();
    encrypted[directory + 8] |= 1;
    assertEquals("holds \"a.npy\" encrypted, which cannot be read", defect(Format.NPZ, encrypted));
    byte[] method = file.clone();
    method[directory + 10] = 12;
    assertEquals(
        "holds \"a.npy\" compressed by method 12: expected 0 (stored) or 8 (deflated)",
        defect(Format.NPZ, method));
    assertEquals(
        "is not an .npz file: expected arrays (names ending in .npy) only, found the entry"
            + " \"readme\"",
        defect(Format.NPZ, Corpus.packed(Map.of("readme", array), false)));
    assertEquals(
        "is damaged or foreign: its entry \"a.npy\" is not an .npy file: expected it to begin with"
            + " \\x93NUMPY, found a beginning of 68 65 6c 6c 6f",
        defect(Format.NPZ, Corpus.packed(Map.of("a.npy", latin("hello")), false)));
    assertEquals(
        "is not a PyTorch checkpoint: expected data.pkl in its archive, found none",
        defect(Format.TORCH, file));
    assertEquals(
        "is damaged: expected the byte order little or big, found \"middle\"",
        defect(
            Format.TORCH,
            Corpus.packed(
                Map.of(
                    "a/data.pkl",
                    latin(tensor("0", "1", "1")),
                    "a/data/0",
                    new byte[16],
                    "a/byteorder",
                    latin("middle")),
                false)));
  }

  @Test
  void bigEndianCheckpoint() throws Defect {
    byte[] storage =
        ByteBuffer.allocate(16).putFloat(1).putFloat(2).putFloat(3).putFloat(4).array();
    byte[] file =
        Corpus.packed(
            Map.of(
                "a/data.pkl",
                latin(tensor("1", "2", "2")),
                "a/data/0",
                storage,
                "a/byteorder",
                latin("big")),
            false);
    assertEquals(
        "float32[2]@1[2] of 0 {2.0 4.0}",
        Shown.show(MemorySegment.ofArray(file), Format.TORCH, Arena.ofAuto()));
  }

  /// With zip64 records, as PyTorch writes for every size, and entries that need them.
  @Test
  void zip64() throws Defect {
    byte[] array = join(NpyFile.head(DType.INT8, Shape.of(1)), new byte[] {5});
    byte[] file = Corpus.packed(Map.of("a.npy", array), false);
    int directory = indexOf(file, latin("PK\1\2"));
    int end = indexOf(file, latin("PK\5\6"));
    ByteBuffer bytes =
        ByteBuffer.allocate(file.length + 28 + 56 + 20).order(ByteOrder.LITTLE_ENDIAN);
    bytes.put(file, 0, directory + 46 + 5);
    bytes
        .putInt(directory + 20, -1)
        .putInt(directory + 24, -1)
        .putInt(directory + 42, -1)
        .putShort(directory + 30, (short) 28);
    bytes
        .putShort((short) 1)
        .putShort((short) 24)
        .putLong(array.length)
        .putLong(array.length)
        .putLong(0);
    int last = bytes.position();
    bytes
        .putInt(0x06064b50)
        .putLong(44)
        .putShort((short) 45)
        .putShort((short) 45)
        .putInt(0)
        .putInt(0);
    bytes.putLong(1).putLong(1).putLong(last - directory).putLong(directory);
    bytes.putInt(0x07064b50).putInt(0).putLong(last).putInt(1);
    bytes
        .put(file, end, 22)
        .putShort(bytes.position() - 22 + 8, (short) -1)
        .putShort(bytes.position() - 22 + 10, (short) -1);
    bytes.putInt(bytes.position() - 22 + 12, -1).putInt(bytes.position() - 22 + 16, -1);
    assertEquals("{a=[1]}", read(Format.NPZ, bytes.array()).toString());
    bytes.putLong(last + 48, directory + 1L);
    assertTrue(
        defect(Format.NPZ, bytes.array())
            .startsWith("is damaged: expected a directory of 1 entries"));
  }

  // ---- arrays

  private static String header(String dict) {
    byte[] text = latin(dict);
    byte[] file =
        join(
            latin("\u0093NUMPY\1\0"),
            new byte[] {(byte) text.length, (byte) (text.length >> 8)},
            text,
            new byte[4]);
    return defect(Format.NPY, file);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '"',
      value = {
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} ~ is damaged: expected 8 bytes for"
            + " shape [2] of float32, found 4",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (999999999999999999,)} ~ is damaged:"
            + " expected 3999999999999999996 bytes for shape",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (999999999999999999,999)} ~ is damaged:"
            + " found the impossible shape",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (9999999999999999999,)} ~ has a faulty"
            + " header: expected a dict of",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)} ~ has a faulty header: expected a"
            + " dict of",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)} ~ has a faulty header: expected a dict"
            + " of",
        "{'descr': '<f4', 'shape': (1,)} ~ has a faulty header: expected a dict of",
        "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)} ~ has a faulty"
            + " header: expected a dict of",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} x ~ has a faulty header: expected"
            + " a dict of",
        "{'descr': '<V2', 'fortran_order': False, 'shape': (1,)} ~ holds elements of NumPy's type"
            + " \"<V2\": raw bytes (NumPy knows no bfloat16)",
        "{'descr': '', 'fortran_order': False, 'shape': (1,)} ~ holds elements of NumPy's type"
            + " \"\": an unknown type",
        "{'descr': '|f4', 'fortran_order': False, 'shape': (1,)} ~ holds elements of NumPy's type",
        "{'a]':[ ~ has a faulty header: expected a dict of",
        "[ ~ has a faulty header: expected a dict of",
      })
  void headersThatAreRefused(String dict, String expected) {
    String defect = header(dict);
    assertTrue(defect.startsWith(expected), defect);
  }

  @Test
  void headersOfOddLengths() {
    assertEquals(
        "is not a whole .npy file: expected a header, found its end after 9 bytes",
        defect(Format.NPY, latin("\u0093NUMPY\1\0x")));
    assertEquals(
        "is of version 4 of .npy: expected 1, 2 or 3",
        defect(Format.NPY, latin("\u0093NUMPY\4\0xxxx")));
    assertEquals(
        "is not a whole .npy file: expected a header of at most 65536 bytes, found a promise of"
            + " 4294967295 in a file of 12",
        defect(Format.NPY, latin("\u0093NUMPY\2\0\u00ff\u00ff\u00ff\u00ff")));
  }
}
