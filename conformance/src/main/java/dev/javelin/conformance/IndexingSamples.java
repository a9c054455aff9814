package dev.javelin.conformance;

import static dev.javelin.conformance.Domain.DISTINCT;
import static dev.javelin.conformance.Domain.REAL;

import dev.javelin.Index;
import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/// Reading and writing parts of tensors: ranges, masks, index tensors, scatter.
final class IndexingSamples {
  private static final List<DType> SOME =
      List.of(DType.FLOAT32, DType.FLOAT64, DType.INT64, DType.BOOL);
  private static final List<DType> FEW = List.of(DType.FLOAT32, DType.FLOAT64);
  private static final Input INDEX_3 = Input.index(3, 4);

  private IndexingSamples() {}

  static List<OpSample> all() {
    List<OpSample> rows = new ArrayList<>();
    parts(rows);
    writes(rows);
    masks(rows);
    scatter(rows);
    reduce(rows);
    slices(rows);
    return rows;
  }

  private static OpSample row(
      String name, Function<Tensor[], Tensor> call, Function<Nd[], Nd> reference, Input... inputs) {
    return OpSample.of(name, call, reference)
        .types(SOME)
        .within(Tolerance.EXACT)
        .with(inputs)
        .smooth();
  }

  /// A row that changes a copy of the first argument.
  private static OpSample writing(
      String name, Consumer<Tensor[]> call, Function<Nd[], Nd> reference, Input... inputs) {
    return row(
        name,
        in -> {
          Tensor[] all = in.clone();
          all[0] = in[0].clone();
          call.accept(all);
          return all[0];
        },
        reference,
        inputs);
  }

  private static Input real(int... shape) {
    return Input.of(REAL, shape);
  }

  private static int wrap(double index, int size) {
    return (int) (index < 0 ? index + size : index);
  }

  private static Input signed(int n, int... shape) {
    return new Input(Domain.between(-n, n - 1), Optional.of(DType.INT64), shape);
  }

  // ---- reading ----

  private static void parts(List<OpSample> rows) {
    rows.add(
        row(
                "x[1:, ::2]",
                in -> in[0].get("1:, ::2"),
                in -> in[0].slice(0, 1, 1, 4).slice(1, 0, 2, 4),
                real(5, 7))
            .covering("Tensor.get"));
    rows.add(
        row(
            "x[..., -1, None]",
            in -> in[0].get("..., -1, None"),
            in -> in[0].slice(2, 3, 1, 1),
            real(2, 3, 4)));
    rows.add(
        row(
                "x[i] for a matrix i",
                in -> in[0].index(List.of(in[1])),
                in ->
                    Nd.build(
                        new int[] {2, 3, 2}, i -> in[0].at(wrap(in[1].at(i[0], i[1]), 4), i[2])),
                real(4, 2),
                signed(4, 2, 3))
            .covering("IndexOps.flatIndex", "Tensor.index"));
    rows.add(
        row(
            "x[:, i, j]",
            in -> in[0].get(Index.all(), Index.of(in[1]), Index.of(in[2])),
            in ->
                Nd.build(
                    new int[] {2, 2, 3},
                    i -> in[0].at(i[0], (int) in[1].at(i[1], 0), wrap(in[2].at(i[2]), 4))),
            real(2, 3, 4),
            Input.index(3, 2, 1),
            signed(4, 3)));
    rows.add(
        row(
            "x[i, :, j]",
            in -> in[0].get(Index.of(in[1]), Index.from(1), Index.of(in[2])),
            in ->
                Nd.build(
                    new int[] {4, 2},
                    i -> in[0].at((int) in[1].at(i[0]), i[1] + 1, (int) in[2].at(i[0]))),
            real(3, 3, 3),
            INDEX_3,
            INDEX_3));
    rows.add(
        row(
                "take",
                in -> in[0].take(in[1]),
                in -> Nd.build(in[1].shape(), i -> in[0].data()[wrap(in[1].at(i), 6)]),
                real(2, 3),
                signed(6, 2, 2))
            .covering("Tensor.take"));
    rows.add(
        row(
                "take_along_dim",
                in -> in[0].takeAlongDim(in[1], 1),
                in -> Nd.build(new int[] {3, 2}, i -> in[0].at(i[0], (int) in[1].at(0, i[1]))),
                real(3, 4),
                Input.index(4, 1, 2))
            .covering("Tensor.takeAlongDim"));
  }

