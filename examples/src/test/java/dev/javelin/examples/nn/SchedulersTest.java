package dev.javelin.examples.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.javelin.Parameter;
import dev.javelin.Tensor;
import dev.javelin.optim.CosineAnnealingLR;
import dev.javelin.optim.ExponentialLR;
import dev.javelin.optim.LRScheduler;
import dev.javelin.optim.MultiStepLR;
import dev.javelin.optim.SGD;
import dev.javelin.optim.StepLR;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;

class SchedulersTest {
  private final SGD optimizer =
      new SGD(List.of(new Parameter(Tensor.zeros(1))), 0.5)
          .addParamGroup(List.of(new Parameter(Tensor.zeros(1))), SGD.Options.of(2));

  private void check(LRScheduler scheduler, IntToDoubleFunction factor) {
    for (int epoch = 0; epoch < 12; epoch++) {
      assertEquals(epoch, scheduler.lastEpoch());
      double expected = factor.applyAsDouble(epoch);
      assertEquals(0.5 * expected, optimizer.groups().get(0).learningRate(), 1e-15);
      assertEquals(2 * expected, scheduler.lastLearningRates().get(1), 1e-15);
      scheduler.step();
    }
    scheduler.setLastEpoch(2);
    assertEquals(0.5 * factor.applyAsDouble(2), scheduler.lastLearningRates().get(0), 1e-15);
  }

  @Test
  void step() {
    double[] powers = {1, 0.1, 0.01, 0.001};
    check(new StepLR(optimizer, 3, 0.1), epoch -> powers[Math.floorDiv(epoch, 3)]);
  }

  @Test
  void multiStep() {
    check(
        new MultiStepLR(optimizer, new int[] {2, 7}, 0.5),
        epoch -> epoch < 2 ? 1 : epoch < 7 ? 0.5 : 0.25);
  }

  @Test
  void exponential() {
    check(new ExponentialLR(optimizer, 0.9), epoch -> Math.pow(0.9, epoch));
  }

  @Test
  void cosine() {
    check(
        new CosineAnnealingLR(optimizer, 4, 0), epoch -> (1 + Math.cos(Math.PI * epoch / 4.0)) / 2);
    CosineAnnealingLR least = new CosineAnnealingLR(optimizer, 4, 0.1);
    least.setLastEpoch(4);
    assertEquals(0.1, least.lastLearningRates().getFirst(), 1e-15);
  }

  @Test
  void refusals() {
    assertThrows(IllegalArgumentException.class, () -> new StepLR(optimizer, 0, 0.1));
    assertThrows(IllegalArgumentException.class, () -> new CosineAnnealingLR(optimizer, 0, 0.1));
  }
}
