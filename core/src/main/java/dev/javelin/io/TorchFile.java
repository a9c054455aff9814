package dev.javelin.io;

import dev.javelin.Parameter;
import dev.javelin.Tensor;
import dev.javelin.engine.SharedMemory;
import dev.javelin.io.PickleObjects.Storage;
import dev.javelin.io.StoredTensor.Block;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.View;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/// Files of PyTorch's format since version 1.6: a zip archive of `data.pkl`, a pickle that says what there is, and of one entry in
/// `data/` for each storage.
final class TorchFile {
  private static final String PICKLE = "/data.pkl";
  private static final String DATA = "/data/";
  private static final String NAME = "archive";
  private static final byte[] OLD_MAGIC = {(byte) 0x80, 2, (byte) 0x8a, 10, 'l', (byte) 0xfc};

  private final ZipArchive zip;
  private final String folder;
  private final Arena arena;
  private final Map<String, Block> blocks = new HashMap<>();

  private TorchFile(ZipArchive zip, String folder, Arena arena) {
    this.zip = zip;
    this.folder = folder;
    this.arena = arena;
  }

  /// Refuses what PyTorch wrote before version 1.6.
  ///
  /// @param file the bytes of a file
  /// @throws Defect if it is one of those
  static void refuseOld(MemorySegment file) throws Defect {
    if (FileBytes.beginsWith(file, OLD_MAGIC)) {
      throw new Defect(
          "is of the format that PyTorch used before version 1.6: expected a zip archive; load it"
              + " in Python and save it again");
    }
  }

  /// Whether an archive is one of these.
  static boolean isTorch(ZipArchive zip) {
    return folder(zip) != null;
  }

  /// The folder that holds everything, whose name is that of the file it was first saved to.
  private static String folder(ZipArchive zip) {
    for (String name : zip.entries().keySet()) {
      if (name.endsWith(PICKLE) && name.indexOf('/') == name.length() - PICKLE.length()) {
        return name.substring(0, name.length() - PICKLE.length());
      }
    }
    return null;
  }

  /// Reads a file.
  ///
  /// @param zip the archive
  /// @param arena where elements go that must be changed or moved
  /// @return what it holds, for [Tree#convert]
  /// @throws Defect if it is damaged, or holds what is refused
  static Object parse(ZipArchive zip, Arena arena) throws Defect {
    String folder = folder(zip);
    if (folder == null) {
      throw new Defect("is not a PyTorch checkpoint: expected data.pkl in its archive, found none");
    }
    if (zip.entries().containsKey(folder + "/constants.pkl")) {
      throw new Defect(
          "is a TorchScript program: expected a checkpoint; load it in Python and save its"
              + " state_dict");
    }
    TorchFile file = new TorchFile(zip, folder, arena);
    MemorySegment pickle = zip.entries().get(folder + PICKLE).contents(arena);
    return new PickleReader(pickle, new PickleObjects(file::block)).read();
  }

  private Block block(Storage storage, DType dtype) throws Defect {
    String name = folder + DATA + storage.key();
    Block known = blocks.get(storage.key());
    if (known == null) {
      known = new Block(dtype, elements(name, dtype));
      blocks.put(storage.key(), known);
    }
    if (known.dtype() != dtype) {
      throw new Defect(
          "holds tensors of the types %s and %s in one storage, which cannot share memory here"
              .formatted(known.dtype(), dtype));
    }
    long bytes = known.data().byteSize();
    long unit = storage.dtype() == null ? 1 : dtype.bytes();
    if (bytes % unit != 0 || bytes / unit != storage.count() || bytes % dtype.bytes() != 0) {
      throw new Defect(
          "is damaged: expected %s elements of %s in %s, found %s bytes"
              .formatted(storage.count(), dtype, Defect.quoted(name), bytes));
    }
    return known;
  }

  private MemorySegment elements(String name, DType dtype) throws Defect {
    ZipArchive.Entry entry = zip.entries().get(name);
    if (entry == null) {
      throw new Defect(
          "is damaged: expected the storage %s, found none".formatted(Defect.quoted(name)));
    }
    MemorySegment data = entry.contents(arena);
    return isBigEndian() && data.byteSize() % dtype.bytes() == 0
        ? NpyFile.swapped(data, dtype.bytes(), arena)
        : data;
  }

  private boolean isBigEndian() throws Defect {
    ZipArchive.Entry entry = zip.entries().get(folder + "/byteorder");
    if (entry == null) {
      return false;
    }
    String order =
        new String(entry.contents(arena).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.US_ASCII);
    return switch (order) {
      case "little" -> false;
      case "big" -> true;
      default ->
          throw new Defect(
              "is damaged: expected the byte order little or big, found " + Defect.quoted(order));
    };
  }

  // ---- writing

  /// Memory that tensors share, as far as they use it.
  private static final class Span {
    final String key;
    final Tensor first;
    long begin = Long.MAX_VALUE;
    long end;

    Span(String key, Tensor first) {
      this.key = key;
      this.first = first;
    }

    void add(View place) {
      if (place.shape().numel() > 0) {
        begin = Math.min(begin, place.offset());
        end = Math.max(end, place.last() + 1);
      }
    }

    /// One of empty tensors only begins nowhere.
    long begin() {
      return Math.min(begin, end);
    }
  }

  /// Writes a file.
  ///
  /// @param value what it is to hold
  /// @param file the file
  static void write(Object value, Path file) {
    Map<Object, Span> spans = new IdentityHashMap<>();
    Map<String, Span> inOrder = new LinkedHashMap<>();
    Tree.visit(
        value,
        leaf -> {
          if (leaf instanceof Tensor tensor) {
            Span span =
                spans.computeIfAbsent(
                    SharedMemory.of(tensor),
                    key -> new Span(Integer.toString(spans.size()), tensor));
            span.add(SharedMemory.place(tensor));
            inOrder.put(span.key, span);
          }
        });
    byte[] pickle =
        PickleWriter.write(
            value, leaf -> leaf instanceof Tensor tensor ? stored(tensor, spans) : null);
    AtomicFile.write(
        file,
        channel -> {
          try (ZipWriter writer = new ZipWriter(channel, false)) {
            writer.add(NAME + PICKLE, pickle);
            writer.add(NAME + "/byteorder", "little".getBytes(StandardCharsets.US_ASCII));
            for (Span span : inOrder.values()) {
              Tensor elements =
                  (Tensor) SharedMemory.span(span.first, span.begin(), span.end - span.begin());
              writer.add(
                  NAME + DATA + span.key,
                  new byte[0],
                  elements.numel() * elements.dtype().bytes(),
                  elements::copyTo);
            }
            writer.add(NAME + "/version", "3\n".getBytes(StandardCharsets.US_ASCII));
          }
        });
  }

  private static PickleWriter.Stored stored(Tensor tensor, Map<Object, Span> spans) {
    Span span = spans.get(SharedMemory.of(tensor));
    View place = SharedMemory.place(tensor);
    long offset = place.shape().numel() == 0 ? 0 : place.offset() - span.begin();
    return new PickleWriter.Stored(
        span.key,
        tensor.dtype(),
        span.end - span.begin(),
        View.of(place.shape(), place.strides(), offset),
        tensor.requiresGrad(),
        tensor instanceof Parameter);
  }
}
