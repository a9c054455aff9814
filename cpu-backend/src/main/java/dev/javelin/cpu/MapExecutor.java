package dev.javelin.cpu;

import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.Executable;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.View;
import java.util.ArrayList;
import java.util.List;

/// Runs elementwise kernels: walks the blocks of each part; the work of all parts is shared out
/// together.
final class MapExecutor implements Executable {
  /// What is worth a thread, in additions of floats.
  static final double GRAIN = 48_000;

  /// What a piece of work should at least take where there are several for each thread.
  private static final double PIECE = 4 * GRAIN;

  private final int buffers;
  private final BlockPlan[] plans;
  private final Layout[] layouts;
  private final long[] totals;

  /// Pieces of work: piece i is positions `from[i]` to `end[i]` of part `part[i]`.
  private final int[] part;

  private final long[] from;
  private final long[] end;

  /// Task t runs the pieces from `task[t]` to `task[t + 1]`.
  private final int[] task;

  private MapExecutor(Kernel.Map kernel, List<Kernel.Part> parts, Loops loops) {
    buffers = kernel.buffers().size();
    int count = parts.size();
    plans = new BlockPlan[count];
    layouts = new Layout[count];
    totals = new long[count];
    double work = 0;
    for (int i = 0; i < count; i++) {
      Kernel.Part each = parts.get(i);
      View lead = each.stores().getFirst().to().view();
      int[] order = Orders.byMemory(lead, 0, each.shape().rank());
      totals[i] = each.shape().numel();
      layouts[i] = new Layout();
      plans[i] =
          new BlockCompiler(
                  loops,
                  layouts[i],
                  kernel.buffers(),
                  order,
                  totals[i],
                  each.program(),
                  List.of(),
                  each.stores(),
                  FoldResults.NONE,
                  false)
              .compile();
      work += totals[i] * plans[i].cost;
    }
    Pieces pieces = new Pieces(plans, totals, work);
    part = pieces.part();
    from = pieces.from();
    end = pieces.end();
    task = pieces.task();
  }

  /// How many threads an operation is worth.
  ///
  /// @param work its elements times the cost of each
  static int threads(double work) {
    return (int) Math.clamp(work / GRAIN, 1, Workers.threads());
  }

  static Executable of(Kernel.Map kernel, Loops loops) {
    List<Kernel.Part> parts =
        kernel.parts().stream().filter(part -> part.shape().numel() > 0).toList();
    return parts.isEmpty()
        ? (buffers, offsets, params) -> {}
        : new MapExecutor(kernel, parts, loops);
  }

  /// How the work of all parts is cut, see the fields of the executor.
  private static final class Pieces {
    private final ArrayList<long[]> list = new ArrayList<>();
    private final ArrayList<Integer> starts = new ArrayList<>();

    Pieces(BlockPlan[] plans, long[] totals, double work) {
      int threads = threads(work);
      // Several for each thread, so that one that is held up by other work of the machine takes
      // fewer.
      int tasks = threads == 1 ? 1 : (int) Math.clamp(work / PIECE, threads, 4 * threads);
      double share = work / tasks;
      double filled = 0;
      starts.add(0);
      for (int i = 0; i < plans.length; i++) {
        long position = 0;
        while (position < totals[i]) {
          double room = share * starts.size() - filled;
          long left = totals[i] - position;
          long n = starts.size() == tasks ? left : Math.min(left, blocks(plans[i], room));
          list.add(new long[] {i, position, position + n});
          position += n;
          filled += n * plans[i].cost;
          if (filled >= share * starts.size() * (1 - 1e-9) && starts.size() < tasks) {
            starts.add(list.size());
          }
        }
      }
      starts.add(list.size());
    }

    /// As many positions as fit, in whole blocks, at least one.
    private static long blocks(BlockPlan plan, double room) {
      long unit = plan.boundary == 0 ? plan.block : plan.boundary;
      return Math.max(1, (long) Math.ceil(room / plan.cost / unit)) * unit;
    }

    int[] part() {
      return list.stream().mapToInt(piece -> (int) piece[0]).toArray();
    }

    long[] from() {
      return list.stream().mapToLong(piece -> piece[1]).toArray();
    }

    long[] end() {
      return list.stream().mapToLong(piece -> piece[2]).toArray();
    }

    int[] task() {
      return starts.stream().mapToInt(start -> start).toArray();
    }
  }

  @Override
  public void launch(DeviceBuffer[] given, long[] offsets, long[] params) {
    Frame frame = Frame.current();
    frame.bind(given, offsets, params, buffers);
    if (task.length == 2) {
      run(frame, 0);
    } else {
      share(frame);
    }
  }

  private void share(Frame launcher) {
    Workers.run(
        task.length - 1,
        t -> {
          Frame frame = Frame.current();
          frame.join(launcher);
          run(frame, t);
        });
  }

  private void run(Frame frame, int t) {
    for (int piece = task[t]; piece < task[t + 1]; piece++) {
      int i = part[piece];
      frame.reserve(layouts[i]);
      plans[i].begin(frame);
      plans[i].runAll(frame, from[piece], end[piece]);
    }
  }
}
