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
  static CProgram program(String name, List<Piece> pieces, boolean wide, Grid grid) {
    Map<String, List<Piece>> alike = new LinkedHashMap<>();
    for (Piece piece : pieces) {
      alike.computeIfAbsent(piece.text(), _ -> new ArrayList<>()).add(piece);
    }
    StringBuilder text = new StringBuilder(Signature.header(wide));
    List<Launch> launches = new ArrayList<>();
    int functions = 0;
    for (List<Piece> group : alike.values()) {
      String function = functions == 0 ? name : name + functions;
      new PieceGroup(function, group, grid).write(text, launches);
      functions++;
    }
    return new CProgram(text.toString(), launches, 0);
  }

  /// Equal for pieces that differ only in what is bound to the parameters.
  private String text() {
    return Signature.declarations(signature.slots()) + "\n" + loop;
  }
}
