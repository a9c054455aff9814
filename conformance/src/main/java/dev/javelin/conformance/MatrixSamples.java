package dev.javelin.conformance;

import static dev.javelin.conformance.Domain.DISTINCT;
import static dev.javelin.conformance.Domain.REAL;

import dev.javelin.Tensor;
import dev.javelin.kernels.Kernel.PoolOp;
import dev.javelin.kernels.Kernel.Window;
import dev.javelin.ops.MatrixOps;
import java.util.ArrayList;
import java.util.List;

/// Products, convolutions, pooling.
final class MatrixSamples {
  private MatrixSamples() {}

  static List<OpSample> all() {
    List<OpSample> rows = new ArrayList<>();
    products(rows);
    linear(rows);
    convolutions(rows);
    pooling(rows);
    return rows;
  }

  private static List<Input> pair(int[] a, int[] b) {
    return List.of(Input.of(REAL, a), Input.of(REAL, b));
  }

  private static void products(List<OpSample> rows) {
    List<List<Input>> matrices = new ArrayList<>();
    for (int[] mkn :
        new int[][] {
          {1, 1, 1},
          {3, 7, 8},
          {13, 31, 33},
          {33, 100, 13},
          {1, 1025, 3},
          {7, 1, 1023},
          {0, 3, 4},
          {3, 0, 4},
          {3, 4, 0},
          {8, 33, 1},
          {100, 3, 31},
          {64, 64, 64}
        }) {
      matrices.add(pair(new int[] {mkn[0], mkn[1]}, new int[] {mkn[1], mkn[2]}));
    }
    List<List<Input>> small = List.of(pair(new int[] {2, 3}, new int[] {3, 2}));
    rows.add(
        OpSample.of("mm", in -> in[0].mm(in[1]), in -> in[0].matmul(in[1]))
            .covering("MatMul", "Tensor.mm")
            .within(Tolerance.sum(1025))
            .on(matrices)
            .smooth(small));
    rows.add(
        OpSample.of(
                "mm of a transpose",
                in -> in[0].t().mm(in[1].t()),
                in -> in[0].t().matmul(in[1].t()))
            .within(Tolerance.sum(100))
            .on(
                List.of(
                    pair(new int[] {31, 13}, new int[] {33, 31}),
                    pair(new int[] {3, 1}, new int[] {8, 3})))
            .smooth(List.of(pair(new int[] {2, 3}, new int[] {3, 2}))));
    rows.add(
        OpSample.of("matmul", in -> in[0].matmul(in[1]), MatrixSamples::matmul)
            .covering("Tensor.matmul")
            .within(Tolerance.sum(100))
            .on(
                List.of(
                    pair(new int[] {7}, new int[] {7}),
                    pair(new int[] {7}, new int[] {7, 5}),
                    pair(new int[] {5, 7}, new int[] {7}),
                    pair(new int[] {3, 5, 7}, new int[] {3, 7, 4}),
                    pair(new int[] {3, 5, 7}, new int[] {7, 4}),
                    pair(new int[] {5, 7}, new int[] {3, 7, 4}),
                    pair(new int[] {2, 1, 5, 7}, new int[] {3, 7, 4}),
                    pair(new int[] {3, 5, 7}, new int[] {7}),
                    pair(new int[] {7}, new int[] {3, 7, 4}),
                    pair(new int[] {0, 5, 7}, new int[] {7, 4})))
            .smooth(
                List.of(
                    pair(new int[] {3}, new int[] {3}),
                    pair(new int[] {3}, new int[] {3, 2}),
                    pair(new int[] {2, 3}, new int[] {3}),
                    pair(new int[] {2, 2, 3}, new int[] {2, 3, 2}),
                    pair(new int[] {2, 1, 2, 3}, new int[] {2, 3, 1}),
                    pair(new int[] {2, 2, 3}, new int[] {3, 2}))));
  }

  private static Nd matmul(Nd[] in) {
    Nd a = in[0];
    Nd b = in[1];
    Nd left = a.rank() == 1 ? a.reshape(1, a.size(0)) : a;
    Nd right = b.rank() == 1 ? b.reshape(b.size(0), 1) : b;
    Nd product = left.matmul(right);
    List<Integer> sizes = new ArrayList<>();
    for (int axis = 0; axis < product.rank(); axis++) {
      boolean added =
          axis == product.rank() - 2 && a.rank() == 1
              || axis == product.rank() - 1 && b.rank() == 1;
      if (!added) {
        sizes.add(product.size(axis));
      }
    }
    return product.reshape(sizes.stream().mapToInt(Integer::intValue).toArray());
  }

