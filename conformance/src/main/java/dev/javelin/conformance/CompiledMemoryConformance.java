package dev.javelin.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.Compiled;
import dev.javelin.Javelin;
import dev.javelin.Scope;
import dev.javelin.Tensor;
import dev.javelin.optim.Optimizer;
import dev.javelin.optim.SGD;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// Compiled functions that change memory which they know through several tensors: their values are those of the plain functions.
public abstract class CompiledMemoryConformance extends Conformance {
  private static final int CALLS = 5;

  private static final int ROWS = 3;
  private static final int COLUMNS = 4;

  /// For subclasses.
  protected CompiledMemoryConformance() {}

  // ---- the same on two sets of memory: as always, and compiled ----

  /// A function of arguments and of what it captures.
  private interface Body {
    Tensor[] run(Tensor[] args, Tensor[] state);
  }

  /// The arguments of a call, which may be views of what is captured.
  private interface Arguments {
    Tensor[] of(int call, Tensor[] state);
  }

  /// What is captured.
  private interface State {
    Tensor[] make();
  }

  /// Compares some calls; whether it is compiled in the end shows in the kernels.
  private void compare(State state, Arguments arguments, Body body, boolean compiles) {
    Tensor[] plainState = state.make();
    Tensor[] compiledState = state.make();
    Compiled compiled = Javelin.compileAll(args -> body.run(args, compiledState));
    for (int call = 0; call < CALLS; call++) {
      String name = "call " + call + " ";
      Tensor[] plainArgs = arguments.of(call, plainState);
      Tensor[] args = arguments.of(call, compiledState);
      Tensor[] wanted = body.run(plainArgs, plainState);
      List<Tensor> got = compiled.callAll(args);
      same(wanted, got.toArray(new Tensor[0]), name + "result ");
      same(plainArgs, args, name + "argument ");
      same(plainState, compiledState, name + "state ");
      // What is given back is the same memory as without compiling.
      for (int i = 0; i < wanted.length; i++) {
        wanted[i].detach().mul_(0.5);
        got.get(i).detach().mul_(0.5);
      }
      same(plainArgs, args, name + "argument, by a result, ");
      same(plainState, compiledState, name + "state, by a result, ");
    }
    assertEquals(compiles, compiled.kernelCount() > 0, compiled.explain());
  }

  private static void same(Tensor[] wanted, Tensor[] got, String what) {
    for (int i = 0; i < wanted.length; i++) {
      int index = i;
      Close.check(Lay.read(wanted[i]), got[i], Tolerance.FUNCTION, 16, () -> what + index);
    }
  }

  private Tensor matrix(long seed) {
    return random(seed, ROWS, COLUMNS);
  }

  private Tensor row(int call) {
    return random(100 + call, COLUMNS);
  }

  private Tensor[] rows(int call, Tensor[] state) {
    return new Tensor[] {row(call)};
  }

  // ---- two tensors outside ----

  /// Reads and writes through both tensors, in some order, with kernels that share and kernels that do not.
  private static Tensor[] turns(Tensor a, Tensor b, Tensor x) {
    Tensor before = b.mul(2);
    a.add_(x.mean());
    Tensor between = b.sum();
    b.mul_(0.5);
    Tensor after = a.mul(3);
    return new Tensor[] {before, between, after, a.sum().add(b.mean())};
  }

  private static Tensor[] pair(Tensor whole, Tensor a, Tensor b) {
    return new Tensor[] {a, b, whole};
  }

