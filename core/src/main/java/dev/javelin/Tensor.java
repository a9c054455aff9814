package dev.javelin;

import dev.javelin.engine.Autograd;
import dev.javelin.engine.DeviceContext;
import dev.javelin.engine.Engine;
import dev.javelin.engine.Generator;
import dev.javelin.engine.Layout;
import dev.javelin.engine.TensorState;
import dev.javelin.engine.Value;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel.Distribution;
import dev.javelin.kernels.Kernel.FoldOp;
import dev.javelin.kernels.Numbers;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import dev.javelin.ops.FunctionOps;
import dev.javelin.ops.IndexOps;
import dev.javelin.ops.LogicOps;
import dev.javelin.ops.MatrixOps;
import dev.javelin.ops.NeuralOps;
import dev.javelin.ops.OpDef;
import dev.javelin.ops.PointwiseOps;
import dev.javelin.ops.RandomOps;
import dev.javelin.ops.ReduceOps;
import dev.javelin.ops.ScanOps;
import dev.javelin.ops.SpecialOps;
import dev.javelin.ops.ViewOps;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/// An array of numbers on a device, of any number of dimensions, that can record how it was computed.
///
/// Methods carry PyTorch's names; those that end in `_` change the tensor in place. Binary operations broadcast shapes and promote
/// dtypes by PyTorch's rules. Dimensions count from 0, or from the end if negative. Views (`permute`, `expand`, `narrow`, `select`,
/// `reshape` where possible) share memory with the tensor they look at.
///
/// Errors of shape, dtype or device are [IllegalArgumentException]s, raised before anything runs; misuse of the autograd graph or of
/// freed memory is an [IllegalStateException].
public sealed class Tensor extends Value permits Parameter {
  static {
    install((layout, source, offset) -> new Tensor(layout, source, offset));
  }

  private Tensor(Layout layout, Object source, long offset) {
    super(layout, source, offset);
  }

  /// Another tensor over the same memory, without its history: what [Parameter] begins as.
  Tensor(Tensor like) {
    super(like);
  }

  // ---- calls ----

  /// Runs an op of the table: the way from every method to the engine.
  ///
  /// @param op the op
  /// @param inputs the inputs
  /// @return the first output
  public static Tensor call(OpDef op, Tensor... inputs) {
    return switch (inputs.length) {
      case 1 -> (Tensor) Engine.call(op, inputs[0]);
      case 2 -> (Tensor) Engine.call(op, inputs[0], inputs[1]);
      default -> (Tensor) Engine.callAll(op, inputs)[0];
    };
  }

  private static Tensor call(OpDef op, Tensor a) {
    return (Tensor) Engine.call(op, a);
  }

  private static Tensor call(OpDef op, Tensor a, Tensor b) {
    return (Tensor) Engine.call(op, a, b);
  }

  Tensor inPlace(OpDef op, Tensor... others) {
    Engine.inPlace(op, this, others);
    return this;
  }

  /// A number as an operand: takes its dtype from the tensors beside it.
  ///
  /// @param value the number
  /// @return the operand
  static Tensor number(double value) {
    return (Tensor) Engine.number(value);
  }

  private static Tensor number(long value) {
    return (Tensor) Engine.number(value);
  }

  private static DeviceContext context(Device device) {
    return device == null ? null : device.context();
  }

  // ---- creation ----

  /// Copies values into a new tensor on the CPU.
  ///
  /// @param values the values, row by row
  /// @param sizes the shape; left out, one dimension
  /// @return a float32 tensor
  public static Tensor of(float[] values, long... sizes) {
    return of(MemorySegment.ofArray(values), DType.FLOAT32, shapeFor(values.length, sizes));
  }

  /// Copies values into a new tensor on the CPU.
  ///
  /// @param values the values, row by row
  /// @param sizes the shape; left out, one dimension
  /// @return a float64 tensor
  public static Tensor of(double[] values, long... sizes) {
    return of(MemorySegment.ofArray(values), DType.FLOAT64, shapeFor(values.length, sizes));
  }

  /// Copies values into a new tensor on the CPU.
  ///
  /// @param values the values, row by row
  /// @param sizes the shape; left out, one dimension
  /// @return an int64 tensor
  public static Tensor of(long[] values, long... sizes) {
    return of(MemorySegment.ofArray(values), DType.INT64, shapeFor(values.length, sizes));
  }

  /// Copies values into a new tensor on the CPU.
  ///
  /// @param values the values, row by row
  /// @param sizes the shape; left out, one dimension
  /// @return an int32 tensor
  public static Tensor of(int[] values, long... sizes) {
    return of(MemorySegment.ofArray(values), DType.INT32, shapeFor(values.length, sizes));
  }

