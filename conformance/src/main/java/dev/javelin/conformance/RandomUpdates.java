package dev.javelin.conformance;

import dev.javelin.Device;
import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// A random program of updates in place and of reads between them, over two arguments and two tensors that stay from call to call. All
/// of them may share memory, the arguments in some calls only.
final class RandomUpdates {
  private static final int ROWS = 3;
  private static final int COLUMNS = 4;
  private static final int STEPS = 14;

  private final long seed;
  private final boolean shares;
  private final List<String> log = new ArrayList<>();

  RandomUpdates(long seed, boolean shares) {
    this.seed = seed;
    this.shares = shares;
  }

  /// The two tensors, and one that they are parts of if they share memory.
  Tensor[] state(Device device) {
    SplittableRandom random = new SplittableRandom(seed * 31 + 1000);
    Tensor first = draw(random, device);
    Tensor second = draw(random, device);
    if (!shares) {
      return new Tensor[] {first, second};
    }
    Tensor base = Tensor.cat(List.of(first, second), 0);
    return new Tensor[] {part(base, random), part(base, random), base};
  }

  Tensor[] arguments(long call, Device device, Tensor[] state) {
    SplittableRandom random = new SplittableRandom(seed * 31 + call);
    Tensor[] arguments = {draw(random, device), draw(random, device)};
    // The first two calls are as always and recorded; those after them may be alike or differ.
    SplittableRandom choice = new SplittableRandom(seed * 31 + (call < 3 ? 0 : call));
    for (int i = 0; shares && i < arguments.length; i++) {
      switch (choice.nextInt(4)) {
        case 0 -> arguments[i] = part(state[2], choice);
        case 1 -> arguments[i] = state[choice.nextInt(2)];
        default -> {}
      }
    }
    return arguments;
  }

  /// Some of a tensor's memory, row by row or column by column.
  private static Tensor part(Tensor base, SplittableRandom random) {
    Tensor part = base.view(-1).narrow(0, random.nextInt(ROWS * COLUMNS + 1), ROWS * COLUMNS);
    return switch (random.nextInt(4)) {
      case 0 -> part.view(COLUMNS, ROWS).t();
      case 1 -> base.narrow(0, random.nextInt(ROWS + 1), ROWS);
      default -> part.view(ROWS, COLUMNS);
    };
  }

  private static Tensor draw(SplittableRandom random, Device device) {
    double[] values = Domain.between(-1, 1).draw(random, ROWS * COLUMNS);
    return Lay.contiguous(new Nd(values, ROWS, COLUMNS), DType.FLOAT64, device);
  }

  /// The steps; the same for every call.
  Tensor[] run(Tensor[] args, Tensor[] state) {
    SplittableRandom random = new SplittableRandom(seed);
    log.clear();
    List<Tensor> values = new ArrayList<>(List.of(args[0], args[1], state[0], state[1]));
    for (int step = 0; step < STEPS; step++) {
      Tensor x = values.get(random.nextInt(values.size()));
      Tensor y = values.get(random.nextInt(values.size()));
      step(values, x, y, random);
    }
    Tensor sum = values.getLast().sum();
    for (Tensor value : values) {
      sum = sum.add(value.mean());
    }
    return new Tensor[] {sum, values.get(4 + random.nextInt(values.size() - 4)), values.getLast()};
  }

  private void step(List<Tensor> values, Tensor x, Tensor y, SplittableRandom random) {
    int choice = random.nextInt(13);
    int row = random.nextInt(ROWS);
    int column = random.nextInt(COLUMNS);
    log.add(choice + "/" + row + "/" + column);
    switch (choice) {
      case 0 -> x.mul_(0.7);
      case 1 -> x.add_(y.mul(0.3).tanh());
      case 2 -> x.select(0, row).sub_(0.25);
      case 3 -> x.select(1, column).copy_(y.select(1, (column + 1) % COLUMNS));
      case 4 -> x.slice(1, column, COLUMNS, 1).mul_(-0.5);
      case 5 -> x.t().copy_(y.t().mul(0.5));
      case 6 -> x.copy_(y);
      case 7 -> x.fill_(0.125 * row);
      case 8 -> x.reshape(-1).slice(0, row, ROWS * COLUMNS, 3).add_(1.0 / 8);
      case 9 -> values.add(x.add(y).mul(0.5));
      case 10 -> values.add(x.sub(y.mean(new int[] {1}, true)));
      case 11 -> values.add(x.reshape(COLUMNS, ROWS).t().mul(y));
      default -> values.add(x.clone());
    }
    if (values.size() == 4) {
      values.add(x.mul(2));
    }
  }

  @Override
  public String toString() {
    return "updates with seed " + seed + ": " + String.join(" ", log);
  }
}
