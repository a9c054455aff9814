package dev.javelin.kernels.c;

import dev.javelin.kernels.DType;
import java.util.ArrayList;
import java.util.List;

/// The parameters of the functions of a program, and what is bound to each. All functions of a program take the same ones.
///
/// Sizes and distances are of the type `idx`: `int` where every one that can occur fits, else `i64`.
final class Parameters {
  private final boolean wide;
  private final List<String> declarations = new ArrayList<>();
  private final List<Arg> args = new ArrayList<>();
  private final Code prologue = new Code();

  /// @param wide whether `idx` must have 64 bits
  Parameters(boolean wide) {
    this.wide = wide;
  }

  /// Adds memory, and the pointer `name` to its element `offset`.
  ///
  /// @param type the C type of an element
  void memory(String name, String type, Arg memory, long offset) {
    declarations.add("GLOBAL u8 *m_" + name + ", i64 o_" + name + ", i64 f_" + name);
    args.add(memory);
    args.add(new Arg.Long(offset));
    String pointer = "GLOBAL " + type + " *";
    prologue.line(
        pointer + name + " = (" + pointer + ")(m_" + name + " + o_" + name + ") + f_" + name + ";");
  }

  /// Adds a size or distance.
  void number(String name, long value) {
    if (wide) {
      offset(name, value);
    } else {
      declarations.add("idx " + name);
      args.add(new Arg.Int(Math.toIntExact(value)));
    }
  }

  /// Adds a number of type i64.
  void offset(String name, long value) {
    declarations.add("i64 " + name);
    args.add(new Arg.Long(value));
  }

  /// Adds a parameter of the launch, `p` and its number, unless it is there already.
  String param(int number, DType type) {
    String name = "p" + number;
    String parameter = CType.register(type) + " " + name;
    if (!declarations.contains(parameter)) {
      declarations.add(parameter);
      args.add(new Arg.Param(number, type));
    }
    return name;
  }

  /// The definition of `idx`, to stand before the functions.
  String typedef() {
    return "typedef " + (wide ? "i64" : "int") + " idx;\n";
  }

  /// The list of parameters, without parentheses.
  String declarations() {
    return String.join(", ", declarations);
  }

  /// The statements that make the pointers.
  String prologue() {
    return prologue.toString();
  }

  /// What is bound.
  List<Arg> args() {
    return List.copyOf(args);
  }
}
