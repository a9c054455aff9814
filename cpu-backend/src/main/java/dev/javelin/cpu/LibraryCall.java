package dev.javelin.cpu;

import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.Executable;

/// A matrix product or convolution: brings the operands into the library's form, calls it, and
/// finishes what it delivers.
///
/// Where nothing has to be brought into form, a launch makes no garbage.
abstract class LibraryCall implements Executable {
  private final Staged first;
  private final Staged second;
  private final Delivery delivery;
  private final long scratchBytes;

  /// Made by the first launch that needs it: the same by way of scratch memory.
  private volatile LibraryCall careful;

  LibraryCall(Staged first, Staged second, Delivery delivery) {
    this.first = first;
    this.second = second;
    this.delivery = delivery;
    this.scratchBytes = first.scratchBytes() + second.scratchBytes() + delivery.scratchBytes();
  }

  /// Calls the library.
  ///
  /// @param first the address of the first operand
  /// @param second the address of the second
  /// @param bias the address of the bias; 0 where there is none
  /// @param result the address of the results
  abstract void compute(long first, long second, long bias, long result);

  /// The same call with its results in scratch memory.
  abstract LibraryCall viaScratch();

  @Override
  public final void launch(DeviceBuffer[] buffers, long[] offsets, long[] params) {
    if (delivery.overwrites(buffers, offsets)) {
      LibraryCall other = careful;
      if (other == null) {
        other = viaScratch();
        careful = other;
      }
      other.launch(buffers, offsets, params);
    } else if (scratchBytes == 0) {
      run(buffers, offsets, params, 0);
    } else {
      Scratch scratch = Scratch.borrow();
      try {
        run(buffers, offsets, params, scratch.reserve(scratchBytes));
      } finally {
        scratch.giveBack();
      }
    }
  }

  private void run(DeviceBuffer[] buffers, long[] offsets, long[] params, long scratch) {
    long forSecond = scratch + first.scratchBytes();
    long forResult = forSecond + second.scratchBytes();
    compute(
        first.address(buffers, offsets, scratch),
        second.address(buffers, offsets, forSecond),
        delivery.bias(buffers, offsets),
        delivery.address(buffers, offsets, forResult));
    delivery.finish(buffers, offsets, params, forResult);
  }
}
