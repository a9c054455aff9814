package dev.javelin.kernels;

/// One step of a [Program]: gives the program's next value.
///
/// The type of a value is a register type: int32 (truth values and all integers up to 32 bits), int64, float32 (and the 16-bit
/// floats) or float64.
public sealed interface Instr {
  /// The register type of the value.
  ///
  /// @return int32, int64, float32 or float64
  DType type();

  /// An element of a buffer, widened to its register type.
  ///
  /// @param buffer which of the kernel's buffers
  /// @param view which element: its axes are the kernel's iteration space
  /// @param stored the type of the buffer's elements
  record Load(int buffer, View view, DType stored) implements Instr {
    @Override
    public DType type() {
      return stored.register();
    }
  }

  /// A number that depends on the position alone: the distance `view` gives, without a buffer behind it.
  ///
  /// @param view its axes are the kernel's iteration space
  record Iota(View view) implements Instr {
    @Override
    public DType type() {
      return DType.INT64;
    }
  }

  /// A number known when the kernel is made.
  ///
  /// @param type its register type
  /// @param bits an integer, or the bits of a double, as in [#ofDouble]
  record Const(DType type, long bits) implements Instr {
    /// The value of a floating-point constant.
    ///
    /// @return the value
    public double asDouble() {
      return type.isFloatingPoint() ? Double.longBitsToDouble(bits) : bits;
    }
  }

  /// A number given at each launch.
  ///
  /// @param index which of the launch's parameters; an integer, or the bits of a double
  /// @param type its register type
  record Param(int index, DType type) implements Instr {}

  /// What a fold, a contraction or a convolution gave for this row or element.
  ///
  /// @param index which fold, from 0; always 0 where there is one result only
  /// @param type its register type
  record Result(int index, DType type) implements Instr {}

  /// An operation on earlier values.
  ///
  /// @param op the operation
  /// @param type the register type of the result: int32 for predicates, else that of the operands (of y and z for a selection)
  /// @param x the value that is the first operand
  /// @param y the second, or -1
  /// @param z the third, or -1
  record Apply(ScalarOp op, DType type, int x, int y, int z) implements Instr {}

  /// A conversion. To a float type narrower than its register the value is rounded, to a narrower integer it wraps, to bool it
  /// becomes 0 or 1; a float becomes an integer by truncation.
  ///
  /// @param target the type to convert to
  /// @param x the value to convert
  record Cast(DType target, int x) implements Instr {
    @Override
    public DType type() {
      return target.register();
    }
  }

  /// A floating-point constant.
  ///
  /// @param type float32 or float64
  /// @param value the value
  /// @return the constant
  static Const ofDouble(DType type, double value) {
    return new Const(type, Double.doubleToRawLongBits(value));
  }
}
