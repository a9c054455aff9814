package dev.javelin.kernels;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/// Runs kernels one element at a time in double precision (long for integers): what every backend is measured against.
///
/// Slow and plain on purpose. A value is rounded only where a program says so and where it is stored.
public final class Interpreter {
  private final MemorySegment[] buffers;
  private final long[] params;

  private Interpreter(MemorySegment[] buffers, long[] params) {
    this.buffers = buffers;
    this.params = params;
  }

  /// Runs a kernel.
  ///
  /// @param kernel what to run
  /// @param buffers the memory of each buffer, beginning at the element that views count from
  /// @param params the launch's parameters: integers, or the bits of doubles
  public static void run(Kernel kernel, MemorySegment[] buffers, long... params) {
    Interpreter run = new Interpreter(buffers, params);
    switch (kernel) {
      case Kernel.Map map -> map.parts().forEach(part -> run.map(map, part));
      case Kernel.Reduce reduce ->
          run.rows(
              reduce.buffers(),
              reduce.outer(),
              reduce.inner(),
              reduce.body(),
              reduce.folds(),
              List.of(),
              reduce.finish(),
              reduce.stores());
      case Kernel.RowWise row ->
          run.rows(
              row.buffers(),
              row.outer(),
              row.inner(),
              row.body(),
              row.folds(),
              row.stores(),
              row.finish(),
              row.rowStores());
      case Kernel.Contract contract -> run.contract(contract);
      case Kernel.Convolve convolve -> new PlaneInterpreter(buffers, params).convolve(convolve);
      case Kernel.Pool pool -> new PlaneInterpreter(buffers, params).pool(pool);
      case Kernel.Attention attention -> new AttentionInterpreter(buffers).forward(attention);
      case Kernel.AttentionBackward backward ->
          new AttentionInterpreter(buffers).backward(backward);
      case Kernel.Gather gather -> run.gather(gather);
      case Kernel.Scatter scatter -> run.scatter(scatter);
      case Kernel.Random random -> run.random(random);
      case Kernel.Copy copy -> run.copy(copy);
    }
  }

  private Frame frame(Program program) {
    return new Frame(program, buffers, params);
  }

  private void map(Kernel.Map kernel, Kernel.Part part) {
    Frame frame = frame(part.program());
    long[] index = new long[part.shape().rank()];
    for (long i = 0; i < part.shape().numel(); i++, next(index, part.shape())) {
      frame.run(index, null);
      for (Kernel.Store store : part.stores()) {
        frame.store(kernel.buffers().get(store.to().buffer()), store.to(), store.value(), index);
      }
    }
  }

  private void rows(
      List<DType> types,
      Shape outer,
      Shape inner,
      Program body,
      List<Kernel.Fold> folds,
      List<Kernel.Store> stores,
      Program finish,
      List<Kernel.Store> rowStores) {
    Frame element = frame(body);
    Frame end = frame(finish);
    Frame results = frame(new Program(foldTypes(folds)));
    long[] row = new long[outer.rank()];
    long[] index = new long[outer.rank() + inner.rank()];
    long[] at = new long[inner.rank()];
    for (long r = 0; r < outer.numel(); r++, next(row, outer)) {
      System.arraycopy(row, 0, index, 0, row.length);
      for (int f = 0; f <= folds.size(); f++) {
        // One pass for each fold, since it may use the results of those before, and one for the
        // stores.
        boolean last = f == folds.size();
        if (last && stores.isEmpty()) {
          break;
        }
        if (!last) {
          start(results, f, folds.get(f));
        }
        Arrays.fill(at, 0);
        for (long i = 0; i < inner.numel(); i++, next(at, inner)) {
          System.arraycopy(at, 0, index, row.length, at.length);
          element.run(index, results);
          if (last) {
            for (Kernel.Store store : stores) {
              element.store(types.get(store.to().buffer()), store.to(), store.value(), index);
            }
          } else {
            accumulate(results, f, folds.get(f), element, i);
          }
        }
      }
      end.run(row, results);
      for (Kernel.Store store : rowStores) {
        end.store(types.get(store.to().buffer()), store.to(), store.value(), row);
      }
    }
  }

  private static List<Instr> foldTypes(List<Kernel.Fold> folds) {
    return folds.stream().map(fold -> (Instr) new Instr.Const(fold.type(), 0)).toList();
  }

