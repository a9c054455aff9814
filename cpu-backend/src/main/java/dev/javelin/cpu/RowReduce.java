package dev.javelin.cpu;

import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.Executable;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel;
import java.util.List;

/// Folds rows: short ones several to a block, long ones block by block, few very long ones on
/// several threads each.
final class RowReduce implements Executable {
  /// How many rows' results are kept before `finish` is run over them.
  private static final int BATCH = 512;

  /// Rows at least this long may be cut for several threads.
  private static final long LONG_ROW = 16 * BlockCompiler.BLOCK;

  private final int buffers;
  private final Layout layout = new Layout();
  private final long rows;
  private final long length;
  private final BlockPlan body;
  private final BlockPlan finish;
  private final RowFold[] folds;
  private final FoldInput[] inputs;
  private final long[] results;
  private final int[] resultBytes;
  private final long accumulators;

  /// How many rows a block holds; 0 where a row is longer than a block.
  private final int rowsPerBlock;

  /// How many threads share a row; 1 if each row is folded by one.
  private final int cuts;

  private final int tasks;

  /// Folds over `inner`, for each of `outer`.
  ///
  /// @param outer the outer axes in the order in which they are visited
  /// @param inner the folded axes in the order in which they are visited
  RowReduce(Kernel.Reduce kernel, Loops loops, int[] outer, int[] inner) {
    buffers = kernel.buffers().size();
    rows = kernel.outer().numel();
    length = kernel.inner().numel();
    int count = kernel.folds().size();
    results = new long[count];
    resultBytes = new int[count];
    folds = new RowFold[count];
    inputs = new FoldInput[count];
    for (int f = 0; f < count; f++) {
      resultBytes[f] = kernel.folds().get(f).type().bytes();
      results[f] = layout.memory((long) BATCH * resultBytes[f]);
    }
    body = length == 0 ? null : body(kernel, loops, Orders.concat(outer, inner));
    for (int f = 0; f < count; f++) {
      Kernel.Fold fold = kernel.folds().get(f);
      DType type = kernel.body().code().get(fold.value()).type();
      int[] read = ReduceExecutor.values(kernel).get(f);
      folds[f] = RowFold.of(loops, fold, type, read.length > 1);
      if (body != null) {
        inputs[f] = FoldInput.of(body, layout, read, type.bytes());
      }
    }
    rowsPerBlock = body == null || length > body.block ? 0 : (int) (body.block / length);
    finish =
        new BlockCompiler(
                loops,
                layout,
                kernel.buffers(),
                outer,
                rows,
                kernel.finish(),
                List.of(),
                kernel.stores(),
                new FoldResults(0, results),
                false)
            .compile();
    double work = (double) rows * length * (body == null ? 0 : body.cost + count);
    int threads = MapExecutor.threads(work);
    cuts = threads > 1 && rows < 4L * threads && length >= LONG_ROW ? threads : 1;
    tasks = cuts > 1 ? cuts : (int) Math.min(rows, threads == 1 ? 1 : 4L * threads);
    accumulators = layout.memory((cuts > 1 ? cuts * rows + 1 : 1) * count * RowFold.BYTES);
  }

  private BlockPlan body(Kernel.Reduce kernel, Loops loops, int[] order) {
    BlockCompiler compiler =
        new BlockCompiler(
            loops,
            layout,
            kernel.buffers(),
            order,
            rows * length,
            kernel.body(),
            ReduceExecutor.values(kernel),
            List.of(),
            FoldResults.NONE,
            false);
    if (length > BlockCompiler.BLOCK) {
      return compiler.compile();
    }
    long fitting = Math.min(rows, Math.max(1, BlockCompiler.BLOCK / length));
    return compiler.compile((int) (fitting * length), 0);
  }

  @Override
  public void launch(DeviceBuffer[] given, long[] offsets, long[] params) {
    Frame frame = Frame.current();
    frame.bind(given, offsets, params, buffers);
    frame.reserve(layout);
    if (cuts > 1) {
      launchCut(frame);
    } else if (tasks == 1) {
      run(frame, 0, rows);
    } else {
      launchRows(frame);
    }
  }

  private void launchRows(Frame launcher) {
    long unit = Math.max(1, rowsPerBlock);
    Workers.run(
        tasks,
        t -> {
          Frame frame = Frame.current();
          frame.join(launcher);
          frame.reserve(layout);
          run(frame, cut(rows, unit, t), cut(rows, unit, t + 1));
        });
  }

