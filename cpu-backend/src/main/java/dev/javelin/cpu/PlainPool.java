package dev.javelin.cpu;

import dev.javelin.cpu.PoolExecutor.Bound;

/// Pooling one element at a time: any dtype, any layout, any window.
///
/// Sums of float32 are rounded to float32 after every step, as the loops on vectors do: both give
/// the same bits.
final class PlainPool {
  private PlainPool() {}

  /// Computes rows of all channels.
  static void run(Bound bound, long first, long end) {
    PoolPlan plan = bound.plan();
    int height = plan.isBackward() ? plan.h() : plan.oh();
    for (long row = first; row < end; row++) {
      long n = row / height;
      int h = (int) (row % height);
      for (int c = 0; c < plan.c(); c++) {
        long x = bound.x() + n * plan.x(0) + c * plan.x(1);
        long y = bound.y() + n * plan.y(0) + c * plan.y(1);
        long index = bound.index() + n * plan.index(0) + c * plan.index(1);
        switch (plan.op()) {
          case MAX -> max(plan, x, y + h * plan.y(2), index + h * plan.index(2), plan.rows()[h]);
          case AVERAGE -> average(plan, x, y + h * plan.y(2), plan.rows()[h]);
          case MAX_BACKWARD -> maxBackward(plan, x + h * plan.x(2), y, index, h);
          case AVERAGE_BACKWARD -> averageBackward(plan, x + h * plan.x(2), y, plan.rows()[h]);
        }
      }
    }
  }

  private static void max(PoolPlan plan, long x, long y, long index, int[] rows) {
    int width = plan.w();
    for (int ow = 0; ow < plan.ow(); ow++) {
      double best = Double.NEGATIVE_INFINITY;
      int where = -1;
      for (int h : rows) {
        for (int w : plan.columns()[ow]) {
          double value = Elements.getDouble(plan.type(), x + h * plan.x(2) + w * plan.x(3));
          // A NaN wins over numbers and is not replaced; of equals the first stays.
          if (where < 0 || (!Double.isNaN(best) && !(value <= best))) {
            best = value;
            where = h * width + w;
          }
        }
      }
      Elements.putDouble(plan.type(), y + ow * plan.y(3), best);
      Memory.putInt(index + ow * plan.index(3), where);
    }
  }

  private static void average(PoolPlan plan, long x, long y, int[] rows) {
    for (int ow = 0; ow < plan.ow(); ow++) {
      double sum = 0;
      for (int h : rows) {
        for (int w : plan.columns()[ow]) {
          sum =
              plan.round(sum + Elements.getDouble(plan.type(), x + h * plan.x(2) + w * plan.x(3)));
        }
      }
      Elements.putDouble(plan.type(), y + ow * plan.y(3), sum / plan.area());
    }
  }

  private static void maxBackward(PoolPlan plan, long x, long y, long index, int h) {
    int[] rows = plan.rows()[h];
    for (int w = 0; w < plan.w(); w++) {
      int here = h * plan.w() + w;
      double sum = 0;
      for (int oh : rows) {
        for (int ow : plan.columns()[w]) {
          if (Memory.getInt(index + oh * plan.index(2) + ow * plan.index(3)) == here) {
            double value = Elements.getDouble(plan.type(), y + oh * plan.y(2) + ow * plan.y(3));
            sum = plan.round(sum + value);
          }
        }
      }
      Elements.putDouble(plan.type(), x + w * plan.x(3), sum);
    }
  }

  private static void averageBackward(PoolPlan plan, long x, long y, int[] rows) {
    for (int w = 0; w < plan.w(); w++) {
      double sum = 0;
      for (int oh : rows) {
        for (int ow : plan.columns()[w]) {
          double value = Elements.getDouble(plan.type(), y + oh * plan.y(2) + ow * plan.y(3));
          sum = plan.round(sum + value);
        }
      }
      Elements.putDouble(plan.type(), x + w * plan.x(3), sum / plan.area());
    }
  }
}
