package dev.javelin.cpu;

import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.Executable;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Instr;
import dev.javelin.kernels.Kernel;
import java.util.Arrays;
import java.util.List;

/// Folds rows into one row: reductions that keep the axis along which elements lie side by side,
/// such as sums over a batch or per-channel statistics of a channels-last tensor.
///
/// The space is walked as units of [folded positions, columns]. Narrow rows are taken several at a
/// time as one row of whole vectors, whose lanes are combined at the end; wide ones are cut into
/// strips.
final class ColumnReduce implements Executable {
  /// The widest row that is not cut.
  private static final int WIDEST = 2048;

  private static final int STRIP = 1024;

  /// Rows are joined until they have this many lanes: enough independent sums to keep the processor
  /// busy.
  private static final int LANES = 64;

  /// Elements of a block where nothing is computed, so that it needs no registers.
  private static final int PLAIN_BLOCK = 16384;

  private final int buffers;
  private final Layout layout = new Layout();
  private final long length;
  private final long columns;
  private final int strip;
  private final long strips;
  private final int joined;
  private final int lanes;
  private final int rowsPerBlock;
  private final BlockPlan body;
  private final BlockPlan finish;
  private final ColumnFold[] folds;
  private final FoldInput[] inputs;
  private final long[] results;
  private final long foldBytes;
  private final long accumulators;
  private final long units;
  private final int cuts;
  private final int tasks;

  /// Folds over `inner`.
  ///
  /// @param rest the outer axes that are walked in larger steps than the folded ones
  /// @param inner the folded axes
  /// @param across the outer axes that are walked in the smallest steps
  ColumnReduce(Kernel.Reduce kernel, Loops loops, int[] rest, int[] inner, int[] across) {
    buffers = kernel.buffers().size();
    length = kernel.inner().numel();
    long width = 1;
    for (int axis : across) {
      width *= kernel.outer().size(axis);
    }
    columns = width;
    strip = (int) (columns <= WIDEST ? columns : STRIP);
    strips = (columns + strip - 1) / strip;
    units = kernel.outer().numel() / columns * strips;
    joined = joined(kernel);
    lanes = strip * joined;
    int count = kernel.folds().size();
    results = new long[count];
    for (int f = 0; f < count; f++) {
      results[f] = layout.memory((long) strip * kernel.folds().get(f).type().bytes());
    }
    int[] order = Orders.concat(rest, inner, across);
    rowsPerBlock = rowsPerBlock(kernel, order);
    body =
        new BlockCompiler(
                loops,
                layout,
                kernel.buffers(),
                order,
                kernel.outer().numel() * length,
                kernel.body(),
                ReduceExecutor.values(kernel),
                List.of(),
                FoldResults.NONE,
                false)
            .compile(rowsPerBlock * strip, 0);
    folds = new ColumnFold[count];
    inputs = new FoldInput[count];
    for (int f = 0; f < count; f++) {
      Kernel.Fold fold = kernel.folds().get(f);
      DType type = kernel.body().code().get(fold.value()).type();
      int[] read = ReduceExecutor.values(kernel).get(f);
      folds[f] = ColumnFold.of(loops, fold, type, read.length > 1);
      inputs[f] = FoldInput.of(body, layout, read, type.bytes());
    }
    finish =
        new BlockCompiler(
                loops,
                layout,
                kernel.buffers(),
                Orders.concat(rest, across),
                kernel.outer().numel(),
                kernel.finish(),
                List.of(),
                kernel.stores(),
                new FoldResults(0, results),
                false)
            .compile();
    double work = (double) kernel.outer().numel() * length * (body.cost + count);
    int threads = MapExecutor.threads(work);
    long blocks = Math.max(1, length / rowsPerBlock);
    cuts = units < threads ? (int) Math.min(threads, blocks) : 1;
    tasks = cuts > 1 ? cuts : (int) Math.min(units, threads == 1 ? 1 : 4L * threads);
    foldBytes = ColumnFold.bytes(lanes);
    accumulators = layout.memory((cuts > 1 ? cuts * units : 1) * count * foldBytes);
  }

  private int joined(Kernel.Reduce kernel) {
    if (strips > 1 || kernel.folds().stream().anyMatch(ReduceExecutor::isArgument)) {
      return 1;
    }
    int odd = Loops.LANES / Math.min(Loops.LANES, Integer.lowestOneBit(strip));
    int count = odd;
    while (count * strip < LANES) {
      count += odd;
    }
    return count * strip <= WIDEST && count <= length ? count : 1;
  }

