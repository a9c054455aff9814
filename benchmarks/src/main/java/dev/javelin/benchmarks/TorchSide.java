package dev.javelin.benchmarks;

import static org.bytedeco.pytorch.global.torch.add;
import static org.bytedeco.pytorch.global.torch.conv2d;
import static org.bytedeco.pytorch.global.torch.exp;
import static org.bytedeco.pytorch.global.torch.gelu;
import static org.bytedeco.pytorch.global.torch.layer_norm;
import static org.bytedeco.pytorch.global.torch.mm;
import static org.bytedeco.pytorch.global.torch.mul;
import static org.bytedeco.pytorch.global.torch.relu;
import static org.bytedeco.pytorch.global.torch.scaled_dot_product_attention;
import static org.bytedeco.pytorch.global.torch.softmax;
import static org.bytedeco.pytorch.global.torch.sum;

import dev.javelin.data.ImageSet;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Optimizer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/// The work on libtorch. Runs in a process of its own, see [PeerMain].
final class TorchSide implements Side {
  private static final Pattern VERSION = Pattern.compile("TORCH_VERSION=([0-9.]+)");
  private static final Pattern MKL = Pattern.compile("Math Kernel Library Version ([0-9.]+)");
  private static final Pattern ONEDNN = Pattern.compile("MKL-DNN v([0-9.]+)");

  /// Works on a number of threads.
  TorchSide(int threads) {
    torch.set_num_threads(threads);
  }

  @Override
  public String about() {
    String config = torch.show_config().getString();
    return "PyTorch %s (official libtorch, MKL %s, oneDNN %s), %s threads"
        .formatted(
            find(VERSION, config),
            find(MKL, config),
            find(ONEDNN, config),
            torch.get_num_threads());
  }

  private static String find(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    return matcher.find() ? matcher.group(1) : "unknown";
  }

  @Override
  public Task prepare(Job job) {
    // Holds what the task works with, until it is closed; a run opens a scope inside.
    var scope = new PointerScope();
    return switch (job) {
      case Job.Step step -> new Training(step, scope);
      case Job.Epoch epoch -> new Epoch(epoch, scope);
      case Job.Inference inference -> {
        TorchNets.Net net = TorchNets.make(Job.Net.MLP);
        net.eval();
        Tensor x = random(1, Job.Net.MLP.input(inference.batch()));
        yield new Operation(() -> net.forward(x), scope);
      }
      case Job.Matmul(int size, boolean bfloat16) -> {
        Tensor a = matrix(1, size, bfloat16);
        Tensor b = matrix(2, size, bfloat16);
        yield new Operation(() -> mm(a, b), scope);
      }
      case Job.Elementwise elementwise -> new Operation(elementwise(elementwise), scope);
      case Job.Softmax(int rows, int columns) -> {
        Tensor x = random(1, rows, columns);
        yield new Operation(() -> softmax(x, 1), scope);
      }
      case Job.LayerNorm(int rows, int columns) -> {
        Tensor x = random(1, rows, columns);
        long[] shape = {columns};
        var weight = new TensorOptional(random(2, shape));
        var bias = new TensorOptional(random(3, shape));
        yield new Operation(
            () -> layer_norm(x, shape, weight, bias, Job.LayerNorm.EPS, false), scope);
      }
      case Job.Copy copy -> {
        Tensor x = random(1, copy.size());
        yield new Operation(x::clone, scope);
      }
      case Job.Sum sum -> {
        Tensor x = random(1, sum.size());
        yield new Operation(() -> sum(x), scope);
      }
      case Job.Conv() -> {
        long side = Job.Conv.SIDE;
        Tensor x = random(1, Job.Conv.IMAGES, Job.Conv.CHANNELS, side, side);
        Tensor w =
            random(2, Job.Conv.CHANNELS, Job.Conv.CHANNELS, Job.Conv.KERNEL, Job.Conv.KERNEL);
        var none = new TensorOptional();
        long[] one = {1, 1};
        yield new Operation(() -> conv2d(x, w, none, one, one, one, 1), scope);
      }
      case Job.Attention attention -> new Operation(attention(attention), scope);
    };
  }

  private static Supplier<Tensor> elementwise(Job.Elementwise job) {
    Tensor x = random(1, job.size());
    Tensor y = job.map().inputs > 1 ? random(2, job.size()) : x;
    Tensor z = job.map().inputs > 2 ? random(3, job.size()) : x;
    return switch (job.map()) {
      case RELU -> () -> relu(x);
      case MUL_ADD -> () -> add(mul(x, y), z);
      case EXP -> () -> exp(x);
      case GELU -> () -> gelu(x);
      case CHAIN -> () -> mul(add(mul(relu(add(mul(x, y), z)), y), x), z);
    };
  }

  private static Supplier<Tensor> attention(Job.Attention job) {
    Tensor q = random(1, job.sizes());
    Tensor k = random(2, job.sizes());
    Tensor v = random(3, job.sizes());
    if (!job.gradients()) {
      return () -> scaled_dot_product_attention(q, k, v);
    }
    List<Tensor> leaves = List.of(q, k, v);
    leaves.forEach(leaf -> leaf.set_requires_grad(true));
    return () -> {
      try (var _ = new AutoGradMode(true)) {
        leaves.forEach(leaf -> leaf.mutable_grad().reset());
        scaled_dot_product_attention(q, k, v)
            .backward(q.detach(), new BoolOptional(), false, new TensorArrayRefOptional());
        return q.grad();
      }
    };
  }

  private static Tensor matrix(int seed, int size, boolean bfloat16) {
    Tensor values = random(seed, size, size);
    return bfloat16 ? values.to(ScalarType.BFloat16) : values;
  }

