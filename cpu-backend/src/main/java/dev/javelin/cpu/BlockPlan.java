package dev.javelin.cpu;

import java.lang.foreign.MemorySegment;

/// A [dev.javelin.kernels.Program] made ready to run block by block over a linear iteration space.
/// Made by [BlockCompiler].
///
/// Use: [#begin] once per launch and thread, then [#run] for any blocks. What does not change from
/// block to block is computed at the beginning. Immutable: all state is in the [Frame].
final class BlockPlan {
  /// A value that repeats along the space.
  ///
  /// @param value its place
  /// @param register where it lies, one period and a block long
  /// @param bytes the size of an element
  record Periodic(int value, long register, int bytes) {}

  /// How many elements a block may have.
  final int block;

  /// No block should cross a multiple of this, for speed; 0 where it does not matter.
  final long boundary;

  /// Roughly how long an element takes, in units of an addition of floats.
  final double cost;

  /// Whether nothing is computed: the values are what is loaded.
  final boolean plain;

  private final Step[] prologue;
  private final Step[][] phases;
  private final Periodic[] periodic;
  private final long period;
  private final int[] places;

  /// Holds the constants; its memory lives as long as this plan.
  @SuppressWarnings("UnusedVariable") // held, not read: the steps know its addresses
  private final MemorySegment constants;

  BlockPlan(
      int block,
      long boundary,
      double cost,
      boolean plain,
      Step[] prologue,
      Step[][] phases,
      Periodic[] periodic,
      long period,
      int[] places,
      MemorySegment constants) {
    this.block = block;
    this.boundary = boundary;
    this.cost = cost;
    this.plain = plain;
    this.prologue = prologue;
    this.phases = phases;
    this.periodic = periodic;
    this.period = period;
    this.places = places;
    this.constants = constants;
  }

  /// Where to find a value of the program: its place in [Frame#at] and [Frame#mask].
  int place(int value) {
    return places[value];
  }

  /// After how many positions the values that repeat do.
  long period() {
    return period;
  }

  /// How many phases the program has: the folds of one are used in the next.
  int phases() {
    return phases.length;
  }

  /// Computes what does not change from block to block.
  void begin(Frame frame) {
    for (Step step : prologue) {
      step.run(frame, 0, Loops.LANES);
    }
  }

  /// Runs one phase of one block.
  ///
  /// @param position the first position
  /// @param n how many positions, above 0
  void run(Frame frame, int phase, long position, int n) {
    if (phase == 0 && periodic.length > 0) {
      long within = position % period;
      for (Periodic value : periodic) {
        frame.at[value.value] = frame.memory + value.register + within * value.bytes;
      }
    }
    for (Step step : phases[phase]) {
      step.run(frame, position, n);
    }
  }

  /// How many elements the block at a position may have.
  ///
  /// @param end where the work ends
  int length(long position, long end) {
    long n = Math.min(block, end - position);
    return (int) (boundary == 0 ? n : Math.min(n, boundary - position % boundary));
  }

  /// Runs a program of one phase over a stretch of the space.
  void runAll(Frame frame, long from, long end) {
    for (long position = from; position < end; ) {
      int n = length(position, end);
      run(frame, 0, position, n);
      position += n;
    }
  }
}
