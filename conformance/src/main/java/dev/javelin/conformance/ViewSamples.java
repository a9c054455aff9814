package dev.javelin.conformance;

import static dev.javelin.conformance.Domain.REAL;

import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/// Views, what is assembled of pieces, reading and writing at computed places, casts.
final class ViewSamples {
  private static final int[] BOX = {3, 4, 5};
  private static final int[] SMALL = {2, 3, 2};

  private ViewSamples() {}

  static List<OpSample> all() {
    List<OpSample> rows = new ArrayList<>();
    views(rows);
    joins(rows);
    indices(rows);
    casts(rows);
    return rows;
  }

  /// A view is checked as it is and after an op on it, which must look through it.
  private static void view(
      List<OpSample> rows,
      String name,
      UnaryOperator<Tensor> call,
      UnaryOperator<Nd> reference,
      String covers,
      int[]... shapes) {
    rows.add(
        OpSample.of(name, in -> call.apply(in[0]), in -> reference.apply(in[0]))
            .covering(covers)
            .types(OpSample.ALL)
            .within(Tolerance.EXACT)
            .on(Cases.each(REAL, shapes))
            .smooth(Cases.each(REAL, shapes[0])));
    rows.add(
        OpSample.of(
                name + " in an expression",
                in -> call.apply(in[0].mul(2)).add(1),
                in -> reference.apply(in[0]).map(x -> 2 * x + 1))
            .types(List.of(DType.FLOAT32, DType.INT64))
            .on(Cases.each(REAL, shapes))
            .smooth(Cases.each(REAL, shapes[0])));
  }

  private static void views(List<OpSample> rows) {
    int[] one = {2, 1, 3};
    view(
        rows,
        "permute",
        x -> x.permute(2, 0, 1),
        x -> x.permute(2, 0, 1),
        "Tensor.permute",
        SMALL,
        BOX);
    view(
        rows,
        "transpose",
        x -> x.transpose(0, -1),
        x -> x.permute(2, 1, 0),
        "Tensor.transpose",
        SMALL,
        BOX);
    view(
        rows,
        "t",
        Tensor::t,
        Nd::t,
        "Tensor.t",
        new int[] {2, 3},
        new int[] {33, 7},
        new int[] {1, 1});
    view(
        rows,
        "reshape",
        x -> x.reshape(3, -1),
        x -> x.reshape(3, x.numel() / 3),
        "Tensor.reshape",
        SMALL,
        BOX,
        new int[] {9});
    view(
        rows,
        "reshape of a permuted",
        x -> x.permute(1, 0, 2).reshape(-1),
        x -> x.permute(1, 0, 2).reshape(x.numel()),
        "Tensor.reshape",
        SMALL,
        BOX);
    view(
        rows,
        "view",
        x -> x.contiguous().view(-1, 2),
        x -> x.reshape(x.numel() / 2, 2),
        "Tensor.view",
        SMALL,
        BOX);
    view(
        rows,
        "flatten",
        Tensor::flatten,
        x -> x.reshape(x.numel()),
        "Tensor.flatten",
        SMALL,
        BOX,
        new int[] {});
    view(
        rows,
        "flatten(1, -1)",
        x -> x.flatten(1, -1),
        x -> x.reshape(x.size(0), x.numel() / x.size(0)),
        "Tensor.flatten",
        SMALL,
        BOX);
    view(
        rows,
        "unsqueeze(1)",
        x -> x.unsqueeze(1),
        x -> insert(x, 1),
        "Tensor.unsqueeze",
        SMALL,
        new int[] {7});
    view(
        rows,
        "unsqueeze(-1)",
        x -> x.unsqueeze(-1),
        x -> insert(x, x.rank()),
        "Tensor.unsqueeze",
        SMALL,
        new int[] {});
    view(
        rows,
        "squeeze",
        Tensor::squeeze,
        x -> x.reshape(2, 3),
        "Tensor.squeeze",
        one,
        new int[] {1, 2, 3, 1});
    view(rows, "squeeze(1)", x -> x.squeeze(1), x -> x.reshape(2, 3), "Tensor.squeeze", one);
    view(
        rows,
        "expand",
        x -> x.expand(4, 2, 5, -1),
        x -> x.expand(4, 2, 5, 3),
        "Tensor.expand",
        one);
    view(
        rows,
        "narrow",
        x -> x.narrow(1, 1, 2),
        x -> x.slice(1, 1, 1, 2),
        "Tensor.narrow",
        SMALL,
        BOX);
    view(
        rows,
        "slice",
        x -> x.slice(-1, 1, 100, 2),
        x -> x.slice(2, 1, 2, x.size(2) / 2),
        "Tensor.slice",
        SMALL,
        BOX);
    view(
        rows,
        "slice from the end",
        x -> x.slice(0, -2, -1, 1),
        x -> x.slice(0, x.size(0) - 2, 1, 1),
        "Tensor.slice",
        SMALL,
        BOX);
    view(
        rows,
        "empty slice",
        x -> x.slice(0, 1, 1, 1),
        x -> x.slice(0, 1, 1, 0),
        "Tensor.slice",
        SMALL,
        BOX);
    view(
        rows,
        "select",
        x -> x.select(1, -2),
        x -> drop(x.slice(1, x.size(1) - 2, 1, 1), 1),
        "Tensor.select",
        SMALL,
        BOX);
    view(
        rows,
        "get",
        x -> x.get(1, 0),
        x -> drop(drop(x.slice(0, 1, 1, 1), 0).slice(0, 0, 1, 1), 0),
        "Tensor.get",
        SMALL,
        BOX);
    view(
        rows,
        "split",
        x -> x.split(2, 1).get(1),
        x -> x.slice(1, 2, 1, Math.min(2, x.size(1) - 2)),
        "Tensor.split",
        SMALL,
        BOX);
    view(
        rows,
        "chunk",
        x -> x.chunk(2, 0).get(1),
        x -> x.slice(0, (x.size(0) + 1) / 2, 1, x.size(0) / 2),
        "Tensor.chunk",
        SMALL,
        BOX);
    view(
        rows,
        "contiguous",
        x -> x.transpose(0, 1).contiguous(),
        x -> x.permute(1, 0, 2),
        "Tensor.contiguous",
        SMALL,
        BOX);
    view(
        rows,
        "flip",
        x -> x.flip(0, 2),
        x -> Nd.build(x.shape(), i -> x.at(x.size(0) - 1 - i[0], i[1], x.size(2) - 1 - i[2])),
        "Tensor.flip",
        SMALL,
        BOX);
  }

