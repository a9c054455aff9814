package dev.javelin.examples;

import dev.javelin.Devices;
import dev.javelin.examples.tutorials.Example;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Runs an example program, or lists them.
@Command(
    name = "example",
    description = "Runs an example program; without a name, lists them.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class ExampleCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "NAME", arity = "0..1", description = "which one")
  private String name;

  @Option(
      names = "--device",
      paramLabel = "NAME",
      description = "cpu, cuda, opencl:1 ... (default: cpu)")
  private String device = "cpu";

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "where the data set is (default: looked for, else downloaded)")
  private Path data;

  @Option(
      names = "--epochs",
      paramLabel = "N",
      description = "how often to go through the data (default: as the tutorial)")
  private Integer epochs;

  @Option(
      names = "--file",
      paramLabel = "PATH",
      description =
          "char-transformer: the text to learn; save-load: the directory to write to;"
              + " fashion-mnist: where the model goes")
  private Path file;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    if (name == null) {
      for (Example example : Example.values()) {
        out.printf(Locale.ROOT, "%-20s %s%n", example, example.description());
      }
      out.flush();
      return 0;
    }
    if (epochs != null && epochs <= 0) {
      throw new ParameterException(
          spec.commandLine(), "--epochs: expected a number above 0, got " + epochs);
    }
    find()
        .run(
            new Example.Settings(
                Devices.get(device),
                Optional.ofNullable(data),
                epochs == null ? OptionalInt.empty() : OptionalInt.of(epochs),
                Optional.ofNullable(file)),
            out);
    out.flush();
    return 0;
  }

  private Example find() {
    StringBuilder known = new StringBuilder();
    for (Example example : Example.values()) {
      if (example.toString().equals(name)) {
        return example;
      }
      known.append(known.isEmpty() ? "" : ", ").append(example);
    }
    throw new ParameterException(
        spec.commandLine(), "NAME: '%s' is none of %s".formatted(name, known));
  }
}
