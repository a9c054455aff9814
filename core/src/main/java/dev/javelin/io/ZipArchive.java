package dev.javelin.io;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/// A zip archive in memory. The JDK's reader does not say where an entry's bytes are, so what it reads cannot stay mapped; and a
/// format that begins at its end wants strict checks: entries lie within the file and apart from each other, so that all of them
/// together are no larger than the file, or than what its compressed bytes can hold.
///
/// @param entries the entries by name, in the order of the directory
record ZipArchive(Map<String, Entry> entries) {
  private static final byte[] MAGIC = {'P', 'K', 3, 4};
  private static final byte[] EMPTY_MAGIC = {'P', 'K', 5, 6};

  private static final int LOCAL = 0x04034b50;
  private static final int LOCAL_BYTES = 30;
  private static final int CENTRAL = 0x02014b50;
  private static final int CENTRAL_BYTES = 46;
  private static final int END = 0x06054b50;
  private static final int END_BYTES = 22;
  private static final int END64 = 0x06064b50;
  private static final int END64_BYTES = 56;
  private static final int LOCATOR64 = 0x07064b50;
  private static final int LOCATOR64_BYTES = 20;
  private static final int EXTRA64 = 1;

  private static final long SHORT_LIMIT = 0xffff;
  private static final long INT_LIMIT = 0xffff_ffffL;

  private static final int STORED = 0;
  private static final int DEFLATED = 8;
  private static final int ENCRYPTED = 1;

  /// The most bytes that one byte of deflated data can stand for.
  private static final long INFLATION = 1032;

  private static final long PIECE = 1 << 16;

  /// Where the directory is.
  private record Directory(long begin, long size, long count) {}

  /// An entry.
  ///
  /// @param name its name
  /// @param deflated whether its bytes are compressed
  /// @param crc the checksum of its bytes, uncompressed
  /// @param size how many these are
  /// @param header where its header begins
  /// @param data its bytes in the file
  record Entry(String name, boolean deflated, int crc, long size, long header, MemorySegment data) {
    private long end(MemorySegment file) {
      return data.address() - file.address() + data.byteSize();
    }

    /// The bytes, checked against their checksum.
    ///
    /// @param arena where those of a compressed entry go
    /// @return the bytes, read-only
    /// @throws Defect if they are damaged
    MemorySegment contents(Arena arena) throws Defect {
      MemorySegment contents = deflated ? inflate(arena) : data;
      CRC32 found = new CRC32();
      byte[] piece = new byte[(int) Math.min(PIECE, size)];
      for (long at = 0; at < size; at += PIECE) {
        found.update(piece, 0, take(contents, at, piece));
      }
      if ((int) found.getValue() != crc) {
        throw new Defect(
            "is damaged: expected the checksum %08x for %s, found %08x"
                .formatted(crc, Defect.quoted(name), (int) found.getValue()));
      }
      return contents.asReadOnly();
    }

    /// Copies bytes to the heap: native code that read them from a mapped file would end the JVM if the file got shorter.
    private static int take(MemorySegment from, long at, byte[] piece) {
      int count = (int) Math.min(piece.length, from.byteSize() - at);
      MemorySegment.copy(from, ValueLayout.JAVA_BYTE, at, piece, 0, count);
      return count;
    }

    private MemorySegment inflate(Arena arena) throws Defect {
      MemorySegment target = arena.allocate(Math.max(1, size), 64).asSlice(0, size);
      long read = 0;
      long written = 0;
      try (Inflater inflater = new Inflater(true)) {
        ByteBuffer beyond = ByteBuffer.allocate(1);
        byte[] input = new byte[(int) Math.min(PIECE, data.byteSize())];
        while (!inflater.finished()) {
          if (inflater.needsInput() && read < data.byteSize()) {
            int count = take(data, read, input);
            inflater.setInput(input, 0, count);
            read += count;
          }
          ByteBuffer piece =
              written < size
                  ? target
                      .asSlice(written, Math.min(Integer.MAX_VALUE, size - written))
                      .asByteBuffer()
                  : beyond.clear();
          int count = inflater.inflate(piece);
          written += count;
          if (written > size
              || inflater.needsDictionary()
              || count == 0 && !inflater.finished() && read == data.byteSize()) {
            break;
          }
        }
        if (!inflater.finished() || written != size) {
          throw new Defect(
              "is damaged: expected %s bytes in %s, found %s"
                  .formatted(
                      size,
                      Defect.quoted(name),
                      written > size ? "more" : written + " before its end"));
        }
      } catch (DataFormatException e) {
        throw new Defect(
            "is damaged: expected compressed data in %s, found other bytes"
                .formatted(Defect.quoted(name)),
            e);
      }
      return target;
    }
  }

