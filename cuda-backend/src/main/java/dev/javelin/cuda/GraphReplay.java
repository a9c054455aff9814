package dev.javelin.cuda;

import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.Precision;
import dev.javelin.backend.PreparedLaunch;
import dev.javelin.backend.Replay;
import java.lang.ref.Cleaner;
import java.util.Arrays;
import java.util.List;
import jcuda.driver.JCudaDriver;

/// A sequence of launches as a CUDA graph: the driver checks and queues all of them at once.
///
/// The first run is launched one by one, since libraries prepare themselves in their first calls, which cannot be captured. The second
/// is captured. It is captured anew when what it depends on beside the buffers has changed.
final class GraphReplay implements Replay {
  private static final Cleaner CLEANER = Cleaner.create();

  private final Session session;
  private final List<PreparedLaunch> launches;
  private final Held held;
  private final Cleaner.Cleanable cleanable;
  private boolean warm;
  private boolean closed;

  // What the graph was captured with.
  private final long[][] params;
  private int scratchNumber;
  private boolean tf32;
  private boolean mayFault;

  GraphReplay(Session session, List<PreparedLaunch> launches) {
    this.session = session;
    this.launches = List.copyOf(launches);
    this.params = new long[launches.size()][];
    this.held = new Held(session);
    this.cleanable = CLEANER.register(this, held);
  }

  /// What the driver keeps, given back when it is closed or nobody has it any more.
  private static final class Held implements Runnable {
    private final Session session;
    private Handles.GraphExec graph;

    Held(Session session) {
      this.session = session;
    }

    /// Takes another graph in the place of the one it has. The driver lets a graph that runs end first.
    void replace(Handles.GraphExec next) {
      Handles.GraphExec last = graph;
      graph = next;
      if (last != null) {
        session.check(JCudaDriver.cuGraphExecDestroy(last), "giving back a graph");
      }
    }

    @Override
    public void run() {
      session.enter();
      synchronized (session) {
        replace(null);
      }
    }
  }

  @Override
  public void launch() {
    session.enter();
    synchronized (session) {
      if (closed) {
        throw new IllegalStateException("a sequence of launches was run after it was closed");
      }
      if (!warm) {
        launches.forEach(PreparedLaunch::launch);
        warm = true;
        return;
      }
      for (PreparedLaunch launch : launches) {
        for (DeviceBuffer buffer : launch.buffers()) {
          ((CudaBuffer) buffer).address();
        }
      }
      if (isOutdated()) {
        capture();
      }
      session.check(
          session.driver().launch(held.graph, session.compute()),
          "launching a graph of " + launches.size() + " kernels");
      if (mayFault) {
        session.faults().suspect();
      }
    }
  }

  private boolean isOutdated() {
    if (held.graph == null
        || scratchNumber != session.scratchNumber()
        || tf32 != Precision.isTf32Allowed()) {
      return true;
    }
    for (int i = 0; i < params.length; i++) {
      if (!Arrays.equals(params[i], launches.get(i).params())) {
        return true;
      }
    }
    return false;
  }

  private void capture() {
    scratchNumber = session.scratchNumber();
    tf32 = Precision.isTf32Allowed();
    for (int i = 0; i < params.length; i++) {
      params[i] = launches.get(i).params().clone();
    }
    int suspicions = session.faults().suspicions();
    var graph = session.capture(() -> launches.forEach(PreparedLaunch::launch));
    mayFault = session.faults().suspicions() != suspicions;
    try {
      var executable = new Handles.GraphExec();
      session.check(
          session.driver().instantiate(executable, graph), "preparing a graph of launches");
      held.replace(executable);
    } finally {
      session.check(JCudaDriver.cuGraphDestroy(graph), "giving back a graph");
    }
  }

  @Override
  public void close() {
    closed = true;
    cleanable.clean();
  }
}
