package dev.javelin.conformance;

import dev.javelin.Device;
import dev.javelin.Devices;
import dev.javelin.Scope;
import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import dev.javelin.ops.Composite;
import dev.javelin.ops.Gradient;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// Made-up programs: run op by op, as one fused region, and on the reference device, they give the same; so do their gradients.
public abstract class ProgramConformance extends Conformance {
  private static final int STEPS = 16;

  /// For subclasses.
  protected ProgramConformance() {}

  /// One test for each seed.
  ///
  /// @return the tests
  @TestFactory
  Stream<DynamicTest> programs() {
    int count = isLong() ? 200 : oneIn() == 1 ? 40 : 8;
    return IntStream.range(0, count)
        .mapToObj(seed -> DynamicTest.dynamicTest("seed " + seed, () -> check(seed)));
  }

  private void check(long seed) {
    SplittableRandom random = new SplittableRandom(seed + 1000);
    List<Nd> inputs = new ArrayList<>();
    for (int[] shape : RandomProgram.inputs()) {
      inputs.add(
          new Nd(Domain.between(-1, 1).draw(random, Nd.count(shape)), shape).as(DType.FLOAT32));
    }
    RandomProgram program = new RandomProgram(seed, STEPS);
    try (Scope _ = Scope.open()) {
      DType dtype = DType.FLOAT64;
      Device reference = Devices.get("reference:1");
      Tensor[] there = leaves(inputs, dtype, reference);
      Tensor wanted = program.run(there);
      List<Nd> gradients = gradients(wanted, there);

      Tensor[] here = leaves(inputs, dtype, device());
      Tensor single = program.run(here);
      // A cast to float32 in the middle is the largest source of differences: 1e-7 each.
      compare(Lay.read(wanted), single, 1e-5, program + " op by op");
      List<Nd> singles = gradients(single, here);

      Tensor[] plain = tensors(inputs, dtype, device());
      Composite region = Composite.of("program", List.of(seed), program::run, Gradient.NONE);
      compare(Lay.read(wanted), Tensor.call(region, plain), 1e-5, program + " as one region");

      for (int i = 0; i < gradients.size(); i++) {
        compare(gradients.get(i), singles.get(i), 1e-4, program + " gradient of input " + i);
      }

      Tensor[] floats = tensors(inputs, DType.FLOAT32, device());
      compare(Lay.read(wanted), program.run(floats), 1e-3, program + " in float32");
      compare(
          Lay.read(wanted),
          Tensor.call(region, floats),
          1e-3,
          program + " in float32 as one region");
    }
  }

  private static Tensor[] tensors(List<Nd> inputs, DType dtype, Device device) {
    return inputs.stream().map(nd -> Lay.contiguous(nd, dtype, device)).toArray(Tensor[]::new);
  }

  private static Tensor[] leaves(List<Nd> inputs, DType dtype, Device device) {
    Tensor[] leaves = tensors(inputs, dtype, device);
    for (Tensor leaf : leaves) {
      leaf.requiresGrad_(true);
    }
    return leaves;
  }

  private static List<Nd> gradients(Tensor result, Tensor[] leaves) {
    List<Nd> all = new ArrayList<>();
    List<Tensor> gradients = result.sum().gradOf(List.of(leaves), false);
    for (int i = 0; i < leaves.length; i++) {
      Tensor gradient = gradients.get(i);
      all.add(gradient == null ? Lay.read(leaves[i]).map(x -> 0) : Lay.read(gradient));
    }
    return all;
  }

  private static void compare(Nd wanted, Tensor got, double tolerance, String what) {
    compare(wanted, Lay.read(got), tolerance, what);
  }

  private static void compare(Nd wanted, Nd got, double tolerance, String what) {
    org.junit.jupiter.api.Assertions.assertArrayEquals(wanted.shape(), got.shape(), what);
    for (int i = 0; i < wanted.numel(); i++) {
      double x = wanted.data()[i];
      double y = got.data()[i];
      if (!(Math.abs(x - y) <= tolerance * (1 + Math.abs(x))) && x != y) {
        org.junit.jupiter.api.Assertions.fail(
            what + ": element " + i + " should be " + x + ", is " + y);
      }
    }
  }
}
