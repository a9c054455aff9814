package dev.javelin.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// One row of the table: work that every [Side] knows how to do. The numbers are float32 unless the name says otherwise.
///
/// [#flops()] and [#bytes()] are what the work takes at the least, whoever does it: they make a time a rate and a part of what the device can do.
sealed interface Job {

  /// Samples in a training step.
  int BATCH = 64;

  /// The small operations fit into the caches, the large ones do not.
  int MILLION = 1 << 20;

  /// Elements of what fills a large GPU, rows of 4096.
  int LARGE = 1 << 28;

  /// The size of a float32.
  long FLOAT = 4;

  /// What the user can choose among with `--suite`.
  enum Suite {
    /// Single operations.
    OPS,
    /// Training.
    TRAIN,
    /// Inference.
    INFER,
    /// The most memory that a process takes for some of the other suites' work.
    MEMORY;

    String key() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// The networks.
  enum Net {
    /// 784-512-512-10 with ReLU.
    MLP(784 * 512 + 512 * 512 + 512 * 10, 784 * 512, 669_706, 784 + 4 * 512 + 10),
    /// conv(1,10,5), pool 2, relu, conv(10,20,5), dropout2d, pool 2, relu, 320-50, relu, dropout, 50-10, log-softmax.
    MNIST(
        24 * 24 * 10 * 25 + 8 * 8 * 20 * 250 + 320 * 50 + 50 * 10,
        24 * 24 * 10 * 25,
        21_840,
        784 + 5760 + 2 * 1440 + 2 * 1280 + 2 * 320 + 3 * 50 + 2 * 10),
    /// conv(1,32,3), batch norm, relu, pool 2, conv(32,64,3), batch norm, relu, pool 2, 3136-128, relu, 128-10.
    CNN(
        28 * 28 * 32 * 9 + 14 * 14 * 64 * 288 + 3136 * 128 + 128 * 10,
        28 * 28 * 32 * 9,
        421_834,
        784 + 3 * 25_088 + 6272 + 3 * 12_544 + 3136 + 2 * 128 + 10);

    /// Multiplications with an addition for one sample, forward: products and convolutions only.
    final long products;

    /// Those of the first layer, whose input wants no gradient.
    final long firstProducts;

    final long parameters;

    /// Elements of the input and of all layers' outputs for one sample.
    final long activations;

    Net(long products, long firstProducts, long parameters, long activations) {
      this.products = products;
      this.firstProducts = firstProducts;
      this.parameters = parameters;
      this.activations = activations;
    }

    /// The shape of a batch of inputs.
    long[] input(int batch) {
      return this == MLP ? new long[] {batch, 784} : new long[] {batch, 1, 28, 28};
    }

    String key() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// The operations of one result element per input element.
  enum Map {
    RELU("relu", 1, 1),
    MUL_ADD("x*y+z", 3, 2),
    EXP("exp", 1, 1),
    GELU("gelu", 1, 1),
    /// Fused it reads three arrays and writes one; one by one its operations move 17.
    CHAIN("((x*y+z).relu()*y+x)*z", 3, 6);

    final String title;
    final int inputs;

    /// Operations for an element, of whatever kind.
    final int operations;

    Map(String title, int inputs, int operations) {
      this.title = title;
      this.inputs = inputs;
      this.operations = operations;
    }
  }

  /// The optimisers.
  enum Rule {
    SGD("SGD", 2),
    MOMENTUM("SGD momentum", 4),
    ADAM("Adam", 6);

    static final double LEARNING_RATE = 0.1;
    static final double MOMENTUM_LEARNING_RATE = 0.01;
    static final double MOMENTUM_FACTOR = 0.5;
    static final double ADAM_LEARNING_RATE = 1e-3;

    final String title;

    /// How often an update reads or writes something as large as the parameters, besides the gradient.
    final int accesses;

    Rule(String title, int accesses) {
      this.title = title;
      this.accesses = accesses;
    }
  }

  /// What the row is called, in the table, in the JSON file and between the processes.
  String name();

  /// Where it belongs.
  default Suite suite() {
    return Suite.OPS;
  }

  /// Operations on numbers; a multiplication with an addition is two.
  long flops();

  /// Bytes that are read and written when each array is read once by each operation that needs it, written once, and never kept in between.
  long bytes();

  /// What is in use at a time, in bytes: decides whether caches hold it.
  default long workingSet() {
    return bytes();
  }

