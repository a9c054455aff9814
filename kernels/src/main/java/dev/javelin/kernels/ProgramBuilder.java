package dev.javelin.kernels;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Writes a [Program], sharing equal values and simplifying as it goes: the simplifier is in the `add` of each kind.
///
/// Only rules that keep every bit of every result are here: `x + 0` stays (it turns -0 into 0), `x * 1` goes.
public final class ProgramBuilder {
  private final List<Instr> code = new ArrayList<>();
  private final Map<Instr, Integer> positions = new HashMap<>();

  /// An empty program.
  public ProgramBuilder() {}

  /// Adds an instruction, or finds an equal or simpler one.
  ///
  /// @param instr the instruction
  /// @return the value's position
  public int add(Instr instr) {
    return switch (instr) {
      case Instr.Apply apply -> addApply(apply);
      case Instr.Cast cast -> addCast(cast);
      case Instr.Load _, Instr.Iota _, Instr.Const _, Instr.Param _, Instr.Result _ ->
          append(instr);
    };
  }

  /// Adds an operation; its type follows from the operands.
  ///
  /// @param op the operation
  /// @param args the positions of its operands, of one type (a selection's first operand is int32)
  /// @return the value's position
  public int apply(ScalarOp op, int... args) {
    DType type = op.isPredicate() ? DType.INT32 : type(args[op == ScalarOp.SELECT ? 1 : 0]);
    return add(
        new Instr.Apply(
            op, type, args[0], args.length > 1 ? args[1] : -1, args.length > 2 ? args[2] : -1));
  }

  /// Adds a conversion.
  ///
  /// @param target the type to convert to
  /// @param x the value's position
  /// @return the converted value's position
  public int cast(DType target, int x) {
    return add(new Instr.Cast(target, x));
  }

  /// Adds a constant.
  ///
  /// @param type the type it is of; rounded to it
  /// @param value the value
  /// @return its position
  public int constant(DType type, double value) {
    DType register = type.register();
    return add(
        switch (register) {
          case FLOAT32 -> Instr.ofDouble(register, Numbers.round(type, value));
          case FLOAT64 -> Instr.ofDouble(register, value);
          default -> new Instr.Const(register, Numbers.wrap(type, (long) value));
        });
  }

  /// Adds an expression.
  ///
  /// @param expr the expression
  /// @param type the type its literals are of
  /// @param args the positions of its operands
  /// @return the value's position
  public int expression(Expr expr, DType type, int... args) {
    return switch (expr) {
      case Expr.Arg(int index) -> args[index];
      case Expr.Literal(double value) -> constant(type, value);
      case Expr.Apply(ScalarOp op, List<Expr> operands) -> {
        int[] positions = new int[operands.size()];
        for (int i = 0; i < positions.length; i++) {
          positions[i] = expression(operands.get(i), type, args);
        }
        yield apply(op, positions);
      }
    };
  }

  /// The register type of a value.
  ///
  /// @param position where it is
  /// @return its type
  public DType type(int position) {
    return code.get(position).type();
  }

  /// The program so far.
  ///
  /// @return the program
  public Program build() {
    return new Program(List.copyOf(code));
  }

  private int append(Instr instr) {
    return positions.computeIfAbsent(
        instr,
        key -> {
          code.add(key);
          return code.size() - 1;
        });
  }

