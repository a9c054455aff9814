package dev.javelin.kernels.c;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Instr;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.ProgramBuilder;
import dev.javelin.kernels.ScalarOp;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// The texts of representative kernels, what kernels share a text, and the limits of launches.
final class CSourceTest {
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
    View rows = View.contiguous(Shape.of(64, 1000));
    View columns = View.of(Shape.of(64, 1000), new long[] {1, 64}, 0);
    return Stream.of(
        new Golden("map-gpu", add(rows, rows), GPU),
        new Golden("map-cpu", add(rows, rows), CPU),
        new Golden("map-transposed-gpu", add(rows, columns), GPU),
        new Golden("map-transposed-cpu", add(rows, columns), CPU),
        new Golden("map-parts-gpu", decay(3), GPU),
        new Golden("copy-gpu", copy(rows, columns), GPU),
        new Golden("reduce-gpu", fold(Kernel.FoldOp.SUM, 4096, 128), GPU),
        new Golden("reduce-cpu", fold(Kernel.FoldOp.SUM, 4096, 128), CPU),
        new Golden("reduce-parts-gpu", fold(Kernel.FoldOp.ARGMAX, 1, 1 << 20), GPU),
        new Golden("softmax-gpu", softmax(32, 1000), GPU),
        new Golden("softmax-cpu", softmax(32, 1000), CPU));
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
    try (InputStream in = CSourceTest.class.getClassLoader().getResourceAsStream(file)) {
      assertEquals(new String(in.readAllBytes(), StandardCharsets.UTF_8), text);
    }
  }

  @Test
  void sizesStridesAndBufferNumbersAreNotInTheText() {
    View small = View.contiguous(Shape.of(2, 3));
    View large = View.contiguous(Shape.of(7, 1, 500));
    assertEquals(text(add(small, small)), text(add(large, large)));
    assertEquals(
        text(add(small, View.of(Shape.of(2, 3), new long[] {5, 2}, 0))),
        text(add(large, View.of(Shape.of(7, 1, 500), new long[] {999, 0, 3}, 0))));
    assertEquals(text(fold(Kernel.FoldOp.MAX, 5000, 40)), text(fold(Kernel.FoldOp.MAX, 6000, 300)));
    assertEquals(text(softmax(5000, 40)), text(softmax(6000, 300)));
  }

  @Test
  void axesThatWalkAsOneAreMerged() {
    View flat = View.contiguous(Shape.of(24));
    View deep = View.contiguous(Shape.of(2, 3, 1, 4));
    assertEquals(text(add(flat, flat)), text(add(deep, deep)));
  }

  @Test
  void largeKernelsCountIn64Bits() {
    View large = View.contiguous(Shape.of(1L << 31));
    assertTrue(text(add(large, large)).startsWith("typedef i64 idx;"));
    View far = View.of(Shape.of(2), new long[] {1L << 40}, 0);
    View near = View.contiguous(Shape.of(2));
    assertTrue(text(add(near, far)).startsWith("typedef i64 idx;"));
    assertTrue(text(add(near, near)).startsWith("typedef int idx;"));
  }

  @Test
  void equalPartsAreOneLaunch() {
    CProgram program = CSource.of(decay(6), GPU);
    assertEquals(1, program.launches().size());
    Launch launch = program.launches().getFirst();
    // Each part's work is a range of groups: 1024, 2048 ... elements in groups of 256.
    assertTrue(launch.groups() >= 6, launch::toString);
  }

  @Test
  void manyPartsAreCutToWhatALaunchCanBind() {
    CProgram program = CSource.of(decay(200), GPU);
    assertTrue(program.launches().size() > 1);
    assertEquals(1, program.launches().stream().map(Launch::function).distinct().count());
    int buffers = 0;
    for (Launch launch : program.launches()) {
      assertTrue(bytes(launch.args()) <= 1024, launch::toString);
      List<Arg> memory = launch.args().stream().filter(Arg.Buffer.class::isInstance).toList();
      assertTrue(memory.size() <= 48, launch::toString);
      buffers += (int) memory.stream().distinct().count();
    }
    assertEquals(400, buffers);
  }

  @Test
  void onePartWithManyBuffersIsCutIntoSteps() {
    for (long stride : new long[] {1, 3}) {
      CProgram program = CSource.of(sum(130, stride), GPU);
      assertTrue(program.launches().size() > 2);
      List<Arg> read = new ArrayList<>();
      for (Launch launch : program.launches()) {
        assertTrue(bytes(launch.args()) <= 1024, launch::toString);
        List<Arg> memory = launch.args().stream().filter(arg -> isMemory(arg)).toList();
        assertTrue(memory.size() <= 48, launch::toString);
        memory.stream().filter(Arg.Buffer.class::isInstance).forEach(read::add);
      }
      // Each is read once; between the steps one sum is kept, in 4 bytes for each element.
      assertEquals(131, read.size());
      assertTrue(program.scratch() < 40 * 4 * 100, program.scratch() + " bytes");
    }
    assertEquals(1, CSource.of(sum(47, 1), GPU).launches().size());
    assertEquals(0, CSource.of(sum(47, 1), GPU).scratch());
  }

  private static boolean isMemory(Arg arg) {
    return new Signature.Slot("", arg).isMemory();
  }

  /// The sum of many tensors, with two axes that only the first walks in one.
  private static Kernel sum(int count, long stride) {
    Shape shape = Shape.of(10, 10);
    ProgramBuilder program = new ProgramBuilder();
    int sum = program.add(new Instr.Load(0, View.contiguous(shape), F32));
    for (int i = 1; i < count; i++) {
      View view = View.of(shape, new long[] {10 * stride * (1 + i % 7), stride}, 0);
      sum = program.apply(ScalarOp.ADD, sum, program.add(new Instr.Load(i, view, F32)));
    }
    Kernel.Store store = new Kernel.Store(new Kernel.Operand(count, View.contiguous(shape)), sum);
    return new Kernel.Map(
        Collections.nCopies(count + 1, F32),
        List.of(new Kernel.Part(shape, program.build(), List.of(store))));
  }

  private static int bytes(List<Arg> args) {
    return args.stream().mapToInt(arg -> new Signature.Slot("", arg).bytes()).sum();
  }

  @Test
  void manyFoldsStayOutOfLocalMemory() {
    for (long outer : new long[] {3, 5000}) {
      Kernel.Reduce one = (Kernel.Reduce) fold(Kernel.FoldOp.ARGMAX, outer, 4_000_000);
      assertTrue(text(one).contains("LOCAL"));
      Kernel.Reduce many =
          new Kernel.Reduce(
              one.buffers(),
              one.outer(),
              one.inner(),
              one.body(),
              Collections.nCopies(9, one.folds().getFirst()),
              one.finish(),
              one.stores());
      assertFalse(text(many).contains("LOCAL"), () -> text(many));
    }
  }

  @Test
  void nothingToDoIsNoLaunch() {
    View empty = View.contiguous(Shape.of(0, 3));
    assertEquals(List.of(), CSource.of(add(empty, empty), GPU).launches());
    assertEquals(List.of(), CSource.of(copy(empty, empty), GPU).launches());
    assertEquals(List.of(), CSource.of(fold(Kernel.FoldOp.SUM, 0, 5), GPU).launches());
    assertEquals(1, CSource.of(fold(Kernel.FoldOp.SUM, 5, 0), GPU).launches().size());
  }

  @ParameterizedTest
  @EnumSource(CDialect.class)
  void doublePrecisionIsAskedForWhereItIsNeeded(CDialect dialect) {
    assertFalse(CSource.of(softmax(3, 4), GPU).float64());
    View view = View.contiguous(Shape.of(3));
    ProgramBuilder program = new ProgramBuilder();
    int x = program.add(new Instr.Load(0, view, F32));
    int wide = program.cast(DType.FLOAT64, x);
    Kernel.Store store = new Kernel.Store(new Kernel.Operand(1, view), wide);
    Kernel kernel =
        new Kernel.Map(
            List.of(F32, F32),
            List.of(new Kernel.Part(view.shape(), program.build(), List.of(store))));
    assertTrue(CSource.of(kernel, GPU).float64());
    assertTrue(dialect.preamble(true).contains("JV_FLOAT64\n"));
    assertNotEquals(dialect.preamble(true), dialect.preamble(false));
  }

  private static String text(Kernel kernel) {
    String gpu = CSource.of(kernel, GPU).text();
    assertEquals(gpu, CSource.of(kernel, new Target(CDialect.OPENCL, false, 132)).text());
    return gpu;
  }

  private static Kernel add(View a, View b) {
    ProgramBuilder program = new ProgramBuilder();
    int x = program.add(new Instr.Load(3, a, F32));
    int y = program.add(new Instr.Load(1, b, DType.FLOAT16));
    int sum = program.apply(ScalarOp.ADD, x, y);
    View to = View.contiguous(a.shape());
    Kernel.Store store = new Kernel.Store(new Kernel.Operand(0, to), sum);
    return new Kernel.Map(
        List.of(F32, DType.FLOAT16, F32, F32),
        List.of(new Kernel.Part(a.shape(), program.build(), List.of(store))));
  }

  /// The update of many tensors by one number.
  private static Kernel decay(int parts) {
    List<Kernel.Part> all = new ArrayList<>();
    for (int p = 0; p < parts; p++) {
      View view = View.contiguous(Shape.of(1024L * (p + 1)));
      ProgramBuilder program = new ProgramBuilder();
      int x = program.add(new Instr.Load(2 * p, view, F32));
      int y = program.add(new Instr.Load(2 * p + 1, view, F32));
      int rate = program.add(new Instr.Param(0, F32));
      int step = program.apply(ScalarOp.MUL, rate, y);
      int next = program.apply(ScalarOp.SUB, x, step);
      Kernel.Store store = new Kernel.Store(new Kernel.Operand(2 * p, view), next);
      all.add(new Kernel.Part(view.shape(), program.build(), List.of(store)));
    }
    return new Kernel.Map(IntStream.range(0, 2 * parts).mapToObj(_ -> F32).toList(), all);
  }

  private static Kernel copy(View from, View to) {
    return new Kernel.Copy(
        List.of(DType.INT16, DType.INT16), new Kernel.Operand(0, from), new Kernel.Operand(1, to));
  }

  private static Kernel fold(Kernel.FoldOp op, long outer, long inner) {
    ProgramBuilder body = new ProgramBuilder();
    int x = body.add(new Instr.Load(0, View.contiguous(Shape.of(outer, inner)), F32));
    boolean argument = op == Kernel.FoldOp.ARGMAX;
    DType type = argument ? DType.INT64 : F32;
    ProgramBuilder finish = new ProgramBuilder();
    int result = finish.add(new Instr.Result(0, type));
    View to = View.contiguous(Shape.of(outer));
    return new Kernel.Reduce(
        List.of(F32, type),
        Shape.of(outer),
        Shape.of(inner),
        body.build(),
        List.of(new Kernel.Fold(op, x, type)),
        finish.build(),
        List.of(new Kernel.Store(new Kernel.Operand(1, to), result)));
  }

  private static Kernel softmax(long outer, long inner) {
    View view = View.contiguous(Shape.of(outer, inner));
    ProgramBuilder body = new ProgramBuilder();
    int x = body.add(new Instr.Load(0, view, F32));
    int shifted = body.apply(ScalarOp.SUB, x, body.add(new Instr.Result(0, F32)));
    int power = body.apply(ScalarOp.EXP, shifted);
    int part = body.apply(ScalarOp.DIV, power, body.add(new Instr.Result(1, F32)));
    return new Kernel.RowWise(
        List.of(F32, F32),
        Shape.of(outer),
        Shape.of(inner),
        body.build(),
        List.of(
            new Kernel.Fold(Kernel.FoldOp.MAX, x, F32),
            new Kernel.Fold(Kernel.FoldOp.SUM, power, F32)),
        List.of(new Kernel.Store(new Kernel.Operand(1, view), part)),
        new ProgramBuilder().build(),
        List.of());
  }
}
