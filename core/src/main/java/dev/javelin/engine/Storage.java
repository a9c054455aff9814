package dev.javelin.engine;

import dev.javelin.backend.DeviceBuffer;

/// Memory shared by a tensor and its views: a buffer of a device's pool, given back when freed or when no tensor is left.
final class Storage implements Source {
  final DeviceContext device;
  final DeviceBuffer buffer;

  /// The name of the op that made this.
  final String maker;

  /// How often the elements were changed in place.
  int version;

  /// The scope that will free this, null if none.
  ScopeState scope;

  /// The scope this was made in, even if it has been taken out of it; null once it was kept by hand.
  ScopeState madeIn;

  /// In a backward pass: how many pending gradients live here, and which pass made this.
  int pendingUses;

  Object backwardPass;

  MemoryPool.Tracker tracker;
  private String freed;

  Storage(DeviceContext device, DeviceBuffer buffer, String maker) {
    this.device = device;
    this.buffer = buffer;
    this.maker = maker;
  }

  boolean isFreed() {
    return freed != null;
  }

  /// Gives the memory back now. Tensors that still refer to it throw from here on.
  ///
  /// @param by who freed it, as the end of "it was freed "
  void free(String by) {
    if (freed == null) {
      freed = by;
      device.pool.release(tracker);
    }
  }

  /// Lets the scope this was made in free it after all, if that is still the innermost one open.
  void returnToScope() {
    if (madeIn != null && madeIn == ThreadContext.get().scope) {
      scope = madeIn;
    }
  }

  void check(Value value) {
    if (freed != null) {
      throw new IllegalStateException(
          ("a tensor (%s, made by %s%s) was used after it was freed %s; "
                  + "keep what you need with scope.keep(tensor)%s")
              .formatted(
                  value.layout,
                  maker,
                  tracker.site(),
                  freed,
                  tracker.site().isEmpty()
                      ? "; run with -Djavelin.sites=true to see the line that made it"
                      : ""));
    }
  }
}
