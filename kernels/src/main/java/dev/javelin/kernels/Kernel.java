package dev.javelin.kernels;

import java.util.List;
import java.util.Optional;

/// A unit of device work: a pure value that says what to compute from which buffers. Every backend compiles these and nothing else.
///
/// Buffers are numbered; `buffers()` gives the type of each one's elements. A launch binds memory to every number and gives the
/// parameters. All views of a kernel index the kernel's iteration space. A buffer that is written may also be read at the same
/// element by the same iteration (in-place update), never at another.
public sealed interface Kernel {
  /// The type of the elements of each buffer.
  ///
  /// @return one dtype for each buffer number
  List<DType> buffers();

  /// An element of a buffer for each index of the iteration space.
  ///
  /// @param buffer which buffer
  /// @param view which element
  record Operand(int buffer, View view) {}

  /// A value written to a buffer, rounded or wrapped to the buffer's type.
  ///
  /// @param to where
  /// @param value the position of the value in the program
  record Store(Operand to, int value) {}

  /// One elementwise computation: the program runs at each index of the shape.
  ///
  /// @param shape the iteration space
  /// @param program the computation
  /// @param stores what is written, at least one
  record Part(Shape shape, Program program, List<Store> stores) {}

  /// Elementwise: independent parts in one launch (one, but for updates of many tensors at once).
  ///
  /// @param buffers the dtype of each buffer
  /// @param parts the computations
  record Map(List<DType> buffers, List<Part> parts) implements Kernel {}

  /// How a fold combines elements.
  enum FoldOp {
    /// The sum; 0 when empty. Floats narrower than float64 are summed in float32 or better, in blocks.
    SUM,
    /// The product; 1 when empty.
    PROD,
    /// The largest, NaN if any is; negative infinity (or the smallest integer) when empty.
    MAX,
    /// The smallest, NaN if any is; infinity (or the largest integer) when empty.
    MIN,
    /// The index of the first largest along the folded axes, row by row, as int64; NaN counts as largest.
    ARGMAX,
    /// The index of the first smallest along the folded axes, row by row, as int64; NaN counts as smallest.
    ARGMIN
  }

  /// A fold over the inner axes.
  ///
  /// @param op how elements combine
  /// @param value the position of the folded value in the body
  /// @param type the register type of the result; int64 for arguments of extrema, else the type of the value
  record Fold(FoldOp op, int value, DType type) {}

  /// Folds the inner axes: for each outer index, all folds over the inner indices, then `finish`.
  ///
  /// @param buffers the dtype of each buffer
  /// @param outer the axes that stay
  /// @param inner the axes that are folded
  /// @param body what is folded, over the axes `outer` then `inner`
  /// @param folds the folds; `Result(i)` of `finish` is the i-th. Their values do not depend on each other's results
  /// @param finish computed from the results, over the axes `outer`
  /// @param stores what is written of `finish`
  record Reduce(
      List<DType> buffers,
      Shape outer,
      Shape inner,
      Program body,
      List<Fold> folds,
      Program finish,
      List<Store> stores)
      implements Kernel {}

  /// A row through several folds and maps: softmax, layer norm, cross entropy and their gradients.
  ///
  /// @param buffers the dtype of each buffer
  /// @param outer the axes that number the rows
  /// @param inner the axes of a row
  /// @param body over the axes `outer` then `inner`; may use `Result(i)` of the folds, each fold's value only of folds before it
  /// @param folds the folds, in order
  /// @param stores what is written for each element, of `body`
  /// @param finish computed from the results for each row, over the axes `outer`
  /// @param rowStores what is written for each row, of `finish`
  record RowWise(
      List<DType> buffers,
      Shape outer,
      Shape inner,
      Program body,
      List<Fold> folds,
      List<Store> stores,
      Program finish,
      List<Store> rowStores)
      implements Kernel {}

  /// Matrix products `out[b..., m, n] = finish(sum over k of a[b..., m, k] * x[b..., k, n])`.
  ///
  /// @param buffers the dtype of each buffer
  /// @param a the left operand, view over [batch..., m, k]
  /// @param b the right operand, view over [batch..., k, n]
  /// @param type the register type of the accumulator
  /// @param finish over the axes [batch..., m, n]; `Result(0)` is the product
  /// @param store what is written of `finish`
  record Contract(
      List<DType> buffers, Operand a, Operand b, DType type, Program finish, Store store)
      implements Kernel {}

  /// Which of a convolution's three arrays is computed from the other two.
  enum Direction {
    /// y from x and w.
    FORWARD,
    /// The gradient of x from w and the gradient of y.
    BACKWARD_DATA,
    /// The gradient of w from x and the gradient of y.
    BACKWARD_WEIGHTS
  }

