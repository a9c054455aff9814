package dev.javelin.engine;

import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import dev.javelin.ops.LogicOps;
import dev.javelin.ops.OpDef;
import dev.javelin.ops.PointwiseOps;
import dev.javelin.ops.ViewOps;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/// Records operations instead of running them: how a plan learns what an op, composed or not, consists of.
///
/// Shapes and types are decided here, so every error of shape or type is raised here, before anything runs. Traced values have the
/// contiguous layout of their shape; how they will really lie is the fuser's choice.
final class Trace {
  /// What was recorded, by op and inputs: the same call gives the same node.
  private final Map<Call, Value[]> calls = new HashMap<>();

  private int recorded;

  private record Call(OpDef op, List<Object> inputs) {}

  private record Literal(Layout layout, long bits) {}

  Trace() {}

  /// The outputs of an op whose inputs are known by layout only.
  static Value[] outputs(OpDef op, Value[] leaves) {
    return tracing(() -> ThreadContext.get().trace.record(op, leaves));
  }

  /// Runs code whose operations are to be recorded.
  static <T> T tracing(Supplier<T> body) {
    ThreadContext context = ThreadContext.get();
    Trace before = context.trace;
    boolean grad = context.gradEnabled;
    context.trace = new Trace();
    context.gradEnabled = false;
    try {
      return body.get();
    } finally {
      context.trace = before;
      context.gradEnabled = grad;
    }
  }

  /// Leaves with the layouts of these values.
  static Value[] leaves(Value[] inputs) {
    Value[] leaves = new Value[inputs.length];
    for (int i = 0; i < leaves.length; i++) {
      leaves[i] = Value.make(inputs[i].layout, new Source.Leaf(i), 0);
    }
    return leaves;
  }

  Value[] record(OpDef op, Value[] in) {
    return switch (op) {
      case OpDef.Composed composed -> composed(composed, in);
      case OpDef.Pointwise pointwise -> new Value[] {pointwise(pointwise, in)};
      case OpDef.Cast cast -> new Value[] {node(op, in[0].shape(), cast.target(), in)};
      case OpDef.Full full -> new Value[] {node(op, full.shape(), full.dtype(), in)};
      case OpDef.Iota iota -> new Value[] {node(op, Shape.of(iota.size()), DType.INT64, in)};
      case OpDef.Reduction reduction -> new Value[] {reduction(reduction, in[0])};
      case OpDef.Movement movement -> new Value[] {move(movement, in[0])};
      case OpDef.MatMul matmul -> new Value[] {matmul(matmul, in)};
      case OpDef.Convolution convolution ->
          new Value[] {node(op, convolution.target(), sameType("convolution", in), in)};
      case OpDef.Pooling pooling -> pooling(pooling, in);
      case OpDef.Attention attention -> attention(attention, in);
      case OpDef.AttentionBackward backward -> attentionBackward(backward, in);
      case OpDef.Gather gather -> new Value[] {gather(gather, in)};
      case OpDef.Scatter scatter -> new Value[] {scatter(scatter, in)};
      case OpDef.Draw draw -> new Value[] {node(op, draw.shape(), draw.dtype(), in)};
      case OpDef.Assemble assemble ->
          new Value[] {node(op, assemble.shape(), sameType(assemble.name(), in), in)};
    };
  }

  private static Value[] composed(OpDef.Composed op, Value[] in) {
    Tensor[] inputs = new Tensor[in.length];
    for (int i = 0; i < in.length; i++) {
      inputs[i] = (Tensor) in[i];
    }
    return op.trace(inputs);
  }

  private Value node(OpDef op, Shape shape, DType dtype, Value... in) {
    return nodes(op, List.of(shape), List.of(dtype), in)[0];
  }

  private Value[] nodes(OpDef op, List<Shape> shapes, List<DType> dtypes, Value... in) {
    // Plain numbers are equal by value, everything else by identity.
    List<Object> inputs = new ArrayList<>();
    for (Value value : in) {
      inputs.add(
          value.source instanceof Source.Constant(long bits)
              ? new Literal(value.layout, bits)
              : value);
    }
    return calls.computeIfAbsent(
        new Call(op, inputs),
        call -> {
          Value[] siblings = new Value[dtypes.size()];
          List<Value> operands = List.of(in);
          int number = recorded++;
          for (int i = 0; i < siblings.length; i++) {
            siblings[i] =
                Value.make(
                    Layout.contiguous(dtypes.get(i), shapes.get(i)),
                    new Source.Computed(op, operands, i, number, siblings),
                    0);
          }
          return siblings;
        });
  }

