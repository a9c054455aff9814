package dev.javelin.data;

import java.util.random.RandomGenerator;

/// A small random generator (SplitMix64) whose numbers are the same on every machine and in every
/// release, which [java.util.SplittableRandom] does not promise. Only exact operations follow, so
/// that what is drawn with it is the same, too.
final class SplitMix implements RandomGenerator {
  private static final long GOLDEN = 0x9e3779b97f4a7c15L;

  private long state;

  /// A generator.
  ///
  /// @param seed where to begin
  SplitMix(long seed) {
    this.state = seed;
  }

  /// A generator for one of many independent streams.
  ///
  /// @param seed the seed of them all
  /// @param stream which of them
  /// @return its generator
  static SplitMix stream(long seed, long stream) {
    return new SplitMix(mix(mix(seed + GOLDEN) ^ (stream * GOLDEN)));
  }

  @Override
  public long nextLong() {
    state += GOLDEN;
    return mix(state);
  }

  /// A number from 0 up to but not including 1, evenly spread.
  @Override
  public double nextDouble() {
    return (nextLong() >>> 11) * 0x1p-53;
  }

  /// A whole number from 0 up to but not including a bound.
  @Override
  public int nextInt(int bound) {
    // The bias is bound / 2^32 at most: of no matter for pictures.
    return (int) (((nextLong() >>> 32) * bound) >>> 32);
  }

  /// A number from one up to another, evenly spread.
  double between(double low, double high) {
    return low + (high - low) * nextDouble();
  }

  /// A number around zero, most of them near it: the sum of three evenly spread ones.
  double around(double scale) {
    return (between(-1, 1) + between(-1, 1) + between(-1, 1)) * scale / 3;
  }

  boolean chance(double probability) {
    return between(0, 1) < probability;
  }

  private static long mix(long bits) {
    bits = (bits ^ (bits >>> 30)) * 0xbf58476d1ce4e5b9L;
    bits = (bits ^ (bits >>> 27)) * 0x94d049bb133111ebL;
    return bits ^ (bits >>> 31);
  }
}
