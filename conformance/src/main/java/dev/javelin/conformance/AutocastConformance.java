package dev.javelin.conformance;

import static dev.javelin.kernels.DType.BFLOAT16;
import static dev.javelin.kernels.DType.FLOAT16;
import static dev.javelin.kernels.DType.FLOAT32;
import static dev.javelin.kernels.DType.FLOAT64;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.Device;
import dev.javelin.Javelin;
import dev.javelin.Scope;
import dev.javelin.Tensor;
import dev.javelin.amp.Autocast;
import dev.javelin.amp.GradScaler;
import dev.javelin.autograd.Checkpointing;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import dev.javelin.nn.BatchNorm1d;
import dev.javelin.nn.Conv2d;
import dev.javelin.nn.CrossEntropyLoss;
import dev.javelin.nn.Functional;
import dev.javelin.nn.LayerNorm;
import dev.javelin.nn.Linear;
import dev.javelin.nn.Module;
import dev.javelin.nn.ReLU;
import dev.javelin.nn.Reduction;
import dev.javelin.nn.Sequential;
import dev.javelin.nn.Utils;
import dev.javelin.optim.SGD;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Mixed precision: which op runs in which dtype, and that models learn in it.
public abstract class AutocastConformance extends Conformance {
  /// For subclasses.
  protected AutocastConformance() {}

  private Module small() {
    Javelin.manualSeed(3);
    return new Sequential(new Linear(2, 16), new ReLU(), new Linear(16, 2)).to(device());
  }

  private SGD sgd(Module model) {
    return new SGD(model.parameters(), SGD.Options.of(0.2).withMomentum(0.9));
  }

  @Test
  void productsRunInSixteenBits() {
    Tensor x = random(1, 4, 4);
    for (DType lower : oneIn() == 1 ? List.of(BFLOAT16, FLOAT16) : List.of(FLOAT16)) {
      try (Autocast _ = Autocast.open(device(), lower)) {
        assertEquals(lower, x.mm(x).dtype());
        assertEquals(lower, x.matmul(x.select(0, 1)).dtype());
        assertEquals(lower, x.addmm(x, x).dtype());
        Tensor batch = x.unsqueeze(0);
        assertEquals(lower, batch.bmm(batch).dtype());
        assertEquals(lower, batch.baddbmm(batch, batch, 1, 1).dtype());
        assertEquals(lower, Tensor.einsum("ij,kj->ik", x, x).dtype());
        assertEquals(lower, Functional.linear(x, x, x.select(0, 0)).dtype());
        Tensor image = x.reshape(1, 1, 4, 4);
        assertEquals(lower, new Conv2d(1, 2, 3).to(device()).call(image).dtype());
        assertEquals(lower, Functional.scaledDotProductAttention(x, x, x).dtype());
        // What follows stays in 16 bits.
        assertEquals(lower, x.mm(x).relu().mul(2).dtype());
      }
    }
  }

  @Test
  void whatLosesDigitsRunsInFloat32() {
    Tensor half = random(1, 4, 4).half();
    Tensor classes = longs(0, 1, 2, 3);
    try (Autocast _ = Autocast.open(device(), FLOAT16)) {
      for (Tensor wide :
          List.of(
              half.exp(),
              half.abs().log(),
              half.pow(2),
              half.sum(),
              half.sum(1),
              half.prod(),
              half.cumsum(0),
              half.norm(2),
              half.softmax(1),
              half.logSoftmax(1),
              new LayerNorm(4).to(device()).call(half),
              Functional.crossEntropy(half, classes),
              Functional.mseLoss(half, half, Reduction.MEAN),
              Functional.l1Loss(half, half, Reduction.MEAN))) {
        assertEquals(FLOAT32, wide.dtype(), wide.toString());
      }
      // The sum of so many would be infinite in float16.
      Tensor many = tensor(FLOAT16, new int[] {1}, 60000).expand(Shape.of(4));
      Close.exactly(many.sum(), 240_000);
      Close.exactly(many.mean(), 60_000);
    }
  }

  @Test
  void otherOpsPromote() {
    Tensor x = random(1, 4);
    Tensor half = x.half();
    Tensor index = longs(0, 1, 2, 3);
    try (Autocast _ = Autocast.open(device(), FLOAT16)) {
      assertEquals(FLOAT32, half.add(x).dtype());
      assertEquals(FLOAT32, Tensor.cat(List.of(half, x), 0).dtype());
      assertEquals(FLOAT32, Tensor.stack(List.of(half, x), 0).dtype());
      assertEquals(FLOAT32, Tensor.where(x.gt(0), half, x).dtype());
      assertEquals(FLOAT32, half.scatterAdd(0, index, x).dtype());
      assertEquals(FLOAT16, half.relu().dtype());
      assertEquals(FLOAT16, half.tanh().dtype());
      assertEquals(FLOAT16, new BatchNorm1d(1).to(device()).call(half.unsqueeze(1)).dtype());
      Tensor wide = doubles(1, 2).unsqueeze(1);
      assertEquals(FLOAT64, wide.mm(wide.t()).dtype());
      // In place the dtype is that of the tensor.
      Tensor copy = half.clone();
      assertEquals(FLOAT16, copy.pow_(2).dtype());
      assertSame(copy, copy.add_(x));
    }
  }

