package dev.javelin.io;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Damaged files in numbers: each is read or refused with a [Defect], which becomes the documented [FormatException]; nothing else
/// is thrown, and no more memory is taken than a file of that size may cost.
///
/// `mvn -Pfuzz` runs many (`fuzz.inputs` for each format, from `fuzz.seed` on), the default few.
class FuzzTest {
  private static final int INPUTS = Integer.getInteger("fuzz.inputs", 1500);
  private static final long SEED = Long.getLong("fuzz.seed", 1);

  /// What the heap may take: a byte of a pickle can be an empty map, which is replaced by a copy.
  private static final long HEAP = 4 << 20;

  private static final long HEAP_FOR_BYTE = 1000;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @ParameterizedTest
  @EnumSource(Format.class)
  void onlyTheDocumentedException(Format format) {
    Corpus corpus = Corpus.of(format);
    corpus.seeds().forEach(seed -> run(format, seed, "seed"));
    int refused = 0;
    long mostHeap = 0;
    long mostNanos = 0;
    for (int i = 0; i < INPUTS; i++) {
      byte[] input = corpus.next(format, new SplittableRandom(SEED + i));
      String name = format + " " + (SEED + i);
      long heap = THREADS.getCurrentThreadAllocatedBytes();
      long begin = System.nanoTime();
      refused += run(format, input, name) ? 0 : 1;
      mostNanos = Math.max(mostNanos, System.nanoTime() - begin);
      heap = THREADS.getCurrentThreadAllocatedBytes() - heap;
      mostHeap = Math.max(mostHeap, heap);
      assertTrue(
          heap <= HEAP + HEAP_FOR_BYTE * input.length, name + " took " + heap + " bytes of heap");
    }
    // A damage that nothing notices is damage to elements, or to what is ignored.
    assertTrue(refused > INPUTS / 4, refused + " refused");
    System.getLogger(FuzzTest.class.getName())
        .log(
            INPUTS > 10_000 ? System.Logger.Level.WARNING : System.Logger.Level.DEBUG,
            "fuzz {0}: {1} inputs, {2} refused, {3} read, at most {4} KiB of heap and {5} ms for"
                + " one",
            format,
            Integer.toString(INPUTS),
            Integer.toString(refused),
            Integer.toString(INPUTS - refused),
            Long.toString(mostHeap >> 10),
            Long.toString(mostNanos / 1_000_000));
  }

  /// Whether the input was read.
  private static boolean run(Format format, byte[] input, String name) {
    try (Arena arena = Arena.ofConfined()) {
      Contents contents = Contents.parse(format, MemorySegment.ofArray(input), arena);
      Tree.convert(contents.value(), FuzzTest::touched);
      return true;
    } catch (Defect e) {
      assertFalse(e.getMessage().contains("\n"), name + ": " + e.getMessage());
      assertTrue(e.getMessage().length() < 700, name + ": " + e.getMessage());
      return false;
    } catch (RuntimeException | Error e) {
      throw new AssertionError(
          name
              + " of "
              + input.length
              + " bytes: "
              + HexFormat.of().formatHex(input, 0, Math.min(300, input.length)),
          e);
    }
  }

  /// Reads the first and the last element of a tensor, which lie within its block whatever the file says.
  private static Object touched(StoredTensor tensor) {
    if (tensor.view().shape().numel() > 0) {
      int size = tensor.block().dtype().bytes();
      MemorySegment data = tensor.block().data();
      byte first = data.get(ValueLayout.JAVA_BYTE, tensor.view().offset() * size);
      byte last = data.get(ValueLayout.JAVA_BYTE, tensor.view().last() * size + size - 1);
      return List.of(first, last);
    }
    return List.of();
  }
}