  /// A 2-D convolution (cross-correlation, as everywhere in the field), or one of its gradients.
  ///
  /// @param buffers the dtype of each buffer
  /// @param direction what is computed
  /// @param geometry strides, padding, dilation and groups; the sizes are those of the views
  /// @param x the input, view [n, c, h, w]
  /// @param w the weights, view [o, c / groups, kh, kw]
  /// @param y the output, view [n, o, oh, ow]
  /// @param type the register type of the accumulator
  /// @param finish over the axes of the array that is computed; `Result(0)` is the sum
  /// @param value the position in `finish` of what is written
  record Convolve(
      List<DType> buffers,
      Direction direction,
      Window geometry,
      Operand x,
      Operand w,
      Operand y,
      DType type,
      Program finish,
      int value)
      implements Kernel {}

  /// How a window of a convolution or pooling moves over the plane.
  ///
  /// @param kernelH the window's height
  /// @param kernelW its width
  /// @param strideH how far it moves down
  /// @param strideW how far it moves right
  /// @param padH rows of padding above and below
  /// @param padW columns of padding left and right
  /// @param dilationH distance between the window's rows
  /// @param dilationW distance between its columns
  /// @param groups how many groups the channels of a convolution form; 1 for pooling
  record Window(
      long kernelH,
      long kernelW,
      long strideH,
      long strideW,
      long padH,
      long padW,
      long dilationH,
      long dilationW,
      long groups) {
    /// The height of the output.
    ///
    /// @param height the height of the input
    /// @return the number of positions
    public long outHeight(long height) {
      return (height + 2 * padH - dilationH * (kernelH - 1) - 1) / strideH + 1;
    }

    /// The width of the output.
    ///
    /// @param width the width of the input
    /// @return the number of positions
    public long outWidth(long width) {
      return (width + 2 * padW - dilationW * (kernelW - 1) - 1) / strideW + 1;
    }
  }

  /// What a pooling computes.
  enum PoolOp {
    /// y = the largest of each window (NaN wins, else the first), and index = where it is: row times width plus column.
    MAX,
    /// The gradient of x: that of y goes to where `index` says, the rest is 0.
    MAX_BACKWARD,
    /// y = the mean of each window; padding counts as zeros.
    AVERAGE,
    /// The gradient of x: that of y spread evenly over each window.
    AVERAGE_BACKWARD;

    /// Whether x is computed from y.
    ///
    /// @return true for the gradients
    public boolean isBackward() {
      return this == MAX_BACKWARD || this == AVERAGE_BACKWARD;
    }

    /// Whether there are indices.
    ///
    /// @return true for the largest and its gradient
    public boolean isMax() {
      return this == MAX || this == MAX_BACKWARD;
    }
  }

  /// Pooling of planes. y may have one row or column of windows more than [Window#outHeight] and [Window#outWidth] say: those begin
  /// in the padded plane and reach beyond it, where nothing is.
  ///
  /// @param buffers the dtype of each buffer
  /// @param op what is computed
  /// @param window the window
  /// @param shape what `body` runs over: the shape of x, `[n, c, h, w]`, or for the gradients that of y, `[n, c, oh, ow]`
  /// @param body gives what is pooled, x or the gradient of y, an element of which may be computed several times
  /// @param value the position in `body` of what is pooled, of the register type of the target's dtype
  /// @param target what is written: y, view [n, c, oh, ow], or the gradient of x, view [n, c, h, w]
  /// @param index int32, view [n, c, oh, ow]; the same as `target` and unused for averages
  record Pool(
      List<DType> buffers,
      PoolOp op,
      Window window,
      Shape shape,
      Program body,
      int value,
      Operand target,
      Operand index)
      implements Kernel {
    /// Pooling of what lies in memory.
    ///
    /// @param buffers the dtype of each buffer
    /// @param op what is computed
    /// @param window the window
    /// @param x the input or its gradient, view [n, c, h, w]
    /// @param y the output or its gradient, view [n, c, oh, ow]
    /// @param index int32, view [n, c, oh, ow]; the same as `y` and unused for averages
    /// @return the kernel
    public static Pool of(
        List<DType> buffers, PoolOp op, Window window, Operand x, Operand y, Operand index) {
      Operand read = op.isBackward() ? y : x;
      Operand target = op.isBackward() ? x : y;
      Instr load = new Instr.Load(read.buffer(), read.view(), buffers.get(read.buffer()));
      return new Pool(
          buffers,
          op,
          window,
          read.view().shape(),
          new Program(List.of(load)),
          0,
          target,
          op.isMax() ? index : target);
    }

    /// The shape of x.
    ///
    /// @return `[n, c, h, w]`
    public Shape x() {
      return op.isBackward() ? target.view().shape() : shape;
    }

    /// The shape of y.
    ///
    /// @return `[n, c, oh, ow]`
    public Shape y() {
      return op.isBackward() ? shape : target.view().shape();
    }

    /// What is pooled, if it lies in memory as it is.
    ///
    /// @return the operand, of the target's dtype; nothing where `body` computes
    public Optional<Operand> plain() {
      return body.code().size() == 1
              && body.code().getFirst() instanceof Instr.Load(int buffer, View view, DType stored)
              && stored == buffers.get(target.buffer())
          ? Optional.of(new Operand(buffer, view))
          : Optional.empty();
    }
  }

