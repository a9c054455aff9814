package dev.javelin.cpu;

import dev.javelin.cpu.PoolExecutor.Bound;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// The largest of 2 by 2 windows, side by side, of float32 planes whose rows are contiguous, and
/// its gradient. Loaded only where the Vector API is there.
///
/// Two neighbours of a row are taken as one 64-bit number: its lower half is the left one, its
/// upper half the right one (memory is little-endian wherever the Vector API has more than one
/// lane). Narrowing such a vector to 32 bits picks every second element, widening and doubling
/// repeats each. The last elements of a row are done by a vector that overlaps the one before; rows
/// shorter than a vector are not for this class.
final class VectorRowPool {
  /// As many pairs as fit into the widest vector.
  private static final VectorSpecies<Long> PAIRS = LongVector.SPECIES_PREFERRED;

  private static final VectorSpecies<Integer> SINGLES =
      VectorSpecies.of(int.class, PAIRS.vectorShape());
  private static final VectorShape HALF =
      VectorShape.forBitSize(PAIRS.vectorShape().vectorBitSize() / 2);
  private static final VectorSpecies<Integer> I = VectorSpecies.of(int.class, HALF);
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final int LANES = PAIRS.length();

  /// 0, 2, 4 and so on.
  private static final IntVector EVEN = IntVector.zero(I).addIndex(2);

  /// 0, 1, 2 and so on, for each element of as many pairs.
  private static final IntVector EACH = IntVector.zero(SINGLES).addIndex(1);

  private VectorRowPool() {}

  /// Whether rows are long enough to fill a vector, and pairs lie in memory as this class takes
  /// them.
  static boolean isUsable(PoolPlan plan) {
    return plan.ow() >= LANES && LANES > 1 && ORDER == ByteOrder.LITTLE_ENDIAN;
  }

  static void max(Bound bound, long first, long end) {
    PoolPlan plan = bound.plan();
    for (long row = first; row < end; row++) {
      long n = row / plan.oh();
      long oh = row % plan.oh();
      maxOfRow(
          plan.c(),
          bound.x() + n * plan.x(0) + 2 * oh * plan.x(2),
          plan.x(1),
          plan.x(2),
          (int) (2 * oh * plan.w()),
          plan.w(),
          bound.y() + n * plan.y(0) + oh * plan.y(2),
          plan.y(1),
          bound.index() + n * plan.index(0) + oh * plan.index(2),
          plan.index(1),
          plan.ow());
    }
  }

  /// One row of windows of each channel. All that it needs comes as arguments: after so many
  /// vectors the JIT compiler is not ready to inline even a getter.
  private static void maxOfRow(
      int channels,
      long x,
      long xStep,
      long down,
      int place,
      int width,
      long y,
      long yStep,
      long index,
      long indexStep,
      int count) {
    for (int c = 0; c < channels; c++) {
      for (int w = 0; w < count; w += LANES) {
        int at = Math.min(w, count - LANES);
        LongVector upper = pairs(x + c * xStep + 8L * at);
        LongVector lower = pairs(x + c * xStep + down + 8L * at);
        FloatVector best = left(upper);
        IntVector where = EVEN.add(place + 2 * at);
        IntVector below = EVEN.add(place + 2 * at + width);
        FloatVector value = right(upper);
        VectorMask<Float> better = better(value, best);
        best = best.blend(value, better);
        where = where.add(1, better.cast(I));
        value = left(lower);
        better = better(value, best);
        best = best.blend(value, better);
        where = where.blend(below, better.cast(I));
        value = right(lower);
        better = better(value, best);
        where = where.blend(below.add(1), better.cast(I));
        best.blend(value, better).intoMemorySegment(Memory.ALL, y + c * yStep + 4L * at, ORDER);
        where.intoMemorySegment(Memory.ALL, index + c * indexStep + 4L * at, ORDER);
      }
    }
  }

  private static LongVector pairs(long address) {
    return LongVector.fromMemorySegment(PAIRS, Memory.ALL, address, ORDER);
  }

  /// Where a value replaces the best so far: it is larger or NaN, and the best is not NaN.
  private static VectorMask<Float> better(FloatVector value, FloatVector best) {
    return value.compare(VectorOperators.LE, best).or(best.test(VectorOperators.IS_NAN)).not();
  }

  private static FloatVector left(LongVector pairs) {
    Vector<Integer> bits = pairs.convertShape(VectorOperators.L2I, I, 0);
    return bits.reinterpretAsFloats();
  }

  private static FloatVector right(LongVector pairs) {
    return left(pairs.lanewise(VectorOperators.LSHR, 32));
  }

  static void maxBackward(Bound bound, long first, long end) {
    PoolPlan plan = bound.plan();
    int last = plan.ow() - LANES;
    for (long row = first; row < end; row++) {
      long n = row / plan.h();
      int h = (int) (row % plan.h());
      int oh = h / 2;
      long x = bound.x() + n * plan.x(0) + h * plan.x(2);
      long y = bound.y() + n * plan.y(0) + oh * plan.y(2);
      long index = bound.index() + n * plan.index(0) + oh * plan.index(2);
      for (int c = 0; c < plan.c(); c++) {
        // The last row and the last column of odd planes are in no window.
        if (oh == plan.oh()) {
          Memory.clear(x, 4L * plan.w());
        } else {
          Memory.putFloat(x + 4L * (plan.w() - 1), 0);
          for (int w = 0; w < plan.ow(); w += LANES) {
            int at = Math.min(w, last);
            // Each gradient goes to the left, to the right or to neither of its two places in this
            // row.
            VectorMask<Integer> here =
                twice(index + 4L * at).compare(VectorOperators.EQ, EACH.add(h * plan.w() + 2 * at));
            // A sum, as in the other loops: of a negative zero it is zero.
            IntVector.zero(SINGLES)
                .blend(twice(y + 4L * at), here)
                .reinterpretAsFloats()
                .add(0f)
                .intoMemorySegment(Memory.ALL, x + 8L * at, ORDER);
          }
        }
        x += plan.x(1);
        y += plan.y(1);
        index += plan.index(1);
      }
    }
  }

  /// Each of some elements two times.
  private static IntVector twice(long address) {
    LongVector wide =
        (LongVector)
            IntVector.fromMemorySegment(I, Memory.ALL, address, ORDER)
                .convertShape(VectorOperators.ZERO_EXTEND_I2L, PAIRS, 0);
    return wide.or(wide.lanewise(VectorOperators.LSHL, 32)).reinterpretAsInts();
  }
}
