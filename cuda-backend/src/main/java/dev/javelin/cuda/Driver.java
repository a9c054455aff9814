package dev.javelin.cuda;

import jcuda.driver.CUevent;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUmodule;
import jcuda.driver.CUstream;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.JCudaDriver;

/// The driver's functions that are called while a program runs. A seam: tests replace it to see what happens where a driver fails.
///
/// All return a status. Addresses are those of native memory: JCuda would hold arrays of the heap in place only during the call.
class Driver {
  int allocate(Handles.DeviceMemory memory, long bytes) {
    return JCudaDriver.cuMemAlloc(memory, bytes);
  }

  int free(long address) {
    return JCudaDriver.cuMemFree(Handles.device(address));
  }

  int allocatePinned(Handles.PinnedMemory memory, long bytes) {
    return JCudaDriver.cuMemHostAlloc(memory, bytes, 0);
  }

  int write(CUstream stream, long to, long from, long bytes) {
    return JCudaDriver.cuMemcpyHtoDAsync(Handles.device(to), Handles.host(from), bytes, stream);
  }

  int read(CUstream stream, long to, long from, long bytes) {
    return JCudaDriver.cuMemcpyDtoHAsync(Handles.host(to), Handles.device(from), bytes, stream);
  }

  int record(CUevent event, CUstream stream) {
    return JCudaDriver.cuEventRecord(event, stream);
  }

  /// Whether the device has come past an event.
  int query(CUevent event) {
    return JCudaDriver.cuEventQuery(event);
  }

  int waitFor(CUevent event) {
    return JCudaDriver.cuEventSynchronize(event);
  }

  int synchronize(CUstream stream) {
    return JCudaDriver.cuStreamSynchronize(stream);
  }

  int load(CUmodule module, byte[] cubin) {
    return JCudaDriver.cuModuleLoadData(module, cubin);
  }

  int launch(Step step, CUstream stream) {
    return JCudaDriver.cuLaunchKernel(
        step.function(),
        step.groups(),
        1,
        1,
        step.groupSize(),
        1,
        1,
        0,
        stream,
        step.parameters(),
        null);
  }

  int beginCapture(CUstream stream) {
    return JCudaDriver.cuStreamBeginCapture(
        stream, CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL);
  }

  int endCapture(CUstream stream, CUgraph graph) {
    return JCudaDriver.cuStreamEndCapture(stream, graph);
  }

  int instantiate(CUgraphExec executable, CUgraph graph) {
    return JCudaDriver.cuGraphInstantiate(executable, graph, 0L);
  }

  int launch(CUgraphExec graph, CUstream stream) {
    return JCudaDriver.cuGraphLaunch(graph, stream);
  }
}
