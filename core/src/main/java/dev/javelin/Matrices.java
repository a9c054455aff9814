package dev.javelin;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import java.util.Comparator;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.MatrixFeatures_DDRM;
import org.ejml.dense.row.SingularOps_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.CholeskyDecomposition_F64;
import org.ejml.interfaces.decomposition.EigenDecomposition_F64;
import org.ejml.interfaces.decomposition.LUDecomposition_F64;
import org.ejml.interfaces.decomposition.QRDecomposition;
import org.ejml.interfaces.decomposition.SingularValueDecomposition_F64;

/// Matrix decompositions on the host, in float64, matrix by matrix: what [Linalg] computes with.
final class Matrices {
  private Matrices() {}

  /// Applies a function of matrices to each of a batch of them.
  ///
  /// @param op the name for errors
  /// @param function matrices to matrices, of the same sizes for all of the batch; one for each of the inputs
  /// @param inputs batches of matrices with the same batch dimensions
  /// @return one batch for each result, of the first input's dtype and on its device
  static Tensor[] each(String op, UnaryOperator<DMatrixRMaj[]> function, Tensor... inputs) {
    Tensor first = inputs[0];
    Shape batch = first.shape().drop(first.dim() - 1).drop(first.dim() - 2);
    double[][] values = new double[inputs.length][];
    for (int i = 0; i < inputs.length; i++) {
      if (inputs[i].numel() == 0) {
        throw new IllegalArgumentException(
            "%s: expected matrices with elements, got the shape %s"
                .formatted(op, inputs[i].shape()));
      }
      values[i] = inputs[i].toDoubleArray();
    }
    int count = Math.toIntExact(batch.numel());
    double[][] results = null;
    DMatrixRMaj[] last = null;
    for (int k = 0; k < count; k++) {
      DMatrixRMaj[] matrices = new DMatrixRMaj[inputs.length];
      for (int i = 0; i < matrices.length; i++) {
        int rows = Math.toIntExact(inputs[i].size(-2));
        int columns = Math.toIntExact(inputs[i].size(-1));
        matrices[i] = new DMatrixRMaj(rows, columns);
        System.arraycopy(values[i], k * rows * columns, matrices[i].data, 0, rows * columns);
      }
      last = function.apply(matrices);
      results = results == null ? new double[last.length][] : results;
      for (int i = 0; i < last.length; i++) {
        int size = last[i].getNumElements();
        results[i] = results[i] == null ? new double[count * size] : results[i];
        System.arraycopy(last[i].data, 0, results[i], k * size, size);
      }
    }
    Tensor[] tensors = new Tensor[last.length];
    for (int i = 0; i < tensors.length; i++) {
      Shape shape =
          batch
              .insert(batch.rank(), last[i].getNumRows())
              .insert(batch.rank() + 1, last[i].getNumCols());
      tensors[i] = Tensor.of(results[i], shape.toArray()).to(first.dtype()).to(first.device());
    }
    return tensors;
  }

  private static IllegalArgumentException wrong(String op, String what) {
    return new IllegalArgumentException(op + ": " + what);
  }

  /// Whether there is an inverse; a pivot of 0 gives infinite elements.
  private static boolean inverted(DMatrixRMaj matrix, DMatrixRMaj inverse) {
    return CommonOps_DDRM.invert(matrix.copy(), inverse)
        && !MatrixFeatures_DDRM.hasUncountable(inverse);
  }

  static DMatrixRMaj inverse(String op, DMatrixRMaj matrix) {
    DMatrixRMaj inverse = new DMatrixRMaj(matrix.numRows, matrix.numCols);
    if (!inverted(matrix, inverse)) {
      throw wrong(op, "the matrix is singular, so it has no inverse");
    }
    return inverse;
  }

  /// The solution of `A X = B`, and the inverse of A.
  static DMatrixRMaj[] solve(DMatrixRMaj a, DMatrixRMaj b) {
    DMatrixRMaj x = new DMatrixRMaj(a.numCols, b.numCols);
    if (!CommonOps_DDRM.solve(a, b, x) || MatrixFeatures_DDRM.hasUncountable(x)) {
      throw wrong("linalg.solve", "the matrix is singular, so there is no one solution");
    }
    return new DMatrixRMaj[] {x, inverse("linalg.solve", a)};
  }

  /// Determinant, its sign, the logarithm of its size, and the inverse: NaN where there is none.
  static DMatrixRMaj[] determinant(DMatrixRMaj matrix) {
    LUDecomposition_F64<DMatrixRMaj> lu =
        DecompositionFactory_DDRM.lu(matrix.numRows, matrix.numCols);
    boolean done = lu.decompose(matrix.copy());
    double[] pivots = lu.getUpper(null).data;
    double sign = done ? Math.signum(CommonOps_DDRM.det(matrix)) : 0;
    double logarithm = 0;
    for (int i = 0; i < matrix.numRows; i++) {
      logarithm += Math.log(Math.abs(pivots[i * matrix.numCols + i]));
    }
    DMatrixRMaj inverse = new DMatrixRMaj(matrix.numRows, matrix.numCols);
    if (sign == 0 || !inverted(matrix, inverse)) {
      CommonOps_DDRM.fill(inverse, Double.NaN);
    }
    return new DMatrixRMaj[] {
      scalar(CommonOps_DDRM.det(matrix)),
      scalar(sign),
      scalar(sign == 0 ? Double.NEGATIVE_INFINITY : logarithm),
      inverse
    };
  }

