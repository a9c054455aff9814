package dev.javelin.cpu;

import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.Executable;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Instr;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Program;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The rest of a product or convolution that its library call cannot do: an elementwise kernel over
/// the call's results.
final class Finish {
  private final Executable map;
  private final int count;
  private final long scratchBytes;

  private Finish(Executable map, int count, long scratchBytes) {
    this.map = map;
    this.count = count;
    this.scratchBytes = scratchBytes;
  }

  /// Over results that lie in the output already.
  static Finish inPlace(List<DType> buffers, Shape shape, Program finish, Kernel.Store store) {
    Kernel.Operand to = store.to();
    Instr load = new Instr.Load(to.buffer(), to.view(), buffers.get(to.buffer()));
    return new Finish(map(buffers, shape, finish, load, store), buffers.size(), 0);
  }

  /// Over results that lie in scratch memory.
  ///
  /// @param view where each result lies in it
  static Finish fromScratch(
      List<DType> buffers, Shape shape, Program finish, Kernel.Store store, DType type, View view) {
    List<DType> extended = new ArrayList<>(buffers);
    extended.add(type);
    Instr load = new Instr.Load(buffers.size(), view, type);
    return new Finish(
        map(List.copyOf(extended), shape, finish, load, store),
        buffers.size(),
        Scratch.aligned((view.last() + 1) * type.bytes()));
  }

  /// For sums without terms.
  static Executable ofZero(
      List<DType> buffers, Shape shape, Program finish, Kernel.Store store, DType type) {
    return map(buffers, shape, finish, new Instr.Const(type, 0), store);
  }

  private static Executable map(
      List<DType> buffers, Shape shape, Program finish, Instr result, Kernel.Store store) {
    Program program = finish.withResult(result);
    return BlockExecutor.of(
        new Kernel.Map(buffers, List.of(new Kernel.Part(shape, program, List.of(store)))));
  }

  /// How much scratch memory the results need; 0 where they lie in the output.
  long scratchBytes() {
    return scratchBytes;
  }

  /// Runs it.
  ///
  /// @param scratch where the results lie; ignored where they lie in the output
  void run(DeviceBuffer[] buffers, long[] offsets, long[] params, long scratch) {
    if (scratchBytes == 0) {
      map.launch(buffers, offsets, params);
      return;
    }
    DeviceBuffer[] extended = Arrays.copyOf(buffers, count + 1);
    long[] extendedOffsets = Arrays.copyOf(offsets, count + 1);
    extended[count] = CpuBuffer.lent(scratch, scratchBytes);
    extendedOffsets[count] = 0;
    map.launch(extended, extendedOffsets, params);
  }
}
