package dev.javelin.kernels;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/// The part of the [Interpreter] that does attention: a row of weights at a time.
final class AttentionInterpreter {
  private final MemorySegment[] buffers;

  AttentionInterpreter(MemorySegment[] buffers) {
    this.buffers = buffers;
  }

  void forward(Kernel.Attention kernel) {
    List<DType> types = kernel.buffers();
    Shape rows = kernel.lse().view().shape();
    int keys = size(kernel.k(), -2);
    int width = size(kernel.v(), -1);
    long[] at = new long[rows.rank()];
    for (long row = 0; row < rows.numel(); row++, Interpreter.next(at, rows)) {
      int seen = seen(kernel.causal(), at, keys);
      double[] weights = new double[seen];
      double largest = Double.NEGATIVE_INFINITY;
      for (int j = 0; j < seen; j++) {
        weights[j] = kernel.scale() * dot(types, kernel.q(), kernel.k(), at, j);
        largest = Math.max(largest, weights[j]);
      }
      double base = largest == Double.NEGATIVE_INFINITY ? 0 : largest;
      double sum = 0;
      for (int j = 0; j < seen; j++) {
        weights[j] = Math.exp(weights[j] - base);
        sum += weights[j];
      }
      for (int d = 0; d < width; d++) {
        double y = 0;
        for (int j = 0; j < seen; j++) {
          y += weights[j] * get(types, kernel.v(), with(at, j, d));
        }
        set(types, kernel.y(), with(at, at[at.length - 1], d), sum == 0 ? 0 : y / sum);
      }
      set(types, kernel.lse(), at, sum == 0 ? Double.POSITIVE_INFINITY : base + Math.log(sum));
    }
  }

  void backward(Kernel.AttentionBackward kernel) {
    List<DType> types = kernel.buffers();
    Shape batch = kernel.lse().view().shape().drop(kernel.lse().view().shape().rank() - 1);
    long[] at = new long[batch.rank()];
    for (long b = 0; b < batch.numel(); b++, Interpreter.next(at, batch)) {
      backward(kernel, types, Arrays.copyOf(at, at.length + 1));
    }
  }

  /// One matrix of weights; `at` is the batch and a query.
  private void backward(Kernel.AttentionBackward kernel, List<DType> types, long[] at) {
    int queries = size(kernel.q(), -2);
    int keys = size(kernel.k(), -2);
    int size = size(kernel.q(), -1);
    int width = size(kernel.v(), -1);
    double[][] dk = new double[keys][size];
    double[][] dv = new double[keys][width];
    for (int i = 0; i < queries; i++) {
      at[at.length - 1] = i;
      double[] dq = new double[size];
      for (int j = 0; j < seen(kernel.causal(), at, keys); j++) {
        double score = kernel.scale() * dot(types, kernel.q(), kernel.k(), at, j);
        double p = Math.exp(score - get(types, kernel.lse(), at));
        double slope = dot(types, kernel.g(), kernel.v(), at, j) - get(types, kernel.delta(), at);
        double ds = kernel.scale() * p * slope;
        for (int d = 0; d < size; d++) {
          dq[d] += ds * get(types, kernel.k(), with(at, j, d));
          dk[j][d] += ds * get(types, kernel.q(), with(at, i, d));
        }
        for (int d = 0; d < width; d++) {
          dv[j][d] += p * get(types, kernel.g(), with(at, i, d));
        }
      }
      put(types, kernel.dq(), at, i, dq);
    }
    for (int j = 0; j < keys; j++) {
      put(types, kernel.dk(), at, j, dk[j]);
      put(types, kernel.dv(), at, j, dv[j]);
    }
  }

  private static int size(Kernel.Operand operand, int axis) {
    return Math.toIntExact(operand.view().shape().size(axis));
  }

  /// How many keys a query sees.
  private static int seen(boolean causal, long[] at, int keys) {
    return causal ? (int) Math.min(keys, at[at.length - 1] + 1) : keys;
  }

  /// The product of the row of the query at `at` with row j of `right`.
  private double dot(
      List<DType> types, Kernel.Operand left, Kernel.Operand right, long[] at, int j) {
    double sum = 0;
    for (int d = 0; d < size(left, -1); d++) {
      sum += get(types, left, with(at, at[at.length - 1], d)) * get(types, right, with(at, j, d));
    }
    return sum;
  }

  /// The batch of `at` at another row and column.
  private static long[] with(long[] at, long row, long column) {
    long[] result = Arrays.copyOf(at, at.length + 1);
    result[at.length - 1] = row;
    result[at.length] = column;
    return result;
  }

  private double get(List<DType> types, Kernel.Operand from, long[] at) {
    return Numbers.getDouble(types.get(from.buffer()), buffers[from.buffer()], from.view().at(at));
  }

  private void set(List<DType> types, Kernel.Operand to, long[] at, double value) {
    Numbers.setDouble(types.get(to.buffer()), buffers[to.buffer()], to.view().at(at), value);
  }

  private void put(List<DType> types, Kernel.Operand to, long[] at, int row, double[] values) {
    for (int d = 0; d < values.length; d++) {
      set(types, to, with(at, row, d), values[d]);
    }
  }
}
