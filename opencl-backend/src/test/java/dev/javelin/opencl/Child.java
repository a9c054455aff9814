package dev.javelin.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.Devices;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// Runs in a JVM of its own: says what a user of `opencl` would see.
final class Child {
  private Child() {}

  /// Runs a class without the environment that this module's tests have; nothing may be printed on its standard error.
  ///
  /// @param main the class
  /// @param environment variables; an empty value takes one away
  /// @param options options of the JVM
  /// @return the lines that it prints
  static List<String> run(Class<?> main, Map<String, String> environment, String... options)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED"));
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().remove("LD_PRELOAD");
    environment.forEach(
        (name, value) -> {
          if (value.isEmpty()) {
            builder.environment().remove(name);
          } else {
            builder.environment().put(name, value);
          }
        });
    Path errors = Files.createTempFile("javelin", ".err");
    Process process = builder.redirectError(errors.toFile()).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(2, TimeUnit.MINUTES));
    assertEquals("", Files.readString(errors), "nothing may be printed");
    Files.delete(errors);
    assertEquals(0, process.exitValue(), out);
    return out.lines().toList();
  }

  public static void main(String[] args) {
    if (Arrays.asList(args).contains("cpu")) {
      System.out.println(Devices.cpu().name());
      return;
    }
    try {
      System.out.println("found " + Devices.get("opencl").description());
      OpenClBackend backend = Cases.device(new Driver(), Cases.addParameter(4));
      var executable = backend.compile(Cases.kernel(4));
      var x = backend.allocate(64);
      var y = backend.allocate(64);
      Cases.write(x, 1, 2, 3, 4);
      Cases.launch(executable, x, y, 10);
      System.out.println("computed " + Arrays.toString(Cases.read(y, 4)));
    } catch (IllegalArgumentException e) {
      System.out.println(e.getMessage());
    }
    try {
      System.out.println("divided " + 10 / Integer.getInteger("zero", 0));
    } catch (ArithmeticException e) {
      System.out.println(e.getMessage());
    }
  }
}