  private Value pointwise(OpDef.Pointwise op, Value[] in) {
    Promotion.Types types = Promotion.of(op, in);
    if (Arrays.stream(in).allMatch(value -> value.layout.isNumber())) {
      return number(op, types.result(), in);
    }
    Shape shape = Promotion.broadcast(op.name(), in);
    Value[] operands = new Value[in.length];
    for (int i = 0; i < in.length; i++) {
      operands[i] = in[i].layout.isNumber() ? in[i] : expand(in[i], shape);
    }
    Optional<Value> simpler =
        op == PointwiseOps.ADD
            ? joined(operands)
            : op == PointwiseOps.WHERE ? pooled(operands) : Optional.empty();
    return simpler.orElseGet(() -> node(op, shape, types.result(), operands));
  }

  /// What flows back through the maxima of windows, or zero where the element is not above a number, as in the gradient of a pooled ReLU:
  /// chosen among the maxima, since what flows goes to elements that equal them, and they are fewer.
  private Optional<Value> pooled(Value[] operands) {
    if (operands[2].source instanceof Source.Constant(long bits)
        && bits == 0
        && operands[0].source instanceof Source.Computed above
        && above.op == LogicOps.GT
        && above.inputs.get(1).layout.isNumber()
        && operands[1].source instanceof Source.Computed back
        && back.op instanceof OpDef.Pooling pooling
        && pooling.op() == Kernel.PoolOp.MAX_BACKWARD
        && back.inputs.get(1).source instanceof Source.Computed forward
        && forward.op instanceof OpDef.Pooling
        && forward.inputs.getFirst() == above.inputs.getFirst()) {
      Value[] compared = {forward.siblings[0], above.inputs.get(1)};
      Value[] chosen = {pointwise(LogicOps.GT, compared), back.inputs.getFirst(), operands[2]};
      return Optional.of(
          record(pooling, new Value[] {pointwise(PointwiseOps.WHERE, chosen), back.inputs.get(1)})[
              0]);
    }
    return Optional.empty();
  }

  /// The sum of two tensors that are zero but for parts that do not meet, as the gradients of slices: one tensor with all parts.
  private Optional<Value> joined(Value[] operands) {
    List<View> regions = new ArrayList<>();
    List<Value> pieces = new ArrayList<>();
    for (Value operand : operands) {
      if (!(operand.source instanceof Source.Computed computed)
          || !(computed.op instanceof OpDef.Assemble part)
          || part.covered()
          || operand.dtype() != operands[0].dtype()) {
        return Optional.empty();
      }
      regions.addAll(part.regions());
      pieces.addAll(computed.inputs);
    }
    Shape shape = operands[0].shape();
    if (!ViewOps.areApart(shape, regions)) {
      return Optional.empty();
    }
    long filled = regions.stream().mapToLong(region -> region.shape().numel()).sum();
    OpDef op = new OpDef.Assemble("cat", shape, regions, filled == shape.numel());
    return Optional.of(node(op, shape, operands[0].dtype(), pieces.toArray(new Value[0])));
  }

  /// Numbers among themselves stay a number, computed in the type of whatever it will meet.
  private Value number(OpDef.Pointwise op, DType result, Value[] in) {
    Layout layout =
        switch (result.kind()) {
          case FLOAT -> Layout.FLOAT_NUMBER;
          case INTEGER -> Layout.INT_NUMBER;
          case BOOL -> Layout.BOOL_NUMBER;
        };
    Value[] siblings = new Value[1];
    siblings[0] =
        Value.make(layout, new Source.Computed(op, List.of(in), 0, recorded++, siblings), 0);
    return siblings[0];
  }

  /// Broadcasting is an explicit node.
  private Value expand(Value value, Shape shape) {
    Shape from = value.shape();
    if (from.equals(shape)) {
      return value;
    }
    Value aligned = value;
    if (from.rank() < shape.rank()) {
      Shape padded = from;
      while (padded.rank() < shape.rank()) {
        padded = padded.insert(0, 1);
      }
      aligned = move(new OpDef.Reshape("view", padded), value);
    }
    return aligned.shape().equals(shape) ? aligned : move(new OpDef.Expand(shape), aligned);
  }

  private Value move(OpDef.Movement op, Value value) {
    Optional<View> moved = op.move(View.contiguous(value.shape()));
    return node(op, moved.orElseThrow().shape(), value.dtype(), value);
  }