  /// Ways in which two tensors share memory; the third is all of it, which the function does not know.
  ///
  /// @return the tests
  @TestFactory
  Stream<DynamicTest> twoTensorsOutside() {
    List<DynamicTest> tests = new ArrayList<>();
    shared("a row", tests, w -> pair(w, w, w.select(0, 1)));
    shared("the transposed", tests, w -> pair(w, w, w.t()));
    shared("the transposed first", tests, w -> pair(w, w.t(), w));
    shared("the same place", tests, w -> pair(w, w, w.detach()));
    shared("columns of it", tests, w -> pair(w, w, w.slice(1, 1, COLUMNS, 1)));
    shared("part of the same shape", tests, w -> pair(w, w, w.view(COLUMNS, ROWS).t()));
    shared("overlapping rows", tests, w -> pair(w, w.narrow(0, 0, 2), w.narrow(0, 1, 2)));
    shared("overlapping columns", tests, w -> pair(w, w.narrow(1, 0, 3), w.narrow(1, 1, 3)));
    shared("columns in turn", tests, w -> pair(w, w.select(1, 0), w.select(1, 2)));
    shared("rows apart", tests, w -> pair(w, w.select(0, 0), w.select(0, 2)));
    shared("columns alone", tests, w -> pair(w, w.narrow(1, 1, 2), w.narrow(1, 1, 2)));
    shared("a part and its part", tests, w -> pair(w, w.narrow(1, 1, 3), w.narrow(1, 2, 1)));
    return tests.stream();
  }

  private void shared(
      String name, List<DynamicTest> tests, java.util.function.Function<Tensor, Tensor[]> views) {
    State state = () -> views.apply(matrix(1));
    tests.add(
        DynamicTest.dynamicTest(
            name,
            () -> {
              compare(state, this::rows, (in, s) -> turns(s[0], s[1], in[0]), true);
              compare(state, this::rows, (in, s) -> turns(s[1], s[0], in[0]), true);
            }));
    tests.add(
        DynamicTest.dynamicTest(
            name + ", as arguments",
            () ->
                compare(
                    state,
                    (call, s) -> new Tensor[] {s[0], s[1], row(call)},
                    (in, s) -> turns(in[0], in[1], in[2]),
                    true)));
    tests.add(
        DynamicTest.dynamicTest(
            name + ", as argument and captured",
            () -> {
              Arguments second = (call, s) -> new Tensor[] {s[1], row(call)};
              compare(state, second, (in, s) -> turns(s[0], in[0], in[1]), true);
              compare(state, second, (in, s) -> turns(in[0], s[0], in[1]), true);
            }));
  }

  @Test
  void allIsReadBeforeItIsWritten() {
    compare(
        () -> {
          Tensor w = matrix(1);
          return new Tensor[] {w, w.narrow(0, 1, 1).expand(ROWS, COLUMNS), w.t()};
        },
        this::rows,
        (in, s) -> {
          s[0].copy_(s[0].mul(0.5).add(s[1]).add(s[2].t().mul(in[0])));
          return new Tensor[] {s[2].sum()};
        },
        true);
  }

  @Test
  void aProductReadsWhatAnotherTensorWrote() {
    compare(
        () -> {
          Tensor w = random(1, 4, 4);
          return new Tensor[] {w, w.t(), w.narrow(0, 0, 2)};
        },
        this::rows,
        (in, s) -> {
          Tensor before = s[1].matmul(s[0]);
          s[2].mul_(0.5).add_(in[0]);
          Tensor after = s[1].matmul(s[0]);
          s[0].mul_(0.9);
          return new Tensor[] {before, after, s[1].matmul(s[2].t())};
        },
        true);
  }

  @Test
  void aParameterIsUpdatedThatIsAlsoKnownByAView() {
    for (boolean momentum : new boolean[] {false, true}) {
      List<Optimizer> optimizers = new ArrayList<>();
      compare(
          () -> {
            Tensor w = matrix(1).requiresGrad_(true);
            SGD.Options options = SGD.Options.of(0.1);
            optimizers.add(new SGD(List.of(w), momentum ? options.withMomentum(0.9) : options));
            return new Tensor[] {w, w.detach().select(0, 1), w.detach().t()};
          },
          this::rows,
          (in, s) -> {
            // The optimisers of the plain and of the compiled tensors, in the order they were made.
            Optimizer optimizer =
                optimizers.stream()
                    .filter(o -> o.groups().getFirst().parameters().getFirst() == s[0])
                    .findFirst()
                    .orElseThrow();
            optimizer.zeroGrad();
            Tensor loss = s[0].mul(in[0]).square().sum().add(s[1].sum());
            loss.backward();
            Tensor before = s[2].mul(2);
            optimizer.step();
            return new Tensor[] {loss.detach(), before, s[1].mul(in[0]), s[2].sum()};
          },
          true);
    }
  }

