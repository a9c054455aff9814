package dev.javelin.benchmarks;

import dev.javelin.Device;
import dev.javelin.Devices;
import dev.javelin.Javelin;
import dev.javelin.Scope;
import dev.javelin.Tensor;
import dev.javelin.data.Batch;
import dev.javelin.data.DataLoader;
import dev.javelin.data.ImageDataset;
import dev.javelin.kernels.Shape;
import dev.javelin.nn.Conv2d;
import dev.javelin.nn.Functional;
import dev.javelin.nn.Module;
import dev.javelin.optim.Optimizer;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/// The work on a device of Javelin's. Where it is more than one call of the library, it is compiled as one function.
final class JavelinSide implements Side {
  /// What the user appends to a device's name to have nothing compiled.
  static final String EAGER = "-eager";

  private final Device device;
  private final boolean compiled;

  /// @param device where to work
  /// @param compiled whether functions of several calls are compiled
  JavelinSide(Device device, boolean compiled) {
    this.device = device;
    this.compiled = compiled;
  }

  /// The side of a device's name, which [#EAGER] may follow.
  static JavelinSide of(String name) {
    boolean eager = name.endsWith(EAGER);
    String device = eager ? name.substring(0, name.length() - EAGER.length()) : name;
    return new JavelinSide(Devices.get(device), !eager);
  }

  @Override
  public String about() {
    return (compiled ? "compiled, on " : "eager, on ") + device.description();
  }

  private UnaryOperator<Tensor> compile(UnaryOperator<Tensor> function) {
    return compiled ? Javelin.compile(function)::call : function;
  }

  @Override
  public Task prepare(Job job) {
    return switch (job) {
      case Job.Step step -> new Training(step);
      case Job.Epoch epoch -> new Epoch(epoch);
      case Job.Inference inference -> {
        Module net = JavelinNets.make(Job.Net.MLP).to(device).eval();
        Tensor x = random(1, Job.Net.MLP.input(inference.batch()));
        UnaryOperator<Tensor> forward = compile(input -> net.call(input));
        yield new Operation(device, () -> forward.apply(x));
      }
      case Job.Matmul(int size, boolean bfloat16) -> {
        Tensor a = matrix(1, size, bfloat16);
        Tensor b = matrix(2, size, bfloat16);
        yield new Operation(device, () -> a.mm(b));
      }
      case Job.Elementwise elementwise -> new Operation(device, elementwise(elementwise));
      case Job.Softmax(int rows, int columns) -> {
        Tensor x = random(1, rows, columns);
        yield new Operation(device, () -> x.softmax(1));
      }
      case Job.LayerNorm(int rows, int columns) -> {
        Tensor x = random(1, rows, columns);
        Tensor weight = random(2, columns);
        Tensor bias = random(3, columns);
        Shape shape = weight.shape();
        yield new Operation(
            device, () -> Functional.layerNorm(x, shape, weight, bias, Job.LayerNorm.EPS));
      }
      case Job.Copy copy -> {
        Tensor x = random(1, copy.size());
        yield new Operation(device, x::clone);
      }
      case Job.Sum sum -> {
        Tensor x = random(1, sum.size());
        yield new Operation(device, x::sum);
      }
      case Job.Conv() -> {
        long side = Job.Conv.SIDE;
        Tensor x = random(1, Job.Conv.IMAGES, Job.Conv.CHANNELS, side, side);
        Tensor w =
            random(2, Job.Conv.CHANNELS, Job.Conv.CHANNELS, Job.Conv.KERNEL, Job.Conv.KERNEL);
        Conv2d.Options options = Conv2d.Options.DEFAULT.withPadding(1).withBias(false);
        yield new Operation(device, () -> Functional.conv2d(x, w, null, options));
      }
      case Job.Attention attention -> new Operation(device, attention(attention));
    };
  }

  private Supplier<Tensor> elementwise(Job.Elementwise job) {
    Tensor x = random(1, job.size());
    Tensor y = job.map().inputs > 1 ? random(2, job.size()) : x;
    Tensor z = job.map().inputs > 2 ? random(3, job.size()) : x;
    return switch (job.map()) {
      case RELU -> x::relu;
      case MUL_ADD -> () -> x.mul(y).add(z);
      case EXP -> x::exp;
      case GELU -> () -> Functional.gelu(x);
      case CHAIN -> {
        UnaryOperator<Tensor> chain = compile(in -> in.mul(y).add(z).relu().mul(y).add(in).mul(z));
        yield () -> chain.apply(x);
      }
    };
  }

  private Supplier<Tensor> attention(Job.Attention job) {
    Tensor q = random(1, job.sizes());
    Tensor k = random(2, job.sizes());
    Tensor v = random(3, job.sizes());
    if (!job.gradients()) {
      return () -> Functional.scaledDotProductAttention(q, k, v);
    }
    List<Tensor> leaves = List.of(q, k, v);
    leaves.forEach(leaf -> leaf.requiresGrad_(true));
    return () ->
        Javelin.enableGrad(
            () -> {
              leaves.forEach(leaf -> leaf.setGrad(null));
              Functional.scaledDotProductAttention(q, k, v).backward(q.detach(), false, false);
              return q.grad();
            });
  }

