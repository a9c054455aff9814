package dev.javelin.examples.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.javelin.Parameter;
import dev.javelin.Tensor;
import dev.javelin.optim.Adagrad;
import dev.javelin.optim.Adam;
import dev.javelin.optim.ChainedScheduler;
import dev.javelin.optim.ConstantLR;
import dev.javelin.optim.CosineAnnealingLR;
import dev.javelin.optim.CosineAnnealingWarmRestarts;
import dev.javelin.optim.CyclicLR;
import dev.javelin.optim.ExponentialLR;
import dev.javelin.optim.LRScheduler;
import dev.javelin.optim.LambdaLR;
import dev.javelin.optim.LinearLR;
import dev.javelin.optim.MultiStepLR;
import dev.javelin.optim.MultiplicativeLR;
import dev.javelin.optim.OneCycleLR;
import dev.javelin.optim.ParamGroup;
import dev.javelin.optim.PolynomialLR;
import dev.javelin.optim.ReduceLROnPlateau;
import dev.javelin.optim.SGD;
import dev.javelin.optim.SequentialLR;
import dev.javelin.optim.StepLR;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
    Map<String, Object> state = scheduler.stateDict();
    assertEquals(List.of("last_epoch", "base_lrs", "_last_lr"), List.copyOf(state.keySet()));
    scheduler.step();
    scheduler.loadStateDict(state);
    assertEquals(2, scheduler.lastEpoch());
    assertEquals(2 * factor.applyAsDouble(2), optimizer.groups().get(1).learningRate(), 1e-15);
    assertThrows(IllegalArgumentException.class, () -> scheduler.loadStateDict(Map.of()));
  }

  @Test
  void step() {
    double[] powers = {1, 0.1, 0.01, 0.001};
    check(new StepLR(optimizer, 3), epoch -> powers[Math.floorDiv(epoch, 3)]);
  }

  @Test
  void multiStep() {
    check(
        new MultiStepLR(optimizer, new int[] {2, 7}, 0.5),
        epoch -> epoch < 2 ? 1 : epoch < 7 ? 0.5 : 0.25);
    check(new MultiStepLR(optimizer, 2, 7), epoch -> epoch < 2 ? 1 : epoch < 7 ? 0.1 : 0.1 * 0.1);
  }

  @Test
  void exponential() {
    check(new ExponentialLR(optimizer, 0.9), epoch -> Math.pow(0.9, epoch));
  }

  @Test
  void cosine() {
    check(new CosineAnnealingLR(optimizer, 4), epoch -> (1 + Math.cos(Math.PI * epoch / 4.0)) / 2);
    CosineAnnealingLR least = new CosineAnnealingLR(optimizer, 4, 0.1);
    least.setLastEpoch(4);
    assertEquals(0.1, least.lastLearningRates().getFirst(), 1e-15);
  }

  @Test
  void warmUp() {
    check(new LinearLR(optimizer), epoch -> 1 / 3.0 + 2 / 3.0 * Math.min(epoch, 5) / 5);
  }

  @Test
  void lambda() {
    check(new LambdaLR(optimizer, epoch -> 1.0 / (1 + epoch)), epoch -> 1.0 / (1 + epoch));
  }

  /// Up to the peak after 0.3 of 20 steps, down to the end; both by hand at the turns and half way.
  @Test
  void oneCycle() {
    OneCycleLR scheduler = new OneCycleLR(optimizer, 1, 20);
    double[] rates = new double[20];
    for (int step = 0; step < 20; step++) {
      rates[step] = scheduler.lastLearningRates().getFirst();
      assertEquals(rates[step], scheduler.lastLearningRates().get(1));
      scheduler.step();
    }
    assertEquals(0.04, rates[0], 1e-15);
    assertEquals(1, rates[5], 1e-15);
    assertEquals(4e-6, rates[19], 1e-15);
    assertEquals((1 + 4e-6) / 2, rates[12], 1e-15);
    assertThrows(IllegalStateException.class, scheduler::step);
    OneCycleLR.Options three =
        OneCycleLR.Options.DEFAULT
            .withPhases(0.3, OneCycleLR.Anneal.LINEAR, true)
            .withDivFactors(25, 100);
    OneCycleLR slow = new OneCycleLR(optimizer, 1, 20, three);
    slow.setLastEpoch(10);
    assertEquals(0.04, slow.lastLearningRates().getFirst(), 1e-15);
    slow.setLastEpoch(1);
    assertEquals(0.04 + 0.96 / 5, slow.lastLearningRates().getFirst(), 1e-15);
    slow.setLastEpoch(19);
    assertEquals(4e-4, slow.lastLearningRates().getFirst(), 1e-15);
  }

  private static List<Double> momenta(ParamGroup group, LRScheduler scheduler, int... steps) {
    List<Double> result = new ArrayList<>();
    for (int step : steps) {
      scheduler.setLastEpoch(step);
      result.add(Math.round(group.momentum().orElseThrow() * 1e9) / 1e9);
    }
    return result;
  }

  /// What PyTorch 1.13 gives: 0.95 down to 0.85 at the peak, and up again.
  @Test
  void oneCycleOfTheMomentum() {
    ParamGroup group = optimizer.groups().getFirst();
    OneCycleLR scheduler = new OneCycleLR(optimizer, 1, 20);
    assertEquals(List.of(0.95, 0.85, 0.9, 0.95), momenta(group, scheduler, 0, 5, 12, 19));
    OneCycleLR three =
        new OneCycleLR(
            optimizer,
            1,
            20,
            OneCycleLR.Options.DEFAULT
                .withPhases(0.3, OneCycleLR.Anneal.LINEAR, true)
                .withMomentum(0.5, 0.75));
    assertEquals(List.of(0.75, 0.5, 0.75, 0.75), momenta(group, three, 0, 5, 10, 15));
    group.setMomentum(0.25);
    OneCycleLR without =
        new OneCycleLR(optimizer, 1, 20, OneCycleLR.Options.DEFAULT.withoutMomentum());
    assertEquals(List.of(0.25, 0.25), momenta(group, without, 0, 5));
    Parameter parameter = new Parameter(Tensor.zeros(1));
    Adam adam = new Adam(List.of(parameter));
    new OneCycleLR(adam, 1, 20);
    assertEquals(0.95, adam.groups().getFirst().momentum().orElseThrow());
    Adagrad none = new Adagrad(List.of(parameter), 0.1);
    assertEquals(
        "optimizer must support momentum or beta1 with `cycle_momentum` option enabled",
        assertThrows(IllegalArgumentException.class, () -> new OneCycleLR(none, 1, 20))
            .getMessage());
  }

  /// A step counts with the momentum of its time; the first one had none.
  @Test
  void momentumThatChanges() {
    Parameter parameter = new Parameter(Tensor.zeros(1));
    SGD sgd = new SGD(List.of(parameter), 1);
    double position = 0;
    double buffer = 0;
    for (double momentum : new double[] {0, 0.5, 0.25}) {
      sgd.groups().getFirst().setMomentum(momentum);
      parameter.setGrad(Tensor.ones(1));
      sgd.step();
      buffer = momentum == 0 ? 0 : momentum * buffer + 1;
      position -= momentum == 0 ? 1 : buffer;
      assertEquals(position, parameter.item(), 1e-6);
    }
  }

  @Test
  void plateau() {
    ReduceLROnPlateau.Options options =
        ReduceLROnPlateau.Options.DEFAULT.with(0.5, 1).withCooldown(1).withMinLr(0.2);
    ReduceLROnPlateau scheduler = new ReduceLROnPlateau(optimizer, options);
    // better, no better twice: halved; one that does not count; two more: the bound
    double[] losses = {3, 3, 3, 3, 2.9999, 3, 3};
    double[] expected = {0.5, 0.5, 0.25, 0.25, 0.25, 0.2, 0.2};
    for (int epoch = 0; epoch < losses.length; epoch++) {
      scheduler.step(losses[epoch]);
      assertEquals(expected[epoch], scheduler.lastLearningRates().getFirst(), 1e-15, "" + epoch);
    }
    ReduceLROnPlateau resumed = new ReduceLROnPlateau(optimizer, options);
    resumed.loadStateDict(scheduler.stateDict());
    assertEquals(scheduler.stateDict(), resumed.stateDict());
    assertEquals(7L, resumed.stateDict().get("last_epoch"));
    assertEquals(
        "loadStateDict: expected best, num_bad_epochs, cooldown_counter and last_epoch of a"
            + " ReduceLROnPlateau, got {}",
        assertThrows(IllegalArgumentException.class, () -> resumed.loadStateDict(Map.of()))
            .getMessage());
    ReduceLROnPlateau up =
        new ReduceLROnPlateau(
            optimizer,
            ReduceLROnPlateau.Options.DEFAULT.with(0.1, 0).withMode(ReduceLROnPlateau.Mode.MAX));
    up.step(0.5);
    up.step(0.6);
    assertEquals(0.2, up.lastLearningRates().getFirst(), 1e-15);
    up.step(0.6);
    assertEquals(0.02, up.lastLearningRates().getFirst(), 1e-15);
  }

  @Test
  void refusals() {
    assertThrows(IllegalArgumentException.class, () -> new LinearLR(optimizer, 0, 1, 5));
    assertThrows(IllegalArgumentException.class, () -> new LinearLR(optimizer, 1, 2, 5));
    assertThrows(IllegalArgumentException.class, () -> new OneCycleLR(optimizer, 1, 0));
    assertThrows(
        IllegalArgumentException.class, () -> ReduceLROnPlateau.Options.DEFAULT.with(1, 2));
    assertThrows(IllegalArgumentException.class, () -> new StepLR(optimizer, 0, 0.1));
    assertThrows(IllegalArgumentException.class, () -> new CosineAnnealingLR(optimizer, 0, 0.1));
  }

  private void follow(LRScheduler scheduler, double... expected) {
    for (int epoch = 0; epoch < expected.length; epoch++) {
      double rate = optimizer.groups().getFirst().learningRate();
      assertEquals(expected[epoch], rate, 1e-9, "epoch " + epoch);
      scheduler.step();
    }
    scheduler.setLastEpoch(2);
    Map<String, Object> state = scheduler.stateDict();
    scheduler.setLastEpoch(0);
    assertEquals(expected[0], scheduler.lastLearningRates().getFirst(), 1e-9);
    scheduler.loadStateDict(state);
    assertEquals(expected[2], scheduler.lastLearningRates().getFirst(), 1e-9);
  }

  /// The numbers are PyTorch 1.13's.
  @Test
  void factors() {
    follow(new ConstantLR(optimizer, 0.25, 3), 0.125, 0.125, 0.125, 0.5, 0.5);
    follow(
        new PolynomialLR(optimizer, 6, 2),
        0.5,
        0.347222222222,
        0.222222222222,
        0.125,
        0.055555555556,
        0.013888888889,
        0,
        0);
    follow(
        new MultiplicativeLR(optimizer, epoch -> 1.0 / (1 + epoch)),
        0.5,
        0.25,
        0.083333333333,
        0.020833333333,
        0.004166666667);
  }

  @Test
  void warmRestarts() {
    follow(
        new CosineAnnealingWarmRestarts(optimizer, 3, 2, 0.01),
        0.5,
        0.3775,
        0.1325,
        0.5,
        0.467176223927,
        0.3775,
        0.255,
        0.1325,
        0.042823776073,
        0.5,
        0.491651827441);
  }

  @Test
  void cycles() {
    CyclicLR.Options options = CyclicLR.Options.of(0.1, 0.9, 3).withStepSizeDown(4);
    CyclicLR scheduler = new CyclicLR(optimizer, options);
    ParamGroup group = optimizer.groups().getFirst();
    assertEquals(
        List.of(0.9, 0.866666667, 0.833333333, 0.8, 0.825, 0.9),
        momenta(group, scheduler, 0, 1, 2, 3, 4, 7));
    scheduler.setLastEpoch(0);
    follow(scheduler, 0.1, 0.366666666667, 0.633333333333, 0.9, 0.7, 0.5, 0.3, 0.1, 0.366666666667);
    CyclicLR.Options still = CyclicLR.Options.of(0.1, 0.9, 2).withoutMomentum();
    follow(
        new CyclicLR(optimizer, still.withMode(CyclicLR.Mode.TRIANGULAR2, 1)),
        0.1,
        0.5,
        0.9,
        0.5,
        0.1,
        0.3,
        0.5,
        0.3,
        0.1,
        0.2);
    follow(
        new CyclicLR(optimizer, still.withMode(CyclicLR.Mode.EXP_RANGE, 0.9)),
        0.1,
        0.46,
        0.748,
        0.3916,
        0.1,
        0.336196,
        0.5251528);
  }

  @Test
  void oneAfterTheOther() {
    follow(
        new SequentialLR(
            optimizer,
            List.of(new LinearLR(optimizer, 0.25, 1, 4), new CosineAnnealingLR(optimizer, 6)),
            4),
        0.125,
        0.21875,
        0.3125,
        0.40625,
        0.5,
        0.466506350946,
        0.375,
        0.25,
        0.125,
        0.033493649054,
        0);
    assertThrows(IllegalArgumentException.class, () -> new SequentialLR(optimizer, List.of(), 4));
  }

  @Test
  void atOnce() {
    follow(
        new ChainedScheduler(
            optimizer,
            List.of(new ConstantLR(optimizer, 0.1, 2), new ExponentialLR(optimizer, 0.9))),
        0.05,
        0.045,
        0.405,
        0.3645,
        0.32805);
    SGD other = new SGD(List.of(new Parameter(Tensor.zeros(1))), 1);
    LRScheduler foreign = new ConstantLR(other, 0.1, 2);
    assertEquals(
        "ChainedScheduler: expected schedulers of the same optimizer, but a ConstantLR is of"
            + " another one",
        assertThrows(
                IllegalArgumentException.class,
                () -> new ChainedScheduler(optimizer, List.of(foreign)))
            .getMessage());
  }
}
