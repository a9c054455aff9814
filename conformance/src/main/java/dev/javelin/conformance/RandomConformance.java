package dev.javelin.conformance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.Javelin;
import dev.javelin.Tensor;
import dev.javelin.engine.Engine;
import dev.javelin.engine.Generator;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Interpreter;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Kernel.Distribution;
import dev.javelin.kernels.Numbers;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import dev.javelin.ops.RandomOps;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/// Random numbers: the same on every device, as Philox gives them.
public abstract class RandomConformance extends Conformance {
  /// What this suite tests of the table of ops.
  static final Set<String> COVERS =
      Set.of(
          "RandomOps.uniform",
          "RandomOps.normal",
          "RandomOps.randint",
          "RandomOps.dropout",
          "Draw",
          "Tensor.rand",
          "Tensor.randn",
          "Tensor.randint",
          "Tensor.randperm",
          "Tensor.randLike",
          "Tensor.randnLike",
          "Tensor.randintLike",
          "Tensor.normal",
          "Tensor.bernoulli",
          "Tensor.bernoulli_",
          "Tensor.exponential_",
          "Tensor.multinomial",
          "Tensor.uniform_",
          "Tensor.normal_");

  private static final long SEED = 42;

  /// For subclasses.
  protected RandomConformance() {}

  private Tensor rand(DType dtype, long... sizes) {
    return Tensor.rand(Shape.of(sizes), dtype, device());
  }

  private Tensor randn(DType dtype, long... sizes) {
    return Tensor.randn(Shape.of(sizes), dtype, device());
  }

  @Test
  void aForkHasNumbersOfItsOwn() {
    Javelin.manualSeed(SEED);
    double[] first = rand(DType.FLOAT32, 5).toDoubleArray();
    double[] second = rand(DType.FLOAT32, 5).toDoubleArray();
    Javelin.manualSeed(1);
    Javelin.forkRng(
        SEED,
        () -> {
          assertArrayEquals(first, rand(DType.FLOAT32, 5).toDoubleArray());
          double[] inner = Javelin.forkRng(SEED, () -> rand(DType.FLOAT32, 5).toDoubleArray());
          assertArrayEquals(first, inner);
          assertArrayEquals(second, rand(DType.FLOAT32, 5).toDoubleArray());
          Javelin.manualSeed(SEED);
          assertArrayEquals(first, rand(DType.FLOAT32, 5).toDoubleArray());
        });
    double[] after = rand(DType.FLOAT32, 5).toDoubleArray();
    Javelin.manualSeed(1);
    assertArrayEquals(after, rand(DType.FLOAT32, 5).toDoubleArray(), "as if nothing was drawn");
  }