  @Test
  void regionsNestAndEnd() {
    Tensor x = random(1, 2, 2);
    try (Autocast _ = Autocast.open(device(), BFLOAT16)) {
      assertEquals(Optional.of(BFLOAT16), Autocast.dtype(device()));
      try (Autocast _ = Autocast.open(device(), FLOAT16, false)) {
        assertEquals(Optional.empty(), Autocast.dtype(device()));
        assertEquals(FLOAT32, x.mm(x).dtype());
        try (Autocast _ = Autocast.open(device(), FLOAT16)) {
          assertEquals(FLOAT16, x.mm(x).dtype());
        }
      }
      assertEquals(BFLOAT16, x.mm(x).dtype());
      Device other = dev.javelin.Devices.get(device().type().equals("cpu") ? "reference:0" : "cpu");
      try (Autocast _ = Autocast.open(other, FLOAT16)) {
        assertEquals(BFLOAT16, x.mm(x).dtype(), "a region for another kind of device");
      }
    }
    assertEquals(FLOAT32, x.mm(x).dtype());
    Autocast outer = Autocast.open(device(), BFLOAT16);
    Autocast inner = Autocast.open(device(), BFLOAT16);
    assertThrows(IllegalStateException.class, outer::close);
    inner.close();
    outer.close();
    assertThrows(IllegalStateException.class, outer::close);
    assertThrows(IllegalArgumentException.class, () -> Autocast.open(device(), FLOAT64));
  }

  @Test
  void gradientsAreOfTheParametersDtype() {
    Tensor x = random(1, 3, 2);
    Tensor w = random(2, 2, 2).requiresGrad_(true);
    Tensor loss;
    try (Autocast _ = Autocast.open(device(), BFLOAT16)) {
      loss = x.mm(w).sum();
      // What was converted in a scope is gone with it.
      try (Scope _ = Scope.open()) {
        x.mm(w);
      }
      loss = loss.add(x.mm(w).sum());
    }
    loss.backward();
    assertEquals(FLOAT32, w.grad().dtype());
    Nd expected = Lay.read(x.bfloat16().toFloat().sum(0).mul(2));
    for (int i = 0; i < 4; i++) {
      double wanted = expected.at(i / 2);
      assertEquals(wanted, w.grad().toDoubleArray()[i], 0x1p-6 * Math.max(1, Math.abs(wanted)));
    }
  }

  @Test
  void aWeightIsConvertedOnce() {
    Tensor x = random(1, 1, 128);
    Tensor w = random(2, 128, 128).requiresGrad_(true);
    try (Autocast _ = Autocast.open(device(), BFLOAT16)) {
      Tensor first = x.mm(w);
      long before = device().memoryAllocated();
      Tensor second = x.mm(w);
      long more = device().memoryAllocated() - before;
      assertTrue(more < 2 * 128 * 128, more + " bytes, as if the weight had been converted again");
      first.add(second).sum().backward();
    }
    assertEquals(
        2, w.grad().select(1, 0).div(x.bfloat16().toFloat().select(0, 0)).mean().item(), 0.02);
  }

  @Test
  void aChangedWeightIsConvertedAnew() {
    Tensor x = floats(new int[] {1, 1}, 1);
    Tensor w = floats(new int[] {1, 1}, 2).requiresGrad_(true);
    try (Autocast _ = Autocast.open(device(), BFLOAT16)) {
      Close.exactly(Javelin.noGrad(() -> x.mm(w)), 2);
      Close.exactly(x.mm(w), 2);
      Javelin.noGrad(() -> w.add_(1));
      Tensor y = x.mm(w);
      Close.exactly(y, 3);
      y.sum().backward();
      Close.exactly(w.grad(), 1);
    }
  }

  @Test
  void aCheckpointRunsAgainInTheSameDtype() {
    Tensor x = random(1, 2, 2).requiresGrad_(true);
    Tensor y;
    try (Autocast _ = Autocast.open(device(), BFLOAT16)) {
      y = Checkpointing.checkpoint(in -> in.getFirst().mm(in.getFirst()), x);
      assertEquals(BFLOAT16, y.dtype());
    }
    y.sum().backward();
    assertEquals(FLOAT32, x.grad().dtype());
  }

  @Test
  void anotherThreadIsOutside() throws InterruptedException {
    Tensor x = random(1, 2, 2);
    DType[] seen = new DType[1];
    try (Autocast _ = Autocast.open(device(), BFLOAT16)) {
      Thread thread = new Thread(() -> seen[0] = x.mm(x).dtype());
      thread.start();
      thread.join();
    }
    assertEquals(FLOAT32, seen[0]);
  }