  private static Tensor random(int seed, long... sizes) {
    long count = 1;
    for (long size : sizes) {
      count *= size;
    }
    return tensor(Data.inputs(seed, Math.toIntExact(count)), sizes);
  }

  /// A tensor of its own memory.
  static Tensor tensor(float[] values, long... sizes) {
    try (var pointer = new FloatPointer(values)) {
      return torch.from_blob(pointer, sizes).clone();
    }
  }

  private static Tensor classes(long[] labels) {
    try (var pointer = new LongPointer(labels)) {
      return torch
          .from_blob(pointer, new long[] {labels.length}, new TensorOptions(ScalarType.Long))
          .clone();
    }
  }

  private static float[] values(Tensor tensor) {
    float[] values = new float[Math.toIntExact(tensor.numel())];
    tensor.contiguous().data_ptr_float().get(values);
    return values;
  }

  /// Computes one result.
  private record Operation(Supplier<Tensor> body, PointerScope owner) implements Task {
    @Override
    public void run() {
      try (var _ = new PointerScope();
          var _ = new NoGradGuard()) {
        Tensor _ = body.get();
      }
    }

    @Override
    public float[] probe() {
      try (var _ = new PointerScope();
          var _ = new NoGradGuard()) {
        Tensor flat = body.get().reshape(-1).to(ScalarType.Float);
        long count = flat.numel();
        if (count <= 2 * Data.PROBE_ENDS) {
          return values(flat);
        }
        return values(
            torch.cat(
                new org.bytedeco.pytorch.TensorVector(
                    flat.narrow(0, 0, Data.PROBE_ENDS),
                    flat.narrow(0, count - Data.PROBE_ENDS, Data.PROBE_ENDS))));
      }
    }

    @Override
    public void close() {
      owner.close();
    }
  }

  /// A network and its optimiser.
  private static final class Trainer {
    final TorchNets.Net net;
    private final Optimizer optimizer;

    Trainer(Job.Net kind, Job.Rule rule) {
      net = TorchNets.make(kind);
      optimizer = TorchNets.optimizer(rule, net);
    }

    Tensor loss(Tensor x, Tensor classes) {
      return net.loss(net.forward(x), classes);
    }

    Tensor step(Tensor x, Tensor classes) {
      optimizer.zero_grad();
      Tensor loss = loss(x, classes);
      loss.backward();
      optimizer.step();
      return loss;
    }
  }

  /// Full training steps on one batch.
  private static final class Training implements Task {
    private final PointerScope owner;
    private final Trainer trainer;
    private final Tensor x;
    private final Tensor classes;
    private final boolean repeatable;

    Training(Job.Step step, PointerScope owner) {
      this.owner = owner;
      trainer = new Trainer(step.net(), step.rule());
      x = random(1, step.net().input(Job.BATCH));
      classes = classes(Data.classes(Job.BATCH));
      repeatable = step.net() != Job.Net.MNIST;
    }

    @Override
    public void run() {
      try (var _ = new PointerScope()) {
        trainer.step(x, classes);
      }
    }

    @Override
    public float[] probe() {
      float[] losses = new float[repeatable ? Data.PROBE_STEPS : 1];
      try (var _ = new PointerScope()) {
        if (repeatable) {
          for (int i = 0; i < losses.length; i++) {
            losses[i] = trainer.step(x, classes).item_float();
          }
        } else {
          // Dropout differs between the sides.
          trainer.net.eval();
          losses[0] = trainer.loss(x, classes).item_float();
          trainer.net.train(true);
        }
      }
      return losses;
    }

    @Override
    public void close() {
      owner.close();
    }
  }

  /// An epoch over a tensor of bytes that batches are gathered from by index: faster than PyTorch's `DataLoader`, which collates single images.
  private static final class Epoch implements Task {
    private final PointerScope owner;
    private final Trainer trainer;
    private final long[] input;
    private final Tensor images;
    private final Tensor classes;

    Epoch(Job.Epoch epoch, PointerScope owner) {
      this.owner = owner;
      trainer = new Trainer(epoch.net(), epoch.rule());
      input = epoch.net().input(-1);
      ImageSet all = Data.images();
      try (var bytes = new BytePointer(all.images().toArray(ValueLayout.JAVA_BYTE))) {
        long[] shape = {all.size(), (long) all.height() * all.width()};
        images = torch.from_blob(bytes, shape, new TensorOptions(ScalarType.Byte)).clone();
      }
      classes = classes(IntStream.range(0, all.size()).mapToLong(all::label).toArray());
    }

    @Override
    public void run() {
      try (var _ = new PointerScope()) {
        Tensor order = torch.randperm(images.size(0), new TensorOptions(ScalarType.Long));
        for (long from = 0; from < images.size(0); from += Job.BATCH) {
          try (var _ = new PointerScope()) {
            step(order, from);
          }
        }
      }
    }

    private float step(Tensor order, long from) {
      Tensor index = order.narrow(0, from, Math.min(Job.BATCH, order.size(0) - from));
      Tensor x = images.index_select(0, index).to(ScalarType.Float).div(new Scalar(255f));
      return trainer.step(x.reshape(input), classes.index_select(0, index)).item_float();
    }

    @Override
    public float[] probe() {
      float[] losses = new float[Data.PROBE_STEPS];
      try (var _ = new PointerScope()) {
        Tensor order = torch.arange(new Scalar(images.size(0)), new TensorOptions(ScalarType.Long));
        for (int i = 0; i < losses.length; i++) {
          losses[i] = step(order, (long) i * Job.BATCH);
        }
      }
      return losses;
    }

    @Override
    public void close() {
      owner.close();
    }
  }
}
