package dev.javelin.cpu;

import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.Executable;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Instr;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Program;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/// An operand of a library call: read where it lies, or first brought into scratch memory because
/// the library has not its dtype or cannot walk its strides.
final class Staged {
  private static final long[] NO_PARAMS = {};

  private final Kernel.Operand operand;
  private final View view;
  private final int bytes;
  private final Executable copy;
  private final long scratchBytes;

  private Staged(Kernel.Operand operand, View view, int bytes, Executable copy, long scratchBytes) {
    this.operand = operand;
    this.view = view;
    this.bytes = bytes;
    this.copy = copy;
    this.scratchBytes = scratchBytes;
  }

  /// An operand that is read where it lies.
  static Staged direct(List<DType> buffers, Kernel.Operand operand) {
    int bytes = buffers.get(operand.buffer()).bytes();
    return new Staged(operand, operand.view(), bytes, null, 0);
  }

  /// An operand that is copied. The copy keeps the order in which the source's axes lie in memory.
  ///
  /// @param buffers the kernel's buffers
  /// @param operand what to copy, not empty
  /// @param type the dtype of the copy
  /// @param repeatable how many axes, from the first, may keep a stride of 0: what they repeat is
  ///   held once
  static Staged copied(List<DType> buffers, Kernel.Operand operand, DType type, int repeatable) {
    View from = operand.view();
    int rank = from.shape().rank();
    Integer[] order =
        IntStream.range(0, rank)
            .boxed()
            .sorted(Comparator.comparingLong((Integer axis) -> -Math.abs(from.stride(axis))))
            .toArray(Integer[]::new);
    long[] sizes = new long[rank];
    long[] strides = new long[rank];
    long count = 1;
    for (int i = rank - 1; i >= 0; i--) {
      int axis = order[i];
      boolean once = axis < repeatable && from.stride(axis) == 0;
      sizes[axis] = once ? 1 : from.shape().size(axis);
      strides[axis] = once ? 0 : count;
      count *= sizes[axis];
    }
    Shape compact = Shape.of(sizes);
    View source = View.of(compact, from.strides(), from.offset());
    View target = View.of(compact, strides, 0);
    DType stored = buffers.get(operand.buffer());
    return new Staged(
        operand,
        View.of(from.shape(), strides, 0),
        type.bytes(),
        copy(stored, source, type, target),
        Scratch.aligned(count * type.bytes()));
  }

  private static Executable copy(DType from, View source, DType to, View target) {
    List<DType> buffers = List.of(from, to);
    if (from == to) {
      return CopyExecutor.of(
          new Kernel.Copy(buffers, new Kernel.Operand(0, source), new Kernel.Operand(1, target)));
    }
    Instr load = new Instr.Load(0, source, from);
    boolean converts = load.type() != to.register();
    List<Instr> code = converts ? List.of(load, new Instr.Cast(to, 0)) : List.of(load);
    Kernel.Store store = new Kernel.Store(new Kernel.Operand(1, target), code.size() - 1);
    return BlockExecutor.of(
        new Kernel.Map(
            buffers, List.of(new Kernel.Part(source.shape(), new Program(code), List.of(store)))));
  }

  /// Which elements the library reads, counted from [#address].
  View view() {
    return view;
  }

  /// How much scratch memory this operand needs; a multiple of 64.
  long scratchBytes() {
    return scratchBytes;
  }

  /// Makes the operand ready.
  ///
  /// @param scratch where its scratch memory begins
  /// @return the address of the element at index 0
  long address(DeviceBuffer[] buffers, long[] offsets, long scratch) {
    if (copy == null) {
      return CpuBuffer.address(buffers, offsets, operand.buffer()) + view.offset() * bytes;
    }
    copy.launch(
        new DeviceBuffer[] {buffers[operand.buffer()], CpuBuffer.lent(scratch, scratchBytes)},
        new long[] {offsets[operand.buffer()], 0},
        NO_PARAMS);
    return scratch;
  }
}
