package dev.javelin.engine;

import dev.javelin.engine.Draft.Placed;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Instr;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Program;
import dev.javelin.kernels.ProgramBuilder;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import dev.javelin.ops.OpDef;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/// Writes the program of one kernel: joins the expressions of elementwise nodes, turns views into strides, and folds over the
/// kernel's rows into results.
final class Lowering {
  private final Fuser fuser;
  private final Draft draft;
  private final ProgramBuilder builder = new ProgramBuilder();
  private final Map<Analysis.Key, Integer> positions = new HashMap<>();

  /// Brings a view over the root's shape into the order of the kernel's axes.
  private final UnaryOperator<View> order;

  /// The rows folded over, null for none; and whether this program runs once a row.
  private final Rows rows;

  private final boolean perRow;

  /// Folds found so far, by node; shared by the two programs of a row kernel.
  private final FoldList folds;

  /// The product whose epilogue this is, null for none.
  private final Value product;

  /// The folds of a kernel, in order, with the program that feeds them.
  private static final class FoldList {
    private final Map<Value, Integer> indices = new LinkedHashMap<>();
    private final List<Kernel.Fold> folds = new ArrayList<>();
    private Lowering elements;
  }

  private Lowering(
      Fuser fuser,
      Draft draft,
      UnaryOperator<View> order,
      Rows rows,
      boolean perRow,
      FoldList folds,
      Value product) {
    this.fuser = fuser;
    this.draft = draft;
    this.order = order;
    this.rows = rows;
    this.perRow = perRow;
    this.folds = folds;
    this.product = product;
  }

  // ---- programs ----

  private int lower(Value value, List<OpDef.Movement> path) {
    if (value == product) {
      return builder.add(new Instr.Result(0, value.dtype().register()));
    }
    Analysis.Key key = new Analysis.Key(value, path);
    Integer known = positions.get(key);
    if (known != null) {
      return known;
    }
    int position = lowerNew(value, path);
    positions.put(key, position);
    return position;
  }

  private int lowerNew(Value value, List<OpDef.Movement> path) {
    Optional<Placed> place = value.layout.isNumber() ? Optional.empty() : fuser.find(value);
    if (place.isPresent()) {
      return load(place.get(), path);
    }
    Source.Computed computed = (Source.Computed) value.source;
    List<Value> inputs = computed.inputs;
    return switch (computed.op) {
      case OpDef.Movement movement -> lower(inputs.getFirst(), Analysis.prepend(movement, path));
      case OpDef.Pointwise op -> pointwise(op, value, inputs, path);
      case OpDef.Cast cast -> builder.cast(cast.target(), lower(inputs.getFirst(), path));
      case OpDef.Full full -> operand(inputs.getFirst(), full.dtype(), path);
      case OpDef.Iota iota -> iota(value, iota, path);
      case OpDef.Reduction reduction -> {
        boolean fits =
            rows != null
                && rows.space().equals(inputs.getFirst().shape())
                && rows.dims().equals(reduction.dims())
                && (perRow
                    ? isFoldOfRow(value, path)
                    : !rows.isSplit() && Analysis.isElementOf(rows, rows.space(), value, path));
        yield fits ? builder.add(resultOf(value, reduction)) : load(fuser.place(value), path);
      }
      case OpDef.MatMul _,
          OpDef.Convolution _,
          OpDef.Pooling _,
          OpDef.Attention _,
          OpDef.AttentionBackward _,
          OpDef.Gather _,
          OpDef.Scatter _,
          OpDef.Draw _,
          OpDef.Assemble _,
          OpDef.Composed _ ->
          load(fuser.place(value), path);
    };
  }

  private boolean isFoldOfRow(Value value, List<OpDef.Movement> path) {
    View kept = View.contiguous(value.shape());
    return Analysis.walk(kept, path)
        .map(
            seen ->
                rows.isRowShape(seen.shape()) && Analysis.same(rows.rows(seen), rows.rows(kept)))
        .orElse(false);
  }

