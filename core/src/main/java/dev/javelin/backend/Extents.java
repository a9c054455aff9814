package dev.javelin.backend;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Instr;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Program;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.util.Arrays;
import java.util.List;

/// The bytes of each buffer that a kernel can touch, whatever its data are.
///
/// Also refuses kernels whose views do not fit together: a backend may rely on the shapes that are checked here.
public final class Extents {
  private final List<DType> types;

  // For each buffer: the first byte and the byte after the last, counted from the launch's offset;
  // first > end if untouched.
  private final long[] first;
  private final long[] end;

  private Extents(List<DType> types) {
    this.types = types;
    this.first = new long[types.size()];
    this.end = new long[types.size()];
    Arrays.fill(first, Long.MAX_VALUE);
    Arrays.fill(end, Long.MIN_VALUE);
  }

  /// How many buffers the kernel numbers.
  ///
  /// @return the number
  public int buffers() {
    return first.length;
  }

  /// Whether any element of a buffer may be touched.
  ///
  /// @param buffer the buffer's number
  /// @return false if the kernel leaves it alone
  public boolean touches(int buffer) {
    return first[buffer] < end[buffer];
  }

  /// The first byte of a buffer that may be touched.
  ///
  /// @param buffer the number of a buffer that is touched
  /// @return the byte, counted from the launch's offset; may be negative
  public long first(int buffer) {
    return first[buffer];
  }

  /// The byte after the last that may be touched.
  ///
  /// @param buffer the number of a buffer that is touched
  /// @return the byte, counted from the launch's offset
  public long end(int buffer) {
    return end[buffer];
  }

  /// What a kernel touches.
  ///
  /// @param kernel the kernel
  /// @return the extent of each of its buffers
  /// @throws IllegalArgumentException if its views do not fit its iteration space or its dtypes
  ///   contradict each other
  public static Extents of(Kernel kernel) {
    Extents extents = new Extents(kernel.buffers());
    switch (kernel) {
      case Kernel.Map map -> {
        for (Kernel.Part part : map.parts()) {
          extents.add(part.program(), part.shape());
          extents.add(part.stores(), part.shape());
        }
      }
      case Kernel.Reduce reduce -> {
        extents.add(reduce.body(), reduce.outer().concat(reduce.inner()));
        extents.add(reduce.finish(), reduce.outer());
        extents.add(reduce.stores(), reduce.outer());
      }
      case Kernel.RowWise row -> {
        Shape all = row.outer().concat(row.inner());
        extents.add(row.body(), all);
        extents.add(row.stores(), all);
        extents.add(row.finish(), row.outer());
        extents.add(row.rowStores(), row.outer());
      }
      case Kernel.Contract contract -> extents.contract(contract);
      case Kernel.Convolve convolve -> extents.convolve(convolve);
      case Kernel.Pool pool -> extents.pool(pool);
      case Kernel.Attention attention -> extents.attention(attention);
      case Kernel.AttentionBackward backward -> extents.attention(backward);
      case Kernel.Gather gather -> {
        extents.sameType(gather.source(), gather.target());
        extents.index(gather.index());
        extents.add(gather.index(), gather.shape());
        extents.add(gather.target(), gather.shape());
        extents.add(gather.source(), gather.shape(), gather.axisStride(), gather.axisSize());
      }
      case Kernel.Scatter scatter -> {
        extents.sameType(scatter.source(), scatter.target());
        extents.index(scatter.index());
        extents.add(scatter.source(), scatter.shape());
        extents.add(scatter.index(), scatter.shape());
        extents.add(scatter.target(), scatter.shape(), scatter.axisStride(), scatter.axisSize());
      }
      case Kernel.Random random -> extents.add(random.target(), random.target().view().shape());
      case Kernel.Copy copy -> {
        extents.sameType(copy.source(), copy.target());
        extents.add(copy.source(), copy.target().view().shape());
        extents.add(copy.target(), copy.target().view().shape());
      }
    }
    return extents;
  }

  private void contract(Kernel.Contract kernel) {
    Shape a = kernel.a().view().shape();
    int rank = a.rank();
    require(rank >= 2 && kernel.b().view().shape().rank() == rank, "a product needs two matrices");
    long n = kernel.b().view().shape().size(-1);
    add(kernel.a(), a);
    add(kernel.b(), a.with(rank - 2, a.size(-1)).with(rank - 1, n));
    add(kernel.finish(), a.with(rank - 1, n));
    add(kernel.store().to(), a.with(rank - 1, n));
  }

