package dev.javelin.engine;

import dev.javelin.backend.Backend;
import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.PreparedLaunch;
import dev.javelin.backend.Replay;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The launches of one plan as sequences that the device has prepared, one for each set of memory met: in a training loop the pool gives
/// the same memory at every step or takes turns.
final class Replays {
  private static final int KEPT = 8;

  private final Backend backend;

  /// The latest used first.
  private final List<Kept> kept = new ArrayList<>();

  /// A prepared sequence.
  ///
  /// @param buffers the memory of each slot of the plan
  /// @param offsets the element each slot begins at
  /// @param params the parameters of each launch, which may be changed between runs
  /// @param replay the sequence
  private record Kept(DeviceBuffer[] buffers, long[] offsets, long[][] params, Replay replay) {
    boolean fits(DeviceBuffer[] others, long[] otherOffsets) {
      for (int i = 0; i < buffers.length; i++) {
        if (buffers[i] != others[i]) {
          return false;
        }
      }
      return Arrays.equals(offsets, otherOffsets);
    }
  }

  Replays(Backend backend) {
    this.backend = backend;
  }

  /// Runs a plan's launches on memory.
  void launch(Plan plan, ThreadContext context, Plan.Memory memory) {
    DeviceBuffer[] buffers = memory.buffers();
    long[] offsets = memory.offsets();
    Kept found = null;
    for (Kept candidate : kept) {
      if (candidate.fits(buffers, offsets)) {
        found = candidate;
        break;
      }
    }
    if (found == null) {
      found = prepare(plan, context, memory, buffers, offsets);
      if (kept.size() == KEPT) {
        kept.removeLast().replay.close();
      }
    } else {
      kept.remove(found);
      for (int i = 0; i < found.params.length; i++) {
        plan.fillParams(i, memory, found.params[i]);
      }
    }
    kept.addFirst(found);
    found.replay.launch();
  }

  private Kept prepare(
      Plan plan,
      ThreadContext context,
      Plan.Memory memory,
      DeviceBuffer[] buffers,
      long[] offsets) {
    List<PreparedLaunch> launches = new ArrayList<>();
    long[][] params = new long[plan.kernelCount()][];
    for (int i = 0; i < params.length; i++) {
      launches.add(plan.prepared(i, context, memory));
      params[i] = launches.getLast().params();
    }
    return new Kept(buffers, offsets, params, backend.prepare(launches));
  }
}
