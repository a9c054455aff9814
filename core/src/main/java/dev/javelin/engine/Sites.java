package dev.javelin.engine;

import java.util.Optional;

/// Finds the line of the user's program that called Javelin.
final class Sites {
  private static final String OWN = "dev.javelin.";
  private static final String PROGRAMS = "dev.javelin.examples.";

  private Sites() {}

  static String caller() {
    Optional<StackWalker.StackFrame> frame =
        StackWalker.getInstance()
            .walk(frames -> frames.dropWhile(f -> isOwn(f.getClassName())).findFirst());
    return frame.map(f -> f.getFileName() + ":" + f.getLineNumber()).orElse("an unknown line");
  }

  private static boolean isOwn(String className) {
    return className.startsWith(OWN)
        && !className.startsWith(PROGRAMS)
        && !className.endsWith("Test");
  }
}
