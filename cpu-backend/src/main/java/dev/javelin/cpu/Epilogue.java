package dev.javelin.cpu;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Instr;
import dev.javelin.kernels.Program;
import dev.javelin.kernels.ScalarOp;
import dev.javelin.kernels.View;
import java.util.List;
import java.util.Optional;

/// What a library can do to a result before it stores it: add a bias, apply an activation.
///
/// @param bias the load of what is added, or null
/// @param activation what is applied last
record Epilogue(Instr.Load bias, Activation activation) {
  /// Nothing.
  static final Epilogue NONE = new Epilogue(null, Activation.NONE);

  /// Recognises the finish of a product or convolution.
  ///
  /// @param finish the program
  /// @param value the position of what is stored
  /// @return the epilogue, or empty where it is more than a bias and an activation
  static Optional<Epilogue> of(Program finish, int value) {
    List<Instr> code = finish.code();
    int linear = positivePart(code, value);
    Activation activation = linear >= 0 ? Activation.RELU : Activation.NONE;
    int sum = linear >= 0 ? linear : value;
    if (code.get(sum) instanceof Instr.Result) {
      return Optional.of(new Epilogue(null, activation));
    }
    if (code.get(sum) instanceof Instr.Apply(ScalarOp op, DType type, int x, int y, int _)
        && op == ScalarOp.ADD) {
      Instr left = code.get(x);
      Instr right = code.get(y);
      if (left instanceof Instr.Result
          && right instanceof Instr.Load load
          && load.stored() == type) {
        return Optional.of(new Epilogue(load, activation));
      }
      if (right instanceof Instr.Result
          && left instanceof Instr.Load load
          && load.stored() == type) {
        return Optional.of(new Epilogue(load, activation));
      }
    }
    return Optional.empty();
  }

  /// The value v where the program gives the larger of v and 0, and NaN for NaN; -1 if it does not.
  /// `v > 0 ? v : 0` is not meant: it makes a NaN 0, which [Activation#RELU] does not.
  private static int positivePart(List<Instr> code, int value) {
    if (!(code.get(value) instanceof Instr.Apply(ScalarOp op, DType _, int x, int y, int z))) {
      return -1;
    }
    if (op == ScalarOp.MAX) {
      return isZero(code.get(y)) ? x : isZero(code.get(x)) ? y : -1;
    }
    boolean isPositivePart =
        op == ScalarOp.SELECT
            && isZero(code.get(y))
            && code.get(x)
                instanceof Instr.Apply(ScalarOp compare, DType _, int left, int right, int _)
            && (compare == ScalarOp.LT || compare == ScalarOp.LE)
            && left == z
            && isZero(code.get(right));
    return isPositivePart ? z : -1;
  }

  private static boolean isZero(Instr instr) {
    return instr instanceof Instr.Const constant
        && constant.type().isFloatingPoint()
        && constant.asDouble() == 0;
  }

  /// Whether a view moves along one axis only, and there by one element at a time.
  static boolean isVector(View view, int axis) {
    for (int other = 0; other < view.shape().rank(); other++) {
      long expected = other == axis ? 1 : 0;
      if (view.shape().size(other) != 1 && view.stride(other) != expected) {
        return false;
      }
    }
    return true;
  }

  /// The buffers that a program reads.
  static List<Integer> buffersReadBy(Program program) {
    return program.code().stream()
        .filter(Instr.Load.class::isInstance)
        .map(instr -> ((Instr.Load) instr).buffer())
        .distinct()
        .toList();
  }
}
