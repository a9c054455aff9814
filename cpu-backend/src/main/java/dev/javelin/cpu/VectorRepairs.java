package dev.javelin.cpu;

import dev.javelin.kernels.ScalarOp;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/// The slow paths of [VectorFunctions], through memory, for vectors of which some lanes are outside a
/// function's usual range.
final class VectorRepairs {
  private VectorRepairs() {}

  /// Computes some lanes of a result one by one.
  ///
  /// @param op the function
  /// @param room where a vector of operands lies and behind it that of results
  /// @param usual the lanes whose result is right
  static void repair(ScalarOp op, long room, long usual) {
    for (int lane = 0; lane < VectorLoops.W; lane++) {
      if ((usual >> lane & 1) == 0) {
        long at = room + 4L * lane;
        Memory.putFloat(at + VectorLoops.BYTES, (float) op.eval(Memory.getFloat(at), 0, 0));
      }
    }
  }

  /// Exponentials of which some are infinite, subnormal, 0 or NaN; the others are the same to the last
  /// bit.
  ///
  /// @param room where the operands lie, and then the results
  static void exp(long room) {
    FloatVector x =
        VectorLoops.get(room).max(VectorFunctions.EXP_LOWEST).min(VectorFunctions.EXP_HIGHEST);
    FloatVector shifted = x.fma(VectorFunctions.LOG2E, VectorFunctions.MAGIC);
    FloatVector k = shifted.sub(VectorFunctions.MAGIC);
    FloatVector r = k.fma(VectorFunctions.LN2_LOW, k.fma(VectorFunctions.LN2_HIGH, x));
    FloatVector p =
        VectorFunctions.E6
            .fma(r, VectorFunctions.E5)
            .fma(r, VectorFunctions.E4)
            .fma(r, VectorFunctions.E3)
            .fma(r, VectorFunctions.E2)
            .fma(r, VectorFunctions.ONE)
            .fma(r, VectorFunctions.ONE);
    IntVector n =
        shifted
            .reinterpretAsInts()
            .lanewise(VectorOperators.LSHL, 9)
            .lanewise(VectorOperators.ASHR, 9);
    // Neither half of the exponent is too large for a float.
    IntVector half = n.lanewise(VectorOperators.ASHR, 1);
    IntVector rest = n.sub(half);
    FloatVector first = half.add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
    FloatVector second = rest.add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
    VectorLoops.put(p.mul(first).mul(second), room);
  }
}
