package dev.javelin.kernels.c;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Instr;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Program;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// What a [Kernel.Reduce] and a [Kernel.RowWise] have in common, which is all that the latter says.
record Rows(
    List<DType> buffers,
    Shape outer,
    Shape inner,
    Program body,
    List<Kernel.Fold> folds,
    List<Kernel.Store> stores,
    Program finish,
    List<Kernel.Store> rowStores) {
  static Rows of(Kernel.Reduce kernel) {
    return new Rows(
        kernel.buffers(),
        kernel.outer(),
        kernel.inner(),
        kernel.body(),
        kernel.folds(),
        List.of(),
        kernel.finish(),
        kernel.stores());
  }

  static Rows of(Kernel.RowWise kernel) {
    return new Rows(
        kernel.buffers(),
        kernel.outer(),
        kernel.inner(),
        kernel.body(),
        kernel.folds(),
        kernel.stores(),
        kernel.finish(),
        kernel.rowStores());
  }

  /// All views, those of `finish` over the outer axes alone.
  List<View> views() {
    return Stream.concat(Operands.views(body, stores).stream(), finishViews().stream()).toList();
  }

  /// The views of `finish`.
  List<View> finishViews() {
    return Operands.views(finish, rowStores);
  }

  /// Whether positions and counts need 64 bits.
  boolean isWide() {
    return Elementwise.isWide(outer.concat(inner), views());
  }

  /// The rows, `r`.
  Block block(List<View> views) {
    return Block.of("r", outer, views, view -> Arrays.copyOf(view.strides(), outer.rank()));
  }

  /// The elements of a row, `i`.
  Block elements() {
    int rank = outer.rank() + inner.rank();
    return Block.of(
        "i",
        inner,
        views(),
        view -> Arrays.copyOfRange(Arrays.copyOf(view.strides(), rank), outer.rank(), rank));
  }

  /// The folds in groups that can run in one pass: each uses results of groups before it only.
  List<List<FoldCode>> phases() {
    int[] phase = new int[folds.size()];
    List<List<FoldCode>> phases = new ArrayList<>();
    for (int f = 0; f < phase.length; f++) {
      Kernel.Fold fold = folds.get(f);
      phase[f] =
          CBody.needed(body, fold.value()).stream()
              .mapToObj(i -> body.code().get(i))
              .flatMapToInt(
                  instr ->
                      instr instanceof Instr.Result result
                          ? IntStream.of(phase[result.index()] + 1)
                          : IntStream.empty())
              .max()
              .orElse(0);
      if (phase[f] == phases.size()) {
        phases.add(new ArrayList<>());
      }
      phases.get(phase[f]).add(new FoldCode(f, fold, body.code().get(fold.value()).type()));
    }
    return phases;
  }
}
