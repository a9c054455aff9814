package dev.javelin.kernels.c;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Random numbers as C.
final class RandomSource {
  private static final int ITEMS = 256;

  private RandomSource() {}

  static CProgram of(Kernel.Random kernel, Target target) {
    long elements = kernel.target().view().shape().numel();
    if (elements == 0) {
      return new CProgram("", List.of(), 0);
    }
    DType type = kernel.buffers().get(kernel.target().buffer());
    boolean wide = type == DType.FLOAT64;
    boolean words = kernel.distribution() == Kernel.Distribution.WORDS;
    DType number = words ? DType.INT64 : wide ? DType.FLOAT64 : DType.FLOAT32;
    int perBlock = wide ? 2 : 4;
    long blocks = Tile.ceilDiv(elements, perBlock);
    Elementwise walk =
        new Elementwise(
            kernel.target().view().shape(), List.of("target"), List.of(kernel.target().view()));
    Parameters parameters = walk.parameters();
    parameters.offset("blocks", blocks);
    walk.memory("target", CType.element(type), kernel.target());
    parameters.param(0, DType.INT64);
    parameters.param(1, DType.INT64);
    boolean normal = kernel.distribution() == Kernel.Distribution.NORMAL;
    Map<String, String> gaps = new HashMap<>();
    gaps.put("PARAMETERS", parameters.declarations());
    gaps.put("PROLOGUE", parameters.prologue());
    gaps.put("POSITION", walk.position());
    gaps.put("HELPERS", normal ? normal(wide) : "");
    gaps.put("NUMBERS", words ? words() : uniforms(wide) + (normal ? pairs(perBlock) : ""));
    gaps.put("STORE", CType.store(type, "target", walk.distance("target"), number, "number"));
    String text =
        parameters.typedef()
            + "#define NUMBER "
            + CType.register(number)
            + "\n#define PER_BLOCK "
            + perBlock
            + "\n"
            + Template.resource("random.k").fill(gaps);
    int groups = Tile.groups(blocks, ITEMS, target);
    return new CProgram(text, List.of(new Launch("draw", groups, ITEMS, parameters.args())), 0);
  }

  private static String words() {
    return """
    for (int lane = 0; lane < 4; lane++) {
      numbers[lane] = (i64)words[lane];
    }
    """;
  }

  /// Multiples of 2^-24 from a word, or of 2^-53 from two; all exact.
  private static String uniforms(boolean wide) {
    return wide
        ? """
        for (int lane = 0; lane < 2; lane++) {
          u64 bits = ((u64)(words[2 * lane] >> 5) << 26) | (u64)(words[2 * lane + 1] >> 6);
          numbers[lane] = (NUMBER)bits / (NUMBER)9007199254740992;
        }
        """
        : """
        for (int lane = 0; lane < 4; lane++) {
          numbers[lane] = (NUMBER)(words[lane] >> 8) * (NUMBER)5.9604644775390625e-8f;
        }
        """;
  }

  private static String pairs(int perBlock) {
    return """
    for (int lane = 0; lane < %s; lane += 2) {
      jv_normal(numbers[lane], numbers[lane + 1], numbers + lane);
    }
    """
        .formatted(perBlock);
  }

  private static String normal(boolean wide) {
    String end = wide ? "_F64" : "_F32";
    return Template.resource("random_normal.k")
        .fill(
            Map.of(
                "SQRT", "SQRT" + end,
                "LOG", "LOG" + end,
                "COS", "COS" + end,
                "SIN", "SIN" + end,
                "HALF_PI", wide ? "1.5707963267948966" : "1.5707963267948966f"));
  }
}