  /// Copies values into a new tensor on the CPU.
  ///
  /// @param values the values, row by row
  /// @param sizes the shape; left out, one dimension
  /// @return a bool tensor
  public static Tensor of(boolean[] values, long... sizes) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (values[i] ? 1 : 0);
    }
    return of(MemorySegment.ofArray(bytes), DType.BOOL, shapeFor(values.length, sizes));
  }

  /// Copies a matrix into a new tensor on the CPU.
  ///
  /// @param rows the rows, all of one length
  /// @return a float32 tensor
  public static Tensor of(float[][] rows) {
    int columns = rows.length == 0 ? 0 : rows[0].length;
    float[] values = new float[rows.length * columns];
    for (int i = 0; i < rows.length; i++) {
      if (rows[i].length != columns) {
        throw new IllegalArgumentException(
            "of: expected rows of one length, but row 0 has %s elements and row %s has %s"
                .formatted(columns, i, rows[i].length));
      }
      System.arraycopy(rows[i], 0, values, i * columns, columns);
    }
    return of(values, rows.length, columns);
  }

  /// Copies elements from host memory into a new tensor on the CPU.
  ///
  /// @param source the elements' bytes, row by row
  /// @param dtype their type
  /// @param shape the shape
  /// @return the tensor
  public static Tensor of(MemorySegment source, DType dtype, Shape shape) {
    return of(source, dtype, shape, Devices.cpu());
  }

  /// Copies elements from host memory into a new tensor.
  ///
  /// @param source the elements' bytes, row by row
  /// @param dtype their type
  /// @param shape the shape
  /// @param device where the tensor is to be
  /// @return the tensor
  public static Tensor of(MemorySegment source, DType dtype, Shape shape, Device device) {
    return (Tensor) TensorState.fromHost(device.context(), dtype, shape, source);
  }

  private static Shape shapeFor(long count, long[] sizes) {
    Shape shape = sizes.length == 0 ? Shape.of(count) : Shape.of(sizes);
    if (shape.numel() != count) {
      throw new IllegalArgumentException(
          "of: %s values do not fill the shape %s, which needs %s"
              .formatted(count, shape, shape.numel()));
    }
    return shape;
  }

  /// A tensor of no dimensions.
  ///
  /// @param value its value
  /// @return a float32 tensor on the CPU
  public static Tensor scalar(double value) {
    return full(Shape.SCALAR, value, DType.FLOAT32, Devices.cpu());
  }

  /// A tensor filled with a number.
  ///
  /// @param shape its shape
  /// @param value the number
  /// @param dtype its dtype
  /// @param device its device
  /// @return the tensor
  public static Tensor full(Shape shape, double value, DType dtype, Device device) {
    return (Tensor) Engine.create(new OpDef.Full(dtype, shape), context(device), number(value));
  }

  /// A float32 tensor on the CPU filled with a number.
  ///
  /// @param shape its shape
  /// @param value the number
  /// @return the tensor
  public static Tensor full(Shape shape, double value) {
    return full(shape, value, DType.FLOAT32, Devices.cpu());
  }

  /// An int64 tensor on the CPU filled with a whole number.
  ///
  /// @param shape its shape
  /// @param value the number
  /// @return the tensor
  public static Tensor full(Shape shape, long value) {
    return (Tensor)
        Engine.create(new OpDef.Full(DType.INT64, shape), context(Devices.cpu()), number(value));
  }

  /// Zeros.
  ///
  /// @param shape the shape
  /// @param dtype the dtype
  /// @param device the device
  /// @return the tensor
  public static Tensor zeros(Shape shape, DType dtype, Device device) {
    return full(shape, 0, dtype, device);
  }

  /// Zeros, float32 on the CPU.
  ///
  /// @param sizes the shape
  /// @return the tensor
  public static Tensor zeros(long... sizes) {
    return full(Shape.of(sizes), 0.0);
  }

  /// Ones.
  ///
  /// @param shape the shape
  /// @param dtype the dtype
  /// @param device the device
  /// @return the tensor
  public static Tensor ones(Shape shape, DType dtype, Device device) {
    return full(shape, 1, dtype, device);
  }

  /// Ones, float32 on the CPU.
  ///
  /// @param sizes the shape
  /// @return the tensor
  public static Tensor ones(long... sizes) {
    return full(Shape.of(sizes), 1.0);
  }

  /// Zeros of another tensor's shape, dtype and device.
  ///
  /// @param like the other tensor
  /// @return the tensor
  public static Tensor zerosLike(Tensor like) {
    return full(like.shape(), 0, like.dtype(), like.device());
  }

  /// Ones of another tensor's shape, dtype and device.
  ///
  /// @param like the other tensor
  /// @return the tensor
  public static Tensor onesLike(Tensor like) {
    return full(like.shape(), 1, like.dtype(), like.device());
  }

  /// A number in another tensor's shape, dtype and device.
  ///
  /// @param like the other tensor
  /// @param value the number
  /// @return the tensor
  public static Tensor fullLike(Tensor like, double value) {
    return full(like.shape(), value, like.dtype(), like.device());
  }

  /// A tensor whose elements are yet to be written: here zeros, so that a run can be repeated.
  ///
  /// @param sizes the shape
  /// @return a float32 tensor on the CPU
  public static Tensor empty(long... sizes) {
    return zeros(sizes);
  }

  /// The int64 numbers 0, 1, ... below `end`, on the CPU.
  ///
  /// @param end the number after the last
  /// @return the tensor
  public static Tensor arange(long end) {
    return arange(end, cpuOrTrace());
  }

  /// The int64 numbers 0, 1, ... below `end`.
  ///
  /// @param end the number after the last
  /// @param device where; anything inside a composed op
  /// @return the tensor
  public static Tensor arange(long end, Device device) {
    return (Tensor) Engine.create(new OpDef.Iota(end), context(device));
  }

  /// The int64 numbers from `start` to below `end`, on the CPU.
  ///
  /// @param start the first
  /// @param end the end, not reached
  /// @param step the distance between two
  /// @return the tensor
  public static Tensor arange(long start, long end, long step) {
    if (step == 0) {
      throw new IllegalArgumentException("arange: expected a step other than 0, got " + step);
    }
    long count = Math.max(0, Math.ceilDiv(end - start, step));
    return arange(count).mul(step).add(start);
  }

  /// The float32 numbers from `start` to below `end`, on the CPU.
  ///
  /// @param start the first
  /// @param end the end, not reached
  /// @param step the distance between two
  /// @return the tensor
  public static Tensor arange(double start, double end, double step) {
    return arange(start, end, step, DType.FLOAT32, cpuOrTrace());
  }

  /// Evenly spaced float32 numbers, both ends included, on the CPU.
  ///
  /// @param start the first
  /// @param end the last
  /// @param steps how many
  /// @return the tensor
  public static Tensor linspace(double start, double end, long steps) {
    double step = steps < 2 ? 0 : (end - start) / (steps - 1);
    return arange(steps).to(DType.FLOAT64).mul(step).add(start).to(DType.FLOAT32);
  }

  /// The unit matrix, float32 on the CPU.
  ///
  /// @param n its size
  /// @return the tensor, of shape `[n, n]`
  public static Tensor eye(long n) {
    return arange(n).unsqueeze(1).eq(arange(n)).to(DType.FLOAT32);
  }

  /// Uniform random numbers in [0, 1), float32 on the CPU, seeded by [Javelin#manualSeed].
  ///
  /// @param sizes the shape
  /// @return the tensor
  public static Tensor rand(long... sizes) {
    return rand(Shape.of(sizes), DType.FLOAT32, Devices.cpu());
  }

  /// Uniform random numbers in [0, 1).
  ///
  /// @param shape the shape
  /// @param dtype a floating-point type
  /// @param device the device
  /// @return the tensor
  public static Tensor rand(Shape shape, DType dtype, Device device) {
    return draw(
        new OpDef.Draw(Distribution.UNIFORM, floating("rand", dtype), shape), shape, device);
  }

  /// Standard normal random numbers, float32 on the CPU, seeded by [Javelin#manualSeed].
  ///
  /// @param sizes the shape
  /// @return the tensor
  public static Tensor randn(long... sizes) {
    return randn(Shape.of(sizes), DType.FLOAT32, Devices.cpu());
  }

  /// Standard normal random numbers.
  ///
  /// @param shape the shape
  /// @param dtype a floating-point type
  /// @param device the device
  /// @return the tensor
  public static Tensor randn(Shape shape, DType dtype, Device device) {
    return draw(
        new OpDef.Draw(Distribution.NORMAL, floating("randn", dtype), shape), shape, device);
  }

  /// Random whole numbers, int64 on the CPU.
  ///
  /// @param low the smallest
  /// @param high above the largest, by at most 2^31
  /// @param sizes the shape
  /// @return the tensor
  public static Tensor randint(long low, long high, long... sizes) {
    return randint(low, high, Shape.of(sizes), DType.INT64, Devices.cpu());
  }

  private static void checkRange(long low, long high) {
    if (high <= low || high - low > 1L << 31) {
      throw new IllegalArgumentException(
          "randint: expected low < high, at most 2^31 apart, got %s and %s".formatted(low, high));
    }
  }

  private static DType floating(String op, DType dtype) {
    if (!dtype.isFloatingPoint()) {
      throw new IllegalArgumentException(op + ": expected a floating-point dtype, got " + dtype);
    }
    return dtype;
  }

  private static Tensor draw(OpDef op, Shape shape, Device device, Tensor... first) {
    Value[] position = Generator.draw(shape.numel());
    Value[] inputs = Arrays.copyOf(first, first.length + 2, Value[].class);
    inputs[first.length] = position[0];
    inputs[first.length + 1] = position[1];
    return (Tensor) Engine.create(op, context(device), inputs);
  }

  /// A random order of the numbers 0 to `n - 1`, int64 on the CPU.
  ///
  /// @param n how many
  /// @return the tensor, of shape `[n]`
  public static Tensor randperm(long n) {
    long[] order = new long[Math.toIntExact(n)];
    for (int i = 0; i < order.length; i++) {
      order[i] = i;
    }
    long[] words = n == 0 ? new long[0] : randint(0, 1L << 31, n).toLongArray();
    for (int i = order.length - 1; i > 0; i--) {
      int other = (int) ((words[i] * (i + 1)) >>> 31);
      long swap = order[i];
      order[i] = order[other];
      order[other] = swap;
    }
    return of(order);
  }

  /// Copies nested arrays or lists of numbers or truth values, or one number, into a new tensor on the CPU: PyTorch's `torch.tensor(data)`.
  /// Arrays keep their element type; lists and single numbers give float32, int64 or bool.
  ///
  /// @param data arrays of primitives or lists, nested to any depth, or a number
  /// @return the tensor
  public static Tensor of(Object data) {
    return Nested.tensor(data, null, Devices.cpu());
  }

  /// Copies nested arrays or lists, or one number, into a new tensor.
  ///
  /// @param data arrays of primitives or lists, nested to any depth, or a number
  /// @param dtype the dtype
  /// @param device the device
  /// @return the tensor
  public static Tensor of(Object data, DType dtype, Device device) {
    return Nested.tensor(data, dtype, device);
  }

  /// A tensor whose elements are yet to be written: here zeros, so that a run can be repeated.
  ///
  /// @param shape the shape
  /// @param dtype the dtype
  /// @param device the device
  /// @return the tensor
  public static Tensor empty(Shape shape, DType dtype, Device device) {
    return zeros(shape, dtype, device);
  }

  /// Zeros of another tensor's shape, dtype and device, to be written.
  ///
  /// @param like the other tensor
  /// @return the tensor
  public static Tensor emptyLike(Tensor like) {
    return zerosLike(like);
  }

  /// Zeros of this tensor's dtype and device.
  ///
  /// @param sizes the shape
  /// @return the tensor
  public Tensor newZeros(long... sizes) {
    return zeros(Shape.of(sizes), dtype(), device());
  }

  /// Ones of this tensor's dtype and device.
  ///
  /// @param sizes the shape
  /// @return the tensor
  public Tensor newOnes(long... sizes) {
    return ones(Shape.of(sizes), dtype(), device());
  }

  /// A number in a tensor of this tensor's dtype and device.
  ///
  /// @param shape the shape
  /// @param value the number
  /// @return the tensor
  public Tensor newFull(Shape shape, double value) {
    return full(shape, value, dtype(), device());
  }

  /// The int64 numbers from `start` to below `end`, on the CPU.
  ///
  /// @param start the first
  /// @param end the end, not reached
  /// @return the tensor
  public static Tensor arange(long start, long end) {
    return arange(start, end, 1);
  }

  /// The numbers from `start` to below `end`.
  ///
  /// @param start the first
  /// @param end the end, not reached
  /// @param step the distance between two
  /// @param dtype the dtype
  /// @param device the device
  /// @return the tensor
  public static Tensor arange(double start, double end, double step, DType dtype, Device device) {
    if (step == 0) {
      throw new IllegalArgumentException("arange: expected a step other than 0, got " + step);
    }
    long count = (long) Math.max(0, Math.ceil((end - start) / step));
    return arange(count, device).to(DType.FLOAT64).mul(step).add(start).to(dtype);
  }

  /// Evenly spaced numbers, both ends included.
  ///
  /// @param start the first
  /// @param end the last
  /// @param steps how many
  /// @param dtype the dtype
  /// @param device the device
  /// @return the tensor
  public static Tensor linspace(double start, double end, long steps, DType dtype, Device device) {
    double step = steps < 2 ? 0 : (end - start) / (steps - 1);
    return arange(steps, device).to(DType.FLOAT64).mul(step).add(start).to(dtype);
  }

  /// Powers with evenly spaced exponents, float32 on the CPU.
  ///
  /// @param start the first exponent
  /// @param end the last
  /// @param steps how many
  /// @param base of which base
  /// @return the tensor
  public static Tensor logspace(double start, double end, long steps, double base) {
    Tensor exponents = linspace(start, end, steps, DType.FLOAT64, Devices.cpu());
    return exponents.mul(Math.log(base)).exp().to(DType.FLOAT32);
  }

  /// Ones on the diagonal, zeros elsewhere.
  ///
  /// @param n the number of rows
  /// @param m the number of columns
  /// @param dtype the dtype
  /// @param device the device
  /// @return the tensor, of shape `[n, m]`
  public static Tensor eye(long n, long m, DType dtype, Device device) {
    return arange(n, device).unsqueeze(1).eq(arange(m, device)).to(dtype);
  }

  /// Uniform random numbers in [0, 1) of another tensor's shape, dtype and device.
  ///
  /// @param like the other tensor
  /// @return the tensor
  public static Tensor randLike(Tensor like) {
    return rand(like.shape(), like.dtype(), like.device());
  }

  /// Standard normal random numbers of another tensor's shape, dtype and device.
  ///
  /// @param like the other tensor
  /// @return the tensor
  public static Tensor randnLike(Tensor like) {
    return randn(like.shape(), like.dtype(), like.device());
  }

  /// Random whole numbers.
  ///
  /// @param low the smallest
  /// @param high above the largest, by at most 2^31
  /// @param shape the shape
  /// @param dtype the dtype
  /// @param device the device
  /// @return the tensor
  public static Tensor randint(long low, long high, Shape shape, DType dtype, Device device) {
    checkRange(low, high);
    Tensor drawn = draw(RandomOps.randint(shape), shape, device, number(low), number(high - low));
    return drawn.to(dtype);
  }

  /// Random whole numbers of another tensor's shape, dtype and device.
  ///
  /// @param like the other tensor
  /// @param low the smallest
  /// @param high above the largest
  /// @return the tensor
  public static Tensor randintLike(Tensor like, long low, long high) {
    return randint(low, high, like.shape(), like.dtype(), like.device());
  }

  /// Normal random numbers, float32 on the CPU.
  ///
  /// @param mean their mean
  /// @param std their standard deviation
  /// @param sizes the shape
  /// @return the tensor
  public static Tensor normal(double mean, double std, long... sizes) {
    return zeros(sizes).normal_(mean, std);
  }

  /// Normal random numbers, each with a mean and a standard deviation of its own.
  ///
  /// @param mean the means
  /// @param std the standard deviations; shapes broadcast
  /// @return the tensor
  public static Tensor normal(Tensor mean, Tensor std) {
    return randnLike(mean.detach().add(std.detach())).mul(std).add(mean);
  }

  /// Random zeros and ones.
  ///
  /// @return the tensor, of this shape and dtype: 1 with the probability this tensor has there
  public Tensor bernoulli() {
    return rand(shape(), DType.FLOAT32, device()).lt(detach()).to(dtype());
  }

  /// Overwrites this tensor with random zeros and ones.
  ///
  /// @param p the probability of 1
  /// @return this tensor
  public Tensor bernoulli_(double p) {
    return copy_(rand(shape(), DType.FLOAT32, device()).lt(p));
  }

  /// Overwrites this tensor with exponentially distributed random numbers, above 0.
  ///
  /// @param rate one over their mean
  /// @return this tensor
  public Tensor exponential_(double rate) {
    Tensor uniform = rand(shape(), floating("exponential_", dtype()), device());
    return copy_(uniform.neg().log1p().neg().clampMin(Float.MIN_NORMAL).div(rate));
  }

  /// Indices drawn with the probabilities of rows of weights.
  ///
  /// @param count how many for each row
  /// @param replacement whether an index can be drawn again
  /// @return int64, `[count]` or `[rows, count]`
  public Tensor multinomial(long count, boolean replacement) {
    return Sorting.multinomial(real("multinomial").detach(), count, replacement);
  }

  /// A random order of the numbers 0 to `n - 1`, int64.
  ///
  /// @param n how many
  /// @param device the device
  /// @return the tensor, of shape `[n]`
  public static Tensor randperm(long n, Device device) {
    return randperm(n).to(device);
  }

  private static Device cpuOrTrace() {
    return TensorState.isTracing() ? null : Devices.cpu();
  }

  // ---- what it is ----

  /// The size of each dimension.
  ///
  /// @return the shape, printed as `[3, 28, 28]`
  public Shape shape() {
    return layout().shape();
  }

  /// The size of each dimension: the same as [#shape()].
  ///
  /// @return the shape
  public Shape size() {
    return shape();
  }

  /// The size of a dimension.
  ///
  /// @param dim which
  /// @return its size
  public long size(int dim) {
    return shape().size(axis(dim));
  }

  /// The number of dimensions.
  ///
  /// @return 0 for a scalar
  public int dim() {
    return shape().rank();
  }

  /// The number of elements.
  ///
  /// @return the product of the sizes
  public long numel() {
    return shape().numel();
  }

  /// The type of the elements.
  ///
  /// @return the dtype
  public DType dtype() {
    return layout().dtype();
  }

  /// Where the elements are.
  ///
  /// @return the device
  public Device device() {
    return (Device) TensorState.device(this);
  }

  /// The distance in elements between neighbours on each dimension.
  ///
  /// @return the strides
  public long[] stride() {
    return layout().view().strides();
  }

  /// Whether the elements lie row by row without gaps.
  ///
  /// @return true if so
  public boolean isContiguous() {
    return layout().isContiguous();
  }

  /// The dimension meant by a possibly negative number.
  private int axis(int dim) {
    return axis(dim, dim());
  }

  static int axis(int dim, int rank) {
    int limit = Math.max(1, rank);
    if (dim < -limit || dim >= limit) {
      throw new IllegalArgumentException(
          "dimension out of range: expected %s to %s, got %s".formatted(-limit, limit - 1, dim));
    }
    return dim < 0 ? dim + limit : dim;
  }

  private List<Integer> axes(int... dims) {
    List<Integer> result = new ArrayList<>();
    if (dims.length == 0) {
      IntStream.range(0, dim()).forEach(result::add);
      return result;
    }
    for (int dim : dims) {
      int axis = axis(dim);
      if (dim() == 0) {
        continue;
      }
      if (result.contains(axis)) {
        throw new IllegalArgumentException("dimension " + dim + " appears twice");
      }
      result.add(axis);
    }
    Collections.sort(result);
    return result;
  }

  // ---- values ----

  /// The only element.
  ///
  /// @return its value
  public double item() {
    if (numel() != 1) {
      throw new IllegalStateException(
          "item: expected a tensor of one element, got one of shape " + shape());
    }
    DType dtype = dtype();
    return read(memory -> Numbers.getDouble(dtype, memory, 0));
  }

  /// The only element, as a whole number.
  ///
  /// @return its value
  public long itemLong() {
    if (numel() != 1) {
      throw new IllegalStateException(
          "itemLong: expected a tensor of one element, got one of shape " + shape());
    }
    DType dtype = dtype();
    return read(memory -> Numbers.getLong(dtype, memory, 0));
  }

  /// Copies the elements to the host, row by row, converted to float.
  ///
  /// @return the elements
  public float[] toFloatArray() {
    float[] result = new float[Math.toIntExact(numel())];
    DType dtype = dtype();
    return read(
        memory -> {
          for (int i = 0; i < result.length; i++) {
            result[i] = (float) Numbers.getDouble(dtype, memory, i);
          }
          return result;
        });
  }

  /// Copies the elements to the host, row by row, converted to double.
  ///
  /// @return the elements
  public double[] toDoubleArray() {
    double[] result = new double[Math.toIntExact(numel())];
    DType dtype = dtype();
    return read(
        memory -> {
          for (int i = 0; i < result.length; i++) {
            result[i] = Numbers.getDouble(dtype, memory, i);
          }
          return result;
        });
  }

  /// Copies the elements to the host, row by row, converted to long.
  ///
  /// @return the elements
  public long[] toLongArray() {
    long[] result = new long[Math.toIntExact(numel())];
    DType dtype = dtype();
    return read(
        memory -> {
          for (int i = 0; i < result.length; i++) {
            result[i] = Numbers.getLong(dtype, memory, i);
          }
          return result;
        });
  }

  /// Copies the elements' bytes to host memory, row by row.
  ///
  /// @param target room for `numel() * dtype().bytes()` bytes
  public void copyTo(MemorySegment target) {
    TensorState.toHost(detach().contiguous(), target);
  }

  private <T> T read(Function<MemorySegment, T> reader) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(Math.max(1, numel() * dtype().bytes()), 8);
      copyTo(memory.asSlice(0, numel() * dtype().bytes()));
      return reader.apply(memory);
    }
  }

  /// The tensor as PyTorch prints it.
  @Override
  public String toString() {
    return text("");
  }

  /// The tensor as PyTorch prints it, after a heading: `Parameter containing:` and a line break.
  ///
  /// @param heading what comes before `tensor(`
  /// @return the text
  public String text(String heading) {
    if (TensorState.isTraced(this)) {
      return heading + "tensor(<being traced>, shape=" + shape() + ")";
    }
    Tensor plain = Javelin.noGrad(() -> detach().contiguous());
    DType dtype = dtype();
    String device = device().type().equals("cpu") ? null : device().name();
    return plain.read(
        memory ->
            TensorPrinter.format(
                shape(),
                dtype,
                i -> Numbers.getDouble(dtype, memory, i),
                i -> Numbers.getLong(dtype, memory, i),
                device,
                gradFn().orElse(null),
                requiresGrad() && gradFn().isEmpty(),
                heading + "tensor("));
  }

  // ---- conversion ----

  /// This tensor in another dtype; itself if it has it already.
  ///
  /// @param dtype the dtype
  /// @return the tensor
  public Tensor to(DType dtype) {
    return dtype() == dtype ? this : call(new OpDef.Cast(dtype), this);
  }

  /// This tensor on another device; itself if it is there already.
  ///
  /// @param device the device
  /// @return the tensor
  public Tensor to(Device device) {
    return (Tensor) TensorState.toDevice(this, device.context());
  }

  /// This tensor on the device of that name.
  ///
  /// @param device a name such as `cpu` or `cuda:0`
  /// @return the tensor
  public Tensor to(String device) {
    return to(Devices.get(device));
  }

  /// This tensor on the CPU.
  ///
  /// @return the tensor
  public Tensor cpu() {
    return to(Devices.cpu());
  }

  /// This tensor as float32.
  ///
  /// @return the tensor
  public Tensor toFloat() {
    return to(DType.FLOAT32);
  }

  /// This tensor as float64.
  ///
  /// @return the tensor
  public Tensor toDouble() {
    return to(DType.FLOAT64);
  }

  /// This tensor as float16.
  ///
  /// @return the tensor
  public Tensor half() {
    return to(DType.FLOAT16);
  }

  /// This tensor as bfloat16.
  ///
  /// @return the tensor
  public Tensor bfloat16() {
    return to(DType.BFLOAT16);
  }

  /// This tensor as int64.
  ///
  /// @return the tensor
  public Tensor toLong() {
    return to(DType.INT64);
  }

  /// The elements as Java values.
  ///
  /// @return nested lists of Double, Long or Boolean; one of these for a tensor of no dimensions
  public Object toList() {
    return Nested.list(this);
  }

  /// This tensor in another dtype on another device; itself if it has both already.
  ///
  /// @param device the device
  /// @param dtype the dtype
  /// @return the tensor
  public Tensor to(Device device, DType dtype) {
    return to(device).to(dtype);
  }

  /// This tensor in the dtype and on the device of another one.
  ///
  /// @param other the other tensor
  /// @return the tensor
  public Tensor to(Tensor other) {
    return to(other.device()).to(other.dtype());
  }

  /// This tensor in the dtype of another one.
  ///
  /// @param other the other tensor
  /// @return the tensor
  public Tensor typeAs(Tensor other) {
    return to(other.dtype());
  }

  /// This tensor on the first CUDA device.
  ///
  /// @return the tensor
  public Tensor cuda() {
    return to("cuda");
  }

  /// This tensor as int32.
  ///
  /// @return the tensor
  public Tensor toInt() {
    return to(DType.INT32);
  }

  /// This tensor as bool: whether the elements are not 0.
  ///
  /// @return the tensor
  public Tensor toBool() {
    return to(DType.BOOL);
  }

  /// This tensor laid out row by row; itself if it is so already.
  ///
  /// @return the tensor
  public Tensor contiguous() {
    return isContiguous()
        ? this
        : call(new OpDef.Assemble("clone", shape(), List.of(View.contiguous(shape())), true), this);
  }

  /// A copy with memory of its own.
  ///
  /// @return the copy, of the same strides if they leave no gaps
  @Override
  @SuppressWarnings("MethodDoesntCallSuperMethod")
  public Tensor clone() {
    return call(PointwiseOps.CLONE, this);
  }

  // ---- arithmetic ----

  /// `this + other`.
  ///
  /// @param other the other operand; shapes broadcast, types promote
  /// @return the result
  public Tensor add(Tensor other) {
    return call(PointwiseOps.ADD, this, other);
  }

  /// `this + other`.
  ///
  /// @param other a number
  /// @return the result
  public Tensor add(double other) {
    return call(PointwiseOps.ADD, this, number(other));
  }

  /// `this + other`.
  ///
  /// @param other a whole number, which leaves integer tensors integer
  /// @return the result
  public Tensor add(long other) {
    return call(PointwiseOps.ADD, this, number(other));
  }

  /// `this - other`.
  ///
  /// @param other the other operand; shapes broadcast, types promote
  /// @return the result
  public Tensor sub(Tensor other) {
    return call(PointwiseOps.SUB, this, other);
  }

  /// `this - other`.
  ///
  /// @param other a number
  /// @return the result
  public Tensor sub(double other) {
    return call(PointwiseOps.SUB, this, number(other));
  }

  /// `this - other`.
  ///
  /// @param other a whole number, which leaves integer tensors integer
  /// @return the result
  public Tensor sub(long other) {
    return call(PointwiseOps.SUB, this, number(other));
  }

  /// `this * other`.
  ///
  /// @param other the other operand; shapes broadcast, types promote
  /// @return the result
  public Tensor mul(Tensor other) {
    return call(PointwiseOps.MUL, this, other);
  }

  /// `this * other`.
  ///
  /// @param other a number
  /// @return the result
  public Tensor mul(double other) {
    return call(PointwiseOps.MUL, this, number(other));
  }

  /// `this * other`.
  ///
  /// @param other a whole number, which leaves integer tensors integer
  /// @return the result
  public Tensor mul(long other) {
    return call(PointwiseOps.MUL, this, number(other));
  }

  /// `this / other`, true division: integers give floats.
  ///
  /// @param other the other operand; shapes broadcast, types promote
  /// @return the result
  public Tensor div(Tensor other) {
    return call(PointwiseOps.DIV, this, other);
  }

  /// `this / other`, true division: integers give floats.
  ///
  /// @param other a number
  /// @return the result
  public Tensor div(double other) {
    return call(PointwiseOps.DIV, this, number(other));
  }

  /// `this / other`, true division: integers give floats.
  ///
  /// @param other a whole number, which leaves integer tensors integer
  /// @return the result
  public Tensor div(long other) {
    return call(PointwiseOps.DIV, this, number(other));
  }

  /// `this ^ other`.
  ///
  /// @param other the other operand; shapes broadcast, types promote
  /// @return the result
  public Tensor pow(Tensor other) {
    return call(PointwiseOps.POW, this, other);
  }

  /// `this ^ other`.
  ///
  /// @param other a number
  /// @return the result
  public Tensor pow(double other) {
    return call(PointwiseOps.POW, this, number(other));
  }

  /// `this ^ other`.
  ///
  /// @param other a whole number, which leaves integer tensors integer
  /// @return the result
  public Tensor pow(long other) {
    return call(PointwiseOps.POW, this, number(other));
  }

  /// The remainder with the sign of the divisor, as Python's `%`.
  ///
  /// @param other the other operand; shapes broadcast, types promote
  /// @return the result
  public Tensor remainder(Tensor other) {
    return call(PointwiseOps.REMAINDER, this, other);
  }

  /// The remainder with the sign of the divisor, as Python's `%`.
  ///
  /// @param other a number
  /// @return the result
  public Tensor remainder(double other) {
    return call(PointwiseOps.REMAINDER, this, number(other));
  }

  /// The remainder with the sign of the divisor, as Python's `%`.
  ///
  /// @param other a whole number, which leaves integer tensors integer
  /// @return the result
  public Tensor remainder(long other) {
    return call(PointwiseOps.REMAINDER, this, number(other));
  }

  /// `floor(this / other)`.
  ///
  /// @param other the other operand; shapes broadcast, types promote
  /// @return the result
  public Tensor floorDivide(Tensor other) {
    return call(PointwiseOps.FLOOR_DIVIDE, this, other);
  }

  /// `floor(this / other)`.
  ///
  /// @param other a number
  /// @return the result
  public Tensor floorDivide(double other) {
    return call(PointwiseOps.FLOOR_DIVIDE, this, number(other));
  }

  /// `floor(this / other)`.
  ///
  /// @param other a whole number, which leaves integer tensors integer
  /// @return the result
  public Tensor floorDivide(long other) {
    return call(PointwiseOps.FLOOR_DIVIDE, this, number(other));
  }

  /// The larger of two, NaN if either is.
  ///
  /// @param other the other operand; shapes broadcast, types promote
  /// @return the result
  public Tensor maximum(Tensor other) {
    return call(PointwiseOps.MAXIMUM, this, other);
  }

  /// The larger of two, NaN if either is.
  ///
  /// @param other a number
  /// @return the result
  public Tensor maximum(double other) {
    return call(PointwiseOps.MAXIMUM, this, number(other));
  }

  /// The larger of two, NaN if either is.
  ///
  /// @param other a whole number, which leaves integer tensors integer
  /// @return the result
  public Tensor maximum(long other) {
    return call(PointwiseOps.MAXIMUM, this, number(other));
  }

  /// The smaller of two, NaN if either is.
  ///
  /// @param other the other operand; shapes broadcast, types promote
  /// @return the result
  public Tensor minimum(Tensor other) {
    return call(PointwiseOps.MINIMUM, this, other);
  }

  /// The smaller of two, NaN if either is.
  ///
  /// @param other a number
  /// @return the result
  public Tensor minimum(double other) {
    return call(PointwiseOps.MINIMUM, this, number(other));
  }

  /// The smaller of two, NaN if either is.
  ///
  /// @param other a whole number, which leaves integer tensors integer
  /// @return the result
  public Tensor minimum(long other) {
    return call(PointwiseOps.MINIMUM, this, number(other));
  }

  /// `-this`.
  ///
  /// @return the result, of this shape
  public Tensor neg() {
    return call(PointwiseOps.NEG, this);
  }

  /// The absolute value.
  ///
  /// @return the result, of this shape
  public Tensor abs() {
    return call(PointwiseOps.ABS, this);
  }

  /// -1, 0 or 1 by the sign.
  ///
  /// @return the result, of this shape
  public Tensor sign() {
    return call(PointwiseOps.SIGN, this);
  }

  /// The largest whole number not above.
  ///
  /// @return the result, of this shape
  public Tensor floor() {
    return call(PointwiseOps.FLOOR, this);
  }

  /// The smallest whole number not below.
  ///
  /// @return the result, of this shape
  public Tensor ceil() {
    return call(PointwiseOps.CEIL, this);
  }

  /// The nearest whole number, halves to even.
  ///
  /// @return the result, of this shape
  public Tensor round() {
    return call(PointwiseOps.ROUND, this);
  }

  /// The whole part.
  ///
  /// @return the result, of this shape
  public Tensor trunc() {
    return call(PointwiseOps.TRUNC, this);
  }

  /// `1 / this`.
  ///
  /// @return the result, of this shape
  public Tensor reciprocal() {
    return call(PointwiseOps.RECIPROCAL, this);
  }

  /// `this * this`.
  ///
  /// @return the result, of this shape
  public Tensor square() {
    return call(PointwiseOps.SQUARE, this);
  }

  /// `e^x`.
  ///
  /// @return the result, of this shape
  public Tensor exp() {
    return call(PointwiseOps.EXP, this);
  }

  /// `e^x - 1`, exact near 0.
  ///
  /// @return the result, of this shape
  public Tensor expm1() {
    return call(PointwiseOps.EXPM1, this);
  }

  /// The natural logarithm.
  ///
  /// @return the result, of this shape
  public Tensor log() {
    return call(PointwiseOps.LOG, this);
  }

  /// `log(1 + x)`, exact near 0.
  ///
  /// @return the result, of this shape
  public Tensor log1p() {
    return call(PointwiseOps.LOG1P, this);
  }

  /// The square root.
  ///
  /// @return the result, of this shape
  public Tensor sqrt() {
    return call(PointwiseOps.SQRT, this);
  }

  /// `1 / sqrt(x)`.
  ///
  /// @return the result, of this shape
  public Tensor rsqrt() {
    return call(PointwiseOps.RSQRT, this);
  }

  /// The sine of angles in radians.
  ///
  /// @return the result, of this shape
  public Tensor sin() {
    return call(PointwiseOps.SIN, this);
  }

  /// The cosine of angles in radians.
  ///
  /// @return the result, of this shape
  public Tensor cos() {
    return call(PointwiseOps.COS, this);
  }

  /// The tangent of angles in radians.
  ///
  /// @return the result, of this shape
  public Tensor tan() {
    return call(PointwiseOps.TAN, this);
  }

  /// The arc tangent, in radians.
  ///
  /// @return the result, of this shape
  public Tensor atan() {
    return call(PointwiseOps.ATAN, this);
  }

  /// The hyperbolic tangent.
  ///
  /// @return the result, of this shape
  public Tensor tanh() {
    return call(PointwiseOps.TANH, this);
  }

  /// The inverse of the error function.
  ///
  /// @return infinite at -1 and 1, NaN beyond
  public Tensor erfinv() {
    return call(FunctionOps.erfinv(), this);
  }

  /// The error function.
  ///
  /// @return the result, of this shape
  public Tensor erf() {
    return call(PointwiseOps.ERF, this);
  }

  /// `1 / (1 + e^-x)`.
  ///
  /// @return the result, of this shape
  public Tensor sigmoid() {
    return call(PointwiseOps.SIGMOID, this);
  }

  /// `max(x, 0)`.
  ///
  /// @return the result, of this shape
  public Tensor relu() {
    return call(PointwiseOps.RELU, this);
  }

  /// Whether each element is NaN.
  ///
  /// @return the result, of this shape
  public Tensor isnan() {
    return call(LogicOps.ISNAN, this);
  }

  /// Whether each element is 0 or false.
  ///
  /// @return the result, of this shape
  public Tensor logicalNot() {
    return call(LogicOps.LOGICAL_NOT, this);
  }

  // ---- comparison and logic ----

  /// `this == other`, as bool.
  ///
  /// @param other the other operand; shapes broadcast, types promote
  /// @return the result
  public Tensor eq(Tensor other) {
    return call(LogicOps.EQ, this, other);
  }

  /// `this == other`, as bool.
  ///
  /// @param other a number
  /// @return the result
  public Tensor eq(double other) {
    return call(LogicOps.EQ, this, number(other));
  }

  /// `this == other`, as bool.
  ///
  /// @param other a whole number, which leaves integer tensors integer
  /// @return the result
  public Tensor eq(long other) {
    return call(LogicOps.EQ, this, number(other));
  }

  /// `this != other`, as bool.
  ///
  /// @param other the other operand; shapes broadcast, types promote
  /// @return the result
  public Tensor ne(Tensor other) {
    return call(LogicOps.NE, this, other);
  }

  /// `this != other`, as bool.
  ///
  /// @param other a number
  /// @return the result
  public Tensor ne(double other) {
    return call(LogicOps.NE, this, number(other));
  }

  /// `this != other`, as bool.
  ///
  /// @param other a whole number, which leaves integer tensors integer
  /// @return the result
  public Tensor ne(long other) {
    return call(LogicOps.NE, this, number(other));
  }

  /// `this < other`, as bool.
  ///
  /// @param other the other operand; shapes broadcast, types promote
  /// @return the result
  public Tensor lt(Tensor other) {
    return call(LogicOps.LT, this, other);
  }

  /// `this < other`, as bool.
  ///
  /// @param other a number
  /// @return the result
  public Tensor lt(double other) {
    return call(LogicOps.LT, this, number(other));
  }

  /// `this < other`, as bool.
  ///
  /// @param other a whole number, which leaves integer tensors integer
  /// @return the result
  public Tensor lt(long other) {
    return call(LogicOps.LT, this, number(other));
  }

  /// `this <= other`, as bool.
  ///
  /// @param other the other operand; shapes broadcast, types promote
  /// @return the result
  public Tensor le(Tensor other) {
    return call(LogicOps.LE, this, other);
  }

  /// `this <= other`, as bool.
  ///
  /// @param other a number
  /// @return the result
  public Tensor le(double other) {
    return call(LogicOps.LE, this, number(other));
  }

  /// `this <= other`, as bool.
  ///
  /// @param other a whole number, which leaves integer tensors integer
  /// @return the result
  public Tensor le(long other) {
    return call(LogicOps.LE, this, number(other));
  }

  /// `this > other`, as bool.
  ///
  /// @param other the other operand; shapes broadcast, types promote
  /// @return the result
  public Tensor gt(Tensor other) {
    return call(LogicOps.GT, this, other);
  }

  /// `this > other`, as bool.
  ///
  /// @param other a number
  /// @return the result
  public Tensor gt(double other) {
    return call(LogicOps.GT, this, number(other));
  }

  /// `this > other`, as bool.
  ///
  /// @param other a whole number, which leaves integer tensors integer
  /// @return the result
  public Tensor gt(long other) {
    return call(LogicOps.GT, this, number(other));
  }

  /// `this >= other`, as bool.
  ///
  /// @param other the other operand; shapes broadcast, types promote
  /// @return the result
  public Tensor ge(Tensor other) {
    return call(LogicOps.GE, this, other);
  }

  /// `this >= other`, as bool.
  ///
  /// @param other a number
  /// @return the result
  public Tensor ge(double other) {
    return call(LogicOps.GE, this, number(other));
  }

  /// `this >= other`, as bool.
  ///
  /// @param other a whole number, which leaves integer tensors integer
  /// @return the result
  public Tensor ge(long other) {
    return call(LogicOps.GE, this, number(other));
  }

  /// Whether both are true.
  ///
  /// @param other the other operand; shapes broadcast, types promote
  /// @return the result
  public Tensor logicalAnd(Tensor other) {
    return call(LogicOps.LOGICAL_AND, this, other);
  }

  /// Whether either is true.
  ///
  /// @param other the other operand; shapes broadcast, types promote
  /// @return the result
  public Tensor logicalOr(Tensor other) {
    return call(LogicOps.LOGICAL_OR, this, other);
  }

  /// Whether just one is true.
  ///
  /// @param other the other operand; shapes broadcast, types promote
  /// @return the result
  public Tensor logicalXor(Tensor other) {
    return call(LogicOps.LOGICAL_XOR, this, other);
  }

  /// Bitwise and of integers or bools.
  ///
  /// @param other the other operand; shapes broadcast, types promote
  /// @return the result
  public Tensor bitwiseAnd(Tensor other) {
    return call(LogicOps.BITWISE_AND, this, other);
  }

  /// Bitwise or of integers or bools.
  ///
  /// @param other the other operand; shapes broadcast, types promote
  /// @return the result
  public Tensor bitwiseOr(Tensor other) {
    return call(LogicOps.BITWISE_OR, this, other);
  }

  /// Bitwise exclusive or of integers or bools.
  ///
  /// @param other the other operand; shapes broadcast, types promote
  /// @return the result
  public Tensor bitwiseXor(Tensor other) {
    return call(LogicOps.BITWISE_XOR, this, other);
  }

  /// The angle in radians whose sine is x.
  ///
  /// @return the result
  public Tensor asin() {
    return call(FunctionOps.ASIN, this);
  }

  /// The angle in radians whose cosine is x.
  ///
  /// @return the result
  public Tensor acos() {
    return call(FunctionOps.ACOS, this);
  }

  /// The hyperbolic sine.
  ///
  /// @return the result
  public Tensor sinh() {
    return call(FunctionOps.SINH, this);
  }

  /// The hyperbolic cosine.
  ///
  /// @return the result
  public Tensor cosh() {
    return call(FunctionOps.COSH, this);
  }

  /// The inverse of the hyperbolic sine.
  ///
  /// @return the result
  public Tensor asinh() {
    return call(FunctionOps.ASINH, this);
  }

  /// The inverse of the hyperbolic cosine.
  ///
  /// @return the result
  public Tensor acosh() {
    return call(FunctionOps.ACOSH, this);
  }

  /// The inverse of the hyperbolic tangent.
  ///
  /// @return the result
  public Tensor atanh() {
    return call(FunctionOps.ATANH, this);
  }

  /// The logarithm to base 2.
  ///
  /// @return the result
  public Tensor log2() {
    return call(FunctionOps.LOG2, this);
  }

  /// The logarithm to base 10.
  ///
  /// @return the result
  public Tensor log10() {
    return call(FunctionOps.LOG10, this);
  }

  /// `2^x`.
  ///
  /// @return the result
  public Tensor exp2() {
    return call(FunctionOps.EXP2, this);
  }

  /// The part behind the point, with the sign of x.
  ///
  /// @return the result
  public Tensor frac() {
    return call(FunctionOps.FRAC, this);
  }

  /// `log(x / (1 - x))`.
  ///
  /// @return the result
  public Tensor logit() {
    return div(neg().add(1)).log();
  }

  /// Whether infinite.
  ///
  /// @return bool
  public Tensor isinf() {
    return abs().eq(Double.POSITIVE_INFINITY);
  }

  /// Whether neither infinite nor NaN.
  ///
  /// @return bool
  public Tensor isfinite() {
    return abs().lt(Double.POSITIVE_INFINITY);
  }

  /// This tensor with NaN and infinities replaced by 0 and the largest and smallest numbers of its dtype.
  ///
  /// @return the result
  public Tensor nanToNum() {
    return nanToNum(0);
  }

  /// This tensor with NaN replaced, and infinities by the largest and smallest numbers of its dtype.
  ///
  /// @param nan what replaces NaN
  /// @return the result
  public Tensor nanToNum(double nan) {
    if (!dtype().isFloatingPoint()) {
      return this;
    }
    double largest = largest(dtype());
    Tensor finite = where(isinf(), sign().mul(largest), this);
    return where(isnan(), nan, finite);
  }

  private static double largest(DType dtype) {
    return switch (dtype) {
      case FLOAT16 -> 65504;
      case BFLOAT16 -> 0x1.FEp127;
      case FLOAT32 -> Float.MAX_VALUE;
      default -> Double.MAX_VALUE;
    };
  }

  /// Degrees to radians.
  ///
  /// @return the result, of this shape
  public Tensor deg2rad() {
    return call(SpecialOps.DEG2RAD, this);
  }

  /// Radians to degrees.
  ///
  /// @return the result, of this shape
  public Tensor rad2deg() {
    return call(SpecialOps.RAD2DEG, this);
  }

  /// Whether the sign is minus, that of 0 included.
  ///
  /// @return the result, of this shape
  public Tensor signbit() {
    return call(SpecialOps.SIGNBIT, this);
  }

  /// `sin(pi x) / (pi x)`, 1 at 0.
  ///
  /// @return the result, of this shape
  public Tensor sinc() {
    return call(SpecialOps.sinc(), this);
  }

  /// The logarithm of the size of the gamma function.
  ///
  /// @return the result, of this shape
  public Tensor lgamma() {
    return call(SpecialOps.lgamma(), this);
  }

  /// The derivative of `log(gamma(x))`.
  ///
  /// @return the result, of this shape
  public Tensor digamma() {
    return call(SpecialOps.digamma(), this);
  }

  /// The larger; the other one where one is NaN.
  ///
  /// @param other the other operand; shapes broadcast, types promote
  /// @return the result
  public Tensor fmax(Tensor other) {
    return call(SpecialOps.FMAX, this, other);
  }

  /// The smaller; the other one where one is NaN.
  ///
  /// @param other the other operand; shapes broadcast, types promote
  /// @return the result
  public Tensor fmin(Tensor other) {
    return call(SpecialOps.FMIN, this, other);
  }

  /// The size of this tensor with the sign of another.
  ///
  /// @param other the signs; shapes broadcast, types promote
  /// @return the result
  public Tensor copysign(Tensor other) {
    return call(SpecialOps.COPYSIGN, this, other);
  }

  /// 0 where negative, 1 where positive, and another tensor's element where 0.
  ///
  /// @param other what to give at 0; shapes broadcast, types promote
  /// @return the result
  public Tensor heaviside(Tensor other) {
    return call(SpecialOps.HEAVISIDE, this, other);
  }

  /// The angle in radians of the point with this ordinate.
  ///
  /// @param other the abscissa; shapes broadcast, types promote
  /// @return the result
  public Tensor atan2(Tensor other) {
    return call(FunctionOps.ATAN2, this, other);
  }

  /// `sqrt(x^2 + y^2)` without overflow.
  ///
  /// @param other the other operand; shapes broadcast, types promote
  /// @return the result
  public Tensor hypot(Tensor other) {
    return call(FunctionOps.HYPOT, this, other);
  }

  /// `log(e^x + e^y)` without overflow.
  ///
  /// @param other the other operand; shapes broadcast, types promote
  /// @return the result
  public Tensor logaddexp(Tensor other) {
    return call(FunctionOps.LOGADDEXP, this, other);
  }

  /// `x log(y)`, 0 where x is 0.
  ///
  /// @param other the other operand; shapes broadcast, types promote
  /// @return the result
  public Tensor xlogy(Tensor other) {
    return call(FunctionOps.XLOGY, this, other);
  }

  /// The remainder with the sign of this tensor, as C's `fmod`.
  ///
  /// @param other the other operand; shapes broadcast, types promote
  /// @return the result
  public Tensor fmod(Tensor other) {
    return call(FunctionOps.FMOD, this, other);
  }

  /// The remainder with the sign of this tensor, as C's `fmod`.
  ///
  /// @param other a number
  /// @return the result
  public Tensor fmod(double other) {
    return call(FunctionOps.FMOD, this, number(other));
  }

  /// The remainder with the sign of this tensor, as C's `fmod`.
  ///
  /// @param other a whole number
  /// @return the result
  public Tensor fmod(long other) {
    return call(FunctionOps.FMOD, this, number(other));
  }

  /// `this + value a b`.
  ///
  /// @param a one factor
  /// @param b the other
  /// @param value a number
  /// @return the result
  public Tensor addcmul(Tensor a, Tensor b, double value) {
    return call(FunctionOps.ADDCMUL, this, a, b, number(value));
  }

  /// `this + value a / b`.
  ///
  /// @param a the numerator
  /// @param b the denominator
  /// @param value a number
  /// @return the result
  public Tensor addcdiv(Tensor a, Tensor b, double value) {
    return call(FunctionOps.ADDCDIV, this, a, b, number(value));
  }

  /// `this + weight (end - this)`.
  ///
  /// @param end what weight 1 gives
  /// @param weight a number
  /// @return the result
  public Tensor lerp(Tensor end, double weight) {
    return call(FunctionOps.LERP, this, end, number(weight));
  }

  /// `this + weight (end - this)`.
  ///
  /// @param end what weight 1 gives
  /// @param weight the weights; shapes broadcast
  /// @return the result
  public Tensor lerp(Tensor end, Tensor weight) {
    return call(FunctionOps.LERP, this, end, weight);
  }

  /// Limits the elements.
  ///
  /// @param low the smallest; shapes broadcast
  /// @param high the largest; holds where it is below the smallest
  /// @return the result
  public Tensor clamp(Tensor low, Tensor high) {
    return call(PointwiseOps.CLAMP, this, low, high);
  }

  /// Bitwise not of integers; logical not of bools.
  ///
  /// @return the result
  public Tensor bitwiseNot() {
    return dtype() == DType.BOOL ? logicalNot() : bitwiseXor(-1);
  }

  /// Bitwise and of integers and a whole number.
  ///
  /// @param other a whole number
  /// @return the result
  public Tensor bitwiseAnd(long other) {
    return call(LogicOps.BITWISE_AND, this, number(other));
  }

  /// Bitwise or of integers and a whole number.
  ///
  /// @param other a whole number
  /// @return the result
  public Tensor bitwiseOr(long other) {
    return call(LogicOps.BITWISE_OR, this, number(other));
  }

  /// Bitwise exclusive or of integers and a whole number.
  ///
  /// @param other a whole number
  /// @return the result
  public Tensor bitwiseXor(long other) {
    return call(LogicOps.BITWISE_XOR, this, number(other));
  }

  /// Integers times `2^bits`.
  ///
  /// @param bits how far, from 0
  /// @return the result
  public Tensor bitwiseLeftShift(long bits) {
    return call(LogicOps.shift(true), this, number(shiftOf(bits)));
  }

  /// Integers divided by `2^bits`, rounded down.
  ///
  /// @param bits how far, from 0
  /// @return the result
  public Tensor bitwiseRightShift(long bits) {
    return call(LogicOps.shift(false), this, number(shiftOf(bits)));
  }

  private long shiftOf(long bits) {
    int width = 8 * dtype().bytes();
    if (bits < 0 || bits >= width - 1) {
      throw new IllegalArgumentException(
          "bitwise_shift: expected a distance from 0 to %s for %s, got %s"
              .formatted(width - 2, dtype(), bits));
    }
    return 1L << bits;
  }

  /// Whether `|x - y| <= atol + rtol |y|`, or both are infinite and equal.
  ///
  /// @param other the other operand; shapes broadcast, types promote
  /// @param rtol the relative tolerance; PyTorch's default is 1e-5
  /// @param atol the absolute tolerance; PyTorch's default is 1e-8
  /// @return bool
  public Tensor isclose(Tensor other, double rtol, double atol) {
    return call(LogicOps.isclose(), this, other, number(rtol), number(atol));
  }

  /// Whether all elements are close, with PyTorch's tolerances 1e-5 and 1e-8.
  ///
  /// @param other the other operand; shapes broadcast, types promote
  /// @return true if so
  public boolean allclose(Tensor other) {
    return allclose(other, 1e-5, 1e-8);
  }

  /// Whether all elements are close.
  ///
  /// @param other the other operand; shapes broadcast, types promote
  /// @param rtol the relative tolerance
  /// @param atol the absolute tolerance
  /// @return true if so
  public boolean allclose(Tensor other, double rtol, double atol) {
    return isclose(other, rtol, atol).all().isNonzero();
  }

  /// Whether shapes and all elements are equal: PyTorch's `equal`.
  ///
  /// @param other the other tensor
  /// @return true if so
  public boolean equal(Tensor other) {
    return shape().equals(other.shape()) && eq(other).all().isNonzero();
  }

  /// The truth of the only element, for conditions: `while (x.abs().sum().gt(1).isNonzero())`.
  ///
  /// @return false for 0
  public boolean isNonzero() {
    if (numel() != 1) {
      throw new IllegalStateException(
          "is_nonzero: the truth of a tensor of shape "
              + shape()
              + " is ambiguous; use any() or all()");
    }
    return item() != 0;
  }

  // ---- in place ----

  /// Adds to this tensor.
  ///
  /// @param other the other operand, which broadcasts to this shape
  /// @return this tensor
  public Tensor add_(Tensor other) {
    return inPlace(PointwiseOps.ADD, other);
  }

  /// Adds to this tensor.
  ///
  /// @param other a number
  /// @return this tensor
  public Tensor add_(double other) {
    return inPlace(PointwiseOps.ADD, number(other));
  }

  /// Adds to this tensor.
  ///
  /// @param other a whole number
  /// @return this tensor
  public Tensor add_(long other) {
    return inPlace(PointwiseOps.ADD, number(other));
  }

  /// Subtracts from this tensor.
  ///
  /// @param other the other operand, which broadcasts to this shape
  /// @return this tensor
  public Tensor sub_(Tensor other) {
    return inPlace(PointwiseOps.SUB, other);
  }

  /// Subtracts from this tensor.
  ///
  /// @param other a number
  /// @return this tensor
  public Tensor sub_(double other) {
    return inPlace(PointwiseOps.SUB, number(other));
  }

  /// Subtracts from this tensor.
  ///
  /// @param other a whole number
  /// @return this tensor
  public Tensor sub_(long other) {
    return inPlace(PointwiseOps.SUB, number(other));
  }

  /// Multiplies this tensor.
  ///
  /// @param other the other operand, which broadcasts to this shape
  /// @return this tensor
  public Tensor mul_(Tensor other) {
    return inPlace(PointwiseOps.MUL, other);
  }

  /// Multiplies this tensor.
  ///
  /// @param other a number
  /// @return this tensor
  public Tensor mul_(double other) {
    return inPlace(PointwiseOps.MUL, number(other));
  }

  /// Multiplies this tensor.
  ///
  /// @param other a whole number
  /// @return this tensor
  public Tensor mul_(long other) {
    return inPlace(PointwiseOps.MUL, number(other));
  }

  /// Divides this tensor.
  ///
  /// @param other the other operand, which broadcasts to this shape
  /// @return this tensor
  public Tensor div_(Tensor other) {
    return inPlace(PointwiseOps.DIV, other);
  }

  /// Divides this tensor.
  ///
  /// @param other a number
  /// @return this tensor
  public Tensor div_(double other) {
    return inPlace(PointwiseOps.DIV, number(other));
  }

  /// Divides this tensor.
  ///
  /// @param other a whole number
  /// @return this tensor
  public Tensor div_(long other) {
    return inPlace(PointwiseOps.DIV, number(other));
  }

  /// Overwrites this tensor.
  ///
  /// @param source the new values, which broadcast to this shape and convert to this dtype, from any device
  /// @return this tensor
  public Tensor copy_(Tensor source) {
    Tensor here = source.to(device());
    Tensor converted = here.to(dtype());
    return inPlace(PointwiseOps.COPY, converted);
  }

  /// Overwrites every element with a number.
  ///
  /// @param value the number
  /// @return this tensor
  public Tensor fill_(double value) {
    return inPlace(PointwiseOps.COPY, full(Shape.SCALAR, value, dtype(), device()));
  }

  /// Overwrites every element with 0.
  ///
  /// @return this tensor
  public Tensor zero_() {
    return fill_(0);
  }

  /// Overwrites this tensor with uniform random numbers.
  ///
  /// @param low the smallest
  /// @param high the largest
  /// @return this tensor
  public Tensor uniform_(double low, double high) {
    Tensor values =
        draw(
            RandomOps.uniform(floating("uniform_", dtype()), shape()),
            shape(),
            device(),
            number(low),
            number(high));
    return copy_(values);
  }

  /// Overwrites this tensor with normal random numbers.
  ///
  /// @param mean their mean
  /// @param std their standard deviation
  /// @return this tensor
  public Tensor normal_(double mean, double std) {
    Tensor values =
        draw(
            RandomOps.normal(floating("normal_", dtype()), shape()),
            shape(),
            device(),
            number(mean),
            number(std));
    return copy_(values);
  }

  /// `max(x, 0)` in place.
  ///
  /// @return this tensor
  public Tensor relu_() {
    return inPlace(PointwiseOps.RELU);
  }

  /// `-x`, in place.
  ///
  /// @return this tensor
  public Tensor neg_() {
    return inPlace(PointwiseOps.NEG);
  }

  /// `|x|`, in place.
  ///
  /// @return this tensor
  public Tensor abs_() {
    return inPlace(PointwiseOps.ABS);
  }

  /// `e^x`, in place.
  ///
  /// @return this tensor
  public Tensor exp_() {
    return inPlace(PointwiseOps.EXP);
  }

  /// The natural logarithm, in place.
  ///
  /// @return this tensor
  public Tensor log_() {
    return inPlace(PointwiseOps.LOG);
  }

  /// The square root, in place.
  ///
  /// @return this tensor
  public Tensor sqrt_() {
    return inPlace(PointwiseOps.SQRT);
  }

  /// `1 / sqrt(x)`, in place.
  ///
  /// @return this tensor
  public Tensor rsqrt_() {
    return inPlace(PointwiseOps.RSQRT);
  }

  /// `x^2`, in place.
  ///
  /// @return this tensor
  public Tensor square_() {
    return inPlace(PointwiseOps.SQUARE);
  }

  /// `1 / x`, in place.
  ///
  /// @return this tensor
  public Tensor reciprocal_() {
    return inPlace(PointwiseOps.RECIPROCAL);
  }

  /// The sine, in place.
  ///
  /// @return this tensor
  public Tensor sin_() {
    return inPlace(PointwiseOps.SIN);
  }

  /// The cosine, in place.
  ///
  /// @return this tensor
  public Tensor cos_() {
    return inPlace(PointwiseOps.COS);
  }

  /// The hyperbolic tangent, in place.
  ///
  /// @return this tensor
  public Tensor tanh_() {
    return inPlace(PointwiseOps.TANH);
  }

  /// `1 / (1 + e^-x)`, in place.
  ///
  /// @return this tensor
  public Tensor sigmoid_() {
    return inPlace(PointwiseOps.SIGMOID);
  }

  /// The largest whole number not above, in place.
  ///
  /// @return this tensor
  public Tensor floor_() {
    return inPlace(PointwiseOps.FLOOR);
  }

  /// The smallest whole number not below, in place.
  ///
  /// @return this tensor
  public Tensor ceil_() {
    return inPlace(PointwiseOps.CEIL);
  }

  /// The nearest whole number, halves to even, in place.
  ///
  /// @return this tensor
  public Tensor round_() {
    return inPlace(PointwiseOps.ROUND);
  }

  /// The whole part, in place.
  ///
  /// @return this tensor
  public Tensor trunc_() {
    return inPlace(PointwiseOps.TRUNC);
  }

  /// -1, 0 or 1, in place.
  ///
  /// @return this tensor
  public Tensor sign_() {
    return inPlace(PointwiseOps.SIGN);
  }

  /// `x^y`, in place.
  ///
  /// @param other the other operand, which broadcasts to this shape
  /// @return this tensor
  public Tensor pow_(Tensor other) {
    return inPlace(PointwiseOps.POW, other);
  }

  /// `x^y`, in place.
  ///
  /// @param other a number
  /// @return this tensor
  public Tensor pow_(double other) {
    return inPlace(PointwiseOps.POW, number(other));
  }

  /// `x^y`, in place.
  ///
  /// @param other a whole number
  /// @return this tensor
  public Tensor pow_(long other) {
    return inPlace(PointwiseOps.POW, number(other));
  }

  /// The remainder with the sign of y, in place.
  ///
  /// @param other the other operand, which broadcasts to this shape
  /// @return this tensor
  public Tensor remainder_(Tensor other) {
    return inPlace(PointwiseOps.REMAINDER, other);
  }

  /// The remainder with the sign of y, in place.
  ///
  /// @param other a number
  /// @return this tensor
  public Tensor remainder_(double other) {
    return inPlace(PointwiseOps.REMAINDER, number(other));
  }

  /// The remainder with the sign of y, in place.
  ///
  /// @param other a whole number
  /// @return this tensor
  public Tensor remainder_(long other) {
    return inPlace(PointwiseOps.REMAINDER, number(other));
  }

  /// `floor(x / y)`, in place.
  ///
  /// @param other the other operand, which broadcasts to this shape
  /// @return this tensor
  public Tensor floorDivide_(Tensor other) {
    return inPlace(PointwiseOps.FLOOR_DIVIDE, other);
  }

  /// `floor(x / y)`, in place.
  ///
  /// @param other a number
  /// @return this tensor
  public Tensor floorDivide_(double other) {
    return inPlace(PointwiseOps.FLOOR_DIVIDE, number(other));
  }

  /// `floor(x / y)`, in place.
  ///
  /// @param other a whole number
  /// @return this tensor
  public Tensor floorDivide_(long other) {
    return inPlace(PointwiseOps.FLOOR_DIVIDE, number(other));
  }

  /// Limits the elements, in place.
  ///
  /// @param low the smallest
  /// @param high the largest
  /// @return this tensor
  public Tensor clamp_(double low, double high) {
    return inPlace(PointwiseOps.CLAMP, like(low), like(high));
  }

  /// Limits the elements from below, in place.
  ///
  /// @param low the smallest
  /// @return this tensor
  public Tensor clampMin_(double low) {
    return inPlace(PointwiseOps.MAXIMUM, like(low));
  }

  /// Limits the elements from above, in place.
  ///
  /// @param high the largest
  /// @return this tensor
  public Tensor clampMax_(double high) {
    return inPlace(PointwiseOps.MINIMUM, like(high));
  }

  /// `this + value a b`, in place.
  ///
  /// @param a one factor
  /// @param b the other
  /// @param value a number
  /// @return this tensor
  public Tensor addcmul_(Tensor a, Tensor b, double value) {
    return inPlace(FunctionOps.ADDCMUL, a, b, number(value));
  }

  /// `this + value a / b`, in place.
  ///
  /// @param a the numerator
  /// @param b the denominator
  /// @param value a number
  /// @return this tensor
  public Tensor addcdiv_(Tensor a, Tensor b, double value) {
    return inPlace(FunctionOps.ADDCDIV, a, b, number(value));
  }

  /// `this + weight (end - this)`, in place.
  ///
  /// @param end what weight 1 gives
  /// @param weight a number
  /// @return this tensor
  public Tensor lerp_(Tensor end, double weight) {
    return inPlace(FunctionOps.LERP, end, number(weight));
  }

  // ---- choice ----

  /// `condition ? x : y`, element by element; shapes broadcast.
  ///
  /// @param condition bool
  /// @param x taken where true
  /// @param y taken where false
  /// @return the result
  public static Tensor where(Tensor condition, Tensor x, Tensor y) {
    return call(PointwiseOps.WHERE, condition, x, y);
  }

  /// `condition ? x : y`, element by element.
  ///
  /// @param condition bool
  /// @param x taken where true
  /// @param y taken where false
  /// @return the result
  public static Tensor where(Tensor condition, Tensor x, double y) {
    return where(condition, x, number(y));
  }

  /// `condition ? x : y`, element by element.
  ///
  /// @param condition bool
  /// @param x taken where true
  /// @param y taken where false
  /// @return the result
  public static Tensor where(Tensor condition, double x, Tensor y) {
    return where(condition, number(x), y);
  }

  /// `condition ? x : y`, element by element.
  ///
  /// @param condition bool
  /// @param x taken where true
  /// @param y taken where false: a whole number, which leaves integer tensors integer
  /// @return the result
  public static Tensor where(Tensor condition, Tensor x, long y) {
    return where(condition, x, number(y));
  }

  /// `condition ? x : y`, element by element.
  ///
  /// @param condition bool
  /// @param x taken where true: a whole number, which leaves integer tensors integer
  /// @param y taken where false
  /// @return the result
  public static Tensor where(Tensor condition, long x, Tensor y) {
    return where(condition, number(x), y);
  }

  /// This tensor with some elements replaced.
  ///
  /// @param mask bool; where true, the element is replaced
  /// @param value by what
  /// @return the result
  public Tensor maskedFill(Tensor mask, double value) {
    return call(IndexOps.maskedFill(), this, mask, like(value));
  }

  /// This tensor with some elements replaced.
  ///
  /// @param mask bool; where true, the element is replaced
  /// @param value by what: a tensor of no dimensions, or one that broadcasts
  /// @return the result
  public Tensor maskedFill(Tensor mask, Tensor value) {
    return call(IndexOps.maskedFill(), this, mask, value);
  }

  /// Replaces some elements of this tensor.
  ///
  /// @param mask bool, which broadcasts to this shape; where true, the element is replaced
  /// @param value by what
  /// @return this tensor
  public Tensor maskedFill_(Tensor mask, double value) {
    return inPlace(IndexOps.maskedFill(), mask, like(value));
  }

  /// Replaces some elements of this tensor.
  ///
  /// @param mask bool, which broadcasts to this shape; where true, the element is replaced
  /// @param value by what: a tensor of no dimensions, or one that broadcasts
  /// @return this tensor
  public Tensor maskedFill_(Tensor mask, Tensor value) {
    return inPlace(IndexOps.maskedFill(), mask, value);
  }

  /// A number that leaves this tensor's dtype as it is when the two are combined.
  private Tensor like(double value) {
    return switch (dtype().kind()) {
      case FLOAT -> number(value);
      case INTEGER -> number((long) value);
      case BOOL -> (Tensor) Engine.number(value != 0);
    };
  }

  /// Limits the elements.
  ///
  /// @param low the smallest
  /// @param high the largest
  /// @return the result
  public Tensor clamp(double low, double high) {
    return call(PointwiseOps.CLAMP, this, number(low), number(high));
  }

  /// Limits the elements by whole numbers, which leaves integer tensors integer.
  ///
  /// @param low the smallest
  /// @param high the largest
  /// @return the result
  public Tensor clamp(long low, long high) {
    return call(PointwiseOps.CLAMP, this, number(low), number(high));
  }

  /// Limits the elements from below.
  ///
  /// @param low the smallest
  /// @return the result
  public Tensor clampMin(double low) {
    return maximum(low);
  }

  /// Limits the elements from below by a whole number, which leaves integer tensors integer.
  ///
  /// @param low the smallest
  /// @return the result
  public Tensor clampMin(long low) {
    return maximum(low);
  }

  /// Limits the elements from above.
  ///
  /// @param high the largest
  /// @return the result
  public Tensor clampMax(double high) {
    return minimum(high);
  }

  /// Limits the elements from above by a whole number, which leaves integer tensors integer.
  ///
  /// @param high the largest
  /// @return the result
  public Tensor clampMax(long high) {
    return minimum(high);
  }

  // ---- folds ----

  private Tensor fold(String name, FoldOp fold, int[] dims, boolean keepdim) {
    return call(ReduceOps.fold(name, fold, axes(dims), keepdim), this);
  }

  /// The sum; integers and bools give int64.
  ///
  /// @param dims over which dimensions; none given, all
  /// @return the result, without those dimensions
  public Tensor sum(int... dims) {
    return fold("sum", FoldOp.SUM, dims, false);
  }

  /// The sum.
  ///
  /// @param dim over which dimension
  /// @param keepdim whether it stays, of size 1
  /// @return the result
  public Tensor sum(int dim, boolean keepdim) {
    return sum(new int[] {dim}, keepdim);
  }

  /// The sum.
  ///
  /// @param dims over which dimensions; an empty array means none
  /// @param keepdim whether they stay, of size 1
  /// @return the result
  public Tensor sum(int[] dims, boolean keepdim) {
    return dims.length == 0 ? this : fold("sum", FoldOp.SUM, dims, keepdim);
  }

  /// The product; integers and bools give int64.
  ///
  /// @param dims over which dimensions; none given, all
  /// @return the result
  public Tensor prod(int... dims) {
    return fold("prod", FoldOp.PROD, dims, false);
  }

  private Tensor real(String op) {
    if (!dtype().isFloatingPoint()) {
      throw new IllegalArgumentException(
          op
              + ": expected a floating-point tensor, got "
              + dtype()
              + "; convert it with toFloat()");
    }
    return this;
  }

  /// The arithmetic mean of a floating-point tensor.
  ///
  /// @param dims over which dimensions; none given, all
  /// @return the result
  public Tensor mean(int... dims) {
    return call(ReduceOps.mean(real("mean").axes(dims), false), this);
  }

  /// The arithmetic mean.
  ///
  /// @param dims over which dimensions
  /// @param keepdim whether they stay, of size 1
  /// @return the result
  public Tensor mean(int[] dims, boolean keepdim) {
    return call(ReduceOps.mean(real("mean").axes(dims), keepdim), this);
  }

  /// The arithmetic mean.
  ///
  /// @param dim over which dimension
  /// @param keepdim whether it stays, of size 1
  /// @return the result
  public Tensor mean(int dim, boolean keepdim) {
    return mean(new int[] {dim}, keepdim);
  }

  /// The unbiased variance.
  ///
  /// @param dims over which dimensions; none given, all
  /// @return the result
  public Tensor var(int... dims) {
    return call(ReduceOps.var(real("var").axes(dims), 1, false), this);
  }

  /// The variance.
  ///
  /// @param dims over which dimensions
  /// @param correction 1 for the unbiased estimate, 0 for the population's
  /// @param keepdim whether they stay, of size 1
  /// @return the result
  public Tensor var(int[] dims, double correction, boolean keepdim) {
    return call(ReduceOps.var(real("var").axes(dims), correction, keepdim), this);
  }

  /// The unbiased standard deviation.
  ///
  /// @param dims over which dimensions; none given, all
  /// @return the result
  public Tensor std(int... dims) {
    return std(dims, 1, false);
  }

  /// The standard deviation.
  ///
  /// @param dims over which dimensions
  /// @param correction 1 for the unbiased estimate, 0 for the population's
  /// @param keepdim whether they stay, of size 1
  /// @return the result
  public Tensor std(int[] dims, double correction, boolean keepdim) {
    return call(ReduceOps.std(real("std").axes(dims), correction, keepdim), this);
  }

  /// Unbiased variance and mean.
  ///
  /// @param dims over which dimensions; none given, all
  /// @return two tensors: the variance, the mean
  public List<Tensor> varMean(int... dims) {
    return List.of(var(dims), mean(dims));
  }

  /// Unbiased standard deviation and mean.
  ///
  /// @param dims over which dimensions; none given, all
  /// @return two tensors: the standard deviation, the mean
  public List<Tensor> stdMean(int... dims) {
    return List.of(std(dims), mean(dims));
  }

  /// The Euclidean norm of all elements.
  ///
  /// @return a scalar
  public Tensor norm() {
    return norm(2);
  }

  /// The p-norm `(sum |x|^p)^(1/p)`.
  ///
  /// @param p which norm; infinite for the largest `|x|`, 0 for the number of elements other than 0
  /// @param dims over which dimensions; none given, all
  /// @return the result
  public Tensor norm(double p, int... dims) {
    return norm(p, dims, false);
  }

  /// The p-norm `(sum |x|^p)^(1/p)`.
  ///
  /// @param p which norm; infinite for the largest `|x|`, 0 for the number of elements other than 0
  /// @param dims over which dimensions; an empty array means all
  /// @param keepdim whether they stay, of size 1
  /// @return the result
  public Tensor norm(double p, int[] dims, boolean keepdim) {
    return call(ReduceOps.norm(p, real("norm").axes(dims), keepdim), this);
  }

  /// The product.
  ///
  /// @param dim over which dimension
  /// @param keepdim whether it stays, of size 1
  /// @return the result
  public Tensor prod(int dim, boolean keepdim) {
    return fold("prod", FoldOp.PROD, new int[] {dim}, keepdim);
  }

  /// How many elements are true or not 0.
  ///
  /// @param dims over which dimensions; none given, all
  /// @return int64
  public Tensor countNonzero(int... dims) {
    return ne(0).sum(dims);
  }

  /// The sum of what is not NaN.
  ///
  /// @param dims over which dimensions; none given, all
  /// @return the result
  public Tensor nansum(int... dims) {
    return where(isnan(), like(0), this).sum(dims);
  }

  /// The sums of the elements up to each one; integers and bools give int64.
  ///
  /// @param dim along which dimension
  /// @return the result, of this shape
  public Tensor cumsum(int dim) {
    return running(ScanOps.cumsum(axis(dim), false));
  }

  /// The products of the elements up to each one; integers and bools give int64.
  ///
  /// @param dim along which dimension
  /// @return the result, of this shape
  public Tensor cumprod(int dim) {
    return running(ScanOps.cumprod(axis(dim)));
  }

  /// `log` of the sums of the exponentials of the elements up to each one, without overflow.
  ///
  /// @param dim along which dimension
  /// @return the result, of this shape
  public Tensor logcumsumexp(int dim) {
    return real("logcumsumexp").running(ScanOps.logcumsumexp(axis(dim), false));
  }

  private Tensor running(OpDef op) {
    return dim() == 0 ? call(op, unsqueeze(0)).squeeze(0) : call(op, this);
  }

  /// The mean of what is not NaN.
  ///
  /// @param dims over which dimensions; none given, all
  /// @return the result
  public Tensor nanmean(int... dims) {
    return nansum(dims).div(isnan().logicalNot().sum(dims));
  }

  /// The largest of the elements up to each one, and where it is: the last of equal ones, or of NaN.
  ///
  /// @param dim along which dimension
  /// @return both, of this shape
  public ValuesAndIndices cummax(int dim) {
    Tensor at = detach().running(ScanOps.cummaxIndices(axis(dim)));
    return Sorting.pick("cummax", this, axis(dim), at, true);
  }

  /// The smallest of the elements up to each one, and where it is: the last of equal ones, or of NaN.
  ///
  /// @param dim along which dimension
  /// @return both, of this shape
  public ValuesAndIndices cummin(int dim) {
    Tensor at = detach().neg().running(ScanOps.cummaxIndices(axis(dim)));
    return Sorting.pick("cummin", this, axis(dim), at, true);
  }

  /// The largest elements along a dimension, with their indices; of equal ones the first, which gets the gradient.
  ///
  /// @param dim which dimension
  /// @return both, without that dimension
  public ValuesAndIndices max(int dim) {
    return max(dim, false);
  }

  /// The largest elements along a dimension, with their indices; of equal ones the first, which gets the gradient.
  ///
  /// @param dim which dimension
  /// @param keepdim whether it stays, of size 1
  /// @return both
  public ValuesAndIndices max(int dim, boolean keepdim) {
    return extremum("max", argmax(dim, true), dim, keepdim);
  }

  /// The smallest elements along a dimension, with their indices; of equal ones the first, which gets the gradient.
  ///
  /// @param dim which dimension
  /// @return both, without that dimension
  public ValuesAndIndices min(int dim) {
    return min(dim, false);
  }

  /// The smallest elements along a dimension, with their indices; of equal ones the first, which gets the gradient.
  ///
  /// @param dim which dimension
  /// @param keepdim whether it stays, of size 1
  /// @return both
  public ValuesAndIndices min(int dim, boolean keepdim) {
    return extremum("min", argmin(dim, true), dim, keepdim);
  }

  private ValuesAndIndices extremum(String name, Tensor indices, int dim, boolean keepdim) {
    return Sorting.pick(name, this, axis(dim), indices, keepdim);
  }

  /// The elements in order along a dimension, equal ones as they were; NaN counts as largest. More than 256 of them are put in order on the
  /// host, which waits for the device.
  ///
  /// @param dim along which dimension
  /// @param descending whether the largest comes first
  /// @return the elements and where they were
  public ValuesAndIndices sort(int dim, boolean descending) {
    return Sorting.pick("sort", this, axis(dim), argsort(dim, descending), true);
  }

  /// The elements in ascending order along the last dimension.
  ///
  /// @return the elements and where they were
  public ValuesAndIndices sort() {
    return sort(-1, false);
  }

  /// Where the elements in order along a dimension are: int64, equal ones as they were.
  ///
  /// @param dim along which dimension
  /// @param descending whether the largest comes first
  /// @return the indices, of this shape
  public Tensor argsort(int dim, boolean descending) {
    return Sorting.order(this, axis(dim), descending);
  }

  /// The largest elements along the last dimension, in descending order.
  ///
  /// @param k how many
  /// @return the elements and where they were
  public ValuesAndIndices topk(long k) {
    return topk(k, -1, true);
  }

  /// The largest or smallest elements along a dimension, in order.
  ///
  /// @param k how many
  /// @param dim along which dimension
  /// @param largest whether the largest, in descending order, or the smallest, in ascending order
  /// @return the elements and where they were
  public ValuesAndIndices topk(long k, int dim, boolean largest) {
    return Sorting.topk(this, k, axis(dim), largest);
  }

  /// The k-th smallest element along a dimension.
  ///
  /// @param k which, from 1
  /// @param dim along which dimension
  /// @param keepdim whether it stays, of size 1
  /// @return the elements and where they were
  public ValuesAndIndices kthvalue(long k, int dim, boolean keepdim) {
    return Sorting.kthvalue(this, k, axis(dim), keepdim);
  }

  /// The element in the middle of all: the lower of two; NaN if there is one.
  ///
  /// @return a scalar
  public Tensor median() {
    return flatten().median(0, false).values();
  }

  /// The element in the middle along a dimension: the lower of two; NaN if there is one.
  ///
  /// @param dim along which dimension
  /// @param keepdim whether it stays, of size 1
  /// @return the elements and where they were
  public ValuesAndIndices median(int dim, boolean keepdim) {
    return Sorting.median(this, axis(dim), keepdim);
  }

  /// The value below which a part of all elements lies, interpolated linearly; NaN if there is one.
  ///
  /// @param q which part, from 0 to 1
  /// @return a scalar
  public Tensor quantile(double q) {
    return flatten().quantile(q, 0, false);
  }

  /// The value below which a part of the elements along a dimension lies, interpolated linearly; NaN if there is one.
  ///
  /// @param q which part, from 0 to 1
  /// @param dim along which dimension
  /// @param keepdim whether it stays, of size 1
  /// @return the result
  public Tensor quantile(double q, int dim, boolean keepdim) {
    return Sorting.quantile(real("quantile"), q, axis(dim), keepdim);
  }

  /// The distinct elements, ascending. Waits for the device, since their number is the result's shape.
  ///
  /// @return one dimension
  public Tensor unique() {
    return uniqueInverse().values();
  }

  /// The distinct elements, ascending, which of them each element is, and how often each occurs. Waits for the device.
  ///
  /// @return all three
  public UniqueResult uniqueInverse() {
    ValuesAndIndices sorted = flatten().detach().sort(0, false);
    UniqueResult runs = Sorting.runs(sorted.values(), sorted.indices());
    return new UniqueResult(runs.values(), runs.inverse().reshape(shape()), runs.counts());
  }

  /// Each run of equal neighbours once, which run each element is of, and how long each is. Waits for the device.
  ///
  /// @return all three
  public UniqueResult uniqueConsecutive() {
    UniqueResult runs = Sorting.runs(flatten().detach(), arange(numel(), device()));
    return new UniqueResult(runs.values(), runs.inverse().reshape(shape()), runs.counts());
  }

  /// Where numbers would have to be put into this sorted row to keep it sorted.
  ///
  /// @param values the numbers; if this tensor has several rows, so many rows of them
  /// @param right whether behind equal elements rather than before them
  /// @return int64, of the shape of the values
  public Tensor searchsorted(Tensor values, boolean right) {
    return Sorting.searchsorted(this, values, right);
  }

  /// In which interval between sorted boundaries each element is: 0 is below the first.
  ///
  /// @param boundaries the boundaries, ascending, `[n]`
  /// @param right whether an element equal to a boundary is in the interval above it
  /// @return int64, of this shape
  public Tensor bucketize(Tensor boundaries, boolean right) {
    return Sorting.searchsorted(boundaries, this, right);
  }

  /// How many elements lie in each of some intervals of one size; the last one holds its upper end.
  ///
  /// @param bins how many intervals
  /// @param min where the first begins
  /// @param max where the last ends; if both are equal, the least and the largest element take their places
  /// @return the counts, of this dtype, `[bins]`
  public Tensor histc(long bins, double min, double max) {
    return Sorting.histc(real("histc").detach(), bins, min, max);
  }

  /// Whether each element is one of some others.
  ///
  /// @param elements the others
  /// @return bool, of this shape
  public Tensor isin(Tensor elements) {
    return unsqueeze(-1).eq(elements.flatten()).any(-1, false);
  }

  /// How often each of the numbers 0, 1, ... occurs. Waits for the device.
  ///
  /// @param minlength the least length of the result
  /// @return int64, one dimension
  public Tensor bincount(long minlength) {
    long length = Math.max(minlength, numel() == 0 ? 0 : max().itemLong() + 1);
    Tensor zeros = zeros(Shape.of(length), DType.INT64, device());
    return zeros.scatterAdd(0, toLong(), onesLike(toLong()));
  }

  /// The largest element.
  ///
  /// @return a scalar
  public Tensor max() {
    return fold("max", FoldOp.MAX, new int[0], false);
  }

  /// The smallest element.
  ///
  /// @return a scalar
  public Tensor min() {
    return fold("min", FoldOp.MIN, new int[0], false);
  }

  /// The largest element along a dimension.
  ///
  /// @param dim which dimension
  /// @param keepdim whether it stays, of size 1
  /// @return the result
  public Tensor amax(int dim, boolean keepdim) {
    return amax(new int[] {dim}, keepdim);
  }

  /// The largest element along dimensions.
  ///
  /// @param dims which dimensions; an empty array means all
  /// @param keepdim whether they stay, of size 1
  /// @return the result
  public Tensor amax(int[] dims, boolean keepdim) {
    return fold("amax", FoldOp.MAX, dims, keepdim);
  }

  /// The smallest element along a dimension.
  ///
  /// @param dim which dimension
  /// @param keepdim whether it stays, of size 1
  /// @return the result
  public Tensor amin(int dim, boolean keepdim) {
    return fold("amin", FoldOp.MIN, new int[] {dim}, keepdim);
  }

  /// The index of the first largest element along a dimension, int64, without gradient.
  ///
  /// @param dim which dimension
  /// @return the result
  public Tensor argmax(int dim) {
    return fold("argmax", FoldOp.ARGMAX, new int[] {dim}, false);
  }

  /// The smallest element along dimensions.
  ///
  /// @param dims which dimensions; an empty array means all
  /// @param keepdim whether they stay, of size 1
  /// @return the result
  public Tensor amin(int[] dims, boolean keepdim) {
    return fold("amin", FoldOp.MIN, dims, keepdim);
  }

  /// The index of the first largest element along a dimension, int64, without gradient.
  ///
  /// @param dim which dimension
  /// @param keepdim whether it stays, of size 1
  /// @return the result
  public Tensor argmax(int dim, boolean keepdim) {
    return fold("argmax", FoldOp.ARGMAX, new int[] {dim}, keepdim);
  }

  /// The index of the first smallest element along a dimension, int64, without gradient.
  ///
  /// @param dim which dimension
  /// @param keepdim whether it stays, of size 1
  /// @return the result
  public Tensor argmin(int dim, boolean keepdim) {
    return fold("argmin", FoldOp.ARGMIN, new int[] {dim}, keepdim);
  }

  /// The index of the first smallest element of all, row by row, int64.
  ///
  /// @return a scalar
  public Tensor argmin() {
    return fold("argmin", FoldOp.ARGMIN, new int[0], false);
  }

  /// The index of the first largest element of all, row by row, int64.
  ///
  /// @return a scalar
  public Tensor argmax() {
    return fold("argmax", FoldOp.ARGMAX, new int[0], false);
  }

  /// The index of the first smallest element along a dimension, int64, without gradient.
  ///
  /// @param dim which dimension
  /// @return the result
  public Tensor argmin(int dim) {
    return fold("argmin", FoldOp.ARGMIN, new int[] {dim}, false);
  }

  /// Whether any element is true or not 0.
  ///
  /// @return a bool scalar
  public Tensor any() {
    return ne(0).fold("any", FoldOp.MAX, new int[0], false);
  }

  /// Whether all elements are true or not 0.
  ///
  /// @return a bool scalar
  public Tensor all() {
    return ne(0).fold("all", FoldOp.MIN, new int[0], false);
  }

  /// Whether any element along a dimension is true or not 0.
  ///
  /// @param dim which dimension
  /// @param keepdim whether it stays, of size 1
  /// @return bool
  public Tensor any(int dim, boolean keepdim) {
    return ne(0).fold("any", FoldOp.MAX, new int[] {dim}, keepdim);
  }

  /// Whether all elements along a dimension are true or not 0.
  ///
  /// @param dim which dimension
  /// @param keepdim whether it stays, of size 1
  /// @return bool
  public Tensor all(int dim, boolean keepdim) {
    return ne(0).fold("all", FoldOp.MIN, new int[] {dim}, keepdim);
  }

  /// `log(sum(exp(x)))` without overflow.
  ///
  /// @param dims over which dimensions; an empty array means all
  /// @param keepdim whether they stay, of size 1
  /// @return the result
  public Tensor logsumexp(int[] dims, boolean keepdim) {
    return call(ReduceOps.logsumexp(axes(dims), keepdim), real("logsumexp"));
  }

  /// `log(sum(exp(x)))` without overflow.
  ///
  /// @param dim over which dimension
  /// @param keepdim whether it stays, of size 1
  /// @return the result
  public Tensor logsumexp(int dim, boolean keepdim) {
    return call(ReduceOps.logsumexp(axes(dim), keepdim), real("logsumexp"));
  }

  /// `exp(x) / sum(exp(x))` along a dimension.
  ///
  /// @param dim which dimension
  /// @return the result, of this shape
  public Tensor softmax(int dim) {
    return call(NeuralOps.softmax(axis(dim)), real("softmax"));
  }

  /// `log(softmax(x))` along a dimension, without overflow.
  ///
  /// @param dim which dimension
  /// @return the result, of this shape
  public Tensor logSoftmax(int dim) {
    return call(NeuralOps.logSoftmax(axis(dim)), real("log_softmax"));
  }

  // ---- products ----

  /// The product of two matrices, `[m, k] x [k, n]`.
  ///
  /// @param other the right factor
  /// @return the product, of shape `[m, n]`
  public Tensor mm(Tensor other) {
    if (dim() != 2 || other.dim() != 2) {
      throw new IllegalArgumentException(
          "mm: expected two matrices, got %s and %s".formatted(shape(), other.shape()));
    }
    return call(new OpDef.MatMul("mm"), this, other);
  }

  /// The product by PyTorch's rules: vectors, matrices, and batches of matrices, whose batch dimensions broadcast.
  ///
  /// @param other the right factor
  /// @return the product
  public Tensor matmul(Tensor other) {
    if (dim() == 0 || other.dim() == 0) {
      throw new IllegalArgumentException(
          "matmul: expected tensors of at least one dimension, got %s and %s"
              .formatted(shape(), other.shape()));
    }
    if (dim() == 1 || other.dim() == 1) {
      Tensor left = dim() == 1 ? unsqueeze(0) : this;
      Tensor right = other.dim() == 1 ? other.unsqueeze(1) : other;
      Tensor product = left.matmul(right);
      Tensor narrow = other.dim() == 1 ? product.squeeze(-1) : product;
      return dim() == 1 ? narrow.squeeze(other.dim() == 1 ? -1 : -2) : narrow;
    }
    if (dim() == 2 && other.dim() == 2) {
      return mm(other);
    }
    int rank = Math.max(dim(), other.dim());
    long[] batch = new long[rank - 2];
    for (int i = 0; i < batch.length; i++) {
      long own = batchSize(i, rank);
      long others = other.batchSize(i, rank);
      if (own != 1 && others != 1 && own != others) {
        throw new IllegalArgumentException(
            "matmul: the batch dimensions of %s and %s do not broadcast"
                .formatted(shape(), other.shape()));
      }
      batch[i] = own == 1 ? others : own;
    }
    return call(new OpDef.MatMul("bmm"), batched(batch), other.batched(batch));
  }

  /// The size of batch dimension `i` of `rank - 2`, 1 where there is none.
  private long batchSize(int i, int rank) {
    int at = i - (rank - dim());
    return at < 0 ? 1 : shape().size(at);
  }

  private Tensor batched(long[] batch) {
    long[] sizes = Arrays.copyOf(batch, batch.length + 2);
    sizes[batch.length] = size(-2);
    sizes[batch.length + 1] = size(-1);
    return expand(Shape.of(sizes));
  }

  /// The products of matrices, batch by batch.
  ///
  /// @param other the right factors, `[batch, k, n]`
  /// @return the product, of shape `[batch, m, n]`
  public Tensor bmm(Tensor other) {
    if (dim() != 3 || other.dim() != 3 || size(0) != other.size(0)) {
      throw new IllegalArgumentException(
          "bmm: expected two batches of matrices of one size, got %s and %s"
              .formatted(shape(), other.shape()));
    }
    return call(new OpDef.MatMul("bmm"), this, other);
  }

  /// The inner product of two vectors.
  ///
  /// @param other the other vector
  /// @return a scalar
  public Tensor dot(Tensor other) {
    if (dim() != 1 || !shape().equals(other.shape())) {
      throw new IllegalArgumentException(
          "dot: expected two vectors of one size, got %s and %s".formatted(shape(), other.shape()));
    }
    return matmul(other);
  }

  /// The product of a matrix and a vector.
  ///
  /// @param vector the vector
  /// @return the product, a vector
  public Tensor mv(Tensor vector) {
    if (dim() != 2 || vector.dim() != 1) {
      throw new IllegalArgumentException(
          "mv: expected a matrix and a vector, got %s and %s".formatted(shape(), vector.shape()));
    }
    return matmul(vector);
  }

  /// The products of the elements of two vectors, each with each.
  ///
  /// @param other the other vector
  /// @return the matrix
  public Tensor outer(Tensor other) {
    if (dim() != 1 || other.dim() != 1) {
      throw new IllegalArgumentException(
          "outer: expected two vectors, got %s and %s".formatted(shape(), other.shape()));
    }
    return unsqueeze(1).mul(other);
  }

  /// `this + a b` for matrices.
  ///
  /// @param a the left factor
  /// @param b the right factor
  /// @return the result
  public Tensor addmm(Tensor a, Tensor b) {
    return addmm(a, b, 1, 1);
  }

  /// `beta this + alpha a b` for matrices.
  ///
  /// @param a the left factor
  /// @param b the right factor
  /// @param beta a number
  /// @param alpha a number
  /// @return the result
  public Tensor addmm(Tensor a, Tensor b, double beta, double alpha) {
    return call(MatrixOps.addmm("addmm"), this, a, b, number(beta), number(alpha));
  }

  /// `beta this + alpha a b` for batches of matrices.
  ///
  /// @param a the left factors
  /// @param b the right factors
  /// @param beta a number
  /// @param alpha a number
  /// @return the result
  public Tensor baddbmm(Tensor a, Tensor b, double beta, double alpha) {
    return call(MatrixOps.addmm("baddbmm"), this, a, b, number(beta), number(alpha));
  }

  /// The Kronecker product: this tensor with each element replaced by that element times another tensor.
  ///
  /// @param other the other tensor
  /// @return the product; its sizes are the products of the sizes
  public Tensor kron(Tensor other) {
    return Shapes.kron(this, other);
  }

  /// The vector product along a dimension of size 3.
  ///
  /// @param other the other operand; shapes broadcast, types promote
  /// @param dim which dimension
  /// @return the result
  public Tensor cross(Tensor other, int dim) {
    return Shapes.cross(this, other, dim);
  }

  /// The sum of products over pairs of dimensions; the others stay, this tensor's first.
  ///
  /// @param other the other tensor
  /// @param dims dimensions of this tensor
  /// @param otherDims the dimensions of the other that go with them
  /// @return the result
  public Tensor tensordot(Tensor other, int[] dims, int[] otherDims) {
    return Shapes.tensordot(this, other, dims, otherDims);
  }

  /// The p-norm of the difference.
  ///
  /// @param other the other operand; shapes broadcast, types promote
  /// @param p which norm
  /// @return a scalar
  public Tensor dist(Tensor other, double p) {
    return sub(other).norm(p);
  }

  /// The covariance of variables, the rows, over observations, the columns.
  ///
  /// @return `[rows, rows]`
  public Tensor cov() {
    Tensor centred = real("cov").sub(mean(1, true));
    return centred.mm(centred.t()).div(size(1) - 1);
  }

  /// The correlation of variables, the rows, over observations, the columns.
  ///
  /// @return `[rows, rows]`, from -1 to 1
  public Tensor corrcoef() {
    Tensor cov = cov();
    Tensor std = cov.diagonal().sqrt();
    return cov.div(std.unsqueeze(1)).div(std.unsqueeze(0)).clamp(-1.0, 1.0);
  }

  /// A row of elements put, in order, where a mask is true; the rest stays.
  ///
  /// @param mask bool; broadcasts to this shape
  /// @param source at least as many elements as the mask is true
  /// @return the result, of this shape
  public Tensor maskedScatter(Tensor mask, Tensor source) {
    return Sorting.maskedScatter(this, mask, source);
  }

  /// The Euclidean distance of every row of this tensor from every row of another one.
  ///
  /// @param other `[..., r, n]` where this is `[..., p, n]`
  /// @return the distances, `[..., p, r]`
  public Tensor cdist(Tensor other) {
    return call(MatrixOps.cdist(), this, other);
  }

  /// The cosine of the angle between vectors.
  ///
  /// @param x one
  /// @param y the other; shapes broadcast
  /// @param dim along which dimension the vectors lie
  /// @param eps the least length, 1e-8 in PyTorch
  /// @return the result, without the dimension
  public static Tensor cosineSimilarity(Tensor x, Tensor y, int dim, double eps) {
    Tensor lengths = x.norm(2, dim).clampMin(eps).mul(y.norm(2, dim).clampMin(eps));
    return x.mul(y).sum(dim).div(lengths);
  }

  // ---- views ----

  private Tensor view(OpDef.Movement op) {
    Optional<Value> view = Engine.view(op, this);
    if (view.isEmpty() && TensorState.isInOrderOfItsOwn(this)) {
      return contiguous().view(op);
    }
    return (Tensor)
        view.orElseThrow(
            () ->
                new IllegalArgumentException(
                    "%s: the elements of the tensor %s with strides %s do not lie so that a view could have the new shape; use reshape"
                        .formatted(op.name(), shape(), Arrays.toString(stride()))));
  }

  /// The shape with -1 replaced by what makes the number of elements right.
  private Shape resolve(String op, long[] sizes) {
    long known = 1;
    int open = -1;
    for (int i = 0; i < sizes.length; i++) {
      if (sizes[i] == -1 && open < 0) {
        open = i;
      } else {
        known *= sizes[i];
      }
    }
    long[] result = sizes.clone();
    if (open >= 0 && known > 0 && numel() % known == 0) {
      result[open] = numel() / known;
    }
    boolean valid = Arrays.stream(result).allMatch(size -> size >= 0);
    if (!valid || Shape.of(result).numel() != numel()) {
      throw new IllegalArgumentException(
          "%s: the shape %s cannot hold the %s elements of a tensor of shape %s"
              .formatted(op, Arrays.toString(sizes), numel(), shape()));
    }
    return Shape.of(result);
  }

  /// The same elements under another shape, sharing memory, if they lie so that there is such a view.
  Optional<Tensor> viewed(Shape shape) {
    return shape.equals(shape())
        ? Optional.of(this)
        : Engine.view(new OpDef.Reshape("view", shape), this).map(Tensor.class::cast);
  }

  /// The same elements under another shape, sharing memory; fails where only a copy can have it. A result that was laid out in an
  /// order of its own, as those of convolutions are, is copied: PyTorch would have it row by row.
  ///
  /// @param sizes the shape; one size may be -1
  /// @return the view
  public Tensor view(long... sizes) {
    return view(new OpDef.Reshape("view", resolve("view", sizes)));
  }

  /// The same elements under another shape: a view where possible, else a copy.
  ///
  /// @param sizes the shape; one size may be -1
  /// @return the tensor
  public Tensor reshape(long... sizes) {
    return reshape(resolve("reshape", sizes));
  }

  /// The same elements under another shape: a view where possible, else a copy.
  ///
  /// @param shape the shape
  /// @return the tensor
  public Tensor reshape(Shape shape) {
    Shape target = resolve("reshape", shape.toArray());
    if (target.equals(shape())) {
      return this;
    }
    OpDef.Movement op = new OpDef.Reshape("view", target);
    Optional<Value> view = Engine.view(op, this);
    return view.isPresent() ? (Tensor) view.get() : contiguous().view(op);
  }

  /// Some dimensions as one.
  ///
  /// @param startDim the first of them
  /// @param endDim the last of them
  /// @return the tensor
  public Tensor flatten(int startDim, int endDim) {
    int start = axis(startDim);
    int end = axis(endDim);
    List<Long> sizes = new ArrayList<>();
    long run = 1;
    for (int i = 0; i < dim(); i++) {
      if (i >= start && i <= end) {
        run *= size(i);
      }
      if (i == end) {
        sizes.add(run);
      } else if (i < start || i > end) {
        sizes.add(size(i));
      }
    }
    return dim() == 0 ? reshape(1) : reshape(sizes.stream().mapToLong(Long::longValue).toArray());
  }

  /// All elements in one dimension.
  ///
  /// @return the tensor
  public Tensor flatten() {
    return flatten(0, -1);
  }

  /// Reorders the dimensions.
  ///
  /// @param dims where each new dimension comes from
  /// @return the view
  public Tensor permute(int... dims) {
    List<Integer> order = new ArrayList<>();
    for (int dim : dims) {
      order.add(axis(dim));
    }
    if (order.size() != dim() || order.stream().distinct().count() != order.size()) {
      throw new IllegalArgumentException(
          "permute: expected each of the %s dimensions once, got %s"
              .formatted(dim(), Arrays.toString(dims)));
    }
    return view(new OpDef.Permute("permute", order));
  }

  /// Swaps two dimensions.
  ///
  /// @param dim0 one
  /// @param dim1 the other
  /// @return the view
  public Tensor transpose(int dim0, int dim1) {
    return dim() == 0 ? this : swapped("transpose", axis(dim0), axis(dim1));
  }

  private Tensor swapped(String name, int first, int second) {
    List<Integer> order = new ArrayList<>(axes());
    Collections.swap(order, first, second);
    return view(new OpDef.Permute(name, order));
  }

  /// The transpose of a matrix.
  ///
  /// @return the view
  public Tensor t() {
    if (dim() > 2) {
      throw new IllegalArgumentException("t: expected at most 2 dimensions, got " + shape());
    }
    return dim() < 2 ? this : swapped("t", 0, 1);
  }

  /// Adds a dimension of size 1.
  ///
  /// @param dim where; -1 is after the last
  /// @return the view
  public Tensor unsqueeze(int dim) {
    int at = axis(dim, dim() + 1);
    return view(new OpDef.Reshape("unsqueeze", shape().insert(at, 1)));
  }

  /// Drops dimensions of size 1.
  ///
  /// @param dims which, if their size is 1; none given, all of size 1
  /// @return the view
  public Tensor squeeze(int... dims) {
    Shape result = shape();
    for (int axis : axes(dims).reversed()) {
      if (result.size(axis) == 1) {
        result = result.drop(axis);
      }
    }
    return result.equals(shape()) ? this : view(new OpDef.Reshape("squeeze", result));
  }

  /// Repeats dimensions of size 1 without copying.
  ///
  /// @param sizes the new shape; -1 keeps a size; new dimensions come first
  /// @return the view
  public Tensor expand(long... sizes) {
    long[] target = sizes.clone();
    for (int i = 0; i < target.length; i++) {
      int at = i - (target.length - dim());
      if (target[i] == -1 && at >= 0) {
        target[i] = size(at);
      }
    }
    if (Arrays.stream(target).anyMatch(size -> size < 0)) {
      throw new IllegalArgumentException(
          "expand: a tensor of shape %s cannot be repeated to %s"
              .formatted(shape(), Arrays.toString(sizes)));
    }
    return expand(Shape.of(target));
  }

  /// Repeats dimensions of size 1 without copying.
  ///
  /// @param target the new shape
  /// @return the view
  public Tensor expand(Shape target) {
    if (target.equals(shape())) {
      return this;
    }
    boolean fits = target.rank() >= dim();
    for (int i = 0; fits && i < dim(); i++) {
      long wanted = target.size(i + target.rank() - dim());
      fits = size(i) == wanted || size(i) == 1;
    }
    if (!fits) {
      throw new IllegalArgumentException(
          "expand: a tensor of shape %s cannot be repeated to %s".formatted(shape(), target));
    }
    Shape padded = shape();
    while (padded.rank() < target.rank()) {
      padded = padded.insert(0, 1);
    }
    Tensor aligned = padded.equals(shape()) ? this : view(new OpDef.Reshape("view", padded));
    return aligned.view(new OpDef.Expand(target));
  }

  /// Some consecutive indices of a dimension.
  ///
  /// @param dim which dimension
  /// @param start the first index
  /// @param length how many
  /// @return the view
  public Tensor narrow(int dim, long start, long length) {
    int axis = axis(dim);
    long size = dim() == 0 ? 0 : size(axis);
    long from = start < 0 ? start + size : start;
    if (dim() == 0 || from < 0 || length < 0 || from + length > size) {
      throw new IllegalArgumentException(
          "narrow: start %s and length %s do not fit into dimension %s of the shape %s"
              .formatted(start, length, axis, shape()));
    }
    return view(new OpDef.Slice(axis, from, 1, length));
  }

  /// Every `step`-th index of a dimension from `start` to below `end`, as `x[start:end:step]`.
  ///
  /// @param dim which dimension
  /// @param start the first index; negative counts from the end
  /// @param end the end, not reached; negative counts from the end, beyond the end means the end
  /// @param step the distance, above 0
  /// @return the view
  public Tensor slice(int dim, long start, long end, long step) {
    int axis = axis(dim);
    long size = size(axis);
    if (dim() == 0 || step <= 0) {
      throw new IllegalArgumentException(
          "slice: expected a tensor with dimensions and a step above 0, got %s and %s"
              .formatted(shape(), step));
    }
    long from = Math.clamp(start < 0 ? start + size : start, 0, size);
    long to = Math.clamp(end < 0 ? end + size : end, from, size);
    return view(new OpDef.Slice(axis, from, step, Math.ceilDiv(to - from, step)));
  }

  /// One index of a dimension, which goes away: `x[index]` for dimension 0.
  ///
  /// @param dim which dimension
  /// @param index which index; negative counts from the end
  /// @return the view
  public Tensor select(int dim, long index) {
    int axis = axis(dim);
    long size = dim() == 0 ? 0 : size(axis);
    if (index < -size || index >= size) {
      throw new IndexOutOfBoundsException(
          "select: index %s is out of range for dimension %s of the shape %s"
              .formatted(index, axis, shape()));
    }
    return view(new OpDef.Select(axis, index < 0 ? index + size : index));
  }

  /// `x[i, j, ...]`: one index for each of the first dimensions.
  ///
  /// @param indices the indices; negative ones count from the end
  /// @return the view
  public Tensor get(long... indices) {
    Tensor result = this;
    for (long index : indices) {
      result = result.select(0, index);
    }
    return result;
  }

  /// The tensor cut into pieces along a dimension.
  ///
  /// @param size the size of each piece; the last may be smaller
  /// @param dim which dimension
  /// @return the pieces, views
  public List<Tensor> split(long size, int dim) {
    if (size <= 0) {
      throw new IllegalArgumentException("split: expected a size above 0, got " + size);
    }
    List<Tensor> pieces = new ArrayList<>();
    for (long start = 0; start < size(dim); start += size) {
      pieces.add(narrow(dim, start, Math.min(size, size(dim) - start)));
    }
    return pieces;
  }

  /// The tensor cut into a number of pieces along a dimension.
  ///
  /// @param chunks how many
  /// @param dim which dimension
  /// @return the pieces, views
  public List<Tensor> chunk(int chunks, int dim) {
    if (chunks <= 0) {
      throw new IllegalArgumentException("chunk: expected a number above 0, got " + chunks);
    }
    return split(Math.max(1, Math.ceilDiv(size(dim), chunks)), dim);
  }

  /// The tensor backwards along dimensions: a copy.
  ///
  /// @param dims which dimensions
  /// @return the result
  public Tensor flip(int... dims) {
    Tensor result = this;
    for (int axis : axes(dims)) {
      result = result.view(new OpDef.Slice(axis, size(axis) - 1, -1, size(axis)));
    }
    return result.contiguous();
  }

  /// Dimensions moved, the others in order.
  ///
  /// @param source the dimension
  /// @param destination where it goes
  /// @return the view
  public Tensor movedim(int source, int destination) {
    return movedim(new int[] {source}, new int[] {destination});
  }

  /// Dimensions moved, the others in order.
  ///
  /// @param sources the dimensions
  /// @param destinations where each goes
  /// @return the view
  public Tensor movedim(int[] sources, int[] destinations) {
    return permute(Shapes.moved(sources, destinations, dim()));
  }

  /// Swaps two dimensions: the same as [#transpose].
  ///
  /// @param dim0 one
  /// @param dim1 the other
  /// @return the view
  public Tensor swapaxes(int dim0, int dim1) {
    return transpose(dim0, dim1);
  }

  /// One dimension as several: the reverse of [#flatten].
  ///
  /// @param dim which dimension
  /// @param sizes their sizes; one may be -1
  /// @return the view
  public Tensor unflatten(int dim, long... sizes) {
    return reshape(Shapes.unflattened(shape(), axis(dim), sizes));
  }

  /// Repeats dimensions of size 1 to another tensor's shape, without copying.
  ///
  /// @param other the other tensor
  /// @return the view
  public Tensor expandAs(Tensor other) {
    return expand(other.shape());
  }

  /// The same elements under another tensor's shape, sharing memory.
  ///
  /// @param other the other tensor
  /// @return the view
  public Tensor viewAs(Tensor other) {
    return view(other.shape().toArray());
  }

  /// The same elements under another tensor's shape.
  ///
  /// @param other the other tensor
  /// @return the tensor
  public Tensor reshapeAs(Tensor other) {
    return reshape(other.shape());
  }

  /// Repeats dimensions of size 1 without copying: the same as [#expand].
  ///
  /// @param sizes the new shape
  /// @return the view
  public Tensor broadcastTo(long... sizes) {
    return expand(sizes);
  }

  /// The tensor several times along each dimension: a copy.
  ///
  /// @param times how often, for each dimension; new dimensions come first
  /// @return the result
  public Tensor repeat(long... times) {
    return Shapes.repeat(this, times);
  }

  /// Each element several times in a row along a dimension: a copy.
  ///
  /// @param times how often
  /// @param dim which dimension
  /// @return the result
  public Tensor repeatInterleave(long times, int dim) {
    int axis = axis(dim);
    long[] sizes = unsqueeze(axis + 1).shape().toArray();
    sizes[axis + 1] = times;
    return unsqueeze(axis + 1).expand(sizes).flatten(axis, axis + 1);
  }

  /// The tensor shifted along dimensions; what leaves at one end enters at the other.
  ///
  /// @param shifts how far, for each of the dimensions
  /// @param dims which dimensions
  /// @return the result
  public Tensor roll(long[] shifts, int[] dims) {
    return Shapes.roll(this, shifts, dims);
  }

  /// The tensor shifted along a dimension; what leaves at one end enters at the other.
  ///
  /// @param shift how far
  /// @param dim which dimension
  /// @return the result
  public Tensor roll(long shift, int dim) {
    return roll(new long[] {shift}, new int[] {dim});
  }

  /// Turned by right angles in the plane of two dimensions, from the first towards the second.
  ///
  /// @param times how often
  /// @param dim0 the first dimension
  /// @param dim1 the second dimension
  /// @return the result
  public Tensor rot90(int times, int dim0, int dim1) {
    return Shapes.rot90(this, times, dim0, dim1);
  }

  /// Columns in reverse order.
  ///
  /// @return the result, of this shape
  public Tensor fliplr() {
    return flip(1);
  }

  /// Rows in reverse order.
  ///
  /// @return the result, of this shape
  public Tensor flipud() {
    return flip(0);
  }

  /// Where the lower triangle of a matrix is, row by row.
  ///
  /// @param rows its rows
  /// @param columns its columns
  /// @param offset up to how far above the main diagonal
  /// @return int64 `[2, count]`: rows, columns
  public static Tensor trilIndices(long rows, long columns, long offset) {
    return Shapes.triangleIndices(rows, columns, offset, true);
  }

  /// Where the upper triangle of a matrix is, row by row.
  ///
  /// @param rows its rows
  /// @param columns its columns
  /// @param offset from how far above the main diagonal on
  /// @return int64 `[2, count]`: rows, columns
  public static Tensor triuIndices(long rows, long columns, long offset) {
    return Shapes.triangleIndices(rows, columns, offset, false);
  }

  /// Matrices along the diagonal of one, zeros elsewhere.
  ///
  /// @param tensors the matrices; vectors count as rows
  /// @return the matrix
  public static Tensor blockDiag(List<Tensor> tensors) {
    return Shapes.blockDiag(tensors);
  }

  /// All choices of one element of each vector, as rows, the last vector's changing fastest.
  ///
  /// @param vectors the vectors
  /// @return `[product of their sizes, how many]`
  public static Tensor cartesianProd(List<Tensor> vectors) {
    return stack(meshgrid(vectors, "ij").stream().map(Tensor::flatten).toList(), 1);
  }

  /// The lower triangle of matrices, zeros above.
  ///
  /// @param diagonal up to how far above the main diagonal
  /// @return the result, of this shape
  public Tensor tril(long diagonal) {
    return call(ViewOps.triangle(true, diagonal), this);
  }

  /// The lower triangle of matrices, zeros above.
  ///
  /// @return the result, of this shape
  public Tensor tril() {
    return tril(0);
  }

  /// The upper triangle of matrices, zeros below.
  ///
  /// @param diagonal from how far above the main diagonal on
  /// @return the result, of this shape
  public Tensor triu(long diagonal) {
    return call(ViewOps.triangle(false, diagonal), this);
  }

  /// The upper triangle of matrices, zeros below.
  ///
  /// @return the result, of this shape
  public Tensor triu() {
    return triu(0);
  }

  /// The elements of two dimensions at equal indices, as a new last dimension.
  ///
  /// @param offset how far above the main diagonal; negative, below it
  /// @param dim1 the dimension of the rows
  /// @param dim2 the dimension of the columns
  /// @return the view
  public Tensor diagonal(long offset, int dim1, int dim2) {
    return view(Shapes.diagonal(this, offset, dim1, dim2));
  }

  /// The diagonal of a matrix.
  ///
  /// @return the view
  public Tensor diagonal() {
    return diagonal(0, 0, 1);
  }

  /// The diagonal of a matrix, or the matrix with a vector on its diagonal.
  ///
  /// @param offset how far above the main diagonal; negative, below it
  /// @return the result
  public Tensor diag(long offset) {
    return dim() == 1 ? diagEmbed(offset) : diagonal(offset, 0, 1);
  }

  /// The diagonal of a matrix, or the matrix with a vector on its diagonal.
  ///
  /// @return the result
  public Tensor diag() {
    return diag(0);
  }

  /// Matrices with vectors `[..., n]` on a diagonal, zeros elsewhere.
  ///
  /// @param offset how far above the main diagonal; negative, below it
  /// @return the result, with one more dimension
  public Tensor diagEmbed(long offset) {
    return call(ViewOps.diagEmbed(shape(), offset), this);
  }

  /// The sum of a matrix's diagonal.
  ///
  /// @return a scalar
  public Tensor trace() {
    return diagonal().sum();
  }

  /// Windows along a dimension, side by side in a new last dimension.
  ///
  /// @param dim which dimension
  /// @param size the length of a window
  /// @param step the distance between two
  /// @return the view
  public Tensor unfold(int dim, long size, long step) {
    return view(Shapes.unfold(this, axis(dim), size, step));
  }

  /// The indices of a dimension apart.
  ///
  /// @param dim which dimension
  /// @return the pieces, views without that dimension
  public List<Tensor> unbind(int dim) {
    List<Tensor> pieces = new ArrayList<>();
    for (long i = 0; i < size(dim); i++) {
      pieces.add(select(dim, i));
    }
    return pieces;
  }

  /// The tensor cut into pieces along a dimension.
  ///
  /// @param sizes the size of each piece; they add up to the dimension's
  /// @param dim which dimension
  /// @return the pieces, views
  public List<Tensor> split(long[] sizes, int dim) {
    return Shapes.split(this, sizes, axis(dim));
  }

  /// The tensor cut into pieces of sizes that differ by at most 1.
  ///
  /// @param sections how many
  /// @param dim which dimension
  /// @return the pieces, views
  public List<Tensor> tensorSplit(int sections, int dim) {
    return Shapes.tensorSplit(this, sections, axis(dim));
  }

  /// Differences of neighbours along a dimension.
  ///
  /// @param dim which dimension
  /// @return the result, one shorter
  public Tensor diff(int dim) {
    return narrow(dim, 1, size(dim) - 1).sub(narrow(dim, 0, size(dim) - 1));
  }

  // ---- joining and indexing ----

  /// Tensors one after the other along a dimension.
  ///
  /// @param tensors the tensors, of shapes equal but for that dimension
  /// @param dim which dimension
  /// @return the result, of the dtype that theirs promote to
  public static Tensor cat(List<Tensor> tensors, int dim) {
    if (tensors.isEmpty()) {
      throw new IllegalArgumentException("cat: expected at least one tensor");
    }
    int axis = tensors.getFirst().axis(dim);
    List<Shape> shapes = tensors.stream().map(Tensor::shape).toList();
    DType dtype = tensors.stream().map(Tensor::dtype).reduce(DType::promote).orElseThrow();
    return call(
        ViewOps.cat(axis, shapes),
        tensors.stream().map(tensor -> tensor.to(dtype)).toArray(Tensor[]::new));
  }

  /// Tensors of one shape side by side in a new dimension.
  ///
  /// @param tensors the tensors
  /// @param dim where the new dimension goes
  /// @return the result
  public static Tensor stack(List<Tensor> tensors, int dim) {
    for (Tensor tensor : tensors) {
      if (!tensor.shape().equals(tensors.getFirst().shape())) {
        throw new IllegalArgumentException(
            "stack: expected tensors of one shape, got %s and %s"
                .formatted(tensors.getFirst().shape(), tensor.shape()));
      }
    }
    return cat(tensors.stream().map(tensor -> tensor.unsqueeze(dim)).toList(), dim);
  }

  /// Tensors one after the other along dimension 1; along dimension 0 if they have but one.
  ///
  /// @param tensors the tensors
  /// @return the result
  public static Tensor hstack(List<Tensor> tensors) {
    return cat(tensors, tensors.getFirst().dim() == 1 ? 0 : 1);
  }

  /// Tensors one after the other along dimension 0; vectors as rows.
  ///
  /// @param tensors the tensors
  /// @return the result
  public static Tensor vstack(List<Tensor> tensors) {
    return cat(
        tensors.stream().map(tensor -> tensor.dim() == 1 ? tensor.unsqueeze(0) : tensor).toList(),
        0);
  }

  /// Grids of coordinates: one tensor for each vector, constant along the others' dimensions.
  ///
  /// @param vectors the coordinates along each dimension
  /// @param indexing `ij`, or `xy` to swap the first two dimensions
  /// @return the grids, views
  public static List<Tensor> meshgrid(List<Tensor> vectors, String indexing) {
    return Shapes.meshgrid(vectors, indexing);
  }

  /// Sums of products by Einstein's convention, such as `bij,bjk->bik`: a label the output lacks is summed. Repeated labels, `...` and
  /// an omitted output work as in PyTorch.
  ///
  /// @param equation the labels of the operands' dimensions, and of the result's
  /// @param operands the tensors, of one dtype
  /// @return the result
  public static Tensor einsum(String equation, Tensor... operands) {
    return Einsum.of(equation, operands);
  }

  /// Zeros around the last dimensions, as `torch.nn.functional.pad`.
  ///
  /// @param padding before and after the last dimension, then before and after the one before it ...
  /// @return the result
  public Tensor pad(long... padding) {
    if (padding.length % 2 != 0 || padding.length > 2 * dim()) {
      throw new IllegalArgumentException(
          "pad: expected two numbers for each dimension to pad, got %s for the shape %s"
              .formatted(Arrays.toString(padding), shape()));
    }
    long[] before = new long[dim()];
    long[] after = new long[dim()];
    for (int i = 0; i < padding.length / 2; i++) {
      before[dim() - 1 - i] = padding[2 * i];
      after[dim() - 1 - i] = padding[2 * i + 1];
    }
    return call(ViewOps.pad(shape(), before, after), this);
  }

  /// `out[i][j][k] = this[index[i][j][k]][j][k]` for dimension 0, and so on.
  ///
  /// @param dim which dimension
  /// @param index int64, of the output's shape
  /// @return the result
  public Tensor gather(int dim, Tensor index) {
    return call(new OpDef.Gather("gather", axis(dim)), this, index);
  }

  /// Some indices of a dimension, in any order.
  ///
  /// @param dim which dimension
  /// @param index int64 or int32, one dimension
  /// @return the result
  public Tensor indexSelect(int dim, Tensor index) {
    int axis = axis(dim);
    if (index.dim() != 1) {
      throw new IllegalArgumentException(
          "index_select: expected an index of one dimension, got " + index.shape());
    }
    Shape result = shape().with(axis, index.numel());
    Shape aligned = Shape.SCALAR;
    for (int i = 0; i < dim(); i++) {
      aligned = aligned.insert(i, i == axis ? index.numel() : 1);
    }
    return call(
        new OpDef.Gather("index_select", axis), this, index.reshape(aligned).expand(result));
  }

  /// This tensor with values added at computed places: the reverse of [#gather].
  ///
  /// @param dim which dimension
  /// @param index int64, of the source's shape
  /// @param source what is added
  /// @return the result
  public Tensor scatterAdd(int dim, Tensor index, Tensor source) {
    return call(new OpDef.Scatter("scatter_add", axis(dim), true), this, index, source);
  }

  /// Adds values at computed places of this tensor.
  ///
  /// @param dim which dimension
  /// @param index int64, of the source's shape
  /// @param source what is added
  /// @return this tensor
  public Tensor scatterAdd_(int dim, Tensor index, Tensor source) {
    return inPlace(new OpDef.Scatter("scatter_add", axis(dim), true), index, source);
  }

  /// This tensor with values replaced at computed places: `out[index[i][j]][j] = source[i][j]` for dimension 0, and so on. Where places
  /// repeat, the last one stays.
  ///
  /// @param dim which dimension
  /// @param index int64; negative indices are errors
  /// @param source the values, at least of the index's shape
  /// @return the result
  public Tensor scatter(int dim, Tensor index, Tensor source) {
    return call(new OpDef.Scatter("scatter", axis(dim), false), this, index, source);
  }

  /// This tensor with a number at computed places.
  ///
  /// @param dim which dimension
  /// @param index int64
  /// @param value the number
  /// @return the result
  public Tensor scatter(int dim, Tensor index, double value) {
    return scatter(dim, index, spread(value, index.shape()));
  }

  /// Replaces values at computed places of this tensor.
  ///
  /// @param dim which dimension
  /// @param index int64
  /// @param source the values, at least of the index's shape
  /// @return this tensor
  public Tensor scatter_(int dim, Tensor index, Tensor source) {
    return inPlace(new OpDef.Scatter("scatter", axis(dim), false), index, source);
  }

  /// Writes a number at computed places of this tensor.
  ///
  /// @param dim which dimension
  /// @param index int64
  /// @param value the number
  /// @return this tensor
  public Tensor scatter_(int dim, Tensor index, double value) {
    return scatter_(dim, index, spread(value, index.shape()));
  }

  private Tensor spread(double value, Shape shape) {
    return full(Shape.SCALAR, value, dtype(), device()).expand(shape);
  }

  /// This tensor combined with what is scattered to each place. Equal extrema share the gradient.
  ///
  /// @param dim which dimension
  /// @param index int64, at most of the source's shape
  /// @param source what is scattered
  /// @param reduce `sum`, `prod`, `mean`, `amax` or `amin`; the work of `prod` grows with the square of the sizes along the dimension
  /// @param includeSelf whether this tensor's own values take part; where nothing is scattered to, they stay in any case
  /// @return the result
  public Tensor scatterReduce(
      int dim, Tensor index, Tensor source, String reduce, boolean includeSelf) {
    int axis = axis(dim);
    Tensor base = includeSelf ? this : scatter(axis, index, 0);
    return switch (reduce) {
      case "sum" -> base.scatterAdd(axis, index, source);
      case "prod" -> Sorting.scatterProduct(this, axis, index, source, includeSelf);
      case "mean" -> {
        Tensor ones = onesLike(this);
        Tensor own = includeSelf ? ones : ones.scatter(axis, index, 0);
        Tensor counts = own.scatterAdd(axis, index, onesLike(source));
        yield base.scatterAdd(axis, index, source).div(counts);
      }
      case "amax", "amin" ->
          Sorting.scatterExtremum(this, axis, index, source, reduce.equals("amax"), includeSelf);
      default ->
          throw new IllegalArgumentException(
              "scatter_reduce: expected sum, prod, mean, amax or amin, got " + reduce);
    };
  }

  /// This tensor with slices added at some indices of a dimension.
  ///
  /// @param dim which dimension
  /// @param index int64 or int32, one dimension
  /// @param source the slices: of this shape but for that dimension, which has the index's size
  /// @return the result
  public Tensor indexAdd(int dim, Tensor index, Tensor source) {
    return call(slices("index_add", dim, true), this, across(dim, index, source), source);
  }

  /// Adds slices at some indices of a dimension of this tensor.
  ///
  /// @param dim which dimension
  /// @param index int64 or int32, one dimension
  /// @param source the slices
  /// @return this tensor
  public Tensor indexAdd_(int dim, Tensor index, Tensor source) {
    return inPlace(slices("index_add", dim, true), across(dim, index, source), source);
  }

  /// This tensor with the slices at some indices of a dimension replaced.
  ///
  /// @param dim which dimension
  /// @param index int64 or int32, one dimension
  /// @param source the slices
  /// @return the result
  public Tensor indexCopy(int dim, Tensor index, Tensor source) {
    return call(slices("index_copy", dim, false), this, across(dim, index, source), source);
  }

  /// This tensor with a number in the slices at some indices of a dimension.
  ///
  /// @param dim which dimension
  /// @param index int64 or int32, one dimension
  /// @param value the number
  /// @return the result
  public Tensor indexFill(int dim, Tensor index, double value) {
    return indexCopy(dim, index, spread(value, shape().with(axis(dim), index.numel())));
  }

  private OpDef slices(String name, int dim, boolean add) {
    return new OpDef.Scatter(name, axis(dim), add);
  }

  /// An index of one dimension, repeated over the others of a tensor.
  private Tensor across(int dim, Tensor index, Tensor over) {
    if (index.dim() > 1) {
      throw new IllegalArgumentException(
          "expected an index of one dimension, got " + index.shape());
    }
    Shape aligned = Shape.SCALAR;
    for (int i = 0; i < over.dim(); i++) {
      aligned = aligned.insert(i, i == axis(dim) ? index.numel() : 1);
    }
    return index.reshape(aligned).expand(over.shape().with(axis(dim), index.numel()));
  }

  /// Elements at computed places along a dimension; the other dimensions broadcast.
  ///
  /// @param index int64, of as many dimensions as this tensor
  /// @param dim which dimension
  /// @return the result
  public Tensor takeAlongDim(Tensor index, int dim) {
    int axis = axis(dim);
    Shape source = shape();
    Shape wanted = index.shape();
    for (int i = 0; i < Math.min(dim(), index.dim()); i++) {
      if (i != axis && size(i) != index.size(i)) {
        long size = size(i) == 1 ? index.size(i) : size(i);
        source = source.with(i, size);
        wanted = wanted.with(i, size);
      }
    }
    return expand(source).gather(axis, index.expand(wanted));
  }

  /// Elements of the tensor seen as one row.
  ///
  /// @param index int64 or int32, of any shape; negative ones count from the end
  /// @return the elements, of the index's shape
  public Tensor take(Tensor index) {
    return reshape(numel()).get(Index.of(index));
  }

  /// The elements where a mask is true, row by row. Waits for the device.
  ///
  /// @param mask bool; mask and tensor broadcast
  /// @return the elements, one dimension
  public Tensor maskedSelect(Tensor mask) {
    Shape shape = maskedFill(mask, 0).shape();
    return expand(shape).get(Index.of(mask.expand(shape)));
  }

  /// Where the tensor is true or not 0. Waits for the device.
  ///
  /// @return int64, `[count, dim()]`: the indices of each such element
  public Tensor nonzero() {
    return Indexing.nonzero(this);
  }

  /// Part of the tensor: PyTorch's `x[...]`. Integers, ranges, `...` and new axes give views; masks and index tensors copies, which
  /// broadcast against each other. Differentiable.
  ///
  /// @param items one for each dimension, from the first on
  /// @return the part
  public Tensor get(Index... items) {
    return Indexing.of(this, items).get();
  }

  /// Part of the tensor, as written in PyTorch: `x.get("1:, ::2, ..., -1")`.
  ///
  /// @param items integers, ranges, `...` and `None`, with commas between
  /// @return the view
  public Tensor get(String items) {
    return get(Index.parse(items));
  }

  /// Elements at computed places: one index tensor for each of the first dimensions, or a mask for several.
  ///
  /// @param indices int64, int32 or bool, which broadcast against each other; null for a whole dimension
  /// @return the result
  public Tensor index(List<Tensor> indices) {
    return Indexing.of(this, indices).get();
  }

  /// Overwrites part of the tensor: PyTorch's `x[...] = value`.
  ///
  /// @param value what broadcasts to the part; converted to this dtype and device
  /// @param items one for each dimension, from the first on
  /// @return this tensor
  public Tensor indexPut_(Tensor value, Index... items) {
    Indexing.of(this, items).put(value, false);
    return this;
  }

  /// Overwrites part of the tensor with a number: PyTorch's `x[...] = 5`.
  ///
  /// @param value the number
  /// @param items one for each dimension, from the first on
  /// @return this tensor
  public Tensor indexPut_(double value, Index... items) {
    Indexing.of(this, items).put(value);
    return this;
  }

  /// Overwrites, or adds to, the elements at computed places.
  ///
  /// @param indices int64, int32 or bool, one for each of the first dimensions; null for a whole dimension
  /// @param value what broadcasts to the elements
  /// @param accumulate whether to add; places that repeat then add up
  /// @return this tensor
  public Tensor indexPut_(List<Tensor> indices, Tensor value, boolean accumulate) {
    Indexing.of(this, indices).put(value, accumulate);
    return this;
  }

  /// One-hot vectors of class indices.
  ///
  /// @param classes how many classes
  /// @return int64, with a last dimension of that size
  public Tensor oneHot(long classes) {
    return unsqueeze(-1).eq(arange(classes, device())).to(DType.INT64);
  }

  // ---- autograd ----

  /// Whether a gradient is wanted for this tensor, or flows through it.
  ///
  /// @return true if so
  public boolean requiresGrad() {
    return TensorState.tracked(this);
  }

  /// Says whether a gradient is wanted for this leaf.
  ///
  /// @param wanted whether
  /// @return this tensor
  public Tensor requiresGrad_(boolean wanted) {
    TensorState.setRequiresGrad(this, wanted);
    return this;
  }

  /// The name of the operation that made this tensor, such as `AddmmBackward0`.
  ///
  /// @return the name, empty for a leaf
  public Optional<String> gradFn() {
    return TensorState.gradName(this);
  }

  /// Whether this tensor was not computed from tensors that require grad.
  ///
  /// @return true for parameters and data
  public boolean isLeaf() {
    return gradFn().isEmpty();
  }

  /// The gradient accumulated by [#backward()].
  ///
  /// @return the gradient, null before the first backward and after it was set to null
  public Tensor grad() {
    return (Tensor) TensorState.grad(this, true);
  }

  /// Replaces the gradient.
  ///
  /// @param gradient a tensor of this shape, dtype and device, or null
  public void setGrad(Tensor gradient) {
    TensorState.setGrad(this, gradient);
  }

  /// Adds the gradient of this scalar to the `grad` of every leaf it was computed from.
  public void backward() {
    backward(null, false, false);
  }

  /// The same for a tensor of any shape.
  ///
  /// @param gradient the gradient of this tensor, null for 1
  /// @param retainGraph whether to keep what was saved, for another backward
  /// @param createGraph whether the gradients are to be differentiable themselves
  public void backward(Tensor gradient, boolean retainGraph, boolean createGraph) {
    Autograd.backward(List.of(this), Collections.singletonList(gradient), retainGraph, createGraph);
  }

  /// The gradients of this scalar by some tensors, without touching their `grad`.
  ///
  /// @param inputs by which tensors
  /// @param createGraph whether the gradients are to be differentiable themselves
  /// @return one gradient for each input, null where this does not depend on it
  public List<Tensor> gradOf(List<Tensor> inputs, boolean createGraph) {
    Value[] gradients =
        Autograd.grad(List.of(this), List.copyOf(inputs), null, createGraph, createGraph);
    List<Tensor> result = new ArrayList<>();
    for (Value gradient : gradients) {
      result.add((Tensor) gradient);
    }
    return result;
  }

  /// The same values without their history, sharing memory.
  ///
  /// @return the tensor
  public Tensor detach() {
    return (Tensor) TensorState.detach(this);
  }

  /// The same as [#detach()]: `param.data`.
  ///
  /// @return the tensor
  public Tensor data() {
    return detach();
  }

  /// Gives this tensor the values of another one in place of its own, sharing memory: `param.data = other`. Shape, dtype and device
  /// may differ; whoever holds this tensor sees the change.
  ///
  /// @param other the tensor to take after
  /// @return this tensor
  public Tensor setData(Tensor other) {
    TensorState.setData(this, other);
    return this;
  }

  /// Keeps the gradient of this tensor although it is no leaf.
  ///
  /// @return this tensor
  public Tensor retainGrad() {
    TensorState.retainGrad(this);
    return this;
  }

  /// Calls a function with this tensor's gradient in every backward pass; what it returns, unless null, replaces the gradient.
  ///
  /// @param hook the function
  /// @return removes the hook
  public Runnable registerHook(UnaryOperator<Tensor> hook) {
    return TensorState.addHook(this, gradient -> hook.apply((Tensor) gradient));
  }
}
