package dev.javelin;

import dev.javelin.engine.Engine;
import dev.javelin.engine.Value;
import dev.javelin.kernels.Shape;
import dev.javelin.ops.LinalgOps;
import dev.javelin.ops.OpDef;
import java.util.function.UnaryOperator;
import org.ejml.data.DMatrixRMaj;

/// Linear algebra as `torch.linalg`: functions of matrices `[..., m, n]`, batch by batch, differentiable, twice too.
///
/// Decompositions are computed on the CPU in float64, whatever the tensors' device and dtype, and copied back: they wait for the device.
/// Norms and products run on the device.
public final class Linalg {
  /// With so many terms the series of a matrix of norm 1/2 is exact to float64's last digits.
  private static final int EXPONENTIAL_TERMS = 14;

  private Linalg() {}

  /// `A = Q R`.
  ///
  /// @param q orthonormal columns, `[..., m, k]`
  /// @param r upper triangular, `[..., k, n]`
  public record QR(Tensor q, Tensor r) {}

  /// `A = U diag(S) V^T`.
  ///
  /// @param u orthonormal columns, `[..., m, k]`
  /// @param s the singular values, descending, `[..., k]`
  /// @param vh orthonormal rows, `[..., k, n]`
  public record SVD(Tensor u, Tensor s, Tensor vh) {}

  /// Eigenvalues and eigenvectors of a symmetric matrix.
  ///
  /// @param values the eigenvalues, ascending, `[..., n]`
  /// @param vectors the eigenvectors, as columns, `[..., n, n]`
  public record Eigh(Tensor values, Tensor vectors) {}

  /// A determinant as `sign * exp(logabsdet)`.
  ///
  /// @param sign -1, 0 or 1
  /// @param logabsdet the logarithm of its size
  public record Slogdet(Tensor sign, Tensor logabsdet) {}

  private static Tensor[] results(
      OpDef op, String name, UnaryOperator<DMatrixRMaj[]> function, Tensor... inputs) {
    Tensor[] computed = Javelin.noGrad(() -> Matrices.each(name, function, inputs));
    return recorded(op, inputs, computed);
  }

  private static Tensor[] recorded(OpDef op, Tensor[] inputs, Tensor... computed) {
    Value[] all = new Value[inputs.length + computed.length];
    System.arraycopy(inputs, 0, all, 0, inputs.length);
    System.arraycopy(computed, 0, all, inputs.length, computed.length);
    Value[] outputs = Engine.callAll(op, all);
    Tensor[] tensors = new Tensor[outputs.length];
    System.arraycopy(outputs, 0, tensors, 0, tensors.length);
    return tensors;
  }

  private static Tensor scalar(Tensor matrix) {
    return matrix.squeeze(-1).squeeze(-1);
  }

  /// The inverse.
  ///
  /// @param a square matrices
  /// @return the inverses
  public static Tensor inv(Tensor a) {
    String name = "linalg.inv";
    Tensor square = Matrices.checked(name, a, true);
    return results(
        LinalgOps.inv(), name, in -> new DMatrixRMaj[] {Matrices.inverse(name, in[0])}, square)[0];
  }

  /// The solution of `A X = B`.
  ///
  /// @param a square matrices
  /// @param b matrices `[..., n, k]` or one vector `[n]`; batch dimensions broadcast
  /// @return X, of the shape of B
  public static Tensor solve(Tensor a, Tensor b) {
    String name = "linalg.solve";
    Tensor left = Matrices.checked(name, a, true);
    Tensor right = b.dim() == 1 ? b.unsqueeze(1) : Matrices.checked(name, b, false);
    if (right.size(-2) != left.size(-1)) {
      throw new IllegalArgumentException(
          "%s: the shapes %s and %s do not fit".formatted(name, a.shape(), b.shape()));
    }
    Tensor[] pair = broadcast(left, right);
    Tensor x = results(LinalgOps.solve(), name, in -> Matrices.solve(in[0], in[1]), pair)[0];
    return b.dim() == 1 ? x.squeeze(-1) : x;
  }

  private static Tensor[] broadcast(Tensor a, Tensor b) {
    Tensor rows = a.narrow(-1, 0, 1).mul(b.narrow(-2, 0, 1)); // [..., n, k]
    Shape batch = rows.shape().drop(rows.dim() - 1).drop(rows.dim() - 2);
    int rank = batch.rank();
    return new Tensor[] {
      a.expand(batch.insert(rank, a.size(-2)).insert(rank + 1, a.size(-1))),
      b.expand(batch.insert(rank, b.size(-2)).insert(rank + 1, b.size(-1)))
    };
  }

