package dev.javelin.cpu;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Instr;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Program;
import dev.javelin.kernels.ScalarOp;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/// Makes random programs, views and shapes. What they compute is exact in float32 for numbers with
/// few bits, so that comparisons, rounding and conversions to integers cannot come out differently
/// than in the reference.
final class RandomKernels {
  private static final List<DType> TYPES = List.of(DType.values());

  private static final List<ScalarOp> FLOAT_UNARY =
      List.of(
          ScalarOp.NEG,
          ScalarOp.ABS,
          ScalarOp.SIGN,
          ScalarOp.FLOOR,
          ScalarOp.CEIL,
          ScalarOp.ROUND,
          ScalarOp.TRUNC,
          ScalarOp.NOT);
  private static final List<ScalarOp> INTEGER_UNARY =
      List.of(ScalarOp.NEG, ScalarOp.ABS, ScalarOp.SIGN, ScalarOp.NOT, ScalarOp.FLOOR);
  private static final List<ScalarOp> FLOAT_BINARY =
      List.of(
          ScalarOp.ADD,
          ScalarOp.SUB,
          ScalarOp.MUL,
          ScalarOp.MAX,
          ScalarOp.MIN,
          ScalarOp.EQ,
          ScalarOp.NE,
          ScalarOp.LT,
          ScalarOp.LE,
          ScalarOp.GT,
          ScalarOp.GE);
  private static final List<ScalarOp> INTEGER_BINARY =
      List.of(
          ScalarOp.ADD,
          ScalarOp.SUB,
          ScalarOp.MUL,
          ScalarOp.DIV,
          ScalarOp.REMAINDER,
          ScalarOp.POW,
          ScalarOp.MAX,
          ScalarOp.MIN,
          ScalarOp.EQ,
          ScalarOp.LT,
          ScalarOp.GE,
          ScalarOp.AND,
          ScalarOp.OR,
          ScalarOp.XOR);

  private final Random random;

  /// The types of the buffers made so far.
  final List<DType> buffers = new ArrayList<>();

  /// How many elements each of them needs.
  final List<Long> sizes = new ArrayList<>();

  RandomKernels(Random random) {
    this.random = random;
  }

  /// The needed sizes as an array.
  long[] sizes() {
    return sizes.stream().mapToLong(size -> size).toArray();
  }

  /// A buffer that a view fits in.
  int buffer(DType type, View view) {
    buffers.add(type);
    sizes.add(Math.max(0, view.last() + 1));
    return buffers.size() - 1;
  }

  DType anyType() {
    DType[] all = DType.values();
    // float32 is what most of the code is for.
    return random.nextInt(2) == 0 ? DType.FLOAT32 : all[random.nextInt(all.length)];
  }

  /// A view that reads each element of its buffer at most once: permuted, sliced, reversed, with
  /// gaps.
  View target(Shape shape) {
    int rank = shape.rank();
    List<Integer> order = new ArrayList<>(IntStream.range(0, rank).boxed().toList());
    if (random.nextInt(2) == 0) {
      Collections.shuffle(order, random);
    }
    long[] strides = new long[rank];
    long stride = random.nextInt(4) == 0 ? 2 : 1;
    long offset = random.nextInt(3) == 0 ? random.nextInt(5) : 0;
    for (int i = rank - 1; i >= 0; i--) {
      int axis = order.get(i);
      strides[axis] = stride;
      stride *= Math.max(1, shape.size(axis)) + (random.nextInt(6) == 0 ? 3 : 0);
      if (random.nextInt(8) == 0 && shape.size(axis) > 0) {
        offset += strides[axis] * (shape.size(axis) - 1);
        strides[axis] = -strides[axis];
      }
    }
    return View.of(shape, strides, offset);
  }

  /// A view to read through: also with repeated axes.
  View source(Shape shape) {
    View view = target(shape);
    if (random.nextInt(2) == 0) {
      return view;
    }
    long[] strides = view.strides();
    boolean prefix = random.nextBoolean();
    int cut = random.nextInt(shape.rank() + 1);
    for (int axis = 0; axis < strides.length; axis++) {
      boolean drop = random.nextInt(3) == 0 ? random.nextBoolean() : prefix == axis < cut;
      if (drop) {
        strides[axis] = 0;
      }
    }
    return View.of(shape, strides, lowest(shape, strides));
  }

