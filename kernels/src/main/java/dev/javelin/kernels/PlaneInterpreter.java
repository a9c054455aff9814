package dev.javelin.kernels;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/// The part of the [Interpreter] that works on planes: convolution and pooling.
final class PlaneInterpreter {
  private final MemorySegment[] buffers;
  private final long[] params;

  PlaneInterpreter(MemorySegment[] buffers, long[] params) {
    this.buffers = buffers;
    this.params = params;
  }

  void convolve(Kernel.Convolve kernel) {
    Kernel.Operand target =
        switch (kernel.direction()) {
          case FORWARD -> kernel.y();
          case BACKWARD_DATA -> kernel.x();
          case BACKWARD_WEIGHTS -> kernel.w();
        };
    Shape out = target.view().shape();
    Frame sum = new Frame(new Program(List.of(new Instr.Const(kernel.type(), 0))), buffers, params);
    Frame frame = new Frame(kernel.finish(), buffers, params);
    long[] index = new long[4];
    for (long i = 0; i < out.numel(); i++, Interpreter.next(index, out)) {
      sum.doubles[0] = 0;
      sum.longs[0] = 0;
      switch (kernel.direction()) {
        case FORWARD -> sumForward(kernel, index, sum);
        case BACKWARD_DATA -> sumBackwardData(kernel, index, sum);
        case BACKWARD_WEIGHTS -> sumBackwardWeights(kernel, index, sum);
      }
      frame.run(index, sum);
      Interpreter.store(kernel.buffers(), frame, new Kernel.Store(target, kernel.value()), index);
    }
  }

  private void sumForward(Kernel.Convolve kernel, long[] y, Frame sum) {
    Kernel.Window g = kernel.geometry();
    Shape x = kernel.x().view().shape();
    Shape w = kernel.w().view().shape();
    long group = y[1] / (w.size(0) / g.groups());
    for (long c = 0; c < w.size(1); c++) {
      for (long kh = 0; kh < w.size(2); kh++) {
        for (long kw = 0; kw < w.size(3); kw++) {
          long h = y[2] * g.strideH() - g.padH() + kh * g.dilationH();
          long v = y[3] * g.strideW() - g.padW() + kw * g.dilationW();
          if (h >= 0 && h < x.size(2) && v >= 0 && v < x.size(3)) {
            long[] atX = {y[0], group * w.size(1) + c, h, v};
            long[] atW = {y[1], c, kh, kw};
            Interpreter.multiplyAdd(
                buffers, sum, kernel.buffers(), kernel.x(), atX, kernel.w(), atW);
          }
        }
      }
    }
  }

  private void sumBackwardData(Kernel.Convolve kernel, long[] x, Frame sum) {
    Kernel.Window g = kernel.geometry();
    Shape y = kernel.y().view().shape();
    Shape w = kernel.w().view().shape();
    long perGroup = w.size(0) / g.groups();
    long group = x[1] / w.size(1);
    for (long o = group * perGroup; o < (group + 1) * perGroup; o++) {
      for (long kh = 0; kh < w.size(2); kh++) {
        for (long kw = 0; kw < w.size(3); kw++) {
          long h = x[2] + g.padH() - kh * g.dilationH();
          long v = x[3] + g.padW() - kw * g.dilationW();
          boolean hit = h % g.strideH() == 0 && v % g.strideW() == 0;
          h /= g.strideH();
          v /= g.strideW();
          if (hit && h >= 0 && h < y.size(2) && v >= 0 && v < y.size(3)) {
            long[] atY = {x[0], o, h, v};
            long[] atW = {o, x[1] % w.size(1), kh, kw};
            Interpreter.multiplyAdd(
                buffers, sum, kernel.buffers(), kernel.y(), atY, kernel.w(), atW);
          }
        }
      }
    }
  }

