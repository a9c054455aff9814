package dev.javelin.cpu;

import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.Executable;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// Runs row-wise kernels. A row that fits the cache stays in registers from its first fold to its
/// stores, so memory is read and written once; short rows share a block. A longer row is walked
/// once for each phase, recomputing what the phase needs.
final class RowWiseExecutor implements Executable {
  /// The longest row that is kept in registers.
  private static final long LONGEST = 16384;

  /// From this length on a row has its blocks to itself: results of folds are then one value for
  /// the whole block.
  private static final long OWN_BLOCK = 512;

  /// How many rows' results are kept before `finish` is run over them.
  private static final int BATCH = 256;

  private final int buffers;
  private final Layout layout = new Layout();
  private final long rows;
  private final long length;

  /// One plan of several phases where rows are kept in registers, else one plan for each phase, the
  /// stores last.
  private final BlockPlan[] plans;

  private final boolean kept;
  private final int rowsPerBlock;
  private final RowFold[] folds;
  private final FoldInput[] inputs;

  /// The folds that are complete after each phase.
  private final int[][] foldsOf;

  private final long[] results;
  private final int[] resultBytes;
  private final long accumulators;
  private final BlockPlan finish;
  private final int tasks;

  /// The rows as one loop; null where none can be written.
  private final WrittenRows written;

  private RowWiseExecutor(Kernel.RowWise kernel, Loops loops) {
    buffers = kernel.buffers().size();
    rows = kernel.outer().numel();
    length = kernel.inner().numel();
    int count = kernel.folds().size();
    folds = new RowFold[count];
    inputs = new FoldInput[count];
    results = new long[count];
    List<int[]> read = new ArrayList<>();
    resultBytes = new int[count];
    for (int f = 0; f < count; f++) {
      Kernel.Fold fold = kernel.folds().get(f);
      read.add(FoldInput.values(kernel.body(), kernel.folds(), kernel.stores(), fold));
      DType type = kernel.body().code().get(fold.value()).type();
      folds[f] = RowFold.of(loops, fold, type, read.get(f).length > 1);
      resultBytes[f] = fold.type().bytes();
      results[f] = layout.memory((long) BATCH * resultBytes[f]);
    }
    int rank = kernel.outer().rank();
    Shape space = kernel.outer().concat(kernel.inner());
    View lead = Orders.lead(kernel.body(), space);
    int[] outer = Orders.byMemory(lead, 0, rank);
    boolean inOrder = kernel.folds().stream().anyMatch(ReduceExecutor::isArgument);
    int[] inner =
        inOrder
            ? Orders.asGiven(space, rank, space.rank())
            : Orders.byMemory(lead, rank, space.rank());
    int[] order = Orders.concat(outer, inner);
    kept = length <= LONGEST;
    rowsPerBlock =
        length == 0 || length >= OWN_BLOCK
            ? 1
            : (int) Math.min(Math.min(rows, BATCH), BlockCompiler.BLOCK / length);
    RowFinder.Rows found = null;
    if (length == 0) {
      plans = new BlockPlan[0];
      foldsOf = new int[][] {IntStream.range(0, count).toArray()};
    } else if (kept) {
      BlockCompiler compiler = compiler(kernel, loops, layout, order, read, kernel.stores(), true);
      plans = new BlockPlan[] {compiler.compile((int) (rowsPerBlock * length), 0)};
      foldsOf = foldsOf(compiler, count);
      input(kernel, plans[0], read, IntStream.range(0, count).toArray());
      found = loops.vectors() ? RowFinder.find(kernel, order, compiler, plans[0]) : null;
    } else {
      // The phases do not depend on how the plans are made, so any compiler can say them.
      Layout unused = new Layout();
      foldsOf = foldsOf(compiler(kernel, loops, unused, order, read, kernel.stores(), true), count);
      plans = new BlockPlan[foldsOf.length + 1];
      for (int p = 0; p < foldsOf.length; p++) {
        List<int[]> some = IntStream.of(foldsOf[p]).mapToObj(read::get).toList();
        plans[p] = compiler(kernel, loops, layout, order, some, List.of(), false).compile();
        input(kernel, plans[p], read, foldsOf[p]);
      }
      plans[foldsOf.length] =
          compiler(kernel, loops, layout, order, List.of(), kernel.stores(), false).compile();
    }
    accumulators = layout.memory((long) Math.max(1, count) * RowFold.BYTES);
    finish =
        new BlockCompiler(
                loops,
                layout,
                kernel.buffers(),
                outer,
                rows,
                kernel.finish(),
                List.of(),
                kernel.rowStores(),
                new FoldResults(0, results),
                false)
            .compile();
    double cost = count;
    for (BlockPlan plan : plans) {
      cost += plan.cost;
    }
    double work = (double) rows * length * cost;
    int threads = MapExecutor.threads(work);
    tasks = (int) Math.min(rows, threads == 1 ? 1 : 4L * threads);
    written =
        found == null
            ? null
            : new WrittenRows(found, loops, layout, results, this::begin, this::keptRows);
  }

  static Executable of(Kernel.RowWise kernel, Loops loops) {
    return new RowWiseExecutor(kernel, loops);
  }

