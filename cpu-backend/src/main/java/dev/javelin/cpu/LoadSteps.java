package dev.javelin.cpu;

import dev.javelin.kernels.DType;

/// The steps that bring in values from outside the program: tensors, positions, parameters, results
/// of folds.
final class LoadSteps {
  private LoadSteps() {}

  /// Elements of a buffer: where they lie if they lie side by side, else packed into a register.
  static final class Load extends Step {
    private final int value;
    private final int buffer;
    private final Strider view;
    private final int bytes;
    private final Loops.Unary widen;
    private final long register;
    private final int registerBytes;
    private final long staging;

    /// A load.
    ///
    /// @param value the place of the value
    /// @param buffer the number of the buffer
    /// @param view which elements
    /// @param bytes the size of a stored element
    /// @param widen converts stored elements to their register type; null where they are the same
    /// @param register where packed or converted elements go
    /// @param registerBytes the size of an element of the register type
    /// @param staging where stored elements are packed before they are converted
    Load(
        int value,
        int buffer,
        Strider view,
        int bytes,
        Loops.Unary widen,
        long register,
        int registerBytes,
        long staging) {
      this.value = value;
      this.buffer = buffer;
      this.view = view;
      this.bytes = bytes;
      this.widen = widen;
      this.register = register;
      this.registerBytes = registerBytes;
      this.staging = staging;
    }

    /// The first byte that is read.
    long first(Frame frame) {
      return frame.buffers[buffer] + view.first * bytes;
    }

    /// One past the last byte that is read.
    long end(Frame frame) {
      return frame.buffers[buffer] + view.end * bytes;
    }

    @Override
    void run(Frame frame, long position, int n) {
      long base = frame.buffers[buffer];
      if (view.contiguous()) {
        side(frame, base, view.offset + position, position, n);
      } else if (view.step() == 1 && view.inOneRun(position, n)) {
        side(frame, base, view.at(position), position, n);
      } else if (view.step() == 0 && view.inOneRun(position, n)) {
        one(frame, base + view.at(position) * bytes);
      } else {
        pack(frame, base, position, n);
      }
    }

    /// The elements lie side by side.
    private void side(Frame frame, long base, long element, long position, int n) {
      // Loops read whole vectors: at the very end of the tensor that would be beyond it.
      if (element + (n + Loops.LANES - 1 & -Loops.LANES) > view.end) {
        pack(frame, base, position, n);
        return;
      }
      long address = base + element * bytes;
      if (widen == null) {
        frame.at[value] = address;
      } else {
        long to = frame.memory + register;
        widen.run(address, -1, to, n);
        frame.at[value] = to;
      }
      frame.mask[value] = -1;
    }

    /// One element stands for all.
    private void one(Frame frame, long address) {
      long to = frame.memory + register;
      splat(address, bytes, widen, to, registerBytes, frame.memory + staging);
      frame.at[value] = to;
      frame.mask[value] = 0;
    }

    private void pack(Frame frame, long base, long position, int n) {
      long to = frame.memory + register;
      long packed = widen == null ? to : frame.memory + staging;
      Packing.gather(view, base, bytes, position, n, packed, frame.index);
      if (widen != null) {
        widen.run(packed, -1, to, n);
      }
      frame.at[value] = to;
      frame.mask[value] = -1;
    }
  }

  /// Reads one element and repeats it for a whole vector.
  private static void splat(
      long address, int bytes, Loops.Unary widen, long to, int registerBytes, long staging) {
    long bits = Packing.bits(address, bytes);
    if (widen != null) {
      Packing.fill(staging, bits, bytes, Loops.LANES);
      widen.run(staging, -1, to, 1);
      bits = Packing.bits(to, registerBytes);
    }
    Packing.fill(to, bits, registerBytes, Loops.LANES);
  }

  /// An element that is the same for the whole space; done once.
  static final class Uniform extends Step {
    private final int value;
    private final int buffer;
    private final long offset;
    private final int bytes;
    private final Loops.Unary widen;
    private final long register;
    private final int registerBytes;
    private final long staging;

    Uniform(
        int value,
        int buffer,
        long offset,
        int bytes,
        Loops.Unary widen,
        long register,
        int registerBytes,
        long staging) {
      this.value = value;
      this.buffer = buffer;
      this.offset = offset;
      this.bytes = bytes;
      this.widen = widen;
      this.register = register;
      this.registerBytes = registerBytes;
      this.staging = staging;
    }

    @Override
    void run(Frame frame, long position, int n) {
      long to = frame.memory + register;
      long address = frame.buffers[buffer] + offset * bytes;
      splat(address, bytes, widen, to, registerBytes, frame.memory + staging);
      frame.at[value] = to;
      frame.mask[value] = 0;
    }
  }

  /// Elements that repeat: one period is packed and repeated until a block can start anywhere in
  /// it; done once.
  static final class Periodic extends Step {
    private final int value;
    private final int buffer;
    private final Strider view;
    private final int bytes;
    private final Loops.Unary widen;
    private final long register;
    private final int registerBytes;
    private final long staging;
    private final int length;