  /// Attention `y = softmax(scale q k^T) v`, row by row, without the matrix of weights.
  ///
  /// The weights are of the register type, as are the sums; a query all of whose scores are minus infinity, or that sees no key, gives 0.
  ///
  /// @param buffers the dtype of each buffer: one floating-point dtype for q, k, v and y, its register type for `lse`
  /// @param causal whether query i sees keys 0 to i only
  /// @param scale by which scores are multiplied
  /// @param q the queries, view [batch..., l, e]
  /// @param k the keys, view [batch..., s, e]
  /// @param v the values, view [batch..., s, f]
  /// @param y the output, view [batch..., l, f]
  /// @param lse for the gradient, view [batch..., l]: the logarithm of the sum of `exp(score)` over a query's keys, infinity where
  ///   that sum is 0
  record Attention(
      List<DType> buffers,
      boolean causal,
      double scale,
      Operand q,
      Operand k,
      Operand v,
      Operand y,
      Operand lse)
      implements Kernel {}

  /// The gradients of [Attention]: with weights `p = exp(scale q k^T - lse)` and `ds = p (g v^T - delta)` they are
  /// `dq = scale ds k`, `dk = scale ds^T q`, `dv = p^T g` (Dao et al., arXiv 2205.14135).
  ///
  /// @param buffers the dtype of each buffer: one for q, k, v, g and the gradients, its register type for `lse` and `delta`
  /// @param causal whether query i sees keys 0 to i only
  /// @param scale by which scores are multiplied
  /// @param q the queries, view [batch..., l, e]
  /// @param k the keys, view [batch..., s, e]
  /// @param v the values, view [batch..., s, f]
  /// @param g the gradient of the output, view [batch..., l, f]
  /// @param lse what [Attention] gave, view [batch..., l]
  /// @param delta the sum over f of g times the output, view [batch..., l]
  /// @param dq the gradient of the queries, view [batch..., l, e]
  /// @param dk the gradient of the keys, view [batch..., s, e]
  /// @param dv the gradient of the values, view [batch..., s, f]
  record AttentionBackward(
      List<DType> buffers,
      boolean causal,
      double scale,
      Operand q,
      Operand k,
      Operand v,
      Operand g,
      Operand lse,
      Operand delta,
      Operand dq,
      Operand dk,
      Operand dv)
      implements Kernel {}

  /// Reads at computed places: `target[i] = source[i with axis replaced by index[i]]`.
  ///
  /// An index below 0 or not below `axisSize` is an error of the launch.
  ///
  /// @param buffers the dtype of each buffer
  /// @param shape the iteration space
  /// @param source what is read; its stride along the replaced axis is 0
  /// @param axisStride the distance in the source between neighbours on the replaced axis
  /// @param axisSize the size of the replaced axis in the source
  /// @param index int64 or int32
  /// @param target what is written, of the source's dtype
  record Gather(
      List<DType> buffers,
      Shape shape,
      Operand source,
      long axisStride,
      long axisSize,
      Operand index,
      Operand target)
      implements Kernel {}

  /// Writes at computed places: `target[i with axis replaced by index[i]] (+)= source[i]`, in the order of i where places repeat.
  ///
  /// The target keeps its other elements. An index below 0 or not below `axisSize` is an error of the launch.
  ///
  /// @param buffers the dtype of each buffer
  /// @param shape the iteration space
  /// @param source what is read
  /// @param index int64 or int32
  /// @param target what is written, of the source's dtype; its stride along the replaced axis is 0
  /// @param axisStride the distance in the target between neighbours on the replaced axis
  /// @param axisSize the size of the replaced axis in the target
  /// @param add whether to add to the target or to replace
  record Scatter(
      List<DType> buffers,
      Shape shape,
      Operand source,
      Operand index,
      Operand target,
      long axisStride,
      long axisSize,
      boolean add)
      implements Kernel {}

  /// Which random numbers.
  enum Distribution {
    /// Uniform in [0, 1), of type float32 or float64.
    UNIFORM,
    /// Standard normal by the Box-Muller transform, of type float32 or float64.
    NORMAL,
    /// Uniform over the 2^32 words, as int64 from 0 to 2^32 - 1.
    WORDS
  }

  /// Random numbers by [Philox]; parameter 0 of the launch is the seed, parameter 1 the first counter.
  ///
  /// Element i of the shape (row by row) comes from counter `first + i / 4`, word `i % 4`; in float64 from `first + i / 2`, words
  /// `2 (i % 2)` and the one after. A pair of normal numbers takes the two uniforms u, v of its two elements:
  /// `sqrt(-2 log(1 - u)) cos(2 pi v)` and the same with sin.
  ///
  /// @param buffers the dtype of each buffer
  /// @param distribution which numbers
  /// @param target where they go; rounded to its dtype, drawn in its register type
  record Random(List<DType> buffers, Distribution distribution, Operand target) implements Kernel {}

  /// Copies elements as they are.
  ///
  /// @param buffers the dtype of each buffer: the same for both
  /// @param source what is read
  /// @param target what is written, of the same shape and dtype
  record Copy(List<DType> buffers, Operand source, Operand target) implements Kernel {}
}
