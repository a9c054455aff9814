package dev.javelin.ops;

import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Expr;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.util.List;
import java.util.Optional;

/// Everything there is to know about an op: its name, its meaning, its gradient. Backends know none of them.
///
/// The kinds are few. Each elementwise op, each composed op is ONE constant of a table in this package; the structural kinds are
/// records whose components are the arguments of the call.
public sealed interface OpDef {
  /// PyTorch's name of the op.
  ///
  /// @return the name
  String name();

  /// The gradient rule.
  ///
  /// @return the rule, [Gradient#NONE] if nothing flows
  Gradient gradient();

  /// How the node prints in `grad_fn=<...>`.
  ///
  /// @return the name, such as `ReluBackward0`
  default String gradName() {
    StringBuilder result = new StringBuilder();
    for (String word : name().split("_", -1)) {
      result.append(Character.toUpperCase(word.charAt(0))).append(word, 1, word.length());
    }
    return result.append("Backward0").toString();
  }

  /// How the types of operands and result of an elementwise op follow from each other.
  enum Typing {
    /// Operands are promoted; the result is of the promoted type.
    PROMOTE,
    /// Operands are promoted, integers to float32; the result is of that type.
    FLOAT,
    /// Operands are promoted; the result is a truth value.
    PREDICATE,
    /// Operands are taken as truth values; so is the result.
    LOGICAL,
    /// Operands are promoted and must not be floating point.
    INTEGER,
    /// The first operand is a truth value, the others are promoted; the result is of the promoted type.
    SELECTION,
    /// The operands are not promoted; the result is of the second one's type.
    SECOND
  }

  /// `out[i...] = body(in[i...]...)`, operands broadcast. Compared by identity: one constant per op.
  final class Pointwise implements OpDef {
    /// The value as it is, through which no gradient flows. Only recordings of compiled functions
    /// have it: `detach` itself gives a view.
    public static final Pointwise DETACH =
        new Pointwise("detach", Typing.PROMOTE, Expr.in(0), Gradient.NONE);

    private final String name;
    private final Typing typing;
    private final Expr body;
    private final Gradient gradient;