  // ---- what aliases in one call and not in the next ----

  private Tensor[] base() {
    return new Tensor[] {random(1, 2 * ROWS * COLUMNS)};
  }

  private static Tensor part(Tensor base, int offset) {
    return base.narrow(0, offset, ROWS * COLUMNS).view(ROWS, COLUMNS);
  }

  @Test
  void argumentsMayMeet() {
    int[][] offsets = {{0, 12}, {0, 12}, {0, 12}, {0, 3}, {0, 3}, {0, 3}, {0, 0}, {0, 0}, {0, 0}};
    List<Body> bodies =
        List.of(
            (in, s) -> new Tensor[] {in[0].sub(in[1])},
            (in, s) -> {
              in[0].mul_(0.5);
              return new Tensor[] {in[1].add(in[0])};
            },
            (in, s) -> turns(in[0], in[1], in[0].sum()));
    for (Body body : bodies) {
      for (int shift = 0; shift < offsets.length; shift++) {
        int first = shift;
        compareAll(
            (call, s) -> {
              int[] at = offsets[(first + call) % offsets.length];
              return new Tensor[] {part(s[0], at[0]), part(s[0], at[1])};
            },
            body,
            2 * offsets.length);
      }
    }
  }

  /// As [#compare], over more calls.
  private void compareAll(Arguments arguments, Body body, int calls) {
    Tensor[] plainState = base();
    Tensor[] state = base();
    Compiled compiled = Javelin.compileAll(args -> body.run(args, state));
    for (int call = 0; call < calls; call++) {
      String name = "call " + call + " ";
      Tensor[] wanted = body.run(arguments.of(call, plainState), plainState);
      List<Tensor> got = compiled.callAll(arguments.of(call, state));
      same(wanted, got.toArray(new Tensor[0]), name + "result ");
      same(plainState, state, name + "state ");
    }
  }

  @Test
  void anArgumentMayBeWhatIsCaptured() {
    // In these calls the argument is the captured tensor, overlaps it, or is another one.
    String[] patterns = {"sssooo", "ooosss", "sosoos", "vvvooo", "ooovvvsss", "svosvo"};
    List<Body> bodies =
        List.of(
            (in, s) -> new Tensor[] {in[0].mul(s[1]).add(1)},
            (in, s) -> {
              s[1].mul_(0.5);
              return new Tensor[] {in[0].add(1)};
            },
            (in, s) -> {
              in[0].mul_(0.5);
              return new Tensor[] {s[1].add(1), in[0].t().mul(2)};
            });
    for (String pattern : patterns) {
      for (Body body : bodies) {
        Tensor[][] states = new Tensor[2][];
        for (int i = 0; i < 2; i++) {
          Tensor base = base()[0];
          states[i] = new Tensor[] {base, part(base, 4)};
        }
        Compiled compiled = Javelin.compileAll(args -> body.run(args, states[1]));
        for (int call = 0; call < 2 * pattern.length(); call++) {
          char kind = pattern.charAt(call % pattern.length());
          Tensor[] plainArgs = {argument(kind, call, states[0])};
          Tensor[] args = {argument(kind, call, states[1])};
          Tensor[] wanted = body.run(plainArgs, states[0]);
          List<Tensor> got = compiled.callAll(args);
          String name = pattern + " call " + call + " ";
          same(wanted, got.toArray(new Tensor[0]), name + "result ");
          same(plainArgs, args, name + "argument ");
          same(states[0], states[1], name + "state ");
        }
      }
    }
  }

  private Tensor argument(char kind, int call, Tensor[] state) {
    return switch (kind) {
      case 's' -> state[1];
      case 'v' -> part(state[0], 7);
      default -> matrix(50 + call);
    };
  }

