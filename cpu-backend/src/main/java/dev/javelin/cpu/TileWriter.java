package dev.javelin.cpu;

import static java.lang.constant.ConstantDescs.CD_long;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Writes the class of a [Loop] for a [Tile]: sums of products, all of them in registers of the processor.
///
/// A class for each number of rows, so that ten channels are two tiles of five and not three of four; more rows than
/// fit into the registers are slower than fewer. The terms of [Sums] come from a table: with loops over channels,
/// rows and columns inside each other the JIT moves all sums from register to register whenever an inner one ends.
///
/// The arguments, addresses and distances in bytes. For [Sums]: the address of the first pixel's first term, of
/// the weights, of the result; of the table, and how many terms it has, for each a long with the distances of the vector (lower
/// half) and of the weights (upper half); from one row of the result to the next; from pixel to pixel of the
/// input and of the result; the address of the bias, a number for each row, or 0; whether negative
/// results become 0. It runs over some pixels.
///
/// For [Products]: the addresses of the two arrays and of the sums, which are written one after the other, a
/// vector each, row by row; for each of three loops how often it runs, how far it steps in the first array and in the second;
/// how far each row lies from the first array's address, and each group of columns from the second's.
final class TileWriter {
  /// What a loop keeps in registers: a piece of the result of a [BatchConvolution].
  sealed interface Tile {}

  /// Channels of a result by two vectors of images, for one pixel after the other: sums of products of a
  /// weight with a vector.
  ///
  /// @param rows the channels
  record Sums(int rows) implements Tile {}

  /// Sums of products of a vector of one array with a vector of another, lane by lane.
  ///
  /// @param rows how many vectors of the first array
  /// @param groups how many groups of vectors of the second
  /// @param width how many vectors a group has
  /// @param step from one of them to the next, in bytes: as a constant, because so many distances do not fit into the
  ///     registers
  record Products(int rows, int groups, int width, int step) implements Tile {
    int columns() {
      return groups * width;
    }
  }

  /// The vectors of a pixel that a tile of sums has side by side.
  static final int VECTORS = 2;

  /// Where the loops of [Products] begin in the arguments, and how many there are.
  static final int NEST = 3;

  static final int LOOPS = 3;

  private static final ClassDesc MEMORY = ClassDesc.of(Memory.class.getName());
  private static final long BYTES = VectorLoops.BYTES;
  private static final Map<Tile, Loop> WRITTEN = new ConcurrentHashMap<>();

  private final CodeBuilder code;

  // The numbers of local variables.
  private final Locals locals = new Locals();

  private final int result = locals.take(2);
  private final int address = locals.take(2);
  private final int counter = locals.take(1);
  private final int factor = locals.take(1);
  private final int[][] sums;

  /// What is multiplied with each factor.
  private final int[] vectors;

  private TileWriter(CodeBuilder code, int rows, int columns, int vectors) {
    this.code = code;
    this.sums = new int[rows][];
    for (int row = 0; row < rows; row++) {
      sums[row] = locals.take(columns, 1);
    }
    this.vectors = locals.take(vectors, 1);
  }

  /// The loop for a tile, written when it is first asked for.
  static Loop of(Tile tile) {
    return WRITTEN.computeIfAbsent(tile, TileWriter::write);
  }

  private static Loop write(Tile tile) {
    return VectorCode.load(
        VectorCode.bytes(
            code -> {
              switch (tile) {
                case Sums sums -> new TileWriter(code, sums.rows(), VECTORS, VECTORS).sums();
                case Products products ->
                    new TileWriter(code, products.rows(), products.columns(), products.rows())
                        .products(products);
              }
            }));
  }

  private void sums() {
    int input = argument(0);
    int weights = argument(1);
    load(2, result);
    int table = argument(3);
    int terms = argument(4);
    int rowStep = argument(5);
    int inputStep = argument(6);
    int resultStep = argument(7);
    int bias = argument(8);
    int relu = argument(9);
    int at = locals.take(2);
    int term = locals.take(2);
    int vector = locals.take(2);
    int weight = locals.take(2);
    int to = locals.take(2);
    bounded(weights);
    FunctionCopier copier = copier();
    Label pixel = code.newBoundLabel();
    Label end = code.newLabel();
    code.iload(VectorCode.COUNT).ifle(end);
    bounded(input);
    for (int sum : all()) {
      copier.inline("zero", List.of(), sum);
    }
    code.lload(table).lstore(at);
    code.lload(terms).l2i().istore(counter);
    Label next = code.newBoundLabel();
    Label finish = code.newLabel();
    code.iload(counter).ifle(finish);
    bounded(at);
    code.lload(at)
        .invokestatic(MEMORY, "getLong", MethodTypeDesc.of(CD_long, CD_long))
        .lstore(term);
    code.lload(input).lload(term).loadConstant(0xffff_ffffL).land().ladd().lstore(vector);
    code.lload(weights).lload(term).loadConstant(32).lushr().ladd().lstore(weight);
    for (int column = 0; column < VECTORS; column++) {
      move(vector, column * BYTES);
      copier.inline("load", List.of(address), vectors[column]);
    }
    for (int row = 0; row < sums.length; row++) {
      move(weight, 4L * row);
      copier.inline("spread", List.of(address), factor);
      for (int column = 0; column < VECTORS; column++) {
        int sum = sums[row][column];
        copier.inline("fma", List.of(factor, vectors[column], sum), sum);
      }
    }
    code.lload(at).loadConstant(8L).ladd().lstore(at);
    code.iinc(counter, -1).goto_(next);
    code.labelBinding(finish);
    finish(copier, bias, relu, rowStep, to);
    step(input, inputStep);
    step(result, resultStep);
    code.iinc(VectorCode.COUNT, -1).goto_(pixel);
    code.labelBinding(end).return_();
  }