  /// An offset with which no index is negative.
  private static long lowest(Shape shape, long[] strides) {
    long offset = 0;
    for (int axis = 0; axis < strides.length; axis++) {
      offset -= Math.min(0, strides[axis] * Math.max(0, shape.size(axis) - 1));
    }
    return offset;
  }

  /// A program that loads from new buffers, and from given ones.
  ///
  /// @param results the types of folds that may be used
  /// @param inPlace operands that are written at the same index
  /// @param operations how many
  Program program(Shape space, List<DType> results, List<Kernel.Operand> inPlace, int operations) {
    List<Instr> code = new ArrayList<>();
    for (int i = 0; i < results.size(); i++) {
      code.add(new Instr.Result(i, results.get(i)));
    }
    for (Kernel.Operand operand : inPlace) {
      code.add(new Instr.Load(operand.buffer(), operand.view(), buffers.get(operand.buffer())));
    }
    int loads = 1 + random.nextInt(3);
    for (int i = 0; i < loads; i++) {
      View view = source(space);
      DType type = anyType();
      code.add(new Instr.Load(buffer(type, view), view, type));
    }
    if (random.nextInt(3) == 0) {
      code.add(new Instr.Iota(source(space)));
    }
    code.add(Instr.ofDouble(DType.FLOAT32, (random.nextInt(17) - 8) / 2.0));
    code.add(new Instr.Const(DType.INT32, random.nextInt(7) - 3));
    code.add(new Instr.Const(DType.INT64, random.nextInt(7) - 3));
    code.add(new Instr.Param(0, DType.FLOAT32));
    code.add(new Instr.Param(1, DType.INT64));
    for (int i = 0; i < operations; i++) {
      code.add(operation(code));
    }
    return new Program(List.copyOf(code));
  }

  private Instr operation(List<Instr> code) {
    int x = random.nextInt(code.size());
    DType type = code.get(x).type();
    int choice = random.nextInt(10);
    if (choice == 0) {
      return new Instr.Cast(TYPES.get(random.nextInt(TYPES.size())), x);
    }
    if (choice <= 2) {
      List<ScalarOp> ops = type.isFloatingPoint() ? FLOAT_UNARY : INTEGER_UNARY;
      ScalarOp op = ops.get(random.nextInt(ops.size()));
      return new Instr.Apply(op, op.isPredicate() ? DType.INT32 : type, x, -1, -1);
    }
    int y = like(code, type);
    int condition = choice <= 5 ? like(code, DType.INT32) : -1;
    if (condition >= 0) {
      return new Instr.Apply(ScalarOp.SELECT, type, condition, x, y);
    }
    List<ScalarOp> ops = type.isFloatingPoint() ? FLOAT_BINARY : INTEGER_BINARY;
    ScalarOp op = ops.get(random.nextInt(ops.size()));
    if (op == ScalarOp.MUL && type.isFloatingPoint() && random.nextInt(2) == 0) {
      op = ScalarOp.ADD;
    }
    return new Instr.Apply(op, op.isPredicate() ? DType.INT32 : type, x, y, -1);
  }

  /// A value of a type; one of the last, so that programs become deep.
  private int like(List<Instr> code, DType type) {
    List<Integer> found =
        IntStream.range(0, code.size()).filter(v -> code.get(v).type() == type).boxed().toList();
    if (found.isEmpty()) {
      return -1;
    }
    int last = found.size() - 1;
    return found.get(Math.max(0, last - random.nextInt(Math.min(4, found.size()))));
  }

  /// A shape with about as many elements as asked for.
  Shape shape(long elements, int maxRank) {
    int rank = random.nextInt(maxRank + 1);
    if (rank == 0) {
      return elements == 1 ? Shape.SCALAR : Shape.of(elements);
    }
    long[] sizes = new long[rank];
    long rest = elements;
    for (int axis = 0; axis < rank; axis++) {
      sizes[axis] =
          axis == rank - 1 || rest <= 1
              ? rest
              : 1 + random.nextInt((int) Math.min(rest, random.nextBoolean() ? 5 : 70));
      rest = sizes[axis] == 0 ? 1 : rest / sizes[axis];
    }
    List<Long> shuffled =
        new ArrayList<>(IntStream.range(0, rank).mapToObj(i -> sizes[i]).toList());
    Collections.shuffle(shuffled, random);
    return Shape.of(shuffled.stream().mapToLong(size -> size).toArray());
  }
}
