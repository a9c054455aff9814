package dev.javelin.engine;

import dev.javelin.backend.Backend;
import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.DeviceInfo;
import dev.javelin.backend.Executable;
import dev.javelin.backend.OutOfDeviceMemoryException;
import dev.javelin.kernels.Kernel;
import java.lang.foreign.MemorySegment;

/// A device without memory or kernels: counts what it is asked for.
final class FakeBackend implements Backend {
  private final long memory;
  long allocated;
  int allocations;
  int frees;
  int failures;

  FakeBackend(long memory) {
    this.memory = memory;
  }

  @Override
  public DeviceInfo info() {
    return new DeviceInfo("fake:0", "nothing", memory, true);
  }

  @Override
  public DeviceBuffer allocate(long bytes) {
    if (allocated + bytes > memory) {
      failures++;
      throw new OutOfDeviceMemoryException("fake:0 has only " + memory + " bytes");
    }
    allocated += bytes;
    allocations++;
    return new DeviceBuffer() {
      @Override
      public long bytes() {
        return bytes;
      }

      @Override
      public void write(long offset, MemorySegment source) {}

      @Override
      public void read(long offset, MemorySegment target) {}

      @Override
      public void free() {
        allocated -= bytes;
        frees++;
      }
    };
  }

  @Override
  public Executable compile(Kernel kernel) {
    return (buffers, offsets, params) -> {};
  }

  @Override
  public void synchronize() {}
}
