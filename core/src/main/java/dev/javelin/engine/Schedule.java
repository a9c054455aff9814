package dev.javelin.engine;

import dev.javelin.kernels.Expr;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.ScalarOp;
import dev.javelin.ops.OpDef;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Decides which values of a graph get memory, and in which order and company kernels compute them.
///
/// A value gets memory if it is an output, an operand of a kernel that is not elementwise, or needed by several kernels and dearer to
/// compute again than to store. Where it is computed from `a` arrays as large as itself and `k` kernels need it, storing it moves
/// `a + 1 + k` arrays and computing it in each of them `k * a`; that must not be more, and one computation cost at most [#CHEAP].
/// Everything else is part of the kernel that needs it.
final class Schedule {
  /// What may be computed once more in each kernel that needs it, in simple operations an element.
  private static final int CHEAP = 6;

  /// What a pooling may do to compute an element of what it pools, all times together, in simple operations; and from how many arrays.
  private static final int POOLED_WORK = 4 * CHEAP;

  private static final int POOLED_ARRAYS = 8;

  /// What a call of the mathematical library costs, in simple operations.
  private static final int CALL = 8;

  /// A kernel's expression is cut where it would get larger, so that compilers stay quick.
  private static final int LARGEST = 256;

  /// How many of the values that follow are tried as company of one in its kernel.
  private static final int WINDOW = 48;

  /// Arrays up to so many bytes may stay alive longer than needed.
  private static final long SMALL = 1 << 18;

  private final Fuser fuser;

  /// The computed values the outputs depend on, as recorded: each after those it reads.
  private final List<Value> order = new ArrayList<>();

  /// The kernels that need a value, at most [#MANY] of them: a value with memory, or the rows of folds, which share a kernel.
  private final Map<Value, Set<Object>> users = new IdentityHashMap<>();

  private static final int MANY = 4;

  /// Values that something else than an update of an input needs.
  private final Set<Value> needed = Collections.newSetFromMap(new IdentityHashMap<>());

  /// Values that reach their user through other than elementwise operations of one shape.
  private final Set<Value> indirect = Collections.newSetFromMap(new IdentityHashMap<>());

  private final Set<Value> roots = Collections.newSetFromMap(new IdentityHashMap<>());
  private final Map<Value, Value> fused = new IdentityHashMap<>();

  private Schedule(Fuser fuser) {
    this.fuser = fuser;
  }

  /// Computes the outputs of a graph.
  static void run(Fuser fuser, Value[] outputs) {
    Schedule schedule = new Schedule(fuser);
    schedule.collect(outputs);
    for (Value output : outputs) {
      schedule.roots.add(fuser.root(output));
    }
    schedule.cut();
    schedule.choose();
    fuser.setFused(schedule.fused);
    schedule.emit(outputs);
  }

  private void collect(Value[] outputs) {
    Set<Value> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    Deque<Value> open = new ArrayDeque<>(List.of(outputs));
    while (!open.isEmpty()) {
      Value value = open.remove();
      if (value.source instanceof Source.Computed computed && seen.add(value)) {
        order.add(value);
        for (Value input : computed.inputs) {
          fuser.countUse(input);
          open.add(input);
        }
      }
    }
    order.sort(Comparator.comparingInt(value -> ((Source.Computed) value.source).order));
  }

  /// Gives memory to values in the middle of expressions that would grow too large.
  private void cut() {
    for (Value value : order) {
      if (!isNumber(value)
          && ((Source.Computed) value.source).op instanceof OpDef.Pointwise
          && size(value) > LARGEST) {
        roots.add(value);
      }
    }
  }

  /// How many operations an expression has, counted to just above the limit.
  private int size(Value value) {
    Deque<Value> open = new ArrayDeque<>(List.of(value));
    Set<Value> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    while (!open.isEmpty() && seen.size() <= LARGEST) {
      Value next = open.remove();
      if (next.source instanceof Source.Computed computed
          && (next == value || !roots.contains(next))
          && Analysis.isScalarCode(next)
          && seen.add(next)) {
        open.addAll(computed.inputs);
      }
    }
    return seen.size();
  }

  // ---- which values get memory ----

  private void choose() {
    for (Value value : order.reversed()) {
      if (isNumber(value)) {
        continue;
      }
      Source.Computed computed = (Source.Computed) value.source;
      if (!roots.contains(value) && needsMemory(value, computed)) {
        roots.add(value);
      }
      boolean root = roots.contains(value);
      // What only views of outputs need has memory anyway.
      Set<Object> own = root ? Set.of(kernelOf(value)) : users.getOrDefault(value, Set.of());
      boolean isNeeded = root ? !fuser.isTarget(value) : needed.contains(value);
      boolean elementwise =
          computed.op instanceof OpDef.Pointwise || computed.op instanceof OpDef.Cast;
      if (computed.op instanceof OpDef.Reduction reduction) {
        separateRows(computed.inputs.getFirst(), reduction);
      }
      for (int i = 0; i < computed.inputs.size(); i++) {
        Value input = computed.inputs.get(i);
        if (isNumber(input)) {
          continue;
        }
        addUsers(input, own);
        if (isNeeded) {
          needed.add(input);
        }
        if (!elementwise || !root && indirect.contains(value)) {
          indirect.add(input);
        }
        if (readsMemory(computed.op, i, input)) {
          roots.add(fuser.root(input));
        }
      }
    }
  }