  /// Whether a file begins as an archive does.
  static boolean isArchive(MemorySegment file) {
    return FileBytes.beginsWith(file, MAGIC) || FileBytes.beginsWith(file, EMPTY_MAGIC);
  }

  /// Reads the directory of an archive, and checks all of it.
  ///
  /// @param file the bytes of the archive
  /// @return the archive
  /// @throws Defect if it is not one
  static ZipArchive parse(MemorySegment file) throws Defect {
    if (!isArchive(file)) {
      throw new Defect(
          "is not a zip archive: expected it to begin with PK, found " + FileBytes.beginning(file));
    }
    Directory directory = directory(file);
    Map<String, Entry> entries = new LinkedHashMap<>();
    long at = directory.begin;
    long end = directory.begin + directory.size;
    for (long i = 0; i < directory.count; i++) {
      if (end - at < CENTRAL_BYTES || FileBytes.intAt(file, at) != CENTRAL) {
        throw new Defect(
            "is damaged: expected %s entries in its directory, found %s"
                .formatted(directory.count, i));
      }
      long next =
          at
              + CENTRAL_BYTES
              + FileBytes.unsignedShort(file, at + 28)
              + FileBytes.unsignedShort(file, at + 30)
              + FileBytes.unsignedShort(file, at + 32);
      if (next > end) {
        throw new Defect("is damaged: entry " + i + " reaches over the end of its directory");
      }
      Entry entry = entry(file, at, directory.begin);
      if (entries.put(entry.name, entry) != null) {
        throw new Defect("is damaged: holds two entries named " + Defect.quoted(entry.name));
      }
      at = next;
    }
    if (at != end) {
      throw new Defect("is damaged: its directory goes on after its last entry");
    }
    requireApart(file, new ArrayList<>(entries.values()));
    return new ZipArchive(Collections.unmodifiableMap(entries));
  }

  private static Directory directory(MemorySegment file) throws Defect {
    long end = endRecord(file);
    long count = FileBytes.unsignedShort(file, end + 10);
    long size = FileBytes.unsignedInt(file, end + 12);
    long begin = FileBytes.unsignedInt(file, end + 16);
    long last = end;
    long locator = end - LOCATOR64_BYTES;
    if (locator >= 0 && FileBytes.intAt(file, locator) == LOCATOR64) {
      last = FileBytes.longAt(file, locator + 8);
      if (last < 0
          || last > locator - END64_BYTES
          || FileBytes.intAt(file, last) != END64
          || FileBytes.longAt(file, last + 4) != locator - last - 12) {
        throw new Defect("is damaged: expected the zip64 record where its locator says");
      }
      count = FileBytes.longAt(file, last + 32);
      size = FileBytes.longAt(file, last + 40);
      begin = FileBytes.longAt(file, last + 48);
    }
    if (size < 0
        || begin < 0
        || begin != last - size
        || count < 0
        || count > size / CENTRAL_BYTES
        || FileBytes.unsignedShort(file, end + 4) != 0 && last == end) {
      throw new Defect(
          "is damaged: expected a directory of %s entries in the %s bytes from byte %s to byte %s"
              .formatted(
                  Long.toUnsignedString(count),
                  Long.toUnsignedString(size),
                  Long.toUnsignedString(begin),
                  last));
    }
    return new Directory(begin, size, count);
  }

  private static long endRecord(MemorySegment file) throws Defect {
    long size = file.byteSize();
    for (long at = size - END_BYTES; at >= Math.max(0, size - END_BYTES - SHORT_LIMIT); at--) {
      if (FileBytes.intAt(file, at) == END
          && at + END_BYTES + FileBytes.unsignedShort(file, at + 20) == size) {
        return at;
      }
    }
    throw new Defect(
        "is not a whole zip archive: expected its directory at the end of its %s bytes, found none"
            .formatted(size));
  }

