package dev.javelin.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.Optional;

/// The launches inside of a captured graph, whose parameters can be changed without capturing it again. Called through
/// `java.lang.foreign`, because what JCuda passes does not have the fields that CUDA 12 added.
final class GraphNodes {
  private static final int KERNEL = 0;

  // `CUDA_KERNEL_NODE_PARAMS_v2`: the function, three sizes each of the grid and the blocks, the
  // bytes of shared memory, the parameters; then `extra`, `kern` and `ctx`, which stay null.
  private static final int BYTES = 72;
  private static final int GRID = 8;
  private static final int BLOCK = 20;
  private static final int PARAMETERS = 40;

  private final MethodHandle roots;
  private final MethodHandle dependents;
  private final MethodHandle type;
  private final MethodHandle get;
  private final MethodHandle set;

  // Guarded by the session's monitor.
  private final MemorySegment params = Arena.global().allocate(BYTES, Long.BYTES);
  private final MemorySegment node = Arena.global().allocate(Long.BYTES, Long.BYTES);
  private final MemorySegment count = Arena.global().allocate(Long.BYTES, Long.BYTES);

  GraphNodes(SymbolLookup driver) {
    var handle = ValueLayout.JAVA_LONG;
    var integer = ValueLayout.JAVA_INT;
    var pointer = ValueLayout.ADDRESS;
    var next = FunctionDescriptor.of(integer, handle, pointer, pointer);
    var one = FunctionDescriptor.of(integer, handle, pointer);
    roots = CudaNative.function(driver, "cuGraphGetRootNodes", next);
    dependents = CudaNative.function(driver, "cuGraphNodeGetDependentNodes", next);
    type = CudaNative.function(driver, "cuGraphNodeGetType", one);
    get = CudaNative.function(driver, "cuGraphKernelNodeGetParams_v2", one);
    set =
        CudaNative.function(
            driver,
            "cuGraphExecKernelNodeSetParams_v2",
            FunctionDescriptor.of(integer, handle, handle, pointer));
  }

  /// Finds the nodes of launches in a graph that was captured from one stream, where each node follows the one before.
  ///
  /// @param graph the graph
  /// @param steps the launches, in order; libraries may have added nodes between them
  /// @return a node for each launch, or empty where not all were found
  Optional<long[]> find(long graph, List<Step> steps) {
    long[] found = new long[steps.size()];
    int next = 0;
    long at = step(roots, graph);
    while (at != 0 && next < found.length) {
      if (functionOf(at) == steps.get(next).function().address()) {
        found[next++] = at;
      }
      at = step(dependents, at);
    }
    return next == found.length ? Optional.of(found) : Optional.empty();
  }

  /// The one node that comes next, 0 where there is none or several.
  private long step(MethodHandle next, long from) {
    count.set(ValueLayout.JAVA_LONG, 0, 1);
    node.set(ValueLayout.JAVA_LONG, 0, 0);
    try {
      int status = (int) next.invokeExact(from, node, count);
      boolean one = status == 0 && count.get(ValueLayout.JAVA_LONG, 0) == 1;
      return one ? node.get(ValueLayout.JAVA_LONG, 0) : 0;
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /// The function that a node launches, 0 where it does something else.
  private long functionOf(long at) {
    try {
      int status = (int) type.invokeExact(at, count);
      if (status != 0 || count.get(ValueLayout.JAVA_INT, 0) != KERNEL) {
        return 0;
      }
      status = (int) get.invokeExact(at, params);
      return status == 0 ? params.get(ValueLayout.JAVA_LONG, 0) : 0;
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /// Gives a node of a graph the parameters that a launch is filled with now.
  ///
  /// @return a status
  int update(long executable, long at, Step step) {
    params.fill((byte) 0);
    params.set(ValueLayout.JAVA_LONG, 0, step.function().address());
    for (int axis = 0; axis < 3; axis++) {
      params.set(ValueLayout.JAVA_INT, GRID + 4 * axis, axis == 0 ? step.groups() : 1);
      params.set(ValueLayout.JAVA_INT, BLOCK + 4 * axis, axis == 0 ? step.groupSize() : 1);
    }
    params.set(ValueLayout.JAVA_LONG, PARAMETERS, step.parametersAddress());
    try {
      return (int) set.invokeExact(executable, at, params);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /// A native function throws nothing; what comes is the JVM's.
  private static RuntimeException unexpected(Throwable e) {
    return e instanceof RuntimeException exception ? exception : new IllegalStateException(e);
  }
}
