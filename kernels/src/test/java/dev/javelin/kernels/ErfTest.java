package dev.javelin.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ErfTest {
  /// Abramowitz and Stegun, table 7.1, and more digits from arbitrary-precision arithmetic.
  @ParameterizedTest
  @CsvSource({
    "1e-300, 1.1283791670955126e-300",
    "1e-10, 1.1283791670955126e-10",
    "0.01, 0.011283415555849617",
    "0.1, 0.11246291601828489",
    "0.5, 0.5204998778130465",
    "0.75, 0.7111556336535151",
    "1, 0.8427007929497149",
    "1.5, 0.9661051464753108",
    "2, 0.9953222650189527",
    "2.4999999, 0.9995930477647266",
    "2.5, 0.9995930479825550",
    "2.5000001, 0.9995930482003834",
    "3, 0.9999779095030014",
    "4, 0.9999999845827421",
    "5, 0.9999999999984626",
    "6, 1",
    "7, 1"
  })
  void givesKnownValues(double x, double expected) {
    double tolerance = 1e-15 * Math.min(1, expected);
    assertEquals(expected, Erf.of(x), tolerance);
    assertEquals(-expected, Erf.of(-x), tolerance);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "-0.0, -0.0",
    "Infinity, 1",
    "-Infinity, -1",
    "NaN, NaN",
  })
  void keepsSpecialValues(double x, double expected) {
    assertEquals(0, Double.compare(expected, Erf.of(x)));
  }
}
