package dev.javelin.engine;

import java.util.ArrayList;
import java.util.List;

/// The storages made on a thread since a scope was opened, to be freed when it closes.
public final class ScopeState implements AutoCloseable {
  private final Thread owner = Thread.currentThread();
  private final ScopeState outer;
  private final String opened;
  private final boolean internal;
  private final List<Storage> made = new ArrayList<>();
  private boolean closed;

  private ScopeState(ScopeState outer, String opened, boolean internal) {
    this.outer = outer;
    this.opened = opened;
    this.internal = internal;
  }

  /// Opens a scope on this thread, inside the one that is open.
  ///
  /// @return the scope
  public static ScopeState open() {
    return open(Sites.caller(), false);
  }

  /// Opens a scope for the library's own temporaries; costs less, for it need not find the line of the program.
  ///
  /// @param user who opens it, for errors
  /// @return the scope
  public static ScopeState openFor(String user) {
    return open(user, true);
  }

  private static ScopeState open(String site, boolean internal) {
    ThreadContext context = ThreadContext.get();
    ScopeState scope = new ScopeState(context.scope, site, internal);
    context.scope = scope;
    return scope;
  }

  void add(Storage storage) {
    storage.scope = this;
    storage.madeIn = this;
    made.add(storage);
  }

  /// Keeps a tensor's memory beyond the scope: it belongs to the scope outside, or to no scope.
  ///
  /// @param value the tensor
  public void keep(Value value) {
    Storage storage = value.storage();
    storage.madeIn = null;
    if (storage.scope == this) {
      if (outer == null) {
        storage.scope = null;
      } else {
        outer.add(storage);
      }
    }
  }

  /// Whether a tensor's memory was made inside this scope.
  ///
  /// @param value the tensor
  /// @return true if closing the scope would free it
  public boolean owns(Value value) {
    return value.storage().scope == this;
  }

  /// Closes the scope without freeing anything: what was made inside belongs to no scope then.
  public void release() {
    for (Storage storage : made) {
      if (storage.scope == this) {
        storage.scope = null;
      }
    }
    close();
  }

  /// Frees what was made inside and not kept.
  @Override
  public void close() {
    if (closed) {
      return;
    }
    ThreadContext context = ThreadContext.get();
    if (owner != Thread.currentThread() || context.scope != this) {
      throw new IllegalStateException(
          "the scope opened at "
              + opened
              + " must be closed by the thread that opened it, after the scopes inside it");
    }
    closed = true;
    context.scope = outer;
    String reason = null;
    for (Storage storage : made) {
      if (storage.scope == this && !storage.isFreed()) {
        if (reason == null) {
          reason =
              internal
                  ? "by " + opened + ", which had made it for itself"
                  : "when the scope opened at " + opened + " was closed at " + Sites.caller();
        }
        storage.free(reason);
      }
    }
    made.clear();
  }
}
