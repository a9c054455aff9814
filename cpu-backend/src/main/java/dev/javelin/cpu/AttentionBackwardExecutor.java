package dev.javelin.cpu;

import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.Executable;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.util.List;
import java.util.stream.Stream;

/// The gradients of attention: a block of keys of one head walks over the blocks of queries. Weights are computed again, block by block;
/// the gradients of the keys and values stay in cache, those of the queries are summed in scratch memory.
///
/// Where there are fewer heads than threads, the keys of a head are shared out, with sums of their own for the queries' gradients.
final class AttentionBackwardExecutor implements Executable {
  private static final long[] NO_PARAMS = {};

  /// What is done with a block of one shape.
  private record Block(
      BlockProduct scores,
      BlockProduct product,
      Executable slopes,
      BlockProduct dv,
      BlockProduct dk,
      BlockProduct dq) {}

  private final Kernel.AttentionBackward kernel;
  private final DType type;
  private final DType stored;
  private final AttentionMatrix[] matrices; // q, k, v, g
  private final AttentionBlocks cut;
  private final long heads;
  private final long size;
  private final long width;

  /// Into how many parts the keys of a head are divided.
  private final int shares;

  /// By whether the block of queries is the last, and that of keys.
  private final Block[][] blocks = new Block[2][2];

  private final Executable[] putK = new Executable[2];
  private final Executable[] putV = new Executable[2];
  private final Executable putQ;

  private AttentionBackwardExecutor(Kernel.AttentionBackward kernel) {
    this.kernel = kernel;
    type = kernel.buffers().get(kernel.lse().buffer());
    stored = kernel.buffers().get(kernel.q().buffer());
    size = kernel.q().view().shape().size(-1);
    width = kernel.v().view().shape().size(-1);
    List<DType> buffers = kernel.buffers();
    matrices =
        new AttentionMatrix[] {
          AttentionMatrix.of(buffers, kernel.q(), type, kernel.scale()),
          AttentionMatrix.of(buffers, kernel.k(), type, 1),
          AttentionMatrix.of(buffers, kernel.v(), type, 1),
          AttentionMatrix.of(buffers, kernel.g(), type, 1)
        };
    Shape queries = kernel.lse().view().shape();
    heads = headsOf(kernel.lse().view(), 1).shape().numel();
    cut = AttentionBlocks.of(queries.size(-1), kernel.k().view().shape().size(-2), kernel.causal());
    long wanted = Math.ceilDiv(Workers.threads(), Math.max(1, heads));
    shares = Math.toIntExact(Math.clamp(wanted, 1, Math.max(1, cut.columnBlocks())));
    int last = queries.rank() - 1;
    for (int j = 0; j < 2 && cut.keys() > 0; j++) {
      long n = cut.columns(j == 0 ? 0 : cut.columnBlocks() - 1);
      putK[j] = AttentionKernels.put(type, rows(kernel.dk().view(), n), stored);
      putV[j] = AttentionKernels.put(type, rows(kernel.dv().view(), n), stored);
      for (int i = 0; i < 2 && cut.queries() > 0; i++) {
        blocks[i][j] =
            block(
                cut.rows(i == 0 ? 0 : cut.rowBlocks() - 1),
                n,
                kernel.lse().view().stride(last),
                kernel.delta().view().stride(last));
      }
    }
    putQ = AttentionKernels.sum(type, shares, kernel.scale(), kernel.dq().view(), stored);
  }

  private Block block(long m, long n, long lse, long delta) {
    long[] row = Stream.of(matrices).mapToLong(AttentionMatrix::row).toArray();
    return new Block(
        BlockProduct.of(type, m, n, size, false, row[0], true, row[1]),
        BlockProduct.of(type, m, n, width, false, row[3], true, row[2]),
        AttentionKernels.slopes(type, m, n, lse, delta),
        BlockProduct.of(type, n, width, m, true, n, false, row[3]),
        BlockProduct.of(type, n, size, m, true, n, false, row[0]),
        BlockProduct.of(type, m, size, n, false, n, false, row[1]));
  }

  /// The view of a head's first `count` rows, from where they begin.
  private static View rows(View view, long count) {
    int rank = view.shape().rank();
    long[] strides = {view.stride(rank - 2), view.stride(rank - 1)};
    return View.of(Shape.of(count, view.shape().size(-1)), strides, 0);
  }

  /// Where each head begins.
  private static View headsOf(View view, int axes) {
    View result = view;
    for (int i = 0; i < axes; i++) {
      result = result.drop(result.shape().rank() - 1);
    }
    return result;
  }

  static Executable of(Kernel.AttentionBackward kernel) {
    return new AttentionBackwardExecutor(kernel);
  }

  /// The memory of a launch: where the operands lie, and the sums of the queries' gradients.
  private record Bound(
      DeviceBuffer[] buffers, long[] offsets, long q, long k, long v, long g, long dq) {}

