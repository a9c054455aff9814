package dev.javelin.cuda;

import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.Executable;
import dev.javelin.kernels.c.Arg;
import dev.javelin.kernels.c.CProgram;
import dev.javelin.kernels.c.Launch;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;

/// A kernel ready to launch: its functions in order.
final class CudaExecutable implements Executable {
  private final Session session;
  private final Step[] steps;
  private final boolean mayFault;

  private CudaExecutable(Session session, Step[] steps, boolean mayFault) {
    this.session = session;
    this.steps = steps;
    this.mayFault = mayFault;
  }

  /// Compiles a program.
  ///
  /// @param session the device
  /// @param kind what it computes, for messages
  /// @param program the program
  static CudaExecutable of(Session session, String kind, CProgram program) {
    session.reserveScratch(program.scratch());
    List<Step> steps = new ArrayList<>();
    boolean faults = false;
    for (Launch launch : program.launches()) {
      Handles.Function function =
          session.programs().function(kind, program.text(), launch.function(), launch.groupSize());
      steps.add(new Step(session, kind, launch, function));
      faults |= launch.args().stream().anyMatch(Arg.Fault.class::isInstance);
    }
    return new CudaExecutable(session, steps.toArray(Step[]::new), faults);
  }

  @Override
  public void launch(DeviceBuffer[] buffers, long[] offsets, long[] params) {
    try {
      synchronized (session) {
        session.enter();
        for (Step step : steps) {
          step.fill(buffers, offsets, params);
          int status = session.launch(step);
          if (status != 0) {
            throw step.failure(status, buffers);
          }
        }
        if (mayFault) {
          session.faults().suspect();
        }
      }
    } finally {
      // The blocks of parameters live as long as this.
      Reference.reachabilityFence(this);
    }
  }
}
