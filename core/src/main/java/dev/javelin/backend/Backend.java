package dev.javelin.backend;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Shape;
import java.util.List;

/// One device: holds buffers and runs kernels. Safe to use from several threads.
public interface Backend {
  /// What the device is.
  ///
  /// @return its description, the same at every call
  DeviceInfo info();

  /// Allocates uninitialised memory. The caller pools and frees it.
  ///
  /// @param bytes the size, above 0
  /// @return the buffer, aligned to at least 64 bytes
  /// @throws OutOfDeviceMemoryException if the device has no such amount left
  DeviceBuffer allocate(long bytes);

  /// Makes a kernel ready to launch. The caller caches the result.
  ///
  /// @param kernel what to compute
  /// @return the kernel, ready to launch
  Executable compile(Kernel kernel);

  /// How the arrays of a convolution lie where it is fastest; they are computed that way if nothing speaks against it.
  ///
  /// @param type what is summed in
  /// @param x the shape of the input, `[n, c, h, w]`
  /// @param w the shape of the weights, `[o, c / groups, kh, kw]`
  /// @return the order of the input and of the output
  default PlaneOrder planeOrder(DType type, Shape x, Shape w) {
    return PlaneOrder.CONTIGUOUS;
  }

  /// Prepares a sequence of launches of this device's executables that is to be run many times.
  ///
  /// @param launches the launches, in order
  /// @return the sequence, ready to run
  default Replay prepare(List<PreparedLaunch> launches) {
    return Replay.of(launches);
  }

  /// Waits until everything launched so far has finished.
  void synchronize();
}