  // ---- writing ----

  private static void writes(List<OpSample> rows) {
    rows.add(
        writing(
                "x[1:, 0] = y",
                in -> in[0].indexPut_(in[1], Index.from(1), Index.at(0)),
                in ->
                    Nd.build(
                        in[0].shape(),
                        i -> i[0] > 0 && i[1] == 0 ? in[1].at(i[0] - 1) : in[0].at(i)),
                real(4, 3),
                real(3))
            .covering("Tensor.indexPut_"));
    rows.add(
        writing(
            "x[-1] = 1",
            in -> in[0].indexPut_(1, Index.at(-1)),
            in -> Nd.build(in[0].shape(), i -> i[0] == 2 ? 1 : in[0].at(i)),
            real(3, 2)));
    rows.add(
        writing(
            "x[:, [2, 0]] = y",
            in -> in[0].indexPut_(in[1], Index.all(), Index.of(2, 0)),
            in ->
                Nd.build(
                    in[0].shape(),
                    i -> i[1] == 1 ? in[0].at(i) : in[1].at(i[0], i[1] == 2 ? 0 : 1)),
            real(4, 3),
            real(4, 2)));
    rows.add(
        writing(
                "index_put_(i, j, accumulate)",
                in -> in[0].indexPut_(List.of(in[1], in[2]), in[3], true),
                in -> {
                  double[] sums = in[0].data().clone();
                  for (int k = 0; k < 4; k++) {
                    sums[(int) (in[1].at(k) * 3 + in[2].at(k))] += in[3].at(k);
                  }
                  return new Nd(sums, in[0].shape());
                },
                real(3, 3),
                INDEX_3,
                INDEX_3,
                real(4))
            .types(FEW)
            .within(Tolerance.sum(4)));
    rows.add(
        writing(
            "x[[0, 2], :, [1, 0]] = y",
            in -> in[0].indexPut_(in[1], Index.of(0, 2), Index.all(), Index.of(1, 0)),
            in ->
                Nd.build(
                    in[0].shape(),
                    i ->
                        i[0] == 0 && i[2] == 1
                            ? in[1].at(0, i[1])
                            : i[0] == 2 && i[2] == 0 ? in[1].at(1, i[1]) : in[0].at(i)),
            real(3, 2, 2),
            real(2, 2)));
  }

  // ---- masks ----

  private static Nd selected(Nd values, Nd mask) {
    List<Double> kept = new ArrayList<>();
    int[] index = new int[values.rank()];
    for (int i = 0; i < values.numel(); i++) {
      if (mask.at(index) != 0) {
        kept.add(values.data()[i]);
      }
      Nd.next(index, values.shape());
    }
    return new Nd(kept.stream().mapToDouble(x -> x).toArray(), kept.size());
  }

