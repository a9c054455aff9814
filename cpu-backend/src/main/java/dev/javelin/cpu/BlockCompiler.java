package dev.javelin.cpu;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Instr;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Program;
import dev.javelin.kernels.View;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/// Makes a [BlockPlan] of a program: decides what is computed when, in which loop, and where each
/// value lies.
///
/// Values are of three kinds. Uniform ones are the same everywhere (constants, parameters, what
/// follows from them): computed once. Periodic ones repeat along the space (a bias, per-channel
/// parameters): computed once for a period and a block. The others are computed for each block, in
/// as many phases as folds depend on one another.
final class BlockCompiler {
  /// Elements of a block: a few registers fit the first-level cache, and the calls for a block take
  /// little of its time.
  static final int BLOCK = 2048;

  /// Elements of a block where no register is used.
  private static final int STRAIGHT_BLOCK = 4 * BLOCK;

  /// The longest period that is kept in a register.
  private static final int LONGEST_PERIOD = 2048;

  /// Runs at least this long are worth blocks that do not cross their ends: they need no packing.
  private static final int WORTHWHILE_RUN = 512;

  /// The kinds of values.
  static final int UNIFORM = 0;

  static final int PERIODIC = 1;
  static final int VARYING = 2;

  private final Loops loops;
  private final Layout layout;
  private final List<DType> buffers;
  private final int[] order;
  private final long total;
  private final FoldResults results;
  private final boolean phased;

  private final List<Instr> code;
  private final List<int[]> folds;
  private final List<Kernel.Store> stores;
  private final int[] storeValues;
  private final Fusion fusion;
  private final Strider[] views;
  private final int[] kind;
  private final int[] phase;
  private final int valueBase;

  private long period;
  private int block;
  private long boundary;
  private long tail;
  private int[] schedule;
  private Registers registers;
  private MemorySegment constants;
  private final Map<Integer, LoadSteps.Load> loads = new HashMap<>();

  /// A compiler for one program.
  ///
  /// @param loops the loops to choose from
  /// @param layout where the plan's registers are set aside
  /// @param buffers the types of the kernel's buffers
  /// @param order the axes of the program's space from the slowest to the fastest, without those of
  ///   size 1
  /// @param total how many positions the space has, above 0
  /// @param program the program
  /// @param folds for each fold of the caller the values it reads
  /// @param stores what is written
  /// @param results where results of folds come from
  /// @param phased whether the folds whose results the program uses are among `folds`, so that it
  ///   runs in phases
  BlockCompiler(
      Loops loops,
      Layout layout,
      List<DType> buffers,
      int[] order,
      long total,
      Program program,
      List<int[]> folds,
      List<Kernel.Store> stores,
      FoldResults results,
      boolean phased) {
    this.loops = loops;
    this.layout = layout;
    this.buffers = buffers;
    this.order = order;
    this.total = total;
    this.folds = folds;
    this.stores = stores;
    this.results = results;
    this.phased = phased;
    this.code = new ArrayList<>(program.code());
    this.storeValues = new int[stores.size()];
    for (int i = 0; i < storeValues.length; i++) {
      storeValues[i] = converted(stores.get(i));
    }
    int[] wanted =
        IntStream.concat(Arrays.stream(storeValues), folds.stream().flatMapToInt(Arrays::stream))
            .toArray();
    this.views = new Strider[code.size()];
    this.kind = new int[code.size()];
    this.phase = new int[code.size()];
    classify();
    this.fusion = new Fusion(code, wanted, kind, loops);
    this.valueBase = layout.values(code.size());
  }

  /// The value that is stored, in the register type of the buffer.
  private int converted(Kernel.Store store) {
    DType to = buffers.get(store.to().buffer());
    DType from = code.get(store.value()).type();
    if (from == to.register() && to != DType.BOOL) {
      return store.value();
    }
    code.add(new Instr.Cast(to, store.value()));
    return code.size() - 1;
  }

  /// Finds out what kind each value is and after which folds it can be computed.
  private void classify() {
    for (int v = 0; v < code.size(); v++) {
      kind[v] =
          switch (code.get(v)) {
            case Instr.Const _, Instr.Param _ -> UNIFORM;
            case Instr.Result _ -> VARYING;
            case Instr.Load(_, View view, _) -> kindOf(v, view);
            case Instr.Iota(View view) -> kindOf(v, view);
            case Instr.Apply apply ->
                Math.max(
                    kind[apply.x()],
                    Math.max(
                        apply.y() < 0 ? 0 : kind[apply.y()], apply.z() < 0 ? 0 : kind[apply.z()]));
            case Instr.Cast cast -> kind[cast.x()];
          };
    }
    Arrays.fill(phase, -1);
    for (int v = 0; v < code.size(); v++) {
      phaseOf(v);
    }
  }

