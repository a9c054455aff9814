package dev.javelin.cpu;

import dev.javelin.kernels.ScalarOp;

/// Functions of real numbers in float32, and the coefficients they share with [VectorFunctions].
///
/// Step by step the same as there, so that plain loops and loops on vectors give the same numbers
/// to the last bit: which of them runs is a matter of timing while the JIT is still compiling.
final class ScalarMath {
  // exp: 2^n p(r); N. Juffa's coefficients.
  static final float LOG2E = 1.44269504088896f;

  /// Adding 1.5 * 2^23 rounds to a whole number and leaves it in the lowest bits.
  static final float MAGIC = 12582912;

  static final float LN2_HIGH = -0.693359375f;
  static final float LN2_LOW = 2.12194440e-4f;
  static final float E6 = 1.37805939e-3f;
  static final float E5 = 8.37312452e-3f;
  static final float E4 = 4.16695364e-2f;
  static final float E3 = 1.66664720e-1f;
  static final float E2 = 4.99999851e-1f;

  /// Up to here the results of exp are normal numbers.
  static final float EXP_LIMIT = 87;

  /// Below and above, exp is 0 and infinite.
  static final float EXP_LOWEST = -104;

  static final float EXP_HIGHEST = 89;

  // log: (m - 1) + (m - 1)^2 q(m - 1); N. Juffa's coefficients.
  static final float L9 = -0.130310059f;
  static final float L8 = 0.140869141f;
  static final float L7 = -0.121483512f;
  static final float L6 = 0.139814854f;
  static final float L5 = -0.166846126f;
  static final float L4 = 0.200120345f;
  static final float L3 = -0.249996200f;
  static final float L2 = 0.333331972f;
  static final float LN2 = 0.693147182f;

  /// The bits of 2/3, where mantissas begin.
  static final int LOG_START = 0x3f2aaaab;

  static final float ULP_OF_ONE = 0x1p-23f;

  // tanh below 0.625: x + x^3 p(x^2), from the Cephes library.
  static final float T4 = -5.70498872745e-3f;
  static final float T3 = 2.06390887954e-2f;
  static final float T2 = -5.37397155531e-2f;
  static final float T1 = 1.33314422036e-1f;
  static final float T0 = -3.33332819422e-1f;
  static final float TANH_EDGE = 0.625f;

  /// From here on tanh is 1.
  static final float TANH_END = 9.02f;

  // erf up to 1: x + x p(x^2), beyond: r(x - 2.46); own fits, of least largest error relative to
  // erf.
  static final float P5 = -5.631422391e-4f;
  static final float P4 = 4.917551298e-3f;
  static final float P3 = -2.671131119e-2f;
  static final float P2 = 1.128017977e-1f;
  static final float P1 = -3.761232495e-1f;
  static final float P0 = 1.283791214e-1f;
  static final float ERF_EDGE = 1;

  static final float R12 = -9.055191185e-6f;
  static final float R11 = 2.544406743e-5f;
  static final float R10 = 5.124370364e-5f;
  static final float R9 = -3.018022107e-4f;
  static final float R8 = 3.920891031e-4f;
  static final float R7 = 4.624110879e-4f;
  static final float R6 = -2.964499639e-3f;
  static final float R5 = 6.797452457e-3f;
  static final float R4 = -9.904368781e-3f;
  static final float R3 = 9.833060205e-3f;
  static final float R2 = -6.535838358e-3f;
  static final float R1 = 2.656186931e-3f;
  static final float R0 = 9.994966984e-1f;
  static final float ERF_MIDDLE = 2.46f;

  /// From here on erf is 1.
  static final float ERF_END = 3.92f;

  static final int ERF_END_BITS = Float.floatToRawIntBits(ERF_END);

  /// Angles up to here are reduced exactly enough.
  static final float ANGLE_LIMIT = 30000;

  static final float RIGHT_ANGLES = (float) (2 / Math.PI);

  // Minus half of pi in three parts.
  static final float PI_HIGH = -1.57079637f;
  static final float PI_MIDDLE = 4.37113883e-8f;
  static final float PI_LOW = 1.71512489e-15f;

  // sin, cos and atan: from the Cephes library.
  static final float S2 = -1.9515295891e-4f;
  static final float S1 = 8.3321608736e-3f;
  static final float S0 = -1.6666654611e-1f;
  static final float C2 = 2.443315711809948e-5f;
  static final float C1 = -1.388731625493765e-3f;
  static final float C0 = 4.166664568298827e-2f;

  static final float A3 = 8.05374449538e-2f;
  static final float A2 = -1.38776856032e-1f;
  static final float A1 = 1.99777106478e-1f;
  static final float A0 = -3.33329491539e-1f;
  static final float EIGHTH = 0.4142135623730950f;
  static final float THREE_EIGHTHS = 2.414213562373095f;
  static final float QUARTER_PI = (float) (Math.PI / 4);
  static final float HALF_PI = (float) (Math.PI / 2);

  private ScalarMath() {}

  /// A function; anything else is evaluated in double and rounded.
  static float eval(ScalarOp op, float x) {
    return switch (op) {
      case EXP -> exp(x);
      case EXPM1 -> expm1(x);
      case LOG -> log(x);
      case LOG1P -> log1p(x);
      case TANH -> tanh(x);
      case ERF -> erf(x);
      case SIN -> sine(op, x, 0);
      case COS -> sine(op, x, 1);
      case TAN -> tan(x);
      case ATAN -> atan(x);
      default -> (float) op.eval(x, 0, 0);
    };
  }

  private static float fma(float x, float y, float z) {
    return Math.fma(x, y, z);
  }