  private int pointwise(
      OpDef.Pointwise op, Value value, List<Value> inputs, List<OpDef.Movement> path) {
    Promotion.Types types = Promotion.of(op, inputs.toArray(new Value[0]));
    int[] args = new int[inputs.size()];
    for (int i = 0; i < args.length; i++) {
      boolean condition = i == 0 && op.typing() == OpDef.Typing.SELECTION;
      args[i] = operand(inputs.get(i), condition ? DType.BOOL : types.compute(), path);
    }
    int result = builder.expression(op.body(), types.compute(), args);
    return narrow(value.dtype(), result);
  }

  /// Integers wrap after each op, since the next one may see the difference; floats are rounded where they are stored.
  private int narrow(DType dtype, int position) {
    return dtype.isFloatingPoint() ? position : builder.cast(dtype, position);
  }

  /// An operand in the computation type.
  private int operand(Value value, DType type, List<OpDef.Movement> path) {
    if (!value.layout.isNumber()) {
      return convert(type, lower(value, path));
    }
    DType number = value.dtype();
    if (value.source instanceof Source.Leaf(int index)) {
      boolean toDouble = type.isFloatingPoint() && number != DType.FLOAT64;
      DType register =
          number == DType.FLOAT64 && !type.isFloatingPoint() ? number : type.register();
      int param = builder.add(new Instr.Param(draft.param(index, toDouble), register));
      return register == type.register() ? narrow(type, param) : builder.cast(type, param);
    }
    if (value.source instanceof Source.Computed computed) {
      OpDef.Pointwise op = (OpDef.Pointwise) computed.op;
      DType own = Promotion.of(op, computed.inputs.toArray(new Value[0])).compute();
      DType compute = own.isFloatingPoint() && type.isFloatingPoint() ? type.register() : own;
      int[] args =
          computed.inputs.stream().mapToInt(input -> operand(input, compute, path)).toArray();
      return convert(type, builder.expression(op.body(), compute, args));
    }
    long bits = ((Source.Constant) value.source).bits();
    double constant = number == DType.FLOAT64 ? Double.longBitsToDouble(bits) : bits;
    return type == DType.INT64 && number != DType.FLOAT64
        ? builder.add(new Instr.Const(DType.INT64, bits))
        : builder.constant(type.isFloatingPoint() ? type.register() : type, constant);
  }

  private int convert(DType type, int position) {
    // A half operand of a float computation already is a float register: rounding it again would do
    // nothing.
    DType target = type.isFloatingPoint() ? type.register() : type;
    return builder.cast(target, position);
  }

  private int iota(Value value, OpDef.Iota iota, List<OpDef.Movement> path) {
    Optional<View> view = Analysis.walk(View.contiguous(Shape.of(iota.size())), path);
    if (view.isPresent()) {
      return builder.add(new Instr.Iota(order.apply(view.get())));
    }
    emitMaps(fuser, List.of(value), root -> fuser.room(root, null));
    return load(fuser.place(value), path);
  }

  private int load(Placed place, List<OpDef.Movement> path) {
    Placed seen = fuser.follow(place, path);
    int buffer = draft.buffer(seen.slot(), seen.dtype());
    return builder.add(new Instr.Load(buffer, order.apply(seen.view()), seen.dtype()));
  }

  private Instr.Result resultOf(Value value, OpDef.Reduction reduction) {
    Integer known = folds.indices.get(value);
    if (known == null) {
      Source.Computed computed = (Source.Computed) value.source;
      Value input = computed.inputs.getFirst();
      if (Analysis.rows(fuser, input).filter(other -> !other.equals(rows)).isPresent()) {
        // What is folded folds over other rows itself: that is a kernel of its own, as a whole.
        fuser.place(input);
      }
      int position = folds.elements.lower(input, List.of());
      DType type = folds.elements.builder.type(position);
      boolean sums =
          reduction.fold() == Kernel.FoldOp.SUM || reduction.fold() == Kernel.FoldOp.PROD;
      if (sums && !type.isFloatingPoint()) {
        position = folds.elements.builder.cast(DType.INT64, position);
        type = DType.INT64;
      }
      boolean index =
          reduction.fold() == Kernel.FoldOp.ARGMAX || reduction.fold() == Kernel.FoldOp.ARGMIN;
      folds.folds.add(new Kernel.Fold(reduction.fold(), position, index ? DType.INT64 : type));
      known = folds.folds.size() - 1;
      folds.indices.put(value, known);
    }
    return new Instr.Result(known, folds.folds.get(known).type());
  }

