package dev.javelin.kernels.c;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel;
import java.util.ArrayList;
import java.util.List;

/// Writes reductions and row kernels. The work-items of a row fold every so many-th element each, then combine in local memory; so sums
/// are the same in every run.
///
/// Where rows are few and long, a first function folds parts of rows into scratch memory and a second one folds those.
final class RowSource {
  private final Rows rows;
  private final Grid grid;
  private final boolean wide;
  private final List<List<FoldCode>> phases;
  private final List<Launch> launches = new ArrayList<>();
  private final StringBuilder text;
  private long scratch;

  private RowSource(Rows rows, Target target) {
    this.rows = rows;
    this.grid = new Grid(target);
    this.wide = rows.isWide();
    this.phases = rows.phases();
    this.text = new StringBuilder(Signature.header(wide));
  }

  /// Writes a kernel.
  ///
  /// @param name what to call its function
  static CProgram of(String name, Rows rows, Target target) {
    RowSource source = new RowSource(rows, target);
    if (rows.outer().numel() > 0) {
      Block outer = rows.block(rows.views());
      Block inner = rows.elements();
      RowPlan plan = RowPlan.of(rows, source.phases.size(), outer, inner, target);
      if (plan.parts() == 1) {
        source.whole(name, outer, inner, plan.lanes());
      } else {
        source.inParts(name, outer, inner, plan);
      }
    }
    return new CProgram(source.text.toString(), source.launches, source.scratch);
  }

  /// One function does it all.
  private void whole(String name, Block outer, Block inner, int lanes) {
    Signature signature = new Signature(wide);
    Operands operands = new Operands(signature, rows.buffers(), outer, inner);
    RowLoop loop = new RowLoop(grid, lanes);
    String count = signature.number(outer.count());
    String length = signature.number(inner.count());
    Code code = new Code();
    loop.open(code, "r", count);
    operands.axes(code, outer);
    loop.range(code, "0", length);
    CBody body = new CBody(rows.body(), operands, "v");
    for (List<FoldCode> phase : phases) {
      fold(code, loop, operands, inner, body, phase);
      phase.forEach(fold -> fold.finish(code));
    }
    if (!rows.stores().isEmpty()) {
      loop.openElements(code);
      operands.axes(code, inner);
      body.emit(code, rows.stores().stream().mapToInt(Kernel.Store::value).toArray());
      operands.store(code, body, rows.stores());
      code.close();
    }
    if (!rows.rowStores().isEmpty()) {
      if (!rows.stores().isEmpty()) {
        // The row may still be read where its numbers are updated in place.
        loop.await(code);
      }
      finish(code, loop, operands);
    }
    code.close();
    function(name, loop, signature, code, outer.count());
  }

  private void finish(Code code, RowLoop loop, Operands operands) {
    loop.openOnce(code);
    CBody end = new CBody(rows.finish(), operands, "w");
    end.emit(code, rows.rowStores().stream().mapToInt(Kernel.Store::value).toArray());
    operands.store(code, end, rows.rowStores());
    code.close();
  }

  private static void fold(
      Code code, RowLoop loop, Operands operands, Block inner, CBody body, List<FoldCode> folds) {
    folds.forEach(fold -> fold.start(code));
    loop.openElements(code);
    operands.axes(code, inner);
    body.emit(code, folds.stream().mapToInt(fold -> fold.fold().value()).toArray());
    folds.forEach(fold -> fold.add(code, body.value(fold.fold().value()), "i"));
    code.close();
    loop.combine(code, folds);
  }

