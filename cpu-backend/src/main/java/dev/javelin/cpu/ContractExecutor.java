package dev.javelin.cpu;

import dev.javelin.backend.Executable;
import dev.javelin.cpu.MatmulSpec.Bias;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.util.List;
import java.util.Optional;

/// Matrix products: finds the geometry in the views and hands it to oneDNN, or to Java where oneDNN
/// cannot.
///
/// Batch axes are merged where all three arrays allow; of those that stay, the largest goes into
/// the product and the others are a loop. An output that lies column by column is computed as the
/// transposed product.
final class ContractExecutor extends LibraryCall {
  /// Operations below which an operand is not worth a copy into a form that oneDNN takes.
  private static final long TINY = 20_000;

  /// From this many products per thread on, the loop over the outer batch axes is shared by the
  /// threads.
  private static final int SHARED = 4;

  /// Operations worth a thread.
  private static final long GRAIN = 500_000;

  private final Kernel.Contract kernel;
  private final Matmul matmul;
  private final boolean transposed;

  // For each product of the loop, in bytes; empty where there is a single one.
  private final long[] aOffsets;
  private final long[] bOffsets;
  private final long[] cOffsets;

  /// How many parts the loop is divided into; with 1 each product may use all threads.
  private final int parts;

  private ContractExecutor(Kernel.Contract kernel, Staged a, Staged b, Delivery delivery) {
    super(a, b, delivery);
    this.kernel = kernel;
    DType type = kernel.type();
    View c = delivery.view();
    int rank = c.shape().rank();
    transposed = !isRowMajor(c);
    Axes batch =
        Axes.inOrder(
            batchShape(c), new int[] {1, 1, 1}, batchOf(a.view()), batchOf(b.view()), batchOf(c));
    int largest = largest(batch);
    MatmulSpec spec =
        new MatmulSpec(
            largest < 0 ? 1 : batch.size(largest),
            c.shape().size(-2),
            c.shape().size(-1),
            a.view().shape().size(-1),
            largest < 0 ? 0 : batch.stride(0, largest),
            a.view().stride(rank - 2),
            a.view().stride(rank - 1),
            largest < 0 ? 0 : batch.stride(1, largest),
            b.view().stride(rank - 2),
            b.view().stride(rank - 1),
            largest < 0 ? 0 : batch.stride(2, largest),
            c.stride(rank - 2),
            bias(delivery.epilogue(), c.shape()),
            delivery.epilogue().activation());
    matmul = matmul(transposed ? transpose(spec, c.stride(rank - 1)) : spec, type);
    Axes loop = largest < 0 ? batch : batch.without(largest);
    aOffsets = offsets(loop, 0, type.bytes());
    bOffsets = offsets(loop, 1, type.bytes());
    cOffsets = offsets(loop, 2, type.bytes());
    long worth = Workers.parts(spec.flops() * aOffsets.length, GRAIN);
    boolean shared = aOffsets.length >= SHARED * Workers.threads();
    parts = shared && worth > 1 ? SHARED * Workers.threads() : 1;
  }

  static Executable of(Kernel.Contract kernel) {
    View a = kernel.a().view();
    int rank = a.shape().rank();
    Shape shape = a.shape().with(rank - 1, kernel.b().view().shape().size(-1));
    if (shape.numel() == 0) {
      return (buffers, offsets, params) -> {};
    }
    if (a.shape().size(-1) == 0) {
      return Finish.ofZero(kernel.buffers(), shape, kernel.finish(), kernel.store(), kernel.type());
    }
    Delivery delivery =
        Delivery.of(
            order(kernel, shape),
            view -> isRowMajor(view) || isColumnMajor(view),
            epilogue -> bias(epilogue, shape) != null,
            View.contiguous(shape));
    return new ContractExecutor(
        kernel, staged(kernel, kernel.a(), shape), staged(kernel, kernel.b(), shape), delivery);
  }

  private static Delivery.Order order(Kernel.Contract kernel, Shape shape) {
    return new Delivery.Order(kernel, shape, kernel.type(), kernel.finish(), kernel.store());
  }

  /// An operand as it is, unless it is of another dtype or oneDNN cannot walk it.
  private static Staged staged(Kernel.Contract kernel, Kernel.Operand operand, Shape shape) {
    List<DType> buffers = kernel.buffers();
    View view = operand.view();
    boolean foreign =
        kernel.type() == DType.FLOAT32
            && Dnnl.get().isPresent()
            && shape.numel() * kernel.a().view().shape().size(-1) > TINY
            && !isRowMajor(view)
            && !isColumnMajor(view);
    return foreign || buffers.get(operand.buffer()) != kernel.type()
        ? Staged.copied(buffers, operand, kernel.type(), view.shape().rank() - 2)
        : Staged.direct(buffers, operand);
  }

