package dev.javelin.backend;

/// One launch of a sequence that is run many times.
///
/// @param executable the kernel
/// @param buffers the memory of each of its buffers, copied when the launch is prepared
/// @param offsets for each buffer, the byte that its views count from, copied likewise
/// @param params the launch's parameters; the array stays the caller's, who may change its elements between two runs
public record PreparedLaunch(
    Executable executable, DeviceBuffer[] buffers, long[] offsets, long[] params) {
  /// Copies the buffers and offsets.
  public PreparedLaunch {
    buffers = buffers.clone();
    offsets = offsets.clone();
  }

  /// Runs it once.
  public void launch() {
    executable.launch(buffers, offsets, params);
  }
}
