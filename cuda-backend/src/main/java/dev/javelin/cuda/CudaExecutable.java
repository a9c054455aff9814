package dev.javelin.cuda;

import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.Executable;
import dev.javelin.kernels.c.Arg;
import dev.javelin.kernels.c.Binding;
import dev.javelin.kernels.c.CProgram;
import dev.javelin.kernels.c.Launch;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.util.List;
import java.util.stream.IntStream;
import jcuda.Pointer;
import jcuda.driver.CUfunction;

/// A kernel ready to launch: for each of its functions a block of native memory whose constant parameters are filled in once.
final class CudaExecutable implements Executable {
  private final Session session;
  private final String kind;
  private final Step[] steps;
  private final boolean mayFault;

  private CudaExecutable(Session session, String kind, Step[] steps, boolean mayFault) {
    this.session = session;
    this.kind = kind;
    this.steps = steps;
    this.mayFault = mayFault;
  }

  /// One launch of a function.
  private static final class Step {
    final Launch launch;
    final CUfunction function;

    /// A slot of eight bytes for each parameter; those of four bytes use the first half.
    final MemorySegment slots;

    /// The addresses of the slots, as the driver wants them.
    final Pointer parameters;

    // The parameters that change from launch to launch, and which they are.
    final Binding[] bindings;
    final int[] indices;

    Step(Launch launch, CUfunction function, MemorySegment block, int count) {
      this.launch = launch;
      this.function = function;
      this.slots = block;
      this.parameters = Handles.host(block.address() + 8L * count);
      List<Binding> all = Binding.of(launch);
      this.indices = IntStream.range(0, count).filter(i -> !all.get(i).isConstant()).toArray();
      this.bindings = IntStream.of(indices).mapToObj(all::get).toArray(Binding[]::new);
    }
  }

  /// Compiles a program.
  ///
  /// @param session the device
  /// @param kind what it computes, for messages
  /// @param program the program
  static CudaExecutable of(Session session, String kind, CProgram program) {
    session.reserveScratch(program.scratch());
    Step[] steps = new Step[program.launches().size()];
    boolean faults = false;
    for (int i = 0; i < steps.length; i++) {
      Launch launch = program.launches().get(i);
      steps[i] = step(session, kind, program.text(), launch);
      faults |= launch.args().stream().anyMatch(Arg.Fault.class::isInstance);
    }
    return new CudaExecutable(session, kind, steps, faults);
  }

  private static Step step(Session session, String kind, String text, Launch launch) {
    CUfunction function =
        session.programs().function(kind, text, launch.function(), launch.groupSize());
    List<Binding> bindings = Binding.of(launch);
    int count = bindings.size();
    MemorySegment block = Arena.ofAuto().allocate(16L * count, 8);
    for (int i = 0; i < count; i++) {
      Binding binding = bindings.get(i);
      block.setAtIndex(ValueLayout.JAVA_LONG, count + i, block.address() + 8L * i);
      switch (binding.kind()) {
        case INT32, INT64 -> block.setAtIndex(ValueLayout.JAVA_LONG, i, binding.value());
        case FAULT -> block.setAtIndex(ValueLayout.JAVA_LONG, i, session.faultAddress());
        case BUFFER, OFFSET, SCRATCH, PARAM32, PARAM_FLOAT32, PARAM64 -> {}
      }
    }
    return new Step(launch, function, block, count);
  }

  @Override
  public void launch(DeviceBuffer[] buffers, long[] offsets, long[] params) {
    try {
      session.enter();
      synchronized (session) {
        for (Step step : steps) {
          fill(step, buffers, offsets, params);
          int status = session.launch(step.function, step.launch, step.parameters);
          if (status != 0) {
            throw failure(status, step, buffers);
          }
        }
        if (mayFault) {
          session.faults().suspect();
        }
      }
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  private void fill(Step step, DeviceBuffer[] buffers, long[] offsets, long[] params) {
    for (int i = 0; i < step.bindings.length; i++) {
      Binding binding = step.bindings[i];
      long value =
          switch (binding.kind()) {
            case BUFFER -> ((CudaBuffer) buffers[binding.number()]).address();
            case OFFSET -> offsets[binding.number()];
            case SCRATCH -> session.scratchAddress();
            case PARAM32, PARAM_FLOAT32, PARAM64 -> binding.bits(params);
            case INT32, INT64, FAULT -> binding.value();
          };
      step.slots.setAtIndex(ValueLayout.JAVA_LONG, step.indices[i], value);
    }
  }

  /// Names the function and what it was called with.
  private RuntimeException failure(int status, Step step, DeviceBuffer[] buffers) {
    StringBuilder doing = new StringBuilder(session.blocking() ? "running " : "launching ");
    doing.append(step.launch.function()).append(" of the kernel ").append(kind);
    doing.append(", ").append(step.launch.groups()).append(" blocks of ");
    doing.append(step.launch.groupSize()).append(" threads, with (");
    List<Binding> bindings = Binding.of(step.launch);
    for (int i = 0; i < bindings.size(); i++) {
      long bits = step.slots.getAtIndex(ValueLayout.JAVA_LONG, i);
      doing.append(i == 0 ? "" : ", ").append(describe(bindings.get(i), bits, buffers));
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
