package dev.javelin.cpu;

/// The step that writes a value to a buffer, converted to the buffer's type.
final class StoreStep extends Step {
  private final int value;
  private final int buffer;
  private final Strider view;
  private final int bytes;
  private final Loops.Unary narrow;
  private final long staging;

  /// A store.
  ///
  /// @param value the place of the value
  /// @param buffer the number of the buffer
  /// @param view which elements
  /// @param bytes the size of a stored element
  /// @param narrow converts from the register type; null where the buffer is of the register type
  /// @param staging room for a block of stored elements
  StoreStep(int value, int buffer, Strider view, int bytes, Loops.Unary narrow, long staging) {
    this.value = value;
    this.buffer = buffer;
    this.view = view;
    this.bytes = bytes;
    this.narrow = narrow;
    this.staging = staging;
  }

  /// The first byte that is written.
  long first(Frame frame) {
    return frame.buffers[buffer] + view.first * bytes;
  }

  /// One past the last byte that is written.
  long end(Frame frame) {
    return frame.buffers[buffer] + view.end * bytes;
  }

  /// Where the elements of a block lie if they lie side by side, else 0.
  long direct(Frame frame, long position, int n) {
    if (view.contiguous()) {
      return frame.buffers[buffer] + (view.offset + position) * bytes;
    }
    return view.step() == 1 && view.inOneRun(position, n)
        ? frame.buffers[buffer] + view.at(position) * bytes
        : 0;
  }

  @Override
  void run(Frame frame, long position, int n) {
    long from = frame.at[value];
    int mask = frame.mask[value];
    long to = direct(frame, position, n);
    if (to != 0 && to == from && narrow == null) {
      // The operation has written it already.
      return;
    }
    if (narrow != null) {
      long target = to != 0 ? to : frame.memory + staging;
      narrow.run(from, mask, target, n);
      from = target;
    } else if (mask == 0) {
      long target = to != 0 ? to : frame.memory + staging;
      Packing.fill(target, Packing.bits(from, bytes), bytes, n);
      from = target;
    }
    if (to == 0) {
      Packing.scatter(view, frame.buffers[buffer], bytes, position, n, from, frame.index);
    } else if (to != from) {
      Packing.copy(from, to, (long) n * bytes, bytes);
    }
  }
}
