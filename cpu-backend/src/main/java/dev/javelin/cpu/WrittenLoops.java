package dev.javelin.cpu;

import dev.javelin.kernels.ScalarOp;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// The loops on vectors of float32 for single operations, and for pairs that are worth a loop of their
/// own.
///
/// An operand that is the same for all elements is loaded once in loops of their own, because a load
/// less is a quarter to a third of the time.
final class WrittenLoops {
  private WrittenLoops() {}

  /// A loop that is written when it first runs.
  private static final class Lazy {
    private final LoopShape shape;
    private volatile Loop loop;

    /// A loop.
    ///
    /// @param operations what it computes; the last result is its output
    /// @param uniform for each input whether it is the same for all elements
    Lazy(List<LoopShape.Operation> operations, boolean truths, boolean... uniform) {
      List<LoopShape.Input> inputs = new ArrayList<>();
      for (boolean each : uniform) {
        LoopShape.Walk walk = each ? LoopShape.Walk.STAYS : LoopShape.Walk.EITHER;
        inputs.add(new LoopShape.Input(truths && inputs.isEmpty(), walk));
      }
      int last = uniform.length + operations.size() - 1;
      this.shape = new LoopShape(inputs, operations, List.of(last));
    }

    /// The arguments of this thread, of which the first is set.
    long[] arguments() {
      Frame frame = Frame.current();
      frame.arguments[0] = frame.room();
      return frame.arguments;
    }

    void run(long[] arguments, int n) {
      if (loop == null) {
        write();
      }
      loop.run(arguments, n);
    }

    private synchronized void write() {
      if (loop == null) {
        loop = LoopWriter.write(shape);
      }
    }

    void run(long x, int dx, long out, int n) {
      long[] arguments = arguments();
      arguments[1] = x;
      arguments[2] = dx;
      arguments[3] = out;
      run(arguments, n);
    }

    void run(long x, int dx, long y, int dy, long out, int n) {
      long[] arguments = arguments();
      arguments[1] = x;
      arguments[2] = dx;
      int next = put(arguments, 3, 1, y, dy);
      arguments[next] = out;
      run(arguments, n);
    }

    void run(long x, int dx, long y, int dy, long z, int dz, long out, int n) {
      long[] arguments = arguments();
      arguments[1] = x;
      arguments[2] = dx;
      int next = put(arguments, 3, 1, y, dy);
      next = put(arguments, next, 2, z, dz);
      arguments[next] = out;
      run(arguments, n);
    }

    void run(long x, int dx, long y, int dy, long z, int dz, long w, int dw, long out, int n) {
      long[] arguments = arguments();
      arguments[1] = x;
      arguments[2] = dx;
      int next = put(arguments, 3, 1, y, dy);
      next = put(arguments, next, 2, z, dz);
      next = put(arguments, next, 3, w, dw);
      arguments[next] = out;
      run(arguments, n);
    }

    private int put(long[] arguments, int next, int input, long address, int mask) {
      arguments[next] = address;
      if (shape.inputs().get(input).walk() == LoopShape.Walk.STAYS) {
        return next + 1;
      }
      arguments[next + 1] = mask;
      return next + 2;
    }
  }

  private static String name(ScalarOp op) {
    return op.name().toLowerCase(Locale.ROOT);
  }

  private static LoopShape.Operation operation(String function, Integer... operands) {
    return new LoopShape.Operation(function, List.of(operands));
  }

  /// The loop for an operation with one operand; null if there is none.
  static Loops.Unary unary(ScalarOp op) {
    if (!VectorCode.Functions.has(name(op))) {
      return null;
    }
    Lazy loop = new Lazy(List.of(operation(name(op), 0)), false, false);
    return loop::run;
  }

  /// The loop for an operation with two operands; null if there is none.
  static Loops.Binary binary(ScalarOp op) {
    if (!VectorCode.Functions.has(name(op))) {
      return null;
    }
    List<LoopShape.Operation> operations = List.of(operation(name(op), 0, 1));
    Lazy many = new Lazy(operations, false, false, false);
    Lazy one = new Lazy(operations, false, false, true);
    return (x, dx, y, dy, out, n) -> (dy == 0 ? one : many).run(x, dx, y, dy, out, n);
  }

  /// A selection of values of four bytes.
  static Loops.Ternary select() {
    Lazy loop = new Lazy(List.of(operation("select", 0, 1, 2)), true, false, false, false);
    return loop::run;
  }

  /// `x y + z`, both operations rounded.
  static Loops.Ternary multiplyAdd() {
    return products(operation("add", 3, 2));
  }

  /// `z - x y`, both operations rounded.
  static Loops.Ternary subtractProduct() {
    return products(operation("sub", 2, 3));
  }

  private static Loops.Ternary products(LoopShape.Operation sum) {
    List<LoopShape.Operation> operations = List.of(operation("mul", 0, 1), sum);
    Lazy many = new Lazy(operations, false, false, false, false);
    Lazy one = new Lazy(operations, false, false, true, false);
    return (x, dx, y, dy, z, dz, out, n) -> (dy == 0 ? one : many).run(x, dx, y, dy, z, dz, out, n);
  }

  /// The selection of the third or fourth operand by a comparison of the first with the second.
  static Loops.Quaternary compareSelect(ScalarOp comparison) {
    List<LoopShape.Operation> operations =
        List.of(operation(name(comparison), 0, 1), operation("select", 4, 2, 3));
    Lazy many = new Lazy(operations, false, false, false, false, false);
    // The common case: compared with one number, and another (often the same) where it fails.
    Lazy one = new Lazy(operations, false, false, true, false, true);
    return (x, dx, y, dy, z, dz, w, dw, out, n) ->
        ((dy | dw) == 0 ? one : many).run(x, dx, y, dy, z, dz, w, dw, out, n);
  }
}
