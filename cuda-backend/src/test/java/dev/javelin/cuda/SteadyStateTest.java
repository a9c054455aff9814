package dev.javelin.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.Device;
import dev.javelin.DeviceOf;
import dev.javelin.Devices;
import dev.javelin.Javelin;
import dev.javelin.Scope;
import dev.javelin.Tensor;
import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.Executable;
import dev.javelin.backend.PreparedLaunch;
import dev.javelin.backend.Replay;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import dev.javelin.nn.Conv2d;
import dev.javelin.nn.CrossEntropyLoss;
import dev.javelin.nn.Flatten;
import dev.javelin.nn.Linear;
import dev.javelin.nn.MaxPool2d;
import dev.javelin.nn.Module;
import dev.javelin.nn.ReLU;
import dev.javelin.nn.Sequential;
import dev.javelin.optim.Adam;
import dev.javelin.optim.SGD;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/// What goes on for long: nothing leaks, sequences are replayed, devices keep apart; on the emulated driver.
@EnabledIf("dev.javelin.cuda.Emulation#isToRun")
final class SteadyStateTest {
  private static final List<String> KINDS =
      List.of("memory", "pinned", "stream", "event", "module", "graph", "exec");

  private static List<Long> alive() {
    return KINDS.stream().map(Emulation::alive).toList();
  }

  private static double train(Device device, int steps) {
    Javelin.manualSeed(1);
    Module model = new Sequential(new Linear(20, 30), new ReLU(), new Linear(30, 5)).to(device);
    SGD optimizer = new SGD(model.parameters(), 0.1);
    double last = 0;
    for (int step = 0; step < steps; step++) {
      try (Scope _ = Scope.open()) {
        Tensor x = Tensor.ones(Shape.of(8, 20), DType.FLOAT32, device);
        optimizer.zeroGrad();
        Tensor loss = model.call(x).square().mean();
        loss.backward();
        optimizer.step();
        last = loss.item();
      }
    }
    return last;
  }

  @Test
  void manyStepsLeaveNothingBehind() {
    Device device = Devices.get("cuda");
    double loss = train(device, 5);
    List<Long> before = alive();
    assertTrue(train(device, 300) < loss);
    List<Long> after = alive();
    // The weights of the second model, until the collector finds those of the first.
    assertTrue(after.getFirst() <= before.getFirst() + 8, before + " before, " + after + " after");
    assertEquals(before.subList(1, before.size()), after.subList(1, after.size()));
    assertEquals(train(Devices.cpu(), 20), train(device, 20), 1e-6);
  }

  @Test
  void anEmptiedCacheIsGivenBack() {
    Emulation.first().allocate(4).free();
    Device device =
        DeviceOf.backend(
            new CudaBackend(Emulation.first().device(), Emulation.first().libraries()));
    long before = 0;
    for (int i = 0; i < 2; i++) {
      try (Scope _ = Scope.open()) {
        Tensor x = Tensor.ones(Shape.of(1000), DType.FLOAT32, device);
        assertEquals(3000, x.mul(3).sum().item());
      }
      device.emptyCache();
      if (i == 0) {
        before = Emulation.alive("memory");
      }
    }
    assertEquals(before, Emulation.alive("memory"));
  }

  /// The losses of a small convolutional net on pictures of random numbers.
  private static double[] losses(Device device) {
    Javelin.manualSeed(3);
    Module model =
        new Sequential(
                new Conv2d(1, 8, 3),
                new ReLU(),
                new MaxPool2d(2),
                new Flatten(),
                new Linear(8 * 13 * 13, 10))
            .to(device);
    Tensor x = Tensor.rand(16, 1, 28, 28).to(device);
    Tensor y = Tensor.arange(16).remainder(10).to(device);
    Adam optimizer = new Adam(model.parameters(), 0.01);
    double[] losses = new double[8];
    for (int step = 0; step < losses.length; step++) {
      try (Scope _ = Scope.open()) {
        optimizer.zeroGrad();
        Tensor loss = new CrossEntropyLoss().call(model.call(x), y);
        loss.backward();
        optimizer.step();
        losses[step] = loss.item();
      }
    }
    return losses;
  }

  @Test
  void aNetLearnsAsOnTheCpu() {
    double[] wanted = losses(Devices.cpu());
    assertTrue(wanted[7] < wanted[0]);
    assertArrayEquals(wanted, losses(Devices.get("cuda")), 1e-3);
  }

  /// The first run is queued launch by launch, the second is captured, the third only replayed, also with other parameters.
  @Test
  void aSequenceIsReplayedAsAGraph() {
    CudaBackend device = SmallKernels.device(SmallKernels.addParameter(100));
    Executable executable = device.compile(SmallKernels.kernel(100));
    DeviceBuffer x = device.allocate(400);
    DeviceBuffer y = device.allocate(400);
    SmallKernels.write(x, new float[100]);
    long[] by = {Double.doubleToRawLongBits(1)};
    long graphs = Emulation.alive("exec");
    Replay replay =
        device.prepare(
            List.of(
                new PreparedLaunch(executable, new DeviceBuffer[] {x, y}, new long[2], by),
                new PreparedLaunch(executable, new DeviceBuffer[] {y, x}, new long[2], by)));
    replay.launch();
    assertEquals(2, SmallKernels.read(x, 100)[99]);
    replay.launch();
    assertEquals(graphs + 1, Emulation.alive("exec"));
    long launches = Emulation.calls("cuLaunchKernel");
    replay.launch();
    assertEquals(6, SmallKernels.read(x, 100)[99]);
    by[0] = Double.doubleToRawLongBits(10);
    replay.launch();
    by[0] = Double.doubleToRawLongBits(100);
    replay.launch();
    assertEquals(226, SmallKernels.read(x, 100)[99]);
    assertEquals(launches, Emulation.calls("cuLaunchKernel"), "captured or launched again");
    y.free();
    assertThrows(IllegalStateException.class, replay::launch);
    replay.close();
    assertEquals(graphs, Emulation.alive("exec"));
    assertThrows(IllegalStateException.class, replay::launch);
    x.free();
  }

  /// Two devices of one process keep apart.
  @Test
  void twoDevices() {
    Tensor zero = Tensor.ones(Shape.of(4), DType.FLOAT32, Devices.get("cuda:0"));
    Tensor one = zero.to(Devices.get("cuda:1"));
    assertEquals(4, one.sum().item());
    assertEquals(8, one.mul(2).to(Devices.get("cuda:0")).add(zero.sub(1)).sum().item());
    var error = assertThrows(IllegalArgumentException.class, () -> zero.add(one));
    assertTrue(error.getMessage().contains("cuda:0"), error.getMessage());
    assertTrue(error.getMessage().contains("cuda:1"), error.getMessage());
  }
}
