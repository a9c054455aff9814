package dev.javelin.conformance;

import dev.javelin.Scope;
import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// Every op, on every dtype it takes and on tensors that lie in every way, against its reference.
public abstract class OpConformance extends Conformance {
  private static final long SEED = 20240601;
  private static final int SMALL = 40;

  /// For subclasses.
  protected OpConformance() {}

  /// One test for each row and dtype.
  ///
  /// @return the tests
  @TestFactory
  Stream<DynamicContainer> forward() {
    return OpSamples.all().stream()
        .map(
            sample ->
                DynamicContainer.dynamicContainer(
                    sample.name(),
                    sample.dtypes().stream()
                        .map(
                            dtype ->
                                DynamicTest.dynamicTest(
                                    dtype.toString(), () -> check(sample, dtype)))));
  }

  private void check(OpSample sample, DType dtype) {
    List<String> failures = new ArrayList<>();
    for (List<Input> inputs : sample.cases()) {
      if (!isThorough() && size(inputs) > SMALL) {
        continue;
      }
      SplittableRandom random = new SplittableRandom(SEED);
      Nd[] values = inputs.stream().map(input -> input.draw(random, dtype)).toArray(Nd[]::new);
      Nd wanted = sample.reference().apply(values);
      for (Lay lay : Lay.values()) {
        boolean first = inputs == sample.cases().getFirst() && lay == Lay.CONTIGUOUS;
        if (!first && !chosen(sample.name(), dtype, inputs, lay)) {
          continue;
        }
        try (Scope _ = Scope.open()) {
          check(sample, dtype, inputs, values, wanted, lay);
        } catch (AssertionError | RuntimeException e) {
          String kind = e instanceof RuntimeException ? e.getClass().getSimpleName() + " " : "";
          failures.add(kind + sample.name() + inputs + " " + lay + ": " + e.getMessage());
          if (failures.size() == 1 && e instanceof RuntimeException) {
            failures.add(Arrays.toString(Arrays.copyOf(e.getStackTrace(), 6)));
          }
        }
      }
    }
    if (!failures.isEmpty()) {
      Assertions.fail(
          failures.size()
              + " failures with seed "
              + SEED
              + ":\n"
              + String.join("\n", failures.subList(0, Math.min(6, failures.size()))));
    }
  }

  private static int size(List<Input> inputs) {
    return inputs.stream().mapToInt(input -> Nd.count(input.shape())).max().orElse(0);
  }

  private void check(
      OpSample sample, DType dtype, List<Input> inputs, Nd[] values, Nd wanted, Lay lay) {
    Tensor[] tensors = new Tensor[values.length];
    for (int i = 0; i < tensors.length; i++) {
      tensors[i] = lay.tensor(values[i], inputs.get(i).dtype(dtype), device());
    }
    Tensor result = sample.call().apply(tensors);
    Assertions.assertEquals(sample.result().apply(dtype), result.dtype(), "dtype of the result");
    Close.check(wanted, result, sample.tolerance(), "result");
    for (int i = 0; i < tensors.length; i++) {
      int argument = i;
      Close.check(
          values[i], tensors[i], Tolerance.EXACT, () -> "argument " + argument + " afterwards");
    }
  }

  /// Tensors repeated by `expand`, whose elements share memory.
  ///
  /// @return the tests
  @TestFactory
  Stream<DynamicTest> expanded() {
    return OpSamples.all().stream()
        .filter(sample -> sample.dtypes().contains(DType.FLOAT32) && !sample.cases().isEmpty())
        .map(sample -> DynamicTest.dynamicTest(sample.name(), () -> checkExpanded(sample)));
  }

  private void checkExpanded(OpSample sample) {
    for (List<Input> inputs : sample.cases()) {
      if (size(inputs) > (isThorough() ? 2000 : SMALL) || !chosen(sample.name(), inputs)) {
        continue;
      }
      SplittableRandom random = new SplittableRandom(SEED);
      Nd[] values = new Nd[inputs.size()];
      Tensor[] tensors = new Tensor[values.length];
      try (Scope _ = Scope.open()) {
        for (int i = 0; i < values.length; i++) {
          Nd all = inputs.get(i).draw(random, DType.FLOAT32);
          Nd part = all.rank() == 0 || all.numel() == 0 ? all : all.slice(0, 0, 1, 1);
          values[i] = part.expand(all.shape());
          Tensor small = Lay.contiguous(part, inputs.get(i).dtype(DType.FLOAT32), device());
          tensors[i] = small.expand(Lay.shape(all.shape()));
        }
        Tensor result = sample.call().apply(tensors);
        Close.check(
            sample.reference().apply(values),
            result,
            sample.tolerance(),
            1,
            () -> sample.name() + inputs + " expanded");
      }
    }
  }
}
