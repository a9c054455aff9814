package dev.javelin.kernels.c;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A loop over independent tasks, and the parameters it takes. The tasks of equal pieces run in one launch: a range of its groups for each
/// piece, as an optimiser does that updates all parameters of a model.
///
/// The loop runs as group `group` of `groups`.
///
/// @param signature the parameters
/// @param loop the loop
/// @param tasks how many tasks it has
record Piece(Signature signature, Code loop, long tasks) {
  /// Writes a program of pieces.
  ///
  /// @param name what to call the functions
  /// @param steps pieces that may run side by side, step by step
  /// @param scratch how many bytes they need besides the kernel's buffers
  static CProgram program(
      String name, List<List<Piece>> steps, boolean wide, Grid grid, long scratch) {
    StringBuilder text = new StringBuilder(Signature.header(wide));
    List<Launch> launches = new ArrayList<>();
    int functions = 0;
    for (List<Piece> step : steps) {
      Map<String, List<Piece>> alike = new LinkedHashMap<>();
      for (Piece piece : step) {
        alike.computeIfAbsent(piece.text(), _ -> new ArrayList<>()).add(piece);
      }
      for (List<Piece> group : alike.values()) {
        String function = functions == 0 ? name : name + functions;
        new PieceGroup(function, group, grid).write(text, launches);
        functions++;
      }
    }
    return new CProgram(text.toString(), launches, scratch);
  }

  /// Whether the arguments take more than every device accepts.
  boolean bindsTooMuch() {
    return signature.bytes() > Signature.MAX_BYTES;
  }

  /// Equal for pieces that differ only in what is bound to the parameters.
  private String text() {
    return Signature.declarations(signature.slots()) + "\n" + loop;
  }
}
