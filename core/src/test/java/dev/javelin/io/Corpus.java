package dev.javelin.io;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/// Files to be damaged, and the damage.
final class Corpus {
  /// Numbers that programs stumble over.
  private static final long[] HOSTILE = {
    0,
    1,
    -1,
    0x7f,
    0x80,
    0xff,
    0x7fff,
    0xffff,
    0x7fff_ffff,
    0x8000_0000L,
    0xffff_ffffL,
    1L << 40,
    Long.MAX_VALUE,
    Long.MIN_VALUE,
    46,
    22,
    64
  };

  /// Texts that mean something to one of the formats.
  private static final List<String> WORDS =
      List.of(
          "PK\3\4",
          "PK\1\2",
          "PK\5\6",
          "PK\6\6",
          "PK\6\7",
          "../../etc/passwd",
          "cos\nsystem\n",
          "(((((((((",
          "]]]]]]]]",
          "ctorch._utils\n_rebuild_tensor_v2\n",
          "ctorch\nFloatStorage\n",
          "ccollections\nOrderedDict\n",
          "'shape': (",
          "99999999999999999",
          "True",
          "{'descr': '|O'",
          "\"shape\":[",
          "18446744073709551616",
          "\u0093NUMPY\3\0",
          "ub.",
          "h\0a",
          "q\0",
          "\u0080\2",
          "}q\1h\1h\1s");

  private final List<byte[]> seeds = new ArrayList<>();

  private Corpus() {}

