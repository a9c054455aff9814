package dev.javelin.kernels.c;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Instr;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.ProgramBuilder;
import dev.javelin.kernels.View;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// Cuts a part of a map that uses more buffers than a launch can bind into steps that run one after the other. What a later step needs of
/// an earlier one goes through buffers of its own, numbered behind the kernel's.
final class PartSplit {
  private final Kernel.Part part;
  private final List<Instr> code;
  private final int firstOwn;
  private final int most;

  /// What is done, in order: the positions of values, and stores as their complements (`~0`, `~1` ...).
  private final List<Integer> events = new ArrayList<>();

  /// For each value, the last event that uses it.
  private final Map<Integer, Integer> lastUse = new HashMap<>();

  /// Which buffers are written.
  private final Set<Integer> written = new HashSet<>();

  private final Map<Integer, Integer> own = new LinkedHashMap<>();
  private final List<Kernel.Part> steps = new ArrayList<>();

  private PartSplit(Kernel.Part part, int firstOwn, int most) {
    this.part = part;
    this.code = part.program().code();
    this.firstOwn = firstOwn;
    this.most = most;
  }

  /// Cuts a part.
  ///
  /// @param firstOwn the number of the first buffer that may be added
  /// @param most how many buffers a step may use, at least 5
  static PartSplit of(Kernel.Part part, int firstOwn, int most) {
    PartSplit split = new PartSplit(part, firstOwn, most);
    if (count(part) <= most) {
      split.steps.add(part);
    } else {
      split.order();
      split.cut();
    }
    return split;
  }

  /// The steps in order.
  List<Kernel.Part> steps() {
    return steps;
  }

  /// The dtypes of the buffers that were added, each as large as the part.
  List<DType> added() {
    return own.keySet().stream().map(value -> code.get(value).type()).toList();
  }

  private static long count(Kernel.Part part) {
    Set<Integer> buffers = new HashSet<>();
    part.program()
        .code()
        .forEach(
            instr -> {
              if (instr instanceof Instr.Load load) {
                buffers.add(load.buffer());
              }
            });
    part.stores().forEach(store -> buffers.add(store.to().buffer()));
    return buffers.size();
  }

  /// Orders values so that each comes shortly before its use, and stores behind all reads of what they overwrite.
  private void order() {
    part.stores().forEach(store -> written.add(store.to().buffer()));
    Set<Integer> seen = new HashSet<>();
    Map<Integer, Integer> lastRead = new HashMap<>();
    List<Integer> storeEvents = new ArrayList<>();
    for (int s = 0; s < part.stores().size(); s++) {
      visit(part.stores().get(s).value(), seen);
      storeEvents.add(events.size());
      events.add(~s);
    }
    for (int e = 0; e < events.size(); e++) {
      if (events.get(e) >= 0 && code.get(events.get(e)) instanceof Instr.Load load) {
        lastRead.put(load.buffer(), e);
      }
    }
    List<Integer> late = new ArrayList<>();
    for (int s = 0; s < part.stores().size(); s++) {
      if (lastRead.getOrDefault(part.stores().get(s).to().buffer(), -1) > storeEvents.get(s)) {
        late.add(~s);
      }
    }
    events.removeAll(late);
    events.addAll(late);
    for (int e = 0; e < events.size(); e++) {
      for (int operand : operands(events.get(e))) {
        lastUse.put(operand, e);
      }
    }
  }

  private void visit(int value, Set<Integer> seen) {
    if (!seen.add(value)) {
      return;
    }
    for (int operand : operands(value)) {
      visit(operand, seen);
    }
    switch (code.get(value)) {
      case Instr.Load _, Instr.Apply _, Instr.Cast _ -> events.add(value);
      // Written anew wherever they are used.
      case Instr.Const _, Instr.Param _, Instr.Iota _, Instr.Result _ -> {}
    }
  }

  private List<Integer> operands(int event) {
    if (event < 0) {
      return List.of(part.stores().get(~event).value());
    }
    return switch (code.get(event)) {
      case Instr.Apply apply -> {
        List<Integer> all = new ArrayList<>(List.of(apply.x()));
        if (apply.y() >= 0) {
          all.add(apply.y());
        }
        if (apply.z() >= 0) {
          all.add(apply.z());
        }
        yield all;
      }
      case Instr.Cast cast -> List.of(cast.x());
      case Instr.Load _, Instr.Iota _, Instr.Const _, Instr.Param _, Instr.Result _ -> List.of();
    };
  }

