package dev.javelin.cpu;

/// Copies a stretch of an iteration space from a strided view into a register, or back, and fills
/// registers.
///
/// Moves bits: only the size of the elements matters.
final class Packing {
  /// From how many bytes on a bulk copy is worth its call.
  private static final long BULK = 128;

  private Packing() {}

  /// Copies the elements of a view side by side.
  ///
  /// @param base where the view counts from
  /// @param bytes the size of an element
  /// @param position the first position
  /// @param n how many positions, above 0
  /// @param to where they go
  /// @param index room for the position's index
  static void gather(
      Strider from, long base, int bytes, long position, int n, long to, long[] index) {
    walk(from, base, bytes, position, n, to, index, true);
  }

  /// Copies elements that lie side by side to the places of a view.
  static void scatter(
      Strider to, long base, int bytes, long position, int n, long from, long[] index) {
    walk(to, base, bytes, position, n, from, index, false);
  }

  private static void walk(
      Strider view,
      long base,
      int bytes,
      long position,
      int n,
      long packed,
      long[] index,
      boolean gather) {
    long[] sizes = view.sizes;
    long[] strides = view.strides;
    int inner = sizes.length - 1;
    long element = view.offset;
    long rest = position;
    for (int axis = inner; axis >= 0; axis--) {
      long outer = axis == 0 ? 0 : rest / sizes[axis];
      index[axis] = rest - outer * sizes[axis];
      element += index[axis] * strides[axis];
      rest = outer;
    }
    long size = sizes[inner];
    long step = strides[inner];
    int done = 0;
    // Whether the elements are those of the run before: they lie side by side there.
    boolean again = false;
    while (true) {
      int run = (int) Math.min(n - done, size - index[inner]);
      long there = base + element * bytes;
      long here = packed + (long) done * bytes;
      if (gather && again) {
        copy(here - size * bytes, here, (long) run * bytes, bytes);
      } else if (gather) {
        line(there, step * bytes, here, bytes, run, bytes);
      } else {
        line(here, bytes, there, step * bytes, run, bytes);
      }
      done += run;
      if (done == n) {
        return;
      }
      element += run * step;
      index[inner] = size;
      again = run == size && strides[inner - 1] == 0 && index[inner - 1] + 1 < sizes[inner - 1];
      for (int axis = inner; index[axis] == sizes[axis]; axis--) {
        index[axis] = 0;
        element += strides[axis - 1] - sizes[axis] * strides[axis];
        index[axis - 1]++;
      }
    }
  }

  private static void line(long from, long fromStep, long to, long toStep, int count, int bytes) {
    if (fromStep == bytes && toStep == bytes) {
      copy(from, to, (long) count * bytes, bytes);
    } else {
      Elements.copyLine(from, fromStep, to, toStep, count, bytes);
    }
  }

  /// Copies elements that lie side by side.
  ///
  /// @param length how many bytes
  /// @param bytes the size of an element
  static void copy(long from, long to, long length, int bytes) {
    if (length >= BULK) {
      Memory.copy(from, to, length);
    } else {
      Elements.copyLine(from, bytes, to, bytes, length / bytes, bytes);
    }
  }

  /// Writes a value again and again.
  ///
  /// @param bits the value
  /// @param bytes the size of an element
  /// @param n how many times
  static void fill(long to, long bits, int bytes, int n) {
    int i = 0;
    if (bytes == 4 && n >= Loops.LANES && Loops.vectorised() && VectorLoops.WARMUP.isReady(n)) {
      VectorLoops.fill(to, Float.intBitsToFloat((int) bits), n);
      return;
    }
    long word = bytes == 4 ? bits << 32 | bits & 0xffff_ffffL : bits;
    if (bytes >= 4) {
      int words = bytes == 4 ? n / 2 : n;
      for (; i < words; i++) {
        Memory.putLong(to + 8L * i, word);
      }
      if (bytes == 4 && (n & 1) != 0) {
        Memory.putInt(to + 4L * (n - 1), (int) bits);
      }
      return;
    }
    for (; i < n; i++) {
      if (bytes == 2) {
        Elements.putShort(to + 2L * i, (short) bits);
      } else {
        Elements.putByte(to + i, (byte) bits);
      }
    }
  }

  /// The bits of an element.
  static long bits(long address, int bytes) {
    return switch (bytes) {
      case 1 -> Elements.getByte(address);
      case 2 -> Elements.getShort(address);
      case 4 -> Memory.getInt(address);
      default -> Memory.getLong(address);
    };
  }

  /// Repeats the first `period` elements until there are `n`.
  static void repeat(long at, long period, int n, int bytes) {
    for (long have = period; have < n; have *= 2) {
      copy(at, at + have * bytes, Math.min(have, n - have) * bytes, bytes);
    }
  }
}