  private static double[] interpreted(Distribution distribution, DType dtype, int n, long counter) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(Math.max(8, (long) n * dtype.bytes()), 8);
      Kernel kernel =
          new Kernel.Random(
              List.of(dtype), distribution, new Kernel.Operand(0, View.contiguous(Shape.of(n))));
      Interpreter.run(kernel, new MemorySegment[] {memory}, SEED, counter);
      double[] result = new double[n];
      for (int i = 0; i < n; i++) {
        result[i] = Numbers.getDouble(dtype, memory, i);
      }
      return result;
    }
  }

  @Test
  void uniformNumbersAreThoseOfTheInterpreterToTheLastBit() {
    for (DType dtype : OpSample.FLOATS) {
      for (int n : Cases.SIZES) {
        Javelin.manualSeed(SEED);
        assertArrayEquals(
            interpreted(Distribution.UNIFORM, dtype, n, 0),
            rand(dtype, n).toDoubleArray(),
            dtype + " " + n);
      }
    }
  }

  @Test
  void normalNumbersAreThoseOfTheInterpreter() {
    for (DType dtype : OpSample.FLOATS) {
      for (int n : Cases.SIZES) {
        Javelin.manualSeed(SEED);
        Close.check(
            new Nd(interpreted(Distribution.NORMAL, dtype, n, 0), n),
            randn(dtype, n),
            new Tolerance(16, 4),
            dtype + " " + n);
      }
    }
  }

  @Test
  void knownAnswers() {
    // Philox4x32-10 of counter 0 and key 0 is 6627e8d5 e169c58d bc57ac4c 9b00dbd8 (Random123's
    // kat_vectors).
    Javelin.manualSeed(0);
    Close.exactly(
        rand(DType.FLOAT32, 4),
        0x6627e8 * 0x1p-24,
        0xe169c5 * 0x1p-24,
        0xbc57ac * 0x1p-24,
        0x9b00db * 0x1p-24);
  }

  @Test
  void theSameSeedGivesTheSameNumbers() {
    Javelin.manualSeed(7);
    double[] first = rand(DType.FLOAT32, 1000).toDoubleArray();
    double[] second = randn(DType.FLOAT32, 1000).toDoubleArray();
    Javelin.manualSeed(7);
    assertArrayEquals(first, rand(DType.FLOAT32, 1000).toDoubleArray());
    assertArrayEquals(second, randn(DType.FLOAT32, 1000).toDoubleArray());
    Javelin.manualSeed(8);
    assertFalse(Arrays.equals(first, rand(DType.FLOAT32, 1000).toDoubleArray()));
  }

  @Test
  void successiveDrawsDiffer() {
    Javelin.manualSeed(7);
    double[] all = rand(DType.FLOAT32, 16).toDoubleArray();
    double[] next = rand(DType.FLOAT32, 16).toDoubleArray();
    for (double x : next) {
      assertFalse(Arrays.stream(all).anyMatch(y -> x == y), "a number was drawn twice");
    }
  }

  @Test
  void whatIsDrawnDoesNotDependOnTheShapeOrTheTypesBefore() {
    Javelin.manualSeed(7);
    double[] flat = rand(DType.FLOAT32, 24).toDoubleArray();
    Javelin.manualSeed(7);
    assertArrayEquals(flat, rand(DType.FLOAT32, 2, 3, 4).toDoubleArray());
    Javelin.manualSeed(7);
    rand(DType.FLOAT32, 10);
    double[] after = rand(DType.FLOAT32, 5).toDoubleArray();
    Javelin.manualSeed(7);
    randn(DType.FLOAT64, 10);
    assertArrayEquals(after, rand(DType.FLOAT32, 5).toDoubleArray());
  }

  @Test
  void aStateCanBeTakenUpAgain() {
    Javelin.manualSeed(7);
    rand(DType.FLOAT32, 100);
    Generator.Position state = Generator.state();
    double[] next = rand(DType.FLOAT32, 100).toDoubleArray();
    Javelin.manualSeed(9);
    Generator.restore(state);
    assertArrayEquals(next, rand(DType.FLOAT32, 100).toDoubleArray());
  }

  @Test
  void momentsAreRight() {
    int n = isLong() ? 200_000 : 4000;
    double slack = isLong() ? 1 : 7;
    Javelin.manualSeed(1);
    Tensor u = rand(DType.FLOAT32, n);
    assertEquals(0.5, u.mean().item(), 0.004 * slack);
    assertEquals(1 / 12.0, u.var().item(), 0.002 * slack);
    assertTrue(u.min().item() >= 0 && u.max().item() < 1);
    Tensor z = randn(DType.FLOAT32, n);
    assertEquals(0, z.mean().item(), 0.01 * slack);
    assertEquals(1, z.var().item(), 0.02 * slack);
    assertEquals(0, z.pow(3).mean().item(), 0.05 * slack);
    assertEquals(3, z.pow(4).mean().item(), 0.15 * slack);
    // Neighbours are independent.
    double neighbours = z.narrow(0, 0, n - 1).mul(z.narrow(0, 1, n - 1)).mean().item();
    assertEquals(0, neighbours, 0.01 * slack);
  }

  @Test
  void fillsHaveTheirBounds() {
    Javelin.manualSeed(1);
    Tensor x = Tensor.zeros(Shape.of(5000), DType.FLOAT32, device()).uniform_(-2, 6);
    assertEquals(2, x.mean().item(), 0.2);
    assertTrue(x.min().item() >= -2 && x.max().item() < 6);
    Tensor z = Tensor.zeros(Shape.of(5000), DType.FLOAT64, device()).normal_(10, 0.5);
    assertEquals(10, z.mean().item(), 0.05);
    assertEquals(0.5, z.std().item(), 0.03);
    Javelin.manualSeed(SEED);
    double[] u = interpreted(Distribution.UNIFORM, DType.FLOAT64, 100, 0);
    Close.check(
        new Nd(u, 100).map(v -> v * (0.7 - 0.1) + 0.1),
        Tensor.zeros(Shape.of(100), DType.FLOAT64, device()).uniform_(0.1, 0.7),
        Tolerance.FUNCTION,
        "uniform_ in float64");
  }

  @Test
  void wholeNumbersAndOrders() {
    if (!device().type().equals("cpu")) {
      return; // These are made on the CPU.
    }
    Javelin.manualSeed(1);
    Tensor x = Tensor.randint(-3, 5, 10_000);
    assertEquals(DType.INT64, x.dtype());
    assertEquals(-3, x.min().itemLong());
    assertEquals(4, x.max().itemLong());
    for (int value = -3; value < 5; value++) {
      assertEquals(1250, x.eq(value).sum().item(), 150);
    }
    long[] order = Tensor.randperm(1000).toLongArray();
    assertFalse(Arrays.equals(LongStream.range(0, 1000).toArray(), order));
    Arrays.sort(order);
    assertArrayEquals(LongStream.range(0, 1000).toArray(), order);
    assertEquals(0, Tensor.randperm(0).numel());
    assertEquals(1 << 30, Tensor.randint(1 << 30, (1 << 30) + 1, 1).itemLong());
  }

  // ---- dropout ----

  private Tensor dropout(Tensor x, double p, boolean channels) {
    Generator.Position position = Generator.next(x.numel());
    return Tensor.call(
        RandomOps.dropout(x.shape(), channels),
        x,
        NeuralSamples.number(p),
        (Tensor) Engine.number(position.seed()),
        (Tensor) Engine.number(position.counter()));
  }

  @Test
  void dropoutZeroesAndScales() {
    Javelin.manualSeed(3);
    for (DType dtype : new DType[] {DType.FLOAT32, DType.FLOAT64}) {
      Tensor x = Lay.contiguous(Nd.build(new int[] {10_000}, i -> 3), dtype, device());
      double[] kept = dropout(x, 0.3, false).toDoubleArray();
      double scaled = Nd.rounded(dtype, 3 / 0.7);
      long zeros = Arrays.stream(kept).filter(v -> v == 0).count();
      assertEquals(3000, (double) zeros, 200);
      double tolerance = 2 * Tolerance.epsilon(dtype) * scaled;
      for (double v : kept) {
        if (v != 0) {
          assertEquals(scaled, v, tolerance);
        }
      }
    }
  }

  @Test
  void dropoutAtItsEnds() {
    Tensor x = floats(1, 2, 3);
    Close.exactly(dropout(x, 0, false), 1, 2, 3);
    Close.exactly(dropout(x, 1, false), 0, 0, 0);
  }

  @Test
  void theGradientOfDropoutHasTheSameZeros() {
    Javelin.manualSeed(3);
    Tensor x = Lay.contiguous(Nd.build(new int[] {8, 9}, i -> 1), DType.FLOAT32, device());
    x.requiresGrad_(true);
    Tensor y = dropout(x, 0.5, false);
    y.sum().backward();
    assertArrayEquals(y.toDoubleArray(), x.grad().toDoubleArray());
  }

  @Test
  void wholeChannelsAreDropped() {
    Javelin.manualSeed(3);
    Tensor x = Lay.contiguous(Nd.build(new int[] {8, 16, 3, 3}, i -> 1), DType.FLOAT32, device());
    Nd y = Lay.read(dropout(x, 0.5, true));
    int zeros = 0;
    for (int n = 0; n < 8; n++) {
      for (int c = 0; c < 16; c++) {
        double first = y.at(n, c, 0, 0);
        zeros += first == 0 ? 1 : 0;
        for (int i = 0; i < 9; i++) {
          assertEquals(first, y.at(n, c, i / 3, i % 3));
        }
      }
    }
    assertEquals(64, zeros, 20);
  }

  private static void between(double low, double high, Tensor mean) {
    double value = mean.item();
    assertTrue(value > low && value < high, value + " is not between " + low + " and " + high);
  }

  @Test
  void otherTensorsSayWhatTheNumbersAreLike() {
    Javelin.manualSeed(SEED);
    Tensor like = rand(DType.FLOAT64, 3, 5);
    for (Tensor x : List.of(Tensor.randLike(like), Tensor.randnLike(like))) {
      assertEquals(like.shape(), x.shape());
      assertEquals(DType.FLOAT64, x.dtype());
      assertEquals(device(), x.device());
    }
    Tensor whole = Tensor.randintLike(like.to(DType.INT32), 5, 8);
    assertEquals(DType.INT32, whole.dtype());
    assertTrue(whole.min().item() >= 5 && whole.max().item() <= 7);
    assertEquals(Shape.of(4), Tensor.normal(3, 1, 4).shape());
  }

  @Test
  void distributionsHaveTheirMeans() {
    Javelin.manualSeed(SEED);
    Tensor p = Tensor.full(Shape.of(4000), 0.25, DType.FLOAT32, device());
    between(0.2, 0.3, p.bernoulli().mean());
    between(0.7, 0.8, p.clone().bernoulli_(0.75).mean());
    Tensor waits = p.clone().exponential_(2);
    between(0.45, 0.55, waits.mean());
    assertTrue(waits.min().item() > 0);
    Tensor means = Tensor.arange(0, 4000, 1.0, DType.FLOAT32, device());
    between(-0.1, 0.1, Tensor.normal(means, p).sub(means).mean());
  }

  @Test
  void weightsDecideWhatIsDrawn() {
    Javelin.manualSeed(SEED);
    Tensor weights = floats(new int[] {2, 4}, 0, 1, 3, 0, 2, 0, 0, 0);
    Tensor drawn = weights.multinomial(1000, true);
    assertEquals(Shape.of(2, 1000), drawn.shape());
    between(1.7, 1.8, drawn.select(0, 0).toFloat().mean());
    assertEquals(0, drawn.select(0, 1).max().item());
    Tensor different = floats(0, 1, 3, 2).multinomial(3, false);
    assertArrayEquals(new double[] {1, 2, 3}, different.sort().values().toDoubleArray());
    ErrorConformance.fails(
        IllegalArgumentException.class,
        () -> floats(1, 2).multinomial(3, false),
        "multinomial",
        "3",
        "without replacement");
  }
}
