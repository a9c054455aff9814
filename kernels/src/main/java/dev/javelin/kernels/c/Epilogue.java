package dev.javelin.kernels.c;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Instr;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Program;
import dev.javelin.kernels.View;
import java.util.ArrayList;
import java.util.List;

/// What is done with each element of a product once its sum is known: the `finish` program and the store.
///
/// Memory is named by the position of the load (`l3`), the numbers that depend on the position likewise (`t3`), the output `out`.
final class Epilogue {
  private final Program finish;
  private final Kernel.Store store;
  private final DType stored;
  private final Placement placement;
  private final Parameters parameters;
  private final List<String> names = new ArrayList<>();

  Epilogue(
      Program finish,
      Kernel.Store store,
      List<DType> buffers,
      Placement placement,
      Parameters parameters) {
    this.finish = finish;
    this.store = store;
    this.stored = buffers.get(store.to().buffer());
    this.placement = placement;
    this.parameters = parameters;
    memory("out", store.to(), stored);
    for (int i : CBody.needed(finish, store.value()).stream().toArray()) {
      switch (finish.code().get(i)) {
        case Instr.Load load ->
            memory("l" + i, new Kernel.Operand(load.buffer(), load.view()), load.stored());
        case Instr.Iota iota -> {
          parameters.offset("f_t" + i, iota.view().offset());
          placement.declare(parameters, "t" + i, iota.view());
          names.add("t" + i);
        }
        case Instr.Param param -> parameters.param(param.index(), param.type());
        case Instr.Const _, Instr.Result _, Instr.Apply _, Instr.Cast _ -> {}
      }
    }
    if (CBody.checksIndices(finish)) {
      parameters.memory("fault", "i64", new Arg.Fault(), 0);
    }
  }

  private void memory(String name, Kernel.Operand operand, DType type) {
    parameters.memory(
        name, CType.element(type), new Arg.Buffer(operand.buffer()), operand.view().offset());
    placement.declare(parameters, name, operand.view());
    names.add(name);
  }

  /// Declares where the group's elements begin in each array.
  void group(Code code) {
    names.forEach(name -> placement.group(code, name));
  }

  /// The statements for one element.
  ///
  /// @param result the name of the sum, in its register type
  void element(Code code, String result) {
    CBody body = new CBody(finish, new Names(result), "v");
    body.emit(code, store.value());
    DType type = body.type(store.value());
    code.line("idx at = " + placement.distance("out") + ";");
    code.line(CType.store(stored, "out", "at", type, body.value(store.value())));
  }

  private final class Names implements CBody.Inputs {
    private final String result;

    private Names(String result) {
      this.result = result;
    }

    @Override
    public String load(Instr.Load load) {
      String name = "l" + finish.code().indexOf(load);
      return CType.load(load.stored(), name, placement.distance(name));
    }

    @Override
    public String iota(Instr.Iota iota) {
      String name = "t" + finish.code().indexOf(iota);
      return "f_" + name + " + (i64)(" + placement.distance(name) + ")";
    }

    @Override
    public String param(Instr.Param param) {
      return "p" + param.index();
    }

    @Override
    public String fault() {
      return "fault";
    }

    @Override
    public String result(Instr.Result ignored) {
      return result;
    }
  }

  /// The largest distance that an index over the output's axes can have in any of the arrays.
  static long reach(Program finish, Kernel.Store store) {
    long reach = extent(store.to().view());
    for (Instr instr : finish.code()) {
      if (instr instanceof Instr.Load load) {
        reach = Math.max(reach, extent(load.view()));
      } else if (instr instanceof Instr.Iota iota) {
        reach = Math.max(reach, extent(iota.view()));
      }
    }
    return reach;
  }

  /// The largest distance between two elements of a view, counting every stride as positive.
  static long extent(View view) {
    long reach = 0;
    for (int axis = 0; axis < view.shape().rank(); axis++) {
      reach += Math.abs(view.stride(axis)) * Math.max(0, view.shape().size(axis) - 1);
    }
    return reach;
  }
}
