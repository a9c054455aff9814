package dev.javelin.kernels;

/// The type of a tensor's elements, named as in PyTorch.
///
/// Sixteen-bit floats are storage types: kernels read them into a `float`, compute there, and round once when they store.
/// Likewise `bool` and the integers below 32 bits are computed as `int`.
public enum DType {
  /// Truth values, one byte each, 0 or 1.
  BOOL("bool", 1, Kind.BOOL),
  /// Unsigned 8-bit integers.
  UINT8("uint8", 1, Kind.INTEGER),
  /// Signed 8-bit integers.
  INT8("int8", 1, Kind.INTEGER),
  /// Signed 16-bit integers.
  INT16("int16", 2, Kind.INTEGER),
  /// Signed 32-bit integers.
  INT32("int32", 4, Kind.INTEGER),
  /// Signed 64-bit integers, the type of indices.
  INT64("int64", 8, Kind.INTEGER),
  /// IEEE half precision.
  FLOAT16("float16", 2, Kind.FLOAT),
  /// The upper half of a float: 8 bits of exponent, 7 of fraction.
  BFLOAT16("bfloat16", 2, Kind.FLOAT),
  /// IEEE single precision, the default.
  FLOAT32("float32", 4, Kind.FLOAT),
  /// IEEE double precision.
  FLOAT64("float64", 8, Kind.FLOAT);

  /// What kind of number a type holds, in the order of PyTorch's promotion.
  public enum Kind {
    /// Truth values.
    BOOL,
    /// Integers.
    INTEGER,
    /// Floating point.
    FLOAT
  }

  private final String label;
  private final int bytes;
  private final Kind kind;

  DType(String label, int bytes, Kind kind) {
    this.label = label;
    this.bytes = bytes;
    this.kind = kind;
  }

  /// The size of one element.
  ///
  /// @return the number of bytes
  public int bytes() {
    return bytes;
  }

  /// What kind of number this is.
  ///
  /// @return the kind
  public Kind kind() {
    return kind;
  }

  /// Whether this is a floating-point type.
  ///
  /// @return true for float16, bfloat16, float32 and float64
  public boolean isFloatingPoint() {
    return kind == Kind.FLOAT;
  }

  /// The type kernels compute in for elements stored as this type: one of float32, float64, int32, int64.
  ///
  /// @return the register type
  public DType register() {
    return switch (this) {
      case BOOL, UINT8, INT8, INT16, INT32 -> INT32;
      case INT64 -> INT64;
      case FLOAT16, BFLOAT16, FLOAT32 -> FLOAT32;
      case FLOAT64 -> FLOAT64;
    };
  }

  /// The type two operands of equal standing are computed in: PyTorch's `torch.promote_types`.
  ///
  /// @param a one type
  /// @param b the other
  /// @return the smallest type of the lattice that holds both kinds
  public static DType promote(DType a, DType b) {
    if (a == b) {
      return a;
    }
    if (a.kind != b.kind) {
      return a.kind.compareTo(b.kind) > 0 ? a : b;
    }
    if (a.bytes == b.bytes) {
      // float16 with bfloat16, and uint8 with int8: the next larger type holds both.
      return a.kind == Kind.FLOAT ? FLOAT32 : INT16;
    }
    return a.bytes > b.bytes ? a : b;
  }

  /// The name PyTorch prints, such as `float32`.
  @Override
  public String toString() {
    return label;
  }
}