  private int addApply(Instr.Apply apply) {
    // An index outside is an error of the launch, which this is not.
    if (isConst(apply.x())
        && (apply.y() < 0 || isConst(apply.y()))
        && (apply.z() < 0 || isConst(apply.z()))
        && apply.op() != ScalarOp.INDEX) {
      return fold(apply);
    }
    return switch (apply.op()) {
      case MUL ->
          isValue(apply.y(), 1) ? apply.x() : isValue(apply.x(), 1) ? apply.y() : append(apply);
      case DIV -> isValue(apply.y(), 1) ? apply.x() : append(divide(apply));
      // Only of +0: x - (-0) turns -0 into 0.
      case SUB -> isPositiveZero(apply.y()) ? apply.x() : append(apply);
      case NEG ->
          code.get(apply.x()) instanceof Instr.Apply inner && inner.op() == ScalarOp.NEG
              ? inner.x()
              : append(apply);
      case POW ->
          isValue(apply.y(), 1)
              ? apply.x()
              : isValue(apply.y(), 2) ? apply(ScalarOp.MUL, apply.x(), apply.x()) : append(apply);
      case SELECT -> select(apply);
      default -> append(apply);
    };
  }

  /// Division by a power of two is multiplication by its reciprocal, to the last bit.
  private Instr divide(Instr.Apply apply) {
    if (code.get(apply.y()) instanceof Instr.Const divisor && apply.type().isFloatingPoint()) {
      double reciprocal = 1 / divisor.asDouble();
      boolean powerOfTwo =
          Math.abs(divisor.asDouble()) == Math.scalb(1.0, Math.getExponent(divisor.asDouble()));
      if (powerOfTwo && Math.abs(Math.getExponent(reciprocal)) < 100) {
        int factor = append(Instr.ofDouble(apply.type(), reciprocal));
        return new Instr.Apply(ScalarOp.MUL, apply.type(), apply.x(), factor, -1);
      }
    }
    return apply;
  }

  private int select(Instr.Apply apply) {
    if (code.get(apply.x()) instanceof Instr.Const condition) {
      return condition.bits() != 0 ? apply.y() : apply.z();
    }
    return apply.y() == apply.z() ? apply.y() : append(apply);
  }

  private int fold(Instr.Apply apply) {
    Instr.Const x = (Instr.Const) code.get(apply.x());
    Instr.Const y = apply.y() < 0 ? x : (Instr.Const) code.get(apply.y());
    Instr.Const z = apply.z() < 0 ? x : (Instr.Const) code.get(apply.z());
    if (apply.op() == ScalarOp.SELECT) {
      return x.bits() != 0 ? apply.y() : apply.z();
    }
    if (x.type().isFloatingPoint()) {
      double value = apply.op().eval(x.asDouble(), y.asDouble(), z.asDouble());
      return apply.type().isFloatingPoint()
          ? constant(apply.type(), value)
          : append(new Instr.Const(apply.type(), (long) value));
    }
    return append(
        new Instr.Const(
            apply.type(),
            Numbers.wrap(apply.type(), apply.op().eval(x.bits(), y.bits(), z.bits()))));
  }

  private int addCast(Instr.Cast cast) {
    Instr from = code.get(cast.x());
    DType target = cast.target();
    // Nothing to convert: the register already is of this type, and no narrower type is meant.
    if (from.type() == target) {
      return cast.x();
    }
    if (from instanceof Instr.Load load && load.stored() == target) {
      return cast.x();
    }
    if (target == DType.BOOL && from instanceof Instr.Apply apply && apply.op().isPredicate()) {
      return cast.x();
    }
    if (from instanceof Instr.Const value) {
      return from.type().isFloatingPoint() || target.isFloatingPoint()
          ? convert(value, target)
          : append(new Instr.Const(target.register(), Numbers.wrap(target, value.bits())));
    }
    return append(cast);
  }

  private int convert(Instr.Const value, DType target) {
    if (target == DType.BOOL) {
      return append(new Instr.Const(DType.INT32, value.asDouble() != 0 ? 1 : 0));
    }
    return constant(target, value.asDouble());
  }

  private boolean isConst(int position) {
    return code.get(position) instanceof Instr.Const;
  }

  private boolean isPositiveZero(int position) {
    return code.get(position) instanceof Instr.Const constant && constant.bits() == 0;
  }

  private boolean isValue(int position, double value) {
    return code.get(position) instanceof Instr.Const constant && constant.asDouble() == value;
  }
}
