package dev.javelin.io;

import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.util.function.Consumer;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/// Writes a zip archive. The data of each stored entry begins at a multiple of 64 bytes, as in PyTorch's archives, so that it can
/// be mapped. The same contents make the same bytes: no entry has a time of its own.
final class ZipWriter implements AutoCloseable {
  private static final int ALIGNMENT = 64;
  private static final int LOCAL_BYTES = 30;
  private static final int EXTRA_BYTES = 4;
  private static final int EXTRA64_BYTES = 20;
  private static final long INT_LIMIT = 0xffff_ffffL;
  private static final int PIECE = 1 << 20;

  /// The field that PyTorch pads with.
  private static final byte[] PADDING_ID = {'F', 'B'};

  /// Early, but not the first moment a zip archive can say: for that the JDK writes a field more.
  private static final LocalDateTime TIME = LocalDateTime.of(1980, 1, 2, 0, 0);

  private final Counter counter;
  private final ZipOutputStream zip;
  private final boolean compress;

  /// A new archive.
  ///
  /// @param channel where it goes, from its first byte on
  /// @param compress whether entries are deflated
  ZipWriter(FileChannel channel, boolean compress) {
    this.counter = new Counter(new BufferedOutputStream(Channels.newOutputStream(channel)));
    this.zip = new ZipOutputStream(counter, StandardCharsets.UTF_8);
    this.compress = compress;
  }

  /// Knows how far the file is written.
  private static final class Counter extends FilterOutputStream {
    private long count;

    Counter(OutputStream out) {
      super(out);
    }

    @Override
    public void write(int value) throws IOException {
      out.write(value);
      count++;
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      out.write(bytes, from, length);
      count += length;
    }
  }

  /// Adds an entry.
  ///
  /// @param name its name
  /// @param bytes its contents
  void add(String name, byte[] bytes) throws IOException {
    add(name, MemorySegment.ofArray(bytes));
  }

  /// Adds an entry whose contents are on the host only while it is written.
  ///
  /// @param name its name
  /// @param head what it begins with
  /// @param bytes how many more bytes it has
  /// @param source writes these
  void add(String name, byte[] head, long bytes, Consumer<MemorySegment> source)
      throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment contents = arena.allocate(head.length + bytes + 1, ALIGNMENT);
      MemorySegment.copy(MemorySegment.ofArray(head), 0, contents, 0, head.length);
      source.accept(contents.asSlice(head.length, bytes));
      add(name, contents.asSlice(0, head.length + bytes));
    }
  }

  private void add(String name, MemorySegment contents) throws IOException {
    long size = contents.byteSize();
    ZipEntry entry = new ZipEntry(name);
    entry.setTimeLocal(TIME);
    if (!compress) {
      CRC32 crc = new CRC32();
      for (long at = 0; at < size; at += PIECE) {
        crc.update(contents.asSlice(at, Math.min(PIECE, size - at)).asByteBuffer());
      }
      entry.setMethod(ZipEntry.STORED);
      entry.setSize(size);
      entry.setCompressedSize(size);
      entry.setCrc(crc.getValue());
      entry.setExtra(padding(name, size));
    }
    zip.putNextEntry(entry);
    byte[] buffer = new byte[(int) Math.min(PIECE, size)];
    MemorySegment piece = MemorySegment.ofArray(buffer);
    for (long at = 0; at < size; at += PIECE) {
      int count = (int) Math.min(PIECE, size - at);
      MemorySegment.copy(contents, at, piece, 0, count);
      zip.write(buffer, 0, count);
    }
    zip.closeEntry();
  }

  private byte[] padding(String name, long size) {
    long begin =
        counter.count
            + LOCAL_BYTES
            + name.getBytes(StandardCharsets.UTF_8).length
            + (size >= INT_LIMIT ? EXTRA64_BYTES : 0)
            + EXTRA_BYTES;
    int padding = (int) (Math.ceilDiv(begin, (long) ALIGNMENT) * ALIGNMENT - begin);
    byte[] field = new byte[EXTRA_BYTES + padding];
    field[0] = PADDING_ID[0];
    field[1] = PADDING_ID[1];
    field[2] = (byte) padding;
    for (int i = EXTRA_BYTES; i < field.length; i++) {
      field[i] = 'Z';
    }
    return field;
  }

  /// Writes the directory. The channel stays open.
  @Override
  public void close() throws IOException {
    zip.finish();
    counter.flush();
  }
}
