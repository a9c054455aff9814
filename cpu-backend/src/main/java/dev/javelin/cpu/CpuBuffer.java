package dev.javelin.cpu;

import dev.javelin.backend.DeviceBuffer;
import dev.javelin.kernels.Kernel;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;

/// Native memory of the device `cpu`: aligned to 64 bytes, used by absolute address.
///
/// Knows whether it is still allocated: a second [#free] and every use after the first are Java
/// exceptions.
final class CpuBuffer implements DeviceBuffer {
  private static final VarHandle ADDRESS;

  static {
    try {
      ADDRESS = MethodHandles.lookup().findVarHandle(CpuBuffer.class, "address", long.class);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(e.getMessage(), e);
    }
  }

  private final long bytes;
  private final CpuBackend owner;

  /// 0 once freed.
  private volatile long address;

  /// A buffer over memory of [NativeMemory].
  ///
  /// @param address where it begins
  /// @param bytes its size
  /// @param owner told when the memory goes back; null for memory that is only lent, which cannot
  ///   be freed here
  CpuBuffer(long address, long bytes, CpuBackend owner) {
    this.address = address;
    this.bytes = bytes;
    this.owner = owner;
  }

  /// A buffer over memory that belongs to someone else, such as [Scratch].
  static CpuBuffer lent(long address, long bytes) {
    return new CpuBuffer(address, bytes, null);
  }

  /// The address of the byte that a launch's views of a buffer count from.
  static long address(DeviceBuffer[] buffers, long[] offsets, int buffer) {
    return ((CpuBuffer) buffers[buffer]).address() + offsets[buffer];
  }

  /// The address of the first element of an operand of a launch.
  ///
  /// @param bytes the size of an element
  static long address(DeviceBuffer[] buffers, long[] offsets, Kernel.Operand operand, int bytes) {
    return address(buffers, offsets, operand.buffer()) + operand.view().offset() * bytes;
  }

  /// Where the memory begins.
  long address() {
    long now = address;
    if (now == 0) {
      throw new IllegalStateException("a buffer of the device cpu was used after it was freed");
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
    MemorySegment.copy(source, 0, Memory.ALL, address() + offset, source.byteSize());
  }

  @Override
  public void read(long offset, MemorySegment target) {
    Objects.checkFromIndexSize(offset, target.byteSize(), bytes);
    MemorySegment.copy(Memory.ALL, address() + offset, target, 0, target.byteSize());
  }

  @Override
  public void free() {
    if (owner == null) {
      throw new IllegalStateException("memory that was only lent cannot be freed");
    }
    long last = (long) ADDRESS.getAndSet(this, 0L);
    if (last == 0) {
      throw new IllegalStateException("a buffer of the device cpu was freed twice");
    }
    NativeMemory.free(last, bytes);
    owner.freed(bytes);
  }

  @Override
  public String toString() {
    return "CpuBuffer[" + bytes + " bytes" + (address == 0 ? ", freed]" : "]");
  }
}
