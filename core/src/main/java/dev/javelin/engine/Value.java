package dev.javelin.engine;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/// The engine's side of a tensor: layout, source, place in the autograd graph. `dev.javelin.Tensor` is the only direct subclass.
public abstract class Value {
  /// Makes tensors for the engine; installed by `Tensor`.
  public interface Factory {
    /// A tensor.
    ///
    /// @param layout its layout
    /// @param source where its elements come from
    /// @param offset the element of the source it begins at
    /// @return the tensor
    Value create(Layout layout, Object source, long offset);
  }

  static Factory factory;

  Layout layout;
  Source source;
  long offset;

  /// The node that computed this, null for a leaf.
  GradNode gradNode;

  /// Which output of the node this is.
  int gradOutput;

  boolean requiresGrad;

  /// What this is a view of, as far as autograd is concerned; null if nothing.
  Value base;

  /// The base's rebase count when `gradNode` was made.
  int baseEpoch;

  /// How often an in-place change of a view gave this base a new node.
  int epoch;

  private LeafState leaf;

  /// What few tensors have: a gradient, hooks.
  static final class LeafState {
    Value grad;
    boolean gradSeen;
    boolean retainsGrad;
    final List<UnaryOperator<Value>> hooks = new ArrayList<>();
  }

  /// For `Tensor`.
  ///
  /// @param layout its layout
  /// @param source a [Source]
  /// @param offset the element of the source it begins at
  protected Value(Layout layout, Object source, long offset) {
    this.layout = layout;
    this.source = (Source) source;
    this.offset = offset;
  }

  /// The same elements without history, for `Tensor`.
  ///
  /// @param like whose memory to share
  protected Value(Value like) {
    this(like.layout, like.storage(), like.offset);
  }

  /// Tells the engine how to make tensors.
  ///
  /// @param create the constructor
  protected static void install(Factory create) {
    factory = create;
  }

  static Value make(Layout layout, Source source, long offset) {
    return factory.create(layout, source, offset);
  }

  /// The layout.
  ///
  /// @return type, shape and strides
  protected final Layout layout() {
    return layout;
  }

  final Shape shape() {
    return layout.shape();
  }

  final DType dtype() {
    return layout.dtype();
  }

  final LeafState leaf() {
    if (leaf == null) {
      leaf = new LeafState();
    }
    return leaf;
  }

  final LeafState leafOrNull() {
    return leaf;
  }

  /// The same tensor as another object.
  final Value twin() {
    Value twin = make(layout, source, offset);
    leaf();
    twin.take(this);
    return twin;
  }

  /// Becomes what its twin has become.
  final void take(Value twin) {
    layout = twin.layout;
    source = twin.source;
    offset = twin.offset;
    gradNode = twin.gradNode;
    gradOutput = twin.gradOutput;
    requiresGrad = twin.requiresGrad;
    base = twin.base;
    baseEpoch = twin.baseEpoch;
    epoch = twin.epoch;
    leaf = twin.leaf;
  }

  /// Whether a gradient flows through this.
  final boolean tracked() {
    return requiresGrad || gradNode != null;
  }

  final boolean isNumber() {
    return source instanceof Source.Constant;
  }

  final boolean isTraced() {
    return source instanceof Source.Leaf
        || source instanceof Source.Computed
        || source instanceof Source.Absent;
  }

  /// The storage, checked to be alive.
  final Storage storage() {
    if (source instanceof Storage storage) {
      storage.check(this);
      return storage;
    }
    throw new IllegalStateException(
        "the values of a tensor that is only being traced (" + layout + ") were asked for");
  }
}
