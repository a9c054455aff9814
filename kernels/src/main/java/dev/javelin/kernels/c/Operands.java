package dev.javelin.kernels.c;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Instr;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Program;
import dev.javelin.kernels.View;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// The operands of a function over some [Block]s: where the elements lie at the place that the blocks' numbers say.
///
/// Results are the variables `f0`, `f1` and so on.
final class Operands implements CBody.Inputs {
  private final Signature signature;
  private final List<DType> types;
  private final List<Block> blocks;
  private final Map<String, String> sizes = new HashMap<>();
  private final Map<View, String> offsets = new HashMap<>();
  private final Map<List<Object>, String> strides = new HashMap<>();

  /// @param types the dtype of each buffer
  Operands(Signature signature, List<DType> types, Block... blocks) {
    this.signature = signature;
    this.types = types;
    this.blocks = List.of(blocks);
  }

  /// The parameters of the function.
  Signature signature() {
    return signature;
  }

  /// Declares the place on each axis of a block, if some view needs it.
  ///
  /// @param code what to add to, where the block's number is known
  void axes(Code code, Block block) {
    if (!block.needsAxes()) {
      return;
    }
    String name = block.name();
    String rest = "(uidx)" + name;
    for (int axis = block.rank() - 1; axis > 0; axis--) {
      String size = "(uidx)" + size(block, axis);
      code.line("idx " + name + axis + " = (idx)(" + rest + " % " + size + ");");
      String next = name + "q" + axis;
      code.line("uidx " + next + " = " + rest + " / " + size + ";");
      rest = next;
    }
    code.line("idx " + name + "0 = (idx)" + rest + ";");
  }

  private String size(Block block, int axis) {
    return sizes.computeIfAbsent(block.name() + axis, _ -> signature.number(block.size(axis)));
  }

  @Override
  public String load(Instr.Load load) {
    String pointer = signature.buffer(load.buffer(), CType.element(load.stored()));
    return CType.load(load.stored(), pointer, at(load.view()));
  }

  @Override
  public String iota(Instr.Iota iota) {
    return "(i64)(" + at(iota.view()) + ")";
  }

  @Override
  public String param(Instr.Param param) {
    return signature.param(param);
  }

  @Override
  public String fault() {
    return signature.fault();
  }

  @Override
  public String result(Instr.Result result) {
    return "f" + result.index();
  }

  /// An element as it lies in memory.
  ///
  /// @param type the C type to see it as
  String element(Kernel.Operand operand, String type) {
    return signature.buffer(operand.buffer(), type) + "[" + at(operand.view()) + "]";
  }

  /// The views of a program and of what is stored of it.
  static List<View> views(Program program, List<Kernel.Store> stores) {
    Stream<View> read =
        program.code().stream()
            .flatMap(
                instr ->
                    switch (instr) {
                      case Instr.Load load -> Stream.of(load.view());
                      case Instr.Iota iota -> Stream.of(iota.view());
                      case Instr.Const _,
                          Instr.Param _,
                          Instr.Result _,
                          Instr.Apply _,
                          Instr.Cast _ ->
                          Stream.of();
                    });
    return Stream.concat(read, stores.stream().map(store -> store.to().view())).toList();
  }

  /// Writes the values of stores.
  void store(Code code, CBody body, List<Kernel.Store> stores) {
    for (Kernel.Store store : stores) {
      DType type = types.get(store.to().buffer());
      String pointer = signature.buffer(store.to().buffer(), CType.element(type));
      code.line(
          CType.store(
              type,
              pointer,
              at(store.to().view()),
              body.type(store.value()),
              body.value(store.value())));
    }
  }

  /// Writes a part of a map for one element.
  void compute(Code code, Kernel.Part part) {
    CBody body = new CBody(part.program(), this, "v");
    body.emit(code, part.stores().stream().mapToInt(Kernel.Store::value).toArray());
    store(code, body, part.stores());
  }

  /// The element of a view, counted from where its buffer begins.
  String at(View view) {
    List<String> terms = new ArrayList<>();
    if (view.offset() != 0) {
      terms.add(offsets.computeIfAbsent(view, _ -> signature.number(view.offset())));
    }
    for (Block block : blocks) {
      if (block.has(view)) {
        walk(terms, view, block);
      }
    }
    return terms.isEmpty() ? "0" : String.join(" + ", terms);
  }

  private void walk(List<String> terms, View view, Block block) {
    String place = block.name();
    if (block.isLinear(view)) {
      long step = block.step(view);
      if (step != 0) {
        terms.add(step == 1 ? place : place + " * " + stride(view, block, -1));
      }
      return;
    }
    int last = block.rank() - 1;
    for (int axis = 0; axis <= last; axis++) {
      long stride = block.stride(view, axis);
      if (stride != 0) {
        // A compiler must see neighbours as neighbours to load them together.
        boolean neighbours = axis == last && stride == 1;
        terms.add(place + axis + (neighbours ? "" : " * " + stride(view, block, axis)));
      }
    }
  }

  /// The name of a stride; views that walk alike through a block share it.
  private String stride(View view, Block block, int axis) {
    List<Object> key = new ArrayList<>(List.of(block.name(), axis));
    for (int a = 0; a < block.rank(); a++) {
      key.add(block.stride(view, a));
    }
    long stride = axis < 0 ? block.step(view) : block.stride(view, axis);
    return strides.computeIfAbsent(key, _ -> signature.number(stride));
  }
}