  private int kindOf(int v, View view) {
    Strider strider = Strider.of(view, order);
    views[v] = strider;
    if (strider.uniform()) {
      return UNIFORM;
    }
    long repeats = strider.period();
    if (repeats == 0 || repeats > LONGEST_PERIOD) {
      return VARYING;
    }
    // Periods are products of the sizes of inner axes, so each divides the next.
    period = Math.max(period, repeats);
    return PERIODIC;
  }

  private int phaseOf(int v) {
    if (phase[v] < 0) {
      phase[v] =
          switch (code.get(v)) {
            case Instr.Result result -> phased ? foldPhase(result.index()) + 1 : 0;
            case Instr.Apply apply ->
                Math.max(
                    phaseOf(apply.x()),
                    Math.max(
                        apply.y() < 0 ? 0 : phaseOf(apply.y()),
                        apply.z() < 0 ? 0 : phaseOf(apply.z())));
            case Instr.Cast cast -> phaseOf(cast.x());
            case Instr.Load _, Instr.Iota _, Instr.Const _, Instr.Param _ -> 0;
          };
    }
    return phase[v];
  }

  /// In which phase a fold's values are complete.
  int foldPhase(int fold) {
    return Arrays.stream(folds.get(fold)).map(this::phaseOf).max().orElse(0);
  }

  /// The kind of a value.
  int kind(int v) {
    return kind[v];
  }

  /// Makes the plan with blocks of a size that suits the space.
  BlockPlan compile() {
    boundary = 0;
    for (int v = 0; v < code.size(); v++) {
      if (fusion.isNeeded(v) && views[v] != null && kind[v] == VARYING) {
        limit(views[v]);
      }
    }
    for (Kernel.Store store : stores) {
      limit(Strider.of(store.to().view(), order));
    }
    long pieces = boundary == 0 ? 1 : (boundary + BLOCK - 1) / BLOCK;
    int most = isStraight() ? STRAIGHT_BLOCK : BLOCK;
    long size = boundary == 0 ? most : (boundary + pieces - 1) / pieces;
    return compile((int) Math.min(size, total), boundary);
  }

  /// Whether one operation takes all from memory and puts it to memory, side by side.
  private boolean isStraight() {
    if (stores.size() != 1 || !folds.isEmpty() || directStore(storeValues[0]) < 0 || period > 0) {
      return false;
    }
    int operations = 0;
    for (int v = 0; v < code.size(); v++) {
      boolean isDirect =
          code.get(v) instanceof Instr.Load(_, _, DType stored)
              && stored == stored.register()
              && views[v].contiguous();
      if (fusion.isNeeded(v) && kind[v] == VARYING && !isDirect) {
        operations += isOperation(v) ? 1 : 2;
      }
    }
    return operations < 2 && Strider.of(stores.getFirst().to().view(), order).contiguous();
  }

  private void limit(Strider view) {
    boolean inRuns = view.sizes.length > 1 && (view.step() == 1 || view.step() == 0);
    if (inRuns && view.run() >= WORTHWHILE_RUN && (boundary == 0 || view.run() < boundary)) {
      boundary = view.run();
    }
  }

