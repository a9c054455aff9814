package dev.javelin;

import dev.javelin.engine.ScopeState;

/// Frees the memory of all tensors made inside it at once, except those kept. Optional: tensors nobody refers to are freed anyway,
/// but not before a garbage collection.
///
/// ```java
/// try (var scope = Scope.open()) {
///   Tensor loss = lossFn.call(model.call(x), y);
///   loss.backward();
///   optimizer.step();
///   total += loss.item();
/// }
/// ```
///
/// Gradients of parameters and the state of optimisers outlive the scope by themselves. A scope belongs to the thread that opened it.
public final class Scope implements AutoCloseable {
  private final ScopeState state;

  private Scope(ScopeState state) {
    this.state = state;
  }

  /// Opens a scope on this thread, inside the one that is open, if any.
  ///
  /// @return the scope, to be closed by try-with-resources
  public static Scope open() {
    return new Scope(ScopeState.open());
  }

  /// Keeps a tensor beyond this scope: it then belongs to the scope outside, or to none.
  ///
  /// @param tensor the tensor, with all that shares its memory
  /// @return the tensor
  public Tensor keep(Tensor tensor) {
    state.keep(tensor);
    return tensor;
  }

  /// Frees what was made inside and not kept. Using such a tensor afterwards is an exception that says where it was freed.
  @Override
  public void close() {
    state.close();
  }
}
