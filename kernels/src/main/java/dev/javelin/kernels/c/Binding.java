package dev.javelin.kernels.c;

import dev.javelin.kernels.DType;
import java.util.ArrayList;
import java.util.List;

/// What a backend puts into one parameter of a device function. Memory takes two: where it is, and the byte that is counted from.
///
/// @param kind what it is
/// @param number which of the kernel's buffers or of the launch's parameters, where it is one
/// @param value the number, where it is known when the kernel is compiled
public record Binding(Kind kind, int number, long value) {
  /// What a parameter is. The first four are 8 bytes, as are the numbers of 64 bits.
  public enum Kind {
    /// Where a buffer is.
    BUFFER,
    /// The byte of a buffer that is counted from.
    OFFSET,
    /// Where the scratch memory is.
    SCRATCH,
    /// Where the fault record is.
    FAULT,
    /// A number of 32 bits that is known.
    INT32,
    /// A number of 64 bits that is known.
    INT64,
    /// A parameter of the launch, as 32 bits.
    PARAM32,
    /// A parameter of the launch that is rounded to a float, whose 32 bits are bound.
    PARAM_FLOAT32,
    /// A parameter of the launch, as 64 bits: an integer, or the bits of a double.
    PARAM64
  }

  /// What the parameters of a launch are.
  ///
  /// @param launch the launch
  /// @return one binding for each parameter of its function, in their order
  public static List<Binding> of(Launch launch) {
    List<Binding> bindings = new ArrayList<>();
    for (Arg arg : launch.args()) {
      switch (arg) {
        case Arg.Buffer(int number) -> {
          bindings.add(new Binding(Kind.BUFFER, number, 0));
          bindings.add(new Binding(Kind.OFFSET, number, 0));
        }
        case Arg.Scratch(long offset) -> {
          bindings.add(new Binding(Kind.SCRATCH, 0, 0));
          bindings.add(new Binding(Kind.INT64, 0, offset));
        }
        case Arg.Fault() -> {
          bindings.add(new Binding(Kind.FAULT, 0, 0));
          bindings.add(new Binding(Kind.INT64, 0, 0));
        }
        case Arg.Int(int value) -> bindings.add(new Binding(Kind.INT32, 0, value));
        case Arg.Long(long value) -> bindings.add(new Binding(Kind.INT64, 0, value));
        case Arg.Param(int number, DType type) ->
            bindings.add(new Binding(kindOf(type), number, 0));
      }
    }
    return bindings;
  }

  private static Kind kindOf(DType type) {
    return switch (type) {
      case INT32 -> Kind.PARAM32;
      case INT64, FLOAT64 -> Kind.PARAM64;
      case FLOAT32 -> Kind.PARAM_FLOAT32;
      default -> throw new IllegalArgumentException("a launch has no parameter of type " + type);
    };
  }

  /// Whether it is the same at every launch.
  ///
  /// @return true for numbers that are known and for the fault record
  public boolean isConstant() {
    return kind == Kind.INT32 || kind == Kind.INT64 || kind == Kind.FAULT;
  }

  /// The bits of a parameter of the launch.
  ///
  /// @param params the launch's parameters
  /// @return the bits; of those with 32, the lower half counts
  public long bits(long[] params) {
    long param = params[number];
    return kind == Kind.PARAM_FLOAT32
        ? Float.floatToRawIntBits((float) Double.longBitsToDouble(param))
        : param;
  }
}