  private static void masks(List<OpSample> rows) {
    rows.add(
        row(
                "x[mask]",
                in -> in[0].get(Index.of(in[1])),
                in -> selected(in[0], in[1]),
                real(3, 4),
                Input.bools(3, 4))
            .covering("IndexOps.nonzero"));
    rows.add(
        row(
                "x[:, mask] of many",
                in -> in[0].get(Index.all(), Index.of(in[1])).flatten(),
                in -> selected(in[0], in[1]),
                real(1, 300),
                Input.bools(300))
            .smooth(List.of()));
    rows.add(
        row(
                "masked_select",
                in -> in[0].maskedSelect(in[1]),
                in -> selected(in[0], in[1]),
                real(3, 4),
                Input.bools(4))
            .covering("Tensor.maskedSelect"));
    rows.add(
        row(
                "nonzero",
                in -> in[0].nonzero(),
                in -> {
                  Nd row = selected(Nd.build(in[0].shape(), i -> i[0]), in[0]);
                  Nd column = selected(Nd.build(in[0].shape(), i -> i[1]), in[0]);
                  return Nd.build(
                      new int[] {row.numel(), 2}, i -> (i[1] == 0 ? row : column).at(i[0]));
                },
                Input.of(Domain.fixed(0, 1, 1, 0, 2), 3, 4))
            .covering("IndexOps.unravelIndex", "Tensor.nonzero")
            .giving(OpSample::position)
            .smooth(List.of()));
    rows.add(
        writing(
                "x[mask] = y",
                in -> in[0].indexPut_(in[1], Index.of(in[0].detach().gt(0))),
                in -> in[0].map(x -> x > 0 ? in[1].at() : x),
                Input.of(Domain.fixed(1, -2, 3, -1), 2, 3),
                real())
            .types(FEW));
    rows.add(
        row(
                "masked_fill of a tensor",
                in -> in[0].maskedFill(in[1], in[2]),
                in -> Nd.build(in[0].shape(), i -> in[1].at(i) != 0 ? in[2].at() : in[0].at(i)),
                real(3, 4),
                Input.bools(4),
                real())
            .covering("IndexOps.maskedFill"));
    rows.add(
        writing(
                "masked_fill_",
                in -> in[0].maskedFill_(in[1], 1),
                in -> Nd.build(in[0].shape(), i -> in[1].at(i) != 0 ? 1 : in[0].at(i)),
                real(3, 4),
                Input.bools(3, 1))
            .covering("Tensor.maskedFill_"));
    rows.add(
        writing(
                "masked_fill_ of a tensor",
                in -> in[0].maskedFill_(in[1], in[2]),
                in -> Nd.build(in[0].shape(), i -> in[1].at(i) != 0 ? in[2].at(i) : in[0].at(i)),
                real(3, 4),
                Input.bools(4),
                real(3, 1))
            .types(FEW));
  }

  // ---- scatter ----

  /// What `update` makes of the values at each index along axis 0, in order.
  private static Nd scattered(Nd base, Nd index, Function<int[], Double> source) {
    double[] values = base.data().clone();
    int[] at = new int[2];
    for (int i = 0; i < index.numel(); i++) {
      values[((int) index.at(at)) * base.size(1) + at[1]] = source.apply(at);
      Nd.next(at, index.shape());
    }
    return new Nd(values, base.shape());
  }

  private static void scatter(List<OpSample> rows) {
    Input index = new Input(Domain.fixed(2, 0, 1, 0, 1, 3), INDEX_3.fixed(), 2, 3);
    Function<Nd[], Nd> reference = in -> scattered(in[0], in[1], in[2]::at);
    rows.add(
        row(
                "scatter",
                in -> in[0].scatter(0, in[1], in[2]),
                reference,
                real(4, 3),
                index,
                real(2, 3))
            .covering("Tensor.scatter"));
    rows.add(
        writing(
                "scatter_",
                in -> in[0].scatter_(0, in[1], in[2]),
                reference,
                real(4, 3),
                index,
                real(2, 3))
            .covering("Tensor.scatter_"));
    rows.add(
        row(
            "scatter of a number",
            in -> in[0].scatter(0, in[1], 1),
            in -> scattered(in[0], in[1], at -> 1.0),
            real(4, 3),
            index));
    rows.add(
        writing(
                "scatter_ of a number",
                in -> in[0].scatter_(0, in[1], 1),
                in -> scattered(in[0], in[1], at -> 1.0),
                real(4, 3),
                index)
            .types(FEW));
    rows.add(
        writing(
                "scatter_add_",
                in -> in[0].scatterAdd_(0, in[1], in[2]),
                in -> reduced(in, true, v -> Arrays.stream(v).sum()),
                real(4, 3),
                Input.index(4, 5, 3),
                real(5, 3))
            .covering("Tensor.scatterAdd_")
            .types(FEW)
            .within(Tolerance.sum(5)));
  }

  /// The values that come together at each place along axis 0, made one.
  private static Nd reduced(Nd[] in, boolean includeSelf, ToDoubleFunction<double[]> fold) {
    return Nd.build(
        in[0].shape(),
        i -> {
          List<Double> values = new ArrayList<>();
          for (int k = 0; k < in[1].size(0); k++) {
            if (in[1].at(k, i[1]) == i[0]) {
              values.add(in[2].at(k, i[1]));
            }
          }
          if (includeSelf || values.isEmpty()) {
            values.add(in[0].at(i));
          }
          return fold.applyAsDouble(values.stream().mapToDouble(x -> x).toArray());
        });
  }

