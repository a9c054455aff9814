package dev.javelin.cpu;

import dev.javelin.cpu.PoolExecutor.Bound;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// Pooling of float32 whose channels lie side by side, some channels at a time. Loaded only where
/// the Vector API is there.
///
/// Each loop nest is one method, and has one loop over the channels, masked from beginning to end:
/// with another for whole vectors there are more operations than the JIT compiler is ready to
/// inline, and what it does not inline is slow.
final class VectorPool {
  private static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Integer> I = VectorSpecies.of(int.class, F.vectorShape());
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final int LANES = F.length();

  private VectorPool() {}

  /// The largest of each window and its place. No window lies in the padding altogether.
  static void max(Bound bound, long first, long end) {
    PoolPlan plan = bound.plan();
    long down = plan.x(2);
    long right = plan.x(3);
    for (long row = first; row < end; row++) {
      long n = row / plan.oh();
      int oh = (int) (row % plan.oh());
      long x = bound.x() + n * plan.x(0);
      long y = bound.y() + n * plan.y(0) + oh * plan.y(2);
      long index = bound.index() + n * plan.index(0) + oh * plan.index(2);
      int[] rows = plan.rows()[oh];
      for (int ow = 0; ow < plan.ow(); ow++) {
        int[] columns = plan.columns()[ow];
        for (int c = 0; c < plan.c(); c += LANES) {
          VectorMask<Float> mask = F.indexInRange(c, plan.c());
          FloatVector best = load(x + rows[0] * down + columns[0] * right + 4L * c, mask);
          IntVector where = IntVector.broadcast(I, rows[0] * plan.w() + columns[0]);
          for (int h : rows) {
            for (int w : columns) {
              FloatVector value = load(x + h * down + w * right + 4L * c, mask);
              VectorMask<Float> better = better(value, best);
              best = best.blend(value, better);
              where = where.blend(h * plan.w() + w, better.cast(I));
            }
          }
          best.intoMemorySegment(Memory.ALL, y + 4L * c, ORDER, mask);
          where.intoMemorySegment(Memory.ALL, index + 4L * c, ORDER, mask.cast(I));
        }
        y += plan.y(3);
        index += plan.index(3);
      }
    }
  }

  /// Where a value replaces the best so far: it is larger or NaN, and the best is not NaN.
  private static VectorMask<Float> better(FloatVector value, FloatVector best) {
    return value.compare(VectorOperators.LE, best).or(best.test(VectorOperators.IS_NAN)).not();
  }

  /// [#max] for windows of 2 by 2, side by side.
  static void maxOfPairs(Bound bound, long first, long end) {
    PoolPlan plan = bound.plan();
    long down = plan.x(2);
    long right = plan.x(3);
    int width = plan.w();
    for (long row = first; row < end; row++) {
      long n = row / plan.oh();
      long oh = row % plan.oh();
      long x = bound.x() + n * plan.x(0) + 2 * oh * down;
      long y = bound.y() + n * plan.y(0) + oh * plan.y(2);
      long index = bound.index() + n * plan.index(0) + oh * plan.index(2);
      int place = (int) (2 * oh * width);
      for (int ow = 0; ow < plan.ow(); ow++) {
        for (int c = 0; c < plan.c(); c += LANES) {
          VectorMask<Float> mask = F.indexInRange(c, plan.c());
          long at = x + 4L * c;
          FloatVector best = load(at, mask);
          FloatVector value = load(at + right, mask);
          VectorMask<Float> better = better(value, best);
          IntVector where = IntVector.broadcast(I, place).blend(place + 1, better.cast(I));
          best = best.blend(value, better);
          value = load(at + down, mask);
          better = better(value, best);
          where = where.blend(place + width, better.cast(I));
          best = best.blend(value, better);
          value = load(at + down + right, mask);
          better = better(value, best);
          where = where.blend(place + width + 1, better.cast(I));
          best.blend(value, better).intoMemorySegment(Memory.ALL, y + 4L * c, ORDER, mask);
          where.intoMemorySegment(Memory.ALL, index + 4L * c, ORDER, mask.cast(I));
        }
        x += 2 * right;
        y += plan.y(3);
        index += plan.index(3);
        place += 2;
      }
    }
  }

