package dev.javelin.cuda;

import dev.javelin.backend.OutOfDeviceMemoryException;
import dev.javelin.backend.Settings;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.ToIntFunction;
import jcuda.driver.CUcontext;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;

/// A device in use: its context, its one stream, its memory, its programs. Lives as long as the process.
///
/// Its monitor is held while parameters are filled and commands are queued; not while a thread waits for what it reads.
final class Session {
  /// The session whose context is current on a thread. What other code of the process makes current there, it must put back.
  private static final ThreadLocal<Session> CURRENT = new ThreadLocal<>();

  private final CudaDevice device;
  private final Driver driver;
  private final CUcontext context = new CUcontext();
  private final CUstream compute = new CUstream();

  /// Where launches are captured, so that what other threads do meanwhile is not.
  private final CUstream side = new CUstream();

  private final Programs programs;
  private final GraphNodes nodes;
  private final Staging staging;
  private final Faults faults;
  private final boolean blocking = Settings.isOn("javelin.cuda.blocking", false);
  private Blas blas;
  private CUstream stream = compute;
  private ToIntFunction<Step> launcher = this::queue;
  private boolean queuing = true;
  private CudaBuffer scratch;
  private int scratchNumber;

  /// In buffers; what other programs and the driver itself take is not known.
  private long allocated;

  Session(CudaDevice device, Libraries libraries, Driver driver) {
    this.device = device;
    this.driver = driver;
    check(JCudaDriver.cuDevicePrimaryCtxRetain(context, device.handle()), "starting on the device");
    enter();
    int flags = CUstream_flags.CU_STREAM_NON_BLOCKING;
    check(JCudaDriver.cuStreamCreate(compute, flags), "making a stream");
    check(JCudaDriver.cuStreamCreate(side, flags), "making a stream");
    staging = new Staging(this);
    faults = new Faults(this);
    nodes = new GraphNodes(libraries.driver());
    programs = new Programs(this, libraries, CubinCache.ofUser());
  }

  /// Makes the device's context current on this thread, as every call of the driver wants. To be called behind what may wait, because a
  /// virtual thread may go on upon another thread of the system then.
  void enter() {
    if (CURRENT.get() != this || Thread.currentThread().isVirtual()) {
      check(JCudaDriver.cuCtxSetCurrent(context), "choosing the device");
      CURRENT.set(this);
    }
  }

  CudaDevice device() {
    return device;
  }

  Driver driver() {
    return driver;
  }

  Programs programs() {
    return programs;
  }

  GraphNodes nodes() {
    return nodes;
  }

  Staging staging() {
    return staging;
  }

  Faults faults() {
    return faults;
  }

  synchronized long faultAddress() {
    enter();
    return faults.address();
  }

  /// Whether every launch is waited for.
  boolean blocking() {
    return blocking;
  }

  /// The stream that all work is done on, in order.
  CUstream compute() {
    return compute;
  }

  /// Where launches are queued, under this monitor: the stream of all work, or another while launches are only captured.
  CUstream stream() {
    return stream;
  }

  /// Throws what a status means, unless it is 0.
  void check(int status, String doing) {
    if (status != 0) {
      throw CudaStatus.failure(device.name(), status, doing);
    }
  }

  // ---- memory ----

  synchronized CudaBuffer allocate(long bytes) {
    enter();
    var memory = new Handles.DeviceMemory();
    int status = driver.allocate(memory, bytes);
    if (status == CUresult.CUDA_ERROR_OUT_OF_MEMORY) {
      throw new OutOfDeviceMemoryException(
          device.name()
              + " has no "
              + bytes
              + " bytes left: "
              + allocated
              + " of its "
              + device.memory()
              + " bytes are allocated here ("
              + CudaStatus.name(status)
              + ")");
    }
    check(status, "allocating " + bytes + " bytes");
    allocated += bytes;
    return new CudaBuffer(this, memory.address(), bytes);
  }

  /// Gives a buffer's memory back, once everything queued has used it.
  synchronized void release(long address, long bytes) {
    enter();
    allocated -= bytes;
    check(driver.synchronize(compute), "freeing " + bytes + " bytes");
    check(driver.free(address), "freeing " + bytes + " bytes");
  }

