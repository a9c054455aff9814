package dev.javelin.data;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.GZIPOutputStream;

/// Makes small data sets in the format of MNIST for the tests.
final class SmallSets {
  private SmallSets() {}

  /// An IDX file whose bytes count up.
  static byte[] idx(int... dims) {
    int size = 1;
    for (int dim : dims) {
      size *= dim;
    }
    ByteBuffer out = ByteBuffer.allocate(4 + 4 * dims.length + size);
    out.put(new byte[] {0, 0, 8, (byte) dims.length});
    for (int dim : dims) {
      out.putInt(dim);
    }
    for (int i = 0; i < size; i++) {
      out.put((byte) (dims.length == 1 ? i % 10 : i));
    }
    return out.array();
  }

  static byte[] gzip(byte[] plain) {
    var out = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(out)) {
      gzip.write(plain);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  static String md5(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  static Path write(Path file, byte[] bytes) {
    try {
      Files.createDirectories(file.getParent());
      return Files.write(file, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// A data set called `small` with these contents in both of its parts.
  static MnistSet set(byte[] images, byte[] labels, URI... sources) {
    var part =
        new MnistSet.Part(
            new MnistSet.DataFile("images", images[3], md5(images)),
            new MnistSet.DataFile("labels", labels[3], md5(labels)));
    return new MnistSet(
        "small",
        "Small",
        List.of("0", "1", "2", "3", "4", "5", "6", "7", "8", "9"),
        List.of(sources),
        part,
        part);
  }
}