  /// Makes the plan.
  ///
  /// @param size the largest number of elements a block will have
  /// @param cut no block will cross a multiple of this; 0 for no such rule
  BlockPlan compile(int size, long cut) {
    block = size + Loops.LANES - 1 & -Loops.LANES;
    boundary = cut;
    tail = layout.memory(Loops.LANES * 8);
    schedule =
        IntStream.range(0, code.size())
            .filter(v -> fusion.isNeeded(v) && kind[v] == VARYING)
            .boxed()
            .sorted(
                Comparator.<Integer>comparingInt(v -> phase[v]).thenComparing(this::isOperation))
            .mapToInt(v -> v)
            .toArray();
    int count = lastPhase() + 1;
    constants = Arena.ofAuto().allocate(Math.max(1, code.size()) * 128L, 64);
    List<Step> prologue = new ArrayList<>();
    List<BlockPlan.Periodic> periodic = new ArrayList<>();
    for (int v = 0; v < code.size(); v++) {
      if (fusion.isNeeded(v) && kind[v] != VARYING) {
        addOnce(v, prologue, periodic);
      }
    }
    List<List<Step>> steps = new ArrayList<>();
    for (int p = 0; p < count; p++) {
      steps.add(new ArrayList<>());
    }
    StoreStep[] storeSteps = storeSteps();
    registers = new Registers(layout, code, fusion, schedule, foldEnds(), storeValues, block);
    double cost = 0;
    for (int v : schedule) {
      if (code.get(v) instanceof Instr.Load load) {
        loads.put(v, load(v, load));
      }
    }
    Step[] single = new Step[schedule.length];
    for (int position = 0; position < schedule.length; position++) {
      int v = schedule[position];
      single[position] = varying(v, position, storeSteps, prologue);
      cost += fusion.cost(v, views[v]);
    }
    if (loops.vectors()) {
      int[] uses = IntStream.range(0, code.size()).map(registers::uses).toArray();
      new GroupSteps(loops, layout, code, fusion, registers, schedule, valueBase, block)
          .join(
              new Groups(code, fusion, schedule, phase, v -> kind[v] == UNIFORM, uses).find(),
              single,
              (v, position, register, once, room) ->
                  target(v, position, storeSteps, prologue, register, once, room));
    }
    for (int position = 0; position < schedule.length; position++) {
      if (single[position] != null) {
        steps.get(phase[schedule[position]]).add(single[position]);
      }
    }
    for (StoreStep store : storeSteps) {
      steps.getLast().add(store);
      cost += 0.5;
    }
    int[] places = IntStream.range(valueBase, valueBase + code.size()).toArray();
    boolean plain =
        storeSteps.length == 0
            && Arrays.stream(schedule).allMatch(v -> code.get(v) instanceof Instr.Load);
    return new BlockPlan(
        block,
        boundary,
        cost,
        plain,
        prologue.toArray(Step[]::new),
        steps.stream().map(list -> list.toArray(Step[]::new)).toArray(Step[][]::new),
        periodic.toArray(BlockPlan.Periodic[]::new),
        Math.max(1, period),
        places,
        constants);
  }

  private boolean isOperation(int v) {
    return code.get(v) instanceof Instr.Apply || code.get(v) instanceof Instr.Cast;
  }

  private int lastPhase() {
    int last = 0;
    for (int v = 0; v < code.size(); v++) {
      if (fusion.isNeeded(v)) {
        last = Math.max(last, phase[v]);
      }
    }
    return last;
  }

  /// For each value -1, or the position in the schedule up to which a fold needs it.
  private int[] foldEnds() {
    int[] ends = new int[code.size()];
    Arrays.fill(ends, -1);
    for (int fold = 0; fold < folds.size(); fold++) {
      int last = foldPhase(fold);
      int end = (int) Arrays.stream(schedule).filter(v -> phase[v] <= last).count();
      for (int v : folds.get(fold)) {
        ends[v] = Math.max(ends[v], end);
      }
    }
    return ends;
  }

  private StoreStep[] storeSteps() {
    StoreStep[] steps = new StoreStep[stores.size()];
    for (int i = 0; i < steps.length; i++) {
      Kernel.Operand to = stores.get(i).to();
      DType stored = buffers.get(to.buffer());
      steps[i] =
          new StoreStep(
              valueBase + storeValues[i],
              to.buffer(),
              Strider.of(to.view(), order),
              stored.bytes(),
              loops.store(stored),
              layout.memory((long) block * stored.bytes()));
    }
    return steps;
  }

  /// Where an operation's result goes: to its register, or at once to where it is stored.
  ///
  /// The memory that is written may be memory that is read, at the same element. So nothing of it
  /// may be read later: never of the same buffer, and of others only if they turn out to be other
  /// memory.
  private OpSteps.Target target(
      int v,
      int position,
      StoreStep[] steps,
      List<Step> prologue,
      long register,
      boolean once,
      long tail) {
    int place = valueBase + v;
    int bytes = code.get(v).type().bytes();
    OpSteps.Target target = OpSteps.Target.register(place, bytes, register, tail);
    int store = directStore(v);
    if (store < 0) {
      return target;
    }
    int buffer = stores.get(store).to().buffer();
    List<LoadSteps.Load> later = new ArrayList<>();
    for (int u : loads.keySet()) {
      if (registers.lastUse(u) > position) {
        if (((Instr.Load) code.get(u)).buffer() == buffer) {
          return target;
        }
        later.add(loads.get(u));
      }
    }
    int guard = -1;
    if (!later.isEmpty()) {
      guard = layout.values(1);
      prologue.add(new OpSteps.Guard(guard, steps[store], later.toArray(LoadSteps.Load[]::new)));
    }
    return new OpSteps.Target(place, bytes, register, steps[store], guard, once, tail);
  }