  private static Nd insert(Nd x, int axis) {
    int[] sizes = new int[x.rank() + 1];
    System.arraycopy(x.shape(), 0, sizes, 0, axis);
    sizes[axis] = 1;
    System.arraycopy(x.shape(), axis, sizes, axis + 1, x.rank() - axis);
    return x.reshape(sizes);
  }

  private static Nd drop(Nd x, int axis) {
    int[] sizes = new int[x.rank() - 1];
    System.arraycopy(x.shape(), 0, sizes, 0, axis);
    System.arraycopy(x.shape(), axis + 1, sizes, axis, sizes.length - axis);
    return x.reshape(sizes);
  }

  // ---- joining ----

  private static Nd cat(int axis, Nd... pieces) {
    int[] sizes = pieces[0].shape().clone();
    sizes[axis] = Arrays.stream(pieces).mapToInt(piece -> piece.size(axis)).sum();
    return Nd.build(
        sizes,
        index -> {
          int[] from = index.clone();
          for (Nd piece : pieces) {
            if (from[axis] < piece.size(axis)) {
              return piece.at(from);
            }
            from[axis] -= piece.size(axis);
          }
          throw new AssertionError();
        });
  }

  private static void join(
      List<OpSample> rows,
      String name,
      Function<Tensor[], Tensor> call,
      Function<Nd[], Nd> reference,
      String covers,
      int[]... shapes) {
    List<Input> inputs = Arrays.stream(shapes).map(shape -> Input.of(REAL, shape)).toList();
    rows.add(
        OpSample.of(name, call, reference)
            .covering(covers, "ViewOps.cat")
            .types(OpSample.ALL)
            .within(Tolerance.EXACT)
            .on(List.of(inputs))
            .smooth());
  }

