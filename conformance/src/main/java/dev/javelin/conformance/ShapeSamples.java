package dev.javelin.conformance;

import static dev.javelin.conformance.Domain.NONZERO;
import static dev.javelin.conformance.Domain.REAL;

import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// Rearranging, joining, and the products beyond `mm`.
final class ShapeSamples {
  private static final List<DType> SOME = List.of(DType.FLOAT32, DType.BOOL);
  private static final List<DType> FEW = List.of(DType.FLOAT32, DType.FLOAT64);

  private ShapeSamples() {}

  static List<OpSample> all() {
    List<OpSample> rows = new ArrayList<>();
    views(rows);
    copies(rows);
    diagonals(rows);
    pieces(rows);
    products(rows);
    einsum(rows);
    return rows;
  }

  private static OpSample row(
      String name, Function<Tensor[], Tensor> call, Function<Nd[], Nd> reference, int[]... shapes) {
    List<Input> inputs = new ArrayList<>();
    for (int[] shape : shapes) {
      inputs.add(Input.of(REAL, shape));
    }
    return OpSample.of(name, call, reference)
        .covering("Tensor." + name)
        .types(SOME)
        .within(Tolerance.EXACT)
        .on(List.of(inputs))
        .smooth();
  }

  private static int[] of(int... sizes) {
    return sizes;
  }

  private static void views(List<OpSample> rows) {
    rows.add(row("movedim", in -> in[0].movedim(0, -1), in -> in[0].permute(1, 2, 0), of(2, 3, 4)));
    rows.add(
        row(
            "movedim",
            in -> in[0].movedim(of(0, 1), of(1, 2)),
            in -> in[0].permute(2, 0, 1),
            of(2, 3, 4)));
    rows.add(row("swapaxes", in -> in[0].swapaxes(0, 1), in -> in[0].t(), of(2, 3)));
    rows.add(
        row("unflatten", in -> in[0].unflatten(1, 2, -1), in -> in[0].reshape(3, 2, 2), of(3, 4)));
    rows.add(
        row("expandAs", in -> in[0].expandAs(in[1]), in -> in[0].expand(2, 3), of(1, 3), of(2, 3)));
    rows.add(row("broadcastTo", in -> in[0].broadcastTo(2, 3), in -> in[0].expand(2, 3), of(3)));
    rows.add(
        row(
            "reshapeAs",
            in -> in[0].reshapeAs(in[1]),
            in -> in[0].reshape(3, 2),
            of(2, 3),
            of(3, 2)));
    rows.add(
        row(
            "viewAs",
            in -> in[0].contiguous().viewAs(in[1]),
            in -> in[0].reshape(3, 2),
            of(2, 3),
            of(3, 2)));
    rows.add(
        row(
            "unfold",
            in -> in[0].unfold(1, 3, 2),
            in -> Nd.build(of(2, 3, 3), i -> in[0].at(i[0], 2 * i[1] + i[2])),
            of(2, 8)));
  }

  private static void copies(List<OpSample> rows) {
    rows.add(
        row(
            "repeat",
            in -> in[0].repeat(2, 1, 3),
            in -> Nd.build(of(2, 2, 9), i -> in[0].at(i[1], i[2] % 3)),
            of(2, 3)));
    rows.add(
        row(
            "repeatInterleave",
            in -> in[0].repeatInterleave(2, 1),
            in -> Nd.build(of(2, 6), i -> in[0].at(i[0], i[1] / 2)),
            of(2, 3)));
    rows.add(
        row(
            "roll",
            in -> in[0].roll(new long[] {1, -1}, of(0, 1)),
            in -> Nd.build(of(3, 4), i -> in[0].at((i[0] + 2) % 3, (i[1] + 1) % 4)),
            of(3, 4)));
    rows.add(
        row(
                "diff",
                in -> in[0].diff(1),
                in -> in[0].slice(1, 1, 1, 3).minus(in[0].slice(1, 0, 1, 3)),
                of(2, 4))
            .types(List.of(DType.FLOAT32, DType.INT64)));
  }

