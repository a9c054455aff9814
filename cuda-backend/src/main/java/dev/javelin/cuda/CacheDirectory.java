package dev.javelin.cuda;

import dev.javelin.backend.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;

/// The directory of this user in which re-targeted libraries and compiled kernels are kept. Files appear in it whole or not at all.
final class CacheDirectory {
  private static final Set<PosixFilePermission> PRIVATE =
      PosixFilePermissions.fromString("rwx------");

  private CacheDirectory() {}

  /// The directory, made where it is missing.
  ///
  /// @return empty where there is none that this user alone can write
  static Optional<Path> find() {
    try {
      Path wanted =
          Settings.text("javelin.cuda.cache")
              .map(Path::of)
              .orElseGet(CacheDirectory::usual)
              .toAbsolutePath();
      Files.createDirectories(wanted, PosixFilePermissions.asFileAttribute(PRIVATE));
      return isPrivate(wanted) ? Optional.of(wanted) : Optional.empty();
    } catch (IOException | InvalidPathException | UnsupportedOperationException e) {
      // A home that cannot be written is common in containers; the callers know what to do then.
      return Optional.empty();
    }
  }

  private static Path usual() {
    String caches = System.getenv("XDG_CACHE_HOME");
    Path base =
        caches != null && caches.startsWith("/")
            ? Path.of(caches)
            : Path.of(System.getProperty("user.home", "/"), ".cache");
    return base.resolve("javelin").resolve("cuda");
  }

  /// What is loaded from a directory that others can write is what others want to be loaded.
  private static boolean isPrivate(Path directory) throws IOException {
    Set<PosixFilePermission> granted = Files.getPosixFilePermissions(directory);
    if (granted.contains(PosixFilePermission.GROUP_WRITE)
        || granted.contains(PosixFilePermission.OTHERS_WRITE)) {
      return false;
    }
    // Also tells whether it can be written.
    Path own = Files.createTempFile(directory, "owner", ".tmp");
    boolean same = Files.getOwner(own).equals(Files.getOwner(directory));
    Files.delete(own);
    return same;
  }

  /// Creates or replaces a file at once, so that other processes see the old one or the new one.
  static void replace(Path file, byte[] contents) throws IOException {
    Path temporary = Files.createTempFile(file.getParent(), "new", ".tmp");
    try {
      Files.write(temporary, contents);
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }
}
