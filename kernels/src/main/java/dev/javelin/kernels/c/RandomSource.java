package dev.javelin.kernels.c;

import dev.javelin.kernels.DType;
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
    Axes axes = Axes.of(view.shape().toArray(), List.of(view.strides()));
    long reach = Math.max(elements, axes.reach(0));
    Parameters parameters = new Parameters(reach > Integer.MAX_VALUE - (1 << 26));
    Grid grid = new Grid(target);
    parameters.number("blocks", blocks);
    parameters.number("elements", elements);
    for (int axis = 0; axis < axes.rank(); axis++) {
      parameters.number("i" + axis + "_size", axes.sizes().get(axis));
      parameters.number("target_" + axis, axes.strides().getFirst().get(axis));
    }
    parameters.memory(
        "target", CType.element(type), new Arg.Buffer(kernel.target().buffer()), view.offset());
    parameters.param(0, DType.INT64);
    parameters.param(1, DType.INT64);
    boolean normal = kernel.distribution() == Kernel.Distribution.NORMAL;
    Code each = new Code();
    each.line("idx group = GRP();");
    each.line("idx groups = GRPS();");
    Code loop = new Code();
    grid.forEach(loop, "block", "blocks");
    Code position = new Code();
    Axes.decode(position, "i", "i", axes.rank());
    // Neighbours in memory, known to be so, let a compiler use vectors.
    boolean dense =
        axes.rank() == 0 || axes.rank() == 1 && axes.strides().getFirst().getFirst() == 1;
    String place = dense ? "i" : Axes.distance("target", "i", axes.rank());
    Map<String, String> gaps = new HashMap<>();
    gaps.put("PARAMETERS", parameters.declarations());
    gaps.put("PROLOGUE", parameters.prologue());
    gaps.put("EACH", each.add(loop).toString());
    gaps.put("POSITION", dense ? "" : position.toString());
    gaps.put("HELPERS", normal ? normal(wide) : "");
    gaps.put("NUMBERS", words ? words() : uniforms(wide) + (normal ? pairs(perBlock) : ""));
    gaps.put("STORE", CType.store(type, "target", place, number, "number"));
    String text =
        parameters.typedef()
            + "#define ITEMS "
            + grid.groupSize()
            + "\n#define NUMBER "
            + CType.register(number)
            + "\n#define PER_BLOCK "
            + perBlock
            + "\n"
            + Template.resource("random.k").fill(gaps);
    Launch launch = new Launch("draw", grid.groups(blocks), grid.groupSize(), parameters.args());
    return new CProgram(text, List.of(launch), 0);
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
                "HALF_PI", wide ? "1.5707963267948966" : "1.5707963267948966f"));
  }
}
