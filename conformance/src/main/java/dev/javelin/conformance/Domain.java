package dev.javelin.conformance;

import java.util.SplittableRandom;

/// Which numbers an input holds. Integer inputs take the numbers rounded, unsigned ones their absolute values.
@FunctionalInterface
public interface Domain {
  /// Any numbers of moderate size.
  Domain REAL = between(-3, 3);

  /// Numbers above 0, far enough to divide by.
  Domain POSITIVE = between(0.5, 3.5);

  /// Numbers far enough from 0 to divide by, of both signs.
  Domain NONZERO =
      (random, n) -> {
        double[] values = between(0.6, 3.4).draw(random, n);
        for (int i = 0; i < n; i++) {
          values[i] *= random.nextBoolean() ? 1 : -1;
        }
        return values;
      };

  /// Numbers at least 0.1 away from every multiple of 0.5: where functions with steps and corners are smooth.
  Domain SMOOTH =
      (random, n) -> {
        double[] values = new double[n];
        for (int i = 0; i < n; i++) {
          values[i] = random.nextInt(-5, 6) * 0.5 + random.nextDouble(0.1, 0.4);
        }
        return values;
      };

  /// Numbers no two of which are closer than 0.3, in random order.
  Domain DISTINCT =
      (random, n) -> {
        double[] values = new double[n];
        for (int i = 0; i < n; i++) {
          int other = random.nextInt(i + 1);
          values[i] = values[other];
          values[other] = (i - n / 2) * 0.5 + random.nextDouble(0, 0.2);
        }
        return values;
      };

  /// Truth values.
  Domain BOOLS = (random, n) -> random.ints(n, 0, 2).asDoubleStream().toArray();

  /// Draws numbers.
  ///
  /// @param random the source of randomness
  /// @param n how many
  /// @return the numbers
  double[] draw(SplittableRandom random, int n);

  /// Uniform numbers.
  ///
  /// @param low the smallest
  /// @param high above the largest
  /// @return the domain
  static Domain between(double low, double high) {
    return (random, n) -> random.doubles(n, low, high).toArray();
  }

  /// Indices.
  ///
  /// @param n how many there are
  /// @return the domain
  static Domain index(int n) {
    return (random, count) -> random.ints(count, 0, n).asDoubleStream().toArray();
  }

  /// The same numbers every time, from the first again when more are wanted.
  ///
  /// @param values the numbers
  /// @return the domain
  static Domain fixed(double... values) {
    return (random, n) -> {
      double[] result = new double[n];
      for (int i = 0; i < n; i++) {
        result[i] = values[i % values.length];
      }
      return result;
    };
  }
}
