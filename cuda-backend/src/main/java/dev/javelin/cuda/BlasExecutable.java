package dev.javelin.cuda;

import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.Executable;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Instr;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Program;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// A matrix product by cuBLAS; what the kernel computes from the product, which cuBLAS cannot, is an elementwise kernel behind it.
final class BlasExecutable implements Executable {
  private final Session session;
  private final Blas blas;
  private final Gemm gemm;
  private final Kernel.Operand left;
  private final Kernel.Operand right;
  private final Kernel.Operand target;

  /// Reads the product in scratch memory; empty where cuBLAS writes what is stored.
  private final Optional<CudaExecutable> finish;

  private BlasExecutable(
      Session session, Kernel.Contract kernel, Gemm gemm, Optional<CudaExecutable> finish) {
    this.session = session;
    this.blas = session.blas();
    this.gemm = gemm;
    this.left = gemm.swapped() ? kernel.b() : kernel.a();
    this.right = gemm.swapped() ? kernel.a() : kernel.b();
    this.target = kernel.store().to();
    this.finish = finish;
  }

  /// The executable of a product.
  ///
  /// @param generated compiles an elementwise kernel whose last buffer is the scratch memory
  static Executable of(
      Session session,
      Kernel.Contract kernel,
      Gemm gemm,
      Function<Kernel.Map, CudaExecutable> generated) {
    if (!gemm.scratch()) {
      return new BlasExecutable(session, kernel, gemm, Optional.empty());
    }
    Shape shape = Gemm.output(kernel);
    DType type = gemm.c().type();
    session.reserveScratch(shape.numel() * type.bytes());
    List<DType> buffers = new ArrayList<>(kernel.buffers());
    buffers.add(type);
    Program program =
        kernel
            .finish()
            .withResult(new Instr.Load(kernel.buffers().size(), View.contiguous(shape), type));
    var map =
        new Kernel.Map(
            List.copyOf(buffers),
            List.of(new Kernel.Part(shape, program, List.of(kernel.store()))));
    return new BlasExecutable(session, kernel, gemm, Optional.of(generated.apply(map)));
  }

  @Override
  public void launch(DeviceBuffer[] buffers, long[] offsets, long[] params) {
    // Held for both, because the scratch memory is everyone's.
    synchronized (session) {
      session.enter();
      long a = address(left, gemm.a().type(), buffers, offsets);
      long b = address(right, gemm.b().type(), buffers, offsets);
      long c =
          gemm.scratch()
              ? session.scratchAddress()
              : address(target, gemm.c().type(), buffers, offsets);
      for (long[] moved : gemm.loop()) {
        blas.multiply(
            gemm,
            a + moved[0] * gemm.a().type().bytes(),
            b + moved[1] * gemm.b().type().bytes(),
            c + moved[2] * gemm.c().type().bytes());
      }
      if (finish.isPresent()) {
        finish.get().launch(buffers, offsets, params);
      }
    }
  }

  private static long address(
      Kernel.Operand operand, DType type, DeviceBuffer[] buffers, long[] offsets) {
    int number = operand.buffer();
    return ((CudaBuffer) buffers[number]).address()
        + offsets[number]
        + operand.view().offset() * type.bytes();
  }
}