  private static void linear(List<OpSample> rows) {
    for (boolean bias : new boolean[] {true, false}) {
      List<List<Input>> cases = new ArrayList<>();
      for (int[] shape :
          new int[][] {{1, 1, 1}, {3, 7, 8}, {33, 31, 13}, {100, 20, 10}, {0, 3, 4}}) {
        cases.add(linearInputs(bias, new int[] {shape[0], shape[1]}, shape[2]));
      }
      cases.add(linearInputs(bias, new int[] {2, 3, 7}, 5));
      cases.add(linearInputs(bias, new int[] {7}, 5));
      rows.add(
          OpSample.of(
                  bias ? "linear" : "linear without bias",
                  in -> Tensor.call(MatrixOps.linear(bias), in),
                  in -> linear(in, bias))
              .covering("MatrixOps.linear")
              .within(Tolerance.sum(100))
              .on(cases)
              .smooth(
                  List.of(
                      linearInputs(bias, new int[] {2, 3}, 2),
                      linearInputs(bias, new int[] {2, 1, 3}, 2),
                      linearInputs(bias, new int[] {3}, 2))));
    }
  }

  private static List<Input> linearInputs(boolean bias, int[] x, int out) {
    List<Input> inputs = new ArrayList<>();
    inputs.add(Input.of(REAL, x));
    inputs.add(Input.of(REAL, out, x[x.length - 1]));
    if (bias) {
      inputs.add(Input.of(REAL, out));
    }
    return inputs;
  }

  private static Nd linear(Nd[] in, boolean bias) {
    Nd product = matmul(new Nd[] {in[0], in[1].t()});
    return bias ? product.plus(in[2]) : product;
  }

  // ---- convolution ----

  private static void convolution(
      List<OpSample> rows, String name, Window window, boolean bias, int[] x, int[] w) {
    List<Input> inputs = new ArrayList<>();
    inputs.add(Input.of(REAL, x));
    inputs.add(Input.of(REAL, w));
    if (bias) {
      inputs.add(Input.of(REAL, w[0]));
    }
    boolean small = Nd.count(x) <= 64;
    OpSample row =
        OpSample.of(
                "conv2d " + name,
                in -> Tensor.call(MatrixOps.conv2d(window, bias), in),
                in -> convolve(in, window))
            .covering("MatrixOps.conv2d", "Convolution")
            .within(Tolerance.sum(100))
            .on(List.of(inputs));
    rows.add(small ? row.smooth() : row);
  }

  private static void convolutions(List<OpSample> rows) {
    Window plain = new Window(3, 3, 1, 1, 0, 0, 1, 1, 1);
    convolution(rows, "3x3", plain, true, new int[] {2, 3, 8, 7}, new int[] {5, 3, 3, 3});
    convolution(rows, "3x3 small", plain, true, new int[] {1, 2, 4, 3}, new int[] {2, 2, 3, 3});
    convolution(
        rows,
        "padded, stepping",
        new Window(3, 2, 2, 1, 1, 1, 1, 1, 1),
        true,
        new int[] {1, 2, 5, 4},
        new int[] {2, 2, 3, 2});
    convolution(
        rows,
        "dilated",
        new Window(2, 2, 1, 2, 0, 1, 2, 1, 1),
        false,
        new int[] {1, 1, 5, 4},
        new int[] {2, 1, 2, 2});
    convolution(
        rows,
        "in groups",
        new Window(2, 2, 1, 1, 0, 0, 1, 1, 2),
        true,
        new int[] {1, 4, 3, 3},
        new int[] {4, 2, 2, 2});
    convolution(
        rows,
        "by channel",
        new Window(3, 3, 1, 1, 1, 1, 1, 1, 13),
        false,
        new int[] {2, 13, 7, 9},
        new int[] {13, 1, 3, 3});
    convolution(
        rows,
        "1x1",
        new Window(1, 1, 1, 1, 0, 0, 1, 1, 1),
        true,
        new int[] {3, 8, 7, 7},
        new int[] {13, 8, 1, 1});
    convolution(
        rows,
        "3x3 of many images",
        new Window(3, 3, 1, 1, 1, 1, 1, 1, 1),
        true,
        new int[] {32, 3, 7, 6},
        new int[] {5, 3, 3, 3});
    convolution(
        rows,
        "5x5 of a picture",
        new Window(5, 5, 1, 1, 0, 0, 1, 1, 1),
        true,
        new int[] {2, 1, 28, 28},
        new int[] {10, 1, 5, 5});
    convolution(
        rows,
        "of nothing",
        new Window(3, 3, 1, 1, 0, 0, 1, 1, 1),
        true,
        new int[] {0, 3, 8, 7},
        new int[] {5, 3, 3, 3});
  }

