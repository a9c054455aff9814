package dev.javelin.conformance;

/// Bad input gives one clear sentence.
public abstract class ErrorConformance extends Conformance {
  /// For the backend's test class.
  protected ErrorConformance() {}

  static void fails(Class<? extends Exception> type, Runnable body, String... parts) {
    Exception e = org.junit.jupiter.api.Assertions.assertThrows(type, body::run);
    for (String part : parts) {
      org.junit.jupiter.api.Assertions.assertTrue(
          String.valueOf(e.getMessage()).contains(part),
          "expected '" + part + "' in: " + e.getMessage());
    }
  }
}
