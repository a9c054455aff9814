package dev.javelin.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.api.Test;

/// What is compiled for.
final class CompilerTest {
  private static final int[] KNOWN = {75, 80, 86, 87, 89, 90, 100};

  @Test
  void theDevicesOwnArchitecture() {
    assertEquals(Optional.of("sm_90"), Compiler.target(90, KNOWN));
    assertEquals(Optional.of("sm_86"), Compiler.target(86, KNOWN));
  }

  @Test
  void anOlderOneOfTheSameGeneration() {
    assertEquals(Optional.of("sm_87"), Compiler.target(88, KNOWN));
    assertEquals(Optional.of("sm_100"), Compiler.target(103, KNOWN));
  }

  @Test
  void theDriverDoesTheRestForNewerGenerations() {
    assertEquals(Optional.of("compute_100"), Compiler.target(120, KNOWN));
  }

  @Test
  void devicesThatAreNoLongerKnown() {
    assertEquals(Optional.empty(), Compiler.target(70, KNOWN));
  }
}
