package dev.javelin.kernels.c;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The text around an error, from the logs of several compilers.
final class BuildLogTest {
  private static final String TEXT = "a\nb\nc\nd\ne\nf\n";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "error: /tmp/tempfile_abc.cl:2:39: error: use of undeclared identifier 'foo'",
        "<kernel>:2:14: error: expected ';'",
        "\"/tmp/x/y.cl\", line 7: note\n2:5:7: warning: w\n1:2:3: error: no",
        "Build of 3 kernels\nptxas fatal\nfile.cl:2:1: fatal error: stop",
        "file.cu(7): warning #177-D: unused\nfile.cu(2): error: identifier \"foo\" is undefined"
      })
  void showsTheLine(String log) {
    String message =
        BuildLog.message("opencl:7", "Map", "CL_BUILD_PROGRAM_FAILURE (-11)", log, TEXT);
    String head =
        "opencl:7: the kernel Map does not compile, CL_BUILD_PROGRAM_FAILURE (-11):\n" + log;
    assertEquals(
        head + "\nThe text around line 2:\n  1: a\n> 2: b\n  3: c\n  4: d\n  5: e", message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "no line", "x.cl:99:1: error: beyond the end"})
  void logsWithoutALineStandAlone(String log) {
    assertEquals(
        "opencl:7: the kernel Map does not compile, CL_INVALID_BUILD_OPTIONS (-43):\n" + log,
        BuildLog.message("opencl:7", "Map", "CL_INVALID_BUILD_OPTIONS (-43)", log, TEXT));
  }
}