  private static void diagonals(List<OpSample> rows) {
    for (int k : new int[] {0, 1, -1}) {
      rows.add(
          row(
                  "tril",
                  in -> in[0].tril(k),
                  in -> Nd.build(of(2, 3, 4), i -> i[2] - i[1] <= k ? in[0].at(i) : 0),
                  of(2, 3, 4))
              .covering("ViewOps.triangle", "Tensor.tril"));
      rows.add(
          row(
              "triu",
              in -> in[0].triu(k),
              in -> Nd.build(of(3, 4), i -> i[1] - i[0] >= k ? in[0].at(i) : 0),
              of(3, 4)));
      rows.add(
          row(
              "diagonal",
              in -> in[0].diagonal(k, 0, -1),
              in ->
                  Nd.build(
                      of(2, k < 0 ? 2 : 3),
                      i -> in[0].at(i[1] + Math.max(0, -k), i[0], i[1] + Math.max(0, k))),
              of(3, 2, 4)));
      rows.add(
          row(
                  "diag",
                  in -> in[0].diag(k),
                  in ->
                      Nd.build(
                          of(3 + Math.abs(k), 3 + Math.abs(k)),
                          i -> i[1] - i[0] == k ? in[0].at(Math.min(i[0], i[1])) : 0),
                  of(3))
              .covering("ViewOps.diagEmbed", "Tensor.diag", "Tensor.diagEmbed"));
    }
    rows.add(
        row(
                "trace",
                in -> in[0].trace(),
                in -> Nd.scalar(in[0].at(0, 0) + in[0].at(1, 1)),
                of(2, 3))
            .types(FEW)
            .within(Tolerance.sum(2)));
  }

  private static void pieces(List<OpSample> rows) {
    rows.add(
        row(
            "unbind",
            in -> in[0].unbind(1).get(2),
            in -> in[0].slice(1, 2, 1, 1).reshape(2),
            of(2, 3)));
    rows.add(
        row(
            "tensorSplit",
            in -> in[0].tensorSplit(3, 1).get(1),
            in -> in[0].slice(1, 3, 1, 2),
            of(2, 7)));
    rows.add(
        row(
            "split",
            in -> in[0].split(new long[] {1, 4}, 1).get(1),
            in -> in[0].slice(1, 1, 1, 4),
            of(2, 5)));
    rows.add(
        row(
            "hstack",
            in -> Tensor.hstack(List.of(in[0], in[1])),
            in -> Nd.build(of(2, 5), i -> i[1] < 3 ? in[0].at(i) : in[1].at(i[0], i[1] - 3)),
            of(2, 3),
            of(2, 2)));
    rows.add(
        row(
            "vstack",
            in -> Tensor.vstack(List.of(in[0], in[1])),
            in -> Nd.build(of(3, 3), i -> i[0] == 0 ? in[0].at(i[1]) : in[1].at(i[0] - 1, i[1])),
            of(3),
            of(2, 3)));
    rows.add(
        row(
            "meshgrid",
            in -> Tensor.meshgrid(List.of(in[0], in[1]), "ij").get(0),
            in -> in[0].reshape(2, 1).expand(2, 3),
            of(2),
            of(3)));
    rows.add(
        row(
            "meshgrid",
            in -> Tensor.meshgrid(List.of(in[0], in[1]), "xy").get(1),
            in -> in[1].reshape(3, 1).expand(3, 2),
            of(2),
            of(3)));
  }

  private static OpSample product(
      String name, Function<Tensor[], Tensor> call, Function<Nd[], Nd> reference, int[]... shapes) {
    return row(name, call, reference, shapes).types(FEW).within(Tolerance.sum(64));
  }

