package dev.javelin.opencl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.Extents;
import dev.javelin.backend.Tuner;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Program;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import dev.javelin.kernels.c.CProgram;
import dev.javelin.kernels.c.CSource;
import dev.javelin.kernels.c.Candidates;
import dev.javelin.kernels.c.Target;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Which candidate is chosen must not be seen in the numbers.
@EnabledIf("dev.javelin.opencl.Cases#areToRun")
final class CandidatesTest {
  private static final int M = 513;
  private static final int N = 510;
  private static final int K = 1030;

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void allGiveTheSameBits(boolean cpu) {
    Target own = Cases.first().device().target();
    // With 300 units the sums are cut into parts.
    Target target = new Target(own.dialect(), cpu, cpu ? own.units() : 300);
    Candidates candidates = CSource.candidates(kernel(), target);
    assertEquals(4, candidates.programs().size());
    assertEquals(CSource.of(kernel(), target), candidates.programs().getFirst());
    float[] first = run(candidates.programs().getFirst());
    for (CProgram program : candidates.programs().subList(1, 4)) {
      assertArrayEquals(first, run(program));
    }
  }

  @Test
  void theFastestIsRemembered() throws Exception {
    OpenClBackend backend = Cases.first();
    Path file = folder.resolve("tuning.txt");
    Candidates candidates = CSource.candidates(kernel(), backend.device().target());
    Tuner tuner = new Tuner(file, "test", true);
    int choice =
        Trial.choose(tuner, backend.session(), "product", candidates, Extents.of(kernel()));
    List<String> lines = Files.readAllLines(file);
    assertEquals("test", lines.getFirst());
    assertEquals(candidates.shapes() + "=" + choice + "/4", lines.getLast());
    assertTrue(candidates.shapes().endsWith(" g0 m10 n9 k11"), candidates.shapes());
  }

  private static float[] run(CProgram program) {
    OpenClBackend backend = Cases.device(new Driver(), program);
    DeviceBuffer[] buffers = {
      backend.allocate(4L * M * K), backend.allocate(4L * K * N), backend.allocate(4L * M * N)
    };
    SplittableRandom random = new SplittableRandom(3);
    for (int b = 0; b < 2; b++) {
      float[] values = new float[(int) (buffers[b].bytes() / 4)];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) random.nextDouble(-1, 1);
      }
      Cases.write(buffers[b], values);
    }
    backend.compile(kernel()).launch(buffers, new long[3], new long[0]);
    float[] result = Cases.read(buffers[2], M * N);
    for (DeviceBuffer buffer : buffers) {
      buffer.free();
    }
    return result;
  }

  private static Kernel kernel() {
    return new Kernel.Contract(
        List.of(DType.FLOAT32, DType.FLOAT32, DType.FLOAT32),
        new Kernel.Operand(0, View.contiguous(Shape.of(M, K))),
        new Kernel.Operand(1, View.contiguous(Shape.of(K, N))),
        DType.FLOAT32,
        Program.result(DType.FLOAT32),
        new Kernel.Store(new Kernel.Operand(2, View.contiguous(Shape.of(M, N))), 0));
  }
}
