package dev.javelin.engine;

import dev.javelin.backend.Backend;
import dev.javelin.backend.PlaneOrder;
import dev.javelin.engine.Draft.Placed;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Program;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import dev.javelin.ops.OpDef;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// Writes the kernels that are not elementwise: products, convolutions, pooling, gather and scatter, random numbers, assembly.
final class Structured {
  private final Fuser fuser;

  Structured(Fuser fuser) {
    this.fuser = fuser;
  }

  /// Computes a node that is a kernel of its own kind.
  void emit(Value value) {
    Source.Computed computed = (Source.Computed) value.source;
    switch (computed.op) {
      case OpDef.MatMul _, OpDef.Convolution _ -> emitProduct(value, value);
      case OpDef.Pooling pooling -> pooling(pooling, computed);
      case OpDef.Attention attention -> attention(attention, computed);
      case OpDef.AttentionBackward backward -> attentionBackward(backward, computed);
      case OpDef.Gather gather -> gather(gather, value, computed);
      case OpDef.Scatter scatter -> scatter(scatter, value, computed);
      case OpDef.Draw draw -> draw(draw, value, computed);
      case OpDef.Assemble assemble -> assemble(assemble, value, computed);
      case OpDef.Pointwise _,
          OpDef.Cast _,
          OpDef.Full _,
          OpDef.Iota _,
          OpDef.Reduction _,
          OpDef.Movement _,
          OpDef.Composed _ ->
          throw new IllegalStateException(computed.op.name() + " is not a kernel of its own kind");
    }
  }

  /// Computes `root`, the elementwise epilogue of a product or convolution, or that itself.
  void emitProduct(Value product, Value root) {
    Source.Computed computed = (Source.Computed) product.source;
    if (computed.op instanceof OpDef.Convolution convolution) {
      convolution(convolution, computed, product, root);
      return;
    }
    Placed a = fuser.place(computed.inputs.get(0));
    Placed b = fuser.place(computed.inputs.get(1));
    Draft draft = new Draft();
    Kernel.Operand left = draft.operand(a);
    Kernel.Operand right = draft.operand(b);
    Placed room = fuser.room(root, View.contiguous(root.shape()));
    List<Program> finish = new ArrayList<>();
    Kernel.Store store = Lowering.epilogue(fuser, draft, product, root, room, finish);
    DType type = product.dtype().register();
    fuser.add(
        draft.finish(
            types -> new Kernel.Contract(types, left, right, type, finish.getFirst(), store)));
    fuser.setPlace(root, room);
  }

  // ---- convolution and pooling ----

  private Placed in(PlaneOrder order, Placed place) {
    View wanted = order.of(place.view().shape());
    return sameLayout(place.view(), wanted) ? place : fuser.copyTo(place, wanted);
  }

  private static boolean sameLayout(View view, View wanted) {
    for (int axis = 0; axis < view.shape().rank(); axis++) {
      if (view.shape().size(axis) > 1 && view.stride(axis) != wanted.stride(axis)) {
        return false;
      }
    }
    return true;
  }

  private void convolution(
      OpDef.Convolution op, Source.Computed computed, Value product, Value root) {
    Placed first = fuser.place(computed.inputs.get(0));
    Placed second = fuser.place(computed.inputs.get(1));
    PlaneOrder order = order(op.direction(), first, second, product);
    boolean weights = op.direction() == Kernel.Direction.BACKWARD_WEIGHTS;
    PlaneOrder written = weights ? PlaneOrder.CONTIGUOUS : order;
    Placed room = fuser.room(root, written.of(root.shape()));
    Placed[] arrays = // x, w, y
        switch (op.direction()) {
          case FORWARD -> new Placed[] {in(order, first), second, room};
          case BACKWARD_DATA -> new Placed[] {room, first, in(order, second)};
          case BACKWARD_WEIGHTS -> new Placed[] {in(order, first), room, in(order, second)};
        };
    Draft draft = new Draft();
    Kernel.Operand atX = draft.operand(arrays[0]);
    Kernel.Operand atW = draft.operand(arrays[1]);
    Kernel.Operand atY = draft.operand(arrays[2]);
    List<Program> finish = new ArrayList<>();
    Kernel.Store store = Lowering.epilogue(fuser, draft, product, root, room, finish);
    DType type = product.dtype().register();
    fuser.add(
        draft.finish(
            types ->
                new Kernel.Convolve(
                    types,
                    op.direction(),
                    op.window(),
                    atX,
                    atW,
                    atY,
                    type,
                    finish.getFirst(),
                    store.value())));
    fuser.setPlace(root, room);
  }