  /// Whether it is for GPUs of 16 GB and more; such rows are measured only when asked for.
  default boolean large() {
    return workingSet() >= FLOAT * LARGE;
  }

  /// How far two sides' results may be apart, relative to the larger of 1 and the result.
  default double tolerance() {
    return 1e-3;
  }

  /// Gradients to none, forward, loss, backward, update.
  record Step(Net net, Rule rule) implements Job {
    @Override
    public String name() {
      return net.key() + " step, " + rule.title;
    }

    @Override
    public Suite suite() {
      return Suite.TRAIN;
    }

    /// The gradients take a product of the same size for the weights and one for the input.
    @Override
    public long flops() {
      return 2 * BATCH * (3 * net.products - net.firstProducts);
    }

    /// Parameters are read forward and backward, their gradients written and read; so are activations, whose gradients are too.
    @Override
    public long bytes() {
      return FLOAT * (net.parameters * (4 + rule.accesses) + BATCH * net.activations * 5);
    }
  }

  /// An epoch over 60,000 images of one byte a pixel that are shuffled, gathered, scaled to 0 to 1 and trained on by 64, with the loss read after
  /// each step, as `./javelin train` does.
  record Epoch(Net net, Rule rule) implements Job {
    static final int IMAGES = 60_000;

    @Override
    public String name() {
      return net.key() + " epoch, " + rule.title + ", data loader";
    }

    @Override
    public Suite suite() {
      return Suite.TRAIN;
    }

    private static long steps() {
      return Math.ceilDiv(IMAGES, BATCH);
    }

    @Override
    public long flops() {
      return steps() * new Step(net, rule).flops();
    }

    @Override
    public long bytes() {
      return steps() * new Step(net, rule).bytes() + IMAGES * 784L * (2 + FLOAT);
    }

    @Override
    public long workingSet() {
      return new Step(net, rule).bytes();
    }
  }

  /// The MLP forward, without gradients.
  record Inference(int batch) implements Job {
    @Override
    public String name() {
      return "mlp inference, batch " + batch;
    }

    @Override
    public Suite suite() {
      return Suite.INFER;
    }

    @Override
    public long flops() {
      return 2L * batch * Net.MLP.products;
    }

    @Override
    public long bytes() {
      return FLOAT * (Net.MLP.parameters + 2L * batch * Net.MLP.activations);
    }
  }

  /// A product of two square matrices.
  record Matmul(int size, boolean bfloat16) implements Job {
    @Override
    public String name() {
      return "matmul " + size + (bfloat16 ? " bfloat16" : "");
    }

    @Override
    public long flops() {
      return 2L * size * size * size;
    }

    @Override
    public long bytes() {
      return 3L * size * size * (bfloat16 ? 2 : FLOAT);
    }

    @Override
    public boolean large() {
      return size >= 4096;
    }

    @Override
    public double tolerance() {
      // A rounding of bfloat16 is up to 2^-9.
      return bfloat16 ? 8e-3 : Job.super.tolerance();
    }
  }

  /// An operation on every element, into a new tensor.
  record Elementwise(Map map, int size) implements Job {
    @Override
    public String name() {
      return map.title + " " + size / MILLION + "M";
    }

    @Override
    public long flops() {
      return (long) map.operations * size;
    }

    @Override
    public long bytes() {
      return FLOAT * (map.inputs + 1) * size;
    }
  }

  /// Softmax of every row of a matrix.
  record Softmax(int rows, int columns) implements Job {
    @Override
    public String name() {
      return "softmax (" + rows + "," + columns + ")";
    }

    /// Maximum, difference, exponential, sum, quotient.
    @Override
    public long flops() {
      return 5L * rows * columns;
    }

    @Override
    public long bytes() {
      return 2 * FLOAT * rows * columns;
    }
  }

  /// Layer norm with weight and bias of every row of a matrix.
  record LayerNorm(int rows, int columns) implements Job {
    static final double EPS = 1e-5;

    @Override
    public String name() {
      return "layerNorm (" + rows + "," + columns + ")";
    }

    /// Two sums, a difference, a square, a quotient, a product and a sum.
    @Override
    public long flops() {
      return 7L * rows * columns;
    }

    @Override
    public long bytes() {
      return 2 * FLOAT * rows * columns;
    }
  }

