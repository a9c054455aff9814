package dev.javelin.kernels.c;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Attention and its gradients as C: tiles of scores that live in registers and local memory only.
///
/// A work-group owns a tile of rows and some columns of what it computes, and walks over tiles of the other side. Heads wider than a
/// work-group can hold are cut into column tiles, for each of which the scores are computed again.
final class AttentionSource {
  /// How a work-group shares a tile of scores.
  ///
  /// @param rows the tile's rows
  /// @param columns its columns
  /// @param itemRows the rows of one work-item
  /// @param across how many work-items share a row
  private record Tiling(int rows, int columns, int itemRows, int across) {
    private static final Tiling GPU = new Tiling(64, 64, 4, 16);
    private static final Tiling GPU_FLOAT64 = new Tiling(32, 32, 2, 16);
    private static final Tiling CPU = new Tiling(32, 64, 32, 1);

    int items() {
      return rows / itemRows * across;
    }
  }

  /// How many terms of a sum pass through local memory at a time.
  private static final int CHUNK = 16;

  /// The columns that a work-group's sums have room for: all of the usual heads.
  private static final int NARROW = 64;

  private static final int WIDE = 128;

  private final Map<String, Kernel.Operand> operands;
  private final List<DType> buffers;
  private final Tiling tiling;
  private final Signature signature;
  private final DType register;

  /// The axes of the batch.
  private final int axes;

  private final StringBuilder text = new StringBuilder();
  private final Map<String, String> gaps = new HashMap<>();

  private AttentionSource(
      Map<String, Kernel.Operand> operands,
      List<DType> buffers,
      boolean causal,
      double scale,
      Target target) {
    this.operands = operands;
    this.buffers = buffers;
    Shape rows = operands.get("lse").view().shape();
    axes = rows.rank() - 1;
    register = buffers.get(operands.get("lse").buffer());
    boolean wide = register == DType.FLOAT64;
    tiling = target.cpu() ? Tiling.CPU : wide ? Tiling.GPU_FLOAT64 : Tiling.GPU;
    List<View> views = operands.values().stream().map(Kernel.Operand::view).toList();
    long longest = views.stream().mapToLong(view -> view.shape().numel()).max().orElse(0);
    signature = new Signature(Signature.isWide(Math.max(Block.reach(views), (double) longest)));
    Block groups =
        Block.of(
            "group",
            Shape.of(Arrays.copyOf(rows.toArray(), axes)),
            views,
            view -> Arrays.copyOf(view.strides(), axes));
    Operands starts = new Operands(signature, buffers, groups);
    Code group = new Code();
    starts.axes(group, groups);
    operands.forEach((name, operand) -> declare(starts, group, name, operand));
    signature.number("l_size", rows.size(axes));
    signature.number("s_size", size("k", axes));
    signature.number("e_size", size("q", axes + 1));
    signature.number("f_size", size("v", axes + 1));
    gaps.put("GROUP", group.toString());
    gaps.put("PARAMETERS", signature.declarations());
    gaps.put("PROLOGUE", signature.pointers().toString());
    String suffix = wide ? "_F64" : "_F32";
    text.append(signature.header());
    define("REG", CType.register(register));
    define("MAD(a, b, c)", "FMA" + suffix + "(a, b, c)");
    define("EXP(x)", "EXP" + suffix + "(x)");
    define("LOG(x)", "LOG" + suffix + "(x)");
    define("LARGER(x, y)", "jv_max_" + CType.suffix(register) + "(x, y)");
    define("INFINITE", "INF" + suffix);
    define("SCALE", CType.literal(register, Double.doubleToRawLongBits(scale)));
    define("CAUSAL", causal ? "1" : "0");
    define("BM", tiling.rows());
    define("BN", tiling.columns());
    define("BK", CHUNK);
    define("TM", tiling.itemRows());
    define("TN", tiling.columns() / tiling.across());
    define("TX", tiling.across());
    define("ITEMS", tiling.items());
    define("ROW(i)", "(ty * TM + (i))");
    // Runs of a work-item's columns, as far apart as all of the group's; a single work-item has
    // them all.
    define("RUN", Math.min(4, tiling.columns() / tiling.across()));
    define("COLUMN(j)", target.cpu() ? "(j)" : "((j) / RUN * (RUN * TX) + tx * RUN + (j) % RUN)");
    define("WIDE_COLUMN(j)", target.cpu() ? "(j)" : "((j) / 4 * (4 * TX) + tx * 4 + (j) % 4)");
    // A processor's compiler would unroll too much.
    define("EACH", target.cpu() ? "for" : "UNROLL for");
    define("SOME", target.cpu() ? "for" : "UNROLL4 for");
  }

  static CProgram of(Kernel.Attention kernel, Target target) {
    Map<String, Kernel.Operand> operands = new LinkedHashMap<>();
    operands.put("q", kernel.q());
    operands.put("k", kernel.k());
    operands.put("v", kernel.v());
    operands.put("y", kernel.y());
    operands.put("lse", kernel.lse());
    AttentionSource source =
        new AttentionSource(operands, kernel.buffers(), kernel.causal(), kernel.scale(), target);
    long width = source.size("v", source.axes + 1);
    source.product("SCORES", "s", "q", "k", "e_size", "l_size", "s_size");
    int tile = width <= NARROW ? NARROW : WIDE;
    source.apply("APPLY", "sum", "v", "f_size", "s_size", tile);
    return source.program(source.function("attention", "attention.k", tile, width, "q"));
  }