  /// The committed files of a format, and some small ones that only damage makes interesting.
  static Corpus of(Format format) {
    Corpus corpus = new Corpus();
    String[] names =
        switch (format) {
          case SAFETENSORS -> new String[0];
          case NPY ->
              new String[] {
                "f4.npy",
                "big-f8.npy",
                "fortran.npy",
                "version2.npy",
                "version3.npy",
                "b1.npy",
                "scalar.npy",
                "refused-records.npy"
              };
          case NPZ -> new String[] {"stored.npz", "deflated.npz", "list.npz"};
          case TORCH ->
              new String[] {
                "dtypes.pt",
                "shared.pt",
                "nested.pt",
                "nested4.pt",
                "module.pth",
                "run.pt",
                "parameter.pt"
              };
        };
    for (String name : names) {
      try {
        corpus.seeds.add(Files.readAllBytes(Shown.fixture(name)));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    if (format == Format.SAFETENSORS) {
      corpus.seeds.add(
          safeTensors(
              "{\"a\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,16]},\"b\":{\"dtype\":\"BOOL\",\"shape\":[],\"data_offsets\":[16,17]}}",
              17));
      corpus.seeds.add(
          safeTensors(
              "{\"__metadata__\":{\"k\":\"v\"},\"w.x\":{\"dtype\":\"BF16\",\"shape\":[0,3],\"data_offsets\":[0,0]},\"y\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[0,8]}}",
              8));
    }
    return corpus;
  }

  private static byte[] safeTensors(String header, int data) {
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    byte[] file = new byte[8 + text.length + data];
    file[0] = (byte) text.length;
    System.arraycopy(text, 0, file, 8, text.length);
    return file;
  }

  /// A damaged file.
  ///
  /// @param format of which format
  /// @param random decides which and how
  byte[] next(Format format, RandomGenerator random) {
    byte[] seed = seeds.get(random.nextInt(seeds.size()));
    boolean zip = format == Format.NPZ || format == Format.TORCH;
    // Most damage to an archive meets its checksums; damage within, packed anew, reaches what reads
    // the entries.
    return zip && random.nextInt(4) != 0 ? repacked(seed, random) : damaged(seed, random);
  }

  private byte[] damaged(byte[] whole, RandomGenerator random) {
    byte[] bytes = whole.clone();
    for (int left = 1 + random.nextInt(random.nextInt(4) == 0 ? 12 : 3); left > 0; left--) {
      bytes = bytes.length == 0 ? new byte[1] : damagedOnce(bytes, random);
    }
    return bytes;
  }

  private byte[] damagedOnce(byte[] bytes, RandomGenerator random) {
    int at = random.nextInt(bytes.length);
    switch (random.nextInt(9)) {
      case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
      case 1 -> bytes[at] = (byte) random.nextInt(256);
      case 2 -> {
        long value = HOSTILE[random.nextInt(HOSTILE.length)] + random.nextInt(3) - 1;
        int width = 1 << random.nextInt(4);
        for (int i = 0; i < width && at + i < bytes.length; i++) {
          bytes[at + i] = (byte) (value >> 8 * i);
        }
      }
      case 3 -> {
        return java.util.Arrays.copyOf(bytes, at);
      }
      case 4 -> {
        byte[] other = seeds.get(random.nextInt(seeds.size()));
        int from = random.nextInt(other.length);
        int count = Math.min(random.nextInt(64), other.length - from);
        return spliced(
            bytes,
            at,
            random.nextBoolean() ? Math.min(count, bytes.length - at) : 0,
            java.util.Arrays.copyOfRange(other, from, from + count));
      }
      case 5 -> {
        byte[] word = WORDS.get(random.nextInt(WORDS.size())).getBytes(StandardCharsets.ISO_8859_1);
        return spliced(
            bytes, at, random.nextBoolean() ? Math.min(word.length, bytes.length - at) : 0, word);
      }
      case 6 -> {
        return spliced(bytes, at, Math.min(bytes.length - at, random.nextInt(32)), new byte[0]);
      }
      case 7 -> {
        // The same bytes many times: nesting, or endless lists.
        int count = Math.min(1 + random.nextInt(8), bytes.length - at);
        int times = 1 << random.nextInt(13);
        byte[] piece = new byte[count * times];
        for (int i = 0; i < piece.length; i++) {
          piece[i] = bytes[at + i % count];
        }
        return spliced(bytes, at, 0, piece);
      }
      default -> {
        int to = random.nextInt(bytes.length);
        byte swap = bytes[at];
        bytes[at] = bytes[to];
        bytes[to] = swap;
      }
    }
    return bytes;
  }

  private static byte[] spliced(byte[] bytes, int at, int removed, byte[] added) {
    byte[] result = new byte[bytes.length - removed + added.length];
    System.arraycopy(bytes, 0, result, 0, at);
    System.arraycopy(added, 0, result, at, added.length);
    System.arraycopy(bytes, at + removed, result, at + added.length, bytes.length - at - removed);
    return result;
  }

  /// An archive with one entry damaged, renamed, dropped or doubled, and right in itself.
  private byte[] repacked(byte[] archive, RandomGenerator random) {
    Map<String, byte[]> entries = entries(archive);
    String[] names = entries.keySet().toArray(String[]::new);
    // Mostly the pickle, where there is one: it is the first.
    String name = names[random.nextInt(3) == 0 ? random.nextInt(names.length) : 0];
    byte[] contents = entries.remove(name);
    switch (random.nextInt(16)) {
      case 0 -> entries.put("../../" + name, contents);
      case 1 -> entries.put("/" + name, contents);
      case 2 -> entries.put(name + "x", contents);
      case 3 -> {
        // It is gone.
      }
      case 4 -> entries.put(name, new byte[random.nextInt(1 << 16)]);
      default -> {
        Map<String, byte[]> rest = new LinkedHashMap<>(entries);
        entries.clear();
        entries.put(name, damaged(contents, random));
        entries.putAll(rest);
      }
    }
    return packed(entries, random.nextInt(4) == 0);
  }

  static Map<String, byte[]> entries(byte[] archive) {
    try (Arena arena = Arena.ofConfined()) {
      Map<String, byte[]> entries = new LinkedHashMap<>();
      for (ZipArchive.Entry entry :
          ZipArchive.parse(MemorySegment.ofArray(archive)).entries().values()) {
        entries.put(
            entry.name(), entry.contents(arena).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE));
      }
      return entries;
    } catch (Defect e) {
      throw new IllegalStateException(e);
    }
  }

  /// An archive.
  static byte[] packed(Map<String, byte[]> entries, boolean compress) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(out, StandardCharsets.UTF_8)) {
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        ZipEntry header = new ZipEntry(entry.getKey());
        if (!compress) {
          CRC32 crc = new CRC32();
          crc.update(entry.getValue());
          header.setMethod(ZipEntry.STORED);
          header.setSize(entry.getValue().length);
          header.setCrc(crc.getValue());
        }
        zip.putNextEntry(header);
        zip.write(entry.getValue());
        zip.closeEntry();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  Stream<byte[]> seeds() {
    return seeds.stream();
  }
}
