package dev.javelin.opencl;

import dev.javelin.backend.OutOfDeviceMemoryException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.IntBuffer;
import org.lwjgl.PointerBuffer;
import org.lwjgl.opencl.CL10;
import org.lwjgl.system.MemoryStack;

/// A device in use: its context, its one in-order queue, its memory, its programs. Lives as long as the process.
///
/// Its monitor is held while arguments are set and commands are queued, since a kernel's arguments belong to the kernel and not to
/// the thread that sets them; not while a thread waits for what it reads.
final class Session {
  /// Launches after which the device is told to begin, so that it does not wait until someone reads.
  private static final int BATCH = 16;

  private final ClDevice device;
  private final Driver driver;
  private final long context;
  private final long queue;
  private final Programs programs;
  private final Staging staging;
  private final Faults faults;

  /// Eight bytes for the value of an argument or for a status.
  private final MemorySegment word = Arena.global().allocate(8, 8);

  private long allocated;
  private int waiting;
  private ClBuffer scratch;
  private int scratchNumber;

  Session(ClDevice device, Driver driver) {
    this.device = device;
    this.driver = driver;
    try (MemoryStack stack = MemoryStack.stackPush()) {
      IntBuffer status = stack.callocInt(1);
      PointerBuffer properties = stack.pointers(CL10.CL_CONTEXT_PLATFORM, device.platform(), 0);
      context = CL10.clCreateContext(properties, device.handle(), null, 0, status);
      check(status.get(0), "making a context");
      queue = CL10.clCreateCommandQueue(context, device.handle(), 0, status);
      check(status.get(0), "making a command queue");
    }
    programs = new Programs(device, driver, context);
    staging = new Staging(this);
    faults = new Faults(this);
  }

  ClDevice device() {
    return device;
  }

  Driver driver() {
    return driver;
  }

  long queue() {
    return queue;
  }

  Programs programs() {
    return programs;
  }

  Faults faults() {
    return faults;
  }

  /// Throws what a status means, unless it is 0.
  void check(int status, String doing) {
    if (status != 0) {
      throw failure(status, doing);
    }
  }

  RuntimeException failure(int status, String doing) {
    return ClStatus.failure(device.name(), status, doing);
  }

  synchronized ClBuffer allocate(long bytes) {
    if (bytes > device.largestBuffer()) {
      throw new OutOfDeviceMemoryException(
          device.name()
              + " allows at most "
              + device.largestBuffer()
              + " bytes in one buffer, and "
              + bytes
              + " were asked for");
    }
    // Some drivers promise more than there is, and fail when it is used.
    if (bytes > device.memory() - allocated) {
      throw noMemory(bytes, "");
    }
    long handle = driver.createBuffer(context, bytes, word.address());
    int status = word.get(ValueLayout.JAVA_INT, 0);
    switch (status) {
      case 0 -> {}
      case CL10.CL_MEM_OBJECT_ALLOCATION_FAILURE,
          CL10.CL_OUT_OF_RESOURCES,
          CL10.CL_OUT_OF_HOST_MEMORY,
          CL10.CL_INVALID_BUFFER_SIZE ->
          throw noMemory(bytes, " (" + ClStatus.name(status) + ")");
      default -> throw failure(status, "allocating " + bytes + " bytes");
    }
    allocated += bytes;
    return new ClBuffer(this, handle, bytes);
  }

  private OutOfDeviceMemoryException noMemory(long bytes, String status) {
    return new OutOfDeviceMemoryException(
        device.name()
            + " has no "
            + bytes
            + " bytes left: "
            + allocated
            + " of its "
            + device.memory()
            + " bytes are allocated"
            + status);
  }

  /// Gives a buffer's memory back, once everything queued has used it: the driver sees to that.
  synchronized void release(long handle, long bytes) {
    allocated -= bytes;
    check(driver.releaseBuffer(handle), "freeing " + bytes + " bytes");
  }

  synchronized void write(ClBuffer buffer, long offset, MemorySegment source) {
    staging.write(buffer.handle(), offset, source);
  }

  /// Reads, after everything queued before; then says what kernels found wrong.
  void read(ClBuffer buffer, long offset, MemorySegment target) {
    long mark;
    boolean suspected;
    synchronized (this) {
      mark = staging.mark();
      suspected = faults.suspected();
    }
    staging.read(buffer.handle(), offset, target);
    synchronized (this) {
      staging.finished(mark);
      if (suspected) {
        faults.report();
      }
    }
  }

  synchronized void synchronize() {
    finish();
    if (faults.suspected()) {
      faults.report();
    }
  }

  /// Waits for the device; what was staged has been copied then.
  void finish() {
    check(driver.finish(queue), "waiting for the device");
    staging.finished(staging.mark());
  }

  /// Makes sure that scratch memory of a size is there: one buffer for all kernels, because the queue runs one after the other.
  synchronized void reserveScratch(long bytes) {
    if (bytes == 0 || scratch != null && scratch.bytes() >= bytes) {
      return;
    }
    long rounded =
        Math.max(1L << 16, Math.min(device.largestBuffer(), Long.highestOneBit(bytes) << 1));
    ClBuffer larger = allocate(Math.max(bytes, rounded));
    if (scratch != null) {
      scratch.free();
    }
    scratch = larger;
    scratchNumber++;
  }

  /// Says which scratch memory is in use: a kernel that was given another must be given this.
  int scratchNumber() {
    return scratchNumber;
  }

  long scratchHandle() {
    return scratch.handle();
  }

  // ---- launches; under this monitor ----

  void setMemory(long kernel, int index, long handle, String function) {
    setLong(kernel, index, handle, function);
  }

  void setLong(long kernel, int index, long value, String function) {
    word.set(ValueLayout.JAVA_LONG, 0, value);
    set(kernel, index, 8, function);
  }

  void setInt(long kernel, int index, int value, String function) {
    word.set(ValueLayout.JAVA_INT, 0, value);
    set(kernel, index, 4, function);
  }

  private void set(long kernel, int index, int bytes, String function) {
    int status = driver.setArgument(kernel, index, bytes, word.address());
    if (status != 0) {
      throw failure(status, "setting argument " + index + " of " + function);
    }
  }

  /// Queues a kernel whose arguments are set.
  ///
  /// @param sizes the address of the number of work-items, and 8 bytes further that of a group's
  void launch(long kernel, long sizes, String function) {
    int status = driver.launch(queue, kernel, sizes, sizes + 8);
    if (status == 0 && ++waiting >= BATCH) {
      waiting = 0;
      status = driver.flush(queue);
    }
    if (status != 0) {
      throw failure(status, "launching " + function);
    }
  }
}
