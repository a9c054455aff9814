package dev.javelin.cpu;

/// Hands out the local variables of a [Loop] that is written.
final class Locals {
  private int free = VectorCode.FIRST_FREE;

  /// A local variable.
  ///
  /// @param slots 2 for a long, else 1
  int take(int slots) {
    int local = free;
    free += slots;
    return local;
  }

  /// Some local variables.
  int[] take(int count, int slots) {
    int[] locals = new int[count];
    for (int i = 0; i < count; i++) {
      locals[i] = take(slots);
    }
    return locals;
  }

  /// The first that is free.
  int free() {
    return free;
  }
}