  private static void joins(List<OpSample> rows) {
    join(
        rows,
        "cat(0)",
        in -> Tensor.cat(List.of(in), 0),
        in -> cat(0, in),
        "Tensor.cat",
        new int[] {2, 3},
        new int[] {1, 3},
        new int[] {4, 3});
    join(
        rows,
        "cat(-1)",
        in -> Tensor.cat(List.of(in), -1),
        in -> cat(1, in),
        "Tensor.cat",
        new int[] {2, 3},
        new int[] {2, 1});
    join(
        rows,
        "cat of an empty one",
        in -> Tensor.cat(List.of(in), 0),
        in -> cat(0, in),
        "Tensor.cat",
        new int[] {0, 3},
        new int[] {2, 3});
    join(
        rows,
        "cat of one",
        in -> Tensor.cat(List.of(in), 0),
        in -> cat(0, in),
        "Tensor.cat",
        new int[] {2, 3});
    join(
        rows,
        "cat of the same twice",
        in -> Tensor.cat(List.of(in[0], in[1], in[0]), 1),
        in -> cat(1, in[0], in[1], in[0]),
        "Tensor.cat",
        new int[] {2, 3},
        new int[] {2, 2});
    join(
        rows,
        "stack(1)",
        in -> Tensor.stack(List.of(in), 1),
        in -> cat(1, insert(in[0], 1), insert(in[1], 1)),
        "Tensor.stack",
        new int[] {2, 3},
        new int[] {2, 3});
    join(
        rows,
        "stack of scalars",
        in -> Tensor.stack(List.of(in), 0),
        in -> cat(0, insert(in[0], 0), insert(in[1], 0), insert(in[2], 0)),
        "Tensor.stack",
        new int[] {},
        new int[] {},
        new int[] {});
    rows.add(
        OpSample.of(
                "pad(1, 2, 0, 1)",
                in -> in[0].pad(1, 2, 0, 1),
                in ->
                    Nd.build(
                        new int[] {in[0].size(0) + 1, in[0].size(1) + 3},
                        i -> {
                          boolean inside =
                              i[0] < in[0].size(0) && i[1] >= 1 && i[1] <= in[0].size(1);
                          return inside ? in[0].at(i[0], i[1] - 1) : 0;
                        }))
            .covering("Tensor.pad", "ViewOps.pad")
            .types(OpSample.ALL)
            .within(Tolerance.EXACT)
            .on(Cases.each(REAL, new int[] {2, 3}, new int[] {5, 33}, new int[] {0, 3}))
            .smooth(Cases.each(REAL, new int[] {2, 3})));
    rows.add(
        OpSample.of(
                "copy_slices",
                in -> {
                  Tensor base = in[0].clone();
                  base.narrow(0, 1, 2).copy_(in[1]);
                  return base;
                },
                in -> cat(0, in[0].slice(0, 0, 1, 1), in[1], in[0].slice(0, 3, 1, 1)))
            .covering("ViewOps.overwrite", "Tensor.copy_")
            .types(OpSample.ALL)
            .within(Tolerance.EXACT)
            .with(Input.of(REAL, 4, 3), Input.of(REAL, 2, 3))
            .smooth());
  }

  // ---- computed places ----

  private static void indices(List<OpSample> rows) {
    for (int dim : new int[] {0, 1}) {
      rows.add(
          OpSample.of(
                  "gather(" + dim + ")",
                  in -> in[0].gather(dim, in[1]),
                  in ->
                      Nd.build(
                          in[1].shape(),
                          i ->
                              dim == 0
                                  ? in[0].at((int) in[1].at(i), i[1])
                                  : in[0].at(i[0], (int) in[1].at(i))))
              .covering("Gather", "Tensor.gather")
              .types(OpSample.ALL)
              .within(Tolerance.EXACT)
              .on(
                  List.of(
                      List.of(Input.of(REAL, 5, 5), Input.index(5, 5, 5)),
                      List.of(Input.of(REAL, 7, 7), Input.index(7, 3, 2)),
                      List.of(Input.of(REAL, 33, 33), Input.index(33, 33, 31)),
                      List.of(Input.of(REAL, 5, 5), Input.index(5, 0, 3))))
              .smooth(List.of(List.of(Input.of(REAL, 3, 3), Input.index(3, 2, 3)))));
      rows.add(
          OpSample.of(
                  "index_select(" + dim + ")",
                  in -> in[0].indexSelect(dim, in[1]),
                  in -> {
                    int[] sizes = in[0].shape().clone();
                    sizes[dim] = in[1].numel();
                    return Nd.build(
                        sizes,
                        i -> {
                          int[] from = i.clone();
                          from[dim] = (int) in[1].at(i[dim]);
                          return in[0].at(from);
                        });
                  })
              .covering("Tensor.indexSelect")
              .types(OpSample.ALL)
              .within(Tolerance.EXACT)
              .on(
                  List.of(
                      List.of(Input.of(REAL, 5, 6, 2), Input.index(5, 8)),
                      List.of(Input.of(REAL, 33, 7), Input.index(7, 1)),
                      List.of(Input.of(REAL, 5, 6), Input.index(5, 0))))
              .smooth(List.of(List.of(Input.of(REAL, 3, 3), Input.index(3, 4)))));
      scatterAdd(rows, dim);
    }
    rows.add(
        OpSample.of(
                "one_hot",
                in -> in[0].oneHot(5),
                in -> Nd.build(new int[] {in[0].size(0), 5}, i -> in[0].at(i[0]) == i[1] ? 1 : 0))
            .covering("Tensor.oneHot")
            .types(List.of(DType.INT64))
            .on(List.of(List.of(Input.index(5, 7)), List.of(Input.index(5, 0)))));
  }

