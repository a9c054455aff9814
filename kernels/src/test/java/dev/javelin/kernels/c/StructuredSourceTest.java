package dev.javelin.kernels.c;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Instr;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Program;
import dev.javelin.kernels.ProgramBuilder;
import dev.javelin.kernels.ScalarOp;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Products, convolutions, pooling, places and random numbers: their texts, what shares one, and the limits of launches.
final class StructuredSourceTest {
  private static final Target GPU = new Target(CDialect.CUDA, false, 132);
  private static final Target CPU = new Target(CDialect.OPENCL, true, 2);
  private static final DType F32 = DType.FLOAT32;

  record Golden(String name, Kernel kernel, Target target) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Golden> goldens() {
    return Stream.of(
        new Golden("contract-linear-gpu", linear(4096, 4096, 784), GPU),
        new Golden("contract-linear-cpu", linear(4096, 4096, 784), CPU),
        new Golden("contract-parts-gpu", weightGradient(50_000), GPU),
        new Golden("contract-packed-cpu", product(DType.FLOAT16, 64, 64, 64), CPU),
        new Golden("convolve-forward-gpu", convolve(Kernel.Direction.FORWARD, 64), GPU),
        new Golden("convolve-forward-cpu", convolve(Kernel.Direction.FORWARD, 64), CPU),
        new Golden("convolve-data-cpu", convolve(Kernel.Direction.BACKWARD_DATA, 64), CPU),
        new Golden("convolve-weights-cpu", convolve(Kernel.Direction.BACKWARD_WEIGHTS, 64), CPU),
        new Golden("pool-max-gpu", pool(Kernel.PoolOp.MAX), GPU),
        new Golden("pool-max-backward-cpu", pool(Kernel.PoolOp.MAX_BACKWARD), CPU),
        new Golden("attention-gpu", attention(), GPU),
        new Golden("attention-cpu", attention(), CPU),
        new Golden("attention-backward-gpu", attentionBackward(), GPU),
        new Golden("gather-gpu", gather(6400), GPU),
        new Golden("gather-cpu", gather(6400), CPU),
        new Golden("scatter-gpu", scatter(6400), GPU),
        new Golden("scatter-cpu", scatter(6400), CPU),
        new Golden("random-normal-gpu", random(Kernel.Distribution.NORMAL, F32), GPU),
        new Golden("random-normal-cpu", random(Kernel.Distribution.NORMAL, F32), CPU),
        new Golden("random-uniform-cpu", random(Kernel.Distribution.UNIFORM, F32), CPU));
  }

  /// Set -Dgolden.update=src/test/resources to write the files anew.
  @ParameterizedTest
  @MethodSource("goldens")
  void textsAreKnown(Golden golden) throws IOException {
    String text = CSource.of(golden.kernel(), golden.target()).text();
    String file = "dev/javelin/kernels/c/" + golden.name() + ".txt";
    String update = System.getProperty("golden.update");
    if (update != null) {
      Files.writeString(Path.of(update, file), text);
      return;
    }
    try (InputStream in = StructuredSourceTest.class.getClassLoader().getResourceAsStream(file)) {
      assertEquals(new String(in.readAllBytes(), StandardCharsets.UTF_8), text);
    }
  }

  @ParameterizedTest
  @MethodSource("goldens")
  void bothDialectsReadTheSameText(Golden golden) {
    boolean cpu = golden.target().cpu();
    int units = golden.target().units();
    assertEquals(
        CSource.of(golden.kernel(), new Target(CDialect.OPENCL, cpu, units)),
        CSource.of(golden.kernel(), new Target(CDialect.CUDA, cpu, units)));
  }

  @ParameterizedTest
  @MethodSource("goldens")
  void launchesKeepTheLimitsOfEveryDevice(Golden golden) {
    CProgram program = CSource.of(golden.kernel(), golden.target());
    assertFalse(program.launches().isEmpty());
    for (Launch launch : program.launches()) {
      assertTrue(launch.groupSize() <= 256, launch.toString());
      assertTrue(launch.groups() >= 1, launch.toString());
      int bytes =
          launch.args().stream()
              .mapToInt(
                  arg ->
                      switch (arg) {
                        case Arg.Buffer _, Arg.Scratch _, Arg.Fault _ -> 16;
                        case Arg.Int _ -> 4;
                        case Arg.Long _, Arg.Param _ -> 8;
                      })
              .sum();
      assertTrue(bytes <= 1024, launch.toString());
    }
    assertFalse(program.float64());
  }