  private static DMatrixRMaj scalar(double value) {
    return new DMatrixRMaj(1, 1, true, value);
  }

  /// The lower factor, and its inverse.
  static DMatrixRMaj[] cholesky(DMatrixRMaj matrix) {
    CholeskyDecomposition_F64<DMatrixRMaj> cholesky =
        DecompositionFactory_DDRM.chol(matrix.numRows, true);
    if (!cholesky.decompose(matrix.copy())) {
      throw wrong("linalg.cholesky", "the matrix is not positive definite");
    }
    DMatrixRMaj factor = cholesky.getT(null);
    return new DMatrixRMaj[] {factor, inverse("linalg.cholesky", factor)};
  }

  /// The reduced factors Q and R, and the inverse of R: NaN where there is none.
  static DMatrixRMaj[] qr(DMatrixRMaj matrix) {
    QRDecomposition<DMatrixRMaj> qr = DecompositionFactory_DDRM.qr(matrix.numRows, matrix.numCols);
    boolean regular = qr.decompose(matrix.copy());
    DMatrixRMaj r = qr.getR(null, true);
    DMatrixRMaj inverse = new DMatrixRMaj(r.numCols, r.numRows);
    if (!regular || r.numRows != r.numCols || !inverted(r, inverse)) {
      CommonOps_DDRM.fill(inverse, Double.NaN);
    }
    return new DMatrixRMaj[] {qr.getQ(null, true), r, inverse};
  }

  /// Eigenvalues as a column, ascending, and the vectors side by side, of the lower triangle of a symmetric matrix.
  static DMatrixRMaj[] eigh(DMatrixRMaj matrix) {
    int n = matrix.numRows;
    DMatrixRMaj symmetric = matrix.copy();
    for (int row = 0; row < n; row++) {
      for (int column = row + 1; column < n; column++) {
        symmetric.set(row, column, matrix.get(column, row));
      }
    }
    EigenDecomposition_F64<DMatrixRMaj> eigen = DecompositionFactory_DDRM.eig(n, true, true);
    if (!eigen.decompose(symmetric)) {
      throw wrong("linalg.eigh", "the iteration did not converge");
    }
    List<Integer> order =
        IntStream.range(0, n)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> eigen.getEigenvalue(i).getReal()))
            .toList();
    DMatrixRMaj values = new DMatrixRMaj(n, 1);
    DMatrixRMaj vectors = new DMatrixRMaj(n, n);
    for (int i = 0; i < n; i++) {
      values.set(i, 0, eigen.getEigenvalue(order.get(i)).getReal());
      CommonOps_DDRM.insert(eigen.getEigenVector(order.get(i)), vectors, 0, i);
    }
    return new DMatrixRMaj[] {values, vectors};
  }

  /// The reduced factors U, S as a column, descending, and V^T.
  static DMatrixRMaj[] svd(DMatrixRMaj matrix) {
    SingularValueDecomposition_F64<DMatrixRMaj> svd =
        DecompositionFactory_DDRM.svd(matrix.numRows, matrix.numCols, true, true, true);
    if (!svd.decompose(matrix.copy())) {
      throw wrong("linalg.svd", "the iteration did not converge");
    }
    DMatrixRMaj u = svd.getU(null, false);
    DMatrixRMaj w = svd.getW(null);
    DMatrixRMaj vt = svd.getV(null, true);
    SingularOps_DDRM.descendingOrder(u, false, w, vt, true);
    DMatrixRMaj s = new DMatrixRMaj(Math.min(w.numRows, w.numCols), 1);
    for (int i = 0; i < s.numRows; i++) {
      s.set(i, 0, w.get(i, i));
    }
    return new DMatrixRMaj[] {u, s, vt};
  }

  /// Matrices of a floating-point dtype, square if wanted.
  static Tensor checked(String op, Tensor tensor, boolean square) {
    if (tensor.dim() < 2 || square && tensor.size(-1) != tensor.size(-2)) {
      throw new IllegalArgumentException(
          "%s: expected %s matrices [..., %s], got the shape %s"
              .formatted(op, square ? "square" : "", square ? "n, n" : "m, n", tensor.shape())
              .replace("  ", " "));
    }
    if (!tensor.dtype().isFloatingPoint()) {
      throw new IllegalArgumentException(
          "%s: expected a floating-point tensor, got %s; convert it with to(%s)"
              .formatted(op, tensor.dtype(), DType.FLOAT32));
    }
    return tensor;
  }
}
