package dev.javelin.io;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// The bytes of a file, and numbers in them. All formats here count little-endian.
final class FileBytes {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private FileBytes() {}

  /// What reads a format.
  @FunctionalInterface
  interface Parser<T> {
    /// Reads the contents of a file.
    ///
    /// @param bytes all of them
    /// @return what they say
    /// @throws Defect if they are not of the format, or damaged
    T parse(MemorySegment bytes) throws Defect;
  }

  /// Reads a file: maps it into memory, so that only what is used is read.
  ///
  /// Replacing the file (as [AtomicFile] does) leaves the mapping as it is; shortening it in place makes it a defect.
  ///
  /// @param file the file
  /// @param arena how long the mapping lives
  /// @param parser reads the contents
  /// @return what it says
  /// @throws FormatException if the parser finds a defect
  /// @throws UncheckedIOException if the file cannot be read
  static <T> T read(Path file, Arena arena, Parser<T> parser) {
    try {
      return parser.parse(map(file, arena));
    } catch (Defect e) {
      throw new FormatException(file, e.getMessage(), e);
    } catch (InternalError e) {
      // What the JVM makes of a mapped page that is no longer there.
      throw new FormatException(file, "became shorter while it was read", e);
    }
  }

  private static MemorySegment map(Path file, Arena arena) {
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw unreadable(
          file,
          Files.isDirectory(file) ? "it is a directory" : "it is not a regular file",
          new IOException(file.toString()));
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long size = channel.size();
      // An empty mapping is not allowed everywhere.
      return size == 0
          ? MemorySegment.ofArray(new byte[0])
          : channel.map(FileChannel.MapMode.READ_ONLY, 0, size, arena);
    } catch (NoSuchFileException e) {
      throw unreadable(file, "there is no such file", e);
    } catch (AccessDeniedException e) {
      throw unreadable(file, "no permission to read it", e);
    } catch (IOException e) {
      throw unreadable(file, String.valueOf(e.getMessage()), e);
    }
  }

  private static UncheckedIOException unreadable(Path file, String reason, IOException cause) {
    return new UncheckedIOException("cannot read " + file + ": " + reason, cause);
  }

  static int unsignedByte(MemorySegment bytes, long at) {
    return bytes.get(ValueLayout.JAVA_BYTE, at) & 0xff;
  }

  static int unsignedShort(MemorySegment bytes, long at) {
    return bytes.get(SHORT, at) & 0xffff;
  }

  static int intAt(MemorySegment bytes, long at) {
    return bytes.get(INT, at);
  }

  static long unsignedInt(MemorySegment bytes, long at) {
    return bytes.get(INT, at) & 0xffff_ffffL;
  }

  static long longAt(MemorySegment bytes, long at) {
    return bytes.get(LONG, at);
  }

  /// Whether a file begins with some bytes.
  static boolean beginsWith(MemorySegment bytes, byte[] magic) {
    return bytes.byteSize() >= magic.length
        && bytes.asSlice(0, magic.length).mismatch(MemorySegment.ofArray(magic)) < 0;
  }

  /// The first bytes of a file for a message.
  static String beginning(MemorySegment bytes) {
    if (bytes.byteSize() == 0) {
      return "an empty file";
    }
    StringBuilder shown = new StringBuilder("a beginning of");
    for (int i = 0; i < Math.min(8, bytes.byteSize()); i++) {
      int value = unsignedByte(bytes, i);
      shown.append(' ').append(Character.forDigit(value >> 4, 16));
      shown.append(Character.forDigit(value & 15, 16));
    }
    return shown.toString();
  }
}
