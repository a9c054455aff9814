package dev.javelin.io;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/// Writes files so that a crash at any moment leaves either the old file whole or the new one.
///
/// The new contents go into a temporary file beside the old one, reach the disk, and only then take
/// its name.
final class AtomicFile {
  private static final int COPY_BYTES = 1 << 20;

  private AtomicFile() {}

  /// Writes the contents of a file.
  @FunctionalInterface
  interface Contents {
    /// Writes them, from the first byte on.
    ///
    /// @param channel an empty file
    /// @throws IOException if it cannot be written
    void writeTo(FileChannel channel) throws IOException;
  }

  /// Creates or replaces a file. A symbolic link stays, and the file it leads to is replaced.
  ///
  /// @param file the file
  /// @param contents what to write; whatever it throws is passed on, and the old file kept
  /// @throws UncheckedIOException if it cannot be written; the old file, if any, is unchanged
  static void write(Path file, Contents contents) {
    if (Files.isDirectory(file)) {
      throw failure(file, "it is a directory", new FileSystemException(file.toString()));
    }
    Path directory = file.toAbsolutePath().getParent();
    if (!Files.isDirectory(directory)) {
      throw failure(
          file,
          Files.exists(directory)
              ? directory + " is not a directory"
              : "there is no directory " + directory,
          new FileSystemException(directory.toString()));
    }
    try {
      replace(
          Files.isSymbolicLink(file) && Files.exists(file) ? file.toRealPath() : file, contents);
    } catch (AccessDeniedException e) {
      throw failure(file, "no permission to create files in " + directory, e);
    } catch (IOException e) {
      String reason = e instanceof FileSystemException f ? f.getReason() : e.getMessage();
      throw failure(file, reason != null ? reason : e.toString(), e);
    }
  }

  /// Writes bytes where a channel is, by way of a buffer, because not every segment can be seen as one.
  ///
  /// @param channel where to
  /// @param data the bytes, on the heap or not
  /// @throws IOException if they cannot be written
  static void writeAll(FileChannel channel, MemorySegment data) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect((int) Math.min(COPY_BYTES, data.byteSize()));
    MemorySegment piece = MemorySegment.ofBuffer(buffer);
    for (long done = 0; done < data.byteSize(); ) {
      int count = (int) Math.min(buffer.capacity(), data.byteSize() - done);
      MemorySegment.copy(data, done, piece, 0, count);
      buffer.clear().limit(count);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
      done += count;
    }
  }

  private static void replace(Path file, Contents contents) throws IOException {
    // Not a temporary file of the JDK, which only its owner could read. Not derived from the file's
    // name, which may already be as long as the file system allows.
    Path temporary = file.resolveSibling(".javelin-" + UUID.randomUUID() + ".tmp");
    try {
      try (FileChannel channel =
          FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        contents.writeTo(channel);
        channel.force(true);
      }
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(temporary);
    }
    forceDirectory(file.toAbsolutePath().getParent());
  }

  /// Makes the new name reach the disk, too, where the system can do that for a directory.
  private static void forceDirectory(Path directory) {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      // Not every system can, and the file itself is complete either way.
    }
  }

  private static UncheckedIOException failure(Path file, String reason, IOException cause) {
    return new UncheckedIOException(
        "cannot write " + file + ": " + reason + "; nothing was changed", cause);
  }
}
