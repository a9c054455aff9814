package dev.javelin.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// The other end of [PeerProcess]: does what the lines of its standard input ask for, on libtorch or on Javelin.
///
/// | line | does | answer |
/// |---|---|---|
/// | `about` | | `ok` and what runs here |
/// | `prepare NAME` | makes a job ready, in place of the one before | `ok` and its probe |
/// | `warm` | runs it until the JVM compiles no more | `ok` |
/// | `measure MILLIS` | runs it for so long | `ok` and the fields of a [Sampler.Window] |
///
/// What fails is answered by `failed` and the reason. The end of the input ends the process.
final class PeerMain {
  private final Side side;
  private Side.Task task;

  private PeerMain(Side side) {
    this.side = side;
  }

  /// Serves until the input ends.
  ///
  /// @param args the number of threads; `torch` and where to keep its libraries, or `javelin` and the device
  public static void main(String[] args) throws IOException {
    new PeerMain(side(args)).serve();
    // libtorch has threads that would keep the process.
    Runtime.getRuntime().halt(0);
  }

  private static Side side(String[] args) {
    if (args[1].equals("javelin")) {
      System.setProperty("javelin.threads", args[0]);
      return JavelinSide.of(args[2]);
    }
    TorchNatives.use(Path.of(args[2]));
    return new TorchSide(Integer.parseInt(args[0]));
  }

  private void serve() throws IOException {
    var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String answer;
      try {
        answer = PeerProcess.OK + answer(line);
      } catch (RuntimeException e) {
        answer = PeerProcess.FAILED + String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      }
      out.println(answer);
    }
  }

  private String answer(String line) {
    int blank = line.indexOf(' ');
    String rest = line.substring(blank + 1);
    return switch (blank < 0 ? line : line.substring(0, blank)) {
      case "about" -> side.about();
      case "prepare" -> {
        if (task != null) {
          task.close();
          task = null;
        }
        task = side.prepare(Job.named(rest));
        float[] probe = task.probe();
        yield IntStream.range(0, probe.length)
            .mapToObj(i -> Float.toString(probe[i]))
            .collect(Collectors.joining(" "));
      }
      case "warm" -> {
        Sampler.warmUp(task);
        yield "";
      }
      case "measure" -> {
        Sampler.Window window = Sampler.measure(task, Long.parseLong(rest));
        yield window.median() + " " + window.p10() + " " + window.mean() + " " + window.runs();
      }
      default -> throw new IllegalArgumentException("unknown request " + line);
    };
  }

  /// The numbers of an answer.
  static double[] numbers(String answer) {
    return Arrays.stream(answer.strip().split(" ")).mapToDouble(Double::parseDouble).toArray();
  }
}
