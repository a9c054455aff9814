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

/// The operands of a function over a [Space]: where the elements lie at the outer place `r` and the inner place `i`.
///
/// Results are the variables `f0`, `f1` and so on.
final class Operands implements CBody.Inputs {
  private final Space space;
  private final Signature signature;
  private final List<DType> types;
  private final Map<String, String> sizes = new HashMap<>();
  private final Map<View, String> offsets = new HashMap<>();
  private final Map<List<Long>, String> strides = new HashMap<>();

  /// @param types the dtype of each buffer
  Operands(Space space, Signature signature, List<DType> types) {
    this.space = space;
    this.signature = signature;
    this.types = types;
  }

  /// Declares the place on each axis of a block (`r0`, `r1` or `i0`, `i1`), if some view needs it.
  ///
  /// @param code what to add to
  /// @param inner which block
  void axes(Code code, boolean inner) {
    if (!space.needsAxes(inner)) {
      return;
    }
    String name = linear(inner);
    String rest = "(uidx)" + name;
    for (int axis = space.rank(inner) - 1; axis > 0; axis--) {
      String size = "(uidx)" + size(inner, axis);
      code.line("idx " + name + axis + " = (idx)(" + rest + " % " + size + ");");
      String next = name + "q" + axis;
      code.line("uidx " + next + " = " + rest + " / " + size + ";");
      rest = next;
    }
    code.line("idx " + name + "0 = (idx)" + rest + ";");
  }

  private String size(boolean inner, int axis) {
    return sizes.computeIfAbsent(
        linear(inner) + axis, _ -> signature.number(space.size(inner, axis)));
  }

  private static String linear(boolean inner) {
    return inner ? "i" : "r";
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

  /// The element of a view, counted from where its buffer begins.
  String at(View view) {
    List<String> terms = new ArrayList<>();
    if (view.offset() != 0) {
      terms.add(offsets.computeIfAbsent(view, _ -> signature.number(view.offset())));
    }
    walk(terms, view, false);
    walk(terms, view, true);
    return terms.isEmpty() ? "0" : String.join(" + ", terms);
  }

  private void walk(List<String> terms, View view, boolean inner) {
    String place = linear(inner);
    if (space.isLinear(view, inner)) {
      long step = space.step(view, inner);
      if (step != 0) {
        terms.add(step == 1 ? place : place + " * " + walk(view, inner, -1));
      }
      return;
    }
    int last = space.rank(inner) - 1;
    for (int axis = 0; axis <= last; axis++) {
      long stride = space.stride(view, inner, axis);
      if (stride != 0) {
        // A compiler must see neighbours as neighbours to load them together.
        boolean neighbours = axis == last && stride == 1;
        terms.add(place + axis + (neighbours ? "" : " * " + walk(view, inner, axis)));
      }
    }
  }

  /// The name of a stride; views that walk alike through a block share it.
  private String walk(View view, boolean inner, int axis) {
    List<Long> key = new ArrayList<>(List.of(inner ? 1L : 0L, (long) axis));
    for (int a = 0; a < space.rank(inner); a++) {
      key.add(space.stride(view, inner, a));
    }
    long stride = axis < 0 ? space.step(view, inner) : space.stride(view, inner, axis);
    return strides.computeIfAbsent(key, _ -> signature.number(stride));
  }
}
