package dev.javelin.cpu;

/// The steps that compute a value from others with one of the [Loops].
final class OpSteps {
  private OpSteps() {}

  /// Where an operation's result goes.
  ///
  /// @param value the place of the value
  /// @param bytes the size of an element of its register type
  /// @param register its register
  /// @param direct writes the value to where the operation may write it at once; null where it may
  ///   not
  /// @param guard the place whose mask [Guard] sets where `direct` is not allowed after all; -1
  ///   without such a doubt
  /// @param last whether nothing but that store uses the value
  /// @param tail room for a vector
  record Target(
      int value, int bytes, long register, StoreStep direct, int guard, boolean last, long tail) {
    /// A register.
    static Target register(int value, int bytes, long register, long tail) {
      return new Target(value, bytes, register, null, -1, false, tail);
    }

    boolean isDirect(Frame frame) {
      return direct != null && (guard < 0 || frame.mask[guard] == 0);
    }

    /// Copies the last elements of a block, less than a vector, from the room for them.
    ///
    /// @param out where the block lies
    /// @param whole how many elements come before them
    /// @param n how many elements the block has
    void copyTail(Frame frame, long out, int whole, int n) {
      long at = out + (long) whole * bytes;
      Elements.copyLine(frame.memory + tail, bytes, at, bytes, n - whole, bytes);
    }
  }

  /// Finds out at the beginning whether memory that an operation would write at once is read
  /// afterwards: different buffers of a kernel may be the same memory.
  static final class Guard extends Step {
    private final int guard;
    private final StoreStep store;
    private final LoadSteps.Load[] later;

    Guard(int guard, StoreStep store, LoadSteps.Load[] later) {
      this.guard = guard;
      this.store = store;
      this.later = later;
    }

    @Override
    void run(Frame frame, long position, int n) {
      long first = store.first(frame);
      long end = store.end(frame);
      int shared = 0;
      for (LoadSteps.Load load : later) {
        if (load.first(frame) < end && first < load.end(frame)) {
          shared = 1;
        }
      }
      frame.mask[guard] = shared;
    }
  }

  /// What the kinds of operations share: where results go, and what is the same for a whole block
  /// is computed once.
  abstract static class Op extends Step {
    private final Target target;

    Op(Target target) {
      this.target = target;
    }

    /// -1 if an operand differs from element to element, else 0.
    abstract int mask(Frame frame);

    /// Runs the loop on the elements from `skip` on.
    abstract void loop(Frame frame, int skip, long out, int n);

    @Override
    final void run(Frame frame, long position, int n) {
      int value = target.value;
      if (target.isDirect(frame)) {
        long out = target.direct.direct(frame, position, n);
        int whole = n & -Loops.LANES;
        if (out != 0 && (whole == n || target.last)) {
          frame.at[value] = out;
          frame.mask[value] = -1;
          if (whole > 0) {
            loop(frame, 0, out, whole);
          }
          if (whole < n) {
            tail(frame, whole, out, n);
          }
          return;
        }
      }
      int mask = mask(frame);
      long out = frame.memory + target.register;
      frame.at[value] = out;
      frame.mask[value] = mask;
      loop(frame, 0, out, mask == 0 ? Loops.LANES : n);
    }

    /// The last elements of a block, less than a vector: loops write whole vectors, which here
    /// would be too much.
    private void tail(Frame frame, int whole, long out, int n) {
      loop(frame, whole, frame.memory + target.tail, n - whole);
      target.copyTail(frame, out, whole, n);
    }
  }

  /// An operand.
  ///
  /// @param value the place of the value
  /// @param bytes the size of an element of its register type
  record Operand(int value, int bytes) {
    private long at(Frame frame, int skip) {
      return frame.at[value] + (long) (skip & frame.mask[value]) * bytes;
    }
  }

  /// An operation with one operand.
  static final class Unary extends Op {
    private final Loops.Unary loop;
    private final Operand x;

    Unary(Target target, Loops.Unary loop, Operand x) {
      super(target);
      this.loop = loop;
      this.x = x;
    }

    @Override
    int mask(Frame frame) {
      return frame.mask[x.value];
    }

    @Override
    void loop(Frame frame, int skip, long out, int n) {
      loop.run(x.at(frame, skip), frame.mask[x.value], out, n);
    }
  }

  /// An operation with two operands.
  static final class Binary extends Op {
    private final Loops.Binary loop;
    private final Operand x;
    private final Operand y;

    Binary(Target target, Loops.Binary loop, Operand x, Operand y) {
      super(target);
      this.loop = loop;
      this.x = x;
      this.y = y;
    }

    @Override
    int mask(Frame frame) {
      return frame.mask[x.value] | frame.mask[y.value];
    }

    @Override
    void loop(Frame frame, int skip, long out, int n) {
      loop.run(
          x.at(frame, skip), frame.mask[x.value], y.at(frame, skip), frame.mask[y.value], out, n);
    }
  }

  /// An operation with three operands.
  static final class Ternary extends Op {
    private final Loops.Ternary loop;
    private final Operand x;
    private final Operand y;
    private final Operand z;

    Ternary(Target target, Loops.Ternary loop, Operand x, Operand y, Operand z) {
      super(target);
      this.loop = loop;
      this.x = x;
      this.y = y;
      this.z = z;
    }

    @Override
    int mask(Frame frame) {
      return frame.mask[x.value] | frame.mask[y.value] | frame.mask[z.value];
    }

    @Override
    void loop(Frame frame, int skip, long out, int n) {
      loop.run(
          x.at(frame, skip),
          frame.mask[x.value],
          y.at(frame, skip),
          frame.mask[y.value],
          z.at(frame, skip),
          frame.mask[z.value],
          out,
          n);
    }
  }

  /// An operation with four operands.
  static final class Quaternary extends Op {
    private final Loops.Quaternary loop;
    private final Operand x;
    private final Operand y;
    private final Operand z;
    private final Operand w;

    Quaternary(Target target, Loops.Quaternary loop, Operand x, Operand y, Operand z, Operand w) {
      super(target);
      this.loop = loop;
      this.x = x;
      this.y = y;
      this.z = z;
      this.w = w;
    }

    @Override
    int mask(Frame frame) {
      return frame.mask[x.value] | frame.mask[y.value] | frame.mask[z.value] | frame.mask[w.value];
    }

    @Override
    void loop(Frame frame, int skip, long out, int n) {
      loop.run(
          x.at(frame, skip),
          frame.mask[x.value],
          y.at(frame, skip),
          frame.mask[y.value],
          z.at(frame, skip),
          frame.mask[z.value],
          w.at(frame, skip),
          frame.mask[w.value],
          out,
          n);
    }
  }
}
