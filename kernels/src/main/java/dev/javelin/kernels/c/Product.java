package dev.javelin.kernels.c;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Program;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;

/// Sums of products: `out[g, m, n] = finish(sum over k of row(g, m, k) * column(g, k, n))`. Matrix products and convolutions differ
/// only in where rows and columns are read.
///
/// @param signature the parameters that the texts below use; this class adds those of the tiling
/// @param type the register type of the sums
/// @param finish what is done with each sum
/// @param store where the result goes
/// @param operands where the operands of `finish` and the result lie, by the blocks of the group, the row `m` and the column
/// @param groups how many groups
/// @param m how many rows
/// @param n how many columns
/// @param k how many terms each sum has
/// @param group statements that find, from `g`, where a group begins in each array
/// @param position statements that find, from `n`, the position of a column
/// @param row statements that set `value` from `m` and `k`
/// @param column statements that set `value` from `n` and `k`
/// @param rowsAlongK whether neighbours in memory are of the same row
/// @param columnsAlongK whether neighbours in memory are of the same column
/// @param rowRun for GPUs: the address of the element of `m` and `k`, where rows are of the type of the sums and neighbours in memory
/// @param columnRun the same for columns, by `n` and `k`
/// @param panel for processors: statements that fill the panel
/// @param chunk for processors: after how many terms the panel begins anew, 0 if anywhere will do
/// @param rows for processors: where rows can be read as they are
record Product(
    Signature signature,
    DType type,
    Program finish,
    Kernel.Store store,
    Operands operands,
    long groups,
    long m,
    long n,
    long k,
    String group,
    String position,
    String row,
    String column,
    boolean rowsAlongK,
    boolean columnsAlongK,
    Optional<String> rowRun,
    Optional<String> columnRun,
    String panel,
    long chunk,
    Optional<Rows> rows) {
  /// Rows that lie in memory in the type they are multiplied in.
  ///
  /// @param pointer where the group's first row begins
  /// @param m the distance between rows
  /// @param k the distance between neighbours in a row
  /// @param chunk the distance between chunks of a row
  record Rows(String pointer, long m, long k, long chunk) {}

  private static final int CPU_BLOCK = 384;
  private static final int ITEMS = 256;

  /// Below so many operations a product takes less than a millisecond on any device that is worth tuning.
  private static final double WORTH_TRYING = 1 << 28;

  /// The C type that sums are kept in: unsigned where integers wrap.
  static String sum(DType type) {
    return switch (type) {
      case INT32 -> "u32";
      case INT64 -> "u64";
      default -> CType.register(type);
    };
  }

  /// The product as the written rule has it.
  CProgram program(Target target) {
    return target.cpu()
        ? program(target, Form.CANDIDATES.getFirst(), null)
        : program(target, null, tile(target));
  }

  /// The product in every way that may be the fastest.
  ///
  /// @param fresh the product, anew for each way
  static Candidates candidates(Supplier<Product> fresh, Target target) {
    Product one = fresh.get();
    if (2.0 * one.groups * one.m * one.n * one.k < WORTH_TRYING) {
      return Candidates.only(one.program(target));
    }
    List<CProgram> programs =
        target.cpu()
            ? Form.CANDIDATES.stream().map(f -> fresh.get().program(target, f, null)).toList()
            : one.tile(target).candidates().stream()
                .map(tile -> fresh.get().program(target, null, tile))
                .toList();
    return new Candidates(one.shapes(), programs);
  }

  /// The class of shapes: what is read how, and the sizes to a power of two.
  private String shapes() {
    int reads = Objects.hash(row, column, panel, rowsAlongK, columnsAlongK);
    return "product %s %s g%s m%s n%s k%s"
        .formatted(type, Integer.toHexString(reads), log(groups), log(m), log(n), log(k));
  }

  private static int log(long size) {
    return 64 - Long.numberOfLeadingZeros(size - 1);
  }

  private Tile tile(Target target) {
    return Tile.of(groups, m, n, target.units());
  }

  private CProgram program(Target target, Form form, Tile tile) {
    if (groups * m * n == 0) {
      return new CProgram("", List.of(), 0);
    }
    signature.number("g_size", groups);
    signature.number("m_size", m);
    signature.number("n_size", n);
    signature.number("k_size", k);
    return target.cpu() ? cpu(target, form) : gpu(target, tile);
  }

  private CProgram gpu(Target target, Tile tile) {
    // How sums are cut does not depend on which tile is tried.
    long usual = groups * tile(target).tiles(m, n);
    // A part shorter than this costs more to add up than it saves.
    long most = Math.max(1, k / 256);
    long wanted =
        usual < target.units() ? Tile.parts(usual, most, 2L * target.units(), bytes()) : 1;
    long part = Math.max(1, Math.ceilDiv(Math.ceilDiv(k, wanted), Tile.PART) * Tile.PART);
    long tiles = groups * tile.tiles(m, n);
    signature.number("n_tiles", Math.ceilDiv(n, tile.n()));
    signature.number("m_tiles", Math.ceilDiv(m, tile.m()));
    signature.number("k_part", part);
    String defines =
        define("BM", tile.m())
            + define("BN", tile.n())
            + define("BK", tile.k())
            + define("TM", tile.itemM())
            + define("TN", tile.itemN());
    long parts = Math.max(1, Math.ceilDiv(k, part));
    Map<String, String> gaps = gaps();
    Code aligned = new Code();
    passage(gaps, aligned, "row", "m", tile.m(), tile, rowsAlongK, rowRun, row);
    passage(gaps, aligned, "column", "n", tile.n(), tile, columnsAlongK, columnRun, column);
    gaps.put("ALIGNED", aligned.toString());
    return assemble(target, defines, "product_gpu.k", gaps, tiles, tile.items(), parts);
  }

  /// How rows or columns come to local memory.
  ///
  /// @param aligned where to find out, for all tiles, whether runs of neighbours can be loaded at once
  /// @param name `row` or `column`
  /// @param axis `m` or `n`
  /// @param block how many of them a tile has
  private void passage(
      Map<String, String> gaps,
      Code aligned,
      String name,
      String axis,
      int block,
      Tile tile,
      boolean alongK,
      Optional<String> run,
      String value) {
    int lanes = run.isPresent() ? 16 / type.bytes() : 1;
    int steps = Math.ceilDiv(block * tile.k() / lanes, tile.items());
    String ifRun = "{";
    if (run.isPresent()) {
      String address = run.get();
      // Each run is aligned if the first and the one beside it are.
      aligned.line(
          "int %s_runs = IS_ALIGNED(%s, 16) && IS_ALIGNED(%s, 16);"
              .formatted(
                  name,
                  address.formatted("0", "0"),
                  alongK ? address.formatted("1", "0") : address.formatted("0", "1")));
      String last = " + " + (lanes - 1);
      String inside =
          "%1$s_from + r%2$s < %1$s_size && k_tile + q%3$s < k_to"
              .formatted(axis, alongK ? "" : last, alongK ? last : "");
      String here = address.formatted("(" + axis + "_from + r)", "(k_tile + q)");
      ifRun =
          """
          if (%1$s_runs && q < BK && r < %2$s && %3$s) {
            LD16(next_%1$ss + s * %4$s, %5$s);
          } else {
          """
              .formatted(name, block, inside, lanes, here);
    }
    Map<String, String> parts = new HashMap<>();
    parts.put("WHAT", name + "s");
    parts.put("LANES", Integer.toString(lanes));
    parts.put("STEPS", Integer.toString(steps));
    String across = "e / (%s / %s)";
    String along = "e %% (%s / %s) * %<s";
    parts.put("R", (alongK ? across.formatted("BK", lanes) : along.formatted(block, lanes)));
    parts.put("Q", (alongK ? along.formatted("BK", lanes) : across.formatted(block, lanes)));
    parts.put("R_I", alongK ? "r" : "r + i");
    parts.put("Q_I", alongK ? "q + i" : "q");
    parts.put("BLOCK", Integer.toString(block));
    parts.put("AXIS", axis);
    parts.put("VALUE", value);
    parts.put("IF_RUN", ifRun);
    String gap = name.toUpperCase(Locale.ROOT);
    gaps.put("LOAD_" + gap + "S", Template.resource("product_load.k").fill(parts));
    gaps.put("PUT_" + gap + "S", Template.resource("product_put.k").fill(parts));
    gaps.put(gap + "_COUNT", Integer.toString(steps * lanes));
  }

  private CProgram cpu(Target target, Form form) {
    int lanes = 64 / type.bytes();
    long strips = groups * Math.ceilDiv(n, 2L * lanes);
    long wanted = 2L * target.units();
    // Rows share a panel, so blocks are as large as leaves work for every core.
    long blocks = Math.max(Math.ceilDiv(m, CPU_BLOCK), Math.ceilDiv(wanted, strips));
    long block = Math.min(CPU_BLOCK, Math.ceilDiv(Math.ceilDiv(m, blocks), 24) * 24);
    long tiles = strips * Math.ceilDiv(m, block);
    boolean few = tiles < target.units();
    long step = Math.max(1, chunk == 0 ? k : chunk);
    if (few && chunk == 0 && k >= 1024) {
      step = Math.max(256, Math.ceilDiv(Math.ceilDiv(k, wanted), 256) * 256);
    }
    long chunks = Math.max(1, Math.ceilDiv(k, step));
    long chunkPart = Math.ceilDiv(chunks, few ? Tile.parts(tiles, chunks, wanted, bytes()) : 1);
    Rows from = rows.orElse(new Rows("packed + (i64)g * m_size * k_size", k, 1, step));
    signature.number("n_tiles", Math.ceilDiv(n, 2L * lanes));
    signature.number("m_tiles", Math.ceilDiv(m, block));
    signature.number("m_tile", block);
    signature.number("chunks", chunks);
    signature.number("chunk_part", chunkPart);
    signature.number("k_chunk", step);
    signature.number("row_m", from.m());
    signature.number("row_k", from.k());
    signature.number("row_chunk", chunk == 0 ? step * from.k() : from.chunk());
    if (rows.isEmpty()) {
      signature.memory("packed", sum(type), new Arg.Scratch(0));
    }
    String vector =
        switch (type) {
          case INT32 -> "uint16";
          case INT64 -> "ulong8";
          default -> CType.register(type) + lanes;
        };
    String defines =
        "#define VEC "
            + vector
            + "\n#define VEC_MAD(a, b, c) "
            + (type.isFloatingPoint() ? "fma(a, b, c)" : "((c) + (a) * (b))")
            + "\n"
            + define("LANES", lanes)
            + define("BK", form.k())
            + (form.rows() == 0 ? "" : define("MR", form.rows()))
            + "#define ROW_TYPE "
            + (rows.isEmpty() ? sum(type) : CType.element(type))
            + "\n#define ROW_STEP "
            + (from.k() == 1 ? "1" : "row_k")
            + "\n"
            + define("COLUMNS_FIRST", position.isEmpty() ? 0 : 1);
    Map<String, String> gaps = gaps();
    gaps.put("PANEL", panel);
    gaps.put("ROWS", from.pointer());
    long parts = Math.ceilDiv(chunks, chunkPart);
    return assemble(target, defines, "product_cpu.k", gaps, tiles, 1, parts);
  }

  /// The text and its launches: rows are packed first where they must be, sums in several parts are added in the end.
  private CProgram assemble(
      Target target,
      String defines,
      String resource,
      Map<String, String> gaps,
      long tiles,
      int items,
      long parts) {
    boolean pack = target.cpu() && rows.isEmpty();
    long packed = pack ? Math.ceilDiv(groups * m * k * type.bytes(), 256) * 256 : 0;
    long elements = groups * m * n;
    if (parts > 1) {
      signature.memory("partial", sum(type), new Arg.Scratch(packed));
      signature.whole("elements", elements);
      signature.number("parts", parts);
    }
    gaps.put("PARAMETERS", signature.declarations());
    gaps.put("PROLOGUE", signature.pointers().toString());
    Map<String, String> main = new HashMap<>(gaps);
    if (parts > 1) {
      main.put("POSITION", "");
      main.put("FINISH", "partial[(((i64)part * g_size + g) * m_size + m) * n_size + n] = result;");
    }
    StringBuilder text = new StringBuilder(signature.header()).append(defines);
    text.append("#define SUM ").append(sum(type)).append('\n');
    text.append("#define MAD(a, b, c) ").append(mad()).append('\n');
    List<Launch> launches = new ArrayList<>();
    if (pack) {
      text.append(Template.resource("product_pack.k").fill(gaps));
      if (k > 0) {
        int count = new Grid(target).groups(groups * m * k, ITEMS);
        launches.add(new Launch("pack_rows", count, ITEMS, signature.args()));
      }
    }
    text.append(Template.resource(resource).fill(main));
    launches.add(new Launch("product", Math.toIntExact(tiles * parts), items, signature.args()));
    if (parts > 1) {
      text.append(Template.resource("product_sum.k").fill(gaps));
      int count = new Grid(target).groups(elements, ITEMS);
      launches.add(new Launch("add_parts", count, ITEMS, signature.args()));
    }
    long scratch = packed + (parts > 1 ? parts * bytes() : 0);
    return new CProgram(text.toString(), List.copyOf(launches), scratch);
  }

  private Map<String, String> gaps() {
    Code code = new Code();
    // Sums of integers wrap as unsigned numbers; what follows works on the register.
    code.line(CType.register(type) + " f0 = (" + CType.register(type) + ")result;");
    CBody body = new CBody(finish, operands, "v");
    body.emit(code, store.value());
    operands.store(code, body, List.of(store));
    Map<String, String> gaps = new HashMap<>();
    gaps.put("GROUP", group);
    gaps.put("POSITION", position);
    gaps.put("ROW", row);
    gaps.put("COLUMN", column);
    gaps.put("FINISH", code.toString());
    return gaps;
  }

  private String mad() {
    return switch (type) {
      case FLOAT32 -> "FMA_F32(a, b, c)";
      case FLOAT64 -> "FMA_F64(a, b, c)";
      default -> "((c) + (a) * (b))";
    };
  }

  private long bytes() {
    return groups * m * n * type.bytes();
  }

  private static String define(String name, int value) {
    return "#define " + name + " " + value + "\n";
  }
}