  /// Whether a later step cannot have a value but from the step that made it.
  private boolean isKept(int value) {
    return switch (code.get(value)) {
      case Instr.Apply _, Instr.Cast _ -> true;
      case Instr.Load load -> written.contains(load.buffer());
      case Instr.Iota _, Instr.Const _, Instr.Param _, Instr.Result _ -> false;
    };
  }

  private void cut() {
    int from = 0;
    Set<Integer> buffers = new HashSet<>();
    Set<Integer> kept = new HashSet<>();
    for (int e = 0; e < events.size(); e++) {
      Set<Integer> more = new HashSet<>(buffers);
      use(events.get(e), from, e, more);
      Set<Integer> alive = new HashSet<>(kept);
      if (events.get(e) >= 0 && isKept(events.get(e))) {
        alive.add(events.get(e));
      }
      int now = e;
      alive.removeIf(value -> lastUse.getOrDefault(value, -1) <= now);
      if (e > from && more.size() + alive.size() > most) {
        step(from, e);
        from = e;
        buffers.clear();
        kept.clear();
        e--;
        continue;
      }
      buffers = more;
      kept = alive;
    }
    step(from, events.size());
  }

  /// Adds the buffers that an event of a step uses.
  private void use(int event, int from, int to, Set<Integer> buffers) {
    if (event < 0) {
      buffers.add(part.stores().get(~event).to().buffer());
    } else if (code.get(event) instanceof Instr.Load load) {
      buffers.add(load.buffer());
    }
    for (int operand : operands(event)) {
      boolean here = events.subList(from, to).contains(operand);
      if (!here && isKept(operand)) {
        buffers.add(firstOwn + number(operand));
      } else if (!here && code.get(operand) instanceof Instr.Load load) {
        buffers.add(load.buffer());
      }
    }
  }

  private int number(int value) {
    Integer known = own.get(value);
    if (known == null) {
      known = own.size();
      own.put(value, known);
    }
    return known;
  }

  private void step(int from, int to) {
    ProgramBuilder program = new ProgramBuilder();
    Map<Integer, Integer> done = new HashMap<>();
    List<Kernel.Store> stores = new ArrayList<>();
    Set<Integer> made = new TreeSet<>(events.subList(from, to));
    for (int event : events.subList(from, to)) {
      if (event < 0) {
        Kernel.Store store = part.stores().get(~event);
        stores.add(new Kernel.Store(store.to(), value(store.value(), made, done, program)));
        continue;
      }
      int at = value(event, made, done, program);
      if (isKept(event) && lastUse.getOrDefault(event, -1) >= to) {
        stores.add(new Kernel.Store(operand(event), at));
      }
    }
    steps.add(new Kernel.Part(part.shape(), program.build(), stores));
  }

  private Kernel.Operand operand(int value) {
    return new Kernel.Operand(firstOwn + number(value), View.contiguous(part.shape()));
  }

  /// The position of a value in the program of a step.
  private int value(
      int value, Set<Integer> made, Map<Integer, Integer> done, ProgramBuilder program) {
    Integer known = done.get(value);
    if (known != null) {
      return known;
    }
    Instr instr = code.get(value);
    Instr here =
        isKept(value) && !made.contains(value)
            ? new Instr.Load(operand(value).buffer(), operand(value).view(), instr.type())
            : switch (instr) {
              case Instr.Apply apply ->
                  new Instr.Apply(
                      apply.op(),
                      apply.type(),
                      value(apply.x(), made, done, program),
                      apply.y() < 0 ? -1 : value(apply.y(), made, done, program),
                      apply.z() < 0 ? -1 : value(apply.z(), made, done, program));
              case Instr.Cast cast ->
                  new Instr.Cast(cast.target(), value(cast.x(), made, done, program));
              case Instr.Load _, Instr.Iota _, Instr.Const _, Instr.Param _, Instr.Result _ ->
                  instr;
            };
    int at = program.add(here);
    done.put(value, at);
    return at;
  }
}