  /// The sum of all elements.
  record Sum(int size) implements Job {
    @Override
    public String name() {
      return "sum " + size / MILLION + "M";
    }

    @Override
    public long flops() {
      return size;
    }

    @Override
    public long bytes() {
      return FLOAT * size;
    }
  }

  /// A copy of all elements: what [Ceiling] measures memory by.
  record Copy(int size) implements Job {
    @Override
    public String name() {
      return "copy " + size / MILLION + "M";
    }

    @Override
    public long flops() {
      return 0;
    }

    @Override
    public long bytes() {
      return 2 * FLOAT * size;
    }
  }

  /// A 3x3 convolution with padding 1 of (64, 64, 56, 56) to 64 channels, forward, without bias.
  record Conv() implements Job {
    static final int IMAGES = 64;
    static final int CHANNELS = 64;
    static final int SIDE = 56;
    static final int KERNEL = 3;

    @Override
    public String name() {
      return "conv2d (64,64,56,56) 64 3x3";
    }

    private static long outputs() {
      return (long) IMAGES * CHANNELS * SIDE * SIDE;
    }

    @Override
    public long flops() {
      return 2 * outputs() * CHANNELS * KERNEL * KERNEL;
    }

    @Override
    public long bytes() {
      return 2 * FLOAT * outputs();
    }
  }

  /// Attention without mask of queries, keys and values (batch, heads, length, size); with gradients the result is that of the queries
  /// where the output's is the queries again.
  ///
  /// @param batch how many sequences
  /// @param heads how many heads
  /// @param length how many queries, and how many keys
  /// @param size the size of each
  /// @param gradients whether forward and backward, or forward alone without gradients
  record Attention(int batch, int heads, int length, int size, boolean gradients) implements Job {
    @Override
    public String name() {
      String sizes = "(%d,%d,%d,%d)".formatted(batch, heads, length, size);
      return "attention " + sizes + (gradients ? " gradients" : "");
    }

    /// Two products forward, four backward, and those of the weights once more.
    @Override
    public long flops() {
      return (gradients ? 7 : 2) * 2L * batch * heads * length * length * size;
    }

    @Override
    public long bytes() {
      return (gradients ? 11 : 4) * FLOAT * batch * heads * length * size;
    }

    long[] sizes() {
      return new long[] {batch, heads, length, size};
    }
  }

  /// Every row, in the order of the table.
  static List<Job> all() {
    List<Job> jobs = new ArrayList<>();
    jobs.add(new Step(Net.MLP, Rule.SGD));
    jobs.add(new Step(Net.MLP, Rule.ADAM));
    jobs.add(new Step(Net.MNIST, Rule.MOMENTUM));
    jobs.add(new Step(Net.CNN, Rule.ADAM));
    jobs.add(new Epoch(Net.MLP, Rule.SGD));
    jobs.add(new Inference(1));
    jobs.add(new Inference(1000));
    for (int size : new int[] {512, 1024, 2048, 8192}) {
      jobs.add(new Matmul(size, false));
    }
    jobs.add(new Matmul(8192, true));
    for (int size : new int[] {MILLION, 16 * MILLION, LARGE}) {
      for (Map map : Map.values()) {
        jobs.add(new Elementwise(map, size));
      }
    }
    jobs.add(new Copy(MILLION));
    jobs.add(new Copy(16 * MILLION));
    jobs.add(new Softmax(4096, 1000));
    jobs.add(new Softmax(LARGE / 4096, 4096));
    jobs.add(new LayerNorm(4096, 768));
    jobs.add(new LayerNorm(LARGE / 4096, 4096));
    jobs.add(new Sum(MILLION));
    jobs.add(new Sum(16 * MILLION));
    jobs.add(new Sum(LARGE));
    jobs.add(new Conv());
    for (boolean gradients : new boolean[] {false, true}) {
      jobs.add(new Attention(4, 8, 512, 64, gradients));
      jobs.add(new Attention(1, 8, 2048, 64, gradients));
    }
    return jobs;
  }

  /// The work of the memory suite: rows of other suites.
  static List<Job> forMemory() {
    return List.of(new Step(Net.MLP, Rule.ADAM), new Step(Net.CNN, Rule.ADAM), new Inference(1000));
  }

  /// The row of a name.
  static Job named(String name) {
    return all().stream().filter(job -> job.name().equals(name)).findFirst().orElseThrow();
  }
}