  /// Folds keep their dimensions inside the graph; dropping them is a view.
  private Value reduction(OpDef.Reduction op, Value in) {
    Shape kept = in.shape();
    Shape dropped = in.shape();
    for (int dim : op.dims().reversed()) {
      kept = kept.with(dim, 1);
      dropped = dropped.drop(dim);
    }
    DType dtype =
        switch (op.fold()) {
          case SUM, PROD -> in.dtype().isFloatingPoint() ? in.dtype() : DType.INT64;
          case MAX, MIN -> in.dtype();
          case ARGMAX, ARGMIN -> DType.INT64;
        };
    boolean selects = op.fold() != Kernel.FoldOp.SUM && op.fold() != Kernel.FoldOp.PROD;
    if (selects && in.shape().numel() == 0 && kept.numel() > 0) {
      throw new IllegalArgumentException(
          "%s: a tensor of shape %s has no elements to choose from"
              .formatted(op.name(), in.shape()));
    }
    OpDef.Reduction keeping =
        op.keepdim() ? op : new OpDef.Reduction(op.name(), op.fold(), op.dims(), true);
    Value result = node(keeping, kept, dtype, in);
    return op.keepdim() ? result : move(new OpDef.Reshape("view", dropped), result);
  }

  private static DType sameType(String op, Value[] in) {
    for (Value value : in) {
      if (value.dtype() != in[0].dtype()) {
        throw new IllegalArgumentException(
            "%s: expected operands of one dtype, got %s and %s"
                .formatted(op, in[0].dtype(), value.dtype()));
      }
    }
    return in[0].dtype();
  }

  private Value matmul(OpDef.MatMul op, Value[] in) {
    Shape a = in[0].shape();
    Shape b = in[1].shape();
    if (a.size(-1) != b.size(-2)) {
      throw new IllegalArgumentException(
          "%s: %s x %s: the inner sizes %s and %s differ"
              .formatted(op.name(), a, b, a.size(-1), b.size(-2)));
    }
    return node(op, a.with(a.rank() - 1, b.size(-1)), sameType(op.name(), in), in);
  }

  private Value[] pooling(OpDef.Pooling op, Value[] in) {
    return op.op() == Kernel.PoolOp.MAX
        ? nodes(op, List.of(op.target(), op.target()), List.of(in[0].dtype(), DType.INT32), in)
        : nodes(op, List.of(op.target()), List.of(in[0].dtype()), in);
  }

  private Value[] attention(OpDef.Attention op, Value[] in) {
    DType dtype = sameType(op.name(), in);
    Shape q = in[0].shape();
    Shape k = in[1].shape();
    Shape v = in[2].shape();
    int last = q.rank() - 1;
    boolean fits =
        q.rank() >= 2
            && k.rank() == q.rank()
            && v.rank() == q.rank()
            && k.equals(q.with(last - 1, k.size(-2)))
            && v.equals(k.with(last, v.size(-1)));
    if (!fits || !dtype.isFloatingPoint()) {
      throw new IllegalArgumentException(
          "%s: expected floating-point q [..., l, e], k [..., s, e] and v [..., s, f], got %s %s, %s and %s"
              .formatted(op.name(), dtype, q, k, v));
    }
    return nodes(
        op, List.of(q.with(last, v.size(-1)), q.drop(last)), List.of(dtype, dtype.register()), in);
  }

  private Value[] attentionBackward(OpDef.AttentionBackward op, Value[] in) {
    List<Value> sources = List.of(in[0], in[1], in[2]);
    return nodes(
        op,
        sources.stream().map(Value::shape).toList(),
        sources.stream().map(Value::dtype).toList(),
        in);
  }

  private static void checkIndex(String op, Value index) {
    if (index.dtype() != DType.INT64 && index.dtype() != DType.INT32) {
      throw new IllegalArgumentException(
          "%s: expected an index of int64 or int32, got %s".formatted(op, index.dtype()));
    }
  }

  private Value gather(OpDef.Gather op, Value[] in) {
    checkIndex(op.name(), in[1]);
    Shape source = in[0].shape();
    Shape index = in[1].shape();
    checkFits(op.name(), op.axis(), index, source, "source");
    return node(op, index, in[0].dtype(), in);
  }

  private Value scatter(OpDef.Scatter op, Value[] in) {
    checkIndex(op.name(), in[1]);
    checkFits(op.name(), op.axis(), in[1].shape(), in[0].shape(), "target");
    checkFits(op.name(), -1, in[1].shape(), in[2].shape(), "source");
    if (in[0].dtype() != in[2].dtype()) {
      throw new IllegalArgumentException(
          "%s: expected a source of the target's dtype %s, got %s"
              .formatted(op.name(), in[0].dtype(), in[2].dtype()));
    }
    return node(op, in[0].shape(), in[0].dtype(), in);
  }

  private static void checkFits(String op, int except, Shape index, Shape other, String role) {
    List<Integer> wrong = new ArrayList<>();
    if (index.rank() == other.rank()) {
      for (int axis = 0; axis < index.rank(); axis++) {
        if (axis != except && index.size(axis) > other.size(axis)) {
          wrong.add(axis);
        }
      }
    }
    if (index.rank() != other.rank() || !wrong.isEmpty()) {
      throw new IllegalArgumentException(
          "%s: the index of shape %s does not fit into the %s of shape %s"
              .formatted(op, index, role, other));
    }
  }
}
