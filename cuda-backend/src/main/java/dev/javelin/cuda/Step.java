package dev.javelin.cuda;

import dev.javelin.backend.DeviceBuffer;
import dev.javelin.kernels.c.Binding;
import dev.javelin.kernels.c.Launch;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.stream.IntStream;
import jcuda.Pointer;

/// One launch of a function: its parameters in a block of native memory, so that a launch makes no garbage.
final class Step {
  private final Session session;
  private final String kind;
  private final Launch launch;
  private final Handles.Function function;

  /// A slot of eight bytes for each parameter, of which those of four bytes use the first half; behind them the slots' addresses.
  private final MemorySegment block;

  private final Pointer parameters;

  // The parameters that change from launch to launch, and which they are.
  private final Binding[] bindings;
  private final int[] indices;

  /// Fills in what does not change.
  Step(Session session, String kind, Launch launch, Handles.Function function) {
    this.session = session;
    this.kind = kind;
    this.launch = launch;
    this.function = function;
    List<Binding> all = Binding.of(launch);
    int count = all.size();
    block = Arena.ofAuto().allocate(2L * count * Long.BYTES, Long.BYTES);
    parameters = Handles.host(parametersAddress());
    for (int i = 0; i < count; i++) {
      Binding binding = all.get(i);
      set(count + i, block.address() + (long) i * Long.BYTES);
      set(i, binding.kind() == Binding.Kind.FAULT ? session.faultAddress() : binding.value());
    }
    indices = IntStream.range(0, count).filter(i -> !all.get(i).isConstant()).toArray();
    bindings = IntStream.of(indices).mapToObj(all::get).toArray(Binding[]::new);
  }

  private void set(int slot, long value) {
    block.setAtIndex(ValueLayout.JAVA_LONG, slot, value);
  }

  Handles.Function function() {
    return function;
  }

  int groups() {
    return launch.groups();
  }

  int groupSize() {
    return launch.groupSize();
  }

  /// The addresses of the parameters, as JCuda wants them.
  Pointer parameters() {
    return parameters;
  }

  /// Where the addresses of the parameters are.
  long parametersAddress() {
    return block.address() + block.byteSize() / 2;
  }

  /// Fills in what changes, under the session's monitor.
  void fill(DeviceBuffer[] buffers, long[] offsets, long[] params) {
    for (int i = 0; i < bindings.length; i++) {
      Binding binding = bindings[i];
      long value =
          switch (binding.kind()) {
            case BUFFER -> ((CudaBuffer) buffers[binding.number()]).address();
            case OFFSET -> offsets[binding.number()];
            case SCRATCH -> session.scratchAddress();
            case PARAM32, PARAM_FLOAT32, PARAM64 -> binding.bits(params);
            case INT32, INT64, FAULT -> binding.value();
          };
      set(indices[i], value);
    }
  }

  /// Names the function and what it was called with.
  RuntimeException failure(int status, DeviceBuffer[] buffers) {
    StringBuilder doing = new StringBuilder(session.blocking() ? "running " : "launching ");
    doing.append(launch.function()).append(" of the kernel ").append(kind);
    doing.append(", ").append(launch.groups()).append(" blocks of ");
    doing.append(launch.groupSize()).append(" threads, with (");
    List<Binding> all = Binding.of(launch);
    for (int i = 0; i < all.size(); i++) {
      long bits = block.getAtIndex(ValueLayout.JAVA_LONG, i);
      doing.append(i == 0 ? "" : ", ").append(describe(all.get(i), bits, buffers));
    }
    return CudaStatus.failure(session.device().name(), status, doing.append(')').toString());
  }

  private static String describe(Binding binding, long bits, DeviceBuffer[] buffers) {
    return switch (binding.kind()) {
      case BUFFER ->
          "buffer " + binding.number() + " of " + buffers[binding.number()].bytes() + " bytes";
      case OFFSET -> "byte " + bits;
      case SCRATCH -> "scratch memory";
      case FAULT -> "the fault record";
      case INT32, PARAM32 -> String.valueOf((int) bits);
      case INT64, PARAM64 -> String.valueOf(bits);
      case PARAM_FLOAT32 -> String.valueOf(Float.intBitsToFloat((int) bits));
    };
  }
}
