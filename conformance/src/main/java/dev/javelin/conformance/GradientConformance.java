package dev.javelin.conformance;

import dev.javelin.Javelin;
import dev.javelin.Scope;
import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// The gradients of every differentiable row of the table against differences, in float64 on the device; and the gradients of those
/// gradients.
public abstract class GradientConformance extends Conformance {
  private static final long SEED = 7;
  private static final double STEP = 1e-5;
  private static final double RELATIVE = 1e-5;
  private static final double ABSOLUTE = 1e-6;
  private static final Tolerance SINGLE = new Tolerance(64, 32);

  /// For subclasses.
  protected GradientConformance() {}

  private static Stream<OpSample> rows() {
    return OpSamples.all().stream().filter(sample -> !sample.gradientCases().isEmpty());
  }

  /// First derivatives.
  ///
  /// @return the tests
  @TestFactory
  Stream<DynamicTest> first() {
    return rows()
        .map(
            sample ->
                DynamicTest.dynamicTest(
                    sample.name(),
                    () -> {
                      for (List<Input> inputs : sample.gradientCases()) {
                        if (isFirst(sample, inputs) || chosen(sample.name(), inputs)) {
                          checkFirst(sample, inputs);
                        }
                      }
                    }));
  }

  /// Second derivatives.
  ///
  /// @return the tests
  @TestFactory
  Stream<DynamicTest> second() {
    return rows()
        .filter(sample -> sample.twice() && chosen("second", sample.name()))
        .map(
            sample ->
                DynamicTest.dynamicTest(
                    sample.name(), () -> checkSecond(sample, sample.gradientCases().getFirst())));
  }

  /// First derivatives in float32, on tensors that lie in every way, against those in float64.
  ///
  /// @return the tests
  @TestFactory
  Stream<DynamicTest> single() {
    return rows()
        .map(
            sample ->
                DynamicTest.dynamicTest(
                    sample.name(),
                    () -> {
                      for (List<Input> inputs : sample.gradientCases()) {
                        checkSingle(sample, inputs);
                      }
                    }));
  }

  private static boolean isFirst(OpSample sample, List<Input> inputs) {
    return inputs == sample.gradientCases().getFirst();
  }

  // ---- checks ----

  private void checkFirst(OpSample sample, List<Input> inputs) {
    SplittableRandom random = new SplittableRandom(SEED);
    Nd[] values = draw(inputs, random, DType.FLOAT64);
    try (Scope _ = Scope.open()) {
      Tensor[] tensors = leaves(inputs, values, DType.FLOAT64, Lay.CONTIGUOUS);
      Tensor result = sample.call().apply(tensors);
      Nd weights = weights(result, random);
      List<Nd> gradients = gradients(result, weights, inputs, tensors, false);
      compare(
          sample.name() + inputs,
          inputs,
          values,
          gradients,
          moved -> dot(forward(sample, inputs, moved), weights));
    }
  }

  private void checkSecond(OpSample sample, List<Input> inputs) {
    SplittableRandom random = new SplittableRandom(SEED);
    Nd[] values = draw(inputs, random, DType.FLOAT64);
    try (Scope _ = Scope.open()) {
      Tensor[] tensors = leaves(inputs, values, DType.FLOAT64, Lay.CONTIGUOUS);
      Tensor result = sample.call().apply(tensors);
      Nd weights = weights(result, random);
      List<Nd> directions = new ArrayList<>();
      for (Nd value : values) {
        directions.add(like(value, random));
      }
      Tensor slope = slope(result, weights, inputs, tensors, directions);
      List<Nd> seconds =
          slope.requiresGrad()
              ? gradients(slope, Nd.scalar(1), inputs, tensors, false)
              : zeros(values);
      compare(
          "second derivative of " + sample.name() + inputs,
          inputs,
          values,
          seconds,
          moved -> {
            try (Scope _ = Scope.open()) {
              Tensor[] there = leaves(inputs, moved, DType.FLOAT64, Lay.CONTIGUOUS);
              Tensor y = sample.call().apply(there);
              List<Nd> firsts = gradients(y, weights, inputs, there, false);
              double sum = 0;
              for (int i = 0; i < moved.length; i++) {
                sum += dot(firsts.get(i), directions.get(i));
              }
              return sum;
            }
          });
    }
  }

  /// The sum of the gradients, each times a direction, as a tensor that can be differentiated again.
  private Tensor slope(
      Tensor result, Nd weights, List<Input> inputs, Tensor[] tensors, List<Nd> directions) {
    List<Tensor> real = real(inputs, tensors);
    List<Tensor> firsts = loss(result, weights).gradOf(real, true);
    Tensor sum = Lay.contiguous(Nd.scalar(0), DType.FLOAT64, device());
    int at = 0;
    for (int i = 0; i < tensors.length; i++) {
      if (inputs.get(i).isReal()) {
        Tensor first = firsts.get(at++);
        if (first != null) {
          Tensor direction = Lay.contiguous(directions.get(i), DType.FLOAT64, device());
          sum = sum.add(first.mul(direction).sum());
        }
      }
    }
    return sum;
  }