  private Tensor matrix(int seed, int size, boolean bfloat16) {
    Tensor values = random(seed, size, size);
    return bfloat16 ? values.bfloat16() : values;
  }

  private Tensor random(int seed, long... sizes) {
    long count = 1;
    for (long size : sizes) {
      count *= size;
    }
    return Tensor.of(Data.inputs(seed, Math.toIntExact(count)), sizes).to(device);
  }

  /// Computes one result.
  private record Operation(Device device, Supplier<Tensor> body) implements Task {
    @Override
    public void run() {
      try (var _ = Scope.open()) {
        Javelin.noGrad(body);
        device.synchronize();
      }
    }

    @Override
    public float[] probe() {
      try (var _ = Scope.open()) {
        Tensor flat = Javelin.noGrad(body).reshape(-1);
        long count = flat.numel();
        if (count <= 2 * Data.PROBE_ENDS) {
          return flat.toFloatArray();
        }
        return Tensor.cat(
                List.of(
                    flat.narrow(0, 0, Data.PROBE_ENDS),
                    flat.narrow(0, count - Data.PROBE_ENDS, Data.PROBE_ENDS)),
                0)
            .toFloatArray();
      }
    }

    @Override
    public void close() {
      // The collector has the inputs; their memory stays in the pool for the next job.
    }
  }

  /// A network, its loss and its optimiser.
  private final class Trainer {
    final Module net;
    private final Module loss;
    private final Optimizer optimizer;
    private final BinaryOperator<Tensor> step;

    Trainer(Job.Net kind, Job.Rule rule) {
      net = JavelinNets.make(kind).to(device);
      loss = JavelinNets.loss(kind);
      optimizer = JavelinNets.optimizer(rule, net);
      step = compiled ? Javelin.compile(this::plainStep)::call : this::plainStep;
    }

    Tensor loss(Tensor x, Tensor classes) {
      return loss.call(net.call(x), classes);
    }

    Tensor step(Tensor x, Tensor classes) {
      return step.apply(x, classes);
    }

    private Tensor plainStep(Tensor x, Tensor classes) {
      optimizer.zeroGrad();
      Tensor value = loss(x, classes);
      value.backward();
      optimizer.step();
      return value;
    }
  }

  /// Full training steps on one batch.
  private final class Training implements Task {
    private final Trainer trainer;
    private final Tensor x;
    private final Tensor classes;
    private final boolean repeatable;

    Training(Job.Step step) {
      trainer = new Trainer(step.net(), step.rule());
      x = random(1, step.net().input(Job.BATCH));
      classes = Tensor.of(Data.classes(Job.BATCH)).to(device);
      repeatable = step.net() != Job.Net.MNIST;
    }

    @Override
    public void run() {
      try (var _ = Scope.open()) {
        trainer.step(x, classes);
        device.synchronize();
      }
    }

    @Override
    public float[] probe() {
      float[] losses = new float[repeatable ? Data.PROBE_STEPS : 1];
      for (int i = 0; i < losses.length; i++) {
        try (var _ = Scope.open()) {
          // Dropout differs between the sides.
          trainer.net.train(repeatable);
          Tensor loss = repeatable ? trainer.step(x, classes) : trainer.loss(x, classes);
          losses[i] = (float) loss.item();
          trainer.net.train();
        }
      }
      return losses;
    }

    @Override
    public void close() {
      // As above.
    }
  }

  /// An epoch through the data loader.
  private final class Epoch implements Task {
    private final Trainer trainer;
    private final long[] input;
    private final DataLoader loader;
    private final ImageDataset images;

    Epoch(Job.Epoch epoch) {
      trainer = new Trainer(epoch.net(), epoch.rule());
      input = epoch.net().input(-1);
      images = new ImageDataset(Data.images());
      loader = new DataLoader(images, Job.BATCH).withShuffle(true).withSeed(1).withWorkers(1);
    }

    @Override
    public void run() {
      for (Batch batch : loader) {
        try (Scope _ = batch.scope()) {
          step(batch);
        }
      }
    }

    private double step(Batch batch) {
      return trainer.step(batch.x().reshape(input).to(device), batch.y().to(device)).item();
    }

    /// The first steps, in order: each side shuffles in its own way.
    @Override
    public float[] probe() {
      float[] losses = new float[Data.PROBE_STEPS];
      var batches = new DataLoader(images, Job.BATCH).iterator();
      for (int i = 0; i < losses.length; i++) {
        Batch batch = batches.next();
        try (Scope _ = batch.scope()) {
          losses[i] = (float) step(batch);
        }
      }
      return losses;
    }

    @Override
    public void close() {
      // As above.
    }
  }
}
