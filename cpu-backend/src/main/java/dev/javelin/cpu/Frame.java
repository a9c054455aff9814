package dev.javelin.cpu;

import dev.javelin.backend.DeviceBuffer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// What one thread works with while it runs a kernel: memory for registers, and where each value is
/// at the moment.
///
/// Belongs to a thread and is reused by every kernel, so that a launch allocates nothing.
final class Frame {
  private static final ThreadLocal<Frame> CURRENT = ThreadLocal.withInitial(Frame::new);

  /// Where the registers lie; what a [Layout] hands out counts from here.
  long memory;

  /// Where each value lies.
  long[] at = new long[32];

  /// For each value -1 where the elements of the block lie side by side, 0 where one stands for
  /// all.
  int[] mask = new int[32];

  /// Where the views of each of the kernel's buffers count from.
  long[] buffers;

  /// The launch's parameters.
  long[] params;

  /// The number of the first row that the results of folds are kept for.
  long firstRow;

  /// What a [Loop] is given.
  final long[] arguments = new long[LoopShape.MOST_ARGUMENTS];

  /// Room for an index of an iteration space.
  final long[] index = new long[64];

  /// What the plain loops on float32 use.
  final FloatArrays floats = new FloatArrays();

  /// Room for two vectors.
  private final MemorySegment room = Arena.ofAuto().allocate(128, 64);

  private long[] ownBuffers = new long[16];
  private Arena arena;
  private long capacity;

  private Frame() {}

  /// The frame of this thread.
  static Frame current() {
    return CURRENT.get();
  }

  /// The address of room for two vectors, which a [Loop] may write.
  long room() {
    return room.address();
  }

  /// Takes over what a launch was given.
  ///
  /// @param count how many buffers the kernel has
  void bind(DeviceBuffer[] given, long[] offsets, long[] params, int count) {
    if (ownBuffers.length < count) {
      ownBuffers = new long[2 * count];
    }
    buffers = ownBuffers;
    for (int i = 0; i < count; i++) {
      buffers[i] = CpuBuffer.address(given, offsets, i);
    }
    this.params = params;
  }

  /// Works for another thread's launch.
  void join(Frame launcher) {
    if (launcher != this) {
      buffers = launcher.buffers;
      params = launcher.params;
    }
  }

  /// Makes room; what was in the registers before is lost.
  void reserve(Layout layout) {
    if (capacity < layout.bytes()) {
      arena = Arena.ofAuto();
      capacity = layout.bytes() * 3 / 2 + 4096;
      memory = arena.allocate(capacity, 64).address();
    }
    if (at.length < layout.values()) {
      at = new long[2 * layout.values()];
      mask = new int[2 * layout.values()];
    }
  }
}