    Pointwise(String name, Typing typing, Expr body, Gradient gradient) {
      this.name = name;
      this.typing = typing;
      this.body = body;
      this.gradient = gradient;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public Gradient gradient() {
      return gradient;
    }

    /// How types follow.
    ///
    /// @return the rule
    public Typing typing() {
      return typing;
    }

    /// The element of the output.
    ///
    /// @return an expression of the operands
    public Expr body() {
      return body;
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /// Converts to another dtype.
  ///
  /// @param target the dtype
  record Cast(DType target) implements OpDef {
    @Override
    public String name() {
      return "to_copy";
    }

    @Override
    public Gradient gradient() {
      return b -> Gradient.each(() -> b.g());
    }

    @Override
    public String gradName() {
      return "ToCopyBackward0";
    }
  }

  /// A tensor filled with a number, its only input.
  ///
  /// @param dtype its dtype
  /// @param shape its shape
  record Full(DType dtype, Shape shape) implements OpDef {
    @Override
    public String name() {
      return "full";
    }

    @Override
    public Gradient gradient() {
      return Gradient.NONE;
    }
  }

  /// The int64 numbers 0, 1, 2 ...
  ///
  /// @param size how many
  record Iota(long size) implements OpDef {
    @Override
    public String name() {
      return "arange";
    }

    @Override
    public Gradient gradient() {
      return Gradient.NONE;
    }
  }

  /// Folds dimensions.
  ///
  /// @param name PyTorch's name
  /// @param fold how elements combine
  /// @param dims which dimensions, ascending, from 0
  /// @param keepdim whether they stay with size 1
  record Reduction(String name, Kernel.FoldOp fold, List<Integer> dims, boolean keepdim)
      implements OpDef {
    @Override
    public Gradient gradient() {
      return ReduceOps.gradient(this);
    }
  }

  /// Another way to look at the same elements: no kernel.
  sealed interface Movement extends OpDef {
    /// The new view; only a reshape can be impossible.
    ///
    /// @param view the old view
    /// @return the new view, or empty where the elements do not lie right
    Optional<View> move(View view);

    @Override
    default Gradient gradient() {
      return ViewOps.gradient(this);
    }
  }

  /// Reorders dimensions.
  ///
  /// @param name PyTorch's name of the call: permute, transpose or t
  /// @param axes where each new dimension comes from
  record Permute(String name, List<Integer> axes) implements Movement {
    @Override
    public Optional<View> move(View view) {
      return Optional.of(view.permute(axes.stream().mapToInt(Integer::intValue).toArray()));
    }
  }

  /// Repeats dimensions of size 1.
  ///
  /// @param target the new shape, of the same rank
  record Expand(Shape target) implements Movement {
    @Override
    public String name() {
      return "expand";
    }

    @Override
    public Optional<View> move(View view) {
      return Optional.of(view.expand(target));
    }
  }

  /// Takes some indices of a dimension.
  ///
  /// @param axis which dimension
  /// @param start the first index
  /// @param step the distance between indices; negative walks backwards
  /// @param length how many
  record Slice(int axis, long start, long step, long length) implements Movement {
    @Override
    public String name() {
      return "slice";
    }

    @Override
    public Optional<View> move(View view) {
      return Optional.of(view.slice(axis, start, step, length));
    }
  }

  /// Takes one index of a dimension, which goes away.
  ///
  /// @param axis which dimension
  /// @param index which index
  record Select(int axis, long index) implements Movement {
    @Override
    public String name() {
      return "select";
    }

    @Override
    public Optional<View> move(View view) {
      return Optional.of(view.slice(axis, index, 1, 1).drop(axis));
    }
  }

  /// The elements of two dimensions at equal indices, as a new last dimension.
  ///
  /// @param offset how far above the main diagonal; negative, below it
  /// @param row the dimension of the rows
  /// @param column the dimension of the columns
  record Diagonal(long offset, int row, int column) implements Movement {
    @Override
    public String name() {
      return "diagonal";
    }

    @Override
    public Optional<View> move(View view) {
      return Optional.of(ViewOps.diagonal(view, offset, row, column));
    }
  }

  /// Windows along a dimension, side by side in a new last dimension.
  ///
  /// @param axis which dimension
  /// @param size the length of a window
  /// @param step the distance between two
  record Unfold(int axis, long size, long step) implements Movement {
    @Override
    public String name() {
      return "unfold";
    }

    @Override
    public Optional<View> move(View view) {
      long windows = (view.shape().size(axis) - size) / step + 1;
      View starts = view.slice(axis, 0, step, windows);
      return Optional.of(ViewOps.append(starts, size, view.stride(axis)));
    }
  }

  /// The same elements in the same order under another shape.
  ///
  /// @param name PyTorch's name of the call: view, squeeze, unsqueeze, flatten ...
  /// @param target the new shape
  record Reshape(String name, Shape target) implements Movement {
    @Override
    public Optional<View> move(View view) {
      return view.reshape(target);
    }
  }

  /// A view given by strides over the row-by-row order of the elements.
  ///
  /// @param view the view
  record AsStrided(View view) implements Movement {
    @Override
    public String name() {
      return "as_strided";
    }

    @Override
    public Optional<View> move(View from) {
      return from.isContiguous()
          ? Optional.of(View.of(view.shape(), view.strides(), from.offset() + view.offset()))
          : Optional.empty();
    }
  }

  /// Products of matrices `[batch..., m, k] x [batch..., k, n]`, batch sizes equal.
  ///
  /// @param name mm or bmm
  record MatMul(String name) implements OpDef {
    @Override
    public Gradient gradient() {
      return MatrixOps.matmulGradient();
    }
  }

  /// A convolution or one of its gradients.
  ///
  /// @param direction which of x, w, y is computed from the other two, given in that order
  /// @param window how the weights move
  /// @param target the shape of what is computed
  record Convolution(Kernel.Direction direction, Kernel.Window window, Shape target)
      implements OpDef {
    @Override
    public String name() {
      return "convolution";
    }

    @Override
    public Gradient gradient() {
      return MatrixOps.convolutionGradient(this);
    }
  }

  /// A pooling or its gradient. The maximum has a second output, where it is; its gradient takes that as second input.
  ///
  /// @param op what is computed
  /// @param window the window
  /// @param target the shape of what is computed
  record Pooling(Kernel.PoolOp op, Kernel.Window window, Shape target) implements OpDef {
    @Override
    public String name() {
      return switch (op) {
        case MAX -> "max_pool2d_with_indices";
        case MAX_BACKWARD -> "max_pool2d_with_indices_backward";
        case AVERAGE -> "avg_pool2d";
        case AVERAGE_BACKWARD -> "avg_pool2d_backward";
      };
    }

    @Override
    public String gradName() {
      return op == Kernel.PoolOp.MAX ? "MaxPool2DWithIndicesBackward0" : "AvgPool2DBackward0";
    }

    @Override
    public Gradient gradient() {
      return MatrixOps.poolingGradient(this);
    }
  }

  /// `softmax(scale q k^T) v` of q `[batch..., l, e]`, k `[batch..., s, e]`, v `[batch..., s, f]`, batch sizes equal. A second
  /// output `[batch..., l]` is the logarithm of each row's sum of exponentials, infinity where that is 0.
  ///
  /// @param scale by which scores are multiplied
  /// @param causal whether query i sees keys 0 to i only
  record Attention(double scale, boolean causal) implements OpDef {
    @Override
    public String name() {
      return "scaled_dot_product_attention";
    }

    @Override
    public Gradient gradient() {
      return AttentionOps.gradient(this);
    }
  }

  /// The gradients of q, k and v of an [Attention]; inputs q, k, v, the gradient of the output, the second output, and the sum
  /// over the last dimension of output times gradient.
  ///
  /// @param scale by which scores are multiplied
  /// @param causal whether query i sees keys 0 to i only
  record AttentionBackward(double scale, boolean causal) implements OpDef {
    @Override
    public String name() {
      return "scaled_dot_product_attention_backward";
    }

    @Override
    public Gradient gradient() {
      return AttentionOps.gradient(this);
    }
  }

  /// `out[i...] = source[i... with axis replaced by index[i...]]`; the output has the index's shape.
  ///
  /// @param name PyTorch's name of the call
  /// @param axis which dimension
  record Gather(String name, int axis) implements OpDef {
    @Override
    public Gradient gradient() {
      return IndexOps.gatherGradient(this);
    }
  }

  /// A copy of the first input with `out[i... with axis replaced by index[i...]] (+)= source[i...]`; inputs base, index, source.
  ///
  /// @param name PyTorch's name of the call
  /// @param axis which dimension
  /// @param add whether to add or to replace
  record Scatter(String name, int axis, boolean add) implements OpDef {
    @Override
    public Gradient gradient() {
      return IndexOps.scatterGradient(this);
    }
  }

  /// Random numbers; inputs are the seed and the first counter.
  ///
  /// @param distribution which numbers
  /// @param dtype their type
  /// @param shape how many
  record Draw(Kernel.Distribution distribution, DType dtype, Shape shape) implements OpDef {
    @Override
    public String name() {
      return "rand";
    }

    @Override
    public Gradient gradient() {
      return Gradient.NONE;
    }
  }

  /// Puts the inputs into regions of a tensor, 0 where nothing is put: cat, stack, pad, the gradients of slices.
  ///
  /// @param name PyTorch's name of the call
  /// @param shape the shape of the result
  /// @param regions where each input goes: a view of the result's elements, row by row; a later one overwrites an earlier one
  /// @param covered whether the regions leave nothing out
  record Assemble(String name, Shape shape, List<View> regions, boolean covered) implements OpDef {
    @Override
    public Gradient gradient() {
      return ViewOps.assembleGradient(this);
    }
  }

  /// An op composed of others; runs as its fewest kernels. See [Composite].
  non-sealed interface Composed extends OpDef {
    /// The results, by other ops.
    ///
    /// @param in the inputs
    /// @return the outputs
    Tensor[] trace(Tensor[] in);

    /// Which input each output is written into.
    ///
    /// @param output which output
    /// @return the input's index, or -1 for an output with memory of its own
    int target(int output);

    /// How many outputs users see; the others only serve the gradient.
    ///
    /// @return the number
    int visible();
  }
}
