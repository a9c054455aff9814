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

import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Optimizer;
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
    return switch (job.map()) {
      case RELU -> () -> relu(x);
      case MUL_ADD -> {
        Tensor y = random(2, job.size());
        Tensor z = random(3, job.size());
        yield () -> add(mul(x, y), z);
      }
      case EXP -> () -> exp(x);
      case GELU -> () -> gelu(x);
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

  /// Full training steps on one batch.
  private static final class Training implements Task {
    private final PointerScope owner;
    private final TorchNets.Net net;
    private final Optimizer optimizer;
    private final Tensor x;
    private final Tensor classes;
    private final boolean repeatable;

    Training(Job.Step step, PointerScope owner) {
      this.owner = owner;
      net = TorchNets.make(step.net());
      optimizer = TorchNets.optimizer(step.rule(), net);
      x = random(1, step.net().input(Job.BATCH));
      long[] labels = Data.classes(Job.BATCH);
      try (var pointer = new LongPointer(labels)) {
        classes =
            torch
                .from_blob(pointer, new long[] {labels.length}, new TensorOptions(ScalarType.Long))
                .clone();
      }
      repeatable = step.net() != Job.Net.MNIST;
    }

    @Override
    public void run() {
      try (var _ = new PointerScope()) {
        step();
      }
    }

    private Tensor step() {
      optimizer.zero_grad();
      Tensor loss = net.loss(net.forward(x), classes);
      loss.backward();
      optimizer.step();
      return loss;
    }

    @Override
    public float[] probe() {
      float[] losses = new float[repeatable ? Data.PROBE_STEPS : 1];
      try (var _ = new PointerScope()) {
        if (repeatable) {
          for (int i = 0; i < losses.length; i++) {
            losses[i] = step().item_float();
          }
        } else {
          // Dropout differs between the sides.
          net.eval();
          losses[0] = net.loss(net.forward(x), classes).item_float();
          net.train(true);
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
