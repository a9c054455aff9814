package dev.javelin.io;

import dev.javelin.io.SafeTensorsFile.Entry;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Map;

/// A program that writes a file, to be killed or to fail: see [CrashTest].
final class WritingProcess {
  private static final int BYTES = 1 << 20;

  private WritingProcess() {}

  /// Runs it.
  ///
  /// @param args `half` to stop in the middle or `whole`; the file
  public static void main(String[] args) {
    Path file = Path.of(args[1]);
    MemorySegment contents = MemorySegment.ofArray(new byte[BYTES]);
    try {
      if (args[0].equals("half")) {
        AtomicFile.write(
            file,
            channel -> {
              AtomicFile.writeAll(channel, contents);
              channel.force(true);
              System.out.println("half");
              sleepForever();
            });
      } else {
        Entry entry = new Entry(DType.INT8, Shape.of(BYTES), contents);
        SafeTensorsFile.write(file, Map.of("x", entry), Map.of());
      }
      System.out.println("written");
    } catch (RuntimeException e) {
      System.out.println(e.getMessage());
    }
  }

  private static void sleepForever() {
    try {
      Thread.sleep(Long.MAX_VALUE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