  /// Memory of the host that the device copies from and to by itself. It is never given back.
  MemorySegment pinned(long bytes) {
    var memory = new Handles.PinnedMemory();
    check(driver.allocatePinned(memory, bytes), "allocating " + bytes + " bytes of the host");
    return MemorySegment.ofAddress(memory.address()).reinterpret(bytes);
  }

  CUevent event() {
    CUevent event = new CUevent();
    check(
        JCudaDriver.cuEventCreate(event, CUevent_flags.CU_EVENT_DISABLE_TIMING), "making an event");
    return event;
  }

  /// Whether the device has come past an event.
  boolean isPast(CUevent event) {
    int status = driver.query(event);
    if (status == CUresult.CUDA_ERROR_NOT_READY) {
      return false;
    }
    check(status, "asking for an event");
    return true;
  }

  synchronized void write(CudaBuffer buffer, long offset, MemorySegment source) {
    enter();
    staging.write(buffer.address() + offset, source);
  }

  /// Reads, after everything queued before; then says what kernels found wrong.
  void read(CudaBuffer buffer, long offset, MemorySegment target) {
    boolean suspected;
    synchronized (this) {
      suspected = faults.suspected();
    }
    staging.read(buffer.address() + offset, target);
    if (suspected) {
      synchronized (this) {
        faults.report();
      }
    }
  }

  void synchronize() {
    enter();
    check(driver.synchronize(compute), "waiting for the device");
    synchronized (this) {
      if (faults.suspected()) {
        faults.report();
      }
    }
  }

  /// Makes sure that scratch memory of a size is there: one buffer for all kernels, because the stream runs one after the other.
  synchronized void reserveScratch(long bytes) {
    if (bytes == 0 || scratch != null && scratch.bytes() >= bytes) {
      return;
    }
    CudaBuffer larger =
        allocate(Math.max(bytes, Math.max(1L << 16, Long.highestOneBit(bytes) << 1)));
    if (scratch != null) {
      scratch.free();
    }
    scratch = larger;
    scratchNumber++;
  }

  /// Says which scratch memory is in use: what was captured with another must be captured again.
  int scratchNumber() {
    return scratchNumber;
  }

  long scratchAddress() {
    return scratch.address();
  }

  // ---- launches; under this monitor ----

  /// cuBLAS on this device, made when it is first needed.
  synchronized Blas blas() {
    if (blas == null) {
      enter();
      blas = new Blas(this);
    }
    return blas;
  }

  /// Queues a launch whose parameters are filled in, or does with it what [#instead] says.
  ///
  /// @return a status
  int launch(Step step) {
    return launcher.applyAsInt(step);
  }

  private int queue(Step step) {
    int status = driver.launch(step, stream);
    return status == 0 && blocking ? driver.synchronize(stream) : status;
  }

  /// Whether launches are queued, as usual.
  boolean isQueuing() {
    return queuing;
  }

  /// Captures launches in the place of running them.
  ///
  /// @param launches queues them
  /// @param captured where they go
  /// @return the graph, to be given back by the caller
  Handles.Graph capture(Runnable launches, List<Step> captured) {
    check(driver.beginCapture(side), "capturing launches");
    var graph = new Handles.Graph();
    int status;
    stream = side;
    try {
      instead(
          step -> {
            captured.add(step);
            return queue(step);
          },
          true,
          launches);
    } finally {
      stream = compute;
      status = driver.endCapture(side, graph);
    }
    check(status, "capturing launches");
    return graph;
  }

  /// Does something else with launches than to queue them.
  ///
  /// @param other gives a status
  /// @param andQueues whether that also queues them, so that calls of libraries are to be queued, too
  /// @param launches makes the launches
  void instead(ToIntFunction<Step> other, boolean andQueues, Runnable launches) {
    launcher = other;
    queuing = andQueues;
    try {
      launches.run();
    } finally {
      launcher = this::queue;
      queuing = true;
    }
  }
}
