package dev.javelin.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// One row of the table: work that every [Side] knows how to do. The numbers are float32 unless the title says otherwise.
sealed interface Job {

  /// Samples in a training step.
  int BATCH = 64;

  /// The small operations fit into the caches, the large ones do not.
  int MILLION = 1 << 20;

  /// Elements of what fills a large GPU, rows of 4096.
  int LARGE = 1 << 28;

  /// What the user can choose among with `--only`.
  enum Group {
    STEPS,
    INFERENCE,
    MATMUL,
    ELEMENTWISE,
    ROWS,
    CONV,
    ATTENTION,
    /// For GPUs of 16 GB and more; measured only when asked for.
    LARGE;

    /// A group, or the large one where there are so many elements.
    static Group of(Group usual, long elements) {
      return elements >= Job.LARGE ? LARGE : usual;
    }

    String key() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// The networks.
  enum Net {
    /// 784-512-512-10 with ReLU.
    MLP,
    /// conv(1,10,5), pool 2, relu, conv(10,20,5), dropout2d, pool 2, relu, 320-50, relu, dropout, 50-10, log-softmax.
    MNIST,
    /// conv(1,32,3), batch norm, relu, pool 2, conv(32,64,3), batch norm, relu, pool 2, 3136-128, relu, 128-10.
    CNN;

    /// The shape of a batch of inputs.
    long[] input(int batch) {
      return this == MLP ? new long[] {batch, 784} : new long[] {batch, 1, 28, 28};
    }
  }

  /// The operations of one result element per input element.
  enum Map {
    RELU("relu"),
    MUL_ADD("x*y+z"),
    EXP("exp"),
    GELU("gelu");

    final String title;

    Map(String title) {
      this.title = title;
    }
  }

  /// The optimisers.
  enum Rule {
    SGD("SGD"),
    MOMENTUM("SGD momentum"),
    ADAM("Adam");

    static final double LEARNING_RATE = 0.1;
    static final double MOMENTUM_LEARNING_RATE = 0.01;
    static final double MOMENTUM_FACTOR = 0.5;
    static final double ADAM_LEARNING_RATE = 1e-3;

    final String title;

    Rule(String title) {
      this.title = title;
    }
  }

  /// What the row is called, in the table and between the processes.
  String title();

  /// Where it belongs.
  Group group();

  /// How far two sides' results may be apart, relative to the larger of 1 and the result.
  default double tolerance() {
    return 1e-3;
  }

  /// Gradients to none, forward, loss, backward, update.
  record Step(Net net, Rule rule) implements Job {
    @Override
    public String title() {
      return "step " + net.name().toLowerCase(Locale.ROOT) + ", " + rule.title;
    }

    @Override
    public Group group() {
      return Group.STEPS;
    }
  }

  /// The MLP forward, without gradients.
  record Inference(int batch) implements Job {
    @Override
    public String title() {
      return "mlp inference, batch " + batch;
    }

    @Override
    public Group group() {
      return Group.INFERENCE;
    }
  }

  /// A product of two square matrices.
  record Matmul(int size, boolean bfloat16) implements Job {
    @Override
    public String title() {
      return "matmul " + size + (bfloat16 ? " bfloat16" : "");
    }

    @Override
    public Group group() {
      return size >= 4096 ? Group.LARGE : Group.MATMUL;
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
    public String title() {
      return map.title + " " + size / MILLION + "M";
    }

    @Override
    public Group group() {
      return Group.of(Group.ELEMENTWISE, size);
    }
  }

  /// Softmax of every row of a matrix.
  record Softmax(int rows, int columns) implements Job {
    @Override
    public String title() {
      return "softmax (" + rows + "," + columns + ")";
    }

    @Override
    public Group group() {
      return Group.of(Group.ROWS, (long) rows * columns);
    }
  }

  /// Layer norm with weight and bias of every row of a matrix.
  record LayerNorm(int rows, int columns) implements Job {
    static final double EPS = 1e-5;

    @Override
    public String title() {
      return "layerNorm (" + rows + "," + columns + ")";
    }

    @Override
    public Group group() {
      return Group.of(Group.ROWS, (long) rows * columns);
    }
  }

  /// The sum of all elements.
  record Sum(int size) implements Job {
    @Override
    public String title() {
      return "sum " + size / MILLION + "M";
    }

    @Override
    public Group group() {
      return Group.of(Group.ROWS, size);
    }
  }

  /// A 3x3 convolution with padding 1 of (64, 64, 56, 56) to 64 channels, forward, without bias.
  record Conv() implements Job {
    static final int IMAGES = 64;
    static final int CHANNELS = 64;
    static final int SIDE = 56;
    static final int KERNEL = 3;

    @Override
    public String title() {
      return "conv2d (64,64,56,56) 64 3x3";
    }

    @Override
    public Group group() {
      return Group.CONV;
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
    public String title() {
      String sizes = "(%d,%d,%d,%d)".formatted(batch, heads, length, size);
      return "attention " + sizes + (gradients ? " gradients" : "");
    }

    @Override
    public Group group() {
      return Group.ATTENTION;
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

  /// The row of a name.
  static Job named(String title) {
    return all().stream().filter(job -> job.title().equals(title)).findFirst().orElseThrow();
  }
}
