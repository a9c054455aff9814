package dev.javelin.cpu;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Instr;
import dev.javelin.kernels.Program;
import dev.javelin.kernels.ProgramBuilder;
import dev.javelin.kernels.ScalarOp;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.util.Arrays;

/// What may follow a product or convolution, for the tests of both. The program's last value is
/// what is stored.
enum Finishes {
  /// Nothing.
  PLAIN,
  /// A value for each index of one axis.
  BIAS,
  /// The same, with the operands of the sum exchanged.
  BIAS_FIRST,
  /// `max(result, 0)`.
  RELU,
  /// `result + bias <= 0 ? 0 : result + bias`, as the op table writes it: NaN stays NaN.
  BIAS_RELU,
  /// `result > 0 ? result : 0`: NaN becomes 0.
  POSITIVE,
  /// A bias whose elements are not adjacent.
  SPACED_BIAS,
  /// `result * 0.5 + other`, with another value for each element.
  SCALED_RESIDUAL,
  /// `result + output`: reads what it overwrites.
  ACCUMULATE,
  /// A number that has nothing to do with the result.
  CONSTANT;

  /// The program.
  ///
  /// @param type the register type of the result
  /// @param shape the shape of the results
  /// @param axis which axis the bias runs along
  /// @param bias the buffer that holds the bias, of the dtype `type`
  /// @param other the buffer that holds the residual, of the dtype `type`
  /// @param output the buffer that is written
  /// @param outputType its dtype
  /// @param outputView its view
  Program program(
      DType type,
      Shape shape,
      int axis,
      int bias,
      int other,
      int output,
      DType outputType,
      View outputView) {
    ProgramBuilder b = new ProgramBuilder();
    int result = b.add(new Instr.Result(0, type));
    switch (this) {
      case PLAIN -> {}
      case BIAS -> b.apply(ScalarOp.ADD, result, load(b, type, shape, axis, bias, 1));
      case BIAS_FIRST -> b.apply(ScalarOp.ADD, load(b, type, shape, axis, bias, 1), result);
      case RELU -> b.apply(ScalarOp.MAX, result, b.constant(type, 0));
      case BIAS_RELU -> {
        int sum = b.apply(ScalarOp.ADD, result, load(b, type, shape, axis, bias, 1));
        int zero = b.constant(type, 0);
        b.apply(ScalarOp.SELECT, b.apply(ScalarOp.LE, sum, zero), zero, sum);
      }
      case POSITIVE -> {
        int zero = b.constant(type, 0);
        b.apply(ScalarOp.SELECT, b.apply(ScalarOp.GT, result, zero), result, zero);
      }
      case SPACED_BIAS -> b.apply(ScalarOp.ADD, result, load(b, type, shape, axis, bias, 2));
      case SCALED_RESIDUAL -> {
        int scale = b.constant(type, type.isFloatingPoint() ? 0.5 : 3);
        int scaled = b.apply(ScalarOp.MUL, result, scale);
        b.apply(ScalarOp.ADD, scaled, b.add(new Instr.Load(other, View.contiguous(shape), type)));
      }
      case ACCUMULATE -> {
        int old = b.add(new Instr.Load(output, outputView, outputType));
        b.apply(ScalarOp.ADD, result, outputType.register() == type ? old : b.cast(type, old));
      }
      case CONSTANT -> b.constant(type, 7);
    }
    return b.build();
  }

  private static int load(
      ProgramBuilder b, DType type, Shape shape, int axis, int buffer, long stride) {
    long[] strides = new long[shape.rank()];
    Arrays.fill(strides, 0);
    strides[axis] = stride;
    return b.add(new Instr.Load(buffer, View.of(shape, strides, 2), type));
  }
}
