package dev.javelin.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SettingsTest {
  private static final String NAME = "javelin.test.setting";

  private final Logger logger = Logger.getLogger("dev.javelin");
  private final List<String> told = new ArrayList<>();
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord entry) {
          told.add(entry.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  @BeforeEach
  void listen() {
    logger.addHandler(handler);
    logger.setUseParentHandlers(false);
  }

  @AfterEach
  void clear() {
    System.clearProperty(NAME);
    logger.removeHandler(handler);
    logger.setUseParentHandlers(true);
  }

  @Test
  void whatIsNotSetIsTheDefault() {
    assertEquals(Optional.empty(), Settings.text(NAME));
    assertTrue(Settings.isOn(NAME, true));
    assertFalse(Settings.isOn(NAME, false));
    assertEquals(7, Settings.number(NAME, 7, 1, 10));
    System.setProperty(NAME, " ");
    assertEquals(Optional.empty(), Settings.text(NAME));
    assertTrue(Settings.isOn(NAME, true));
    assertEquals(List.of(), told);
  }

  @ParameterizedTest
  @ValueSource(strings = {"true", "1", "on", "YES", " On "})
  void on(String value) {
    System.setProperty(NAME, value);
    assertTrue(Settings.isOn(NAME, false));
    assertEquals(List.of(), told);
  }

  @ParameterizedTest
  @ValueSource(strings = {"false", "0", "off", "NO"})
  void off(String value) {
    System.setProperty(NAME, value);
    assertFalse(Settings.isOn(NAME, true));
    assertEquals(List.of(), told);
  }

  @Test
  void aWrongSwitchIsNamedOnce() {
    System.setProperty(NAME, "Of");
    assertTrue(Settings.isOn(NAME, true));
    assertTrue(Settings.isOn(NAME, true));
    assertEquals(
        List.of(
            "The setting javelin.test.setting (JAVELIN_TEST_SETTING) is \"Of\" but should be true"
                + " or false; it is taken for true."),
        told);
  }

  @Test
  void numbers() {
    System.setProperty(NAME, " 3 ");
    assertEquals(3, Settings.number(NAME, 7, 1, 10));
    assertEquals(List.of(), told);
    System.setProperty(NAME, "11");
    assertEquals(7, Settings.number(NAME, 7, 1, 10));
    System.setProperty(NAME, "all");
    assertEquals(7, Settings.number(NAME, 7, 1, 10));
    assertEquals(
        List.of(
            "The setting javelin.test.setting (JAVELIN_TEST_SETTING) is \"11\" but should be a"
                + " whole number from 1 to 10; it is taken for 7.",
            "The setting javelin.test.setting (JAVELIN_TEST_SETTING) is \"all\" but should be a"
                + " whole number from 1 to 10; it is taken for 7."),
        told);
  }
}
