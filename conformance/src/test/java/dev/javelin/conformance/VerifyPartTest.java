package dev.javelin.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

final class VerifyPartTest {
  private static final Pattern COUNTS = Pattern.compile("(\\S+) +([\\d,]+) passed +(\\d+) failed");

  @Test
  void thePartsRunEachTestOnce() {
    int whole = passed("1/1");
    int first = passed("1/3");
    assertTrue(first >= whole / 3 && first <= whole / 3 + 1, first + " of " + whole);
    assertEquals(whole, first + passed("2/3") + passed("3/3"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0/2", "3/2", "1", "1/2/3", "a/b", "", "-1/2"})
  void otherThanPartsIsRefused(String part) {
    var failure = assertThrows(IllegalArgumentException.class, () -> VerifyPart.begin(part));
    assertTrue(failure.getMessage().contains("'" + part + "'"), failure.getMessage());
  }

  /// How many tests of two suites passed in a run of a part.
  private static int passed(String part) {
    PrintStream before = System.out;
    var bytes = new ByteArrayOutputStream();
    System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    try {
      String[] args = {
        "--device", "reference:0", "--quick", "--only", "CREATION,ERRORS", "--part", part
      };
      assertEquals(0, new CommandLine(new Verify()).execute(args));
    } finally {
      System.setOut(before);
      VerifyPart.begin("1/1");
    }
    String text = bytes.toString(StandardCharsets.UTF_8);
    Matcher counts = COUNTS.matcher(text);
    int sum = 0;
    while (counts.find()) {
      assertEquals(0, Integer.parseInt(counts.group(3)), text);
      sum += counts.group(1).endsWith(":") ? 0 : Integer.parseInt(counts.group(2).replace(",", ""));
    }
    return sum;
  }
}
