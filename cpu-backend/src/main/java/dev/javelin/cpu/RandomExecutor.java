package dev.javelin.cpu;

import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.Executable;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Kernel.Distribution;
import dev.javelin.kernels.Philox;

/// Random numbers by Philox: every element is computed from its own number, so threads share the
/// work as they like.
///
/// Some words at a time are written to scratch memory that stays in the first-level cache, and then
/// made into numbers.
final class RandomExecutor implements Executable {
  /// Elements that are worth a thread: some 10 us.
  private static final long GRAIN = 16L << 10;

  /// How many blocks' words exist at a time.
  private static final int CHUNK = 256;

  private static final int WORD = 4;
  private static final int BLOCK = 16;

  private final Distribution distribution;
  private final Kernel.Operand target;
  private final DType type;
  private final Axes axes;
  private final long count;
  private final int perBlock;
  private final long blocks;
  private final int parts;

  private RandomExecutor(Kernel.Random kernel) {
    distribution = kernel.distribution();
    target = kernel.target();
    type = kernel.buffers().get(target.buffer());
    axes = Axes.inOrder(target.view().shape(), new int[] {type.bytes()}, target.view());
    count = axes.numel();
    perBlock = type == DType.FLOAT64 ? 2 : 4;
    blocks = (count + perBlock - 1) / perBlock;
    parts = (int) Math.min(blocks, Workers.parts(count, GRAIN));
  }

  static Executable of(Kernel.Random kernel) {
    if (kernel.target().view().shape().numel() == 0) {
      return (buffers, offsets, params) -> {};
    }
    return new RandomExecutor(kernel);
  }

  @Override
  public void launch(DeviceBuffer[] buffers, long[] offsets, long[] params) {
    long to = CpuBuffer.address(buffers, offsets, target, type.bytes());
    long seed = params[0];
    long counter = params[1];
    Workers.share(blocks, parts, (from, end) -> run(to, seed, counter, from, end));
  }

  private void run(long to, long seed, long counter, long first, long end) {
    Scratch scratch = Scratch.borrow();
    try {
      long words = scratch.reserve(BLOCK * CHUNK);
      boolean contiguous =
          axes.rank() == 0 || (axes.rank() == 1 && axes.stride(0, 0) == type.bytes());
      Walk walk = contiguous ? null : new Walk(axes, 1, first * perBlock);
      for (long block = first; block < end; block += CHUNK) {
        int now = (int) Math.min(CHUNK, end - block);
        PhiloxWords.write(seed, counter + block, words, now);
        int elements = (int) Math.min((long) now * perBlock, count - block * perBlock);
        if (contiguous) {
          line(words, to + block * perBlock * type.bytes(), elements);
        } else {
          for (int i = 0; i < elements; i++, walk.next()) {
            put(words, i, to + walk.distance(0));
          }
        }
      }
    } finally {
      scratch.giveBack();
    }
  }

  /// Makes words into neighbouring numbers.
  private void line(long words, long to, int elements) {
    if (type == DType.FLOAT32 && distribution == Distribution.UNIFORM) {
      FloatArrays arrays = FloatArrays.current();
      float[] result = arrays.result();
      for (int at = 0; at < elements; at += FloatArrays.PART) {
        int length = FloatArrays.length(at, elements);
        int[] part = arrays.loadWords(words, at, length);
        for (int i = 0; i < length; i++) {
          result[i] = Philox.uniform(part[i]);
        }
        arrays.store(to, at, length);
      }
    } else if (type == DType.FLOAT32 && distribution == Distribution.NORMAL) {
      int pairs = elements - elements % 2;
      for (int i = 0; i < pairs; i += 2) {
        BoxMuller.put(words + 4L * i, to + 4L * i);
      }
      if (pairs < elements) {
        put(words, pairs, to + 4L * pairs);
      }
    } else {
      for (int i = 0; i < elements; i++) {
        put(words, i, to + (long) i * type.bytes());
      }
    }
  }

  /// Makes one number.
  ///
  /// @param words the words of a chunk
  /// @param i which element of the chunk
  /// @param to where it goes
  private void put(long words, int i, long to) {
    switch (distribution) {
      case UNIFORM -> Elements.putDouble(type, to, uniform(words, i));
      case NORMAL -> Elements.putDouble(type, to, normal(words, i));
      case WORDS ->
          Elements.putLong(
              type, to, Integer.toUnsignedLong(Memory.getInt(words + (long) WORD * i)));
    }
  }

  private double uniform(long words, int i) {
    long at = words + (long) (BLOCK / perBlock) * i;
    return perBlock == 2
        ? Philox.uniform(Memory.getInt(at), Memory.getInt(at + WORD))
        : Philox.uniform(Memory.getInt(at));
  }

  private double normal(long words, int i) {
    double first = uniform(words, i & ~1);
    double second = uniform(words, i | 1);
    if (type != DType.FLOAT64) {
      double radius = BoxMuller.radius(first);
      return (i & 1) == 0 ? radius * BoxMuller.cos(second) : radius * BoxMuller.sin(second);
    }
    double radius = Math.sqrt(-2 * Math.log(1 - first));
    double angle = 2 * Math.PI * second;
    return radius * ((i & 1) == 0 ? Math.cos(angle) : Math.sin(angle));
  }
}
