package dev.javelin.engine;

import dev.javelin.kernels.Instr;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Program;
import dev.javelin.kernels.View;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/// What a kernel does and takes, from its description alone.
///
/// @param text its kind and sizes
/// @param bytes what it reads and writes, each array once
/// @param flops its arithmetic: a fused multiply-add counts as two, any other operation as one
record KernelCost(String text, long bytes, long flops) {
  /// An array as a kernel sees it.
  private record Seen(int buffer, View view) {}

  static KernelCost of(Kernel kernel) {
    return switch (kernel) {
      case Kernel.Map map -> {
        List<Seen> seen = new ArrayList<>();
        long flops = 0;
        for (Kernel.Part part : map.parts()) {
          loads(part.program(), seen);
          stores(part.stores(), seen);
          flops += part.shape().numel() * work(part.program());
        }
        String shapes =
            map.parts().stream()
                .map(part -> part.shape().toString())
                .distinct()
                .limit(4)
                .toList()
                .toString();
        yield cost(kernel, "map " + map.parts().size() + " x " + shapes, seen, flops);
      }
      case Kernel.Reduce reduce ->
          folds(
              kernel,
              "reduce",
              reduce.outer().numel(),
              reduce.inner().numel(),
              reduce.body(),
              reduce.folds(),
              reduce.finish(),
              List.of(reduce.stores()));
      case Kernel.RowWise rows ->
          folds(
              kernel,
              "rows",
              rows.outer().numel(),
              rows.inner().numel(),
              rows.body(),
              rows.folds(),
              rows.finish(),
              List.of(rows.stores(), rows.rowStores()));
      case Kernel.Contract contract -> {
        List<Seen> seen = operands(contract.a(), contract.b());
        loads(contract.finish(), seen);
        stores(List.of(contract.store()), seen);
        long results = contract.store().to().view().shape().numel();
        long inner = contract.a().view().shape().size(-1);
        yield cost(
            kernel,
            "matmul "
                + contract.a().view().shape()
                + " x "
                + contract.b().view().shape()
                + finish(contract.finish()),
            seen,
            results * (2 * inner + work(contract.finish())));
      }
      case Kernel.Convolve convolve -> {
        List<Seen> seen = operands(convolve.x(), convolve.w(), convolve.y());
        loads(convolve.finish(), seen);
        long taps =
            convolve.w().view().shape().numel() / Math.max(1, convolve.w().view().shape().size(0));
        long results = convolve.y().view().shape().numel();
        yield cost(
            kernel,
            "convolution "
                + convolve.direction().toString().toLowerCase(Locale.ROOT)
                + " "
                + convolve.x().view().shape()
                + " * "
                + convolve.w().view().shape()
                + finish(convolve.finish()),
            seen,
            results * 2 * taps);
      }
      case Kernel.Pool pool ->
          cost(
              kernel,
              "pool "
                  + pool.op().toString().toLowerCase(Locale.ROOT)
                  + " "
                  + pool.x().view().shape(),
              operands(pool.x(), pool.y(), pool.index()),
              pool.y().view().shape().numel() * pool.window().kernelH() * pool.window().kernelW());
      case Kernel.Gather gather -> {
        List<Seen> seen = operands(gather.index(), gather.target());
        seen.add(new Seen(gather.source().buffer(), gather.target().view()));
        yield cost(kernel, "gather " + gather.shape(), seen, 0);
      }
      case Kernel.Scatter scatter -> {
        List<Seen> seen = operands(scatter.source(), scatter.index());
        seen.add(new Seen(scatter.target().buffer(), scatter.source().view()));
        yield cost(kernel, "scatter " + scatter.shape(), seen, scatter.shape().numel());
      }
      case Kernel.Random random ->
          cost(
              kernel,
              "random " + random.target().view().shape(),
              operands(random.target()),
              random.target().view().shape().numel());
      case Kernel.Copy copy ->
          cost(
              kernel,
              "copy " + copy.target().view().shape(),
              operands(copy.source(), copy.target()),
              0);
    };
  }

  private static KernelCost folds(
      Kernel kernel,
      String kind,
      long rows,
      long length,
      Program body,
      List<Kernel.Fold> folds,
      Program finish,
      List<List<Kernel.Store>> stores) {
    List<Seen> seen = new ArrayList<>();
    loads(body, seen);
    loads(finish, seen);
    stores.forEach(list -> stores(list, seen));
    return cost(
        kernel,
        "%s %s x %s, %s folds".formatted(kind, rows, length, folds.size()),
        seen,
        rows * (length * (work(body) + folds.size()) + work(finish)));
  }

  private static String finish(Program program) {
    long ops = work(program);
    return ops == 0 ? "" : " and %s elementwise ops".formatted(ops);
  }

  private static List<Seen> operands(Kernel.Operand... operands) {
    List<Seen> seen = new ArrayList<>();
    Stream.of(operands).forEach(operand -> seen.add(new Seen(operand.buffer(), operand.view())));
    return seen;
  }

  private static void loads(Program program, List<Seen> seen) {
    for (Instr instr : program.code()) {
      if (instr instanceof Instr.Load load) {
        seen.add(new Seen(load.buffer(), load.view()));
      }
    }
  }

  private static void stores(List<Kernel.Store> stores, List<Seen> seen) {
    stores.forEach(store -> seen.add(new Seen(store.to().buffer(), store.to().view())));
  }

  private static long work(Program program) {
    return program.code().stream().filter(instr -> instr instanceof Instr.Apply).count();
  }

  private static KernelCost cost(Kernel kernel, String text, List<Seen> arrays, long flops) {
    long bytes = 0;
    Set<Seen> counted = new HashSet<>();
    for (Seen array : arrays) {
      if (counted.add(array)) {
        long elements = 1;
        for (int axis = 0; axis < array.view().shape().rank(); axis++) {
          elements *= array.view().stride(axis) == 0 ? 1 : array.view().shape().size(axis);
        }
        bytes += elements * kernel.buffers().get(array.buffer()).bytes();
      }
    }
    return new KernelCost(text, bytes, flops);
  }
}