  /// The order that the device likes, which is the same for a convolution and its gradients.
  private PlaneOrder order(Kernel.Direction direction, Placed first, Placed second, Value product) {
    Shape a = first.view().shape();
    Backend backend = fuser.device().backend;
    DType type = product.dtype().register();
    return switch (direction) {
      case FORWARD -> backend.planeOrder(type, a, second.view().shape());
      case BACKWARD_DATA -> backend.planeOrder(type, product.shape(), a);
      case BACKWARD_WEIGHTS -> backend.planeOrder(type, a, product.shape());
    };
  }

  private void pooling(OpDef.Pooling op, Source.Computed computed) {
    Value pooled = computed.inputs.getFirst();
    Value result = computed.siblings[0];
    if (!Analysis.isPlainCode(fuser, pooled)) {
      fuser.place(pooled);
    }
    Draft draft = new Draft();
    Lowering.Body body = Lowering.body(fuser, draft, pooled);
    Placed where =
        op.op() == Kernel.PoolOp.MAX_BACKWARD ? fuser.place(computed.inputs.get(1)) : null;
    View view = like(where != null ? where.view() : body.view(), op.target());
    Placed target = fuser.room(result, view);
    Kernel.Operand to = draft.operand(target);
    if (op.op() == Kernel.PoolOp.MAX) {
      where = fuser.room(computed.siblings[1], view);
      fuser.setPlace(computed.siblings[1], where);
    }
    Kernel.Operand index = where == null ? to : draft.operand(where);
    fuser.setPlace(result, target);
    fuser.add(
        draft.finish(
            types ->
                new Kernel.Pool(
                    types,
                    op.op(),
                    op.window(),
                    pooled.shape(),
                    body.program(),
                    body.value(),
                    to,
                    index)));
  }

  /// A shape in the order that another array has.
  private static View like(View other, Shape shape) {
    for (PlaneOrder order : PlaneOrder.values()) {
      if (sameLayout(other, order.of(other.shape()))) {
        return order.of(shape);
      }
    }
    return View.contiguous(shape);
  }

  // ---- attention ----

  private void attention(OpDef.Attention op, Source.Computed computed) {
    Draft draft = new Draft();
    Kernel.Operand[] in = operands(draft, computed);
    Kernel.Operand[] out = results(draft, computed);
    fuser.add(
        draft.finish(
            types ->
                new Kernel.Attention(
                    types, op.causal(), op.scale(), in[0], in[1], in[2], out[0], out[1])));
  }

  private void attentionBackward(OpDef.AttentionBackward op, Source.Computed computed) {
    Draft draft = new Draft();
    Kernel.Operand[] in = operands(draft, computed);
    Kernel.Operand[] out = results(draft, computed);
    fuser.add(
        draft.finish(
            types ->
                new Kernel.AttentionBackward(
                    types,
                    op.causal(),
                    op.scale(),
                    in[0],
                    in[1],
                    in[2],
                    in[3],
                    in[4],
                    in[5],
                    out[0],
                    out[1],
                    out[2])));
  }

  private Kernel.Operand[] operands(Draft draft, Source.Computed computed) {
    Kernel.Operand[] operands = new Kernel.Operand[computed.inputs.size()];
    for (int i = 0; i < operands.length; i++) {
      operands[i] = draft.operand(fuser.place(computed.inputs.get(i)));
    }
    return operands;
  }

  /// Memory for every result of a call, its axes in the order of those of the input of the same number, if that is of its rank.
  private Kernel.Operand[] results(Draft draft, Source.Computed computed) {
    Kernel.Operand[] operands = new Kernel.Operand[computed.siblings.length];
    for (int i = 0; i < operands.length; i++) {
      Value result = computed.siblings[i];
      View like = fuser.place(computed.inputs.get(i)).view();
      boolean ranked = like.shape().rank() == result.shape().rank();
      Placed room =
          fuser.room(
              result, ranked ? inOrder(result.shape(), like) : View.contiguous(result.shape()));
      fuser.setPlace(result, room);
      operands[i] = draft.operand(room);
    }
    return operands;
  }

  /// A dense view whose axes lie in memory in the order of another's: heads that were side by side stay so.
  private static View inOrder(Shape shape, View like) {
    List<Integer> axes = new ArrayList<>();
    for (int axis = 0; axis < shape.rank(); axis++) {
      if (like.stride(axis) == 0 && shape.size(axis) > 1) {
        return View.contiguous(shape);
      }
      axes.add(axis);
    }
    axes.sort(Comparator.comparingLong(axis -> -Math.abs(like.stride(axis))));
    long[] strides = new long[shape.rank()];
    long count = 1;
    for (int axis : axes.reversed()) {
      strides[axis] = count;
      count *= shape.size(axis);
    }
    return View.of(shape, strides, 0);
  }

