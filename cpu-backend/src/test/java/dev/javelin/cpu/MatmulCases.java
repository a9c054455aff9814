package dev.javelin.cpu;

import static org.junit.jupiter.api.Assertions.fail;

import dev.javelin.cpu.MatmulSpec.Bias;
import dev.javelin.kernels.DType;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// Products to test with, and the check of a product against sums in double precision.
final class MatmulCases {
  static final long[] ODD = {0, 1, 3, 7, 8, 13, 31, 33, 100};

  private static final List<Bias> BIASES = List.of(Bias.NONE, Bias.PER_COLUMN, Bias.PER_ROW);

  private MatmulCases() {}

  /// Where the elements of an operand lie.
  enum Order {
    ROWS,
    COLUMNS,
    /// Rows with a gap behind each.
    PADDED_ROWS,
    /// Columns with a gap behind each.
    PADDED_COLUMNS,
    /// Neither rows nor columns are adjacent.
    EVERY_OTHER;

    long row(long rows, long columns) {
      return switch (this) {
        case ROWS -> columns;
        case COLUMNS, PADDED_COLUMNS -> 1;
        case PADDED_ROWS -> columns + 5;
        case EVERY_OTHER -> 2 * columns + 1;
      };
    }

    long column(long rows, long columns) {
      return switch (this) {
        case ROWS, PADDED_ROWS -> 1;
        case COLUMNS -> rows;
        case PADDED_COLUMNS -> rows + 3;
        case EVERY_OTHER -> 2;
      };
    }
  }

  /// A spec with operands in the given orders; the matrices of a batch follow each other with a gap.
  static MatmulSpec spec(
      long batch, long m, long n, long k, Order a, Order b, Bias bias, Activation activation) {
    long aRow = a.row(m, k);
    long aCol = a.column(m, k);
    long bRow = b.row(k, n);
    long bCol = b.column(k, n);
    return new MatmulSpec(
        batch,
        m,
        n,
        k,
        Math.max(aRow * m, aCol * k) + 2,
        aRow,
        aCol,
        Math.max(bRow * k, bCol * n),
        bRow,
        bCol,
        (n + 1) * m + 7,
        n + 1,
        bias,
        activation);
  }

  /// All odd sizes (not all combinations), orders, biases and activations.
  static List<MatmulSpec> all() {
    List<MatmulSpec> specs = new ArrayList<>();
    int i = 0;
    for (Order a : Order.values()) {
      for (Order b : Order.values()) {
        for (long m : ODD) {
          for (long n : ODD) {
            // Each pair meets another k, bias and batch.
            long k = ODD[i++ % ODD.length];
            Bias bias = BIASES.get(i / 2 % 3);
            Activation activation = i / 5 % 2 == 0 ? Activation.NONE : Activation.RELU;
            specs.add(spec(i % 7 == 0 ? 3 : 1, m, n, k, a, b, bias, activation));
          }
        }
      }
    }
    return specs;
  }

  /// Runs a product and compares each element of c, and that nothing beside c is written.
  static void check(MatmulSpec s, DType type, Matmul matmul) {
    try (var arena = Arena.ofConfined()) {
      var random = new SplittableRandom(42);
      long aSize = extent(s.batch(), s.aBatch(), s.m(), s.aRow(), s.k(), s.aCol());
      long bSize = extent(s.batch(), s.bBatch(), s.k(), s.bRow(), s.n(), s.bCol());
      long biasSize = Math.max(s.m(), s.n());
      long cSize = extent(s.batch(), s.cBatch(), s.m(), s.cRow(), s.n(), 1);
      long a = values(arena, random, type, aSize);
      long b = values(arena, random, type, bSize);
      long bias = values(arena, random, type, biasSize);
      long c = values(arena, random, type, cSize);
      double[] x = copy(type, a, aSize);
      double[] y = copy(type, b, bSize);
      double[] added = copy(type, bias, biasSize);
      double[] expected = copy(type, c, cSize);
      double[] tolerance = new double[(int) cSize];
      double epsilon = type == DType.FLOAT32 ? 0x1p-24 : type == DType.FLOAT64 ? 0x1p-53 : 0;
      for (long p = 0; p < s.batch(); p++) {
        for (int i = 0; i < s.m(); i++) {
          for (int j = 0; j < s.n(); j++) {
            double sum =
                switch (s.bias()) {
                  case NONE -> 0;
                  case PER_COLUMN -> added[j];
                  case PER_ROW -> added[i];
                };
            double magnitude = 1;
            int left = (int) (p * s.aBatch() + i * s.aRow());
            int right = (int) (p * s.bBatch() + j * s.bCol());
            for (int q = 0; q < s.k(); q++) {
              double product = x[left + q * (int) s.aCol()] * y[right + q * (int) s.bRow()];
              sum += product;
              magnitude += Math.abs(product);
            }
            int at = (int) (p * s.cBatch() + i * s.cRow() + j);
            expected[at] = s.activation() == Activation.RELU ? Math.max(sum, 0) : sum;
            tolerance[at] = (4 + s.k() / 8.0) * epsilon * magnitude;
          }
        }
      }
      matmul.run(a, b, bias, c);
      // What lies beside c must be what it was before.
      compare(expected, copy(type, c, cSize), tolerance, s);
    }
  }

  /// Compares numbers one by one.
  static void compare(double[] expected, double[] actual, double[] tolerance, Object what) {
    for (int i = 0; i < expected.length; i++) {
      if (!(Math.abs(expected[i] - actual[i]) <= tolerance[i])) {
        fail("element " + i + ": expected " + expected[i] + " but was " + actual[i] + ": " + what);
      }
    }
  }

  /// Numbers as they are in native memory.
  static double[] copy(DType type, long address, long count) {
    double[] copy = new double[(int) count];
    for (int i = 0; i < count; i++) {
      copy[i] = get(type, address + (long) type.bytes() * i);
    }
    return copy;
  }

  static long extent(long batch, long batchStride, long rows, long row, long columns, long column) {
    if (batch == 0 || rows == 0 || columns == 0) {
      return 1;
    }
    return (batch - 1) * batchStride + (rows - 1) * row + (columns - 1) * column + 1;
  }

  /// An array of numbers around 0.
  static long values(Arena arena, SplittableRandom random, DType type, long count) {
    long address = arena.allocate(type.bytes() * count + 64, 64).address();
    for (long i = 0; i < count; i++) {
      long at = address + type.bytes() * i;
      switch (type) {
        case FLOAT32 -> Memory.putFloat(at, (float) (random.nextDouble() - 0.5));
        case FLOAT64 -> Memory.putDouble(at, random.nextDouble() - 0.5);
        case INT32 -> Memory.putInt(at, random.nextInt(-1000, 1000));
        case INT64 -> Memory.putLong(at, random.nextInt(-1000, 1000));
        default -> throw new AssertionError(type);
      }
    }
    return address;
  }

  static double get(DType type, long address) {
    return switch (type) {
      case FLOAT32 -> Memory.getFloat(address);
      case FLOAT64 -> Memory.getDouble(address);
      case INT32 -> Memory.getInt(address);
      case INT64 -> Memory.getLong(address);
      default -> throw new AssertionError(type);
    };
  }
}
