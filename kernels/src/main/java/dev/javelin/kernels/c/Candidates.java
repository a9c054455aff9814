package dev.javelin.kernels.c;

import java.util.List;

/// Ways to compute a kernel that give the same bits and differ in speed.
///
/// @param shapes what decides which is fastest: the kind of kernel and its sizes, roughly
/// @param programs the ways, the one of [CSource#of] first
public record Candidates(String shapes, List<CProgram> programs) {
  /// A kernel that is written in one way only.
  ///
  /// @param program the way
  /// @return the candidate
  public static Candidates only(CProgram program) {
    return new Candidates("", List.of(program));
  }
}
