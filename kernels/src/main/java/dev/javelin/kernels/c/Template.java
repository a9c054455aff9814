package dev.javelin.kernels.c;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/// A text with gaps, `$LIKE_THIS$`. One that stands alone in its line takes several lines.
final class Template {
  private final String text;

  private Template(String text) {
    this.text = text;
  }

  /// A hand-written text.
  ///
  /// @param name the name of a resource of this package
  static Template resource(String name) {
    try (InputStream in = Template.class.getResourceAsStream(name)) {
      return new Template(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the text " + name, e);
    }
  }

  /// The text with its gaps filled; those not named are an error.
  String fill(Map<String, String> parts) {
    StringBuilder result = new StringBuilder();
    for (String line : text.lines().toList()) {
      String rest = line.strip();
      int indent = line.length() - line.stripLeading().length();
      boolean whole = rest.length() > 2 && rest.indexOf('$', 1) == rest.length() - 1;
      if (whole && rest.startsWith("$")) {
        part(parts, rest.substring(1, rest.length() - 1))
            .lines()
            .forEach(l -> result.repeat(" ", indent).append(l).append('\n'));
      } else {
        result.append(inline(line, parts)).append('\n');
      }
    }
    return result.toString();
  }

  private static String inline(String line, Map<String, String> parts) {
    StringBuilder result = new StringBuilder();
    int from = 0;
    for (int open = line.indexOf('$'); open >= 0; open = line.indexOf('$', from)) {
      int close = line.indexOf('$', open + 1);
      result.append(line, from, open).append(part(parts, line.substring(open + 1, close)));
      from = close + 1;
    }
    return result.append(line.substring(from)).toString();
  }

  private static String part(Map<String, String> parts, String name) {
    String part = parts.get(name);
    if (part == null) {
      throw new IllegalStateException("nothing for the gap " + name);
    }
    return part;
  }
}
