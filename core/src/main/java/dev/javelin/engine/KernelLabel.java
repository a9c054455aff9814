package dev.javelin.engine;

import dev.javelin.kernels.Instr;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Program;
import dev.javelin.kernels.Shape;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// What a kernel is called in recordings and reports: its kind, its sizes, and what it computes for each element.
final class KernelLabel {
  /// Names of scalar operations that are worth showing.
  private static final int SHOWN = 4;

  private KernelLabel() {}

  static String of(Kernel kernel) {
    return switch (kernel) {
      case Kernel.Map map -> map(map);
      case Kernel.Reduce k ->
          "reduce " + k.outer() + " over " + k.inner() + " " + folds(k.folds()) + ops(k.body());
      case Kernel.RowWise k ->
          "rows " + k.outer() + " of " + k.inner() + " " + folds(k.folds()) + ops(k.body());
      case Kernel.Contract k -> "product " + shape(k.a()) + " x " + shape(k.b()) + ops(k.finish());
      case Kernel.Convolve k ->
          "convolution " + name(k.direction()) + " " + shape(k.x()) + " w " + shape(k.w());
      case Kernel.Pool k -> "pool " + name(k.op()) + " " + k.x() + ops(k.body());
      case Kernel.Attention k -> "attention " + shape(k.q()) + " on " + shape(k.k());
      case Kernel.AttentionBackward k ->
          "attention backward " + shape(k.q()) + " on " + shape(k.k());
      case Kernel.Gather k -> "gather " + k.shape();
      case Kernel.Scatter k -> "scatter " + k.shape();
      case Kernel.Random k -> "random " + name(k.distribution()) + " " + shape(k.target());
      case Kernel.Copy k -> "copy " + shape(k.target());
    };
  }

  private static String map(Kernel.Map map) {
    int parts = map.parts().size();
    Kernel.Part first = map.parts().getFirst();
    return (parts == 1 ? "map " : "map of " + parts + " parts, ")
        + first.shape()
        + ops(first.program());
  }

  private static Shape shape(Kernel.Operand operand) {
    return operand.view().shape();
  }

  private static String folds(List<Kernel.Fold> folds) {
    return folds.stream().map(fold -> name(fold.op())).collect(Collectors.joining(" "));
  }

  private static String ops(Program program) {
    List<String> names =
        program.code().stream()
            .filter(Instr.Apply.class::isInstance)
            .map(instr -> name(((Instr.Apply) instr).op()))
            .distinct()
            .toList();
    if (names.isEmpty()) {
      return "";
    }
    String shown = String.join(" ", names.subList(0, Math.min(SHOWN, names.size())));
    return ": " + shown + (names.size() > SHOWN ? " ..." : "");
  }

  private static String name(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