  private static void scatterAdd(List<OpSample> rows, int dim) {
    rows.add(
        OpSample.of(
                "scatter_add(" + dim + ")",
                in -> in[0].scatterAdd(dim, in[1], in[2]),
                in -> {
                  double[] sums = in[0].data().clone();
                  int columns = in[0].size(1);
                  int[] index = new int[2];
                  for (int i = 0; i < in[1].numel(); i++) {
                    int at = (int) in[1].at(index);
                    int row = dim == 0 ? at : index[0];
                    sums[row * columns + (dim == 0 ? index[1] : at)] += in[2].at(index);
                    Nd.next(index, in[1].shape());
                  }
                  return new Nd(sums, in[0].shape());
                })
            .covering("Scatter", "Tensor.scatterAdd")
            .types(List.of(DType.FLOAT32, DType.FLOAT64, DType.INT64, DType.INT32))
            .within(Tolerance.sum(33))
            .on(
                List.of(
                    List.of(Input.of(REAL, 5, 5), Input.index(5, 5, 5), Input.of(REAL, 5, 5)),
                    List.of(Input.of(REAL, 7, 7), Input.index(7, 3, 2), Input.of(REAL, 4, 2)),
                    List.of(Input.of(REAL, 33, 33), Input.index(3, 33, 31), Input.of(REAL, 33, 33)),
                    List.of(Input.of(REAL, 5, 5), Input.index(5, 0, 5), Input.of(REAL, 0, 5))))
            .smooth(
                List.of(
                    List.of(Input.of(REAL, 3, 3), Input.index(2, 2, 3), Input.of(REAL, 2, 3)),
                    List.of(Input.of(REAL, 3, 3), Input.index(3, 2, 2), Input.of(REAL, 3, 3)))));
  }

  // ---- casts ----

  private static void casts(List<OpSample> rows) {
    for (DType target : DType.values()) {
      Domain domain =
          target == DType.UINT8
              ? Domain.between(0, 99)
              : target.isFloatingPoint() ? REAL : Domain.between(-99, 99);
      rows.add(
          OpSample.of("to(" + target + ")", in -> in[0].to(target), in -> in[0])
              .covering("Cast", "Tensor.to")
              .types(OpSample.ALL)
              .giving(dtype -> target)
              .within(Tolerance.EXACT)
              .on(
                  Cases.each(
                      domain, new int[] {33}, new int[] {2, 3}, new int[] {0}, new int[] {})));
    }
    convert(rows, "float", Tensor::toFloat, DType.FLOAT32, "toFloat");
    convert(rows, "double", Tensor::toDouble, DType.FLOAT64, "toDouble");
    convert(rows, "half", Tensor::half, DType.FLOAT16, "half");
    convert(rows, "bfloat16", Tensor::bfloat16, DType.BFLOAT16, "bfloat16");
    convert(rows, "long", Tensor::toLong, DType.INT64, "toLong");
    rows.add(
        OpSample.of(
                "to(float64) and back",
                in -> in[0].to(DType.FLOAT64).to(in[0].dtype()),
                in -> in[0])
            .types(OpSample.FLOATS)
            .within(Tolerance.EXACT)
            .on(Cases.each(REAL, new int[] {7}))
            .smooth(Cases.each(REAL, new int[] {2})));
    rows.add(
        OpSample.of("full_like", in -> Tensor.fullLike(in[0], 3), in -> in[0].map(x -> 3))
            .covering("Tensor.fullLike", "Full")
            .types(OpSample.NUMBERS)
            .within(Tolerance.EXACT)
            .on(Cases.each(REAL, new int[] {2, 3}, new int[] {0}, new int[] {})));
    rows.add(
        OpSample.of("zeros_like", in -> Tensor.zerosLike(in[0]), in -> in[0].map(x -> 0))
            .covering("Tensor.zerosLike")
            .types(OpSample.ALL)
            .on(Cases.each(REAL, new int[] {2, 3})));
    rows.add(
        OpSample.of("ones_like", in -> Tensor.onesLike(in[0]), in -> in[0].map(x -> 1))
            .covering("Tensor.onesLike")
            .types(OpSample.ALL)
            .on(Cases.each(REAL, new int[] {2, 3})));
    rows.add(
        OpSample.of(
                "full",
                in -> Tensor.full(Shape.of(2, 3), 2.5, in[0].dtype(), in[0].device()),
                in -> Nd.build(new int[] {2, 3}, i -> 2.5))
            .covering("Tensor.full")
            .within(Tolerance.EXACT)
            .on(Cases.each(REAL, new int[] {1})));
  }

  private static void convert(
      List<OpSample> rows, String name, UnaryOperator<Tensor> call, DType target, String method) {
    rows.add(
        OpSample.of(name, in -> call.apply(in[0]), in -> in[0])
            .covering("Tensor." + method)
            .types(OpSample.ALL)
            .giving(dtype -> target)
            .within(Tolerance.EXACT)
            .on(Cases.each(REAL, new int[] {9})));
  }
}
