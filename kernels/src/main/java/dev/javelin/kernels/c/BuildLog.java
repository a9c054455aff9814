package dev.javelin.kernels.c;

import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What to say where a program does not compile: the kernel, the compiler's words, and the text that they are about.
public final class BuildLog {
  /// How many lines are shown before and after the one that is wrong.
  private static final int AROUND = 3;

  /// A line number as the compilers write it: `file.cl:12:5: error:`, `error: file.cl:12:5:` or `file.cl(12): error:`.
  private static final Pattern LINE = Pattern.compile("[:(]([0-9]{1,7})[:)]");

  private BuildLog() {}

  /// The message of the exception.
  ///
  /// @param device the device's name
  /// @param kernel what the program computes
  /// @param status the name of what the compiler returned
  /// @param log what the compiler wrote
  /// @param text the text, whose first line is number 1 to the compiler
  /// @return several lines
  public static String message(
      String device, String kernel, String status, String log, String text) {
    StringBuilder message =
        new StringBuilder()
            .append(device)
            .append(": the kernel ")
            .append(kernel)
            .append(" does not compile, ")
            .append(status)
            .append(":\n")
            .append(log);
    OptionalInt line = line(log);
    List<String> lines = text.lines().toList();
    if (line.isPresent() && line.getAsInt() >= 1 && line.getAsInt() <= lines.size()) {
      int wrong = line.getAsInt();
      message.append("\nThe text around line ").append(wrong).append(':');
      int last = Math.min(lines.size(), wrong + AROUND);
      for (int number = Math.max(1, wrong - AROUND); number <= last; number++) {
        message
            .append('\n')
            .append(number == wrong ? "> " : "  ")
            .append(number)
            .append(": ")
            .append(lines.get(number - 1));
      }
    }
    return message.toString();
  }

  private static OptionalInt line(String log) {
    for (String line : log.lines().toList()) {
      Matcher matcher = LINE.matcher(line);
      if (line.contains("error") && matcher.find()) {
        return OptionalInt.of(Integer.parseInt(matcher.group(1)));
      }
    }
    return OptionalInt.empty();
  }
}
