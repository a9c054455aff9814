package dev.javelin.opencl;

import java.util.Optional;

/// What users can set, as a system property or in the environment.
final class Settings {
  private Settings() {}

  /// Whether OpenCL is to be looked for at all: `javelin.opencl`, `JAVELIN_OPENCL`; only `false` switches it off.
  static boolean enabled() {
    return !"false".equalsIgnoreCase(setting("javelin.opencl", "JAVELIN_OPENCL"));
  }

  /// The library to use in place of those that are looked for, a loader or a driver: `javelin.opencl.library`,
  /// `JAVELIN_OPENCL_LIBRARY`.
  static Optional<String> library() {
    return Optional.ofNullable(setting("javelin.opencl.library", "JAVELIN_OPENCL_LIBRARY"));
  }

  private static String setting(String property, String variable) {
    return System.getProperty(property, System.getenv(variable));
  }
}