  private double bestDouble;
  private long bestLong;

  private void start(Frame results, int f, Kernel.Fold fold) {
    results.doubles[f] =
        switch (fold.op()) {
          case SUM, ARGMAX, ARGMIN -> 0;
          case PROD -> 1;
          case MAX -> Double.NEGATIVE_INFINITY;
          case MIN -> Double.POSITIVE_INFINITY;
        };
    boolean wide = fold.type() == DType.INT64;
    results.longs[f] =
        switch (fold.op()) {
          case SUM, ARGMAX, ARGMIN -> 0;
          case PROD -> 1;
          case MAX -> wide ? Long.MIN_VALUE : Integer.MIN_VALUE;
          case MIN -> wide ? Long.MAX_VALUE : Integer.MAX_VALUE;
        };
  }

  private void accumulate(Frame results, int f, Kernel.Fold fold, Frame element, long i) {
    double value = element.doubles[fold.value()];
    long whole = element.longs[fold.value()];
    switch (fold.op()) {
      case SUM -> {
        results.doubles[f] += value;
        results.longs[f] += whole;
      }
      case PROD -> {
        results.doubles[f] *= value;
        results.longs[f] *= whole;
      }
      case MAX -> {
        results.doubles[f] = Math.max(results.doubles[f], value);
        results.longs[f] = Math.max(results.longs[f], whole);
      }
      case MIN -> {
        results.doubles[f] = Math.min(results.doubles[f], value);
        results.longs[f] = Math.min(results.longs[f], whole);
      }
      case ARGMAX, ARGMIN -> {
        boolean isFloat = element.program.code().get(fold.value()).type().isFloatingPoint();
        if (i == 0 || better(fold.op() == Kernel.FoldOp.ARGMAX, isFloat, value, whole)) {
          bestDouble = value;
          bestLong = whole;
          results.longs[f] = i;
        }
      }
    }
  }

  private boolean better(boolean max, boolean isFloat, double value, long whole) {
    if (!isFloat) {
      return max ? whole > bestLong : whole < bestLong;
    }
    if (Double.isNaN(bestDouble)) {
      return false;
    }
    return Double.isNaN(value) || (max ? value > bestDouble : value < bestDouble);
  }

  private void contract(Kernel.Contract kernel) {
    Shape left = kernel.a().view().shape();
    long inner = left.size(-1);
    int rank = left.rank();
    Shape out = left.with(rank - 1, kernel.b().view().shape().size(-1));
    Frame sum = frame(new Program(List.of(new Instr.Const(kernel.type(), 0))));
    Frame frame = frame(kernel.finish());
    long[] index = new long[rank];
    long[] a = new long[rank];
    long[] b = new long[rank];
    for (long i = 0; i < out.numel(); i++, next(index, out)) {
      System.arraycopy(index, 0, a, 0, rank - 1);
      System.arraycopy(index, 0, b, 0, rank - 2);
      b[rank - 1] = index[rank - 1];
      sum.doubles[0] = 0;
      sum.longs[0] = 0;
      for (long k = 0; k < inner; k++) {
        a[rank - 1] = k;
        b[rank - 2] = k;
        multiplyAdd(buffers, sum, kernel.buffers(), kernel.a(), a, kernel.b(), b);
      }
      frame.run(index, sum);
      store(kernel.buffers(), frame, kernel.store(), index);
    }
  }

  static void store(List<DType> types, Frame frame, Kernel.Store store, long[] index) {
    frame.store(types.get(store.to().buffer()), store.to(), store.value(), index);
  }

  static void multiplyAdd(
      MemorySegment[] buffers,
      Frame sum,
      List<DType> types,
      Kernel.Operand a,
      long[] atA,
      Kernel.Operand b,
      long[] atB) {
    long left = a.view().at(atA);
    long right = b.view().at(atB);
    DType type = types.get(a.buffer());
    if (type.isFloatingPoint()) {
      sum.doubles[0] +=
          Numbers.getDouble(type, buffers[a.buffer()], left)
              * Numbers.getDouble(type, buffers[b.buffer()], right);
    } else {
      sum.longs[0] +=
          Numbers.getLong(type, buffers[a.buffer()], left)
              * Numbers.getLong(type, buffers[b.buffer()], right);
    }
  }