  private Kernel.Store store(int position, Placed room, UnaryOperator<View> toKernel) {
    DType dtype = room.dtype();
    int value =
        builder.type(position) == dtype.register() ? position : builder.cast(dtype, position);
    View view = toKernel.apply(room.view());
    return new Kernel.Store(new Kernel.Operand(draft.buffer(room.slot(), dtype), view), value);
  }

  /// The layout the first dense operand has: elementwise results keep it.
  private Optional<View> operandView(Shape shape, UnaryOperator<View> toNatural) {
    return builder.build().code().stream()
        .filter(instr -> instr instanceof Instr.Load)
        .map(instr -> ((Instr.Load) instr).view())
        .filter(view -> view.shape().rank() == shape.rank())
        .map(toNatural)
        .filter(view -> view.shape().equals(shape) && Fuser.isDense(view))
        .findFirst();
  }

  // ---- kernels ----

  /// Computes elementwise nodes in one kernel: a part for each group that shares operands and shape.
  static void emitMaps(Fuser fuser, List<Value> roots, Function<Value, Placed> rooms) {
    Draft draft = new Draft();
    List<Kernel.Part> parts = new ArrayList<>();
    List<Runnable> done = new ArrayList<>();
    for (List<Value> group : Groups.sharing(roots)) {
      Lowering lowering =
          new Lowering(fuser, draft, UnaryOperator.identity(), null, false, new FoldList(), null);
      int[] positions = new int[group.size()];
      for (int i = 0; i < positions.length; i++) {
        positions[i] = lowering.lower(group.get(i), List.of());
      }
      Shape shape = group.getFirst().shape();
      Optional<View> like = lowering.operandView(shape, UnaryOperator.identity());
      List<Kernel.Store> stores = new ArrayList<>();
      for (int i = 0; i < positions.length; i++) {
        Value root = group.get(i);
        Placed room = lowering.roomFor(rooms, root, Fuser.dense(shape, like));
        stores.add(lowering.store(positions[i], room, UnaryOperator.identity()));
        done.add(() -> fuser.setPlace(root, room));
      }
      parts.add(new Kernel.Part(shape, lowering.builder.build(), stores));
    }
    fuser.add(draft.finish(types -> mapOrCopy(types, parts)));
    done.forEach(Runnable::run);
  }

  private Placed roomFor(Function<Value, Placed> rooms, Value root, View preferred) {
    Placed room = rooms.apply(root);
    return room.view() != null ? room : new Placed(room.slot(), preferred, room.dtype());
  }

  private static Kernel mapOrCopy(List<DType> types, List<Kernel.Part> parts) {
    if (parts.size() == 1) {
      Kernel.Part part = parts.getFirst();
      Program program = part.program();
      if (part.stores().size() == 1
          && program.code().size() == 1
          && program.code().getFirst() instanceof Instr.Load(int buffer, View view, DType stored)
          && types.get(part.stores().getFirst().to().buffer()) == stored) {
        return new Kernel.Copy(
            types, new Kernel.Operand(buffer, view), part.stores().getFirst().to());
      }
    }
    return new Kernel.Map(types, List.copyOf(parts));
  }

