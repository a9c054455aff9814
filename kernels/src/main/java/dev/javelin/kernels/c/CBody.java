package dev.javelin.kernels.c;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Instr;
import dev.javelin.kernels.Program;
import dev.javelin.kernels.ScalarOp;
import java.util.BitSet;

/// Writes a [Program] as C statements: one local variable for each value that is not already a name or a literal.
final class CBody {
  /// Where a program's inputs come from. Each method gives an expression.
  interface Inputs {
    /// An element, in its register type; see [CType#load].
    String load(Instr.Load load);

    /// The number a position gives, as i64.
    String iota(Instr.Iota iota);

    /// A parameter of the launch: a name.
    String param(Instr.Param param);

    /// The device's fault record: the name of a pointer.
    String fault();

    /// A result: a name.
    String result(Instr.Result result);
  }

  private final Program program;
  private final Inputs inputs;
  private final String prefix;

  /// @param prefix what the names of the variables begin with
  CBody(Program program, Inputs inputs, String prefix) {
    this.program = program;
    this.inputs = inputs;
    this.prefix = prefix;
  }

  /// Writes the statements that some values need, and no others.
  ///
  /// @param code what to add to, in the scope the variables are to live in
  /// @param values the positions of the values
  void emit(Code code, int... values) {
    BitSet needed = needed(program, values);
    for (int i = needed.nextSetBit(0); i >= 0; i = needed.nextSetBit(i + 1)) {
      Instr instr = program.code().get(i);
      switch (instr) {
        case Instr.Load load -> declare(code, i, inputs.load(load));
        case Instr.Iota iota -> declare(code, i, inputs.iota(iota));
        case Instr.Apply apply -> declare(code, i, apply(apply));
        case Instr.Cast cast ->
            declare(code, i, CType.cast(cast.target(), type(cast.x()), value(cast.x())));
        // Used by name.
        case Instr.Const _, Instr.Param _, Instr.Result _ -> {}
      }
    }
  }

  /// The register type of a value.
  DType type(int position) {
    return program.code().get(position).type();
  }

  /// The name or literal of a value. A name is known once [#emit] has written it.
  String value(int position) {
    return switch (program.code().get(position)) {
      case Instr.Const(DType type, long bits) -> CType.literal(type, bits);
      case Instr.Param param -> inputs.param(param);
      case Instr.Result result -> inputs.result(result);
      case Instr.Load _, Instr.Iota _, Instr.Apply _, Instr.Cast _ -> prefix + position;
    };
  }

  /// The positions that some values are computed from, and their own.
  static BitSet needed(Program program, int... values) {
    BitSet needed = new BitSet();
    for (int value : values) {
      needed.set(value);
    }
    // Operands come before what uses them, so one walk backwards finds all.
    for (int i = needed.length() - 1; i >= 0; i = needed.previousSetBit(i - 1)) {
      switch (program.code().get(i)) {
        case Instr.Apply apply -> {
          needed.set(apply.x());
          if (apply.y() >= 0) {
            needed.set(apply.y());
          }
          if (apply.z() >= 0) {
            needed.set(apply.z());
          }
        }
        case Instr.Cast cast -> needed.set(cast.x());
        case Instr.Load _, Instr.Iota _, Instr.Const _, Instr.Param _, Instr.Result _ -> {}
      }
    }
    return needed;
  }

  /// Whether a program needs the fault record.
  static boolean checksIndices(Program program) {
    return program.code().stream()
        .anyMatch(instr -> instr instanceof Instr.Apply apply && apply.op() == ScalarOp.INDEX);
  }

  private void declare(Code code, int position, String expression) {
    code.line(CType.register(type(position)) + " " + prefix + position + " = " + expression + ";");
  }

  private String apply(Instr.Apply apply) {
    // A selection is of the type of what it selects from; a comparison is of that of its operands.
    DType type = apply.z() >= 0 ? apply.type() : type(apply.x());
    if (apply.op() == ScalarOp.INDEX) {
      String operands = inputs.fault() + ", " + value(apply.x()) + ", " + value(apply.y());
      return "(" + CType.register(type) + ")jv_index(" + operands + ")";
    }
    return COp.of(apply.op(), type, value(apply.x()), operand(apply.y()), operand(apply.z()));
  }

  private String operand(int position) {
    return position < 0 ? "" : value(position);
  }
}