  /// The first store of a value that needs no conversion; -1 if none.
  private int directStore(int v) {
    for (int i = 0; i < storeValues.length; i++) {
      DType stored = buffers.get(stores.get(i).to().buffer());
      if (storeValues[i] == v && stored == stored.register()) {
        return i;
      }
    }
    return -1;
  }

  private void addOnce(int v, List<Step> prologue, List<BlockPlan.Periodic> periodic) {
    int place = valueBase + v;
    DType type = code.get(v).type();
    boolean repeats = kind[v] == PERIODIC;
    int length = repeats ? periodicLength() : Loops.LANES;
    long register = layout.memory((long) length * type.bytes());
    Step step =
        switch (code.get(v)) {
          case Instr.Const(_, long bits) -> constant(v, type, bits);
          case Instr.Iota(View view) ->
              repeats
                  ? new LoadSteps.Iota(place, views[v], register, (int) views[v].period())
                  : constant(v, type, view.offset());
          case Instr.Param(int index, _) -> new LoadSteps.Param(place, index, type, register);
          case Instr.Load load -> loadOnce(v, load, register, length);
          case Instr.Apply _, Instr.Cast _ ->
              fusion.step(
                  v, OpSteps.Target.register(place, type.bytes(), register, tail), valueBase);
          case Instr.Result _ -> throw new AssertionError("results vary");
        };
    prologue.add(repeats ? new LoadSteps.Lengthened(step, length) : step);
    if (repeats) {
      periodic.add(new BlockPlan.Periodic(place, register, type.bytes()));
    }
  }

  /// A block may start anywhere in a period.
  private int periodicLength() {
    return block + (int) period + Loops.LANES - 1 & -Loops.LANES;
  }

  private Step constant(int v, DType type, long bits) {
    long address = constants.address() + 128L * v;
    Packing.fill(address, LoadSteps.registerBits(type, bits), type.bytes(), Loops.LANES);
    return new LoadSteps.Constant(valueBase + v, address);
  }

  private Step loadOnce(int v, Instr.Load load, long register, int length) {
    DType stored = load.stored();
    Loops.Unary widen = loops.widen(stored);
    long staging = widen == null ? 0 : layout.memory((long) length * stored.bytes());
    int bytes = stored.bytes();
    int wide = load.type().bytes();
    int place = valueBase + v;
    return kind[v] == UNIFORM
        ? new LoadSteps.Uniform(
            place, load.buffer(), views[v].offset, bytes, widen, register, wide, staging)
        : new LoadSteps.Periodic(
            place, load.buffer(), views[v], bytes, widen, register, wide, staging, length);
  }

  private LoadSteps.Load load(int v, Instr.Load load) {
    DType stored = load.stored();
    Loops.Unary widen = loops.widen(stored);
    return new LoadSteps.Load(
        valueBase + v,
        load.buffer(),
        views[v],
        stored.bytes(),
        widen,
        registers.of(v),
        load.type().bytes(),
        widen == null ? 0 : layout.memory((long) block * stored.bytes()));
  }

  private Step varying(int v, int position, StoreStep[] storeSteps, List<Step> prologue) {
    int place = valueBase + v;
    int bytes = code.get(v).type().bytes();
    long register = registers.of(v);
    return switch (code.get(v)) {
      case Instr.Load _ -> loads.get(v);
      case Instr.Iota _ -> new LoadSteps.Iota(place, views[v], register, 0);
      case Instr.Result(int index, _) ->
          results.rowLength() == 0
              ? new LoadSteps.RowResult(place, results.at()[index], bytes)
              : new LoadSteps.ElementResult(
                  place, results.at()[index], bytes, results.rowLength(), register);
      case Instr.Apply _, Instr.Cast _ ->
          fusion.step(
              v,
              target(v, position, storeSteps, prologue, register, registers.uses(v) == 1, tail),
              valueBase);
      case Instr.Const _, Instr.Param _ -> throw new AssertionError("constants do not vary");
    };
  }
}
