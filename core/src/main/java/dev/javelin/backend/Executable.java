package dev.javelin.backend;

/// A kernel ready to launch. Safe to launch from several threads.
@FunctionalInterface
public interface Executable {
  /// Runs the kernel. On an asynchronous device this returns once the launch is queued.
  ///
  /// The arrays belong to the caller, may be longer than the kernel needs, and are not kept.
  ///
  /// @param buffers the memory of each of the kernel's buffers
  /// @param offsets for each buffer, the byte that its views count from
  /// @param params the launch's parameters: integers, or the bits of doubles
  void launch(DeviceBuffer[] buffers, long[] offsets, long[] params);
}
