package dev.javelin.conformance;

import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/// A row of the table of ops: how to call one, what it must give, where it is tested.
///
/// @param name PyTorch's name, with the arguments where several rows share it
/// @param covers the constants, factories and methods of Javelin this row tests
/// @param call the call
/// @param reference the same in double precision
/// @param cases the shapes and domains of the arguments, any number of times
/// @param gradientCases the same, small, for differences; empty where no gradient flows
/// @param dtypes the dtypes it takes
/// @param result the dtype of the result for each of them
/// @param tolerance how close the result must be
/// @param twice whether the gradient is to be differentiated again
public record OpSample(
    String name,
    Set<String> covers,
    Function<Tensor[], Tensor> call,
    Function<Nd[], Nd> reference,
    List<List<Input>> cases,
    List<List<Input>> gradientCases,
    List<DType> dtypes,
    UnaryOperator<DType> result,
    Tolerance tolerance,
    boolean twice) {

  /// Floating-point dtypes.
  public static final List<DType> FLOATS =
      List.of(DType.FLOAT32, DType.FLOAT64, DType.FLOAT16, DType.BFLOAT16);

  /// Integer dtypes.
  public static final List<DType> INTEGERS =
      List.of(DType.INT64, DType.INT32, DType.INT16, DType.INT8, DType.UINT8);

  /// Every dtype.
  public static final List<DType> ALL = List.of(DType.values());

  /// Every dtype that is a number.
  public static final List<DType> NUMBERS =
      ALL.stream().filter(dtype -> dtype != DType.BOOL).toList();

  /// A row of floating-point dtypes without gradients.
  ///
  /// @param name PyTorch's name
  /// @param call the call
  /// @param reference the same in double precision
  /// @return the row
  static OpSample of(String name, Function<Tensor[], Tensor> call, Function<Nd[], Nd> reference) {
    return new OpSample(
        name,
        Set.of(),
        call,
        reference,
        List.of(),
        List.of(),
        FLOATS,
        UnaryOperator.identity(),
        Tolerance.FUNCTION,
        false);
  }

  OpSample covering(String... names) {
    return new OpSample(
        name,
        Set.of(names),
        call,
        reference,
        cases,
        gradientCases,
        dtypes,
        result,
        tolerance,
        twice);
  }

  OpSample on(List<List<Input>> newCases) {
    return new OpSample(
        name, covers, call, reference, newCases, gradientCases, dtypes, result, tolerance, twice);
  }

  OpSample with(Input... inputs) {
    return on(List.of(List.of(inputs)));
  }

  OpSample smooth(List<List<Input>> newCases) {
    return new OpSample(
        name, covers, call, reference, cases, newCases, dtypes, result, tolerance, true);
  }

  /// Differentiable wherever it is tested: for rows whose cases are small.
  OpSample smooth() {
    return smooth(cases);
  }

  OpSample once() {
    return new OpSample(
        name, covers, call, reference, cases, gradientCases, dtypes, result, tolerance, false);
  }

  OpSample types(List<DType> newDtypes) {
    return new OpSample(
        name, covers, call, reference, cases, gradientCases, newDtypes, result, tolerance, twice);
  }

  OpSample giving(UnaryOperator<DType> newResult) {
    return new OpSample(
        name, covers, call, reference, cases, gradientCases, dtypes, newResult, tolerance, twice);
  }

  OpSample within(Tolerance newTolerance) {
    return new OpSample(
        name, covers, call, reference, cases, gradientCases, dtypes, result, newTolerance, twice);
  }

  /// The result of a function of real numbers: integers give float32.
  static DType real(DType dtype) {
    return dtype.isFloatingPoint() ? dtype : DType.FLOAT32;
  }

  /// The result of a sum: integers give int64.
  static DType total(DType dtype) {
    return dtype.isFloatingPoint() ? dtype : DType.INT64;
  }

  /// The result of a comparison.
  static DType truth(DType dtype) {
    return DType.BOOL;
  }

  /// The result of a search.
  static DType position(DType dtype) {
    return DType.INT64;
  }

  @Override
  public String toString() {
    return name;
  }
}
