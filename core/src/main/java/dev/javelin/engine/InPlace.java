package dev.javelin.engine;

import dev.javelin.Tensor;
import dev.javelin.kernels.Instr;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Program;
import dev.javelin.kernels.View;
import dev.javelin.ops.Gradient;
import dev.javelin.ops.OpDef;
import java.util.List;
import java.util.stream.Stream;

/// An op whose result is written into its first input, as PyTorch's ops with a trailing underscore.
///
/// @param op the op; its result has the first input's shape
record InPlace(OpDef op) implements OpDef.Composed {
  @Override
  public String name() {
    return op.name() + "_";
  }

  @Override
  public Gradient gradient() {
    return op.gradient();
  }

  @Override
  public String gradName() {
    return op.gradName();
  }

  @Override
  public Tensor[] trace(Tensor[] in) {
    Value result = Trace.outputs(op, in)[0];
    Value self = in[0];
    if (!result.shape().equals(self.shape())) {
      throw new IllegalArgumentException(
          "%s: the result's shape %s is not that of the tensor to write into, %s"
              .formatted(name(), result.shape(), self.shape()));
    }
    if (result.dtype().kind().compareTo(self.dtype().kind()) > 0) {
      throw new IllegalArgumentException(
          "%s: the result's dtype %s cannot be written into a tensor of dtype %s"
              .formatted(name(), result.dtype(), self.dtype()));
    }
    Tensor tensor = (Tensor) result;
    return new Tensor[] {
      result.dtype() == self.dtype()
          ? tensor
          : (Tensor) Trace.outputs(new OpDef.Cast(self.dtype()), new Value[] {tensor})[0]
    };
  }

  @Override
  public int target(int output) {
    return 0;
  }

  @Override
  public int visible() {
    return 1;
  }

  /// Whether a kernel reads the buffer it writes only at the element being written.
  static boolean isSafe(Kernel kernel, int buffer) {
    return switch (kernel) {
      case Kernel.Map map -> {
        Kernel.Part writer = null;
        for (Kernel.Part part : map.parts()) {
          if (part.stores().stream().anyMatch(store -> store.to().buffer() == buffer)) {
            writer = part;
          }
        }
        for (Kernel.Part part : map.parts()) {
          boolean reads = reads(part.program(), buffer);
          if (writer != null && reads && (part != writer || !sameView(part, buffer))) {
            yield false;
          }
        }
        yield true;
      }
      case Kernel.RowWise rows ->
          !writes(kernel, buffer)
              || rows.rowStores().stream().noneMatch(store -> store.to().buffer() == buffer)
                  && sameView(new Kernel.Part(rows.outer(), rows.body(), rows.stores()), buffer)
                  && !reads(rows.finish(), buffer);
      case Kernel.Reduce _,
          Kernel.Contract _,
          Kernel.Convolve _,
          Kernel.Pool _,
          Kernel.Attention _,
          Kernel.AttentionBackward _,
          Kernel.Gather _,
          Kernel.Scatter _,
          Kernel.Random _,
          Kernel.Copy _ ->
          !writes(kernel, buffer) || !readsAny(kernel, buffer);
    };
  }

  private static boolean reads(Program program, int buffer) {
    return program.code().stream()
        .anyMatch(instr -> instr instanceof Instr.Load load && load.buffer() == buffer);
  }

  private static boolean sameView(Kernel.Part part, int buffer) {
    List<View> written =
        part.stores().stream()
            .filter(store -> store.to().buffer() == buffer)
            .map(store -> store.to().view())
            .toList();
    return written.size() == 1
        && part.program().code().stream()
            .allMatch(
                instr ->
                    !(instr instanceof Instr.Load load)
                        || load.buffer() != buffer
                        || load.view().equals(written.getFirst()));
  }

  static boolean writes(Kernel kernel, int buffer) {
    return switch (kernel) {
      case Kernel.Map map -> map.parts().stream().anyMatch(part -> stores(part.stores(), buffer));
      case Kernel.Reduce reduce -> stores(reduce.stores(), buffer);
      case Kernel.RowWise rows -> stores(rows.stores(), buffer) || stores(rows.rowStores(), buffer);
      case Kernel.Contract contract -> contract.store().to().buffer() == buffer;
      case Kernel.Convolve convolve ->
          switch (convolve.direction()) {
            case FORWARD -> convolve.y().buffer() == buffer;
            case BACKWARD_DATA -> convolve.x().buffer() == buffer;
            case BACKWARD_WEIGHTS -> convolve.w().buffer() == buffer;
          };
      case Kernel.Pool pool ->
          pool.target().buffer() == buffer
              || pool.op() == Kernel.PoolOp.MAX && pool.index().buffer() == buffer;
      case Kernel.Attention attention ->
          attention.y().buffer() == buffer || attention.lse().buffer() == buffer;
      case Kernel.AttentionBackward backward ->
          Stream.of(backward.dq(), backward.dk(), backward.dv())
              .anyMatch(written -> written.buffer() == buffer);
      case Kernel.Gather gather -> gather.target().buffer() == buffer;
      case Kernel.Scatter scatter -> scatter.target().buffer() == buffer;
      case Kernel.Random random -> random.target().buffer() == buffer;
      case Kernel.Copy copy -> copy.target().buffer() == buffer;
    };
  }

  private static boolean stores(List<Kernel.Store> stores, int buffer) {
    return stores.stream().anyMatch(store -> store.to().buffer() == buffer);
  }

  private static boolean readsAny(Kernel kernel, int buffer) {
    return switch (kernel) {
      case Kernel.Map _, Kernel.RowWise _ -> true;
      case Kernel.Reduce reduce -> reads(reduce.body(), buffer) || reads(reduce.finish(), buffer);
      case Kernel.Contract contract ->
          contract.a().buffer() == buffer
              || contract.b().buffer() == buffer
              || reads(contract.finish(), buffer);
      case Kernel.Convolve convolve ->
          convolve.x().buffer() == buffer
              || convolve.w().buffer() == buffer
              || convolve.y().buffer() == buffer
              || reads(convolve.finish(), buffer);
      case Kernel.Pool pool ->
          reads(pool.body(), buffer)
              || pool.op() == Kernel.PoolOp.MAX_BACKWARD && pool.index().buffer() == buffer;
      case Kernel.Attention attention ->
          Stream.of(attention.q(), attention.k(), attention.v())
              .anyMatch(read -> read.buffer() == buffer);
      case Kernel.AttentionBackward backward ->
          Stream.of(
                  backward.q(),
                  backward.k(),
                  backward.v(),
                  backward.g(),
                  backward.lse(),
                  backward.delta())
              .anyMatch(read -> read.buffer() == buffer);
      case Kernel.Gather gather ->
          gather.source().buffer() == buffer || gather.index().buffer() == buffer;
      case Kernel.Scatter scatter ->
          scatter.source().buffer() == buffer || scatter.index().buffer() == buffer;
      case Kernel.Random _ -> false;
      case Kernel.Copy copy -> copy.source().buffer() == buffer;
    };
  }
}
