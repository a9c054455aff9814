package dev.javelin.opencl;

import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.Executable;
import dev.javelin.kernels.c.Arg;
import dev.javelin.kernels.c.Binding;
import dev.javelin.kernels.c.CProgram;
import dev.javelin.kernels.c.Launch;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.util.List;
import java.util.stream.IntStream;
import org.lwjgl.opencl.CL10;

/// A kernel ready to launch: kernel objects of its own, whose constant arguments are set once.
final class ClExecutable implements Executable {
  /// Releases the kernel objects of executables that nobody has any more.
  private static final Cleaner CLEANER = Cleaner.create();

  private final Session session;
  private final Step[] steps;
  private final boolean mayFault;
  private int scratchNumber = -1;

  private ClExecutable(Session session, Step[] steps, boolean mayFault) {
    this.session = session;
    this.steps = steps;
    this.mayFault = mayFault;
  }

  /// One launch of a function.
  private static final class Step {
    final String function;
    final long kernel;

    /// The number of work-items and the number in a group, as the driver wants to read them.
    final MemorySegment sizes;

    // The parameters that change from launch to launch, and which they are.
    final Binding[] bindings;
    final int[] indices;

    Step(String function, long kernel, MemorySegment sizes, Binding[] bindings, int[] indices) {
      this.function = function;
      this.kernel = kernel;
      this.sizes = sizes;
      this.bindings = bindings;
      this.indices = indices;
    }
  }

  /// Compiles a program.
  ///
  /// @param session the device
  /// @param kind what it computes, for messages
  /// @param program the program
  static Executable of(Session session, String kind, CProgram program) {
    if (program.launches().isEmpty()) {
      return (buffers, offsets, params) -> {};
    }
    if (program.float64() && !session.device().float64()) {
      throw new OpenClException(
          session.device().name()
              + " cannot compute in float64, which the kernel "
              + kind
              + " needs: use float32, or another device");
    }
    session.reserveScratch(program.scratch());
    Step[] steps = new Step[program.launches().size()];
    boolean faults = false;
    for (int i = 0; i < steps.length; i++) {
      Launch launch = program.launches().get(i);
      steps[i] = step(session, kind, program.text(), launch);
      faults |= launch.args().stream().anyMatch(Arg.Fault.class::isInstance);
    }
    var executable = new ClExecutable(session, steps, faults);
    long[] kernels = new long[steps.length];
    for (int i = 0; i < steps.length; i++) {
      kernels[i] = steps[i].kernel;
    }
    CLEANER.register(
        executable,
        () -> {
          for (long kernel : kernels) {
            // Nobody is left who could be told of a failure.
            int _ = CL10.clReleaseKernel(kernel);
          }
        });
    return executable;
  }

  private static Step step(Session session, String kind, String text, Launch launch) {
    String function = launch.function();
    int size = launch.groupSize();
    List<Binding> bindings = Binding.of(launch);
    long kernel = session.programs().kernel(kind, text, function, size, bindings.size());
    MemorySegment sizes = Arena.ofAuto().allocate(16, 8);
    sizes.set(ValueLayout.JAVA_LONG, 0, (long) launch.groups() * size);
    sizes.set(ValueLayout.JAVA_LONG, 8, size);
    int[] changing =
        IntStream.range(0, bindings.size()).filter(i -> !bindings.get(i).isConstant()).toArray();
    synchronized (session) {
      for (int i = 0; i < bindings.size(); i++) {
        switch (bindings.get(i).kind()) {
          case INT32 -> session.setInt(kernel, i, (int) bindings.get(i).value(), function);
          case INT64 -> session.setLong(kernel, i, bindings.get(i).value(), function);
          case FAULT -> session.setMemory(kernel, i, session.faults().handle(), function);
          case BUFFER, OFFSET, SCRATCH, PARAM32, PARAM_FLOAT32, PARAM64 -> {}
        }
      }
    }
    return new Step(
        function,
        kernel,
        sizes,
        IntStream.of(changing).mapToObj(bindings::get).toArray(Binding[]::new),
        changing);
  }

  @Override
  public void launch(DeviceBuffer[] buffers, long[] offsets, long[] params) {
    try {
      synchronized (session) {
        boolean newScratch = scratchNumber != session.scratchNumber();
        for (Step step : steps) {
          bind(step, newScratch, buffers, offsets, params);
          session.launch(step.kernel, step.sizes.address(), step.function);
        }
        scratchNumber = session.scratchNumber();
        if (mayFault) {
          session.faults().suspect();
        }
      }
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  private void bind(
      Step step, boolean newScratch, DeviceBuffer[] buffers, long[] offsets, long[] params) {
    long kernel = step.kernel;
    for (int i = 0; i < step.bindings.length; i++) {
      Binding binding = step.bindings[i];
      int index = step.indices[i];
      switch (binding.kind()) {
        case BUFFER -> {
          long handle = ((ClBuffer) buffers[binding.number()]).handle();
          session.setMemory(kernel, index, handle, step.function);
        }
        case OFFSET -> session.setLong(kernel, index, offsets[binding.number()], step.function);
        case SCRATCH -> {
          if (newScratch) {
            session.setMemory(kernel, index, session.scratchHandle(), step.function);
          }
        }
        case PARAM32, PARAM_FLOAT32 ->
            session.setInt(kernel, index, (int) binding.bits(params), step.function);
        case PARAM64 -> session.setLong(kernel, index, binding.bits(params), step.function);
        case INT32, INT64, FAULT -> {}
      }
    }
  }
}