  private int rowsPerBlock(Kernel.Reduce kernel, int[] order) {
    if (strips > 1) {
      return 1;
    }
    List<Instr> code = kernel.body().code();
    boolean plain =
        ReduceExecutor.values(kernel).stream()
            .flatMapToInt(Arrays::stream)
            .allMatch(v -> code.get(v) instanceof Instr.Load);
    boolean apart =
        code.stream()
            .anyMatch(
                instr ->
                    instr instanceof Instr.Load load
                        && Strider.of(load.view(), order).step() == 1
                        && Strider.of(load.view(), order).run() == strip);
    if (apart && strip >= 512 && strip < columns * length) {
      // Rows with gaps between them: one at a time needs no packing.
      return 1;
    }
    int block = plain ? PLAIN_BLOCK : BlockCompiler.BLOCK;
    long rows = (long) Math.max(1, block / lanes) * joined;
    return (int) Math.min(rows, Math.max(length, 1));
  }

  @Override
  public void launch(DeviceBuffer[] given, long[] offsets, long[] params) {
    Frame frame = Frame.current();
    frame.bind(given, offsets, params, buffers);
    frame.reserve(layout);
    if (cuts > 1) {
      launchCut(frame);
    } else if (tasks == 1) {
      run(frame, 0, units);
    } else {
      launchUnits(frame);
    }
  }

  private void launchUnits(Frame launcher) {
    Workers.run(
        tasks,
        t -> {
          Frame frame = Frame.current();
          frame.join(launcher);
          frame.reserve(layout);
          run(frame, units * t / tasks, units * (t + 1) / tasks);
        });
  }

  private void run(Frame frame, long from, long end) {
    body.begin(frame);
    finish.begin(frame);
    for (long unit = from; unit < end; unit++) {
      long at = frame.memory + accumulators;
      fold(frame, unit, 0, length, at);
      finish(frame, unit, at);
    }
  }

  private int width(long unit) {
    return (int) Math.min(strip, columns - unit % strips * strip);
  }

  /// Folds rows `from` to `end` of a unit from scratch.
  private void fold(Frame frame, long unit, long from, long end, long accumulator) {
    for (int f = 0; f < folds.length; f++) {
      folds[f].start(accumulator + f * foldBytes, lanes);
    }
    long corner = unit / strips * length * columns + unit % strips * strip;
    int width = width(unit);
    for (long row = from; row < end; row += rowsPerBlock) {
      int rows = (int) Math.min(rowsPerBlock, end - row);
      int n = rows * width;
      body.run(frame, 0, corner + row * columns, n);
      for (int f = 0; f < folds.length; f++) {
        add(frame, f, accumulator + f * foldBytes, rows, width, row);
      }
    }
  }

  private void add(Frame frame, int f, long accumulator, int rows, int width, long row) {
    ColumnFold fold = folds[f];
    long x = inputs[f].at(frame, rows * width);
    long y = inputs[f].otherAt(frame, rows * width);
    if (joined == 1) {
      fold.add(accumulator, lanes, x, y, rows, width, row);
      return;
    }
    int whole = rows / joined;
    fold.add(accumulator, lanes, x, y, whole, lanes, row);
    int left = rows - whole * joined;
    if (left > 0) {
      long skip = (long) whole * lanes * inputs[f].bytes();
      fold.add(accumulator, lanes, x + skip, y + skip, 1, left * width, row);
    }
  }

  private void finish(Frame frame, long unit, long accumulator) {
    int width = width(unit);
    for (int f = 0; f < folds.length; f++) {
      long to = frame.memory + results[f];
      folds[f].finish(accumulator + f * foldBytes, lanes, width, to);
    }
    long first = unit / strips * columns + unit % strips * strip;
    frame.firstRow = first;
    finish.runAll(frame, first, first + width);
  }

  /// Every thread folds some of the rows of every unit; what they have is then combined in order.
  private void launchCut(Frame launcher) {
    long perPart = folds.length * foldBytes;
    long parts = launcher.memory + accumulators;
    Workers.run(
        cuts,
        t -> {
          Frame frame = Frame.current();
          frame.join(launcher);
          frame.reserve(layout);
          body.begin(frame);
          for (long unit = 0; unit < units; unit++) {
            fold(frame, unit, cut(t), cut(t + 1), parts + (unit * cuts + t) * perPart);
          }
        });
    finish.begin(launcher);
    for (long unit = 0; unit < units; unit++) {
      long first = parts + unit * cuts * perPart;
      for (int f = 0; f < folds.length; f++) {
        for (int t = 1; t < cuts; t++) {
          long at = first + f * foldBytes;
          folds[f].merge(at, at + t * perPart, lanes);
        }
      }
      finish(launcher, unit, first);
    }
  }

  /// The first row of part t.
  private long cut(int t) {
    return t == cuts ? length : length * t / cuts / rowsPerBlock * rowsPerBlock;
  }
}