  /// Computes nodes over the same rows in one kernel.
  static void emitRows(Fuser fuser, Rows rows, List<Value> roots) {
    Draft draft = new Draft();
    FoldList folds = new FoldList();
    Lowering elements = new Lowering(fuser, draft, rows::elements, rows, false, folds, null);
    Lowering finish = new Lowering(fuser, draft, rows::rows, rows, true, folds, null);
    folds.elements = elements;
    List<Value> perRow = new ArrayList<>();
    List<Value> perElement = new ArrayList<>();
    List<Integer> rowPositions = new ArrayList<>();
    List<Integer> elementPositions = new ArrayList<>();
    for (Value root : roots) {
      boolean isRow = isPerRow(rows, root);
      (isRow ? perRow : perElement).add(root);
      (isRow ? rowPositions : elementPositions)
          .add((isRow ? finish : elements).lower(root, List.of()));
    }
    Optional<View> like = elements.operandView(rows.space(), rows::natural);
    List<Kernel.Store> stores = new ArrayList<>();
    List<Kernel.Store> rowStores = new ArrayList<>();
    for (int i = 0; i < perElement.size(); i++) {
      Value root = perElement.get(i);
      Placed room =
          elements.roomFor(r -> fuser.room(r, null), root, Fuser.dense(root.shape(), like));
      stores.add(elements.store(elementPositions.get(i), room, rows::elements));
      fuser.setPlace(root, room);
    }
    for (int i = 0; i < perRow.size(); i++) {
      Value root = perRow.get(i);
      Placed room = finish.roomFor(r -> fuser.room(r, null), root, View.contiguous(root.shape()));
      rowStores.add(finish.store(rowPositions.get(i), room, rows::rows));
      fuser.setPlace(root, room);
    }
    if (rows.isSplit()) {
      finish.shareFolds(rowStores);
    }
    Program body = elements.builder.build();
    Program end = finish.builder.build();
    boolean independent = body.code().stream().noneMatch(i -> i instanceof Instr.Result);
    fuser.add(
        draft.finish(
            types ->
                stores.isEmpty() && independent
                    ? new Kernel.Reduce(
                        types, rows.outer(), rows.inner(), body, folds.folds, end, rowStores)
                    : new Kernel.RowWise(
                        types,
                        rows.outer(),
                        rows.inner(),
                        body,
                        folds.folds,
                        stores,
                        end,
                        rowStores)));
  }

  /// Also writes the folds that other kernels need, so that they are not folded again.
  private void shareFolds(List<Kernel.Store> rowStores) {
    for (Map.Entry<Value, Integer> entry : List.copyOf(folds.indices.entrySet())) {
      Value fold = entry.getKey();
      if (fuser.usesOf(fold) > 1 && fuser.find(fold).isEmpty()) {
        Instr.Result result =
            new Instr.Result(entry.getValue(), folds.folds.get(entry.getValue()).type());
        Placed room = fuser.fresh(fold);
        rowStores.add(store(builder.add(result), room, order));
        fuser.setPlace(fold, room);
      }
    }
  }

  /// Whether a root is computed once a row; one whose shape fits both ways is taken by element if it is not a fold's shape.
  private static boolean isPerRow(Rows rows, Value root) {
    if (!rows.isRowShape(root.shape())) {
      return false;
    }
    return !rows.space().equals(root.shape())
        || root.source instanceof Source.Computed computed
            && computed.op instanceof OpDef.Reduction;
  }

  /// What a kernel of its own kind computes of an operand as it reads it.
  ///
  /// @param program the computation, over the operand's shape
  /// @param value the operand's position in it
  /// @param view the layout the operand would have in memory
  record Body(Program program, int value, View view) {}

  /// The computation of an operand, rounded to its dtype as if it had been stored.
  static Body body(Fuser fuser, Draft draft, Value value) {
    Lowering lowering =
        new Lowering(fuser, draft, UnaryOperator.identity(), null, false, new FoldList(), null);
    int position = lowering.builder.cast(value.dtype(), lowering.lower(value, List.of()));
    Shape shape = value.shape();
    Optional<View> like = lowering.operandView(shape, UnaryOperator.identity());
    return new Body(lowering.builder.build(), position, Fuser.dense(shape, like));
  }

  /// The epilogue of a product: `root` computed from `Result(0)`, which stands for `product`.
  static Kernel.Store epilogue(
      Fuser fuser, Draft draft, Value product, Value root, Placed room, List<Program> program) {
    Lowering lowering =
        new Lowering(fuser, draft, UnaryOperator.identity(), null, false, new FoldList(), product);
    int position = lowering.lower(root, List.of());
    Kernel.Store store = lowering.store(position, room, UnaryOperator.identity());
    program.add(lowering.builder.build());
    return store;
  }
}
