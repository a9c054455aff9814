package dev.javelin.conformance;

import dev.javelin.Device;

/// What the suites test.
///
/// @param device the device
/// @param thorough false for a device so slow that fewer sizes must do
/// @param oneIn how many of the tests that differ only in sizes, layouts and dtypes to run: 1 for all, or one in so many for a device
///   that takes long to compile a kernel; which ones is the same at every run
public record Subject(Device device, boolean thorough, int oneIn) {
  /// Everything is tested.
  ///
  /// @param device the device
  /// @return the subject
  public static Subject of(Device device) {
    return new Subject(device, true, 1);
  }
}