  /// The determinant. The gradient of a singular matrix is NaN.
  ///
  /// @param a square matrices
  /// @return the determinants, without the last two dimensions
  public static Tensor det(Tensor a) {
    Tensor[] parts = determinants("linalg.det", a);
    return recorded(LinalgOps.det(), new Tensor[] {a}, scalar(parts[0]), parts[3])[0];
  }

  /// Sign and logarithm of the determinant, which do not overflow.
  ///
  /// @param a square matrices
  /// @return both, without the last two dimensions
  public static Slogdet slogdet(Tensor a) {
    Tensor[] parts = determinants("linalg.slogdet", a);
    Tensor[] results =
        recorded(
            LinalgOps.slogdet(), new Tensor[] {a}, scalar(parts[1]), scalar(parts[2]), parts[3]);
    return new Slogdet(results[0], results[1]);
  }

  private static Tensor[] determinants(String name, Tensor a) {
    Tensor square = Matrices.checked(name, a, true);
    return Javelin.noGrad(() -> Matrices.each(name, in -> Matrices.determinant(in[0]), square));
  }

  /// The lower factor L of `A = L L^T`.
  ///
  /// @param a symmetric positive definite matrices; only the lower triangle is read
  /// @return the factors
  public static Tensor cholesky(Tensor a) {
    String name = "linalg.cholesky";
    Tensor square = Matrices.checked(name, a, true);
    return results(LinalgOps.cholesky(), name, in -> Matrices.cholesky(in[0]), square)[0];
  }

  /// The reduced factors of `A = Q R`; unique but for the signs of R's rows. Differentiable for `m >= n`.
  ///
  /// @param a matrices `[..., m, n]`
  /// @return the factors
  public static QR qr(Tensor a) {
    String name = "linalg.qr";
    Tensor matrices = Matrices.checked(name, a, false);
    if (a.requiresGrad() && a.size(-2) < a.size(-1)) {
      throw new IllegalArgumentException(
          "%s: no gradient for matrices with more columns than rows, got the shape %s; detach() it"
              .formatted(name, a.shape()));
    }
    Tensor[] parts = results(LinalgOps.qr(), name, in -> Matrices.qr(in[0]), matrices);
    return new QR(parts[0], parts[1]);
  }

  /// The reduced singular value decomposition; unique but for signs. The gradients of U and V need different singular values.
  ///
  /// @param a matrices `[..., m, n]`
  /// @return the factors
  public static SVD svd(Tensor a) {
    String name = "linalg.svd";
    Tensor matrices = Matrices.checked(name, a, false);
    Tensor[] computed =
        Javelin.noGrad(() -> Matrices.each(name, in -> Matrices.svd(in[0]), matrices));
    Tensor[] parts =
        recorded(
            LinalgOps.svd(), new Tensor[] {a}, computed[0], computed[1].squeeze(-1), computed[2]);
    return new SVD(parts[0], parts[1], parts[2]);
  }

  /// The singular values, descending.
  ///
  /// @param a matrices `[..., m, n]`
  /// @return the values, `[..., min(m, n)]`
  public static Tensor svdvals(Tensor a) {
    return svd(a).s();
  }

  /// Eigenvalues and eigenvectors of symmetric matrices; the vectors' gradient needs different values.
  ///
  /// @param a symmetric matrices, of which only the lower triangle is read
  /// @return both
  public static Eigh eigh(Tensor a) {
    String name = "linalg.eigh";
    Tensor square = Matrices.checked(name, a, true);
    Tensor[] computed =
        Javelin.noGrad(() -> Matrices.each(name, in -> Matrices.eigh(in[0]), square));
    Tensor[] parts =
        recorded(LinalgOps.eigh(), new Tensor[] {a}, computed[0].squeeze(-1), computed[1]);
    return new Eigh(parts[0], parts[1]);
  }

  /// The eigenvalues of symmetric matrices, ascending.
  ///
  /// @param a symmetric matrices
  /// @return the values, `[..., n]`
  public static Tensor eigvalsh(Tensor a) {
    return eigh(a).values();
  }

  /// The pseudo-inverse, by the singular values above `max(m, n) eps` times the largest.
  ///
  /// @param a matrices `[..., m, n]`
  /// @return `[..., n, m]`
  public static Tensor pinv(Tensor a) {
    SVD svd = svd(a);
    Tensor small = svd.s().le(threshold(a, svd.s()));
    Tensor inverse = Tensor.where(small, 0, Tensor.where(small, 1, svd.s()).reciprocal());
    return svd.vh().transpose(-1, -2).mul(inverse.unsqueeze(-2)).matmul(svd.u().transpose(-1, -2));
  }