  /// Whether there is one loop for its rows.
  boolean isWritten() {
    return written != null;
  }

  private BlockCompiler compiler(
      Kernel.RowWise kernel,
      Loops loops,
      Layout memory,
      int[] order,
      List<int[]> some,
      List<Kernel.Store> stores,
      boolean phased) {
    return new BlockCompiler(
        loops,
        memory,
        kernel.buffers(),
        order,
        rows * length,
        kernel.body(),
        some,
        stores,
        new FoldResults(length, results),
        phased);
  }

  private static int[][] foldsOf(BlockCompiler compiler, int count) {
    int phases = IntStream.range(0, count).map(compiler::foldPhase).max().orElse(-1) + 1;
    return IntStream.range(0, phases)
        .mapToObj(p -> IntStream.range(0, count).filter(f -> compiler.foldPhase(f) == p).toArray())
        .toArray(int[][]::new);
  }

  private void input(Kernel.RowWise kernel, BlockPlan plan, List<int[]> read, int[] some) {
    for (int f : some) {
      DType type = kernel.body().code().get(read.get(f)[0]).type();
      inputs[f] = FoldInput.of(plan, layout, read.get(f), type.bytes());
    }
  }

  @Override
  public void launch(DeviceBuffer[] given, long[] offsets, long[] params) {
    Frame frame = Frame.current();
    frame.bind(given, offsets, params, buffers);
    if (tasks == 1) {
      run(frame, 0, rows);
    } else {
      share(frame);
    }
  }

  private void share(Frame launcher) {
    Workers.run(
        tasks,
        t -> {
          Frame frame = Frame.current();
          frame.join(launcher);
          run(frame, cut(t), cut(t + 1));
        });
  }

  /// The first row of part t.
  private long cut(int t) {
    return t == tasks ? rows : rows * t / tasks / rowsPerBlock * rowsPerBlock;
  }

  private void run(Frame frame, long from, long end) {
    frame.reserve(layout);
    begin(frame);
    finish.begin(frame);
    Loop loop = written == null ? null : written.get(end - from);
    // Whole blocks of rows in a batch.
    long batch = (long) BATCH / rowsPerBlock * rowsPerBlock;
    for (long first = from; first < end; first += batch) {
      long last = Math.min(end, first + batch);
      frame.firstRow = first;
      if (length == 0) {
        identities(frame, first, last);
      } else if (loop != null) {
        written.run(frame, loop, first, last);
      } else if (kept) {
        keptRows(frame, first, last);
      } else {
        walkedRows(frame, first, last);
      }
      finish.runAll(frame, first, last);
    }
  }

  private void begin(Frame frame) {
    for (BlockPlan plan : plans) {
      plan.begin(frame);
    }
  }

  private long result(Frame frame, int f, long row) {
    return frame.memory + results[f] + (row - frame.firstRow) * resultBytes[f];
  }

  private void identities(Frame frame, long from, long end) {
    for (int f = 0; f < folds.length; f++) {
      for (long row = from; row < end; row++) {
        folds[f].start(frame.memory + accumulators);
        folds[f].finish(frame.memory + accumulators, result(frame, f, row));
      }
    }
  }

  private void keptRows(Frame frame, long from, long end) {
    BlockPlan plan = plans[0];
    int width = (int) length;
    for (long row = from; row < end; row += rowsPerBlock) {
      int count = (int) Math.min(rowsPerBlock, end - row);
      for (int p = 0; p < plan.phases() || p < foldsOf.length; p++) {
        if (p < plan.phases()) {
          plan.run(frame, p, row * length, count * width);
        }
        if (p < foldsOf.length) {
          fold(frame, foldsOf[p], row, count);
        }
      }
    }
  }

  private void fold(Frame frame, int[] some, long row, int count) {
    for (int f : some) {
      RowReduce.foldRows(
          frame,
          folds[f],
          frame.memory + accumulators,
          inputs[f],
          count,
          (int) length,
          result(frame, f, row),
          resultBytes[f]);
    }
  }

  private void walkedRows(Frame frame, long from, long end) {
    for (long row = from; row < end; row++) {
      for (int p = 0; p < foldsOf.length; p++) {
        walk(frame, p, row);
      }
      plans[foldsOf.length].runAll(frame, row * length, (row + 1) * length);
    }
  }

  /// Walks a row for the folds of one phase.
  private void walk(Frame frame, int p, long row) {
    BlockPlan plan = plans[p];
    long base = frame.memory + accumulators;
    for (int f : foldsOf[p]) {
      folds[f].start(base + (long) f * RowFold.BYTES);
    }
    long start = row * length;
    for (long i = 0; i < length; ) {
      int n = plan.length(start + i, start + length);
      plan.run(frame, 0, start + i, n);
      for (int f : foldsOf[p]) {
        long x = inputs[f].at(frame, n);
        folds[f].add(base + (long) f * RowFold.BYTES, x, inputs[f].otherAt(frame, n), n, i);
      }
      i += n;
    }
    for (int f : foldsOf[p]) {
      folds[f].finish(base + (long) f * RowFold.BYTES, result(frame, f, row));
    }
  }
}
