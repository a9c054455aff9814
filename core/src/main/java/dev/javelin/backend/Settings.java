package dev.javelin.backend;

import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// What users set, as a system property such as `javelin.cuda.blocking` or as the variable `JAVELIN_CUDA_BLOCKING` of the environment; the
/// property counts where both are there. A value that means nothing is named in the log, once, and not used.
public final class Settings {
  private static final System.Logger LOG = System.getLogger("dev.javelin");

  private static final Set<String> YES = Set.of("true", "1", "on", "yes");
  private static final Set<String> NO = Set.of("false", "0", "off", "no");

  /// What was complained about.
  private static final Set<String> TOLD = ConcurrentHashMap.newKeySet();

  private Settings() {}

  /// A text.
  ///
  /// @param name the property's name
  /// @return the text without spaces around it, or empty where nothing is set
  public static Optional<String> text(String name) {
    String set = System.getProperty(name, System.getenv(variable(name)));
    return Optional.ofNullable(set).map(String::strip).filter(text -> !text.isEmpty());
  }

  /// A switch: `true`, `1`, `on` or `yes`; `false`, `0`, `off` or `no`; in small or capital letters.
  ///
  /// @param name the property's name
  /// @param otherwise what it is where nothing is set
  /// @return whether it is on
  public static boolean isOn(String name, boolean otherwise) {
    String set = text(name).orElse(Boolean.toString(otherwise));
    String value = set.toLowerCase(Locale.ROOT);
    if (YES.contains(value) || NO.contains(value)) {
      return YES.contains(value);
    }
    complain(name, set, "true or false", Boolean.toString(otherwise));
    return otherwise;
  }

  /// A whole number.
  ///
  /// @param name the property's name
  /// @param otherwise what it is where nothing is set
  /// @param least the least that it may be
  /// @param most the most that it may be
  /// @return the number
  public static long number(String name, long otherwise, long least, long most) {
    Optional<String> text = text(name);
    if (text.isEmpty()) {
      return otherwise;
    }
    try {
      long value = Long.parseLong(text.get());
      if (value >= least && value <= most) {
        return value;
      }
    } catch (NumberFormatException e) {
      // It is named below, as one that is too large is.
    }
    String expected = "a whole number from " + least + " to " + most;
    complain(name, text.get(), expected, Long.toString(otherwise));
    return otherwise;
  }

  private static String variable(String name) {
    return name.toUpperCase(Locale.ROOT).replace('.', '_');
  }

  private static void complain(String name, String value, String expected, String used) {
    String sentence =
        "The setting "
            + name
            + " ("
            + variable(name)
            + ") is \""
            + value
            + "\" but should be "
            + expected
            + "; it is taken for "
            + used
            + ".";
    if (TOLD.add(sentence)) {
      LOG.log(System.Logger.Level.WARNING, sentence);
    }
  }
}