  private static void products(List<OpSample> rows) {
    rows.add(
        product(
            "bmm", in -> in[0].bmm(in[1]), in -> in[0].matmul(in[1]), of(2, 3, 4), of(2, 4, 2)));
    rows.add(
        product("dot", in -> in[0].dot(in[1]), in -> in[0].times(in[1]).sum(false), of(5), of(5)));
    rows.add(
        product(
            "mv",
            in -> in[0].mv(in[1]),
            in -> in[0].matmul(in[1].reshape(4, 1)).reshape(3),
            of(3, 4),
            of(4)));
    rows.add(
        product(
            "outer",
            in -> in[0].outer(in[1]),
            in -> in[0].reshape(3, 1).times(in[1]),
            of(3),
            of(2)));
    rows.add(
        product(
                "addmm",
                in -> in[0].addmm(in[1], in[2], 0.5, 2),
                in -> in[0].times(0.5).plus(in[1].matmul(in[2]).times(2)),
                of(2),
                of(3, 4),
                of(4, 2))
            .covering("MatrixOps.addmm", "Tensor.addmm"));
    rows.add(
        product(
            "baddbmm",
            in -> in[0].baddbmm(in[1], in[2], 1, 2),
            in -> in[0].plus(in[1].matmul(in[2]).times(2)),
            of(2, 3, 2),
            of(2, 3, 4),
            of(2, 4, 2)));
    rows.add(
        product(
                "cdist",
                in -> in[0].cdist(in[1]),
                in ->
                    Nd.build(
                        of(3, 2),
                        i -> {
                          double sum = 0;
                          for (int k = 0; k < 4; k++) {
                            sum += Math.pow(in[0].at(i[0], k) - in[1].at(i[1], k), 2);
                          }
                          return Math.sqrt(sum);
                        }),
                of(3, 4),
                of(2, 4))
            .covering("MatrixOps.cdist", "Tensor.cdist"));
    rows.add(
        OpSample.of(
                "cosine_similarity",
                in -> Tensor.cosineSimilarity(in[0], in[1], 1, 1e-8),
                in -> {
                  Nd lengths =
                      in[0]
                          .times(in[0])
                          .sum(false, 1)
                          .times(in[1].times(in[1]).sum(false, 1))
                          .map(Math::sqrt);
                  return in[0].times(in[1]).sum(false, 1).over(lengths);
                })
            .covering("Tensor.cosineSimilarity")
            .types(FEW)
            .within(Tolerance.sum(64))
            .on(List.of(List.of(Input.of(NONZERO, 3, 4), Input.of(NONZERO, 3, 4))))
            .smooth());
  }

  private static void einsum(List<OpSample> rows) {
    einsum(rows, "ij,jk->ik", in -> in[0].matmul(in[1]), of(2, 3), of(3, 4));
    einsum(
        rows, "bij,bkj->bik", in -> in[0].matmul(in[1].permute(0, 2, 1)), of(2, 2, 3), of(2, 4, 3));
    einsum(rows, "ij->ji", in -> in[0].t(), of(2, 3));
    einsum(rows, "ij", in -> in[0], of(2, 3));
    einsum(rows, "ba", in -> in[0].t(), of(2, 3));
    einsum(rows, "ii->", in -> Nd.scalar(in[0].at(0, 0) + in[0].at(1, 1)), of(2, 2));
    einsum(rows, "ii->i", in -> Nd.build(of(3), i -> in[0].at(i[0], i[0])), of(3, 3));
    einsum(rows, "i,j->ij", in -> in[0].reshape(2, 1).times(in[1]), of(2), of(3));
    einsum(rows, "...ij,jk->...ik", in -> in[0].matmul(in[1]), of(2, 2, 3), of(3, 2));
    einsum(rows, "...,...->...", in -> in[0].times(in[1]), of(2, 3), of(3));
    einsum(
        rows,
        "ik,jkl,il->ij",
        in ->
            Nd.build(
                of(2, 3),
                i -> {
                  double sum = 0;
                  for (int k = 0; k < 2; k++) {
                    for (int l = 0; l < 2; l++) {
                      sum += in[0].at(i[0], k) * in[1].at(i[1], k, l) * in[2].at(i[0], l);
                    }
                  }
                  return sum;
                }),
        of(2, 2),
        of(3, 2, 2),
        of(2, 2));
    einsum(rows, "ij,kl->k", in -> in[1].sum(false, 1).times(in[0].sum(false)), of(2, 2), of(3, 2));
  }

  private static void einsum(
      List<OpSample> rows, String equation, Function<Nd[], Nd> reference, int[]... shapes) {
    rows.add(
        product("einsum(" + equation + ")", in -> Tensor.einsum(equation, in), reference, shapes)
            .covering("Tensor.einsum")
            .types(List.of(DType.FLOAT32)));
  }
}
