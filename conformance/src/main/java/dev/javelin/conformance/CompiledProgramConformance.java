package dev.javelin.conformance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.javelin.Compiled;
import dev.javelin.Device;
import dev.javelin.Devices;
import dev.javelin.Javelin;
import dev.javelin.Scope;
import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// Random programs, compiled, give the results of the plain ones, and these what the interpreter gives. `-Djavelin.programs=N` sets how
/// many are tried.
public abstract class CompiledProgramConformance extends Conformance {
  private static final int CALLS = 4;

  /// How much more a device may differ from the interpreter than its own kernels among each other: by another tanh, say, in every call.
  private static final int LIBRARIES = 64;

  /// For subclasses.
  protected CompiledProgramConformance() {}

  /// Random programs of ops and views, with their gradients.
  ///
  /// @return the tests
  @TestFactory
  Stream<DynamicTest> programs() {
    int count = isLong() ? Integer.getInteger("javelin.programs", 150) : oneIn() == 1 ? 20 : 4;
    return IntStream.range(0, count)
        .mapToObj(seed -> DynamicTest.dynamicTest("seed " + seed, () -> checkProgram(seed)));
  }

  private void checkProgram(long seed) {
    RandomProgram program = new RandomProgram(seed, 16);
    Function<Tensor[], Tensor[]> body =
        in -> {
          Tensor result = program.run(in);
          List<Tensor> results = new ArrayList<>(List.of(result.detach()));
          result.sum().gradOf(Arrays.asList(in), false).stream()
              .filter(gradient -> gradient != null)
              .forEach(results::add);
          return results.toArray(new Tensor[0]);
        };
    Compiled compiled = Javelin.compileAll(body);
    for (int call = 0; call < CALLS - 1; call++) {
      SplittableRandom random = new SplittableRandom(seed + call);
      Nd[] values =
          RandomProgram.inputs().stream()
              .map(shape -> new Nd(Domain.between(-1, 1).draw(random, Nd.count(shape)), shape))
              .toArray(Nd[]::new);
      try (Scope _ = Scope.open()) {
        Tensor[] wanted = body.apply(leaves(values, device()));
        near(wanted, compiled.callAll(leaves(values, device())), program + " compiled");
        Tensor[] reference = body.apply(leaves(values, reference()));
        near(reference, List.of(wanted), program + " op by op");
      }
    }
  }

  private static Device reference() {
    return Devices.get("reference:1");
  }

  private static void near(Tensor[] wanted, List<Tensor> got, String what) {
    assertEquals(wanted.length, got.size(), what);
    for (int i = 0; i < wanted.length; i++) {
      // A float32 in the middle is rounded where it is stored, which a fused kernel and the
      // interpreter need not do.
      assertArrayEquals(
          Lay.read(wanted[i]).data(), Lay.read(got.get(i)).data(), 1e-5, what + ": " + i);
    }
  }

  private static Tensor[] leaves(Nd[] values, Device device) {
    return Arrays.stream(values)
        .map(nd -> Lay.contiguous(nd, DType.FLOAT64, device).requiresGrad_(true))
        .toArray(Tensor[]::new);
  }

  /// Random programs of updates in place, of whole tensors and of views, of arguments and of tensors from outside.
  ///
  /// @return the tests
  @TestFactory
  Stream<DynamicTest> updates() {
    return updates(false);
  }

  /// The same where arguments and tensors from outside share memory, in different ways from call to call.
  ///
  /// @return the tests
  @TestFactory
  Stream<DynamicTest> updatesOfSharedMemory() {
    return updates(true);
  }

  private Stream<DynamicTest> updates(boolean shares) {
    int count = isLong() ? Integer.getInteger("javelin.programs", 150) : oneIn() == 1 ? 20 : 4;
    return IntStream.range(0, count)
        .mapToObj(
            seed -> DynamicTest.dynamicTest("seed " + seed, () -> checkUpdates(seed, shares)));
  }

  private void checkUpdates(long seed, boolean shares) {
    RandomUpdates program = new RandomUpdates(seed, shares);
    try (Scope _ = Scope.open()) {
      Tensor[] referenceState = program.state(reference());
      Tensor[] plainState = program.state(device());
      Tensor[] state = program.state(device());
      Compiled compiled = Javelin.compileAll(args -> program.run(args, state));
      int calls = shares ? 2 * CALLS : CALLS;
      // Each call computes on with the rounding of those before it.
      double size = 4 * calls;
      for (int call = 0; call < calls; call++) {
        String name = program + " call " + call;
        Tensor[] referenceArgs = program.arguments(call, reference(), referenceState);
        Tensor[] reference = program.run(referenceArgs, referenceState);
        Tensor[] plainArgs = program.arguments(call, device(), plainState);
        Tensor[] args = program.arguments(call, device(), state);
        Tensor[] wanted = program.run(plainArgs, plainState);
        List<Tensor> got = compiled.callAll(args);
        same(List.of(reference), List.of(wanted), LIBRARIES * size, name + " result op by op");
        same(
            List.of(referenceArgs),
            List.of(plainArgs),
            LIBRARIES * size,
            name + " argument op by op");
        same(
            List.of(referenceState),
            List.of(plainState),
            LIBRARIES * size,
            name + " state op by op");
        same(List.of(wanted), got, size, name + " result");
        same(List.of(plainArgs), List.of(args), size, name + " argument");
        same(List.of(plainState), List.of(state), size, name + " state");
      }
    }
  }

  private static void same(List<Tensor> wanted, List<Tensor> got, double size, String what) {
    for (int i = 0; i < wanted.size(); i++) {
      int index = i;
      Close.check(
          Lay.read(wanted.get(i)), got.get(i), Tolerance.FUNCTION, size, () -> what + " " + index);
    }
  }
}
