package dev.javelin.kernels.c;

/// C text with indentation.
final class Code {
  private final StringBuilder text = new StringBuilder();
  private int depth;

  /// Adds a line.
  Code line(String line) {
    text.repeat("  ", depth).append(line).append('\n');
    return this;
  }

  /// Adds a line that ends with an opening brace; what follows is indented.
  ///
  /// @param head what is before the brace; nothing for a plain block
  Code open(String head) {
    line(head.isEmpty() ? "{" : head + " {");
    depth++;
    return this;
  }

  /// Closes what was opened last.
  Code close() {
    depth--;
    return line("}");
  }

  /// Closes what was opened last and opens what follows: `} else {`.
  Code reopen(String head) {
    depth--;
    line("} " + head + " {");
    depth++;
    return this;
  }

  /// Adds the lines of another text, indented as here.
  Code add(Code other) {
    other.text.toString().lines().forEach(this::line);
    return this;
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