  /// What stands for the kernel of a value with memory: folds over the same rows share one, as do the results of one call.
  private static Object kernelOf(Value root) {
    Source.Computed computed = (Source.Computed) root.source;
    return computed.op instanceof OpDef.Reduction reduction
        ? new Rows(computed.inputs.getFirst().shape(), reduction.dims())
        : computed.siblings[0];
  }

  private void addUsers(Value value, Set<Object> more) {
    Set<Object> known = users.computeIfAbsent(value, key -> new HashSet<>(MANY));
    for (Object user : more) {
      if (known.size() < MANY) {
        known.add(user);
      }
    }
  }

  /// What is folded and folds over other rows itself gets memory.
  private void separateRows(Value input, OpDef.Reduction reduction) {
    Rows rows = new Rows(input.shape(), reduction.dims());
    if (Analysis.rows(fuser, input).filter(other -> !other.equals(rows)).isPresent()) {
      roots.add(fuser.root(input));
    }
  }

  private static boolean isNumber(Value value) {
    return value.layout.isNumber();
  }

  /// Whether an operation's kernel reads this operand from memory rather than computing it.
  private boolean readsMemory(OpDef op, int operand, Value input) {
    return switch (op) {
      case OpDef.Pooling pooling -> operand > 0 || !isPooledAsComputed(pooling, input);
      case OpDef.MatMul _,
          OpDef.Convolution _,
          OpDef.Attention _,
          OpDef.AttentionBackward _,
          OpDef.Gather _ ->
          true;
      case OpDef.Scatter _ -> operand > 0; // the first is what the result starts as
      case OpDef.Pointwise _,
          OpDef.Cast _,
          OpDef.Full _,
          OpDef.Iota _,
          OpDef.Reduction _,
          OpDef.Movement _,
          OpDef.Draw _,
          OpDef.Assemble _,
          OpDef.Composed _ ->
          false;
    };
  }

  /// Whether a pooling computes what it pools. A value is computed for each window that it is in, a gradient for each place in the window:
  /// that is cheaper than memory if it is little. What is the epilogue of a product is not computed here.
  private boolean isPooledAsComputed(OpDef.Pooling op, Value input) {
    Kernel.Window window = op.window();
    long rows = window.kernelH();
    long columns = window.kernelW();
    if (!op.op().isBackward()) {
      rows = Math.ceilDiv(rows, window.strideH());
      columns = Math.ceilDiv(columns, window.strideW());
    }
    if (!Analysis.isScalarCode(input) || Analysis.rows(fuser, input).isPresent()) {
      return false;
    }
    Deque<Value> open = new ArrayDeque<>(List.of(input));
    Set<Value> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    // What nothing but the pooling needs, and so would finish a product that it is computed from.
    Set<Value> own = Collections.newSetFromMap(new IdentityHashMap<>());
    own.add(input);
    long work = 0;
    int arrays = 0;
    while (!open.isEmpty()) {
      Value next = open.remove();
      if (isNumber(next) || !seen.add(next)) {
        continue;
      }
      if (isInside(next)) {
        Source.Computed computed = (Source.Computed) next.source;
        boolean full = 2 * next.shape().numel() >= input.shape().numel();
        work += full && computed.op instanceof OpDef.Pointwise p ? work(p.body()) : 0;
        open.addAll(computed.inputs);
        if (own.contains(next) && !(computed.op instanceof OpDef.Movement)) {
          computed.inputs.stream().filter(value -> fuser.usesOf(value) == 1).forEach(own::add);
        }
      } else {
        arrays++;
      }
      if (own.contains(next) && isProduct(next)
          || work * rows * columns > POOLED_WORK
          || arrays > POOLED_ARRAYS) {
        return false;
      }
    }
    return true;
  }

  /// Whether a value is part of the expression that it is met in, rather than in memory.
  private boolean isInside(Value value) {
    return value.source instanceof Source.Computed computed
        && !roots.contains(value)
        && !(computed.op instanceof OpDef.Reduction)
        && Analysis.isScalarCode(value);
  }

  private static boolean isProduct(Value value) {
    return value.source instanceof Source.Computed computed
        && (computed.op instanceof OpDef.MatMul || computed.op instanceof OpDef.Convolution);
  }

  private boolean needsMemory(Value value, Source.Computed computed) {
    Set<Object> own = users.getOrDefault(value, Set.of());
    return switch (computed.op) {
      case OpDef.MatMul _, OpDef.Convolution _ -> !joins(value, own);
      case OpDef.Pooling _,
          OpDef.Attention _,
          OpDef.AttentionBackward _,
          OpDef.Gather _,
          OpDef.Scatter _,
          OpDef.Draw _,
          OpDef.Assemble _,
          OpDef.Composed _ ->
          true;
      case OpDef.Reduction _ -> own.size() > 1;
      case OpDef.Pointwise _, OpDef.Cast _ -> own.size() > 1 && !isCheap(value, own.size());
      case OpDef.Movement _, OpDef.Full _, OpDef.Iota _ -> false;
    };
  }