  private long place(List<DType> types, Kernel.Operand index, long[] at, long size) {
    DType type = types.get(index.buffer());
    return ScalarOp.index(
        Numbers.getLong(type, buffers[index.buffer()], index.view().at(at)), size);
  }

  private void gather(Kernel.Gather kernel) {
    long[] index = new long[kernel.shape().rank()];
    for (long i = 0; i < kernel.shape().numel(); i++, next(index, kernel.shape())) {
      long place = place(kernel.buffers(), kernel.index(), index, kernel.axisSize());
      transfer(
          kernel.buffers(),
          kernel.source(),
          kernel.source().view().at(index) + place * kernel.axisStride(),
          kernel.target(),
          kernel.target().view().at(index));
    }
  }

  private void transfer(
      List<DType> types, Kernel.Operand from, long source, Kernel.Operand to, long target) {
    DType type = types.get(from.buffer());
    MemorySegment.copy(
        buffers[from.buffer()],
        source * type.bytes(),
        buffers[to.buffer()],
        target * type.bytes(),
        type.bytes());
  }

  private void scatter(Kernel.Scatter kernel) {
    DType type = kernel.buffers().get(kernel.source().buffer());
    MemorySegment target = buffers[kernel.target().buffer()];
    long[] index = new long[kernel.shape().rank()];
    for (long i = 0; i < kernel.shape().numel(); i++, next(index, kernel.shape())) {
      long place = place(kernel.buffers(), kernel.index(), index, kernel.axisSize());
      long to = kernel.target().view().at(index) + place * kernel.axisStride();
      long from = kernel.source().view().at(index);
      if (!kernel.add()) {
        transfer(kernel.buffers(), kernel.source(), from, kernel.target(), to);
      } else if (type.isFloatingPoint()) {
        double sum =
            Numbers.getDouble(type, target, to)
                + Numbers.getDouble(type, buffers[kernel.source().buffer()], from);
        Numbers.setDouble(type, target, to, sum);
      } else {
        long sum =
            Numbers.getLong(type, target, to)
                + Numbers.getLong(type, buffers[kernel.source().buffer()], from);
        Numbers.setLong(type, target, to, sum);
      }
    }
  }

  private void random(Kernel.Random kernel) {
    View view = kernel.target().view();
    DType type = kernel.buffers().get(kernel.target().buffer());
    MemorySegment target = buffers[kernel.target().buffer()];
    boolean wide = type == DType.FLOAT64;
    int perBlock = wide ? 2 : 4;
    int[] words = new int[4];
    double[] uniforms = new double[perBlock];
    for (long i = 0; i < view.shape().numel(); i++) {
      int lane = (int) (i % perBlock);
      if (lane == 0) {
        Philox.block(params[0], params[1] + i / perBlock, 0, words);
        for (int l = 0; l < perBlock; l++) {
          uniforms[l] =
              wide ? Philox.uniform(words[2 * l], words[2 * l + 1]) : Philox.uniform(words[l]);
        }
      }
      long at = view.atLinear(i);
      switch (kernel.distribution()) {
        case UNIFORM -> Numbers.setDouble(type, target, at, uniforms[lane]);
        case NORMAL -> {
          double radius = Math.sqrt(-2 * Math.log(1 - uniforms[lane & ~1]));
          double angle = 2 * Math.PI * uniforms[lane | 1];
          Numbers.setDouble(
              type, target, at, radius * ((lane & 1) == 0 ? Math.cos(angle) : Math.sin(angle)));
        }
        case WORDS -> Numbers.setLong(type, target, at, words[lane] & 0xFFFFFFFFL);
      }
    }
  }

  private void copy(Kernel.Copy kernel) {
    for (long i = 0; i < kernel.source().view().shape().numel(); i++) {
      transfer(
          kernel.buffers(),
          kernel.source(),
          kernel.source().view().atLinear(i),
          kernel.target(),
          kernel.target().view().atLinear(i));
    }
  }

  /// Steps to the next index, row by row.
  static void next(long[] index, Shape shape) {
    for (int axis = index.length - 1; axis >= 0; axis--) {
      if (++index[axis] < shape.size(axis)) {
        return;
      }
      index[axis] = 0;
    }
  }
}
