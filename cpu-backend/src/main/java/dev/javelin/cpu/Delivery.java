package dev.javelin.cpu;

import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.Extents;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Instr;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Program;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/// How the results of a library call become what the kernel stores, in one of three ways:
///
/// 1. the library writes the output and applies the whole finish itself (a bias, an activation);
/// 2. the library writes the output, and an elementwise kernel finishes it in place;
/// 3. the library writes scratch memory, and an elementwise kernel reads that: where dtype or
///    layout of the output are not the library's, or where the finish reads memory that the library
///    would overwrite.
final class Delivery {
  private final Kernel.Operand target;
  private final View view;
  private final int bytes;
  private final Epilogue epilogue;
  private final Finish finish;

  // What the finish reads, to be compared with what the library overwrites before the finish has
  // read it.
  private final Extents extents;
  private final int[] reads;

  private Delivery(
      Kernel.Operand target,
      View view,
      int bytes,
      Epilogue epilogue,
      Finish finish,
      Extents extents,
      int[] reads) {
    this.target = target;
    this.view = view;
    this.bytes = bytes;
    this.epilogue = epilogue;
    this.finish = finish;
    this.extents = extents;
    this.reads = reads;
  }

  /// What a library call is to deliver.
  ///
  /// @param kernel the kernel
  /// @param shape the shape of the results
  /// @param type their dtype as the library computes them
  /// @param finish from result 0 to what is stored
  /// @param store what is stored, where
  record Order(Kernel kernel, Shape shape, DType type, Program finish, Kernel.Store store) {}

  /// Chooses the best way.
  ///
  /// @param order what to deliver
  /// @param writes whether the library can write to a view
  /// @param fuses whether the library can apply an epilogue
  /// @param preferred how results lie in scratch memory
  static Delivery of(
      Order order, Predicate<View> writes, Predicate<Epilogue> fuses, View preferred) {
    Kernel.Operand to = order.store.to();
    List<DType> buffers = order.kernel.buffers();
    List<Integer> reads = Epilogue.buffersReadBy(order.finish);
    boolean lies =
        buffers.get(to.buffer()) == order.type
            && !reads.contains(to.buffer())
            && writes.test(to.view());
    if (!lies) {
      return viaScratch(order, preferred);
    }
    Optional<Epilogue> epilogue =
        order.type.isFloatingPoint()
            ? Epilogue.of(order.finish, order.store.value()).filter(fuses)
            : plain(order);
    return new Delivery(
        to,
        to.view(),
        order.type.bytes(),
        epilogue.orElse(Epilogue.NONE),
        epilogue.isPresent()
            ? null
            : Finish.inPlace(buffers, order.shape, order.finish, order.store),
        Extents.of(order.kernel),
        reads.stream().mapToInt(Integer::intValue).toArray());
  }

  private static Optional<Epilogue> plain(Order order) {
    return order.finish.code().get(order.store.value()) instanceof Instr.Result
        ? Optional.of(Epilogue.NONE)
        : Optional.empty();
  }

  /// The way that is always right.
  static Delivery viaScratch(Order order, View preferred) {
    return new Delivery(
        null,
        preferred,
        order.type.bytes(),
        Epilogue.NONE,
        Finish.fromScratch(
            order.kernel.buffers(), order.shape, order.finish, order.store, order.type, preferred),
        null,
        new int[0]);
  }

  /// Where the library writes each result.
  View view() {
    return view;
  }

  /// What the library applies.
  Epilogue epilogue() {
    return epilogue;
  }

  /// How much scratch memory the results need.
  long scratchBytes() {
    return finish == null ? 0 : finish.scratchBytes();
  }

  /// Whether the library would overwrite what the finish reads, because the launch binds one piece
  /// of memory twice.
  boolean overwrites(DeviceBuffer[] buffers, long[] offsets) {
    if (reads.length == 0) {
      return false;
    }
    int out = target.buffer();
    long base = CpuBuffer.address(buffers, offsets, out);
    long from = base + extents.first(out);
    long to = base + extents.end(out);
    for (int buffer : reads) {
      long other = CpuBuffer.address(buffers, offsets, buffer);
      if (other + extents.first(buffer) < to && from < other + extents.end(buffer)) {
        return true;
      }
    }
    return false;
  }

  /// Where the library writes.
  ///
  /// @param scratch where its scratch memory begins
  /// @return the address of the result at index 0
  long address(DeviceBuffer[] buffers, long[] offsets, long scratch) {
    return (target == null ? scratch : CpuBuffer.address(buffers, offsets, target.buffer()))
        + view.offset() * bytes;
  }

  /// Where the library finds the bias.
  long bias(DeviceBuffer[] buffers, long[] offsets) {
    Instr.Load bias = epilogue.bias();
    return bias == null
        ? 0
        : CpuBuffer.address(buffers, offsets, bias.buffer()) + bias.view().offset() * bytes;
  }

  /// Does what the library did not.
  void finish(DeviceBuffer[] buffers, long[] offsets, long[] params, long scratch) {
    if (finish != null) {
      finish.run(buffers, offsets, params, scratch);
    }
  }
}
