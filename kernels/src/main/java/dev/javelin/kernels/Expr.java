package dev.javelin.kernels;

import java.util.List;

/// A scalar expression: how an elementwise op is written, once, in the table of ops.
///
/// Types are not written: an op's operands are promoted to one computation type before the expression sees them.
public sealed interface Expr {
  /// An operand of the op.
  ///
  /// @param index which operand
  record Arg(int index) implements Expr {}

  /// A literal of the computation type.
  ///
  /// @param value its value
  record Literal(double value) implements Expr {}

  /// An operation on expressions.
  ///
  /// @param op the operation
  /// @param args its operands
  record Apply(ScalarOp op, List<Expr> args) implements Expr {}

  /// Operand `index`.
  ///
  /// @param index which, from 0
  /// @return the expression
  static Expr in(int index) {
    return new Arg(index);
  }

  /// A literal of the computation type.
  ///
  /// @param value its value
  /// @return the expression
  static Expr lit(double value) {
    return new Literal(value);
  }

  /// Applies an operation.
  ///
  /// @param op the operation
  /// @param args its operands
  /// @return the expression
  static Expr apply(ScalarOp op, Expr... args) {
    if (args.length != op.arity()) {
      throw new IllegalArgumentException(op + " takes " + op.arity() + ", got " + args.length);
    }
    return new Apply(op, List.of(args));
  }
}
