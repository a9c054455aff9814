package dev.javelin.autograd;

import dev.javelin.Tensor;
import dev.javelin.kernels.Shape;
import dev.javelin.ops.Composite;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/// An elementwise operation of one's own, from one expression: it runs as one kernel on every device, and its gradient, of any order, is
/// derived from the expression.
///
/// ```java
/// static final Pointwise MISH = Pointwise.define("mish", x -> x.mul(x.exp().add(1).log().tanh()));
/// Tensor y = MISH.apply(x); // grad_fn=<MishBackward0>
/// ```
///
/// Define it once, in a constant: each definition is an operation of its own, with kernels of its own. The expression is looked at once
/// for each combination of shapes and dtypes, not run for every call, so it must depend on nothing but its arguments.
public final class Pointwise {
  private final String name;
  private final int arguments;
  private final Composite op;

  private Pointwise(String name, int arguments, Function<Tensor[], Tensor> expression) {
    if (!name.matches("[a-zA-Z]\\w*")) {
      throw new IllegalArgumentException(
          "Pointwise.define: expected a name of letters, digits and underscores, got '%s'"
              .formatted(name));
    }
    this.name = name;
    this.arguments = arguments;
    // Two definitions of one name are two operations: the expression is part of what the op is.
    this.op =
        Composite.derived(
            name, List.of(expression), arguments, in -> elementwise(name, in, expression));
  }

  /// Defines an operation of one argument.
  ///
  /// @param name what it is called in `grad_fn` and in errors: letters, digits and underscores
  /// @param expression the result, from elementwise methods of the argument
  /// @return the operation
  /// @throws IllegalArgumentException if the name is none
  public static Pointwise define(String name, UnaryOperator<Tensor> expression) {
    return new Pointwise(name, 1, in -> expression.apply(in[0]));
  }

  /// Defines an operation of two arguments, which broadcast.
  ///
  /// @param name what it is called in `grad_fn` and in errors: letters, digits and underscores
  /// @param expression the result, from elementwise methods of the arguments
  /// @return the operation
  /// @throws IllegalArgumentException if the name is none
  public static Pointwise define(String name, BinaryOperator<Tensor> expression) {
    return new Pointwise(name, 2, in -> expression.apply(in[0], in[1]));
  }

  private static Tensor elementwise(
      String name, Tensor[] in, Function<Tensor[], Tensor> expression) {
    Tensor result = expression.apply(in);
    // Nothing is computed here: of the sum only the shape is asked for.
    Shape shape = (in.length == 1 ? in[0] : in[0].add(in[1])).shape();
    if (!result.shape().equals(shape)) {
      throw new IllegalArgumentException(
          "%s: an elementwise expression of shape %s gave the shape %s; use elementwise methods only"
              .formatted(name, shape, result.shape()));
    }
    return result;
  }

  /// Computes it.
  ///
  /// @param x the arguments, as many as the expression has
  /// @return the result, of the shape that the arguments broadcast to
  /// @throws IllegalArgumentException if the number of arguments is wrong, their shapes do not broadcast, or the expression is not
  ///   elementwise
  public Tensor apply(Tensor... x) {
    if (x.length != arguments) {
      throw new IllegalArgumentException(
          "%s: expected %s, got %s"
              .formatted(name, arguments == 1 ? "1 argument" : arguments + " arguments", x.length));
    }
    return Tensor.call(op, x);
  }

  @Override
  public String toString() {
    return name;
  }
}