  private static void reduce(List<OpSample> rows) {
    record Kind(String name, ToDoubleFunction<double[]> fold) {}
    List<Kind> kinds =
        List.of(
            new Kind("sum", v -> Arrays.stream(v).sum()),
            new Kind("prod", v -> Arrays.stream(v).reduce(1, (x, y) -> x * y)),
            new Kind("mean", v -> Arrays.stream(v).average().orElseThrow()),
            new Kind("amax", v -> Arrays.stream(v).max().orElseThrow()),
            new Kind("amin", v -> Arrays.stream(v).min().orElseThrow()));
    for (Kind kind : kinds) {
      boolean self = !kind.name().equals("amin") && !kind.name().equals("mean");
      rows.add(
          row(
                  "scatter_reduce(" + kind.name() + ", " + self + ")",
                  in -> in[0].scatterReduce(0, in[1], in[2], kind.name(), self),
                  in -> reduced(in, self, kind.fold()),
                  Input.of(DISTINCT, 4, 3),
                  Input.index(4, 5, 3),
                  Input.of(DISTINCT, 5, 3))
              .covering(
                  "IndexOps.scatterExtremum", "IndexOps.scatterProduct", "Tensor.scatterReduce")
              .types(FEW)
              .within(Tolerance.sum(5)));
    }
    // An index that does not reach all of the tensor, without the tensor's own.
    rows.add(
        row(
                "scatter_reduce(prod, false)",
                in -> in[0].scatterReduce(0, in[1], in[2], "prod", false),
                in ->
                    Nd.build(
                        in[0].shape(),
                        i -> {
                          double product = 1;
                          boolean any = false;
                          for (int k = 0; i[1] < 2 && k < 3; k++) {
                            boolean hit = in[1].at(k, i[1]) == i[0];
                            product *= hit ? in[2].at(k, i[1]) : 1;
                            any |= hit;
                          }
                          return any ? product : in[0].at(i);
                        }),
                Input.of(DISTINCT, 4, 3),
                Input.index(4, 3, 2),
                Input.of(DISTINCT, 5, 4))
            .types(FEW)
            .within(Tolerance.sum(5)));
  }

  private static void slices(List<OpSample> rows) {
    Input index = new Input(Domain.fixed(2, 0), INDEX_3.fixed(), 2);
    Function<Nd[], Nd> sum =
        in -> {
          Nd result = in[0];
          for (int k = 0; k < 3; k++) {
            int at = (int) in[1].at(k);
            int from = k;
            Nd before = result;
            result =
                Nd.build(
                    before.shape(), i -> before.at(i) + (i[1] == at ? in[2].at(i[0], from) : 0));
          }
          return result;
        };
    rows.add(
        row(
                "index_add",
                in -> in[0].indexAdd(1, in[1], in[2]),
                sum,
                real(2, 4),
                Input.index(4, 3),
                real(2, 3))
            .covering("Tensor.indexAdd")
            .types(FEW)
            .within(Tolerance.sum(3)));
    rows.add(
        writing(
                "index_add_",
                in -> in[0].indexAdd_(1, in[1], in[2]),
                sum,
                real(2, 4),
                Input.index(4, 3),
                real(2, 3))
            .covering("Tensor.indexAdd_")
            .types(FEW)
            .within(Tolerance.sum(3)));
    rows.add(
        row(
                "index_copy",
                in -> in[0].indexCopy(0, in[1], in[2]),
                in ->
                    Nd.build(
                        in[0].shape(),
                        i ->
                            i[0] == 2
                                ? in[2].at(in[1].at(1) == 2 ? 1 : 0, i[1])
                                : i[0] == 0 && in[1].at(1) == 0 ? in[2].at(1, i[1]) : in[0].at(i)),
                real(3, 2),
                index,
                real(2, 2))
            .covering("Tensor.indexCopy")
            .types(FEW));
    rows.add(
        row(
                "index_fill",
                in -> in[0].indexFill(1, in[1], 1),
                in ->
                    Nd.build(
                        in[0].shape(),
                        i -> i[1] == in[1].at(0) || i[1] == in[1].at(1) ? 1 : in[0].at(i)),
                real(3, 3),
                index)
            .covering("Tensor.indexFill")
            .types(FEW));
  }
}
