package dev.javelin.opencl;

import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.Executable;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.c.Arg;
import dev.javelin.kernels.c.CProgram;
import dev.javelin.kernels.c.Launch;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;
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

  /// How an argument changes from launch to launch.
  private enum Kind {
    BUFFER,
    SCRATCH,
    INT32,
    INT64,
    FLOAT32
  }

  /// One launch of a function.
  private static final class Step {
    final String function;
    final long kernel;

    /// The number of work-items and the number in a group, as the driver wants to read them.
    final MemorySegment sizes;

    // For each argument that changes: how, where it is, and which buffer or parameter it is.
    final Kind[] kinds;
    final int[] indices;
    final int[] numbers;

    Step(
        String function,
        long kernel,
        MemorySegment sizes,
        Kind[] kinds,
        int[] indices,
        int[] numbers) {
      this.function = function;
      this.kernel = kernel;
      this.sizes = sizes;
      this.kinds = kinds;
      this.indices = indices;
      this.numbers = numbers;
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
    int parameters = launch.args().stream().mapToInt(ClExecutable::parameters).sum();
    long kernel = session.programs().kernel(kind, text, function, size, parameters);
    MemorySegment sizes = Arena.ofAuto().allocate(16, 8);
    sizes.set(ValueLayout.JAVA_LONG, 0, (long) launch.groups() * size);
    sizes.set(ValueLayout.JAVA_LONG, 8, size);
    List<Kind> kinds = new ArrayList<>();
    List<Integer> indices = new ArrayList<>();
    List<Integer> numbers = new ArrayList<>();
    int index = 0;
    synchronized (session) {
      for (Arg arg : launch.args()) {
        int number = 0;
        Kind changes = null;
        switch (arg) {
          case Arg.Buffer buffer -> {
            changes = Kind.BUFFER;
            number = buffer.number();
          }
          case Arg.Scratch scratch -> {
            changes = Kind.SCRATCH;
            session.setLong(kernel, index + 1, scratch.offset(), function);
          }
          case Arg.Fault _ -> {
            session.setMemory(kernel, index, session.faults().handle(), function);
            session.setLong(kernel, index + 1, 0, function);
          }
          case Arg.Int value -> session.setInt(kernel, index, value.value(), function);
          case Arg.Long value -> session.setLong(kernel, index, value.value(), function);
          case Arg.Param param -> {
            changes = kindOf(param.type());
            number = param.number();
          }
        }
        if (changes != null) {
          kinds.add(changes);
          indices.add(index);
          numbers.add(number);
        }
        index += parameters(arg);
      }
    }
    return new Step(
        function,
        kernel,
        sizes,
        kinds.toArray(Kind[]::new),
        indices.stream().mapToInt(i -> i).toArray(),
        numbers.stream().mapToInt(i -> i).toArray());
  }

  /// How many parameters of a function an argument takes: memory goes with a byte to count from.
  private static int parameters(Arg arg) {
    return switch (arg) {
      case Arg.Buffer _, Arg.Scratch _, Arg.Fault _ -> 2;
      case Arg.Int _, Arg.Long _, Arg.Param _ -> 1;
    };
  }

  private static Kind kindOf(DType type) {
    return switch (type) {
      case INT32 -> Kind.INT32;
      // The bits of a double are what the driver wants.
      case INT64, FLOAT64 -> Kind.INT64;
      case FLOAT32 -> Kind.FLOAT32;
      default -> throw new IllegalArgumentException("a launch has no parameter of type " + type);
    };
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
    for (int i = 0; i < step.kinds.length; i++) {
      int index = step.indices[i];
      int number = step.numbers[i];
      switch (step.kinds[i]) {
        case BUFFER -> {
          long handle = ((ClBuffer) buffers[number]).handle();
          session.setMemory(kernel, index, handle, step.function);
          session.setLong(kernel, index + 1, offsets[number], step.function);
        }
        case SCRATCH -> {
          if (newScratch) {
            session.setMemory(kernel, index, session.scratchHandle(), step.function);
          }
        }
        case INT32 -> session.setInt(kernel, index, (int) params[number], step.function);
        case INT64 -> session.setLong(kernel, index, params[number], step.function);
        case FLOAT32 -> {
          float value = (float) Double.longBitsToDouble(params[number]);
          session.setInt(kernel, index, Float.floatToRawIntBits(value), step.function);
        }
      }
    }
  }
}
