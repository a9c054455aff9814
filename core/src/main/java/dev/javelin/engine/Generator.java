package dev.javelin.engine;

/// The state of the random numbers: a seed, and how many Philox blocks have been used. One for all devices, so that the same seed
/// gives the same numbers everywhere.
public final class Generator {
  private static final long DEFAULT_SEED = 67280421310721L;

  private static long seed = DEFAULT_SEED;
  private static long used;

  private Generator() {}

  /// Where a draw begins.
  ///
  /// @param seed the seed
  /// @param counter the first counter
  public record Position(long seed, long counter) {}

  /// Starts over.
  ///
  /// @param newSeed the seed
  public static synchronized void manualSeed(long newSeed) {
    seed = newSeed;
    used = 0;
  }

  /// The present seed.
  ///
  /// @return the seed
  public static synchronized long initialSeed() {
    return seed;
  }

  /// Reserves the blocks of a draw.
  ///
  /// @param elements how many numbers will be drawn
  /// @return where they begin
  public static synchronized Position next(long elements) {
    long counter = used;
    // Two numbers a block is what float64 takes; the same for all types keeps positions independent
    // of the type.
    used += (elements + 1) / 2;
    return new Position(seed, counter);
  }

  /// Reserves the blocks of a draw; a compiled function does so anew at each replay.
  ///
  /// @param elements how many numbers will be drawn
  /// @return seed and counter of where they begin, as the two operands of a draw
  public static Value[] draw(long elements) {
    Position[] position = new Position[1];
    Recording.effect(() -> position[0] = next(elements));
    return new Value[] {
      Recording.dynamic(() -> Engine.number(position[0].seed())),
      Recording.dynamic(() -> Engine.number(position[0].counter()))
    };
  }

  /// The present position.
  ///
  /// @return seed and counter
  public static synchronized Position state() {
    return new Position(seed, used);
  }

  /// Goes back to a position.
  ///
  /// @param position where to go on
  public static synchronized void restore(Position position) {
    seed = position.seed();
    used = position.counter();
  }
}
