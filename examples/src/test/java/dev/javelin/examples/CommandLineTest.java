package dev.javelin.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/// What the command line says to good and bad input.
final class CommandLineTest {
  @TempDir private Path folder;

  private record Result(int status, String out, String err) {}

  private static Result run(String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine command = Main.commandLine();
    command.setOut(new PrintWriter(out));
    command.setErr(new PrintWriter(err));
    int status = command.execute(args);
    return new Result(status, out.toString(), err.toString());
  }

  @Test
  void devicesNamesTheCpu() {
    Result result = run("devices");
    assertEquals(0, result.status());
    assertTrue(result.out().startsWith("cpu "), result.out());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          train fashion-mnist --fast            | Unknown option: '--fast'
          train cifar10                         | DATA: 'cifar10' is none of fashion-mnist, mnist
          train mnist --model rnn               | --model: 'rnn' is none of mlp, cnn, mnist-net
          train mnist --amp int8                | --amp: 'int8' is none of none, bf16, fp16
          train mnist --optimizer lion          | --optimizer: 'lion' is none of sgd, adam
          train mnist --epochs 0                | --epochs: expected a number above 0
          train mnist --epochs many             | 'many' is not an int
          train mnist --lr -1                   | --lr: expected a number above 0
          train mnist --batch-size 0            | --batch-size: expected a number above 0
          train                                 | Missing required parameter: 'DATA'
          """)
  void badArgumentsAreOneSentence(String arguments, String expected) {
    Result result = run(arguments.strip().split(" +"));
    assertEquals(2, result.status());
    assertEquals(1, result.err().lines().count(), result.err());
    assertTrue(result.err().contains(expected), result.err());
  }

  @Test
  void unknownDeviceIsOneSentence() {
    Result result =
        run("train", "mnist", "--device", "tpu", "--save", folder.resolve("m").toString());
    assertEquals(1, result.status());
    assertEquals(
        "javelin: device 'tpu' is unknown: the backends here are cpu, cuda, opencl",
        result.err().strip());
  }

  @Test
  void unwritableSavePathFailsBeforeTheTraining() throws IOException {
    Path missing = folder.resolve("missing").resolve("model.safetensors");
    Result result = run("train", "mnist", "--save", missing.toString());
    assertEquals(1, result.status());
    assertTrue(result.err().contains("there is no directory"), result.err());
    assertFalse(result.out().contains("Using"), result.out());
    Result directory = run("train", "mnist", "--save", folder.toString());
    assertTrue(directory.err().contains("it is a directory"), directory.err());
    try (var files = Files.list(folder)) {
      assertEquals(0, files.count(), "nothing may be left behind");
    }
  }

  @Test
  void dataDirectoryWithoutTheFilesIsAnError() {
    Result result =
        run(
            "train",
            "fashion-mnist",
            "--data",
            folder.toString(),
            "--save",
            folder.resolve("m").toString());
    assertEquals(1, result.status());
    assertEquals(1, result.err().lines().count(), result.err());
    assertTrue(result.err().contains(folder.toString()), result.err());
  }
}