  @Test
  void tilesFitTheLeastLocalMemory() {
    long[] sizes = {1, 8, 9, 64, 100_000};
    for (long m : sizes) {
      for (long n : sizes) {
        Tile tile = Tile.of(1, m, n, 2);
        int rows = tile.k() * (tile.m() + 4);
        int columns = tile.k() * (tile.n() + 4);
        assertTrue((rows + columns) * DType.FLOAT64.bytes() <= 32 << 10, tile.toString());
        assertEquals(256, tile.items());
      }
    }
  }

  @Test
  void sizesAreNotInTheText() {
    for (Target target : List.of(GPU, CPU)) {
      assertEquals(text(linear(4096, 4096, 784), target), text(linear(5000, 6000, 31), target));
      assertNotEquals(text(linear(4096, 4096, 784), target), text(weightGradient(50_000), target));
      for (Kernel.Direction direction : Kernel.Direction.values()) {
        assertEquals(text(convolve(direction, 64), target), text(convolve(direction, 100), target));
      }
      assertEquals(text(gather(6400), target), text(gather(77), target));
      assertEquals(text(scatter(6400), target), text(scatter(77), target));
    }
  }

  @Test
  void oneMatrixForManyBatchesIsOneProduct() {
    // [5, 7, 3] by the same [3, 4] each time is [35, 3] by [3, 4].
    View b = View.of(Shape.of(5, 3, 4), new long[] {0, 4, 1}, 0);
    Kernel batched =
        contract(F32, View.contiguous(Shape.of(5, 7, 3)), b, View.contiguous(Shape.of(5, 7, 4)));
    assertEquals(CSource.of(product(F32, 35, 4, 3), CPU), CSource.of(batched, CPU));
  }

  @Test
  void whereNothingIsWrittenNothingIsLaunched() {
    assertTrue(CSource.of(product(F32, 0, 4, 3), CPU).launches().isEmpty());
    assertTrue(CSource.of(gather(0), GPU).launches().isEmpty());
    assertTrue(CSource.of(scatter(0), GPU).launches().isEmpty());
    assertEquals(1, CSource.of(product(F32, 2, 4, 0), CPU).launches().size());
  }

