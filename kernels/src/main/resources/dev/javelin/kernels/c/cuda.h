/* The dialect of CUDA C++, without headers. */
/* One group on a multiprocessor must fit: as many registers as a kernel needs to spill none. */
#define KERNEL(N) extern "C" __global__ __launch_bounds__(N, 1) void
#define DEVICE static __device__ __forceinline__
#define GLOBAL
#define LOCAL __shared__ /* of arrays, at the top of a kernel */
#define LPTR             /* of pointers to them */
#define CONSTANT __constant__
#define ALIGN16 __align__(16)
#define RESTRICT __restrict__
#define BARRIER() __syncthreads()
#define UNROLL _Pragma("unroll")
#define UNROLL4 _Pragma("unroll 4")
#define LID() ((int)threadIdx.x)
#define GRP() ((int)blockIdx.x)
#define GRPS() ((int)gridDim.x)
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed char i8;
typedef short i16;
typedef long long i64;
#define AS_F32(u) __uint_as_float((u32)(u))
#define AS_U32(f) __float_as_uint((float)(f))
#define INF_F32 AS_F32(0x7f800000u)
#define NAN_F32 AS_F32(0x7fc00000u)
#define MULHI_U32(a, b) __umulhi((u32)(a), (u32)(b))
#define ATOMIC_CAS_U32(p, old, new_value) atomicCAS((u32 *)(p), (u32)(old), (u32)(new_value))
#define FMA_F32(a, b, c) fmaf((float)(a), (float)(b), (float)(c))
#define ABS_F32(x) fabsf((float)(x))
#define FLOOR_F32(x) floorf((float)(x))
#define CEIL_F32(x) ceilf((float)(x))
#define ROUND_F32(x) rintf((float)(x))
#define TRUNC_F32(x) truncf((float)(x))
#define EXP_F32(x) expf((float)(x))
#define EXPM1_F32(x) expm1f((float)(x))
#define LOG_F32(x) logf((float)(x))
#define LOG1P_F32(x) log1pf((float)(x))
#define SQRT_F32(x) sqrtf((float)(x))
#define RSQRT_F32(x) rsqrtf((float)(x))
#define SIN_F32(x) sinf((float)(x))
#define COS_F32(x) cosf((float)(x))
#define TAN_F32(x) tanf((float)(x))
#define ATAN_F32(x) atanf((float)(x))
#define TANH_F32(x) tanhf((float)(x))
#define ERF_F32(x) erff((float)(x))
#define ATAN2_F32(x, y) atan2f((float)(x), (float)(y))
#define POW_F32(x, y) powf((float)(x), (float)(y))
#define FMOD_F32(x, y) fmodf((float)(x), (float)(y))
#ifdef JV_FLOAT64
#define INF_F64 __longlong_as_double(0x7ff0000000000000)
#define NAN_F64 __longlong_as_double(0x7ff8000000000000)
#endif
/* float16 is stored as u16; the type itself would need a header. */
DEVICE float jv_f16_to_f32(u16 bits) {
  float x;
  asm("cvt.f32.f16 %0, %1;" : "=f"(x) : "h"(bits));
  return x;
}
DEVICE u16 jv_f32_to_f16(float x) {
  u16 bits;
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(bits) : "f"(x));
  return bits;
}
#define F16_LD(p, i) jv_f16_to_f32(((const u16 *)(p))[i])
#define F16_ST(v, p, i) (((u16 *)(p))[i] = jv_f32_to_f16((float)(v)))
