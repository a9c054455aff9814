package dev.javelin.cpu;

import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.Executable;
import dev.javelin.backend.PlaneOrder;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Instr;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Kernel.Operand;
import dev.javelin.kernels.Program;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.util.ArrayList;
import java.util.List;

/// Pooling by way of scratch memory, one image at a time, so that it stays in cache: of what is
/// computed first, of what lies in another order than the rest, and of arrays whose channels lie
/// apart where they lie side by side there. The last is ten times faster than the plain loops, for
/// all that it copies.
final class ImagewisePool implements Executable {
  /// Fewer channels than this leave most of a vector empty.
  private static final long FEWEST_CHANNELS = 8;

  /// Elements of an image from which on copies are worth it.
  private static final long WORTHWHILE = 1024;

  /// Elements that are worth a thread.
  private static final long GRAIN = 32L << 10;

  /// As the number of a buffer: scratch memory.
  private static final int SCRATCH = -1;

  /// The memory of an image.
  ///
  /// @param buffer the kernel's buffer, or [#SCRATCH]
  /// @param bytes from an image to the next; in scratch memory, where it begins
  private record Place(int buffer, long bytes) {
    long at(long[] offsets, long image) {
      return buffer == SCRATCH ? bytes : offsets[buffer] + image * bytes;
    }
  }

  /// What is done for each image.
  ///
  /// @param kernel does it
  /// @param places the memory of each of its buffers
  private record Step(Executable kernel, List<Place> places) {
    void run(
        DeviceBuffer[] buffers, long[] offsets, long image, DeviceBuffer scratch, long[] params) {
      DeviceBuffer[] own = new DeviceBuffer[places.size()];
      long[] at = new long[own.length];
      for (int i = 0; i < own.length; i++) {
        Place place = places.get(i);
        own[i] = place.buffer == SCRATCH ? scratch : buffers[place.buffer];
        at[i] = place.at(offsets, image);
      }
      kernel.launch(own, at, params);
    }
  }

  private final Kernel.Pool kernel;

  /// How many images are taken at once: one, but all of them where a number depends on which it is.
  private final long together;

  private final long images;
  private final int parts;
  private final List<Step> steps = new ArrayList<>();
  private long scratchBytes;

  private ImagewisePool(Kernel.Pool kernel) {
    this.kernel = kernel;
    long n = kernel.shape().size(0);
    boolean counts = kernel.body().code().stream().anyMatch(Instr.Iota.class::isInstance);
    together = counts ? n : 1;
    images = n / together;
    parts = (int) Math.min(images, Workers.parts(kernel.x().numel(), GRAIN));
    boolean last = isAdjacent(kernel, 1);
    PlaneOrder order = last ? PlaneOrder.CHANNELS_LAST : PlaneOrder.CONTIGUOUS;
    boolean apart = !last && isSlow(inside(order, image(kernel.target()), image(kernel.index())));
    plan(apart ? PlaneOrder.CHANNELS_LAST : order, apart);
  }

  /// Finds the steps.
  ///
  /// @param order how arrays lie in scratch memory
  /// @param all whether all that is read and written goes through scratch memory
  private void plan(PlaneOrder order, boolean all) {
    DType type = kernel.buffers().get(kernel.target().buffer());
    Place read = scratch(kernel.shape(), type);
    steps.add(
        kernel
            .plain()
            .map(from -> copyIn(from, order, read))
            .orElseGet(() -> compute(order, read)));
    Operand target = kernel.target();
    Operand index = kernel.index();
    Place atTarget = all ? scratch(target.view().shape(), type) : place(target);
    Place atIndex = all && kernel.op().isMax() ? scratch(kernel.y(), DType.INT32) : place(index);
    if (all && kernel.op() == Kernel.PoolOp.MAX_BACKWARD) {
      steps.add(copyIn(index, order, atIndex));
    }
    Kernel.Pool pool =
        inside(
            order,
            all ? order.of(image(target).shape()) : image(target),
            all ? order.of(image(index).shape()) : image(index));
    List<Place> places =
        kernel.op().isBackward()
            ? List.of(atTarget, read, atIndex)
            : List.of(read, atTarget, atIndex);
    steps.add(new Step(PoolExecutor.direct(pool), places));
    if (all) {
      steps.add(copyOut(target, order, atTarget));
      if (kernel.op() == Kernel.PoolOp.MAX) {
        steps.add(copyOut(index, order, atIndex));
      }
    }
  }

  /// The pooling of an image in scratch memory: x is buffer 0, y buffer 1, the indices buffer 2.
  private Kernel.Pool inside(PlaneOrder order, View target, View index) {
    DType type = kernel.buffers().get(kernel.target().buffer());
    View read = order.of(kernel.shape().with(0, together));
    boolean backward = kernel.op().isBackward();
    return Kernel.Pool.of(
        List.of(type, type, DType.INT32),
        kernel.op(),
        kernel.window(),
        new Operand(0, backward ? target : read),
        new Operand(1, backward ? read : target),
        new Operand(2, index));
  }

