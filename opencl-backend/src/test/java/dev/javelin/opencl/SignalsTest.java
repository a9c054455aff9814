package dev.javelin.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The JVM's signal handlers stay in force while a driver starts; `-Dstarts=40` starts it more often.
@EnabledOnOs(OS.LINUX)
final class SignalsTest {
  /// SIGURG, which nobody handles.
  private static final int UNUSED = 23;

  /// SIGUSR2, which LLVM does.
  private static final int USED = 12;

  /// SIG_IGN, which ignores a signal.
  private static final long IGNORE = 1;

  /// The first member of a `struct sigaction`.
  private static long handler(int signal) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment now = arena.allocate(512, 16);
      Signals.call(signal, MemorySegment.NULL, now);
      return now.get(ValueLayout.JAVA_LONG, 0);
    }
  }

  private static long ignore(int signal) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment action = arena.allocate(512, 16);
      action.set(ValueLayout.JAVA_LONG, 0, IGNORE);
      Signals.call(signal, action, MemorySegment.NULL);
    }
    return handler(signal);
  }

  @Test
  void whatWasReplacedIsPutBack() {
    long before = handler(USED);
    assertEquals(IGNORE, Signals.kept(() -> ignore(USED)));
    assertEquals(before, handler(USED));
  }

  @Test
  void noHandlerIsSetByAFilteredThread() {
    long before = handler(UNUSED);
    SignalFilter.run(() -> ignore(UNUSED));
    assertNotEquals(IGNORE, before);
    assertEquals(before, handler(UNUSED));
  }

  @Test
  void aFilteredThreadHandsErrorsOn() {
    var exception = new IllegalStateException("expected");
    var error = new UnsatisfiedLinkError("expected");
    assertEquals(
        exception,
        assertThrows(
            IllegalStateException.class,
            () ->
                SignalFilter.run(
                    () -> {
                      throw exception;
                    })));
    assertEquals(
        error,
        assertThrows(
            UnsatisfiedLinkError.class,
            () ->
                SignalFilter.run(
                    () -> {
                      throw error;
                    })));
  }

  static IntStream starts() {
    return IntStream.range(0, Integer.getInteger("starts", 1));
  }

  @ParameterizedTest
  @MethodSource("starts")
  @EnabledIf("dev.javelin.opencl.Cases#areToRun")
  void theHandlersAreTheJvmsWhileOpenClStarts(int start, @TempDir Path cache) throws Exception {
    List<String> lines = Child.run(BusyStart.class, Map.of("POCL_CACHE_DIR", cache.toString()));
    assertEquals(
        List.of("computed [11.0, 12.0, 13.0, 14.0]", "/ by zero", "wrong: "),
        lines.subList(1, lines.size()),
        "start " + start);
  }
}
