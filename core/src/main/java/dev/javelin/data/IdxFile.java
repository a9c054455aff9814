package dev.javelin.data;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/// An IDX file of unsigned bytes, the format MNIST came in: two zero bytes, 08 for unsigned bytes,
/// the number of dimensions, each dimension as a big-endian int, and then the bytes. Read whole,
/// gzipped or plain, whichever its first bytes say it is.
final class IdxFile {
  private static final int GZIP_MAGIC = 0x1f8b;
  private static final int UNSIGNED_BYTES = 8;

  /// The largest array the JDK's own collections ask for.
  private static final long MAX_BYTES = Integer.MAX_VALUE - 8L;

  /// How much memory a file gets for its promise alone.
  private static final int FIRST_BYTES = 16 << 20;

  private final int[] dims;
  private final byte[] data;
  private final String md5;

  private IdxFile(int[] dims, byte[] data, String md5) {
    this.dims = dims;
    this.data = data;
    this.md5 = md5;
  }

  /// How messages speak of a file, which is not always its path: a download has an address.
  ///
  /// @param subject what to call it
  /// @param advice what to do when it is of no use
  record Origin(String subject, String advice) {
    /// A file the user has.
    ///
    /// @param file its path
    /// @return its path and the advice to replace it
    static Origin of(Path file) {
      return new Origin(file.toString(), "delete it, or put a good copy in its place");
    }

    DataException defect(String what) {
      return new DataException(subject + " " + what + "; " + advice);
    }

    DataException defect(String what, Throwable cause) {
      return new DataException(subject + " " + what + "; " + advice, cause);
    }
  }

  /// The sizes of the dimensions, outermost first.
  ///
  /// @return the array itself, not a copy
  int[] dims() {
    return dims;
  }

  /// The bytes behind the header.
  ///
  /// @return the array itself, not a copy
  byte[] data() {
    return data;
  }

  /// The MD5 of the whole file as it is when not gzipped.
  ///
  /// @return 32 lower-case hexadecimal digits
  String md5() {
    return md5;
  }

  /// Reads a file.
  ///
  /// @param file which
  /// @param rank how many dimensions it must have
  /// @param origin how to speak of it
  /// @return its contents, exactly as many bytes as its header promises
  /// @throws DataException if it is anything but a whole IDX file of that rank
  static IdxFile read(Path file, int rank, Origin origin) {
    MessageDigest digest = md5Digest();
    try (InputStream raw = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
        InputStream plain = isGzip(raw) ? new GZIPInputStream(raw, 1 << 16) : raw;
        InputStream in = new DigestInputStream(plain, digest)) {
      return parse(in, rank, origin, digest);
    } catch (NoSuchFileException e) {
      throw origin.defect("cannot be read: there is no such file", e);
    } catch (EOFException e) {
      // Plain reads below report an early end by what they return, so this one is from gzip.
      throw origin.defect(
          "is damaged: expected a whole gzip file, found only its first " + size(file) + " bytes",
          e);
    } catch (ZipException e) {
      throw origin.defect(
          "is damaged: expected intact gzip data, found an error in it (" + e.getMessage() + ")",
          e);
    } catch (IOException e) {
      String reason =
          Files.isDirectory(file) ? "it is a directory" : String.valueOf(e.getMessage());
      throw origin.defect("cannot be read: " + reason, e);
    }
  }

  /// Checks a file against the one it should be.
  ///
  /// @param expected the MD5 it should have
  /// @param hint what to add about what was found, possibly empty
  /// @param origin how to speak of it
  /// @throws DataException if it has another
  void requireMd5(String expected, String hint, Origin origin) {
    if (!md5.equals(expected)) {
      throw origin.defect(
          "is not the file it should be: expected the MD5 "
              + expected
              + " (of its uncompressed bytes), found "
              + md5
              + hint);
    }
  }

  private static IdxFile parse(InputStream in, int rank, Origin origin, MessageDigest digest)
      throws IOException {
    byte[] magic = in.readNBytes(4);
    byte[] expected = {0, 0, UNSIGNED_BYTES, (byte) rank};
    if (!Arrays.equals(magic, expected)) {
      throw origin.defect(
          "is not an IDX file of unsigned bytes in "
              + rank
              + (rank == 1 ? " dimension" : " dimensions")
              + ": expected it to begin with "
              + hex(expected)
              + ", found "
              + (magic.length == 0 ? "it empty" : hex(magic)));
    }
    byte[] header = in.readNBytes(4 * rank);
    if (header.length < 4 * rank) {
      throw origin.defect(
          "is damaged: expected a header of "
              + (4 + 4 * rank)
              + " bytes, found "
              + (4 + header.length));
    }
    int[] dims = new int[rank];
    ByteBuffer.wrap(header).asIntBuffer().get(dims);
    String promise =
        Arrays.stream(dims).mapToObj(Integer::toUnsignedString).collect(Collectors.joining(" x "));
    long size = 1;
    for (int dim : dims) {
      // The limit is checked at every step, so that the product cannot overflow.
      size *= Integer.toUnsignedLong(dim);
      if (size > MAX_BYTES) {
        throw origin.defect(
            "is damaged: expected at most " + MAX_BYTES + " bytes, found a promise of " + promise);
      }
    }
    byte[] data = new byte[(int) Math.min(size, FIRST_BYTES)];
    int filled = in.readNBytes(data, 0, data.length);
    // Grows as it fills: a false promise does not make it ask for the memory.
    while (filled == data.length && filled < size) {
      data = Arrays.copyOf(data, (int) Math.min(size, 2L * filled));
      filled += in.readNBytes(data, filled, data.length - filled);
    }
    long found = filled + in.transferTo(OutputStream.nullOutputStream());
    if (found != size) {
      throw origin.defect(
          "is damaged: expected "
              + promise
              + (rank == 1 ? "" : " = " + size)
              + " bytes behind its header, found "
              + found);
    }
    return new IdxFile(dims, data, HexFormat.of().formatHex(digest.digest()));
  }

  private static boolean isGzip(InputStream in) throws IOException {
    in.mark(2);
    int magic = in.read() << 8 | in.read();
    in.reset();
    return magic == GZIP_MAGIC;
  }

  private static String hex(byte[] bytes) {
    return HexFormat.ofDelimiter(" ").formatHex(bytes);
  }

  private static String size(Path file) {
    try {
      return Long.toString(Files.size(file));
    } catch (IOException e) {
      return "?";
    }
  }

  private static MessageDigest md5Digest() {
    try {
      return MessageDigest.getInstance("MD5");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has MD5", e);
    }
  }
}
