package dev.javelin.conformance;

import dev.javelin.Device;

/// What a suite tests, and how much.
///
/// @param device the device under test
/// @param thorough whether to test large sizes; false for devices so slow that small ones must do
/// @param longRuns whether runs of many steps (training, random programs, samples of a distribution) are as long as they should be
/// @param oneIn how many of the tests that differ only in sizes, layouts and dtypes to run: 1 for all, or one in so many, for devices that
///   take long to compile a kernel; which ones is the same at every run
public record Subject(Device device, boolean thorough, boolean longRuns, int oneIn) {
  /// Everything there is to test.
  ///
  /// @param device the device under test
  /// @return all tests, at full length
  public static Subject whole(Device device) {
    return new Subject(device, true, true, 1);
  }
}
