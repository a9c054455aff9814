package dev.javelin.examples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import jdk.jfr.Recording;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Runs a command under the JDK's Flight Recorder and says where the time of its training steps went.
@Command(
    name = "profile",
    description = "Runs another command and says where the time of its training steps went.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class ProfileCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--top",
      paramLabel = "N",
      description = "how many kernels to show (default: ${DEFAULT-VALUE})")
  private int top = 20;

  @Option(
      names = "--jfr",
      paramLabel = "FILE",
      description = "also keep the recording, for JDK Mission Control or the JDK's jfr")
  private Path file;

  @Parameters(
      arity = "1..*",
      paramLabel = "COMMAND",
      description = "the command with its options, such as: train fashion-mnist --epochs 1")
  private List<String> command;

  @Override
  public Integer call() throws IOException {
    // Read when the engine's classes are loaded, which is later.
    System.setProperty("javelin.blocking", "true");
    Path kept = file != null ? file : Files.createTempFile("javelin-", ".jfr");
    try (Recording recording = new Recording()) {
      for (String event : StepProfile.EVENTS) {
        recording.enable(event).withoutThreshold();
      }
      recording.start();
      CommandLine inner = Main.commandLine();
      inner.setOut(spec.commandLine().getOut()).setErr(spec.commandLine().getErr());
      int status = inner.execute(command.toArray(String[]::new));
      recording.stop();
      if (status == 0) {
        recording.dump(kept);
        StepProfile.read(kept).print(spec.commandLine().getOut(), top);
      }
      return status;
    } finally {
      if (file == null) {
        Files.deleteIfExists(kept);
      }
    }
  }
}