  private static Entry entry(MemorySegment file, long at, long limit) throws Defect {
    int nameBytes = FileBytes.unsignedShort(file, at + 28);
    MemorySegment nameSlice = file.asSlice(at + CENTRAL_BYTES, nameBytes);
    String name = text(nameSlice);
    int flags = FileBytes.unsignedShort(file, at + 8);
    int method = FileBytes.unsignedShort(file, at + 10);
    long[] numbers = {
      FileBytes.unsignedInt(file, at + 24), // uncompressed size
      FileBytes.unsignedInt(file, at + 20), // compressed size
      FileBytes.unsignedInt(file, at + 42), // where its header is
    };
    readExtra64(
        file.asSlice(at + CENTRAL_BYTES + nameBytes, FileBytes.unsignedShort(file, at + 30)),
        numbers);
    long size = numbers[0];
    long compressed = numbers[1];
    long header = numbers[2];
    if ((flags & ENCRYPTED) != 0) {
      throw new Defect("holds " + Defect.quoted(name) + " encrypted, which cannot be read");
    }
    if (method != STORED && method != DEFLATED) {
      throw new Defect(
          "holds %s compressed by method %s: expected 0 (stored) or 8 (deflated)"
              .formatted(Defect.quoted(name), method));
    }
    if (method == STORED
        ? size != compressed
        : size < 0 || compressed < 0 || size / INFLATION > compressed) {
      throw new Defect(
          "is damaged: found %s bytes for %s, which cannot hold the %s promised"
              .formatted(
                  Long.toUnsignedString(compressed),
                  Defect.quoted(name),
                  Long.toUnsignedString(size)));
    }
    if (header < 0
        || header > limit - LOCAL_BYTES
        || FileBytes.intAt(file, header) != LOCAL
        || FileBytes.unsignedShort(file, header + 8) != method
        || FileBytes.unsignedShort(file, header + 26) != nameBytes
        || header + LOCAL_BYTES + nameBytes > limit
        || nameSlice.mismatch(file.asSlice(header + LOCAL_BYTES, nameBytes)) >= 0) {
      throw new Defect(
          "is damaged: expected the entry %s at byte %s"
              .formatted(Defect.quoted(name), Long.toUnsignedString(header)));
    }
    long begin = header + LOCAL_BYTES + nameBytes + FileBytes.unsignedShort(file, header + 28);
    if (begin > limit || compressed < 0 || compressed > limit - begin) {
      throw new Defect(
          "is damaged: the %s bytes of %s reach over the end of the file"
              .formatted(Long.toUnsignedString(compressed), Defect.quoted(name)));
    }
    return new Entry(
        name,
        method == DEFLATED,
        FileBytes.intAt(file, at + 16),
        size,
        header,
        file.asSlice(begin, compressed));
  }

  /// Replaces the numbers that did not fit in 32 bits: the zip64 field holds just those, in this order.
  private static void readExtra64(MemorySegment extra, long[] numbers) throws Defect {
    for (long at = 0; at + 4 <= extra.byteSize(); ) {
      int id = FileBytes.unsignedShort(extra, at);
      long end = at + 4 + FileBytes.unsignedShort(extra, at + 2);
      if (id == EXTRA64) {
        long next = at + 4;
        for (int i = 0; i < numbers.length; i++) {
          if (numbers[i] == INT_LIMIT) {
            if (next + Long.BYTES > Math.min(end, extra.byteSize())) {
              throw new Defect("is damaged: a zip64 field of its directory is too short");
            }
            numbers[i] = FileBytes.longAt(extra, next);
            next += Long.BYTES;
          }
        }
        return;
      }
      at = end;
    }
  }

  private static void requireApart(MemorySegment file, List<Entry> entries) throws Defect {
    entries.sort(Comparator.comparingLong(Entry::header));
    for (int i = 1; i < entries.size(); i++) {
      if (entries.get(i - 1).end(file) > entries.get(i).header) {
        throw new Defect(
            "is damaged: the entries %s and %s overlap"
                .formatted(
                    Defect.quoted(entries.get(i - 1).name), Defect.quoted(entries.get(i).name)));
      }
    }
  }

  private static String text(MemorySegment bytes) throws Defect {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes.toArray(ValueLayout.JAVA_BYTE)))
          .toString();
    } catch (CharacterCodingException e) {
      throw new Defect("is damaged: the name of an entry is not text in UTF-8", e);
    }
  }
}
