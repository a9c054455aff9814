/* What both dialects share. A helper's suffix is the type it works on. */

#ifdef JV_FLOAT64
#define FMA_F64(a, b, c) fma((double)(a), (double)(b), (double)(c))
#define ABS_F64(x) fabs((double)(x))
#define FLOOR_F64(x) floor((double)(x))
#define CEIL_F64(x) ceil((double)(x))
#define ROUND_F64(x) rint((double)(x))
#define TRUNC_F64(x) trunc((double)(x))
#define EXP_F64(x) exp((double)(x))
#define EXPM1_F64(x) expm1((double)(x))
#define LOG_F64(x) log((double)(x))
#define LOG1P_F64(x) log1p((double)(x))
#define SQRT_F64(x) sqrt((double)(x))
#define RSQRT_F64(x) (1.0 / sqrt((double)(x)))
#define SIN_F64(x) sin((double)(x))
#define COS_F64(x) cos((double)(x))
#define TAN_F64(x) tan((double)(x))
#define ATAN_F64(x) atan((double)(x))
#define TANH_F64(x) tanh((double)(x))
#define ERF_F64(x) erf((double)(x))
#define ATAN2_F64(x, y) atan2((double)(x), (double)(y))
#define POW_F64(x, y) pow((double)(x), (double)(y))
#define FMOD_F64(x, y) fmod((double)(x), (double)(y))
#endif

/* Moves 2, 4, 8 or 16 bytes between memory, aligned to as many, and an array of a work-item's own, aligned to 16. */
#define IS_ALIGNED(p, n) (((u64)(p) & ((n) - 1)) == 0)
#define LD2(to, p) (*(uchar2 *)(to) = *(GLOBAL const uchar2 *)(p))
#define LD4(to, p) (*(uchar4 *)(to) = *(GLOBAL const uchar4 *)(p))
#define LD8(to, p) (*(uint2 *)(to) = *(GLOBAL const uint2 *)(p))
#define LD16(to, p) (*(uint4 *)(to) = *(GLOBAL const uint4 *)(p))
#define ST2(from, p) (*(GLOBAL uchar2 *)(p) = *(const uchar2 *)(from))
#define ST4(from, p) (*(GLOBAL uchar4 *)(p) = *(const uchar4 *)(from))
#define ST8(from, p) (*(GLOBAL uint2 *)(p) = *(const uint2 *)(from))
#define ST16(from, p) (*(GLOBAL uint4 *)(p) = *(const uint4 *)(from))

/* float16 is stored as u16. */
DEVICE float jv_round_f16(float x) { return jv_f16_to_f32(jv_f32_to_f16(x)); }

/* bfloat16 is stored as u16: the upper half of a float. */
DEVICE float jv_bf16_to_f32(u16 bits) { return AS_F32((u32)bits << 16); }
DEVICE u16 jv_f32_to_bf16(float x) {
  u32 bits = AS_U32(x);
  if ((bits & 0x7fffffffu) > 0x7f800000u) {
    return (u16)((bits >> 16) | 0x40u);
  }
  return (u16)((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}
#define BF16_LD(p, i) jv_bf16_to_f32((p)[i])
#define BF16_ST(v, p, i) ((p)[i] = jv_f32_to_bf16((float)(v)))
DEVICE float jv_round_bf16(float x) { return jv_bf16_to_f32(jv_f32_to_bf16(x)); }

/* Notes a bad index in the fault record, if it is the first: 1, the index, what it must be below. */
DEVICE void jv_fault(GLOBAL i64 *fault, i64 index, i64 size) {
  if (ATOMIC_CAS_U32(fault, 0, 1) == 0) {
    fault[1] = index;
    fault[2] = size;
  }
}
DEVICE i64 jv_index(GLOBAL i64 *fault, i64 index, i64 size) {
  if (index >= 0 && index < size) {
    return index;
  }
  jv_fault(fault, index, size);
  return 0;
}

/* The limits of integers. */
#define MIN_I32 (-2147483647 - 1)
#define MAX_I32 2147483647
#define MIN_I64 ((i64)(-9223372036854775807 - 1))
#define MAX_I64 ((i64)9223372036854775807)

/* Integers wrap, which C promises for unsigned ones only. Nothing traps: dividing by zero gives 0, and the divisor is replaced
   before the division because a compiler may compute both sides of a condition. */
#define JV_INTEGER(S, T, U) \
  DEVICE T jv_neg_##S(T x) { return (T)((U)0 - (U)x); } \
  DEVICE T jv_abs_##S(T x) { return x < 0 ? jv_neg_##S(x) : x; } \
  DEVICE T jv_sign_##S(T x) { return (T)((x > 0) - (x < 0)); } \
  DEVICE T jv_max_##S(T x, T y) { return x > y ? x : y; } \
  DEVICE T jv_min_##S(T x, T y) { return x < y ? x : y; } \
  DEVICE T jv_div_##S(T x, T y) { \
    T q = x / (y == 0 || y == -1 ? (T)1 : y); \
    return y == 0 ? (T)0 : y == -1 ? jv_neg_##S(x) : q; \
  } \
  DEVICE T jv_remainder_##S(T x, T y) { \
    T r = x % (y == 0 || y == -1 ? (T)1 : y); \
    return r != 0 && (r < 0) != (y < 0) ? r + y : r; \
  } \
  DEVICE T jv_pow_##S(T x, T y) { \
    U result = 1, square = (U)x; \
    T rest = y; \
    if (y < 0) { \
      return x == 1 ? (T)1 : x == -1 ? (y % 2 == 0 ? (T)1 : (T)-1) : (T)0; \
    } \
    for (; rest > 0; rest >>= 1) { \
      if ((rest & 1) == 1) { \
        result *= square; \
      } \
      square *= square; \
    } \
    return (T)result; \
  }
JV_INTEGER(i32, int, u32)
JV_INTEGER(i64, i64, u64)

/* NaN stays NaN, unlike in fmax and fmin. A number too large for an integer becomes the nearest one, NaN 0. */
#define JV_FLOAT(S, T) \
  DEVICE T jv_sign_##S(T x) { return x > 0 ? (T)1 : x < 0 ? (T)-1 : x; } \
  DEVICE T jv_max_##S(T x, T y) { return x > y || x != x ? x : y; } \
  DEVICE T jv_min_##S(T x, T y) { return x < y || x != x ? x : y; } \
  DEVICE i64 jv_##S##_to_i64(T x) { \
    T limit = (T)9223372036854775807; \
    i64 inside = (i64)(x > -limit && x < limit ? x : (T)0); \
    return x >= limit ? MAX_I64 : x <= -limit ? MIN_I64 : inside; \
  }
JV_FLOAT(f32, float)
DEVICE float jv_remainder_f32(float x, float y) {
  float r = FMOD_F32(x, y);
  return r != 0 && (r < 0) != (y < 0) ? r + y : r;
}
#ifdef JV_FLOAT64
JV_FLOAT(f64, double)
DEVICE double jv_remainder_f64(double x, double y) {
  double r = FMOD_F64(x, y);
  return r != 0 && (r < 0) != (y < 0) ? r + y : r;
}
#endif

/* Which of two numbers is the extremum: NaN beats all but NaN. */
#define JV_ABOVE(x, y) ((y) == (y) && ((x) > (y) || (x) != (x)))
#define JV_BELOW(x, y) ((y) == (y) && ((x) < (y) || (x) != (x)))
