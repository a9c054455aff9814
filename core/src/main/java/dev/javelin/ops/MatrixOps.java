package dev.javelin.ops;

import dev.javelin.Tensor;
import dev.javelin.kernels.Kernel.Direction;
import dev.javelin.kernels.Kernel.PoolOp;
import dev.javelin.kernels.Kernel.Window;
import dev.javelin.kernels.Shape;
import dev.javelin.ops.OpDef.Convolution;
import dev.javelin.ops.OpDef.Pooling;
import java.util.List;

/// Products, convolutions and pooling: gradients, and the layers' forms of them.
public final class MatrixOps {
  private MatrixOps() {}

  // ---- products ----

  /// `dA = G B^T`, `dB = A^T G`.
  static Gradient matmulGradient() {
    return b ->
        Gradient.each(
            () -> b.g().matmul(b.in(1).transpose(-1, -2)),
            () -> b.in(0).transpose(-1, -2).matmul(b.g()));
  }

  /// `x W^T + b` for `x [..., in]`, `W [out, in]`, `b [out]`; the bias is the third input, if any.
  ///
  /// @param bias whether there is a bias
  /// @return the op
  public static OpDef linear(boolean bias) {
    return Composite.of(
        bias ? "addmm" : "mm",
        List.of("linear", bias),
        in -> {
          Tensor product = rows(in[0]).matmul(in[1].t());
          Tensor result = bias ? product.add(in[2]) : product;
          return unrows(result, in[0].shape());
        },
        b ->
            Gradient.each(
                () -> unrows(rows(b.g()).matmul(b.in(1)), b.in(0).shape()),
                () -> rows(b.g()).t().matmul(rows(b.in(0))),
                () -> rows(b.g()).sum(0)));
  }

  /// `beta c + alpha a b` for matrices or batches of them; inputs c, a, b, beta, alpha.
  ///
  /// @param name PyTorch's name: addmm, baddbmm or addmv
  /// @return the op
  public static OpDef addmm(String name) {
    return Composite.of(
        name,
        List.of(),
        in -> in[1].matmul(in[2]).mul(in[4]).add(in[0].mul(in[3])),
        b ->
            Gradient.each(
                () -> b.g().mul(b.in(3)),
                () -> b.g().mul(b.in(4)).matmul(b.in(2).transpose(-1, -2)),
                () -> b.in(1).transpose(-1, -2).matmul(b.g().mul(b.in(4)))));
  }

  /// The distance of every row of `x [..., p, n]` from every row of `y [..., r, n]`: nothing of size p r n is stored.
  ///
  /// @return the op; result `[..., p, r]`
  public static OpDef cdist() {
    return Composite.of(
        "cdist",
        List.of(),
        in -> in[0].unsqueeze(-2).sub(in[1].unsqueeze(-3)).square().sum(-1).sqrt(),
        b ->
            Gradient.each(
                () -> {
                  Tensor pull = pull(b); // [..., p, r]
                  return b.in(0).mul(pull.sum(-1).unsqueeze(-1)).sub(pull.matmul(b.in(1)));
                },
                () -> {
                  Tensor pull = pull(b).transpose(-1, -2);
                  return b.in(1).mul(pull.sum(-1).unsqueeze(-1)).sub(pull.matmul(b.in(0)));
                }));
  }

  private static Tensor pull(Gradient.Backward b) {
    Tensor none = b.out().eq(0);
    return Tensor.where(none, 0, b.g().div(Tensor.where(none, 1, b.out())));
  }

  /// All but the last dimension as one: `[..., n]` to `[rows, n]`.
  private static Tensor rows(Tensor x) {
    return x.dim() == 2 ? x : x.reshape(Shape.of(count(x.shape()), x.shape().size(-1)));
  }

  private static long count(Shape shape) {
    long rows = 1;
    for (int axis = 0; axis < shape.rank() - 1; axis++) {
      rows *= shape.size(axis);
    }
    return rows;
  }

  private static Tensor unrows(Tensor x, Shape like) {
    return like.rank() == 2 ? x : x.reshape(like.with(like.rank() - 1, x.shape().size(-1)));
  }

  // ---- convolution ----

  /// The gradients of a convolution or of one of its gradients: each of x, w, y in terms of the other two.
  static Gradient convolutionGradient(Convolution op) {
    Window window = op.window();
    return switch (op.direction()) {
      case FORWARD ->
          b ->
              Gradient.each(
                  () -> backwardData(window, b.in(1), b.g(), b.in(0).shape()),
                  () -> backwardWeights(window, b.in(0), b.g(), b.in(1).shape()));
      // inputs w, y
      case BACKWARD_DATA ->
          b ->
              Gradient.each(
                  () -> backwardWeights(window, b.g(), b.in(1), b.in(0).shape()),
                  () -> forward(window, b.g(), b.in(0)));
      // inputs x, y
      case BACKWARD_WEIGHTS ->
          b ->
              Gradient.each(
                  () -> backwardData(window, b.g(), b.in(1), b.in(0).shape()),
                  () -> forward(window, b.in(0), b.g()));
    };
  }

  private static Tensor forward(Window window, Tensor x, Tensor w) {
    Shape target = outputShape(window, x.shape(), w.shape());
    return Tensor.call(new Convolution(Direction.FORWARD, window, target), x, w);
  }

  private static Tensor backwardData(Window window, Tensor w, Tensor y, Shape target) {
    return Tensor.call(new Convolution(Direction.BACKWARD_DATA, window, target), w, y);
  }

