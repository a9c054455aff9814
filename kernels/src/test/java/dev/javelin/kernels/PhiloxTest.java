package dev.javelin.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class PhiloxTest {
  private static int[] block(long seed, long counter, long upper) {
    int[] words = new int[4];
    Philox.block(seed, counter, upper, words);
    return words;
  }

  /// The known answers that come with the authors' own implementation, Random123.
  @Test
  void givesTheKnownAnswers() {
    assertArrayEquals(new int[] {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}, block(0, 0, 0));
    assertArrayEquals(
        new int[] {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}, block(-1, -1, -1));
    assertArrayEquals(
        new int[] {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1},
        block(0x299f31d0_a4093822L, 0x85a308d3_243f6a88L, 0x03707344_13198a2eL));
  }

  @Test
  void uniformNumbersAreBelowOne() {
    assertEquals(0f, Philox.uniform(0));
    assertEquals(0f, Philox.uniform(0xff));
    assertEquals(0x1p-24f, Philox.uniform(0x100));
    assertEquals(0.5f, Philox.uniform(0x80000000));
    assertEquals(1 - 0x1p-24f, Philox.uniform(-1));
    assertEquals(0.0, Philox.uniform(0, 0));
    assertEquals(0.0, Philox.uniform(0x1f, 0x3f));
    assertEquals(0x1p-53, Philox.uniform(0, 0x40));
    assertEquals(0x1p-27, Philox.uniform(0x20, 0));
    assertEquals(0.5, Philox.uniform(0x80000000, 0));
    assertEquals(1 - 0x1p-53, Philox.uniform(-1, -1));
    assertTrue(Philox.uniform(-1) < 1 && Philox.uniform(-1, -1) < 1);
  }
}
