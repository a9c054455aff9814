// The emulated cuBLAS: products of column-major matrices, queued on the stream that the handle names, as kernels are.
#include <cmath>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <set>
#include <vector>

#define EXPORT extern "C" __attribute__((visibility("default")))

EXPORT int emulated_queue(void *stream, const char *what, void (*run)(const void *), const void *context, size_t bytes);
EXPORT int emulated_enter(const char *function);

namespace {

enum Status { SUCCESS = 0, NOT_INITIALIZED = 1, INVALID_VALUE = 7, EXECUTION_FAILED = 13, NOT_SUPPORTED = 15 };
enum Type { R_32F = 0, R_64F = 1, R_16F = 2, R_16BF = 14 };
enum Compute { COMPUTE_32F = 68, COMPUTE_64F = 70, COMPUTE_32F_FAST_TF32 = 77 };

struct Handle {
  void *stream;
};

std::mutex mutex;
std::set<Handle *> handles;

struct Product {
  bool a_transposed, b_transposed;
  int64_t m, n, k;
  double alpha, beta;
  const char *a, *b;
  char *c;
  Type type, c_type;
  int64_t lda, ldb, ldc, stride_a, stride_b, stride_c;
  int count;
  Compute compute;
};

int64_t bytes(Type type) { return type == R_64F ? 8 : type == R_32F ? 4 : 2; }

template <class T> T load(const void *at) {
  T value;
  memcpy(&value, at, sizeof value);
  return value;
}

float bits(uint32_t x) { return load<float>(&x); }

double get(Type type, const char *from, int64_t i) {
  switch (type) {
    case R_64F: return load<double>(from + 8 * i);
    case R_32F: return load<float>(from + 4 * i);
    case R_16F: return static_cast<float>(load<_Float16>(from + 2 * i));
    default: return bits(uint32_t{load<uint16_t>(from + 2 * i)} << 16);
  }
}

void put(Type type, char *to, int64_t i, double value) {
  float single = static_cast<float>(value);
  _Float16 half = static_cast<_Float16>(single);
  uint32_t word = load<uint32_t>(&single);
  uint16_t upper = static_cast<uint16_t>(value != value ? 0x7fc0 : (word + 0x7fff + ((word >> 16) & 1)) >> 16);
  switch (type) {
    case R_64F: memcpy(to + 8 * i, &value, 8); break;
    case R_32F: memcpy(to + 4 * i, &single, 4); break;
    case R_16F: memcpy(to + 2 * i, &half, 2); break;
    default: memcpy(to + 2 * i, &upper, 2); break;
  }
}

/// TF32 keeps 10 bits of a float's fraction.
template <class T> T rounded(const Product &p, double value) {
  if (p.compute != COMPUTE_32F_FAST_TF32) return static_cast<T>(value);
  float single = static_cast<float>(value);
  return static_cast<T>(bits((load<uint32_t>(&single) + 0x1000) & ~0x1fffu));
}

/// One product. The operands are unpacked first; then whole columns of the result grow at once, which g++ makes vectors of.
template <class T> void multiply(const Product &p, const char *a, const char *b, char *c) {
  std::vector<T> left(static_cast<size_t>(p.m * p.k)), column(static_cast<size_t>(p.m));
  for (int64_t k = 0; k < p.k; k++) {
    for (int64_t m = 0; m < p.m; m++) {
      left[static_cast<size_t>(k * p.m + m)] = rounded<T>(p, get(p.type, a, p.a_transposed ? m * p.lda + k : k * p.lda + m));
    }
  }
  for (int64_t n = 0; n < p.n; n++) {
    T *sum = column.data();
    for (int64_t m = 0; m < p.m; m++) sum[m] = 0;
    for (int64_t k = 0; k < p.k; k++) {
      T factor = rounded<T>(p, get(p.type, b, p.b_transposed ? k * p.ldb + n : n * p.ldb + k));
      const T *from = left.data() + k * p.m;
      for (int64_t m = 0; m < p.m; m++) sum[m] += from[m] * factor;
    }
    for (int64_t m = 0; m < p.m; m++) {
      int64_t at = n * p.ldc + m;
      // With beta 0 the old values are not read: they may be NaN.
      double before = p.beta == 0 ? 0 : p.beta * get(p.c_type, c, at);
      put(p.c_type, c, at, p.alpha * static_cast<double>(sum[m]) + before);
    }
  }
}

void run(const void *context) {
  Product p = load<Product>(context);
  for (int i = 0; i < p.count; i++) {
    const char *a = p.a + i * p.stride_a * bytes(p.type);
    const char *b = p.b + i * p.stride_b * bytes(p.type);
    char *c = p.c + i * p.stride_c * bytes(p.c_type);
    if (p.compute == COMPUTE_64F) {
      multiply<double>(p, a, b, c);
    } else {
      multiply<float>(p, a, b, c);
    }
  }
}

bool is(Handle *handle) {
  std::lock_guard<std::mutex> lock(mutex);
  return handles.count(handle) > 0;
}

bool supported(int a, int b, int c, int compute) {
  if (a != b) return false;
  switch (compute) {
    case COMPUTE_32F: return (a == R_32F || a == R_16F || a == R_16BF) && (c == a || c == R_32F);
    case COMPUTE_32F_FAST_TF32: return a == R_32F && c == R_32F;
    case COMPUTE_64F: return a == R_64F && c == R_64F;
    default: return false;
  }
}

int multiply(Handle *handle, int a_op, int b_op, int m, int n, int k, const void *alpha, const char *a, int a_type, int lda,
             int64_t stride_a, const char *b, int b_type, int ldb, int64_t stride_b, const void *beta, char *c, int c_type, int ldc,
             int64_t stride_c, int count, int compute) {
  if (!is(handle)) return NOT_INITIALIZED;
  auto least = [](int64_t rows) { return rows > 1 ? rows : 1; };
  if (a_op < 0 || a_op > 1 || b_op < 0 || b_op > 1 || m < 0 || n < 0 || k < 0 || count < 0 || !alpha || !beta ||
      lda < least(a_op ? k : m) || ldb < least(b_op ? n : k) || ldc < least(m)) {
    return INVALID_VALUE;
  }
  if (!supported(a_type, b_type, c_type, compute)) return NOT_SUPPORTED;
  if (m == 0 || n == 0 || count == 0) return SUCCESS;
  bool wide = compute == COMPUTE_64F;
  Product p{a_op == 1, b_op == 1, m, n, k, wide ? load<double>(alpha) : load<float>(alpha),
            wide ? load<double>(beta) : load<float>(beta), a, b, c, static_cast<Type>(a_type), static_cast<Type>(c_type), lda, ldb,
            ldc, stride_a, stride_b, stride_c, count, static_cast<Compute>(compute)};
  return emulated_queue(handle->stream, "cuBLAS", run, &p, sizeof p) == 0 ? SUCCESS : EXECUTION_FAILED;
}

}  // namespace

