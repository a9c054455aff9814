package dev.javelin.examples;

import dev.javelin.backend.Settings;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;

/// The command line of Javelin: `train`, `example`, `devices`, `profile`; `bench` is a program of its own that the launcher starts.
@Command(
    name = "javelin",
    description = "Deep learning on the JVM.",
    mixinStandardHelpOptions = true,
    version = "Javelin 0.1.0-SNAPSHOT",
    footer = "%nbench: measures Javelin, with --peer against PyTorch (javelin bench --help).",
    subcommands = {
      TrainCommand.class,
      ExampleCommand.class,
      DevicesCommand.class,
      ProfileCommand.class
    })
public final class Main {
  private static final int FAILURE = 1;
  private static final int USAGE = 2;

  private Main() {}

  /// Runs a command and exits with its status: 0, 1 when it failed, 2 when it was not understood.
  ///
  /// @param args the command and its options
  public static void main(String[] args) {
    compareRecords();
    System.exit(commandLine().execute(args));
  }

  /// The JDK's first comparison of records loads a class that undoes what the JIT has compiled of method handles. At the start that is
  /// nothing; where the engine first looks for a plan it would be a tenth of a second, a fifteenth of the time to the first batch.
  private static void compareRecords() {
    record Any(Object value) {}
    boolean _ = new Any("").equals(new Any(" "));
  }

  /// The command line, ready to execute. Every failure is one sentence on the error stream; `-Djavelin.stacktrace=true` adds the trace.
  static CommandLine commandLine() {
    CommandLine commands = new CommandLine(new Main());
    // What follows it is a command line of its own.
    commands.getSubcommands().get("profile").setStopAtPositional(true);
    return commands
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler(
            (failure, command, parsed) -> {
              command.getErr().println("javelin: " + sentence(failure));
              if (Settings.isOn("javelin.stacktrace", false)) {
                failure.printStackTrace(command.getErr());
              }
              return FAILURE;
            })
        .setParameterExceptionHandler(Main::explain);
  }

  private static int explain(ParameterException failure, String[] args) {
    CommandLine command = failure.getCommandLine();
    command
        .getErr()
        .printf(
            "javelin: %s; '%s --help' lists what there is%n",
            failure.getMessage().strip(), command.getCommandSpec().qualifiedName());
    return USAGE;
  }

  private static String sentence(Throwable failure) {
    String message = failure.getMessage();
    return message == null ? failure.toString() : message;
  }
}