  private static Nd convolve(Nd[] in, Window window) {
    Nd x = in[0];
    Nd w = in[1];
    int[] sizes = {
      x.size(0), w.size(0), (int) window.outHeight(x.size(2)), (int) window.outWidth(x.size(3))
    };
    int perGroup = w.size(0) / (int) window.groups();
    return Nd.build(
        sizes,
        i -> {
          double sum = in.length > 2 ? in[2].at(i[1]) : 0;
          int group = i[1] / perGroup;
          for (int c = 0; c < w.size(1); c++) {
            for (int kh = 0; kh < w.size(2); kh++) {
              for (int kw = 0; kw < w.size(3); kw++) {
                long row = i[2] * window.strideH() + kh * window.dilationH() - window.padH();
                long column = i[3] * window.strideW() + kw * window.dilationW() - window.padW();
                if (row >= 0 && row < x.size(2) && column >= 0 && column < x.size(3)) {
                  sum +=
                      x.at(i[0], group * w.size(1) + c, (int) row, (int) column)
                          * w.at(i[1], c, kh, kw);
                }
              }
            }
          }
          return sum;
        });
  }

  // ---- pooling ----

  private static void pooling(List<OpSample> rows) {
    Window[] windows = {
      new Window(2, 2, 2, 2, 0, 0, 1, 1, 1),
      new Window(3, 2, 1, 2, 1, 1, 1, 1, 1),
      new Window(3, 3, 3, 3, 0, 0, 1, 1, 1)
    };
    for (PoolOp op : new PoolOp[] {PoolOp.MAX, PoolOp.AVERAGE}) {
      for (Window window : windows) {
        rows.add(
            OpSample.of(
                    (op == PoolOp.MAX ? "max_pool2d " : "avg_pool2d ")
                        + window.kernelH()
                        + "x"
                        + window.kernelW(),
                    in -> Tensor.call(MatrixOps.pool2d(op, window, false, in[0].shape()), in[0]),
                    in -> pool(in[0], op, window, sizes(in[0], window)))
                .covering("MatrixOps.pool2d", "Pooling")
                .on(
                    Cases.each(
                        DISTINCT,
                        new int[] {1, 1, 4, 4},
                        new int[] {2, 3, 8, 7},
                        new int[] {1, 13, 24, 24},
                        new int[] {0, 2, 4, 4}))
                .smooth(Cases.each(DISTINCT, new int[] {1, 2, 4, 3})));
      }
      Window[] reaching = {windows[0], new Window(3, 2, 2, 3, 1, 1, 1, 1, 1)};
      for (Window window : reaching) {
        rows.add(
            OpSample.of(
                    (op == PoolOp.MAX ? "max_pool2d ceil " : "avg_pool2d ceil ") + window.kernelH(),
                    in -> Tensor.call(MatrixOps.pool2d(op, window, true, in[0].shape()), in[0]),
                    in -> {
                      int[] sizes = {
                        in[0].size(0),
                        in[0].size(1),
                        reaching(in[0].size(2), window.kernelH(), window.strideH(), window.padH()),
                        reaching(in[0].size(3), window.kernelW(), window.strideW(), window.padW())
                      };
                      return pool(in[0], op, window, sizes);
                    })
                .covering("MatrixOps.pool2d")
                .on(Cases.each(DISTINCT, new int[] {2, 3, 9, 7}, new int[] {1, 13, 4, 5}))
                .smooth(Cases.each(DISTINCT, new int[] {1, 2, 5, 3})));
      }
    }
  }

  /// How many windows there are where the last one may reach beyond the padding, by counting.
  private static int reaching(int size, long kernel, long stride, long pad) {
    int windows = 0;
    long start = -pad;
    while (start < size && start + kernel - stride < size + pad) {
      windows++;
      start += stride;
    }
    return windows;
  }

  private static int[] sizes(Nd x, Window window) {
    return new int[] {
      x.size(0), x.size(1), (int) window.outHeight(x.size(2)), (int) window.outWidth(x.size(3))
    };
  }

  private static Nd pool(Nd x, PoolOp op, Window window, int[] sizes) {
    return Nd.build(
        sizes,
        i -> {
          double sum = 0;
          double max = Double.NEGATIVE_INFINITY;
          for (int kh = 0; kh < window.kernelH(); kh++) {
            for (int kw = 0; kw < window.kernelW(); kw++) {
              long row = i[2] * window.strideH() + kh - window.padH();
              long column = i[3] * window.strideW() + kw - window.padW();
              if (row >= 0 && row < x.size(2) && column >= 0 && column < x.size(3)) {
                double value = x.at(i[0], i[1], (int) row, (int) column);
                sum += value;
                max = Math.max(max, value);
              }
            }
          }
          return op == PoolOp.MAX ? max : sum / (window.kernelH() * window.kernelW());
        });
  }
}
