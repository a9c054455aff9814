package dev.javelin.engine;

import dev.javelin.kernels.Instr;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Program;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/// What a kernel does and takes, from its description alone.
///
/// @param bytes what it reads and writes, each array once
/// @param flops its arithmetic: a fused multiply-add counts as two, any other operation as one
record KernelCost(long bytes, long flops) {
  /// An array as a kernel sees it.
  private record Seen(int buffer, View view) {}

  static KernelCost of(Kernel kernel) {
    List<Seen> seen = new ArrayList<>();
    long flops =
        switch (kernel) {
          case Kernel.Map map -> {
            long sum = 0;
            for (Kernel.Part part : map.parts()) {
              loads(part.program(), seen);
              stores(part.stores(), seen);
              sum += part.shape().numel() * work(part.program());
            }
            yield sum;
          }
          case Kernel.Reduce k -> {
            loads(k.body(), seen);
            loads(k.finish(), seen);
            stores(k.stores(), seen);
            yield folds(k.outer(), k.inner(), k.body(), k.folds().size(), k.finish());
          }
          case Kernel.RowWise k -> {
            loads(k.body(), seen);
            loads(k.finish(), seen);
            stores(k.stores(), seen);
            stores(k.rowStores(), seen);
            yield folds(k.outer(), k.inner(), k.body(), k.folds().size(), k.finish());
          }
          case Kernel.Contract k -> {
            operands(seen, k.a(), k.b());
            loads(k.finish(), seen);
            stores(List.of(k.store()), seen);
            yield numel(k.store().to()) * (2 * shape(k.a()).size(-1) + work(k.finish()));
          }
          case Kernel.Convolve k -> {
            operands(seen, k.x(), k.w(), k.y());
            loads(k.finish(), seen);
            yield numel(k.y()) * 2 * (numel(k.w()) / Math.max(1, shape(k.w()).size(0)));
          }
          case Kernel.Pool k -> {
            loads(k.body(), seen);
            operands(seen, k.target(), k.index());
            yield k.y().numel() * k.window().kernelH() * k.window().kernelW()
                + k.shape().numel() * work(k.body());
          }
          case Kernel.Attention k -> {
            operands(seen, k.q(), k.k(), k.v(), k.y(), k.lse());
            yield 4 * numel(k.q()) * shape(k.k()).size(-2);
          }
          case Kernel.AttentionBackward k -> {
            operands(seen, k.q(), k.k(), k.v(), k.g(), k.lse(), k.delta());
            operands(seen, k.dq(), k.dk(), k.dv());
            yield 10 * numel(k.q()) * shape(k.k()).size(-2);
          }
          case Kernel.Gather k -> {
            operands(seen, k.index(), k.target());
            seen.add(new Seen(k.source().buffer(), k.target().view()));
            yield 0;
          }
          case Kernel.Scatter k -> {
            operands(seen, k.source(), k.index());
            seen.add(new Seen(k.target().buffer(), k.source().view()));
            yield k.shape().numel();
          }
          case Kernel.Random k -> {
            operands(seen, k.target());
            yield numel(k.target());
          }
          case Kernel.Copy k -> {
            operands(seen, k.source(), k.target());
            yield 0;
          }
        };
    return new KernelCost(bytes(kernel, seen), flops);
  }

  private static long folds(Shape outer, Shape inner, Program body, int folds, Program finish) {
    return outer.numel() * (inner.numel() * (work(body) + folds) + work(finish));
  }

  private static Shape shape(Kernel.Operand operand) {
    return operand.view().shape();
  }

  private static long numel(Kernel.Operand operand) {
    return shape(operand).numel();
  }

  private static void operands(List<Seen> seen, Kernel.Operand... operands) {
    for (Kernel.Operand operand : operands) {
      seen.add(new Seen(operand.buffer(), operand.view()));
    }
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

  private static long bytes(Kernel kernel, List<Seen> arrays) {
    long bytes = 0;
    for (Seen array : new HashSet<>(arrays)) {
      long elements = 1;
      for (int axis = 0; axis < array.view().shape().rank(); axis++) {
        elements *= array.view().stride(axis) == 0 ? 1 : array.view().shape().size(axis);
      }
      bytes += elements * kernel.buffers().get(array.buffer()).bytes();
    }
    return bytes;
  }
}