  private void sumBackwardWeights(Kernel.Convolve kernel, long[] w, Frame sum) {
    Kernel.Window g = kernel.geometry();
    Shape x = kernel.x().view().shape();
    Shape y = kernel.y().view().shape();
    Shape weights = kernel.w().view().shape();
    long group = w[0] / (weights.size(0) / g.groups());
    for (long n = 0; n < x.size(0); n++) {
      for (long h = 0; h < y.size(2); h++) {
        for (long v = 0; v < y.size(3); v++) {
          long atH = h * g.strideH() - g.padH() + w[2] * g.dilationH();
          long atW = v * g.strideW() - g.padW() + w[3] * g.dilationW();
          if (atH >= 0 && atH < x.size(2) && atW >= 0 && atW < x.size(3)) {
            long[] atX = {n, group * weights.size(1) + w[1], atH, atW};
            long[] atY = {n, w[0], h, v};
            Interpreter.multiplyAdd(
                buffers, sum, kernel.buffers(), kernel.x(), atX, kernel.y(), atY);
          }
        }
      }
    }
  }

  void pool(Kernel.Pool kernel) {
    Shape x = kernel.x();
    Shape y = kernel.y();
    Frame read = new Frame(kernel.body(), buffers, params);
    DType type = kernel.buffers().get(kernel.target().buffer());
    double[] sums = new double[kernel.op().isBackward() ? (int) x.numel() : 0];
    Kernel.Window g = kernel.window();
    double area = (double) g.kernelH() * g.kernelW();
    long[] index = new long[4];
    for (long i = 0; i < y.numel(); i++, Interpreter.next(index, y)) {
      long plane = (index[0] * x.size(1) + index[1]) * x.size(2) * x.size(3);
      if (kernel.op() == Kernel.PoolOp.MAX_BACKWARD) {
        long at =
            Numbers.getLong(
                DType.INT32, buffers[kernel.index().buffer()], kernel.index().view().at(index));
        sums[(int) (plane + at)] += pooled(kernel, read, index);
        continue;
      }
      double best = Double.NEGATIVE_INFINITY;
      long where = -1;
      double sum = 0;
      for (long kh = 0; kh < g.kernelH(); kh++) {
        for (long kw = 0; kw < g.kernelW(); kw++) {
          long h = index[2] * g.strideH() - g.padH() + kh * g.dilationH();
          long v = index[3] * g.strideW() - g.padW() + kw * g.dilationW();
          if (h < 0 || h >= x.size(2) || v < 0 || v >= x.size(3)) {
            continue;
          }
          if (kernel.op() == Kernel.PoolOp.AVERAGE_BACKWARD) {
            sums[(int) (plane + h * x.size(3) + v)] += pooled(kernel, read, index) / area;
            continue;
          }
          double value = pooled(kernel, read, new long[] {index[0], index[1], h, v});
          sum += value;
          if (where < 0 || !Double.isNaN(best) && (value > best || Double.isNaN(value))) {
            best = value;
            where = h * x.size(3) + v;
          }
        }
      }
      if (kernel.op() == Kernel.PoolOp.MAX) {
        set(type, kernel.target(), index, best);
        Numbers.setLong(
            DType.INT32, buffers[kernel.index().buffer()], kernel.index().view().at(index), where);
      } else if (kernel.op() == Kernel.PoolOp.AVERAGE) {
        set(type, kernel.target(), index, sum / area);
      }
    }
    Arrays.fill(index, 0);
    for (int i = 0; i < sums.length; i++, Interpreter.next(index, x)) {
      set(type, kernel.target(), index, sums[i]);
    }
  }

  private static double pooled(Kernel.Pool kernel, Frame read, long[] index) {
    read.run(index, null);
    return kernel.body().code().get(kernel.value()).type().isFloatingPoint()
        ? read.doubles[kernel.value()]
        : read.longs[kernel.value()];
  }

  private void set(DType type, Kernel.Operand operand, long[] index, double value) {
    Numbers.setDouble(type, buffers[operand.buffer()], operand.view().at(index), value);
  }
}