  /// Whether the elements of a row of the matrices are adjacent and the rows do not overlap.
  private static boolean isRowMajor(View view) {
    return isMajor(view, view.shape().rank() - 2, view.shape().rank() - 1);
  }

  /// The same for the columns.
  private static boolean isColumnMajor(View view) {
    return isMajor(view, view.shape().rank() - 1, view.shape().rank() - 2);
  }

  private static boolean isMajor(View view, int outer, int inner) {
    long length = view.shape().size(inner);
    return (length == 1 || view.stride(inner) == 1)
        && (view.shape().size(outer) == 1 || view.stride(outer) >= length);
  }

  /// How a product adds an epilogue's bias; null where it cannot.
  private static Bias bias(Epilogue epilogue, Shape shape) {
    if (epilogue.bias() == null) {
      return Bias.NONE;
    }
    View view = epilogue.bias().view();
    if (Epilogue.isVector(view, shape.rank() - 1)) {
      return Bias.PER_COLUMN;
    }
    return Epilogue.isVector(view, shape.rank() - 2) ? Bias.PER_ROW : null;
  }

  /// The product of the transposed matrices in exchanged order, which is the transposed product.
  ///
  /// @param cCol the distance between the columns of c
  private static MatmulSpec transpose(MatmulSpec s, long cCol) {
    Bias bias =
        switch (s.bias()) {
          case NONE -> Bias.NONE;
          case PER_COLUMN -> Bias.PER_ROW;
          case PER_ROW -> Bias.PER_COLUMN;
        };
    return new MatmulSpec(
        s.batch(),
        s.n(),
        s.m(),
        s.k(),
        s.bBatch(),
        s.bCol(),
        s.bRow(),
        s.aBatch(),
        s.aCol(),
        s.aRow(),
        s.cBatch(),
        cCol,
        bias,
        s.activation());
  }

  private static Matmul matmul(MatmulSpec spec, DType type) {
    Optional<Matmul> fast =
        type == DType.FLOAT32 ? Dnnl.get().flatMap(dnnl -> dnnl.matmul(spec)) : Optional.empty();
    return fast.orElseGet(() -> JavaMatmul.of(spec, type));
  }

  private static Shape batchShape(View view) {
    Shape shape = view.shape();
    return shape.drop(shape.rank() - 1).drop(shape.rank() - 2);
  }

  private static View batchOf(View view) {
    int rank = view.shape().rank();
    return view.drop(rank - 1).drop(rank - 2);
  }

  private static int largest(Axes axes) {
    int largest = -1;
    for (int axis = 0; axis < axes.rank(); axis++) {
      if (largest < 0 || axes.size(axis) > axes.size(largest)) {
        largest = axis;
      }
    }
    return largest;
  }

  private static long[] offsets(Axes loop, int operand, int bytes) {
    int count = loop.rank() == 0 ? 0 : Math.toIntExact(loop.numel());
    long[] offsets = new long[count];
    Walk walk = new Walk(loop, 3, 0);
    for (int i = 0; i < count; i++, walk.next()) {
      offsets[i] = walk.distance(operand) * bytes;
    }
    return offsets;
  }

  @Override
  void compute(long a, long b, long bias, long c) {
    int count = aOffsets.length;
    if (count == 0) {
      multiply(a, b, bias, c);
    } else {
      // A product inside a shared loop runs on its thread alone.
      Workers.share(count, parts, (from, end) -> multiply(a, b, bias, c, (int) from, (int) end));
    }
  }

  private void multiply(long a, long b, long bias, long c, int first, int end) {
    for (int i = first; i < end; i++) {
      multiply(a + aOffsets[i], b + bOffsets[i], bias, c + cOffsets[i]);
    }
  }

  private void multiply(long a, long b, long bias, long c) {
    if (transposed) {
      matmul.run(b, a, bias, c);
    } else {
      matmul.run(a, b, bias, c);
    }
  }

  @Override
  LibraryCall viaScratch() {
    View view = kernel.store().to().view();
    return new ContractExecutor(
        kernel,
        staged(kernel, kernel.a(), view.shape()),
        staged(kernel, kernel.b(), view.shape()),
        Delivery.viaScratch(order(kernel, view.shape()), View.contiguous(view.shape())));
  }
}