  // ---- indexing ----

  /// The elements of `view` that an index of this shape can reach with its own position, the indexed axis aside.
  private static View reach(View view, Shape index, int axis) {
    View result = view;
    for (int other = 0; other < index.rank(); other++) {
      result =
          result.slice(
              other, 0, 1, other == axis ? Math.min(1, index.size(other)) : index.size(other));
    }
    long[] strides = result.strides();
    strides[axis] = 0;
    return View.of(index, strides, view.offset());
  }

  private void gather(OpDef.Gather op, Value value, Source.Computed computed) {
    Placed source = fuser.place(computed.inputs.get(0));
    Placed index = fuser.place(computed.inputs.get(1));
    Placed room = fuser.room(value, View.contiguous(value.shape()));
    Draft draft = new Draft();
    int axis = op.axis();
    Kernel.Operand from =
        new Kernel.Operand(
            draft.buffer(source.slot(), source.dtype()), reach(source.view(), value.shape(), axis));
    Kernel.Operand at = draft.operand(index);
    Kernel.Operand to = draft.operand(room);
    long stride = source.view().stride(axis);
    long size = source.view().shape().size(axis);
    fuser.add(
        draft.finish(types -> new Kernel.Gather(types, value.shape(), from, stride, size, at, to)));
    fuser.setPlace(value, room);
  }

  private void scatter(OpDef.Scatter op, Value value, Source.Computed computed) {
    Value base = computed.inputs.get(0);
    Placed index = fuser.place(computed.inputs.get(1));
    Placed source = fuser.place(computed.inputs.get(2));
    Placed room = fuser.room(value, View.contiguous(value.shape()));
    Optional<Placed> before = fuser.find(base);
    if (before.filter(room::equals).isEmpty()) {
      if (fuser.usesOf(base) > 1 || !Analysis.isPlainCode(fuser, base)) {
        fuser.place(base);
      }
      Lowering.emitMaps(fuser, List.of(base), root -> room);
      fuser.forget(base);
      before.ifPresent(place -> fuser.setPlace(base, place));
    }
    Shape shape = index.view().shape();
    Draft draft = new Draft();
    int axis = op.axis();
    Kernel.Operand from =
        new Kernel.Operand(
            draft.buffer(source.slot(), source.dtype()), reachWhole(source.view(), shape));
    Kernel.Operand at = draft.operand(index);
    Kernel.Operand to =
        new Kernel.Operand(
            draft.buffer(room.slot(), room.dtype()), reach(room.view(), shape, axis));
    long stride = room.view().stride(axis);
    long size = room.view().shape().size(axis);
    fuser.add(
        draft.finish(
            types -> new Kernel.Scatter(types, shape, from, at, to, stride, size, op.add())));
    fuser.setPlace(value, room);
  }

  private static View reachWhole(View view, Shape index) {
    View result = view;
    for (int axis = 0; axis < index.rank(); axis++) {
      result = result.slice(axis, 0, 1, index.size(axis));
    }
    return result;
  }

  // ---- creation ----

  private void draw(OpDef.Draw op, Value value, Source.Computed computed) {
    Draft draft = new Draft();
    for (Value number : computed.inputs) {
      draft.param(((Source.Leaf) number.source).index(), false);
    }
    Placed room = fuser.room(value, View.contiguous(value.shape()));
    Kernel.Operand to = draft.operand(room);
    fuser.add(draft.finish(types -> new Kernel.Random(types, op.distribution(), to)));
    fuser.setPlace(value, room);
  }

  private void assemble(OpDef.Assemble op, Value value, Source.Computed computed) {
    Placed room = fuser.fresh(value);
    if (!op.covered()) {
      Value zero = zeros(value);
      Lowering.emitMaps(fuser, List.of(zero), root -> room);
    }
    for (int i = 0; i < computed.inputs.size(); i++) {
      Value piece = computed.inputs.get(i);
      View view = op.regions().get(i);
      Placed place = new Placed(room.slot(), view, room.dtype());
      if (!Analysis.isPlainCode(fuser, piece)) {
        fuser.place(piece);
      }
      Optional<Placed> before = fuser.find(piece);
      Lowering.emitMaps(fuser, List.of(piece), root -> place);
      fuser.forget(piece); // a later piece may overwrite it there
      before.ifPresent(old -> fuser.setPlace(piece, old));
    }
    fuser.setPlace(value, room);
  }

  private static Value zeros(Value like) {
    Value zero = Value.make(Layout.FLOAT_NUMBER, new Source.Constant(0), 0);
    OpDef full = new OpDef.Full(like.dtype(), like.shape());
    return Trace.outputs(full, new Value[] {zero})[0];
  }
}
