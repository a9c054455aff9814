package dev.javelin.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class MemoryPlanTest {
  @Test
  void whatIsNotNeededTogetherSharesMemory() {
    MemoryPlan plan = new MemoryPlan();
    plan.add(100, 0, 1);
    plan.add(64, 1, 2);
    plan.add(128, 2, 3);
    assertArrayEquals(new long[] {0, 128, 0}, plan.offsets());
    assertEquals(192, plan.bytes());
    assertEquals(192, plan.floor());
  }

  @Test
  void nothingTakesNothing() {
    MemoryPlan plan = new MemoryPlan();
    assertEquals(0, plan.offsets().length);
    assertEquals(0, plan.bytes());
    assertEquals(0, plan.floor());
  }

  @Test
  void whatIsNeededTogetherLiesApart() {
    SplittableRandom random = new SplittableRandom(1);
    double worst = 1;
    for (int round = 0; round < 200; round++) {
      int count = 1 + random.nextInt(60);
      long[] bytes = new long[count];
      int[] first = new int[count];
      int[] last = new int[count];
      MemoryPlan plan = new MemoryPlan();
      for (int i = 0; i < count; i++) {
        bytes[i] = 1 + random.nextLong(5000);
        first[i] = random.nextInt(100);
        last[i] = first[i] + random.nextInt(8);
        plan.add(bytes[i], first[i], last[i]);
      }
      long[] offsets = plan.offsets();
      for (int i = 0; i < count; i++) {
        assertEquals(0, offsets[i] % 64);
        assertTrue(offsets[i] + bytes[i] <= plan.bytes());
        for (int j = 0; j < i; j++) {
          boolean together = first[i] <= last[j] && first[j] <= last[i];
          boolean apart =
              offsets[i] + bytes[i] <= offsets[j] || offsets[j] + bytes[j] <= offsets[i];
          assertTrue(!together || apart, "round " + round);
        }
      }
      assertTrue(plan.bytes() >= plan.floor());
      worst = Math.max(worst, (double) plan.bytes() / plan.floor());
    }
    assertTrue(worst < 1.35, "at worst " + worst + " times what is needed at one time");
  }
}