  /// The last loss of a small classifier of points in the plane.
  private double train(Optional<DType> lower) {
    Module model = small();
    SGD optimizer = sgd(model);
    GradScaler scaler =
        new GradScaler(GradScaler.Options.DEFAULT.withEnabled(lower.equals(Optional.of(FLOAT16))));
    Tensor x = random(5, 32, 2);
    Tensor classes = x.select(1, 0).gt(x.select(1, 1)).to(DType.INT64);
    double last = 0;
    for (int step = 0; step < 12; step++) {
      try (Scope _ = Scope.open()) {
        Tensor loss;
        try (Autocast _ = Autocast.open(device(), lower.orElse(BFLOAT16), lower.isPresent())) {
          Tensor y = model.call(x);
          assertEquals(lower.orElse(FLOAT32), y.dtype());
          loss = new CrossEntropyLoss().call(y, classes);
        }
        optimizer.zeroGrad();
        scaler.scale(loss).backward();
        scaler.unscale_(optimizer);
        Utils.clipGradNorm_(model.parameters(), 1);
        scaler.step(optimizer);
        scaler.update();
        last = loss.item();
      }
    }
    model.parameters().forEach(parameter -> assertEquals(FLOAT32, parameter.dtype()));
    return last;
  }

  @Test
  void aModelLearnsNearlyTheSameInSixteenBits() {
    double wanted = train(Optional.empty());
    assertTrue(wanted < 0.5, "it learns: " + wanted);
    assertEquals(wanted, train(Optional.of(BFLOAT16)), 0.02);
    assertEquals(wanted, train(Optional.of(FLOAT16)), 0.01);
  }

  @Test
  void theScalerSkipsWhatIsNotFinite() {
    Tensor w = floats(1, 2).requiresGrad_(true);
    SGD optimizer = new SGD(List.of(w), 0.5);
    GradScaler scaler =
        new GradScaler(
            GradScaler.Options.DEFAULT.withInitScale(8).withGrowthInterval(2).withFactors(4, 0.25));
    scaler.scale(w.sum()).backward();
    Close.exactly(w.grad(), 8, 8);
    assertTrue(scaler.step(optimizer));
    Close.exactly(w.grad(), 1, 1);
    Close.exactly(w, 0.5, 1.5);
    scaler.update();
    assertEquals(8, scaler.getScale());

    w.setGrad(floats(Double.POSITIVE_INFINITY, 1));
    scaler.unscale_(optimizer);
    Utils.clipGradNorm_(List.of(w), 1);
    assertFalse(scaler.step(optimizer));
    Close.exactly(w, 0.5, 1.5);
    scaler.update();
    assertEquals(2, scaler.getScale());

    for (int i = 0; i < 2; i++) {
      w.setGrad(floats(2, 4));
      assertTrue(scaler.step(optimizer));
      scaler.update();
    }
    assertEquals(8, scaler.getScale());
    Close.exactly(w, 0.5 - 0.5 - 0.5, 1.5 - 1 - 1);
  }

  @Test
  void theScalerGoesOnFromItsState() {
    GradScaler scaler = new GradScaler(GradScaler.Options.DEFAULT.withInitScale(16));
    Tensor w = floats(1).requiresGrad_(true);
    SGD optimizer = new SGD(List.of(w), 0.5);
    w.setGrad(floats(Double.NaN));
    scaler.step(optimizer);
    scaler.update();
    GradScaler other = new GradScaler();
    assertNotEquals(scaler.stateDict(), other.stateDict());
    other.loadStateDict(scaler.stateDict());
    assertEquals(scaler.stateDict(), other.stateDict());
    assertEquals(8, other.getScale());
    assertThrows(
        IllegalArgumentException.class, () -> other.loadStateDict(java.util.Map.of("scale", 1.0)));
  }

  @Test
  void theScalersStepsComeInOrder() {
    GradScaler scaler = new GradScaler();
    Tensor w = floats(1).requiresGrad_(true);
    SGD optimizer = new SGD(List.of(w), 0.5);
    assertThrows(IllegalStateException.class, scaler::update);
    w.setGrad(floats(1));
    scaler.unscale_(optimizer);
    assertThrows(IllegalStateException.class, () -> scaler.unscale_(optimizer));
    scaler.step(optimizer);
    assertThrows(IllegalStateException.class, () -> scaler.step(optimizer));
    assertThrows(IllegalStateException.class, () -> scaler.unscale_(optimizer));
    scaler.update();
    w.setGrad(null);
    assertThrows(IllegalStateException.class, () -> scaler.step(optimizer));
    Tensor half = w.half().detach().requiresGrad_(true);
    half.setGrad(floats(1).half());
    SGD wrong = new SGD(List.of(half), 0.5);
    assertThrows(IllegalArgumentException.class, () -> scaler.step(wrong));
  }
}