  @Test
  void theOldGradientMayBeAnArgument() {
    Tensor[] leaves = {matrix(1).requiresGrad_(true), matrix(1).requiresGrad_(true)};
    Body body =
        (in, s) -> {
          in[0].mul_(0.5);
          s[0].square().sum().backward();
          return new Tensor[] {in[0].mul(2)};
        };
    Compiled compiled = Javelin.compileAll(args -> body.run(args, new Tensor[] {leaves[1]}));
    leaves[0].setGrad(matrix(2));
    leaves[1].setGrad(matrix(2));
    for (int call = 0; call < 8; call++) {
      boolean own = call == 3 || call > 5;
      Tensor[] wanted =
          body.run(new Tensor[] {own ? leaves[0].grad() : matrix(3)}, new Tensor[] {leaves[0]});
      List<Tensor> got = compiled.callAll(own ? leaves[1].grad() : matrix(3));
      same(wanted, got.toArray(new Tensor[0]), "call " + call + " result ");
      same(
          new Tensor[] {leaves[0].grad()},
          new Tensor[] {leaves[1].grad()},
          "call " + call + " gradient ");
    }
  }

  // ---- what stays as it is ----

  @Test
  void otherValuesOfADetachedTensorAreSeen() {
    Tensor w = floats(1, 2);
    Compiled compiled = Javelin.compile(x -> x.add(w.detach()));
    for (int i = 0; i < 3; i++) {
      Close.exactly(compiled.call(floats(1, 1)), 2, 3);
    }
    w.setData(floats(5, 6));
    for (int i = 0; i < 3; i++) {
      Close.exactly(compiled.call(floats(1, 1)), 6, 7);
    }
  }

  @Test
  void oneOfTwoTensorsMayBeGivenOtherValues() {
    Tensor a = floats(1, 2);
    Tensor b = a.detach();
    Compiled compiled = Javelin.compile(x -> x.add(a).sub(b.mul(2)));
    for (int i = 0; i < 3; i++) {
      Close.exactly(compiled.call(floats(0, 0)), -1, -2);
    }
    b.setData(floats(0, 1));
    for (int i = 0; i < 3; i++) {
      Close.exactly(compiled.call(floats(0, 0)), 1, 0);
    }
  }

  @Test
  void whatTheHostGivesIsNewInEachCall() {
    Compiled compiled =
        Javelin.compile(
            x -> {
              Tensor t = floats(1, 2);
              t.add_(x);
              return t;
            });
    for (int i = 0; i < CALLS; i++) {
      Tensor got = compiled.call(floats(1, 1));
      Close.exactly(got, 2, 3);
      got.zero_();
    }
    Compiled given = Javelin.compileAll(in -> new Tensor[] {floats(1, 2), in[0].mul(2)});
    for (int i = 0; i < CALLS; i++) {
      Tensor got = given.callAll(floats(1, 1)).getFirst();
      Close.exactly(got, 1, 2);
      got.zero_();
    }
  }

  @Test
  void theBodyRunsTwiceOnly() {
    Tensor w = matrix(1);
    Tensor v = w.select(0, 1);
    int[] runs = {0};
    Compiled compiled =
        Javelin.compile(
            (x, y) -> {
              runs[0]++;
              Tensor loss = w.mul(x.detach()).add(v.t()).add(y).sum();
              w.mul_(0.5);
              y.add_(1);
              return loss.add(v.sum());
            });
    for (int i = 0; i < CALLS; i++) {
      try (Scope _ = Scope.open()) {
        compiled.call(row(i), matrix(i));
      }
    }
    assertEquals(2, runs[0]);
    assertTrue(compiled.kernelCount() > 0);
  }

  @Test
  void gradientsFlowThroughTheTensorTheyBelongTo() {
    Tensor w = matrix(1).requiresGrad_(true);
    Tensor same = w.detach();
    Compiled compiled = Javelin.compile((a, b) -> a.mul(b).mul(a));
    for (int i = 0; i < CALLS; i++) {
      w.setGrad(null);
      compiled.call(same, w).sum().backward();
      Close.check(Lay.read(same.square()), w.grad(), Tolerance.FUNCTION, 16, () -> "of the second");
    }
  }
}