  private static float expOfRest(float r) {
    return fma(fma(fma(fma(fma(fma(E6, r, E5), r, E4), r, E3), r, E2), r, 1), r, 1);
  }

  private static float exp(float x) {
    float v = Math.abs(x) <= EXP_LIMIT ? x : Math.min(Math.max(x, EXP_LOWEST), EXP_HIGHEST);
    float shifted = fma(v, LOG2E, MAGIC);
    float k = shifted - MAGIC;
    float p = expOfRest(fma(k, LN2_LOW, fma(k, LN2_HIGH, v)));
    int n = Float.floatToRawIntBits(shifted) << 9 >> 9;
    // Neither half of the exponent is too large for a float.
    int half = n >> 1;
    return p * powerOfTwo(half) * powerOfTwo(n - half);
  }

  private static float powerOfTwo(int n) {
    return Float.intBitsToFloat(n + 127 << 23);
  }

  private static float expm1(float x) {
    if (!(Math.abs(x) <= EXP_LIMIT)) {
      return (float) Math.expm1(x);
    }
    float shifted = fma(x, LOG2E, MAGIC);
    float k = shifted - MAGIC;
    float r = fma(k, LN2_LOW, fma(k, LN2_HIGH, x));
    float p = fma(fma(fma(fma(fma(E6, r, E5), r, E4), r, E3), r, E2) * r, r, r);
    float power = powerOfTwo(Float.floatToRawIntBits(shifted) << 9 >> 9);
    return fma(p, power, power - 1);
  }

  private static boolean isNormal(float x) {
    return x >= Float.MIN_NORMAL && x <= Float.MAX_VALUE;
  }

  private static float log(float x) {
    return isNormal(x) ? logOfNormal(x) : (float) Math.log(x);
  }

  private static float logOfNormal(float x) {
    int bits = Float.floatToRawIntBits(x);
    int e = bits - LOG_START & 0xff800000;
    float m = Float.intBitsToFloat(bits - e) - 1;
    float s = m * m;
    float odd = fma(fma(L8, s, L6), s, L4);
    float even = fma(fma(fma(L9, s, L7), s, L5), s, L3);
    float p = fma(fma(fma(fma(odd, m, even), m, L2), m, -0.5f), s, m);
    return fma(e * ULP_OF_ONE, LN2, p);
  }

  private static float log1p(float x) {
    float u = x + 1;
    return isNormal(u) ? logOfNormal(u) + (x - (u - 1)) / u : (float) Math.log1p(x);
  }

  private static float tanh(float x) {
    float size = Math.abs(x);
    if (!(size > TANH_EDGE)) {
      float s = x * x;
      return fma(fma(fma(fma(fma(T4, s, T3), s, T2), s, T1), s, T0) * s, x, x);
    }
    float t = Math.min(size, TANH_END);
    return Math.copySign(1 - 1 / fma(exp(t + t), 0.5f, 0.5f), x);
  }

  private static float erf(float x) {
    float size = Math.abs(x);
    if (!(size > ERF_EDGE)) {
      float s = x * x;
      return fma(fma(fma(fma(fma(fma(P5, s, P4), s, P3), s, P2), s, P1), s, P0), x, x);
    }
    float t = Math.min(size, ERF_END) - ERF_MIDDLE;
    float high = fma(fma(fma(fma(fma(fma(R12, t, R11), t, R10), t, R9), t, R8), t, R7), t, R6);
    float r = fma(fma(fma(fma(fma(fma(high, t, R5), t, R4), t, R3), t, R2), t, R1), t, R0);
    return Math.copySign(r, x);
  }

  private static float reduce(float x, float k) {
    return fma(k, PI_LOW, fma(k, PI_MIDDLE, fma(k, PI_HIGH, x)));
  }

  private static float sinOfRest(float r) {
    float s = r * r;
    return fma(fma(fma(S2, s, S1), s, S0) * s, r, r);
  }

  private static float cosOfRest(float r) {
    float s = r * r;
    return fma(fma(fma(fma(C2, s, C1), s, C0), s, -0.5f), s, 1);
  }

  /// @param turn how many right angles are added
  private static float sine(ScalarOp op, float x, int turn) {
    if (!(Math.abs(x) <= ANGLE_LIMIT)) {
      return (float) op.eval(x, 0, 0);
    }
    float shifted = fma(x, RIGHT_ANGLES, MAGIC);
    float r = reduce(x, shifted - MAGIC);
    int quadrant = Float.floatToRawIntBits(shifted) + turn;
    float value = (quadrant & 1) == 0 ? sinOfRest(r) : cosOfRest(r);
    return (quadrant & 2) == 0 ? value : -value;
  }

  private static float tan(float x) {
    if (!(Math.abs(x) <= ANGLE_LIMIT)) {
      return (float) Math.tan(x);
    }
    float shifted = fma(x, RIGHT_ANGLES, MAGIC);
    float r = reduce(x, shifted - MAGIC);
    boolean isOdd = (Float.floatToRawIntBits(shifted) & 1) != 0;
    return isOdd ? -cosOfRest(r) / sinOfRest(r) : sinOfRest(r) / cosOfRest(r);
  }

  private static float atan(float x) {
    float size = Math.abs(x);
    float start = 0;
    float t = size;
    if (size > THREE_EIGHTHS) {
      start = HALF_PI;
      t = -1 / size;
    } else if (size > EIGHTH) {
      start = QUARTER_PI;
      t = (size - 1) / (size + 1);
    }
    float s = t * t;
    float rest = fma(fma(fma(fma(A3, s, A2), s, A1), s, A0) * s, t, t);
    return Math.copySign(start + rest, x);
  }
}
