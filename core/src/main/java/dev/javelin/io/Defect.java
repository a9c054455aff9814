package dev.javelin.io;

import java.io.Serial;

/// What is wrong with a file, for the sentence that begins with the file's name: see [FormatException].
final class Defect extends Exception {
  @Serial private static final long serialVersionUID = 1L;

  Defect(String message) {
    super(message);
  }

  Defect(String message, Throwable cause) {
    super(message, cause);
  }

  /// A name from a file as it may stand in a message.
  static String quoted(String text) {
    return '"' + oneLine(text, 80) + '"';
  }

  /// A text from a file, short and on one line.
  static String oneLine(String text, int length) {
    String shown = text.length() > length ? text.substring(0, length) + "..." : text;
    return shown.replaceAll("[\\p{Cc}\\p{Zl}\\p{Zp}]", "?");
  }
}
