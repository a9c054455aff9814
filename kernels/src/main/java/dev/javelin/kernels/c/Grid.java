package dev.javelin.kernels.c;

/// How work is spread over a device.
///
/// On a GPU neighbouring work-items take neighbouring tasks, and the grid takes strides until all is done. A processor's work-items stand
/// alone: each takes a run of tasks, in an order that caches like and compilers vectorise.
record Grid(Target target) {
  /// The size of a work-group: small enough for any GPU, and the same everywhere, since compilers specialise on it.
  int groupSize() {
    return target.cpu() ? 1 : 256;
  }

  /// How many groups to launch.
  ///
  /// @param tasks how many tasks there are, one for each work-item at a time
  int groups(long tasks) {
    return groups(tasks, groupSize());
  }

  /// How many groups to launch.
  ///
  /// @param tasks how many tasks there are
  /// @param perGroup how many of them a group takes at a time
  int groups(long tasks, int perGroup) {
    // More than run at once, so that uneven work evens out.
    int most = target.units() * (target.cpu() ? 4 : 32);
    return Math.clamp(Math.ceilDiv(tasks, perGroup), 1, Math.min(most, 1 << 16));
  }

  /// Opens the loop over a work-item's tasks, as group `group` of `groups`.
  ///
  /// @param code what to add to
  /// @param task the name of a task's number
  /// @param count the name of the number of tasks
  void forEach(Code code, String task, String count) {
    if (target.cpu()) {
      code.line("idx share = (" + count + " + groups - 1) / groups;");
      code.line("idx first = (idx)group * share;");
      code.line("idx last = first + share < " + count + " ? first + share : " + count + ";");
      code.open("for (idx " + task + " = first; " + task + " < last; " + task + "++)");
    } else {
      String first = "(idx)group * " + groupSize() + " + LID()";
      String step = "(idx)groups * " + groupSize();
      code.open(
          "for (idx "
              + task
              + " = "
              + first
              + "; "
              + task
              + " < "
              + count
              + "; "
              + task
              + " += "
              + step
              + ")");
    }
  }
}
