package dev.javelin.cuda;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/// Compiled kernels on disk, by text, options (which name the architecture) and version of the compiler.
///
/// A cache is never a reason to fail: what is damaged is compiled anew, what cannot be written is left. A file is the SHA-256 of what
/// follows it, so that a damaged one is recognised; that an outdated one is not used is in its name.
final class CubinCache {
  private static final int HASH_BYTES = 32;

  private final Optional<Path> directory;

  /// @param directory where the files are, empty for no cache
  CubinCache(Optional<Path> directory) {
    this.directory = directory;
  }

  /// The cache of this user.
  static CubinCache ofUser() {
    return new CubinCache(CacheDirectory.find().flatMap(CubinCache::below));
  }

  private static Optional<Path> below(Path cache) {
    try {
      return Optional.of(Files.createDirectories(cache.resolve("cubin")));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /// What a compiler made of a text.
  ///
  /// @param text the whole text
  /// @param options the compiler's options
  /// @param version the compiler's version
  Optional<byte[]> get(String text, List<String> options, String version) {
    return directory.flatMap(path -> read(path.resolve(name(text, options, version))));
  }

  /// What any compiler made of a text, the newest that is whole.
  Optional<byte[]> getAny(String text, List<String> options) {
    if (directory.isEmpty()) {
      return Optional.empty();
    }
    String pattern = name(text, options, "*");
    return LibrarySearch.matching(directory.get().toString(), pattern).stream()
        .flatMap(file -> read(file).stream())
        .findFirst();
  }

  void put(String text, List<String> options, String version, byte[] cubin) {
    if (directory.isEmpty()) {
      return;
    }
    byte[] contents = Arrays.copyOf(hash(cubin), HASH_BYTES + cubin.length);
    System.arraycopy(cubin, 0, contents, HASH_BYTES, cubin.length);
    try {
      CacheDirectory.replace(directory.get().resolve(name(text, options, version)), contents);
    } catch (IOException e) {
      // A full disk, say: the kernel is compiled again in the next process.
      return;
    }
  }

  private static Optional<byte[]> read(Path file) {
    try {
      byte[] contents = Files.readAllBytes(file);
      if (contents.length <= HASH_BYTES) {
        return Optional.empty();
      }
      byte[] cubin = Arrays.copyOfRange(contents, HASH_BYTES, contents.length);
      byte[] stored = Arrays.copyOf(contents, HASH_BYTES);
      return Arrays.equals(stored, hash(cubin)) ? Optional.of(cubin) : Optional.empty();
    } catch (IOException e) {
      // Mostly: there is none.
      return Optional.empty();
    }
  }

  static String name(String text, List<String> options, String version) {
    String key = String.join(" ", options) + "\n" + text;
    byte[] hash = hash(key.getBytes(StandardCharsets.UTF_8));
    return HexFormat.of().formatHex(hash) + "-" + version + ".cubin";
  }

  private static byte[] hash(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }
}