  /// Whether a product's only user computes it elementwise and has no other product: it becomes the product's epilogue.
  private boolean joins(Value product, Set<Object> own) {
    return own.size() == 1
        && own.iterator().next() instanceof Value root
        && !indirect.contains(product)
        && product.shape().equals(root.shape())
        && fused.putIfAbsent(root, product) == null;
  }

  /// Whether computing a value in each of some kernels is cheaper than storing it.
  private boolean isCheap(Value value, int kernels) {
    Deque<Value> open = new ArrayDeque<>(List.of(value));
    Set<Value> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    int work = 0;
    int arrays = 0;
    while (!open.isEmpty()) {
      Value next = open.remove();
      if (!seen.add(next)) {
        continue;
      }
      if (isInside(next)) {
        Source.Computed computed = (Source.Computed) next.source;
        work += computed.op instanceof OpDef.Pointwise op ? work(op.body()) : 0;
        for (Value input : computed.inputs) {
          if (!isNumber(input)) {
            open.add(input);
          }
        }
      } else if (2 * next.shape().numel() >= value.shape().numel()) {
        arrays++;
      }
      if (work > CHEAP || kernels * arrays > arrays + 1 + kernels) {
        return false;
      }
    }
    return true;
  }

  private static int work(Expr expr) {
    if (!(expr instanceof Expr.Apply(ScalarOp op, List<Expr> args))) {
      return 0;
    }
    int own =
        switch (op) {
          case EXP, EXPM1, LOG, LOG1P, SIN, COS, TAN, ATAN, TANH, ERF, POW, ATAN2, REMAINDER ->
              CALL;
          default -> 1;
        };
    return own + args.stream().mapToInt(Schedule::work).sum();
  }

  // ---- in which order and company ----

  private void emit(Value[] outputs) {
    List<Value> open = new ArrayList<>();
    List<Value> late = new ArrayList<>();
    List<Value> updates = new ArrayList<>();
    for (Value value : order) {
      if (roots.contains(value)) {
        (fuser.isTarget(value) ? updates : canWait(value) ? late : open).add(value);
      }
    }
    // What is written into an input comes last, when nothing needs the old values any more.
    open.addAll(late);
    open.addAll(updates);
    for (int i = 0; i < open.size(); i++) {
      Value first = open.get(i);
      if (!fuser.isPlaced(first)) {
        fuser.emitAll(company(first, open.subList(i, open.size())));
      }
    }
    for (Value output : outputs) {
      fuser.emitAll(List.of(output)); // inputs given back, and constants
    }
  }

  /// Whether a value is a fold that no other kernel but an update needs and that keeps little memory alive: it waits for company, as the
  /// gradients of biases do.
  private boolean canWait(Value value) {
    Source.Computed computed = (Source.Computed) value.source;
    if (!(computed.op instanceof OpDef.Reduction) || needed.contains(value)) {
      return false;
    }
    Value input = computed.inputs.getFirst();
    return input.shape().numel() * input.dtype().bytes() <= SMALL;
  }

  /// The values that can be computed in one kernel with the first of a list.
  private List<Value> company(Value first, List<Value> candidates) {
    if (!Analysis.isScalarCode(first) || fused.containsKey(first)) {
      return List.of(first);
    }
    Optional<Rows> rows = Analysis.rows(fuser, first);
    boolean update = fuser.isTarget(first);
    List<Value> result = new ArrayList<>(List.of(first));
    int last = 0;
    for (int i = 1; i < candidates.size() && i - last < WINDOW; i++) {
      Value value = candidates.get(i);
      if (fuser.isTarget(value) == update
          && !fuser.isPlaced(value)
          && Analysis.isScalarCode(value)
          && !fused.containsKey(value)
          && isReady(value, rows, result)
          && Analysis.rows(fuser, value).equals(rows)) {
        result.add(value);
        last = i;
      }
    }
    return result;
  }

  /// Whether all that a value is computed from is in memory, or is computed by the kernel of `company`.
  private boolean isReady(Value value, Optional<Rows> rows, List<Value> company) {
    Deque<Value> open = new ArrayDeque<>(List.of(value));
    Set<Value> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    while (!open.isEmpty()) {
      Value next = open.remove();
      if (!(next.source instanceof Source.Computed computed)
          || isNumber(next)
          || fuser.isPlaced(next)
          || !seen.add(next)) {
        continue;
      }
      boolean inside =
          Analysis.isScalarCode(next)
              && (next == value || !roots.contains(next) || company.contains(next))
              && (!(computed.op instanceof OpDef.Reduction reduction)
                  || rows.equals(
                      Optional.of(new Rows(computed.inputs.getFirst().shape(), reduction.dims()))));
      if (!inside) {
        return false;
      }
      open.addAll(computed.inputs);
    }
    return true;
  }
}