  /// Where part `t` of `total` begins, at a multiple of `unit`.
  private long cut(long total, long unit, int t) {
    return t == tasks ? total : total * t / tasks / unit * unit;
  }

  private void run(Frame frame, long from, long end) {
    if (body != null) {
      body.begin(frame);
    }
    finish.begin(frame);
    for (long first = from; first < end; first += BATCH) {
      long last = Math.min(end, first + BATCH);
      frame.firstRow = first;
      if (rowsPerBlock > 0) {
        foldShort(frame, first, last);
      } else {
        foldLong(frame, first, last);
      }
      finish.runAll(frame, first, last);
    }
  }

  private void foldShort(Frame frame, long from, long end) {
    int width = (int) length;
    for (long row = from; row < end; row += rowsPerBlock) {
      int count = (int) Math.min(rowsPerBlock, end - row);
      body.run(frame, 0, row * length, count * width);
      for (int f = 0; f < folds.length; f++) {
        long to = frame.memory + results[f] + (row - frame.firstRow) * resultBytes[f];
        long accumulator = frame.memory + accumulators;
        foldRows(frame, folds[f], accumulator, inputs[f], count, width, to, resultBytes[f]);
      }
    }
  }

  /// Folds rows that lie one after the other.
  static void foldRows(
      Frame frame,
      RowFold fold,
      long accumulator,
      FoldInput input,
      int rows,
      int width,
      long to,
      int step) {
    long x = input.at(frame, rows * width);
    long y = input.otherAt(frame, rows * width);
    for (int row = 0; row < rows; row++) {
      long skip = (long) row * width * input.bytes();
      fold.start(accumulator);
      fold.add(accumulator, x + skip, y + skip, width, 0);
      fold.finish(accumulator, to + (long) row * step);
    }
  }

  private void foldLong(Frame frame, long from, long end) {
    long at = frame.memory + accumulators;
    for (long row = from; row < end; row++) {
      foldPart(frame, row, 0, length, at);
      finishRow(frame, row, at);
    }
  }

  private void finishRow(Frame frame, long row, long accumulator) {
    for (int f = 0; f < folds.length; f++) {
      long to = frame.memory + results[f] + (row - frame.firstRow) * resultBytes[f];
      folds[f].finish(accumulator + (long) f * RowFold.BYTES, to);
    }
  }

  /// Folds part of a row from scratch.
  private void foldPart(Frame frame, long row, long from, long end, long accumulator) {
    for (int f = 0; f < folds.length; f++) {
      folds[f].start(accumulator + (long) f * RowFold.BYTES);
    }
    for (long i = from; i < end; ) {
      int n = body.length(row * length + i, row * length + end);
      body.run(frame, 0, row * length + i, n);
      for (int f = 0; f < folds.length; f++) {
        long x = inputs[f].at(frame, n);
        folds[f].add(accumulator + (long) f * RowFold.BYTES, x, inputs[f].otherAt(frame, n), n, i);
      }
      i += n;
    }
  }

  /// Every thread folds a part of every row; the parts are then combined in order.
  private void launchCut(Frame launcher) {
    long perPart = (long) folds.length * RowFold.BYTES;
    long parts = launcher.memory + accumulators + perPart;
    Workers.run(
        cuts,
        t -> {
          Frame frame = Frame.current();
          frame.join(launcher);
          frame.reserve(layout);
          body.begin(frame);
          long from = cut(length, BlockCompiler.BLOCK, t);
          long end = cut(length, BlockCompiler.BLOCK, t + 1);
          for (long row = 0; row < rows; row++) {
            foldPart(frame, row, from, end, parts + (row * cuts + t) * perPart);
          }
        });
    finish.begin(launcher);
    launcher.firstRow = 0;
    for (long row = 0; row < rows; row++) {
      long first = parts + row * cuts * perPart;
      for (int f = 0; f < folds.length; f++) {
        for (int t = 1; t < cuts; t++) {
          long at = first + (long) f * RowFold.BYTES;
          folds[f].merge(at, at + t * perPart);
        }
      }
      finishRow(launcher, row, first);
    }
    finish.runAll(launcher, 0, rows);
  }
}
