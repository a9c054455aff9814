package dev.javelin.kernels.c;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Instr;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.View;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The operands of several neighbouring elements, moved together: up to 16 bytes by one load or store.
///
/// What is neighbours in memory passes through small arrays of lanes, `x0`, `x1` for what is read and `y0`, `y1` for what is written;
/// what repeats one element is read from where it is.
final class Lanes implements CBody.Inputs {
  /// Beyond these a work-item would need more registers than it gains.
  private static final int MAX_ARRAYS = 12;

  private static final int MAX_INSTRUCTIONS = 64;

  private final Kernel.Part part;
  private final Operands operands;
  private final Signature signature;
  private final List<DType> types;
  private final int count;
  private final Map<Instr.Load, String> reads = new LinkedHashMap<>();

  Lanes(Kernel.Part part, Block block, Operands operands, List<DType> types, int count) {
    this.part = part;
    this.operands = operands;
    this.signature = operands.signature();
    this.types = types;
    this.count = count;
    for (Instr instr : part.program().code()) {
      if (instr instanceof Instr.Load load && block.step(load.view()) == 1) {
        reads.putIfAbsent(load, "x" + reads.size());
      }
    }
  }

  /// How many elements of a part go together on a GPU; 1 where that cannot be.
  static int count(Kernel.Part part, Block block, List<DType> types) {
    if (block.rank() != 1 || part.program().code().size() > MAX_INSTRUCTIONS) {
      return 1;
    }
    int widest = 0;
    int arrays = part.stores().size();
    for (Kernel.Store store : part.stores()) {
      if (block.step(store.to().view()) != 1) {
        return 1;
      }
      widest = Math.max(widest, types.get(store.to().buffer()).bytes());
    }
    for (Instr instr : part.program().code()) {
      if (instr instanceof Instr.Load load) {
        long step = block.step(load.view());
        if (step != 0 && step != 1) {
          return 1;
        }
        arrays += (int) step;
        widest = step == 0 ? widest : Math.max(widest, load.stored().bytes());
      }
    }
    return arrays > MAX_ARRAYS ? 1 : Math.min(8, 16 / widest);
  }

  /// A loop over a part: lanes where memory is aligned for them, then what is left one by one.
  ///
  /// @param length the name of the number of elements
  Code loop(Grid grid, String length) {
    Code code = new Code();
    code.line("idx r = 0;");
    code.line("int aligned = " + aligned() + ";");
    code.line("idx whole = aligned ? " + length + " / " + count + " : 0;");
    grid.forEach(code, "q", "whole");
    element(code);
    code.close();
    code.line("idx rest = " + length + " - whole * " + count + ";");
    grid.forEach(code, "q", "rest");
    code.line("r = whole * " + count + " + q;");
    operands.compute(code, part);
    return code.close();
  }

  private void element(Code code) {
    CBody body = new CBody(part.program(), this, "v");
    int[] values = part.stores().stream().mapToInt(Kernel.Store::value).toArray();
    code.line("r = q * " + count + ";");
    reads.forEach(
        (load, name) -> {
          array(code, name, load.stored());
          code.line(
              "LD"
                  + bytes(load.stored())
                  + "("
                  + name
                  + ", "
                  + address(load.buffer(), load.stored(), load.view())
                  + ");");
        });
    for (int s = 0; s < part.stores().size(); s++) {
      array(code, "y" + s, stored(s));
    }
    code.open("UNROLL for (int j = 0; j < " + count + "; j++, r++)");
    body.emit(code, values);
    for (int s = 0; s < values.length; s++) {
      String value = body.value(values[s]);
      code.line(
          stored(s) == DType.FLOAT16
              ? "y" + s + "[j] = jv_f32_to_f16((float)" + value + ");"
              : CType.store(stored(s), "y" + s, "j", body.type(values[s]), value));
    }
    code.close();
    code.line("r = q * " + count + ";");
    for (int s = 0; s < part.stores().size(); s++) {
      Kernel.Operand to = part.stores().get(s).to();
      code.line(
          "ST"
              + bytes(stored(s))
              + "(y"
              + s
              + ", "
              + address(to.buffer(), stored(s), to.view())
              + ");");
    }
  }

  private void array(Code code, String name, DType type) {
    code.line("ALIGN16 " + CType.element(type) + " " + name + "[" + count + "];");
  }

  private DType stored(int store) {
    return types.get(part.stores().get(store).to().buffer());
  }

  private int bytes(DType type) {
    return count * type.bytes();
  }

  private String address(int buffer, DType type, View view) {
    return signature.buffer(buffer, CType.element(type)) + " + " + operands.at(view);
  }

  /// Whether everything that lanes are made of begins where they can be moved together.
  private String aligned() {
    List<String> all = new ArrayList<>();
    reads.forEach((load, _) -> all.add(isAligned(load.buffer(), load.stored(), load.view())));
    for (int s = 0; s < part.stores().size(); s++) {
      Kernel.Operand to = part.stores().get(s).to();
      all.add(isAligned(to.buffer(), stored(s), to.view()));
    }
    return String.join(" && ", all.stream().distinct().toList());
  }

  private String isAligned(int buffer, DType type, View view) {
    return "IS_ALIGNED(" + address(buffer, type, view) + ", " + bytes(type) + ")";
  }

  @Override
  public String load(Instr.Load load) {
    String name = reads.get(load);
    if (name == null) {
      return operands.load(load);
    }
    return load.stored() == DType.FLOAT16
        ? "jv_f16_to_f32(" + name + "[j])"
        : CType.load(load.stored(), name, "j");
  }

  @Override
  public String iota(Instr.Iota iota) {
    return operands.iota(iota);
  }

  @Override
  public String param(Instr.Param param) {
    return operands.param(param);
  }

  @Override
  public String fault() {
    return operands.fault();
  }

  @Override
  public String result(Instr.Result result) {
    return operands.result(result);
  }
}