  private View image(Operand operand) {
    return image(operand.view());
  }

  private View image(View view) {
    return view.slice(0, 0, 1, together);
  }

  private Place place(Operand operand) {
    return place(operand.buffer(), operand.view(), kernel.buffers().get(operand.buffer()));
  }

  private static Place place(int buffer, View view, DType type) {
    return new Place(buffer, view.stride(0) * type.bytes());
  }

  private Place scratch(Shape all, DType type) {
    long at = scratchBytes;
    scratchBytes += Scratch.aligned(Math.max(1, all.with(0, together).numel() * type.bytes()));
    return new Place(SCRATCH, at);
  }

  private Step copyIn(Operand from, PlaneOrder order, Place to) {
    View image = image(from);
    return copy(from, image, order.of(image.shape()), List.of(place(from), to));
  }

  private Step copyOut(Operand to, PlaneOrder order, Place from) {
    View image = image(to);
    return copy(to, order.of(image.shape()), image, List.of(from, place(to)));
  }

  private Step copy(Operand operand, View from, View to, List<Place> places) {
    DType type = kernel.buffers().get(operand.buffer());
    return new Step(
        CopyExecutor.of(
            new Kernel.Copy(List.of(type, type), new Operand(0, from), new Operand(1, to))),
        places);
  }

  /// Computes what is pooled. Each load has a buffer of its own, for its own way from image to image.
  private Step compute(PlaneOrder order, Place to) {
    List<DType> types = new ArrayList<>();
    List<Place> places = new ArrayList<>();
    List<Instr> code = new ArrayList<>();
    for (Instr instr : kernel.body().code()) {
      code.add(
          switch (instr) {
            case Instr.Load(int buffer, View view, DType stored) -> {
              types.add(stored);
              places.add(place(buffer, view, stored));
              yield new Instr.Load(types.size() - 1, image(view), stored);
            }
            case Instr.Iota _,
                Instr.Const _,
                Instr.Param _,
                Instr.Result _,
                Instr.Apply _,
                Instr.Cast _ ->
                instr;
          });
    }
    Shape shape = kernel.shape().with(0, together);
    Operand scratch = new Operand(types.size(), order.of(shape));
    types.add(kernel.buffers().get(kernel.target().buffer()));
    places.add(to);
    Kernel.Store store = new Kernel.Store(scratch, kernel.value());
    Kernel.Part part = new Kernel.Part(shape, new Program(code), List.of(store));
    return new Step(BlockExecutor.of(new Kernel.Map(types, List.of(part))), places);
  }

  /// Whether neighbours on an axis are neighbours in memory, in all that is written and in the
  /// indices.
  static boolean isAdjacent(Kernel.Pool kernel, int axis) {
    return isAdjacent(kernel.target().view(), axis)
        && (!kernel.op().isMax() || isAdjacent(kernel.index().view(), axis));
  }

  private static boolean isAdjacent(View view, int axis) {
    return view.shape().size(axis) == 1 || view.stride(axis) == 1;
  }

  /// Whether this is the way for a pooling.
  static boolean isWorthwhile(Kernel.Pool kernel) {
    return kernel.plain().isEmpty() || isSlow(kernel);
  }

  /// Whether a pooling of what lies in memory has no loop on vectors, but would have with channels
  /// side by side.
  private static boolean isSlow(Kernel.Pool kernel) {
    Shape x = kernel.x();
    PoolPlan plan = new PoolPlan(kernel);
    return Loops.vectorised()
        && kernel.buffers().get(kernel.target().buffer()) == DType.FLOAT32
        && x.size(1) >= FEWEST_CHANNELS
        && x.numel() >= WORTHWHILE * x.size(0)
        && !plan.isChannelsLast()
        && VectorPools.of(plan) == null;
  }

  static Executable of(Kernel.Pool kernel) {
    return new ImagewisePool(kernel);
  }

  @Override
  public void launch(DeviceBuffer[] buffers, long[] offsets, long[] params) {
    Workers.share(images, parts, (from, end) -> run(buffers, offsets, from, end, params));
  }

  private void run(DeviceBuffer[] buffers, long[] offsets, long first, long end, long[] params) {
    Scratch scratch = Scratch.borrow();
    try {
      DeviceBuffer memory = CpuBuffer.lent(scratch.reserve(scratchBytes), scratchBytes);
      for (long image = first; image < end; image++) {
        for (Step step : steps) {
          step.run(buffers, offsets, image, memory, params);
        }
      }
    } finally {
      scratch.giveBack();
    }
  }
}