  private void convolve(Kernel.Convolve kernel) {
    Shape x = kernel.x().view().shape();
    Shape w = kernel.w().view().shape();
    Kernel.Window g = kernel.geometry();
    require(x.rank() == 4 && w.rank() == 4, "a convolution needs arrays of four axes");
    require(
        g.groups() > 0 && w.size(1) * g.groups() == x.size(1) && w.size(0) % g.groups() == 0,
        "the groups of a convolution divide its channels");
    require(
        w.size(2) == g.kernelH() && w.size(3) == g.kernelW(),
        "the weights of a convolution have its window's size");
    Shape y = planes(x, w.size(0), g);
    add(kernel.x(), x);
    add(kernel.w(), w);
    add(kernel.y(), y);
    add(
        kernel.finish(),
        switch (kernel.direction()) {
          case FORWARD -> y;
          case BACKWARD_DATA -> x;
          case BACKWARD_WEIGHTS -> w;
        });
  }

  private void pool(Kernel.Pool kernel) {
    Shape x = kernel.x();
    require(x.rank() == 4, "a pooling needs arrays of four axes");
    Shape least = planes(x, x.size(1), kernel.window());
    Shape y = least;
    for (int axis = 2; axis < 4; axis++) {
      if (isOneMore(kernel, axis, least.size(axis))) {
        y = y.with(axis, least.size(axis) + 1);
      }
    }
    add(kernel.body(), kernel.op().isBackward() ? y : x);
    add(kernel.target(), kernel.op().isBackward() ? x : y);
    require(
        kernel.body().code().get(kernel.value()).type()
            == types.get(kernel.target().buffer()).register(),
        "what is pooled is of the target's register type");
    if (kernel.op().isMax()) {
      require(
          types.get(kernel.index().buffer()) == DType.INT32, "the indices of a pooling are int32");
      require(
          x.size(2) * x.size(3) <= Integer.MAX_VALUE,
          "a plane of a pooling has at most 2^31 - 1 places");
      add(kernel.index(), y);
    }
  }

  /// Whether y has another window, which begins in the padded plane.
  private static boolean isOneMore(Kernel.Pool kernel, int axis, long windows) {
    Kernel.Window g = kernel.window();
    Shape y = kernel.y();
    long size = kernel.x().size(axis);
    long stride = axis == 2 ? g.strideH() : g.strideW();
    long pad = axis == 2 ? g.padH() : g.padW();
    return y.rank() == 4 && y.size(axis) == windows + 1 && windows * stride < size + pad;
  }

  private void attention(Kernel.Attention kernel) {
    Shape q = attention(List.of(kernel.q(), kernel.k(), kernel.v(), kernel.y()), kernel.k());
    int rank = q.rank();
    long s = kernel.k().view().shape().size(-2);
    long f = kernel.v().view().shape().size(-1);
    add(kernel.q(), q);
    add(kernel.k(), q.with(rank - 2, s));
    add(kernel.v(), q.with(rank - 2, s).with(rank - 1, f));
    add(kernel.y(), q.with(rank - 1, f));
    addRows(kernel.lse(), q);
  }

  private void attention(Kernel.AttentionBackward kernel) {
    Shape q =
        attention(
            List.of(
                kernel.q(),
                kernel.k(),
                kernel.v(),
                kernel.g(),
                kernel.dq(),
                kernel.dk(),
                kernel.dv()),
            kernel.k());
    int rank = q.rank();
    Shape k = q.with(rank - 2, kernel.k().view().shape().size(-2));
    long f = kernel.v().view().shape().size(-1);
    add(kernel.q(), q);
    add(kernel.dq(), q);
    add(kernel.k(), k);
    add(kernel.dk(), k);
    add(kernel.v(), k.with(rank - 1, f));
    add(kernel.dv(), k.with(rank - 1, f));
    add(kernel.g(), q.with(rank - 1, f));
    addRows(kernel.lse(), q);
    addRows(kernel.delta(), q);
  }

