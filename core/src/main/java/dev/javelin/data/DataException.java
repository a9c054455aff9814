package dev.javelin.data;

import java.io.Serial;

/// Data that cannot be used: damaged, foreign, unreadable, or not where it was said to be.
///
/// The message is one sentence naming the file, what was expected, what was found, and what to do.
public sealed class DataException extends RuntimeException permits DataNotFoundException {
  @Serial private static final long serialVersionUID = 1L;

  DataException(String message) {
    super(message);
  }

  DataException(String message, Throwable cause) {
    super(message, cause);
  }
}
