package dev.javelin.benchmarks;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A JVM of its own, which works only when asked.
///
/// For libtorch, because the unlocked one needs a library that is loaded before the JVM, and because two OpenMP runtimes with
/// different settings do not go well together in one process; for the CPU without oneDNN, because that is chosen once for a process; for
/// all when their memory is measured.
final class PeerProcess implements Contender {
  static final String OK = "ok ";
  static final String FAILED = "failed ";
  private static final String INCUBATOR = "WARNING: Using incubator modules";

  private final String name;
  private final Process process;
  private final BufferedWriter requests;
  private final BufferedReader answers;
  private final String about;

  /// Starts libtorch.
  ///
  /// @param name the heading of its column
  /// @param cache where it is unpacked
  /// @param threads how many it may use
  /// @param preload a library to load first, or null
  /// @return the process
  static PeerProcess torch(String name, Path cache, int threads, Path preload) {
    return new PeerProcess(
        name,
        preload,
        // The heap holds nothing but wrappers.
        List.of("--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC", "-Xmx1g"),
        List.of(Integer.toString(threads), "torch", cache.toString()));
  }

  /// Starts Javelin, with this JVM's flags, which are the launcher's.
  ///
  /// @param name the heading of its column
  /// @param threads how many it may use
  /// @param device where it works
  /// @param options more flags
  /// @return the process
  static PeerProcess javelin(String name, int threads, String device, String... options) {
    List<String> flags = new ArrayList<>(ManagementFactory.getRuntimeMXBean().getInputArguments());
    flags.addAll(List.of(options));
    return new PeerProcess(
        name, null, flags, List.of(Integer.toString(threads), "javelin", device));
  }

  private PeerProcess(String name, Path preload, List<String> options, List<String> arguments) {
    this.name = name;
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), PeerMain.class.getName()));
    command.addAll(arguments);
    var builder = new ProcessBuilder(command);
    builder.redirectErrorStream(true);
    // Whatever is set for this process is not PyTorch's default.
    List.of("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OMP_WAIT_POLICY", "GOMP_SPINCOUNT")
        .forEach(builder.environment()::remove);
    if (preload != null) {
      builder.environment().put("LD_PRELOAD", preload.toString());
    }
    try {
      process = builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    requests = process.outputWriter(StandardCharsets.UTF_8);
    answers = process.inputReader(StandardCharsets.UTF_8);
    about = ask("about") + (preload == null ? "" : ", MKL unlocked on AMD");
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String about() {
    return about;
  }

  @Override
  public long process() {
    return process.pid();
  }

  @Override
  public float[] prepare(Job job) {
    double[] numbers = PeerMain.numbers(ask("prepare " + job.name()));
    float[] probe = new float[numbers.length];
    for (int i = 0; i < probe.length; i++) {
      probe[i] = (float) numbers[i];
    }
    return probe;
  }

  @Override
  public void warmUp() {
    ask("warm");
  }

  @Override
  public Sampler.Window measure(long millis) {
    double[] numbers = PeerMain.numbers(ask("measure " + millis));
    return new Sampler.Window(numbers[0], numbers[1], numbers[2], (long) numbers[3]);
  }

  private String ask(String request) {
    try {
      requests.write(request);
      requests.newLine();
      requests.flush();
      while (true) {
        String line = answers.readLine();
        if (line == null) {
          throw new IllegalStateException(
              "the process of %s ended while it was asked to %s".formatted(name, request));
        }
        if (line.startsWith(OK)) {
          return line.substring(OK.length());
        }
        if (line.startsWith(FAILED)) {
          throw new IllegalStateException(name + ": " + line.substring(FAILED.length()));
        }
        // Native code may say something of its own; the JVM of Javelin always does.
        if (!line.startsWith(INCUBATOR)) {
          System.err.println(line);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      requests.close();
      process.waitFor();
    } catch (IOException e) {
      process.destroy();
    } catch (InterruptedException e) {
      process.destroy();
      Thread.currentThread().interrupt();
    }
  }
}