  /// Adds the bias, cuts off what is negative, and writes the sums.
  private void finish(FunctionCopier copier, int bias, int relu, int rowStep, int to) {
    unlessZero(
        bias,
        () -> {
          for (int row = 0; row < sums.length; row++) {
            move(bias, 4L * row);
            copier.inline("spread", List.of(address), factor);
            for (int sum : sums[row]) {
              copier.inline("add", List.of(sum, factor), sum);
            }
          }
        });
    unlessZero(
        relu,
        () -> {
          copier.inline("zero", List.of(), factor);
          for (int sum : all()) {
            copier.inline("max", List.of(sum, factor), sum);
          }
        });
    code.lload(result).lstore(to);
    for (int[] row : sums) {
      for (int column = 0; column < VECTORS; column++) {
        move(to, column * BYTES);
        copier.inline("store", List.of(row[column], address), -1);
      }
      step(to, rowStep);
    }
  }

  private void unlessZero(int local, Runnable body) {
    Label end = code.newLabel();
    code.lload(local).lconst_0().lcmp().ifeq(end);
    body.run();
    code.labelBinding(end);
  }

  private void products(Products tile) {
    int[] first = {argument(0), locals.take(2), locals.take(2), locals.take(2)};
    int[] second = {argument(1), locals.take(2), locals.take(2), locals.take(2)};
    load(2, result);
    int[] counts = new int[LOOPS];
    int[] firstSteps = new int[LOOPS];
    int[] secondSteps = new int[LOOPS];
    int[] counters = new int[LOOPS];
    for (int loop = 0; loop < LOOPS; loop++) {
      counts[loop] = argument(NEST + 3 * loop);
      firstSteps[loop] = argument(NEST + 3 * loop + 1);
      secondSteps[loop] = argument(NEST + 3 * loop + 2);
      counters[loop] = locals.take(1);
    }
    int[] rowOffsets = offsets(NEST + 3 * LOOPS, sums.length);
    int[] groupOffsets = offsets(NEST + 3 * LOOPS + sums.length, tile.groups());
    FunctionCopier copier = copier();
    for (int sum : all()) {
      copier.inline("zero", List.of(), sum);
    }
    Label[] next = new Label[LOOPS];
    Label[] end = new Label[LOOPS];
    for (int loop = 0; loop < LOOPS; loop++) {
      code.lload(first[loop]).lstore(first[loop + 1]);
      code.lload(second[loop]).lstore(second[loop + 1]);
      code.lload(counts[loop]).l2i().istore(counters[loop]);
      next[loop] = code.newBoundLabel();
      end[loop] = code.newLabel();
      code.iload(counters[loop]).ifle(end[loop]);
    }
    bounded(first[LOOPS]);
    bounded(second[LOOPS]);
    for (int row = 0; row < sums.length; row++) {
      code.lload(first[LOOPS]).lload(rowOffsets[row]).ladd().lstore(address);
      copier.inline("load", List.of(address), vectors[row]);
    }
    for (int column = 0; column < tile.columns(); column++) {
      code.lload(second[LOOPS]).lload(groupOffsets[column / tile.width()]).ladd();
      code.loadConstant((long) column % tile.width() * tile.step()).ladd().lstore(address);
      copier.inline("load", List.of(address), factor);
      for (int row = 0; row < sums.length; row++) {
        int sum = sums[row][column];
        copier.inline("fma", List.of(vectors[row], factor, sum), sum);
      }
    }
    for (int loop = LOOPS - 1; loop >= 0; loop--) {
      step(first[loop + 1], firstSteps[loop]);
      step(second[loop + 1], secondSteps[loop]);
      code.iinc(counters[loop], -1).goto_(next[loop]);
      code.labelBinding(end[loop]);
    }
    for (int i = 0; i < all().length; i++) {
      move(result, i * BYTES);
      copier.inline("store", List.of(all()[i], address), -1);
    }
    code.return_();
  }

  /// A local variable with the argument of a number.
  private int argument(int number) {
    int local = locals.take(2);
    load(number, local);
    return local;
  }

  private void load(int number, int local) {
    code.aload(VectorCode.ARGUMENTS).loadConstant(number).laload().lstore(local);
  }

  /// Local variables with distances.
  private int[] offsets(int firstArgument, int count) {
    int[] locals = new int[count];
    for (int i = 0; i < count; i++) {
      locals[i] = argument(firstArgument + i);
      bounded(locals[i]);
    }
    return locals;
  }

  /// To be called when all local variables are taken.
  private FunctionCopier copier() {
    return new FunctionCopier(code, List.of(), address, locals.free());
  }

  /// The sums row by row.
  private int[] all() {
    return Arrays.stream(sums).flatMapToInt(Arrays::stream).toArray();
  }

  /// Says that an address or distance is positive and not near the end of the address space, so that the JIT checks no
  /// access to a sum of two of them.
  private void bounded(int local) {
    code.lload(local).loadConstant(Memory.MOST).land().lstore(local);
  }

  private void step(int local, int by) {
    code.lload(local).lload(by).ladd().lstore(local);
  }

  private void move(int base, long offset) {
    code.lload(base).loadConstant(offset).ladd().lstore(address);
  }
}
