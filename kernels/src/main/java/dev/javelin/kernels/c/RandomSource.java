package dev.javelin.kernels.c;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Instr;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.View;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Random numbers as C.
final class RandomSource {
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
    // A last block that is cut off is not counted: it is drawn apart.
    long blocks = elements / perBlock;
    View view = kernel.target().view();
    List<View> views = List.of(view);
    Block block = Block.of("i", view.shape(), views, View::strides).atLeastOneAxis();
    Signature signature = new Signature(Elementwise.isWide(view.shape(), views));
    Operands operands = new Operands(signature, kernel.buffers(), block);
    Grid grid = new Grid(target);
    signature.number("blocks", blocks);
    signature.number("elements", elements);
    signature.param(new Instr.Param(0, DType.INT64));
    signature.param(new Instr.Param(1, DType.INT64));
    signature.memory("target", CType.element(type), new Arg.Buffer(kernel.target().buffer()));
    boolean normal = kernel.distribution() == Kernel.Distribution.NORMAL;
    // Functions of numbers take a processor so long that they are computed by vectors.
    boolean vectors = normal && target.cpu();
    int run = 64 / number.bytes();
    long tasks = vectors ? Math.ceilDiv(elements, (long) perBlock * run) : blocks;
    Code each = new Code();
    grid.forEach(each, vectors ? "run" : "block", vectors ? "runs" : "blocks");
    Code position = new Code();
    operands.axes(position, block);
    String place = operands.at(view);
    Map<String, String> gaps = new HashMap<>();
    gaps.put("PARAMETERS", signature.declarations());
    gaps.put("PROLOGUE", signature.pointers().toString());
    gaps.put("EACH", each.toString());
    gaps.put("POSITION", position.toString());
    gaps.put("HELPERS", normal ? normal(wide) : "");
    gaps.put("NUMBERS", words ? words() : uniforms(wide) + (normal ? pairs(perBlock) : ""));
    gaps.put("UNIFORMS", uniforms(wide));
    gaps.put("HALF_PI", halfPi(wide));
    gaps.put("STORE", CType.store(type, "target", place, number, "number"));
    StringBuilder text = new StringBuilder(signature.header());
    define(text, "ITEMS", grid.groupSize());
    define(text, "NUMBER", CType.register(number));
    define(text, "PER_BLOCK", perBlock);
    if (vectors) {
      define(text, "RUN", run);
      define(text, "VEC", CType.register(number) + run);
      define(text, "VLOAD", "vload" + run);
      define(text, "VSTORE", "vstore" + run);
    }
    text.append(Template.resource("random_philox.k").fill(Map.of()));
    text.append(Template.resource(vectors ? "random_vectors.k" : "random.k").fill(gaps));
    Launch launch = new Launch("draw", grid.groups(tasks), grid.groupSize(), signature.args());
    return new CProgram(text.toString(), List.of(launch), 0);
  }

  private static void define(StringBuilder text, String name, Object value) {
    text.append("#define ").append(name).append(' ').append(value).append('\n');
  }

  private static String halfPi(boolean wide) {
    return wide ? "1.5707963267948966" : "1.5707963267948966f";
  }

  private static String words() {
    return """
    UNROLL for (int lane = 0; lane < 4; lane++) {
      numbers[lane] = (i64)words[lane];
    }
    """;
  }

  /// Multiples of 2^-24 from a word, or of 2^-53 from two; all exact.
  private static String uniforms(boolean wide) {
    return wide
        ? """
        UNROLL for (int lane = 0; lane < 2; lane++) {
          u64 bits = ((u64)(words[2 * lane] >> 5) << 26) | (u64)(words[2 * lane + 1] >> 6);
          numbers[lane] = (NUMBER)bits / (NUMBER)9007199254740992;
        }
        """
        : """
        UNROLL for (int lane = 0; lane < 4; lane++) {
          numbers[lane] = (NUMBER)(words[lane] >> 8) * (NUMBER)5.9604644775390625e-8f;
        }
        """;
  }

  private static String pairs(int perBlock) {
    return """
    UNROLL for (int lane = 0; lane < %s; lane += 2) {
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
                "HALF_PI", halfPi(wide)));
  }
}
