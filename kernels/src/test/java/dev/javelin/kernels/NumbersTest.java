package dev.javelin.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class NumbersTest {
  private final MemorySegment memory = Arena.ofAuto().allocate(64, 8);

  private double stored(DType type, double value) {
    Numbers.setDouble(type, memory, 1, value);
    return Numbers.getDouble(type, memory, 1);
  }

  private static double ofBits(DType type, int bits) {
    return type == DType.FLOAT16
        ? Float.float16ToFloat((short) bits)
        : Numbers.bfloat16ToFloat((short) bits);
  }

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"FLOAT16", "BFLOAT16"})
  void everyHalfKeepsItsValue(DType type) {
    for (int bits = 0; bits < 1 << 16; bits++) {
      double value = ofBits(type, bits);
      assertEquals(0, Double.compare(value, Numbers.round(type, value)), "bits " + bits);
      assertEquals(0, Double.compare(value, stored(type, value)), "bits " + bits);
    }
  }

  /// Between neighbours: below the middle down, above it up, the middle itself to the even one.
  /// Covers subnormals and the step from the largest number to infinity.
  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"FLOAT16", "BFLOAT16"})
  void everyHalfRoundsToTheNearest(DType type) {
    int infinity = type == DType.FLOAT16 ? 0x7c00 : 0x7f80;
    for (int bits = 0; bits < infinity; bits++) {
      double low = ofBits(type, bits);
      // The next step after the largest number, had the exponent one more.
      double high =
          bits + 1 == infinity ? 2 * low - ofBits(type, bits - 1) : ofBits(type, bits + 1);
      double up = bits + 1 == infinity ? Double.POSITIVE_INFINITY : high;
      float middle = (float) ((low + high) / 2);
      assertEquals((low + high) / 2, middle, 0.0);
      assertEquals((bits & 1) == 0 ? low : up, Numbers.round(type, middle));
      assertEquals(low, Numbers.round(type, Math.nextDown(middle)));
      assertEquals(up, Numbers.round(type, Math.nextUp(middle)));
      assertEquals((bits & 1) == 0 ? -low : -up, Numbers.round(type, -middle));
    }
  }

  @Test
  void notANumberStaysSo() {
    for (DType type : DType.values()) {
      if (type.isFloatingPoint()) {
        assertTrue(Double.isNaN(stored(type, Double.NaN)));
        assertTrue(Double.isNaN(Numbers.round(type, Double.NaN)));
      }
    }
    // Payloads in the bits that are cut off must not leave an infinity behind.
    for (int payload : new int[] {0x7f800001, 0xff800001, 0x7f80ffff, 0x7fffffff, 0xffffffff}) {
      float value = Float.intBitsToFloat(payload);
      assertTrue(Float.isNaN(Numbers.bfloat16ToFloat(Numbers.floatToBfloat16(value))));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "FLOAT16, 65504, 65504",
    "FLOAT16, 65519.996, 65504",
    "FLOAT16, 65520, Infinity",
    "FLOAT16, 5.960464477539063E-8, 5.960464477539063E-8",
    "FLOAT16, 2.98e-8, 0",
    "BFLOAT16, 3.3895314e38, 3.3895313892515355E38",
    "BFLOAT16, 3.4e38, Infinity",
    "FLOAT32, 1e39, Infinity",
    "FLOAT32, 0.1, 0.10000000149011612",
    "FLOAT64, 0.1, 0.1",
    "FLOAT16, -0.0, -0.0",
    "BFLOAT16, -Infinity, -Infinity"
  })
  void rounds(DType type, double value, double expected) {
    assertEquals(0, Double.compare(expected, Numbers.round(type, value)));
    assertEquals(0, Double.compare(expected, stored(type, value)));
  }

  @ParameterizedTest
  @CsvSource({
    "BOOL, 0, 0",
    "BOOL, 1, 1",
    "BOOL, -7, 1",
    "BOOL, 256, 1",
    "UINT8, 255, 255",
    "UINT8, 256, 0",
    "UINT8, -1, 255",
    "INT8, 127, 127",
    "INT8, 128, -128",
    "INT8, -129, 127",
    "INT16, 32768, -32768",
    "INT16, -32769, 32767",
    "INT32, 2147483648, -2147483648",
    "INT32, -2147483649, 2147483647",
    "INT64, 9223372036854775807, 9223372036854775807"
  })
  void wrapsIntegers(DType type, long value, long expected) {
    assertEquals(expected, Numbers.wrap(type, value));
    Numbers.setLong(type, memory, 2, value);
    assertEquals(expected, Numbers.getLong(type, memory, 2));
    assertEquals((double) expected, Numbers.getDouble(type, memory, 2));
  }

  @Test
  void truncatesFloatsToIntegers() {
    assertEquals(2, stored(DType.INT32, 2.9));
    assertEquals(-2, stored(DType.INT8, -2.9));
    assertEquals(1, stored(DType.BOOL, 0.3));
    assertEquals(0, stored(DType.BOOL, -0.0));
    Numbers.setDouble(DType.FLOAT32, memory, 0, -2.9);
    assertEquals(-2, Numbers.getLong(DType.FLOAT32, memory, 0));
  }

  @Test
  void neighboursAreNotTouched() {
    SplittableRandom random = new SplittableRandom(1);
    for (DType type : DType.values()) {
      memory.fill((byte) 0x11);
      double before = Numbers.getDouble(type, memory, 1);
      double after = Numbers.getDouble(type, memory, 3);
      Numbers.setDouble(type, memory, 2, random.nextInt(2));
      assertEquals(before, Numbers.getDouble(type, memory, 1));
      assertEquals(after, Numbers.getDouble(type, memory, 3));
    }
  }
}
