package dev.javelin.kernels;

import java.util.ArrayList;
import java.util.List;

/// Straight-line scalar code: each instruction gives one value, used by the ones after it. Made by [ProgramBuilder].
///
/// @param code the instructions; operands refer to earlier positions
public record Program(List<Instr> code) {
  /// The program that only passes on a contraction's result.
  ///
  /// @param type its register type
  /// @return the program, whose value 0 is the result
  public static Program result(DType type) {
    return new Program(List.of(new Instr.Result(0, type)));
  }

  /// Whether this program passes on result 0 and does nothing else.
  ///
  /// @return true if so
  public boolean isPlainResult() {
    return code.size() == 1 && code.getFirst() instanceof Instr.Result;
  }

  /// This program with another instruction in the place of each result.
  ///
  /// @param value gives the value that the result had, in its type
  /// @return the program
  public Program withResult(Instr value) {
    List<Instr> changed = new ArrayList<>(code);
    changed.replaceAll(instr -> instr instanceof Instr.Result ? value : instr);
    return new Program(List.copyOf(changed));
  }
}
