package dev.javelin.cuda;

import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.Precision;
import dev.javelin.backend.PreparedLaunch;
import dev.javelin.backend.Replay;
import java.lang.ref.Cleaner;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import jcuda.driver.JCudaDriver;

/// A sequence of launches as a CUDA graph: the driver checks and queues all of them at once.
///
/// The first run is launched one by one, since libraries prepare themselves in their first calls, which cannot be captured. The second
/// is captured. Parameters that changed are changed in the graph; it is captured anew when anything else has changed that it depends on.
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

  /// For each launch, where its first step is among those of all.
  private final int[] first;

  /// The graph's node for each step, empty where they were not recognised.
  private Optional<long[]> nodes = Optional.empty();

  private int scratchNumber;
  private boolean tf32;
  private boolean mayFault;

  GraphReplay(Session session, List<PreparedLaunch> launches) {
    this.session = session;
    this.launches = List.copyOf(launches);
    this.params = new long[launches.size()][];
    this.first = new int[launches.size()];
    this.held = new Held(session);
    this.cleanable = CLEANER.register(this, held);
  }

  /// What the driver keeps, given back when it is closed or nobody has it any more.
  private static final class Held implements Runnable {
    private final Session session;

    /// The graph as captured: its nodes are how the one that is launched is changed.
    private Handles.Graph graph;

    private Handles.GraphExec executable;

    Held(Session session) {
      this.session = session;
    }

    /// Makes a graph ready to launch, in the place of the one before. The driver lets that one end if it runs.
    void replace(Handles.Graph next) {
      release();
      graph = next;
      var ready = new Handles.GraphExec();
      session.check(session.driver().instantiate(ready, next), "preparing a graph of launches");
      executable = ready;
    }

    private void release() {
      Handles.GraphExec lastExecutable = executable;
      Handles.Graph last = graph;
      executable = null;
      graph = null;
      if (lastExecutable != null) {
        session.check(JCudaDriver.cuGraphExecDestroy(lastExecutable), "giving back a graph");
      }
      if (last != null) {
        session.check(JCudaDriver.cuGraphDestroy(last), "giving back a graph");
      }
    }

    @Override
    public void run() {
      synchronized (session) {
        session.enter();
        release();
      }
    }
  }

  @Override
  public void launch() {
    synchronized (session) {
      session.enter();
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
      if (held.executable == null
          || scratchNumber != session.scratchNumber()
          || tf32 != Precision.isTf32Allowed()
          || !update()) {
        capture();
      }
      session.check(
          session.driver().launch(held.executable, session.compute()),
          "launching a graph of " + launches.size() + " kernels");
      if (mayFault) {
        session.faults().suspect();
      }
    }
  }

  /// Gives the graph the parameters that changed.
  ///
  /// @return false where that is not possible
  private boolean update() {
    for (int i = 0; i < params.length; i++) {
      PreparedLaunch launch = launches.get(i);
      if (!Arrays.equals(params[i], launch.params())) {
        if (nodes.isEmpty()) {
          return false;
        }
        int[] next = {first[i]};
        session.instead(
            step -> session.nodes().update(held.executable.address(), nodes.get()[next[0]++], step),
            false,
            launch::launch);
        params[i] = launch.params().clone();
      }
    }
    return true;
  }

  private void capture() {
    scratchNumber = session.scratchNumber();
    tf32 = Precision.isTf32Allowed();
    int suspicions = session.faults().suspicions();
    List<Step> steps = new ArrayList<>();
    Handles.Graph graph = session.capture(() -> launchAll(steps), steps);
    mayFault = session.faults().suspicions() != suspicions;
    held.replace(graph);
    nodes = session.nodes().find(graph.address(), steps);
  }

  /// Launches all and notes where in `steps` each begins.
  private void launchAll(List<Step> steps) {
    for (int i = 0; i < params.length; i++) {
      PreparedLaunch launch = launches.get(i);
      first[i] = steps.size();
      params[i] = launch.params().clone();
      launch.launch();
    }
  }

  @Override
  public void close() {
    closed = true;
    cleanable.clean();
  }
}
