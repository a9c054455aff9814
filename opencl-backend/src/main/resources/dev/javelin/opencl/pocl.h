/* The functions of OpenCL that the preamble calls. PoCL's own declarations are 18000 lines, which it reads twice for every program and
   which take longer than all the rest; _OPENCL_H_ leaves them out. */
#define JV_FUNCTION __attribute__((overloadable))
#define JV_PURE __attribute__((overloadable, const))
JV_PURE size_t get_local_id(uint);
JV_PURE size_t get_group_id(uint);
JV_PURE size_t get_num_groups(uint);
__attribute__((overloadable, convergent)) void barrier(cl_mem_fence_flags);
JV_FUNCTION uint atomic_cmpxchg(volatile __global uint *, uint, uint);
JV_PURE uint mul_hi(uint, uint);
JV_FUNCTION float vload_half(size_t, const __global half *);
JV_FUNCTION float vload_half(size_t, const __private half *);
JV_FUNCTION void vstore_half_rte(float, size_t, __global half *);
JV_FUNCTION void vstore_half_rte(float, size_t, __private half *);
/* Products and random numbers are computed by vectors V of N numbers T. */
#define JV_VECTORS(T, V, N) \
  JV_FUNCTION V vload##N(size_t, const __private T *); \
  JV_FUNCTION void vstore##N(V, size_t, __private T *); \
  JV_PURE V fma(V, V, V); \
  JV_PURE V sqrt(V); \
  JV_PURE V log(V); \
  JV_PURE V floor(V); \
  JV_PURE V cos(V); \
  JV_PURE V sin(V);
#define JV_NUMBERS(T) \
  JV_PURE T fma(T, T, T); \
  JV_PURE T fabs(T); \
  JV_PURE T floor(T); \
  JV_PURE T ceil(T); \
  JV_PURE T rint(T); \
  JV_PURE T trunc(T); \
  JV_PURE T exp(T); \
  JV_PURE T expm1(T); \
  JV_PURE T log(T); \
  JV_PURE T log1p(T); \
  JV_PURE T sqrt(T); \
  JV_PURE T rsqrt(T); \
  JV_PURE T sin(T); \
  JV_PURE T cos(T); \
  JV_PURE T tan(T); \
  JV_PURE T atan(T); \
  JV_PURE T tanh(T); \
  JV_PURE T erf(T); \
  JV_PURE T atan2(T, T); \
  JV_PURE T pow(T, T); \
  JV_PURE T fmod(T, T);
JV_NUMBERS(float)
JV_VECTORS(float, float16, 16)
#ifdef cl_khr_fp64
JV_NUMBERS(double)
JV_VECTORS(double, double8, 8)
#endif