  private static Tensor threshold(Tensor a, Tensor s) {
    double eps =
        switch (a.dtype()) {
          case FLOAT64 -> 0x1p-52;
          case FLOAT16 -> 0x1p-10;
          case BFLOAT16 -> 0x1p-7;
          default -> 0x1p-23;
        };
    return s.detach().narrow(-1, 0, 1).mul(eps * Math.max(a.size(-1), a.size(-2)));
  }

  /// The number of singular values above `max(m, n) eps` times the largest.
  ///
  /// @param a matrices `[..., m, n]`
  /// @return int64, without the last two dimensions
  public static Tensor matrixRank(Tensor a) {
    Tensor s = svdvals(a.detach());
    return s.gt(threshold(a, s)).sum(-1);
  }

  /// The p-norm of vectors: the same as [Tensor#norm(double, int...)].
  ///
  /// @param x the vectors
  /// @param p which norm
  /// @param dims along which dimensions; none given, all
  /// @return the norms
  public static Tensor vectorNorm(Tensor x, double p, int... dims) {
    return x.norm(p, dims);
  }

  /// A norm of matrices.
  ///
  /// @param a matrices `[..., m, n]`
  /// @param which `fro` (Frobenius), `nuc` (the sum of the singular values), `2` (the largest singular value), `1` (the largest sum of a
  ///     column) or `inf` (of a row)
  /// @return the norms, without the last two dimensions
  public static Tensor matrixNorm(Tensor a, String which) {
    Tensor matrices = Matrices.checked("linalg.matrix_norm", a, false);
    return switch (which) {
      case "fro" -> matrices.norm(2, -2, -1);
      case "nuc" -> svdvals(matrices).sum(-1);
      case "2" -> svdvals(matrices).select(-1, 0);
      case "1" -> matrices.abs().sum(-2).amax(-1, false);
      case "inf" -> matrices.abs().sum(-1).amax(-1, false);
      default ->
          throw new IllegalArgumentException(
              "linalg.matrix_norm: expected fro, nuc, 2, 1 or inf, got " + which);
    };
  }

  /// The logarithm of the determinant; NaN where that is negative.
  ///
  /// @param a square matrices
  /// @return the logarithms, without the last two dimensions
  public static Tensor logdet(Tensor a) {
    Slogdet parts = slogdet(a);
    return Tensor.where(parts.sign().lt(0), Double.NaN, parts.logabsdet());
  }

  /// A whole power of matrices, by squaring.
  ///
  /// @param a square matrices
  /// @param n the exponent; a negative one takes the inverse
  /// @return `A^n`
  public static Tensor matrixPower(Tensor a, int n) {
    Tensor square = Matrices.checked("linalg.matrix_power", a, true);
    if (n < 0) {
      return matrixPower(inv(square), Math.negateExact(n));
    }
    Tensor power = null;
    Tensor factor = square;
    for (int rest = n; rest > 0; rest /= 2) {
      if (rest % 2 == 1) {
        power = power == null ? factor : power.matmul(factor);
      }
      factor = rest > 1 ? factor.matmul(factor) : factor;
    }
    Tensor one = Tensor.eye(a.size(-1), a.size(-1), a.dtype(), a.device());
    return power == null ? one.expand(a.shape()).clone() : power;
  }

  /// The exponential of matrices: Taylor's series of `A / 2^s`, squared s times. Asks the device for the size of A.
  ///
  /// @param a square matrices
  /// @return `e^A`
  public static Tensor matrixExp(Tensor a) {
    Tensor square = Matrices.checked("linalg.matrix_exp", a, true);
    double norm = a.numel() == 0 ? 0 : matrixNorm(square.detach(), "1").max().item();
    int halvings = norm > 0.5 ? (int) Math.ceil(Math.log(norm / 0.5) / Math.log(2)) : 0;
    Tensor small = square.mul(Math.scalb(1.0, -halvings));
    Tensor one = Tensor.eye(a.size(-1), a.size(-1), a.dtype(), a.device());
    Tensor sum = one;
    for (int k = EXPONENTIAL_TERMS; k > 0; k--) {
      sum = small.matmul(sum).div(k).add(one);
    }
    for (int i = 0; i < halvings; i++) {
      sum = sum.matmul(sum);
    }
    return sum;
  }

  /// The least squares solution of `A X = B`.
  ///
  /// @param a matrices `[..., m, n]` of full rank, `m >= n`
  /// @param b matrices `[..., m, k]`
  /// @return X, `[..., n, k]`
  public static Tensor lstsq(Tensor a, Tensor b) {
    QR qr = qr(a);
    return solve(qr.r(), qr.q().transpose(-1, -2).matmul(b));
  }
}