#define BEGIN                                   \
  if (int failure = emulated_enter(__func__)) { \
    return failure;                             \
  }

EXPORT int cublasCreate_v2(Handle **handle) {
  BEGIN
  std::lock_guard<std::mutex> lock(mutex);
  *handle = *handles.insert(new Handle{nullptr}).first;
  return SUCCESS;
}

EXPORT int cublasDestroy_v2(Handle *handle) {
  BEGIN
  if (!is(handle)) return NOT_INITIALIZED;
  std::lock_guard<std::mutex> lock(mutex);
  handles.erase(handle);
  delete handle;
  return SUCCESS;
}

EXPORT int cublasSetStream_v2(Handle *handle, void *stream) {
  BEGIN
  if (!is(handle)) return NOT_INITIALIZED;
  handle->stream = stream;
  return SUCCESS;
}

EXPORT int cublasSetMathMode(Handle *handle, int) {
  BEGIN
  return is(handle) ? SUCCESS : NOT_INITIALIZED;
}

EXPORT int cublasSetWorkspace_v2(Handle *handle, void *workspace, size_t) {
  BEGIN
  if (reinterpret_cast<uintptr_t>(workspace) % 256 != 0) return INVALID_VALUE;
  return is(handle) ? SUCCESS : NOT_INITIALIZED;
}

EXPORT int cublasGetVersion_v2(Handle *, int *version) {
  *version = VERSION * 10000;
  return SUCCESS;
}

EXPORT int cublasGetProperty(int type, int *value) {
  *value = type == 0 ? VERSION : 0;
  return SUCCESS;
}

EXPORT int cublasGemmEx(Handle *handle, int a_op, int b_op, int m, int n, int k, const void *alpha, const char *a, int a_type,
                        int lda, const char *b, int b_type, int ldb, const void *beta, char *c, int c_type, int ldc, int compute,
                        int) {
  BEGIN
  return multiply(handle, a_op, b_op, m, n, k, alpha, a, a_type, lda, 0, b, b_type, ldb, 0, beta, c, c_type, ldc, 0, 1, compute);
}

EXPORT int cublasGemmStridedBatchedEx(Handle *handle, int a_op, int b_op, int m, int n, int k, const void *alpha, const char *a,
                                      int a_type, int lda, long long stride_a, const char *b, int b_type, int ldb,
                                      long long stride_b, const void *beta, char *c, int c_type, int ldc, long long stride_c,
                                      int count, int compute, int) {
  BEGIN
  return multiply(handle, a_op, b_op, m, n, k, alpha, a, a_type, lda, stride_a, b, b_type, ldb, stride_b, beta, c, c_type, ldc,
                  stride_c, count, compute);
}
