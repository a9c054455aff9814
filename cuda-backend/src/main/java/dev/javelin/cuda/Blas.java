package dev.javelin.cuda;

import dev.javelin.backend.Precision;
import dev.javelin.kernels.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jcuda.Pointer;
import jcuda.cudaDataType;
import jcuda.driver.CUstream;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasComputeType;
import jcuda.jcublas.cublasGemmAlgo;
import jcuda.jcublas.cublasHandle;
import jcuda.jcublas.cublasMath;
import jcuda.jcublas.cublasOperation;
import jcuda.jcublas.cublasStatus;
import jcuda.runtime.cudaStream_t;

/// cuBLAS on a device. Used under the session's monitor, because it keeps a stream and a workspace.
final class Blas {
  /// What NVIDIA advises: more from compute capability 9.0 on.
  private static final long LARGE_WORKSPACE = 32L << 20;

  private static final long SMALL_WORKSPACE = 8L << 20;

  private final Session session;
  private final cublasHandle handle = new cublasHandle();
  private final CudaBuffer workspace;

  // One and zero, as float and as double: a product is stored as it is.
  private final Pointer oneFloat;
  private final Pointer zeroFloat;
  private final Pointer oneDouble;
  private final Pointer zeroDouble;

  /// The stream that it was told to use last.
  private CUstream stream;

  Blas(Session session) {
    this.session = session;
    check(JCublas2.cublasCreate(handle), "starting cuBLAS");
    // Sums of 16-bit products stay in float32 to the end.
    check(
        JCublas2.cublasSetMathMode(
            handle, cublasMath.CUBLAS_MATH_DISALLOW_REDUCED_PRECISION_REDUCTION),
        "setting up cuBLAS");
    boolean large = session.device().major() >= 9;
    workspace = session.allocate(large ? LARGE_WORKSPACE : SMALL_WORKSPACE);
    MemorySegment numbers = Arena.global().allocate(4 * Long.BYTES, Long.BYTES);
    numbers.set(ValueLayout.JAVA_FLOAT, 0, 1);
    numbers.set(ValueLayout.JAVA_DOUBLE, 16, 1);
    oneFloat = Handles.host(numbers.address());
    zeroFloat = Handles.host(numbers.address() + 8);
    oneDouble = Handles.host(numbers.address() + 16);
    zeroDouble = Handles.host(numbers.address() + 24);
  }

  /// Queues a product.
  ///
  /// @param gemm the product
  /// @param a where the left operand begins on the device
  /// @param b where the right operand begins
  /// @param c where the product goes
  void multiply(Gemm gemm, long a, long b, long c) {
    if (!session.isQueuing()) {
      return;
    }
    use(session.stream());
    boolean wide = gemm.a().type() == DType.FLOAT64;
    Pointer one = wide ? oneDouble : oneFloat;
    Pointer zero = wide ? zeroDouble : zeroFloat;
    int compute = compute(gemm.a().type());
    int algorithm = cublasGemmAlgo.CUBLAS_GEMM_DEFAULT;
    int status =
        gemm.batch() == 1
            ? JCublas2.cublasGemmEx_new(
                handle,
                operation(gemm.b()),
                operation(gemm.a()),
                gemm.n(),
                gemm.m(),
                gemm.k(),
                one,
                Handles.device(b),
                type(gemm.b()),
                gemm.b().lead(),
                Handles.device(a),
                type(gemm.a()),
                gemm.a().lead(),
                zero,
                Handles.device(c),
                type(gemm.c()),
                gemm.c().lead(),
                compute,
                algorithm)
            : JCublas2.cublasGemmStridedBatchedEx_new(
                handle,
                operation(gemm.b()),
                operation(gemm.a()),
                gemm.n(),
                gemm.m(),
                gemm.k(),
                one,
                Handles.device(b),
                type(gemm.b()),
                gemm.b().lead(),
                gemm.b().stride(),
                Handles.device(a),
                type(gemm.a()),
                gemm.a().lead(),
                gemm.a().stride(),
                zero,
                Handles.device(c),
                type(gemm.c()),
                gemm.c().lead(),
                gemm.c().stride(),
                gemm.batch(),
                compute,
                algorithm);
    check(status, "computing " + gemm);
    if (session.blocking()) {
      session.check(session.driver().synchronize(session.stream()), "computing " + gemm);
    }
  }

  private void use(CUstream now) {
    if (stream != now) {
      check(JCublas2.cublasSetStream(handle, new cudaStream_t(now)), "choosing a stream");
      // Choosing a stream makes cuBLAS use a workspace of its own.
      check(
          JCublas2.cublasSetWorkspace(
              handle, Handles.device(workspace.address()), workspace.bytes()),
          "giving cuBLAS its workspace");
      stream = now;
    }
  }

  private static int operation(Gemm.Matrix matrix) {
    return matrix.rowsFirst() ? cublasOperation.CUBLAS_OP_N : cublasOperation.CUBLAS_OP_T;
  }

  private static int type(Gemm.Matrix matrix) {
    return switch (matrix.type()) {
      case FLOAT16 -> cudaDataType.CUDA_R_16F;
      case BFLOAT16 -> cudaDataType.CUDA_R_16BF;
      case FLOAT32 -> cudaDataType.CUDA_R_32F;
      case FLOAT64 -> cudaDataType.CUDA_R_64F;
      default -> throw new IllegalArgumentException("cuBLAS does not multiply " + matrix.type());
    };
  }

  private static int compute(DType type) {
    return switch (type) {
      case FLOAT64 -> cublasComputeType.CUBLAS_COMPUTE_64F;
      case FLOAT32 ->
          Precision.isTf32Allowed()
              ? cublasComputeType.CUBLAS_COMPUTE_32F_FAST_TF32
              : cublasComputeType.CUBLAS_COMPUTE_32F;
      default -> cublasComputeType.CUBLAS_COMPUTE_32F;
    };
  }

  private void check(int status, String doing) {
    if (status != cublasStatus.CUBLAS_STATUS_SUCCESS) {
      throw CudaStatus.blasFailure(session.device().name(), status, doing);
    }
  }
}
