// What the emulated NVRTC puts before a CUDA text, so that g++ reads it: CUDA's built-in names, without any header.
#define __CUDACC_RTC__ 1
#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __noinline__ __attribute__((noinline))
#define __launch_bounds__(...)
#define __constant__ static const
#define __align__(bytes) __attribute__((aligned(bytes)))
// The loader finds shared memory by this section's name: it is poisoned before each block, and a kernel's share of it is measured.
#define __shared__ static __attribute__((section(".bss.shared")))
// Where it stands in the text tells one barrier from another.
#define __syncthreads() emulated_barrier(__LINE__)
#define __syncwarp(...) emulated_warp_barrier(__LINE__)
#define __restrict__ __restrict

struct uint3 { unsigned x, y, z; };
struct dim3 { unsigned x, y, z; };

// A vector is copied as a whole, so it must lie at a multiple of its size. The processor checks it, also where g++ would copy the parts.
template <unsigned bytes> static inline void emulated_aligned(const void *at) {
  if constexpr (bytes == 16) {
    asm volatile("movaps %0, %%xmm0" : : "m"(*(const char(*)[16])at) : "xmm0");
  } else if constexpr (bytes == 8) {
    (void)*(const volatile unsigned long long *)at;
  } else if constexpr (bytes == 4) {
    (void)*(const volatile unsigned *)at;
  } else {
    (void)*(const volatile unsigned short *)at;
  }
}
#define EMULATED_ASSIGNMENT(name, ...) \
  name() = default; \
  name(const name &from) { *this = from; } \
  name &operator=(const name &from) { \
    emulated_aligned<sizeof(name)>(&from); \
    emulated_aligned<sizeof(name)>(this); \
    __VA_ARGS__; \
    return *this; \
  }
#define EMULATED_VECTORS(T, name, maker) \
  struct alignas(2 * sizeof(T)) name##2 { \
    T x, y; \
    name##2(T x, T y) : x(x), y(y) {} \
    EMULATED_ASSIGNMENT(name##2, x = from.x, y = from.y) \
  }; \
  struct alignas(4 * sizeof(T)) name##4 { \
    T x, y, z, w; \
    name##4(T x, T y, T z, T w) : x(x), y(y), z(z), w(w) {} \
    EMULATED_ASSIGNMENT(name##4, x = from.x, y = from.y, z = from.z, w = from.w) \
  }; \
  static inline name##2 maker##2(T x, T y) { return {x, y}; } \
  static inline name##4 maker##4(T x, T y, T z, T w) { return {x, y, z, w}; }
EMULATED_VECTORS(unsigned char, uchar, make_uchar)
EMULATED_VECTORS(unsigned short, ushort, make_ushort)
EMULATED_VECTORS(int, int, make_int)
EMULATED_VECTORS(unsigned, uint, make_uint)
EMULATED_VECTORS(float, float, make_float)

extern "C" {
extern uint3 threadIdx, blockIdx;
extern dim3 blockDim, gridDim;
void emulated_barrier(int line) noexcept;
void emulated_warp_barrier(int line) noexcept;
unsigned long long emulated_shuffle(unsigned long long value, int lane, int line) noexcept;
float fmaf(float, float, float) noexcept;
float fabsf(float) noexcept;
float floorf(float) noexcept;
float ceilf(float) noexcept;
float rintf(float) noexcept;
float truncf(float) noexcept;
float expf(float) noexcept;
float exp2f(float) noexcept;
float expm1f(float) noexcept;
float logf(float) noexcept;
float log2f(float) noexcept;
float log1pf(float) noexcept;
float sqrtf(float) noexcept;
float sinf(float) noexcept;
float cosf(float) noexcept;
float tanf(float) noexcept;
float atanf(float) noexcept;
float tanhf(float) noexcept;
float erff(float) noexcept;
float atan2f(float, float) noexcept;
float powf(float, float) noexcept;
float fmodf(float, float) noexcept;
float fmaxf(float, float) noexcept;
float fminf(float, float) noexcept;
double fma(double, double, double) noexcept;
double fabs(double) noexcept;
double floor(double) noexcept;
double ceil(double) noexcept;
double rint(double) noexcept;
double trunc(double) noexcept;
double exp(double) noexcept;
double expm1(double) noexcept;
double log(double) noexcept;
double log1p(double) noexcept;
double sqrt(double) noexcept;
double sin(double) noexcept;
double cos(double) noexcept;
double tan(double) noexcept;
double atan(double) noexcept;
double tanh(double) noexcept;
double erf(double) noexcept;
double atan2(double, double) noexcept;
double pow(double, double) noexcept;
double fmod(double, double) noexcept;
}

