package dev.javelin.ops;

import dev.javelin.Tensor;
import java.util.Arrays;
import java.util.List;

/// The gradients of matrix decompositions. The results are computed elsewhere and come in as the last inputs, so each op only hands
/// them on; inverses that the gradient needs are hidden outputs, so that it can be differentiated again.
///
/// Formulas: Giles, "Collected matrix derivative results for forward and reverse mode algorithmic differentiation", 2008; for the
/// decompositions Walter and Lehmann, arXiv 1001.1654, and Townsend, "Differentiating the singular value decomposition", 2016.
public final class LinalgOps {
  private LinalgOps() {}

  private static Composite given(String name, int inputs, int visible, Gradient gradient) {
    return Composite.several(
        name,
        List.of(),
        visible,
        in -> Arrays.stream(in, inputs, in.length).map(Tensor::clone).toArray(Tensor[]::new),
        gradient);
  }

  private static Tensor t(Tensor x) {
    return x.transpose(-1, -2);
  }

  /// What the gradient of an inverse adds to that of the matrix.
  private static Tensor ofInverse(Tensor inverse, Tensor gradient) {
    return t(inverse).matmul(gradient).matmul(t(inverse)).neg();
  }

  private static Tensor withInverse(Gradient.Backward b, int hidden, Tensor gradient) {
    return b.has(hidden) ? gradient.add(ofInverse(b.out(hidden), b.g(hidden))) : gradient;
  }

  /// The inverse; inputs A, A^-1.
  ///
  /// @return the op
  public static OpDef inv() {
    return given("linalg_inv_ex", 1, 1, b -> Gradient.each(() -> ofInverse(b.out(), b.g())));
  }

  /// The solution of `A X = B`; inputs A, B, X, A^-1.
  ///
  /// @return the op
  public static OpDef solve() {
    return given(
        "linalg_solve_ex",
        2,
        1,
        b ->
            Gradient.each(
                () -> {
                  Tensor right = t(b.out(1)).matmul(b.g(0));
                  return withInverse(b, 1, right.matmul(t(b.out(0))).neg());
                },
                () -> t(b.out(1)).matmul(b.g(0))));
  }

  /// The determinant; inputs A, det A, A^-1.
  ///
  /// @return the op
  public static OpDef det() {
    return given(
        "linalg_det",
        1,
        1,
        b ->
            Gradient.each(
                () -> {
                  Tensor factor = b.g(0).mul(b.out(0)).unsqueeze(-1).unsqueeze(-1);
                  return withInverse(b, 1, t(b.out(1)).mul(factor));
                }));
  }

  /// Sign and logarithm of the determinant; inputs A, sign, logarithm, A^-1.
  ///
  /// @return the op
  public static OpDef slogdet() {
    return given(
        "linalg_slogdet",
        1,
        2,
        b ->
            Gradient.each(
                () -> {
                  Tensor factor = b.g(1).unsqueeze(-1).unsqueeze(-1);
                  return withInverse(b, 2, t(b.out(2)).mul(factor));
                }));
  }

  /// The lower factor of `A = L L^T`; inputs A, L, L^-1.
  ///
  /// @return the op
  public static OpDef cholesky() {
    return given(
        "linalg_cholesky_ex",
        1,
        1,
        b ->
            Gradient.each(
                () -> {
                  Tensor factor = b.out(0);
                  Tensor inverse = b.out(1);
                  Tensor inner = t(factor).matmul(withInverse(b, 1, b.g(0)).tril());
                  Tensor half = inner.tril().add(inner.tril(-1)).mul(0.5);
                  return symmetric(t(inverse).matmul(half).matmul(inverse));
                }));
  }

  private static Tensor symmetric(Tensor x) {
    return x.add(t(x)).mul(0.5);
  }

  /// `A = Q R` with as many columns of Q as A has, which are not more than its rows; inputs A, Q, R, R^-1.
  ///
  /// @return the op
  public static OpDef qr() {
    return given(
        "linalg_qr",
        1,
        2,
        b ->
            Gradient.each(
                () -> {
                  Tensor q = b.out(0);
                  Tensor upper = withInverse(b, 2, b.g(1)).triu();
                  Tensor inner = b.out(1).matmul(t(upper)).sub(t(b.g(0)).matmul(q));
                  Tensor mirrored = inner.tril().add(t(inner.tril(-1)));
                  return b.g(0).add(q.matmul(mirrored)).matmul(t(b.out(2)));
                }));
  }

  /// The eigenvalues, ascending, and eigenvectors of a symmetric matrix; inputs A, values, vectors.
  ///
  /// @return the op
  public static OpDef eigh() {
    return given(
        "linalg_eigh",
        1,
        2,
        b ->
            Gradient.each(
                () -> {
                  Tensor v = b.out(1);
                  Tensor inner = t(v).matmul(b.g(1)).div(gaps(b.out(0)));
                  Tensor all = inner.add(b.g(0).diagEmbed(0));
                  return symmetric(v.matmul(all).matmul(t(v)));
                }));
  }

  /// `x_j - x_i`, infinite on the diagonal.
  private static Tensor gaps(Tensor x) {
    Tensor gaps = x.unsqueeze(-2).sub(x.unsqueeze(-1));
    return gaps.add(Tensor.fullLike(x, Double.POSITIVE_INFINITY).diagEmbed(0));
  }

  /// `A = U diag(S) V^T` with the smaller of A's sizes columns of U and V; inputs A, U, S, V^T.
  ///
  /// @return the op
  public static OpDef svd() {
    return given(
        "linalg_svd",
        1,
        3,
        b ->
            Gradient.each(
                () -> {
                  Tensor u = b.out(0);
                  Tensor s = b.out(1);
                  Tensor v = t(b.out(2));
                  Tensor gradV = t(b.g(2));
                  Tensor gaps = gaps(s.square());
                  Tensor left = t(u).matmul(b.g(0));
                  Tensor right = t(v).matmul(gradV);
                  Tensor inner =
                      left.sub(t(left))
                          .div(gaps)
                          .mul(s.unsqueeze(-2))
                          .add(right.sub(t(right)).div(gaps).mul(s.unsqueeze(-1)))
                          .add(b.g(1).diagEmbed(0));
                  Tensor outsideU = b.g(0).sub(u.matmul(left)).div(s.unsqueeze(-2));
                  Tensor outsideV = gradV.sub(v.matmul(right)).div(s.unsqueeze(-2));
                  return u.matmul(inner.matmul(t(v)).add(t(outsideV))).add(outsideU.matmul(t(v)));
                }));
  }
}