  @Test
  void onlyFloat64NeedsIt() {
    assertTrue(CSource.of(product(DType.FLOAT64, 4, 4, 4), GPU).float64());
    for (Kernel.Distribution distribution : Kernel.Distribution.values()) {
      DType type = distribution == Kernel.Distribution.WORDS ? DType.INT64 : F32;
      assertFalse(CSource.of(random(distribution, type), GPU).float64());
    }
    assertTrue(CSource.of(random(Kernel.Distribution.NORMAL, DType.FLOAT64), GPU).float64());
  }

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"BOOL"},
      mode = EnumSource.Mode.EXCLUDE)
  void everyTypeHasAText(DType type) {
    for (Target target : List.of(GPU, CPU)) {
      assertFalse(text(product(type, 40, 50, 60), target).contains("$"));
    }
  }

  @Test
  void largeArraysAreIndexedWithLongs() {
    assertTrue(text(product(F32, 1 << 20, 1 << 12, 8), GPU).startsWith("typedef i64 idx;"));
    assertTrue(text(product(F32, 1 << 10, 1 << 12, 8), GPU).startsWith("typedef int idx;"));
  }

  private static String text(Kernel kernel, Target target) {
    return CSource.of(kernel, target).text();
  }

  private static Kernel contract(DType type, View a, View b, View out) {
    DType register = type.register();
    return new Kernel.Contract(
        List.of(type, type, type),
        new Kernel.Operand(0, a),
        new Kernel.Operand(1, b),
        register,
        Program.result(register),
        new Kernel.Store(new Kernel.Operand(2, out), 0));
  }

  private static Kernel product(DType type, long m, long n, long k) {
    return contract(
        type,
        View.contiguous(Shape.of(m, k)),
        View.contiguous(Shape.of(k, n)),
        View.contiguous(Shape.of(m, n)));
  }

  /// A layer: `relu(x w^T + bias)`.
  private static Kernel linear(long rows, long out, long in) {
    ProgramBuilder finish = new ProgramBuilder();
    View bias = View.of(Shape.of(rows, out), new long[] {0, 1}, 0);
    int sum =
        finish.apply(
            ScalarOp.ADD,
            finish.add(new Instr.Result(0, F32)),
            finish.add(new Instr.Load(3, bias, F32)));
    int relu = finish.apply(ScalarOp.MAX, sum, finish.constant(F32, 0));
    return new Kernel.Contract(
        List.of(F32, F32, F32, F32),
        new Kernel.Operand(0, View.contiguous(Shape.of(rows, in))),
        new Kernel.Operand(1, View.contiguous(Shape.of(out, in)).permute(1, 0)),
        F32,
        finish.build(),
        new Kernel.Store(new Kernel.Operand(2, View.contiguous(Shape.of(rows, out))), relu));
  }

  private static Kernel weightGradient(long rows) {
    return contract(
        F32,
        View.contiguous(Shape.of(rows, 32)).permute(1, 0),
        View.contiguous(Shape.of(rows, 32)),
        View.contiguous(Shape.of(32, 32)));
  }

  private static Kernel convolve(Kernel.Direction direction, long images) {
    Kernel.Window window = new Kernel.Window(3, 3, 1, 1, 1, 1, 1, 1, 1);
    View x = View.contiguous(Shape.of(images, 32, 14, 14));
    View w = View.contiguous(Shape.of(64, 32, 3, 3));
    View y = View.contiguous(Shape.of(images, 64, 14, 14));
    return new Kernel.Convolve(
        List.of(F32, F32, F32),
        direction,
        window,
        new Kernel.Operand(0, x),
        new Kernel.Operand(1, w),
        new Kernel.Operand(2, y),
        F32,
        Program.result(F32),
        0);
  }

  private static Kernel pool(Kernel.PoolOp op) {
    View y = View.contiguous(Shape.of(64, 32, 14, 14));
    return Kernel.Pool.of(
        List.of(F32, F32, DType.INT32),
        op,
        new Kernel.Window(2, 2, 2, 2, 0, 0, 1, 1, 1),
        new Kernel.Operand(0, View.contiguous(Shape.of(64, 32, 28, 28))),
        new Kernel.Operand(1, y),
        new Kernel.Operand(2, y));
  }

  /// 8 heads side by side in each row.
  private static View heads(long rows) {
    return View.of(Shape.of(4, 8, rows, 64), new long[] {rows * 512, 64, 512, 1}, 0);
  }

  private static Kernel attention() {
    return new Kernel.Attention(
        List.of(DType.FLOAT16, DType.FLOAT16, DType.FLOAT16, DType.FLOAT16, F32),
        false,
        0.125,
        new Kernel.Operand(0, heads(512)),
        new Kernel.Operand(1, heads(300)),
        new Kernel.Operand(2, heads(300)),
        new Kernel.Operand(3, heads(512)),
        new Kernel.Operand(4, View.contiguous(Shape.of(4, 8, 512))));
  }

  private static Kernel attentionBackward() {
    View rows = View.contiguous(Shape.of(4, 8, 512));
    return new Kernel.AttentionBackward(
        List.of(F32, F32, F32, F32, F32, F32, F32, F32, F32),
        true,
        0.125,
        new Kernel.Operand(0, heads(512)),
        new Kernel.Operand(1, heads(300)),
        new Kernel.Operand(2, heads(300)),
        new Kernel.Operand(3, heads(512)),
        new Kernel.Operand(4, rows),
        new Kernel.Operand(5, rows),
        new Kernel.Operand(6, heads(512)),
        new Kernel.Operand(7, heads(300)),
        new Kernel.Operand(8, heads(300)));
  }

  private static Kernel gather(long rows) {
    Shape shape = Shape.of(rows, 128);
    return new Kernel.Gather(
        List.of(F32, DType.INT64, F32),
        shape,
        new Kernel.Operand(0, View.of(shape, new long[] {0, 1}, 0)),
        128,
        10_000,
        new Kernel.Operand(1, View.of(shape, new long[] {1, 0}, 0)),
        new Kernel.Operand(2, View.contiguous(shape)));
  }

  private static Kernel scatter(long rows) {
    Shape shape = Shape.of(rows, 128);
    return new Kernel.Scatter(
        List.of(F32, DType.INT64, F32),
        shape,
        new Kernel.Operand(0, View.contiguous(shape)),
        new Kernel.Operand(1, View.of(shape, new long[] {1, 0}, 0)),
        new Kernel.Operand(2, View.of(shape, new long[] {0, 1}, 0)),
        128,
        10_000,
        true);
  }

  private static Kernel random(Kernel.Distribution distribution, DType type) {
    return new Kernel.Random(
        List.of(type), distribution, new Kernel.Operand(0, View.contiguous(Shape.of(1000))));
  }
}
