package dev.javelin.conformance;

import static dev.javelin.conformance.Domain.REAL;

import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/// Reading and writing at computed places, and casts.
final class IndexSamples {

  private IndexSamples() {}

  static List<OpSample> all() {
    List<OpSample> rows = new ArrayList<>();
    indices(rows);
    casts(rows);
    return rows;
  }

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