  static CProgram of(Kernel.AttentionBackward kernel, Target target) {
    Map<String, Kernel.Operand> operands = new LinkedHashMap<>();
    operands.put("q", kernel.q());
    operands.put("k", kernel.k());
    operands.put("v", kernel.v());
    operands.put("g", kernel.g());
    operands.put("lse", kernel.lse());
    operands.put("delta", kernel.delta());
    operands.put("dq", kernel.dq());
    operands.put("dk", kernel.dk());
    operands.put("dv", kernel.dv());
    AttentionSource source =
        new AttentionSource(operands, kernel.buffers(), kernel.causal(), kernel.scale(), target);
    long size = source.size("q", source.axes + 1);
    long widest = Math.max(size, source.size("v", source.axes + 1));
    int tile = size <= NARROW ? NARROW : WIDE;
    source.product("SCORES", "s", "q", "k", "e_size", "l_size", "s_size");
    source.product("SLOPES", "ds", "g", "v", "f_size", "l_size", "s_size");
    source.apply("APPLY", "sum", "k", "e_size", "s_size", tile);
    Launch queries = source.function("attention_queries", "attention_queries.k", tile, size, "q");
    // Two sums at once leave registers for the narrow one only.
    source.product("SCORES", "s", "k", "q", "e_size", "s_size", "l_size");
    source.product("SLOPES", "ds", "v", "g", "f_size", "s_size", "l_size");
    source.apply("APPLY_VALUES", "values", "g", "f_size", "l_size", NARROW);
    source.apply("APPLY_KEYS", "keys", "q", "e_size", "l_size", NARROW);
    Launch keys = source.function("attention_keys", "attention_keys.k", NARROW, widest, "k");
    return source.program(queries, keys);
  }

  private CProgram program(Launch... launches) {
    List<Launch> some = Arrays.stream(launches).filter(launch -> launch.groups() > 0).toList();
    return new CProgram(some.isEmpty() ? "" : text.toString(), some, 0);
  }

  /// Writes a function.
  ///
  /// @param tile how many columns a work-group computes
  /// @param columns how many there are
  /// @param rows the operand whose rows are dealt out
  /// @return its launch, of no group where there is nothing to compute
  private Launch function(String name, String resource, int tile, long columns, String rows) {
    gaps.put("WIDTH", Integer.toString(tile));
    gaps.put("TW", Integer.toString(tile / tiling.across()));
    gaps.put("LEFT", Integer.toString(CHUNK * (tiling.rows() + 4)));
    gaps.put("RIGHT", Integer.toString(CHUNK * (Math.max(tile, tiling.columns()) + 4)));
    gaps.put("TILE", Integer.toString(tiling.columns() * (tiling.rows() + 4)));
    text.append(Template.resource(resource).fill(gaps));
    long batch = operands.get("lse").view().shape().drop(axes).numel();
    // One tile of columns at least: there is more to compute than those.
    long tiles =
        Math.max(1, Math.ceilDiv(columns, tile))
            * Math.ceilDiv(size(rows, axes), tiling.rows())
            * batch;
    return new Launch(name, Math.toIntExact(tiles), tiling.items(), signature.args());
  }

  /// Writes the products of the rows of two matrices.
  private void product(
      String gap, String sum, String left, String right, String depth, String m, String n) {
    Map<String, String> parts = new HashMap<>();
    parts.put("SUM", sum);
    parts.put("DEPTH", depth);
    parts.put("M_SIZE", m);
    parts.put("N_SIZE", n);
    parts.put("LEFT", load(left, "m", "d"));
    parts.put("RIGHT", load(right, "n", "d"));
    gaps.put(gap, Template.resource("attention_product.k").fill(parts));
  }

  /// Writes the product of the tile in local memory with rows of a matrix.
  private void apply(String gap, String sum, String right, String w, String n, int tile) {
    Map<String, String> parts = new HashMap<>();
    parts.put("SUM", sum);
    parts.put("WIDTH", Integer.toString(tile));
    parts.put("TW", Integer.toString(tile / tiling.across()));
    parts.put("W_SIZE", w);
    parts.put("N_SIZE", n);
    parts.put("RIGHT", load(right, "n", "w"));
    gaps.put(gap, Template.resource("attention_apply.k").fill(parts));
  }

  // ---- operands ----

  private void declare(Operands starts, Code group, String name, Kernel.Operand operand) {
    View view = operand.view();
    DType type = buffers.get(operand.buffer());
    signature.memory(name, CType.element(type), new Arg.Buffer(operand.buffer()));
    signature.number(name + "_r", view.stride(axes));
    boolean matrix = view.shape().rank() > axes + 1;
    if (matrix) {
      signature.number(name + "_c", view.stride(axes + 1));
    }
    group.line("idx " + name + "_from = " + starts.at(view) + ";");
    String place = at(name, "m", matrix ? "w" : null);
    gaps.put("STORE_" + name, CType.store(type, name, place, register, "value"));
    gaps.put("LOAD_" + name, CType.load(type, name, at(name, "row", null)));
  }

  private String load(String name, String row, String column) {
    return CType.load(buffers.get(operands.get(name).buffer()), name, at(name, row, column));
  }

  private String at(String name, String row, String column) {
    String start = name + "_from + " + row + " * " + name + "_r";
    return column == null ? start : start + " + " + column + " * " + name + "_c";
  }

  private long size(String name, int axis) {
    return operands.get(name).view().shape().size(axis);
  }

  private void define(String name, Object value) {
    text.append("#define ").append(name).append(' ').append(value).append('\n');
  }
}
