package dev.javelin.kernels.c;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// The loops of a function that works on rows, each shared by the work-items called its lanes.
///
/// All work-items of a group stay in step, also where there are no rows left for some: barriers need them all.
final class RowLoop {
  private final Grid grid;
  private final int lanes;
  private final Set<String> locals = new LinkedHashSet<>();

  RowLoop(Grid grid, int lanes) {
    this.grid = grid;
    this.lanes = lanes;
  }

  /// How many rows a group works on at a time.
  int rowsPerGroup() {
    return grid.groupSize() / lanes;
  }

  /// Opens the loop over rows.
  ///
  /// @param row the name of a row's number
  /// @param count the name of how many there are
  void open(Code code, String row, String count) {
    if (lanes == 1) {
      grid.forEach(code, row, count);
      return;
    }
    code.line("int lane = LID() % " + lanes + ";");
    String from = "idx base = (idx)group * " + rowsPerGroup();
    String step = "base += (idx)groups * " + rowsPerGroup();
    code.open("for (" + from + "; base < " + count + "; " + step + ")");
    code.line("idx " + row + " = base + LID() / " + lanes + ";");
    code.line("int some = " + row + " < " + count + ";");
  }

  /// Says which elements of the row [#openElements] walks over.
  void range(Code code, String from, String end) {
    if (lanes == 1) {
      code.line("idx begin = " + from + ", end = " + end + ";");
    } else {
      code.line("idx begin = " + from + " + lane, end = some ? " + end + " : 0;");
    }
  }

  /// Opens the loop over the elements of a row, `i`.
  void openElements(Code code) {
    code.open("for (idx i = begin; i < end; i += " + lanes + ")");
  }

  /// Opens what is done once for a row.
  void openOnce(Code code) {
    code.open(lanes == 1 ? "" : "if (some && lane == 0)");
  }

  /// Waits for the other work-items of the row.
  void await(Code code) {
    if (lanes > 1) {
      code.line("BARRIER();");
    }
  }

  /// Combines the folds of the lanes of each row; then every lane has the result.
  void combine(Code code, List<FoldCode> folds) {
    if (lanes == 1) {
      return;
    }
    share(code, folds);
    code.line("BARRIER();");
    code.open("for (int s = " + lanes / 2 + "; s > 0; s /= 2)");
    code.open("if (lane < s)");
    for (int f = 0; f < folds.size(); f++) {
      folds.get(f).join(code, value(folds, f) + "[LID() + s]", index(f) + "[LID() + s]");
    }
    share(code, folds);
    code.close();
    code.line("BARRIER();");
    code.close();
    for (int f = 0; f < folds.size(); f++) {
      int number = folds.get(f).number();
      code.line("a" + number + " = " + value(folds, f) + "[LID() - lane];");
      if (folds.get(f).isArgument()) {
        code.line("k" + number + " = " + index(f) + "[LID() - lane];");
      }
    }
    // The next folds write to the same place.
    code.line("BARRIER();");
  }

  private void share(Code code, List<FoldCode> folds) {
    for (int f = 0; f < folds.size(); f++) {
      FoldCode fold = folds.get(f);
      locals.add("LOCAL " + fold.element() + " " + value(folds, f));
      code.line(value(folds, f) + "[LID()] = a" + fold.number() + ";");
      if (fold.isArgument()) {
        locals.add("LOCAL idx " + index(f));
        code.line(index(f) + "[LID()] = k" + fold.number() + ";");
      }
    }
  }

  private static String value(List<FoldCode> folds, int f) {
    return "l" + f + CType.suffix(folds.get(f).type());
  }

  private static String index(int f) {
    return "l" + f + "at";
  }

  /// Declares the local memory, at the top of the function.
  void locals(Code code) {
    locals.forEach(local -> code.line(local + "[" + grid.groupSize() + "];"));
  }
}
