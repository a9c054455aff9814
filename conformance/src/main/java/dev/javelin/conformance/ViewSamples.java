package dev.javelin.conformance;

import static dev.javelin.conformance.Domain.REAL;

import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/// Views, and what is assembled of pieces.
final class ViewSamples {
  private static final int[] BOX = {3, 4, 5};
  private static final int[] SMALL = {2, 3, 2};

  private ViewSamples() {}

  static List<OpSample> all() {
    List<OpSample> rows = new ArrayList<>();
    views(rows);
    joins(rows);
    rows.addAll(IndexSamples.all());
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
            .covering("ViewOps.overwrite", "PointwiseOps.COPY", "Tensor.copy_")
            .types(OpSample.ALL)
            .within(Tolerance.EXACT)
            .with(Input.of(REAL, 4, 3), Input.of(REAL, 2, 3))
            .smooth());
  }

  // ---- computed places ----
}
