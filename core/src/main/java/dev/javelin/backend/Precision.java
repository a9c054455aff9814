package dev.javelin.backend;

/// How exactly libraries compute, where they leave a choice. Users set it by `Javelin.allowTf32`.
public final class Precision {
  private static volatile boolean tf32;

  private Precision() {}

  /// Whether products of float32 matrices may be computed in TF32: inputs rounded to 10 bits of fraction, sums in float32.
  ///
  /// @return false unless it was allowed
  public static boolean isTf32Allowed() {
    return tf32;
  }

  /// Allows or forbids TF32 from the next launch on.
  ///
  /// @param allowed whether it is allowed
  public static void allowTf32(boolean allowed) {
    tf32 = allowed;
  }
}