    Periodic(
        int value,
        int buffer,
        Strider view,
        int bytes,
        Loops.Unary widen,
        long register,
        int registerBytes,
        long staging,
        int length) {
      this.value = value;
      this.buffer = buffer;
      this.view = view;
      this.bytes = bytes;
      this.widen = widen;
      this.register = register;
      this.registerBytes = registerBytes;
      this.staging = staging;
      this.length = length;
    }

    @Override
    void run(Frame frame, long position, int n) {
      long to = frame.memory + register;
      long packed = widen == null ? to : frame.memory + staging;
      int period = (int) Math.min(view.period(), length);
      Packing.gather(view, frame.buffers[buffer], bytes, 0, period, packed, frame.index);
      if (widen != null) {
        widen.run(packed, -1, to, period);
      }
      Packing.repeat(to, period, length, registerBytes);
      frame.at[value] = to;
      frame.mask[value] = -1;
    }
  }

  /// A step of the beginning that is run over a period and a block instead of one vector.
  static final class Lengthened extends Step {
    private final Step step;
    private final int length;

    Lengthened(Step step, int length) {
      this.step = step;
      this.length = length;
    }

    @Override
    void run(Frame frame, long position, int n) {
      step.run(frame, 0, length);
    }
  }

  /// The numbers that a view gives to positions.
  static final class Iota extends Step {
    private final int value;
    private final Strider view;
    private final long register;

    /// After how many positions the numbers repeat, where that is to be used; else 0.
    private final int period;

    Iota(int value, Strider view, long register, int period) {
      this.value = value;
      this.view = view;
      this.register = register;
      this.period = period;
    }

    @Override
    void run(Frame frame, long position, int n) {
      long to = frame.memory + register;
      if (period > 0 && period < n) {
        fill(to, 0, period);
        Packing.repeat(to, period, n, 8);
      } else {
        fill(to, position, n);
      }
      frame.at[value] = to;
      frame.mask[value] = -1;
    }

    private void fill(long to, long position, int n) {
      long step = view.step();
      long run = view.run();
      int done = 0;
      while (done < n) {
        long from = position + done;
        long first = view.at(from);
        int count = view.sizes.length == 1 ? n : (int) Math.min(n - done, run - from % run);
        for (int i = 0; i < count; i++) {
          Memory.putLong(to + 8L * (done + i), first + i * step);
        }
        done += count;
      }
    }
  }

  /// A constant, which lies ready in memory of its own.
  static final class Constant extends Step {
    private final int value;
    private final long address;

    Constant(int value, long address) {
      this.value = value;
      this.address = address;
    }

    @Override
    void run(Frame frame, long position, int n) {
      frame.at[value] = address;
      frame.mask[value] = 0;
    }
  }

  /// A parameter of the launch; done once.
  static final class Param extends Step {
    private final int value;
    private final int param;
    private final DType type;
    private final long register;

    Param(int value, int param, DType type, long register) {
      this.value = value;
      this.param = param;
      this.type = type;
      this.register = register;
    }

    @Override
    void run(Frame frame, long position, int n) {
      long to = frame.memory + register;
      Packing.fill(to, registerBits(type, frame.params[param]), type.bytes(), Loops.LANES);
      frame.at[value] = to;
      frame.mask[value] = 0;
    }
  }

  /// How a number of a program lies in a register.
  ///
  /// @param type the register type
  /// @param bits an integer, or the bits of a double
  static long registerBits(DType type, long bits) {
    return type == DType.FLOAT32
        ? Float.floatToRawIntBits((float) Double.longBitsToDouble(bits))
        : bits;
  }

  /// The result of a fold in a program over the rows: position and row are the same.
  static final class RowResult extends Step {
    private final int value;
    private final long results;
    private final int bytes;

    RowResult(int value, long results, int bytes) {
      this.value = value;
      this.results = results;
      this.bytes = bytes;
    }

    @Override
    void run(Frame frame, long position, int n) {
      frame.at[value] = frame.memory + results + (position - frame.firstRow) * bytes;
      frame.mask[value] = -1;
    }
  }

  /// The result of a fold in a program over the elements of rows: repeated for the elements of its
  /// row.
  static final class ElementResult extends Step {
    private final int value;
    private final long results;
    private final int bytes;
    private final long rowLength;
    private final long register;

    ElementResult(int value, long results, int bytes, long rowLength, long register) {
      this.value = value;
      this.results = results;
      this.bytes = bytes;
      this.rowLength = rowLength;
      this.register = register;
    }

    @Override
    void run(Frame frame, long position, int n) {
      long to = frame.memory + register;
      long row = position / rowLength;
      long from = frame.memory + results + (row - frame.firstRow) * bytes;
      frame.at[value] = to;
      if (n <= rowLength) {
        // Part of one row: blocks hold whole rows or lie within one.
        Packing.fill(to, Packing.bits(from, bytes), bytes, Loops.LANES);
        frame.mask[value] = 0;
        return;
      }
      int length = (int) rowLength;
      int rows = n / length;
      for (int i = 0; i < rows; i++) {
        long bits = Packing.bits(from + (long) i * bytes, bytes);
        Packing.fill(to + (long) i * length * bytes, bits, bytes, length);
      }
      frame.mask[value] = -1;
    }
  }
}
