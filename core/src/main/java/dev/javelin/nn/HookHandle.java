package dev.javelin.nn;

/// What the registration of a hook returns.
public final class HookHandle {
  private final Runnable removal;

  HookHandle(Runnable removal) {
    this.removal = removal;
  }

  /// Removes the hook; once is enough, more does no harm.
  public void remove() {
    removal.run();
  }
}