  /// One function folds parts, another one the parts' folds. All folds are of one phase.
  private void inParts(String name, Block outer, Block inner, RowPlan plan) {
    List<FoldCode> folds = phases.getFirst();
    long count = outer.count();
    long length = inner.count();
    long each = Math.ceilDiv(length, plan.parts());
    int parts = Math.toIntExact(Math.ceilDiv(length, each));
    Partials partials = new Partials(folds, count * parts, wide);
    scratch = partials.bytes();

    Signature signature = new Signature(wide);
    Operands operands = new Operands(signature, rows.buffers(), outer, inner);
    RowLoop loop = new RowLoop(grid, plan.lanes());
    String tasks = signature.number(count * parts);
    String rowCount = signature.number(count);
    String all = signature.number(length);
    String share = signature.number(each);
    Code code = new Code();
    loop.open(code, "u", tasks);
    code.line("idx r = u % " + rowCount + ";");
    operands.axes(code, outer);
    code.line("idx from = u / " + rowCount + " * " + share + ";");
    loop.range(
        code, "from", "(from + " + share + " < " + all + " ? from + " + share + " : " + all + ")");
    fold(code, loop, operands, inner, new CBody(rows.body(), operands, "v"), folds);
    loop.openOnce(code);
    partials.store(code, signature, "u");
    code.close().close();
    function(name + "_parts", loop, signature, code, count * parts);

    together(name + "_whole", partials, folds, count, parts);
  }

  private void together(
      String name, Partials partials, List<FoldCode> folds, long count, int parts) {
    Signature signature = new Signature(wide);
    Block outer = rows.block(rows.finishViews());
    Operands operands = new Operands(signature, rows.buffers(), outer);
    boolean alone = parts < 32 || grid.groupSize() == 1 || !RowPlan.mayShare(folds.size());
    RowLoop loop = new RowLoop(grid, alone ? 1 : 256);
    String rowCount = signature.number(count);
    String length = signature.number(parts);
    Code code = new Code();
    loop.open(code, "r", rowCount);
    operands.axes(code, outer);
    loop.range(code, "0", length);
    folds.forEach(fold -> fold.start(code));
    loop.openElements(code);
    partials.join(code, signature, "i * " + rowCount + " + r");
    code.close();
    loop.combine(code, folds);
    folds.forEach(fold -> fold.finish(code));
    finish(code, loop, operands);
    code.close();
    function(name, loop, signature, code, count);
  }

  private void function(String name, RowLoop loop, Signature signature, Code code, long tasks) {
    Code body = new Code();
    loop.locals(body);
    body.line("int group = GRP(), groups = GRPS();");
    body.add(signature.pointers());
    body.add(code);
    text.append(Signature.function(name, grid.groupSize(), signature.slots(), body));
    launches.add(
        new Launch(
            name, grid.groups(tasks, loop.rowsPerGroup()), grid.groupSize(), signature.args()));
  }

  /// The folds of parts of rows, in scratch memory.
  private static final class Partials {
    private final List<FoldCode> folds;
    private final List<Long> offsets = new ArrayList<>();
    private final boolean wide;
    private long bytes;

    Partials(List<FoldCode> folds, long count, boolean wide) {
      this.folds = folds;
      this.wide = wide;
      for (FoldCode fold : folds) {
        reserve(count * fold.type().bytes());
        reserve(fold.isArgument() ? count * index().bytes() : 0);
      }
    }

    private DType index() {
      return wide ? DType.INT64 : DType.INT32;
    }

    private void reserve(long size) {
      offsets.add(bytes);
      bytes = Math.ceilDiv(bytes + size, 256) * 256;
    }

    long bytes() {
      return bytes;
    }

    private String values(int f, Signature signature) {
      return signature.scratch(offsets.get(2 * f), folds.get(f).element());
    }

    private String indices(int f, Signature signature) {
      return signature.scratch(offsets.get(2 * f + 1), "idx");
    }

    void store(Code code, Signature signature, String at) {
      for (int f = 0; f < folds.size(); f++) {
        int number = folds.get(f).number();
        code.line(values(f, signature) + "[" + at + "] = a" + number + ";");
        if (folds.get(f).isArgument()) {
          code.line(indices(f, signature) + "[" + at + "] = k" + number + ";");
        }
      }
    }

    void join(Code code, Signature signature, String at) {
      for (int f = 0; f < folds.size(); f++) {
        FoldCode fold = folds.get(f);
        code.line(fold.element() + " v" + f + " = " + values(f, signature) + "[" + at + "];");
        if (fold.isArgument()) {
          code.line("idx j" + f + " = " + indices(f, signature) + "[" + at + "];");
        }
        fold.join(code, "v" + f, "j" + f);
      }
    }
  }
}
