package dev.javelin.conformance;

import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import dev.javelin.nn.Functional;
import dev.javelin.nn.Size2d;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/// A program of tensor ops made up from a seed: the same calls every time, whatever the device and however it runs. Values stay
/// between -1 and 1, so that differences mean mistakes.
final class RandomProgram {
  private static final int ROWS = 4;
  private static final int COLUMNS = 6;

  private final long seed;
  private final int steps;
  private final List<String> log = new ArrayList<>();

  RandomProgram(long seed, int steps) {
    this.seed = seed;
    this.steps = steps;
  }

  /// The inputs: two matrices, a row, a column, a scalar.
  static List<int[]> inputs() {
    return List.of(
        new int[] {ROWS, COLUMNS},
        new int[] {ROWS, COLUMNS},
        new int[] {COLUMNS},
        new int[] {ROWS, 1},
        new int[0]);
  }

  /// Runs the program; what it returns depends on every value nobody else used.
  Tensor run(Tensor[] in) {
    SplittableRandom random = new SplittableRandom(seed);
    log.clear();
    List<Tensor> values = new ArrayList<>(List.of(in));
    List<Integer> uses = new ArrayList<>(Arrays.asList(0, 0, 0, 0, 0));
    for (int step = 0; step < steps; step++) {
      int at = pick(values, random);
      int with = pick(values, random);
      Tensor result = step(values.get(at), values.get(with), random, at, with);
      uses.set(at, uses.get(at) + 1);
      values.add(result);
      uses.add(0);
    }
    Tensor sum = values.getLast().mean();
    for (int i = 0; i < values.size(); i++) {
      if (uses.get(i) == 0) {
        sum = sum.add(values.get(i).mean());
      }
    }
    return Tensor.cat(List.of(values.getLast().flatten(), sum.reshape(1)), 0);
  }

  /// Prefers what was computed last, which makes deep programs.
  private static int pick(List<Tensor> values, SplittableRandom random) {
    int back = Math.min(values.size(), random.nextInt(1, 7));
    return random.nextInt(3) == 0 ? random.nextInt(values.size()) : values.size() - back;
  }

  private Tensor step(Tensor x, Tensor y, SplittableRandom random, int at, int with) {
    int choice = random.nextInt(28);
    int dim = x.dim() == 0 ? 0 : random.nextInt(x.dim());
    log.add("%s(%s %s, %s %s; %s)".formatted(choice, at, x.shape(), with, y.shape(), dim));
    return switch (choice) {
      case 0 -> x.tanh();
      case 1 -> x.sigmoid().sub(0.5);
      case 2 -> x.neg().exp().mul(0.3).sub(0.1);
      case 3 -> x.relu();
      case 4 -> x.abs().add(0.5).sqrt().sub(0.7);
      case 5, 6 -> fits(x, y) ? x.add(y).mul(0.5) : x.mul(0.9);
      case 7, 8 -> fits(x, y) ? x.mul(y) : x.square();
      case 9 -> fits(x, y) ? x.div(y.abs().add(1)) : x.sin();
      case 10 -> fits(x, y) ? x.maximum(y) : x.clamp(-0.5, 0.5);
      case 11 -> fits(x, y) ? Tensor.where(y.gt(0.1), x, y.mul(0.5)) : x.cos().sub(0.5);
      case 12 -> x.mean(dim(x, dim), true);
      case 13 -> x.sub(x.mean(dim(x, dim), true)).mul(0.5);
      case 14 -> x.dim() == 0 ? x.mul(0.5) : x.sum(dim, false).mul(0.1);
      case 15 -> x.dim() == 0 ? x.neg() : x.amax(dim, true);
      case 16 -> x.dim() == 0 ? x.tanh() : x.softmax(dim);
      case 17 -> x.dim() < 2 ? x.unsqueeze(0) : x.transpose(-1, -2);
      case 18 -> x.reshape(-1);
      case 19 ->
          x.dim() == 0 || x.shape().size(dim) < 2
              ? x.reshape(-1)
              : x.slice(dim, random.nextInt(2), 1000, 1 + random.nextInt(2));
      case 20 -> Tensor.cat(List.of(x.flatten(), y.flatten()), 0);
      case 21 -> product(x, y);
      case 22 -> x.dim() == 0 ? x : x.flip(dim);
      case 23 -> x.dim() == 0 ? x.add(0.1) : x.pad(1, random.nextInt(2));
      case 24 -> x.dim() == 0 ? x.add(0.1) : gathered(x, dim);
      case 25 -> pooled(x, dim, true);
      case 26 -> pooled(x, dim, false);
      default ->
          x.to(x.dtype() == DType.FLOAT64 ? DType.FLOAT32 : DType.FLOAT64).mul(0.75).to(x.dtype());
    };
  }

  private static int[] dim(Tensor x, int dim) {
    return x.dim() == 0 ? new int[0] : new int[] {dim};
  }

  private static boolean fits(Tensor x, Tensor y) {
    if (x.numel() * y.numel() > 10_000) {
      return false;
    }
    for (int i = 1; i <= Math.min(x.dim(), y.dim()); i++) {
      long a = x.shape().size(-i);
      long b = y.shape().size(-i);
      if (a != b && a != 1 && b != 1) {
        return false;
      }
    }
    return true;
  }

  private static Tensor product(Tensor x, Tensor y) {
    boolean fits =
        x.dim() == 2 && y.dim() == 2 && x.shape().size(1) == y.shape().size(1) && x.numel() > 0;
    return fits ? x.mm(y.t()).div(x.shape().size(1)).tanh() : x.mul(0.8);
  }

  /// The largest or the mean of windows: two by two side by side, or of three, which overlap.
  private static Tensor pooled(Tensor x, int dim, boolean max) {
    if (x.dim() != 2 || x.shape().size(0) < 2 || x.shape().size(1) < 2) {
      return x.mul(0.7);
    }
    Tensor image = x.reshape(1, 1, x.shape().size(0), x.shape().size(1));
    Size2d window = Size2d.of(2 + dim);
    Size2d stride = Size2d.of(2 - dim);
    Size2d padding = Size2d.of(dim);
    Tensor y =
        max
            ? Functional.maxPool2d(image, window, stride, padding, Size2d.of(1))
            : Functional.avgPool2d(image, window, stride, padding);
    return y.squeeze(0).squeeze(0);
  }

  /// Every index of a dimension, shifted by one.
  private static Tensor gathered(Tensor x, int dim) {
    long size = x.shape().size(dim);
    boolean traced = x.device() == null;
    Tensor positions = traced ? Tensor.arange(size) : Tensor.arange(size, x.device());
    return x.indexSelect(dim, positions.add(1).remainder(Math.max(1, size)));
  }

  @Override
  public String toString() {
    return "program with seed " + seed + ": " + log.stream().collect(Collectors.joining(" "));
  }
}
