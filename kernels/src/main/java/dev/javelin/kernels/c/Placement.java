package dev.javelin.kernels.c;

import dev.javelin.kernels.View;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// How the axes of a product's output are numbered: a group, a row m, and the position of a column.
///
/// @param groups how many axes `g0`, `g1` and so on number the groups
/// @param columns the names of the variables that make up the position of a column
/// @param strides the strides of a view over the output's axes: those of the groups, of the row and of the column's variables
record Placement(int groups, List<String> columns, Function<View, long[]> strides) {
  /// The names of what [#strides] gives, each a variable of the text.
  List<String> variables() {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < groups; i++) {
      names.add("g" + i);
    }
    names.add("m");
    names.addAll(columns);
    return names;
  }

  /// Declares the strides of a view.
  void declare(Parameters parameters, String name, View view) {
    long[] values = strides.apply(view);
    List<String> variables = variables();
    for (int i = 0; i < values.length; i++) {
      parameters.number(name + "_" + variables.get(i), values[i]);
    }
  }

  /// Declares where the elements of a group begin.
  void group(Code code, String name) {
    StringBuilder sum = new StringBuilder();
    for (int i = 0; i < groups; i++) {
      sum.append(i == 0 ? "" : " + ").append("g" + i + " * " + name + "_g" + i);
    }
    code.line("idx " + name + "_g = " + (groups == 0 ? "0" : sum) + ";");
  }

  /// The distance of an element from the view's first.
  String distance(String name) {
    StringBuilder sum = new StringBuilder(name + "_g + m * " + name + "_m");
    for (String column : columns) {
      sum.append(" + ").append(column).append(" * ").append(name).append('_').append(column);
    }
    return sum.toString();
  }
}
