package dev.javelin.conformance;

import dev.javelin.backend.Backend;
import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.DeviceInfo;
import dev.javelin.backend.Executable;
import dev.javelin.backend.OutOfDeviceMemoryException;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Interpreter;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.View;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/// A device that runs every kernel with the [Interpreter], one element at a time in double precision: slow, and right by
/// construction. It lets the engine be tested without any backend, and whole programs be compared.
public final class InterpreterBackend implements Backend {
  private final DeviceInfo info;
  private final AtomicLong allocated = new AtomicLong();
  private final AtomicLong launches = new AtomicLong();

  /// A device.
  ///
  /// @param name its name
  /// @param memory how many bytes it has
  public InterpreterBackend(String name, long memory) {
    this.info = new DeviceInfo(name, "kernel interpreter", memory, true);
  }

  @Override
  public DeviceInfo info() {
    return info;
  }

  /// How many kernels were launched so far.
  ///
  /// @return the number
  public long launches() {
    return launches.get();
  }

  @Override
  public DeviceBuffer allocate(long bytes) {
    if (allocated.addAndGet(bytes) > info.memory()) {
      allocated.addAndGet(-bytes);
      throw new OutOfDeviceMemoryException(info.name() + " has no " + bytes + " bytes left");
    }
    return new Buffer(this, bytes);
  }

  @Override
  public Executable compile(Kernel kernel) {
    int count = kernel.buffers().size();
    return (buffers, offsets, params) -> {
      launches.incrementAndGet();
      MemorySegment[] memory = new MemorySegment[count];
      for (int i = 0; i < count; i++) {
        memory[i] = ((Buffer) buffers[i]).memory();
      }
      if (kernel instanceof Kernel.Copy copy) {
        // A tensor seen backwards begins at its last element, before which a slice of the memory
        // would have nothing.
        Kernel.Copy whole =
            new Kernel.Copy(
                copy.buffers(),
                shifted(copy.source(), copy.buffers(), offsets),
                shifted(copy.target(), copy.buffers(), offsets));
        Interpreter.run(whole, memory);
        return;
      }
      for (int i = 0; i < count; i++) {
        memory[i] = memory[i].asSlice(offsets[i]);
      }
      Interpreter.run(kernel, memory, Arrays.copyOf(params, params.length));
    };
  }

  private static Kernel.Operand shifted(Kernel.Operand operand, List<DType> types, long[] offsets) {
    View view = operand.view();
    long by = offsets[operand.buffer()] / types.get(operand.buffer()).bytes();
    return new Kernel.Operand(
        operand.buffer(), View.of(view.shape(), view.strides(), view.offset() + by));
  }

  @Override
  public void synchronize() {}

  /// Native memory, filled with bytes that are no sensible number of any type, so that a read of what was never written shows.
  private static final class Buffer implements DeviceBuffer {
    private static final byte POISON = (byte) 0xFF;

    private final InterpreterBackend device;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment memory;

    Buffer(InterpreterBackend device, long bytes) {
      this.device = device;
      this.memory = arena.allocate(bytes, 64).fill(POISON);
    }

    MemorySegment memory() {
      return memory;
    }

    @Override
    public long bytes() {
      return memory.byteSize();
    }

    @Override
    public void write(long offset, MemorySegment source) {
      MemorySegment.copy(source, 0, memory, offset, source.byteSize());
    }

    @Override
    public void read(long offset, MemorySegment target) {
      MemorySegment.copy(memory, offset, target, 0, target.byteSize());
    }

    @Override
    public void free() {
      device.allocated.addAndGet(-memory.byteSize());
      arena.close();
    }
  }
}
