package dev.javelin.engine;

import java.util.function.Supplier;

/// The state of random numbers: a seed, and how many Philox blocks have been used. One for all threads and devices, so that the same
/// seed gives the same numbers everywhere; but a thread may have one of its own for a while.
public final class Generator {
  private static final long DEFAULT_SEED = 67280421310721L;
  private static final Generator SHARED = new Generator(new Position(DEFAULT_SEED, 0));

  private long seed;
  private long used;

  private Generator(Position start) {
    seed = start.seed();
    used = start.counter();
  }

  /// Where a draw begins.
  ///
  /// @param seed the seed
  /// @param counter the first counter
  public record Position(long seed, long counter) {}

  private static Generator current() {
    Generator own = ThreadContext.get().generator;
    return own != null ? own : SHARED;
  }

  /// Runs something with random numbers of its own.
  ///
  /// @param <T> the type of the result
  /// @param start says where they begin; asked anew at each replay of a compiled function
  /// @param body what to run
  /// @return its result
  public static <T> T fork(Supplier<Position> start, Supplier<T> body) {
    Generator[] before = new Generator[1];
    Recording.effect(
        () -> {
          ThreadContext context = ThreadContext.get();
          before[0] = context.generator;
          context.generator = new Generator(start.get());
        });
    try {
      return body.get();
    } finally {
      Recording.effect(() -> ThreadContext.get().generator = before[0]);
    }
  }

  /// Starts over.
  ///
  /// @param newSeed the seed
  public static void manualSeed(long newSeed) {
    Recording.effect(() -> restore(new Position(newSeed, 0)));
  }

  /// The present seed.
  ///
  /// @return the seed
  public static long initialSeed() {
    return state().seed();
  }

  /// Reserves the blocks of a draw.
  ///
  /// @param elements how many numbers will be drawn
  /// @return where they begin
  public static Position next(long elements) {
    Generator generator = current();
    synchronized (generator) {
      long counter = generator.used;
      // Two numbers a block is what float64 takes; the same for all types keeps positions
      // independent of the type.
      generator.used += (elements + 1) / 2;
      return new Position(generator.seed, counter);
    }
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
  public static Position state() {
    Generator generator = current();
    synchronized (generator) {
      return new Position(generator.seed, generator.used);
    }
  }

  /// Goes back to a position.
  ///
  /// @param position where to go on
  public static void restore(Position position) {
    Generator generator = current();
    synchronized (generator) {
      generator.seed = position.seed();
      generator.used = position.counter();
    }
  }
}
