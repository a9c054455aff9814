package dev.javelin.cuda;

import dev.javelin.backend.DeviceBuffer;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/// Memory of a CUDA device. Knows whether it is still allocated: a second [#free] and every use after the first are Java exceptions.
final class CudaBuffer implements DeviceBuffer {
  private final Session session;
  private final long bytes;

  /// 0 once freed.
  private volatile long address;

  CudaBuffer(Session session, long address, long bytes) {
    this.session = session;
    this.address = address;
    this.bytes = bytes;
  }

  /// Where it is on the device.
  long address() {
    long now = address;
    if (now == 0) {
      throw new IllegalStateException(
          "a buffer of the device " + session.device().name() + " was used after it was freed");
    }
    return now;
  }

  @Override
  public long bytes() {
    return bytes;
  }

  @Override
  public void write(long offset, MemorySegment source) {
    Objects.checkFromIndexSize(offset, source.byteSize(), bytes);
    session.write(this, offset, source);
  }

  @Override
  public void read(long offset, MemorySegment target) {
    Objects.checkFromIndexSize(offset, target.byteSize(), bytes);
    session.read(this, offset, target);
  }

  @Override
  public void free() {
    synchronized (session) {
      long last = address;
      if (last == 0) {
        throw new IllegalStateException(
            "a buffer of the device " + session.device().name() + " was freed twice");
      }
      address = 0;
      session.release(last, bytes);
    }
  }

  @Override
  public String toString() {
    return "CudaBuffer[" + bytes + " bytes" + (address == 0 ? ", freed]" : "]");
  }
}
