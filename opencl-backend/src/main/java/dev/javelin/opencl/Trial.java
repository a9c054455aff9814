package dev.javelin.opencl;

import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.Executable;
import dev.javelin.backend.Extents;
import dev.javelin.backend.OutOfDeviceMemoryException;
import dev.javelin.backend.Tuner;
import dev.javelin.kernels.c.Arg;
import dev.javelin.kernels.c.CProgram;
import dev.javelin.kernels.c.Candidates;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Times candidates on buffers of their own.
final class Trial {
  private static final int RUNS = 3;

  /// More memory than this is not taken for a trial.
  private static final long MAX_BYTES = 1L << 30;

  private final Session session;
  private final String kind;
  private final Extents extents;

  private Trial(Session session, String kind, Extents extents) {
    this.session = session;
    this.kind = kind;
    this.extents = extents;
  }

  /// Chooses a candidate.
  ///
  /// @param kind what is computed, for messages
  /// @return its number
  static int choose(
      Tuner tuner, Session session, String kind, Candidates candidates, Extents extents) {
    Trial trial = new Trial(session, kind, extents);
    List<CProgram> programs = candidates.programs();
    return tuner.choose(candidates.shapes(), programs.size(), i -> trial.time(programs.get(i)));
  }

  /// The median time of a run in nanoseconds; 0 where there is no memory for it.
  private long time(CProgram program) {
    long bytes = 0;
    for (int b = 0; b < extents.buffers(); b++) {
      bytes += extents.touches(b) ? extents.end(b) : 0;
    }
    if (bytes > Math.min(MAX_BYTES, session.device().memory() / 8)) {
      return 0;
    }
    List<DeviceBuffer> buffers = new ArrayList<>();
    try {
      for (int b = 0; b < extents.buffers(); b++) {
        buffers.add(ones(extents.touches(b) ? extents.end(b) : 1));
      }
      return median(ClExecutable.of(session, kind, program), buffers, params(program));
    } catch (OutOfDeviceMemoryException _) {
      // A trial is not worth an error: the rule decides.
      return 0;
    } finally {
      buffers.forEach(DeviceBuffer::free);
    }
  }

  /// A buffer of ordinary numbers, whatever its dtype: some devices are slow with others.
  private DeviceBuffer ones(long size) {
    DeviceBuffer buffer = session.allocate(size);
    float[] ones = new float[1 << 16];
    Arrays.fill(ones, 1);
    MemorySegment source = MemorySegment.ofArray(ones);
    for (long at = 0; at < size; at += source.byteSize()) {
      buffer.write(at, source.asSlice(0, Math.min(source.byteSize(), size - at)));
    }
    return buffer;
  }

  private static long[] params(CProgram program) {
    int count =
        program.launches().stream()
            .flatMap(launch -> launch.args().stream())
            .mapToInt(arg -> arg instanceof Arg.Param param ? param.number() + 1 : 0)
            .max()
            .orElse(0);
    return new long[count];
  }

  private long median(Executable executable, List<DeviceBuffer> all, long[] params) {
    DeviceBuffer[] buffers = all.toArray(DeviceBuffer[]::new);
    long[] offsets = new long[buffers.length];
    long[] times = new long[RUNS];
    // The first run may compile and is not counted.
    for (int run = -1; run < RUNS; run++) {
      long start = System.nanoTime();
      executable.launch(buffers, offsets, params);
      session.synchronize();
      if (run >= 0) {
        times[run] = System.nanoTime() - start;
      }
    }
    Arrays.sort(times);
    return times[RUNS / 2];
  }
}
