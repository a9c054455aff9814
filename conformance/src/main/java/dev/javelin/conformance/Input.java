package dev.javelin.conformance;

import dev.javelin.kernels.DType;
import java.util.Arrays;
import java.util.Optional;
import java.util.SplittableRandom;

/// One tensor argument of a sample.
///
/// @param domain which numbers it holds
/// @param fixed its dtype, where it does not follow the row's
/// @param shape its shape
public record Input(Domain domain, Optional<DType> fixed, int... shape) {
  /// An argument of the dtype that is being tested.
  ///
  /// @param domain which numbers it holds
  /// @param shape its shape
  /// @return the argument
  public static Input of(Domain domain, int... shape) {
    return new Input(domain, Optional.empty(), shape);
  }

  /// Indices.
  ///
  /// @param n how many there are
  /// @param shape the shape
  /// @return an int64 argument
  public static Input index(int n, int... shape) {
    return new Input(Domain.index(n), Optional.of(DType.INT64), shape);
  }

  /// Truth values.
  ///
  /// @param shape the shape
  /// @return a bool argument
  public static Input bools(int... shape) {
    return new Input(Domain.BOOLS, Optional.of(DType.BOOL), shape);
  }

  DType dtype(DType row) {
    return fixed.orElse(row);
  }

  /// Whether a gradient flows to it.
  boolean isReal() {
    return fixed.map(DType::isFloatingPoint).orElse(true);
  }

  /// The numbers, as the dtype holds them.
  Nd draw(SplittableRandom random, DType row) {
    DType dtype = dtype(row);
    Nd values = new Nd(domain.draw(random, Nd.count(shape)), shape);
    return switch (dtype.kind()) {
      case FLOAT -> values.as(dtype);
      case BOOL -> fixed.isPresent() ? values : values.map(x -> x > 0 ? 1 : 0);
      case INTEGER ->
          values.map(x -> dtype == DType.UINT8 ? Math.abs(Math.rint(x)) : Math.rint(x)).as(dtype);
    };
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Input input
        && domain.equals(input.domain)
        && fixed.equals(input.fixed)
        && Arrays.equals(shape, input.shape);
  }

  @Override
  public int hashCode() {
    return 31 * domain.hashCode() + Arrays.hashCode(shape);
  }

  @Override
  public String toString() {
    return fixed.map(dtype -> dtype + " ").orElse("") + Arrays.toString(shape);
  }
}