  /// The gradient of [#max]: each pixel of x sums over the windows it is in that chose it.
  static void maxBackward(Bound bound, long first, long end) {
    PoolPlan plan = bound.plan();
    for (long row = first; row < end; row++) {
      long n = row / plan.h();
      int h = (int) (row % plan.h());
      long x = bound.x() + n * plan.x(0) + h * plan.x(2);
      long y = bound.y() + n * plan.y(0);
      long index = bound.index() + n * plan.index(0);
      int[] rows = plan.rows()[h];
      for (int w = 0; w < plan.w(); w++) {
        int[] columns = plan.columns()[w];
        int place = h * plan.w() + w;
        for (int c = 0; c < plan.c(); c += LANES) {
          VectorMask<Float> mask = F.indexInRange(c, plan.c());
          FloatVector sum = FloatVector.zero(F);
          for (int oh : rows) {
            for (int ow : columns) {
              long at = index + oh * plan.index(2) + ow * plan.index(3) + 4L * c;
              VectorMask<Integer> chosen =
                  IntVector.fromMemorySegment(I, Memory.ALL, at, ORDER, mask.cast(I))
                      .compare(VectorOperators.EQ, place);
              FloatVector value = load(y + oh * plan.y(2) + ow * plan.y(3) + 4L * c, mask);
              sum = sum.add(value, chosen.cast(F));
            }
          }
          sum.intoMemorySegment(Memory.ALL, x + 4L * c, ORDER, mask);
        }
        x += plan.x(3);
      }
    }
  }

  /// [#maxBackward] for windows of 2 by 2, side by side: each index and gradient is read once for both of
  /// its pixels in a row.
  static void maxBackwardOfPairs(Bound bound, long first, long end) {
    PoolPlan plan = bound.plan();
    long right = plan.x(3);
    for (long row = first; row < end; row++) {
      long n = row / plan.h();
      int h = (int) (row % plan.h());
      int oh = h / 2;
      long x = bound.x() + n * plan.x(0) + h * plan.x(2);
      long y = bound.y() + n * plan.y(0) + oh * plan.y(2);
      long index = bound.index() + n * plan.index(0) + oh * plan.index(2);
      int place = h * plan.w();
      int windows = oh < plan.oh() ? plan.ow() : 0;
      for (int ow = 0; ow < windows; ow++) {
        for (int c = 0; c < plan.c(); c += LANES) {
          VectorMask<Float> mask = F.indexInRange(c, plan.c());
          IntVector where =
              IntVector.fromMemorySegment(I, Memory.ALL, index + 4L * c, ORDER, mask.cast(I));
          FloatVector value = load(y + 4L * c, mask);
          FloatVector zero = FloatVector.zero(F);
          zero.add(value, where.compare(VectorOperators.EQ, place).cast(F))
              .intoMemorySegment(Memory.ALL, x + 4L * c, ORDER, mask);
          zero.add(value, where.compare(VectorOperators.EQ, place + 1).cast(F))
              .intoMemorySegment(Memory.ALL, x + right + 4L * c, ORDER, mask);
        }
        x += 2 * right;
        y += plan.y(3);
        index += plan.index(3);
        place += 2;
      }
      // The last row and the last column of odd planes are in no window.
      for (int w = 2 * windows; w < plan.w(); w++) {
        Memory.clear(x, 4L * plan.c());
        x += right;
      }
    }
  }

  /// The mean of each window.
  static void average(Bound bound, long first, long end) {
    PoolPlan plan = bound.plan();
    for (long row = first; row < end; row++) {
      long n = row / plan.oh();
      int oh = (int) (row % plan.oh());
      long source = bound.x() + n * plan.x(0);
      long target = bound.y() + n * plan.y(0) + oh * plan.y(2);
      sums(plan, source, plan.x(2), plan.x(3), plan.rows()[oh], target, plan.y(3), plan.ow());
    }
  }

  /// The gradient of [#average].
  static void averageBackward(Bound bound, long first, long end) {
    PoolPlan plan = bound.plan();
    for (long row = first; row < end; row++) {
      long n = row / plan.h();
      int h = (int) (row % plan.h());
      long source = bound.y() + n * plan.y(0);
      long target = bound.x() + n * plan.x(0) + h * plan.x(2);
      sums(plan, source, plan.y(2), plan.y(3), plan.rows()[h], target, plan.x(3), plan.w());
    }
  }

  /// Means and their gradients are the same: a pixel of one array is a sum over some of the other,
  /// divided by the area.
  private static void sums(
      PoolPlan plan,
      long source,
      long down,
      long right,
      int[] rows,
      long target,
      long step,
      int width) {
    float area = (float) plan.area();
    for (int pixel = 0; pixel < width; pixel++) {
      int[] columns = plan.columns()[pixel];
      for (int c = 0; c < plan.c(); c += LANES) {
        VectorMask<Float> mask = F.indexInRange(c, plan.c());
        FloatVector sum = FloatVector.zero(F);
        for (int h : rows) {
          for (int w : columns) {
            sum = sum.add(load(source + h * down + w * right + 4L * c, mask));
          }
        }
        sum.div(area).intoMemorySegment(Memory.ALL, target + pixel * step + 4L * c, ORDER, mask);
      }
    }
  }

  private static FloatVector load(long address, VectorMask<Float> mask) {
    return FloatVector.fromMemorySegment(F, Memory.ALL, address, ORDER, mask);
  }
}
