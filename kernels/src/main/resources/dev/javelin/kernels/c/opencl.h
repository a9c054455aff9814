/* The dialect of OpenCL C 1.2. */
#ifdef JV_FLOAT64
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#endif
#define KERNEL(N) __kernel __attribute__((reqd_work_group_size(N, 1, 1))) void
#define DEVICE static inline
#define GLOBAL __global
#define LOCAL __local /* of arrays, at the top of a kernel */
#define LPTR __local  /* of pointers to them */
#define CONSTANT __constant
#define ALIGN16 __attribute__((aligned(16)))
#define RESTRICT restrict
#define BARRIER() barrier(CLK_LOCAL_MEM_FENCE)
#define UNROLL _Pragma("unroll")
#define UNROLL4 _Pragma("unroll 4")
#define LID() ((int)get_local_id(0))
#define GRP() ((int)get_group_id(0))
#define GRPS() ((int)get_num_groups(0))
typedef uchar u8;
typedef ushort u16;
typedef uint u32;
typedef ulong u64;
typedef char i8;
typedef short i16;
typedef long i64;
#define AS_F32(u) as_float((u32)(u))
#define AS_U32(f) as_uint((float)(f))
#define INF_F32 AS_F32(0x7f800000u)
#define NAN_F32 AS_F32(0x7fc00000u)
#define MULHI_U32(a, b) mul_hi((u32)(a), (u32)(b))
#define ATOMIC_CAS_U32(p, old, new_value) atomic_cmpxchg((volatile GLOBAL u32 *)(p), (u32)(old), (u32)(new_value))
#define FMA_F32(a, b, c) fma((float)(a), (float)(b), (float)(c))
#define ABS_F32(x) fabs((float)(x))
#define FLOOR_F32(x) floor((float)(x))
#define CEIL_F32(x) ceil((float)(x))
#define ROUND_F32(x) rint((float)(x))
#define TRUNC_F32(x) trunc((float)(x))
#define EXP_F32(x) exp((float)(x))
#define EXPM1_F32(x) expm1((float)(x))
#define LOG_F32(x) log((float)(x))
#define LOG1P_F32(x) log1p((float)(x))
#define SQRT_F32(x) sqrt((float)(x))
#define RSQRT_F32(x) rsqrt((float)(x))
#define SIN_F32(x) sin((float)(x))
#define COS_F32(x) cos((float)(x))
#define TAN_F32(x) tan((float)(x))
#define ATAN_F32(x) atan((float)(x))
#define TANH_F32(x) jv_tanh_f32((float)(x))
#define ERF_F32(x) erf((float)(x))
#define ATAN2_F32(x, y) atan2((float)(x), (float)(y))
#define POW_F32(x, y) pow((float)(x), (float)(y))
#define FMOD_F32(x, y) fmod((float)(x), (float)(y))
/* PoCL's is an ulp off where the result is 1, and what is left of 1 - tanh(x) is then scaled up. */
DEVICE float jv_tanh_f32(float x) { return x > 9.1f ? 1.0f : x < -9.1f ? -1.0f : tanh(x); }
#ifdef JV_FLOAT64
#define INF_F64 as_double(0x7ff0000000000000ul)
#define NAN_F64 as_double(0x7ff8000000000000ul)
#endif
/* float16 is stored as u16; these functions need no extension. */
#define F16_LD(p, i) vload_half((i), (GLOBAL const half *)(p))
#define F16_ST(v, p, i) vstore_half_rte((float)(v), (i), (GLOBAL half *)(p))
DEVICE float jv_f16_to_f32(u16 bits) { return vload_half(0, (const half *)&bits); }
DEVICE u16 jv_f32_to_f16(float x) {
  u16 bits;
  vstore_half_rte(x, 0, (half *)&bits);
  return bits;
}