  @Override
  public void launch(DeviceBuffer[] buffers, long[] offsets, long[] params) {
    long sums =
        shares * kernel.dq().view().shape().numel() * type.bytes(); // [shares, batch..., l, e]
    long bytes = Scratch.aligned(sums);
    for (AttentionMatrix matrix : matrices) {
      bytes += matrix.scratchBytes();
    }
    Scratch scratch = Scratch.borrow();
    try {
      long base = scratch.reserve(bytes);
      long at = base + Scratch.aligned(sums);
      long[] ready = new long[matrices.length];
      for (int i = 0; i < ready.length; i++) {
        ready[i] = matrices[i].address(buffers, offsets, at);
        at += matrices[i].scratchBytes();
      }
      Bound bound = new Bound(buffers, offsets, ready[0], ready[1], ready[2], ready[3], base);
      int count = Math.toIntExact(heads * shares);
      Workers.run(count, part -> run(part / shares, part % shares, bound));
      putQ.launch(
          new DeviceBuffer[] {CpuBuffer.lent(base, bytes), buffers[kernel.dq().buffer()]},
          new long[] {0, offsets[kernel.dq().buffer()]},
          NO_PARAMS);
    } finally {
      scratch.giveBack();
    }
  }

  private void run(long head, long share, Bound bound) {
    long block = Scratch.aligned(cut.rows() * cut.columns() * type.bytes());
    long slopes = block; // [rows, columns]; scores before it
    long dk = slopes + block; // [columns, size]
    long dv = dk + Scratch.aligned(cut.columns() * size * type.bytes()); // [columns, width]
    long hidden = dv + Scratch.aligned(cut.columns() * width * type.bytes()); // [columns]
    long bytes = hidden + cut.columns() * type.bytes();
    long rows = cut.queries() * size * type.bytes();
    long dq = bound.dq + (share * heads + head) * rows; // [l, e]
    Memory.clear(dq, rows);
    Scratch scratch = Scratch.borrow();
    try {
      long base = scratch.reserve(bytes);
      CpuBuffer memory = CpuBuffer.lent(base, bytes);
      for (long i = 0; kernel.causal() && i < cut.columns(); i++) {
        Elements.putDouble(type, base + hidden + i * type.bytes(), Double.NEGATIVE_INFINITY);
      }
      long end = cut.columnBlocks() * (share + 1) / shares;
      for (long j = cut.columnBlocks() * share / shares; j < end; j++) {
        Memory.clear(base + dk, hidden - dk);
        for (long i = 0; i < cut.rowBlocks(); i++) {
          if (!cut.isHidden(i, j)) {
            step(head, i, j, bound, memory, new long[] {slopes, dk, dv, hidden}, dq);
          }
        }
        int last = j == cut.columnBlocks() - 1 ? 1 : 0;
        put(putK[last], kernel.dk(), head, j, bound, memory, dk);
        put(putV[last], kernel.dv(), head, j, bound, memory, dv);
      }
    } finally {
      scratch.giveBack();
    }
  }

  private void step(
      long head, long i, long j, Bound bound, CpuBuffer memory, long[] places, long dq) {
    long base = memory.address();
    long slopes = base + places[0];
    Block block = blocks[i == cut.rowBlocks() - 1 ? 1 : 0][j == cut.columnBlocks() - 1 ? 1 : 0];
    long q = bound.q + at(0, head, i * cut.rows());
    long k = bound.k + at(1, head, j * cut.columns());
    long v = bound.v + at(2, head, j * cut.columns());
    long g = bound.g + at(3, head, i * cut.rows());
    block.scores.run(q, k, base, false);
    cut.hide(type, i, j, base, base + places[3]);
    block.product.run(g, v, slopes, false);
    int lse = kernel.lse().buffer();
    int delta = kernel.delta().buffer();
    block.slopes.launch(
        new DeviceBuffer[] {memory, memory, bound.buffers[lse], bound.buffers[delta]},
        new long[] {
          0,
          places[0],
          bound.offsets[lse] + row(kernel.lse(), head, i),
          bound.offsets[delta] + row(kernel.delta(), head, i)
        },
        NO_PARAMS);
    block.dv.run(base, g, base + places[2], true);
    block.dk.run(slopes, q, base + places[1], true);
    block.dq.run(slopes, k, dq + i * cut.rows() * size * type.bytes(), true);
  }

  private long at(int matrix, long head, long row) {
    return matrices[matrix].head(head) + row * matrices[matrix].row() * type.bytes();
  }

  private long row(Kernel.Operand numbers, long head, long i) {
    View view = numbers.view();
    long step = view.stride(view.shape().rank() - 1);
    return (headsOf(view, 1).atLinear(head) + i * cut.rows() * step) * type.bytes();
  }

  private void put(
      Executable put,
      Kernel.Operand to,
      long head,
      long j,
      Bound bound,
      CpuBuffer memory,
      long from) {
    View view = to.view();
    long step = view.stride(view.shape().rank() - 2);
    long at = headsOf(view, 2).atLinear(head) + j * cut.columns() * step;
    put.launch(
        new DeviceBuffer[] {memory, bound.buffers[to.buffer()]},
        new long[] {from, bound.offsets[to.buffer()] + at * stored.bytes()},
        NO_PARAMS);
  }
}