static inline float rsqrtf(float x) { return 1 / sqrtf(x); }
static inline float __uint_as_float(unsigned x) { return __builtin_bit_cast(float, x); }
static inline unsigned __float_as_uint(float x) { return __builtin_bit_cast(unsigned, x); }
static inline float __int_as_float(int x) { return __builtin_bit_cast(float, x); }
static inline int __float_as_int(float x) { return __builtin_bit_cast(int, x); }
static inline double __longlong_as_double(long long x) { return __builtin_bit_cast(double, x); }
static inline long long __double_as_longlong(double x) { return __builtin_bit_cast(long long, x); }
static inline unsigned __umulhi(unsigned x, unsigned y) { return (unsigned long long)x * y >> 32; }

template <class T> static inline T emulated_shuffled(T value, int lane, int line) {
  unsigned long long bits = 0;
  __builtin_memcpy(&bits, &value, sizeof value);
  bits = emulated_shuffle(bits, lane, line);
  __builtin_memcpy(&value, &bits, sizeof value);
  return value;
}
#define EMULATED_LANE ((int)(threadIdx.x & 31))
#define __shfl_sync(mask, value, lane) emulated_shuffled(value, lane, __LINE__)
#define __shfl_xor_sync(mask, value, by) emulated_shuffled(value, EMULATED_LANE ^ (by), __LINE__)
#define __shfl_down_sync(mask, value, by) \
  emulated_shuffled(value, EMULATED_LANE + (by) < 32 ? EMULATED_LANE + (by) : EMULATED_LANE, __LINE__)

// One block runs at a time, and its threads take turns at barriers only.
template <class T> static inline T atomicCAS(T *at, T old, T next) {
  T now = *at;
  if (now == old) *at = next;
  return now;
}
template <class T> static inline T atomicAdd(T *at, T more) {
  T now = *at;
  *at = now + more;
  return now;
}

// PTX instructions of asm statements, under their opcodes: the emulated NVRTC rewrites the statements to calls.
static inline void ptx_cvt_f32_f16(float &to, unsigned short from) {
  to = __builtin_bit_cast(_Float16, from);
}
static inline void ptx_cvt_rn_f16_f32(unsigned short &to, float from) {
  to = __builtin_bit_cast(unsigned short, (_Float16)from);
}

// How the driver calls a kernel: its arguments' sizes, and the function behind a list of their addresses.
template <unsigned... I> struct EmulatedIndices {};
template <auto F> struct EmulatedKernel;
template <class... A, void (*F)(A...)> struct EmulatedKernel<F> {
  static constexpr unsigned sizes[] = {sizeof(A)..., 0};
  template <unsigned... I> static inline void call(void **args, EmulatedIndices<I...>) { F(*(A *)args[I]...); }
  static void run(void **args) { call(args, EmulatedIndices<__integer_pack(sizeof...(A))...>()); }
};
struct EmulatedEntry {
  const char *name;
  void (*run)(void **args);
  const unsigned *sizes;
  long threads;
};
#define EMULATED_KERNEL(name, threads) \
  __attribute__((section(".kernels"), used)) static EmulatedEntry emulated_##name = { \
      #name, &EmulatedKernel<&name>::run, EmulatedKernel<&name>::sizes, threads};