  private static Tensor backwardWeights(Window window, Tensor x, Tensor y, Shape target) {
    return Tensor.call(new Convolution(Direction.BACKWARD_WEIGHTS, window, target), x, y);
  }

  /// The shape of a convolution's output.
  ///
  /// @param window how the weights move
  /// @param x the input's shape, [n, c, h, w]
  /// @param w the weights' shape, [o, c / groups, kh, kw]
  /// @return [n, o, oh, ow]
  public static Shape outputShape(Window window, Shape x, Shape w) {
    if (x.rank() != 4 || w.rank() != 4) {
      throw new IllegalArgumentException(
          "conv2d: expected an input [n, c, h, w] and weights [o, c, kh, kw], got %s and %s"
              .formatted(x, w));
    }
    if (x.size(1) != w.size(1) * window.groups() || w.size(0) % window.groups() != 0) {
      throw new IllegalArgumentException(
          "conv2d: weights of shape %s with %s groups expect %s input channels, got the input %s"
              .formatted(w, window.groups(), w.size(1) * window.groups(), x));
    }
    long h = window.outHeight(x.size(2));
    long v = window.outWidth(x.size(3));
    checkFits("conv2d", window, x, h, v);
    return Shape.of(x.size(0), w.size(0), h, v);
  }

  private static void checkFits(String op, Window window, Shape x, long h, long v) {
    boolean fits =
        x.size(2) + 2 * window.padH() >= window.dilationH() * (window.kernelH() - 1) + 1
            && x.size(3) + 2 * window.padW() >= window.dilationW() * (window.kernelW() - 1) + 1;
    if (!fits || h <= 0 || v <= 0) {
      throw new IllegalArgumentException(
          "%s: the window %s x %s does not fit into the padded input %s"
              .formatted(op, window.kernelH(), window.kernelW(), x));
    }
  }

  /// A convolution with bias, `x [n, c, h, w]`, `w [o, c / groups, kh, kw]`, `b [o]`; the bias is the third input, if any.
  ///
  /// @param window how the weights move
  /// @param bias whether there is a bias
  /// @return the op
  public static OpDef conv2d(Window window, boolean bias) {
    return Composite.of(
        "convolution",
        List.of(window, bias),
        in -> {
          Tensor y = forward(window, in[0], in[1]);
          return bias ? y.add(in[2].reshape(1, -1, 1, 1)) : y;
        },
        b ->
            Gradient.each(
                () -> backwardData(window, b.in(1), b.g(), b.in(0).shape()),
                () -> backwardWeights(window, b.in(0), b.g(), b.in(1).shape()),
                () -> b.g().sum(0, 2, 3)));
  }

  // ---- pooling ----

  /// The gradients of a pooling or of its gradient.
  static Gradient poolingGradient(Pooling op) {
    Window window = op.window();
    return switch (op.op()) {
      case MAX ->
          b ->
              Gradient.each(
                  () ->
                      Tensor.call(
                          new Pooling(PoolOp.MAX_BACKWARD, window, b.in(0).shape()),
                          b.g(0),
                          b.out(1)));
      case MAX_BACKWARD ->
          b ->
              Gradient.each(
                  () -> {
                    Shape x = b.out().shape();
                    Shape y = b.in(0).shape();
                    Tensor planes = b.g().reshape(x.size(0), x.size(1), x.size(2) * x.size(3));
                    Tensor index = b.in(1).reshape(y.size(0), y.size(1), y.size(2) * y.size(3));
                    return planes.gather(2, index).reshape(y);
                  });
      case AVERAGE ->
          b ->
              Gradient.each(
                  () ->
                      Tensor.call(
                          new Pooling(PoolOp.AVERAGE_BACKWARD, window, b.in(0).shape()), b.g()));
      case AVERAGE_BACKWARD ->
          b ->
              Gradient.each(
                  () -> Tensor.call(new Pooling(PoolOp.AVERAGE, window, b.in(0).shape()), b.g()));
    };
  }

  /// A pooling of planes `[n, c, h, w]`.
  ///
  /// @param op MAX or AVERAGE
  /// @param window the window
  /// @param ceil whether a last window may reach beyond the padded plane, if it begins before the padding at the end
  /// @param x the input's shape
  /// @return the op
  public static OpDef pool2d(PoolOp op, Window window, boolean ceil, Shape x) {
    String name = op == PoolOp.MAX ? "max_pool2d" : "avg_pool2d";
    if (x.rank() != 4) {
      throw new IllegalArgumentException(
          "%s: expected an input [n, c, h, w], got %s".formatted(name, x));
    }
    long h = window.outHeight(x.size(2));
    long v = window.outWidth(x.size(3));
    checkFits(name, window, x, h, v);
    if (ceil) {
      h +=
          isOneMore(
                  x.size(2),
                  window.padH(),
                  window.dilationH(),
                  window.kernelH(),
                  window.strideH(),
                  h)
              ? 1
              : 0;
      v +=
          isOneMore(
                  x.size(3),
                  window.padW(),
                  window.dilationW(),
                  window.kernelW(),
                  window.strideW(),
                  v)
              ? 1
              : 0;
    }
    return new Pooling(op, window, Shape.of(x.size(0), x.size(1), h, v));
  }

  /// Whether something is left for another window, which begins in the input or in the padding before it.
  private static boolean isOneMore(
      long size, long pad, long dilation, long kernel, long stride, long windows) {
    boolean rest = (size + 2 * pad - dilation * (kernel - 1) - 1) % stride != 0;
    return rest && windows * stride < size + pad;
  }
}
