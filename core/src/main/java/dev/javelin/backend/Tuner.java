package dev.javelin.backend;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntToLongFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Which of several programs that compute the same bits is the fastest on a device: found out at the first use of a class of shapes, and
/// remembered in a file in the user's cache directory.
///
/// A file that is damaged or cannot be written does no harm: what is missing is found out again. `javelin.tune=false` (or `JAVELIN_TUNE` in the
/// environment) switches it off; then the first program is taken, which follows a written rule.
public final class Tuner {
  private static final System.Logger LOG = System.getLogger("dev.javelin.backend");
  private static final Pattern LINE = Pattern.compile("([\\w. -]{1,200})=(\\d{1,3})/(\\d{1,3})");

  /// How long the candidates of a class are tried, in nanoseconds; the one that is on trial then is the last.
  private static final long BUDGET = 500_000_000L;

  /// Differences below this are noise: another program than the first must take less than so much of its time.
  private static final double BETTER = 0.97;

  private final Path file;
  private final String device;
  private final boolean enabled;
  private Map<String, String> known;

  /// A tuner with a file of its own: for tests.
  ///
  /// @param file where choices are remembered; it need not exist
  /// @param device all that choices depend on, one line
  /// @param enabled whether anything is tried
  public Tuner(Path file, String device, boolean enabled) {
    this.file = file;
    this.device = device.replaceAll("\\s+", " ");
    this.enabled = enabled;
  }

  /// The tuner of a device.
  ///
  /// @param device all that choices depend on: the device's name, its driver's version, the language and version of the generator
  /// @return the tuner
  public static Tuner of(String device) {
    String name = "tuning-" + digest(device) + ".txt";
    return new Tuner(
        cache().resolve("javelin").resolve(name), device, Settings.isOn("javelin.tune", true));
  }

  private static Path cache() {
    String base = System.getenv("XDG_CACHE_HOME");
    return base != null && new File(base).isAbsolute()
        ? Path.of(base)
        : Path.of(System.getProperty("user.home", "/nonexistent"), ".cache");
  }

  private static String digest(String text) {
    try {
      byte[] all =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(all, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  /// Chooses a program.
  ///
  /// @param shapes the class of shapes: letters, digits, spaces, dots and hyphens
  /// @param candidates how many programs there are, at least 1
  /// @param time runs a program, by its number, a few times and says how long one run takes in nanoseconds; 0 or less where this cannot be
  ///     found out now
  /// @return the number of the fastest, or 0
  public synchronized int choose(String shapes, int candidates, IntToLongFunction time) {
    if (!enabled || candidates == 1) {
      return 0;
    }
    if (known == null) {
      known = read();
    }
    Matcher old = LINE.matcher(shapes + "=" + known.get(shapes));
    if (old.matches() && Integer.parseInt(old.group(3)) == candidates) {
      return Math.min(Integer.parseInt(old.group(2)), candidates - 1);
    }
    long start = System.nanoTime();
    long first = time.applyAsLong(0);
    if (first <= 0) {
      return 0;
    }
    int best = 0;
    long least = Math.round(first * BETTER);
    for (int i = 1; i < candidates && System.nanoTime() - start < BUDGET; i++) {
      long now = time.applyAsLong(i);
      if (now > 0 && now < least) {
        best = i;
        least = now;
      }
    }
    known.put(shapes, best + "/" + candidates);
    write(shapes);
    return best;
  }

  private Map<String, String> read() {
    Map<String, String> all = new TreeMap<>();
    try {
      List<String> lines = Files.exists(file) ? Files.readAllLines(file) : List.of();
      // A file of another device with the same digest, or of none, counts as empty.
      if (!lines.isEmpty() && lines.getFirst().equals(device)) {
        for (String line : lines.subList(1, lines.size())) {
          Matcher matcher = LINE.matcher(line);
          if (matcher.matches()) {
            all.put(matcher.group(1), matcher.group(2) + "/" + matcher.group(3));
          }
        }
      }
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "cannot read " + file, e);
    }
    return all;
  }

  /// Adds a choice to what other processes have written in the meantime.
  private void write(String shapes) {
    try {
      Map<String, String> all = read();
      all.put(shapes, known.get(shapes));
      StringBuilder text = new StringBuilder(device).append('\n');
      all.forEach((key, value) -> text.append(key).append('=').append(value).append('\n'));
      Path directory = file.toAbsolutePath().getParent();
      Files.createDirectories(directory);
      Path fresh = Files.createTempFile(directory, "tuning", ".tmp");
      try {
        Files.writeString(fresh, text);
        Files.move(
            fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(fresh);
      }
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "cannot write " + file, e);
    }
  }
}
