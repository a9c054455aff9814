package dev.javelin.io;

import java.io.Serial;
import java.nio.file.Path;

/// A file that is not what it should be: truncated, damaged, or of another format.
///
/// The message is one sentence naming the file, what was expected, and what was found.
public final class FormatException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  /// A defect of a file.
  ///
  /// @param file the file
  /// @param defect what is wrong with it, so that the sentence can begin with the file's name
  FormatException(Path file, String defect) {
    super(file + " " + defect);
  }

  /// A defect of a file that another exception brought to light.
  ///
  /// @param file the file
  /// @param defect what is wrong with it, so that the sentence can begin with the file's name
  /// @param cause the other exception
  FormatException(Path file, String defect, Throwable cause) {
    super(file + " " + defect, cause);
  }
}