  private void checkSingle(OpSample sample, List<Input> inputs) {
    List<Lay> lays =
        Stream.of(Lay.values()).filter(lay -> chosen(sample.name(), inputs, lay)).toList();
    if (lays.isEmpty()) {
      return;
    }
    SplittableRandom random = new SplittableRandom(SEED);
    Nd[] values = draw(inputs, random, DType.FLOAT32);
    try (Scope _ = Scope.open()) {
      Tensor[] doubles = leaves(inputs, values, DType.FLOAT64, Lay.CONTIGUOUS);
      Tensor result = sample.call().apply(doubles);
      Nd weights = weights(result, random).as(DType.FLOAT32);
      List<Nd> wanted = gradients(result, weights, inputs, doubles, false);
      for (Lay lay : lays) {
        Tensor[] floats = leaves(inputs, values, DType.FLOAT32, lay);
        Tensor single = sample.call().apply(floats);
        List<Tensor> got = loss(single, weights).gradOf(real(inputs, floats), false);
        int at = 0;
        for (int i = 0; i < floats.length; i++) {
          if (inputs.get(i).isReal()) {
            int argument = i;
            Tensor gradient = got.get(at++);
            if (gradient != null) {
              Close.check(
                  wanted.get(i),
                  gradient,
                  SINGLE,
                  1,
                  () ->
                      "float32 gradient of "
                          + sample.name()
                          + inputs
                          + " "
                          + lay
                          + ", argument "
                          + argument);
            }
          }
        }
      }
    }
  }

  // ---- parts ----

  private static Nd[] draw(List<Input> inputs, SplittableRandom random, DType dtype) {
    return inputs.stream().map(input -> input.draw(random, dtype)).toArray(Nd[]::new);
  }

  private Tensor[] leaves(List<Input> inputs, Nd[] values, DType dtype, Lay lay) {
    Tensor[] tensors = new Tensor[values.length];
    for (int i = 0; i < tensors.length; i++) {
      tensors[i] = lay.tensor(values[i], inputs.get(i).dtype(dtype), device());
      if (inputs.get(i).isReal()) {
        tensors[i].requiresGrad_(true);
      }
    }
    return tensors;
  }

  private static Nd like(Nd shape, SplittableRandom random) {
    return new Nd(Domain.NONZERO.draw(random, shape.numel()), shape.shape());
  }

  private static Nd weights(Tensor result, SplittableRandom random) {
    return like(Lay.read(result), random);
  }

  private Tensor loss(Tensor result, Nd weights) {
    return result.mul(Lay.contiguous(weights, result.dtype(), device())).sum();
  }

  private static List<Tensor> real(List<Input> inputs, Tensor[] tensors) {
    List<Tensor> real = new ArrayList<>();
    for (int i = 0; i < tensors.length; i++) {
      if (inputs.get(i).isReal()) {
        real.add(tensors[i]);
      }
    }
    return real;
  }

  /// The gradients of all inputs, zeros where there is none.
  private List<Nd> gradients(
      Tensor result, Nd weights, List<Input> inputs, Tensor[] tensors, boolean create) {
    List<Tensor> gradients = loss(result, weights).gradOf(real(inputs, tensors), create);
    List<Nd> all = new ArrayList<>();
    int at = 0;
    for (int i = 0; i < tensors.length; i++) {
      Tensor gradient = inputs.get(i).isReal() ? gradients.get(at++) : null;
      Nd value = gradient == null ? Lay.read(tensors[i]).map(x -> 0) : Lay.read(gradient);
      Assertions.assertArrayEquals(
          tensors[i].shape().toArray(),
          gradient == null ? tensors[i].shape().toArray() : gradient.shape().toArray(),
          "shape of a gradient");
      all.add(value);
    }
    return all;
  }

  private static List<Nd> zeros(Nd[] values) {
    return Stream.of(values).map(value -> value.map(x -> 0)).toList();
  }

  private Nd forward(OpSample sample, List<Input> inputs, Nd[] values) {
    return Javelin.noGrad(
        () -> {
          try (Scope _ = Scope.open()) {
            Tensor[] tensors = new Tensor[values.length];
            for (int i = 0; i < tensors.length; i++) {
              tensors[i] = Lay.contiguous(values[i], inputs.get(i).dtype(DType.FLOAT64), device());
            }
            return Lay.read(sample.call().apply(tensors));
          }
        });
  }

  private static double dot(Nd a, Nd b) {
    double sum = 0;
    for (int i = 0; i < a.numel(); i++) {
      sum += a.data()[i] * b.data()[i];
    }
    return sum;
  }

  private static void compare(
      String what,
      List<Input> inputs,
      Nd[] values,
      List<Nd> gradients,
      Function<Nd[], Double> function) {
    for (int i = 0; i < values.length; i++) {
      if (!inputs.get(i).isReal()) {
        continue;
      }
      for (int k = 0; k < values[i].numel(); k++) {
        double up = function.apply(moved(values, i, k, STEP));
        double down = function.apply(moved(values, i, k, -STEP));
        double wanted = (up - down) / (2 * STEP);
        double got = gradients.get(i).data()[k];
        if (!(Math.abs(got - wanted) <= ABSOLUTE + RELATIVE * Math.abs(wanted))) {
          Assertions.fail(
              "%s: the gradient of argument %s, element %s should be %s by differences, is %s (seed %s)"
                  .formatted(what, i, k, wanted, got, SEED));
        }
      }
    }
  }

  private static Nd[] moved(Nd[] values, int input, int element, double by) {
    Nd[] result = values.clone();
    double[] data = values[input].data().clone();
    data[element] += by;
    result[input] = new Nd(data, values[input].shape());
    return result;
  }
}
