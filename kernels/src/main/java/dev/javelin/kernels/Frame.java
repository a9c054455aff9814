package dev.javelin.kernels;

import java.lang.foreign.MemorySegment;

/// The values of a program at one index. Integers are kept in `longs`, floating-point numbers in `doubles`.
final class Frame {
  final Program program;
  final double[] doubles;
  final long[] longs;
  private final MemorySegment[] buffers;
  private final long[] params;

  Frame(Program program, MemorySegment[] buffers, long[] params) {
    this.program = program;
    this.buffers = buffers;
    this.params = params;
    this.doubles = new double[program.code().size()];
    this.longs = new long[program.code().size()];
  }

  void run(long[] index, Frame results) {
    for (int i = 0; i < doubles.length; i++) {
      step(i, program.code().get(i), index, results);
    }
  }

  private void step(int i, Instr instr, long[] index, Frame results) {
    switch (instr) {
      case Instr.Load(int buffer, View view, DType stored) -> {
        if (stored.isFloatingPoint()) {
          doubles[i] = Numbers.getDouble(stored, buffers[buffer], view.at(index));
        } else {
          longs[i] = Numbers.getLong(stored, buffers[buffer], view.at(index));
        }
      }
      case Instr.Iota(View view) -> longs[i] = view.at(index);
      case Instr.Const(DType type, long bits) -> set(i, type, bits);
      case Instr.Param(int param, DType type) -> {
        set(i, type, params[param]);
        // A launch gives doubles; a comparison with a float must see what a register can hold.
        doubles[i] = type == DType.FLOAT32 ? (float) doubles[i] : doubles[i];
      }
      case Instr.Result(int result, DType _) -> {
        doubles[i] = results.doubles[result];
        longs[i] = results.longs[result];
      }
      case Instr.Apply(ScalarOp op, DType type, int x, int y, int z) -> {
        int second = y < 0 ? x : y;
        int third = z < 0 ? x : z;
        if (op == ScalarOp.SELECT) {
          doubles[i] = longs[x] != 0 ? doubles[second] : doubles[third];
          longs[i] = longs[x] != 0 ? longs[second] : longs[third];
        } else if (program.code().get(x).type().isFloatingPoint()) {
          double value = op.eval(doubles[x], doubles[second], doubles[third]);
          doubles[i] = value;
          longs[i] = type.isFloatingPoint() ? 0 : (long) value;
        } else {
          longs[i] = Numbers.wrap(type, op.eval(longs[x], longs[second], longs[third]));
        }
      }
      case Instr.Cast(DType target, int x) -> cast(i, target, x);
    }
  }

  private void set(int i, DType type, long bits) {
    if (type.isFloatingPoint()) {
      doubles[i] = Double.longBitsToDouble(bits);
    } else {
      longs[i] = bits;
    }
  }

  private void cast(int i, DType target, int x) {
    boolean fromFloat = program.code().get(x).type().isFloatingPoint();
    if (target.isFloatingPoint()) {
      double value = fromFloat ? doubles[x] : longs[x];
      // A widening conversion keeps the reference's extra digits; only a narrowing one rounds.
      doubles[i] = target == target.register() ? value : Numbers.round(target, value);
    } else if (fromFloat) {
      longs[i] =
          target == DType.BOOL
              ? (doubles[x] != 0 ? 1 : 0)
              : Numbers.wrap(target, (long) doubles[x]);
    } else {
      longs[i] = Numbers.wrap(target, longs[x]);
    }
  }

  void store(DType target, Kernel.Operand to, int value, long[] index) {
    long position = to.view().at(index);
    if (program.code().get(value).type().isFloatingPoint()) {
      Numbers.setDouble(target, buffers[to.buffer()], position, doubles[value]);
    } else {
      Numbers.setLong(target, buffers[to.buffer()], position, longs[value]);
    }
  }
}