  /// Checks the dtypes and ranks of an attention's matrices; gives the shape of the first, the queries.
  private Shape attention(List<Kernel.Operand> matrices, Kernel.Operand keys) {
    Shape q = matrices.getFirst().view().shape();
    for (Kernel.Operand matrix : matrices) {
      sameType(matrices.getFirst(), matrix);
      require(
          q.rank() >= 2 && matrix.view().shape().rank() == q.rank(),
          "an attention needs matrices of one rank");
    }
    require(
        types.get(keys.buffer()).isFloatingPoint(), "an attention is of floating-point numbers");
    return q;
  }

  /// Adds numbers of the register type, one for each query.
  private void addRows(Kernel.Operand numbers, Shape q) {
    require(
        types.get(numbers.buffer()).isFloatingPoint()
            && types.get(numbers.buffer()).register() == types.get(numbers.buffer()),
        "what an attention keeps of a row is of a register type");
    add(numbers, q.drop(q.rank() - 1));
  }

  private static Shape planes(Shape x, long channels, Kernel.Window g) {
    require(
        g.kernelH() > 0
            && g.kernelW() > 0
            && g.strideH() > 0
            && g.strideW() > 0
            && g.dilationH() > 0
            && g.dilationW() > 0
            && g.padH() >= 0
            && g.padW() >= 0,
        "a window has positive sizes, strides and dilations");
    require(
        x.numel() == 0
            || (x.size(2) + 2 * g.padH() > g.dilationH() * (g.kernelH() - 1)
                && x.size(3) + 2 * g.padW() > g.dilationW() * (g.kernelW() - 1)),
        "a window fits into the padded plane");
    return Shape.of(x.size(0), channels, g.outHeight(x.size(2)), g.outWidth(x.size(3)));
  }

  private void add(Program program, Shape shape) {
    for (Instr instr : program.code()) {
      switch (instr) {
        case Instr.Load(int buffer, View view, DType stored) -> {
          require(types.get(buffer) == stored, "a load names the dtype of its buffer");
          add(new Kernel.Operand(buffer, view), shape);
        }
        case Instr.Iota(View view) -> same(view, shape);
        case Instr.Const _, Instr.Param _, Instr.Result _, Instr.Apply _, Instr.Cast _ -> {}
      }
    }
  }

  private void add(List<Kernel.Store> stores, Shape shape) {
    for (Kernel.Store store : stores) {
      add(store.to(), shape);
    }
  }

  private void add(Kernel.Operand operand, Shape shape) {
    add(operand, shape, 0, 1);
  }

  /// Adds what an operand touches, moved by `stride` times 0 to `size - 1`.
  private void add(Kernel.Operand operand, Shape shape, long stride, long size) {
    View view = operand.view();
    same(view, shape);
    if (shape.numel() == 0 || size == 0) {
      return;
    }
    long low = view.offset();
    long high = view.offset();
    long last = Math.multiplyExact(stride, size - 1);
    low = Math.addExact(low, Math.min(0, last));
    high = Math.addExact(high, Math.max(0, last));
    for (int axis = 0; axis < shape.rank(); axis++) {
      long reach = Math.multiplyExact(view.stride(axis), shape.size(axis) - 1);
      low = Math.addExact(low, Math.min(0, reach));
      high = Math.addExact(high, Math.max(0, reach));
    }
    int buffer = operand.buffer();
    long bytes = types.get(buffer).bytes();
    first[buffer] = Math.min(first[buffer], Math.multiplyExact(low, bytes));
    end[buffer] = Math.max(end[buffer], Math.multiplyExact(Math.addExact(high, 1), bytes));
  }

  private void sameType(Kernel.Operand a, Kernel.Operand b) {
    require(types.get(a.buffer()) == types.get(b.buffer()), "source and target have one dtype");
  }

  private void index(Kernel.Operand index) {
    DType type = types.get(index.buffer());
    require(type == DType.INT64 || type == DType.INT32, "an index is int64 or int32");
  }

  private static void same(View view, Shape shape) {
    if (!view.shape().equals(shape)) {
      throw new IllegalArgumentException(
          "a kernel over " + shape + " has a view of the shape " + view.shape());
    }
  }

  private static void require(boolean condition, String rule) {
    if (!condition) {
      throw new IllegalArgumentException("not a kernel: " + rule);
    }
  }
}
