package dev.javelin.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.OutOfDeviceMemoryException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MemoryPoolTest {
  private static final long PLENTY = 1L << 40;
  private static final long MEBIBYTE = 1 << 20;

  private final FakeBackend backend = new FakeBackend(PLENTY);
  private final MemoryPool pool = new MemoryPool(backend, PLENTY);

  @Test
  void sizesAreRoundedUpByAFifthAtMost() {
    for (long bytes = 1; bytes < 1L << 34; bytes += 1 + bytes / 7) {
      DeviceBuffer buffer = pool.take(bytes);
      assertTrue(buffer.bytes() >= bytes, bytes + " got " + buffer.bytes());
      if (bytes > 64) {
        assertTrue(buffer.bytes() - bytes <= buffer.bytes() / 5, bytes + " got " + buffer.bytes());
      }
      assertEquals(0, buffer.bytes() % 16);
      pool.give(buffer);
    }
    assertEquals(64, pool.take(1).bytes());
  }

  @Test
  void aBufferServesEveryRequestOfItsClass() {
    DeviceBuffer buffer = pool.take(1000);
    pool.give(buffer);
    assertSame(buffer, pool.take(900));
    assertNotSame(buffer, pool.take(900));
    assertEquals(2, backend.allocations);
  }

  @Test
  void theNewestComesFirst() {
    DeviceBuffer older = pool.take(1000);
    DeviceBuffer newer = pool.take(1000);
    pool.give(older);
    pool.give(newer);
    assertSame(newer, pool.take(1000));
    assertSame(older, pool.take(1000));
  }

  @Test
  void theStatisticsAddUp() {
    DeviceBuffer a = pool.take(64);
    DeviceBuffer b = pool.take(128);
    assertEquals(new MemoryStatistics(192, 0, 192, PLENTY, 2, 0), pool.statistics());
    pool.give(a);
    assertEquals(new MemoryStatistics(128, 64, 192, PLENTY, 2, 0), pool.statistics());
    pool.resetPeak();
    assertEquals(128, pool.statistics().peak());
    pool.give(b);
    pool.drain();
    assertEquals(new MemoryStatistics(0, 0, 128, PLENTY, 2, 0), pool.statistics());
    assertEquals(0, backend.allocated);
    assertEquals(2, backend.frees);
  }

  @Test
  void cachedMemoryIsGivenBackBeforeTheBudgetIsPassed() {
    pool.setBudget(MEBIBYTE);
    DeviceBuffer half = pool.take(MEBIBYTE / 2);
    pool.give(half);
    DeviceBuffer most = pool.take(MEBIBYTE * 3 / 4);
    assertEquals(1, backend.frees);
    OutOfDeviceMemoryException e =
        assertThrows(OutOfDeviceMemoryException.class, () -> pool.take(MEBIBYTE / 2));
    assertTrue(e.getMessage().startsWith("out of memory on fake:0"), e.getMessage());
    assertTrue(e.getMessage().contains("budget of 1.0 MiB"), e.getMessage());
    pool.give(most);
    assertEquals(MEBIBYTE, pool.take(MEBIBYTE).bytes());
  }

  @Test
  void whatTheDriverRefusesIsAskedForAgainWithoutTheCache() {
    FakeBackend small = new FakeBackend(MEBIBYTE);
    MemoryPool tight = new MemoryPool(small, PLENTY);
    tight.give(tight.take(MEBIBYTE / 2));
    assertEquals(MEBIBYTE, tight.take(MEBIBYTE).bytes());
    assertEquals(1, small.failures);
    OutOfDeviceMemoryException e =
        assertThrows(OutOfDeviceMemoryException.class, () -> tight.take(100));
    assertTrue(e.getMessage().contains("fake:0 has only"), e.getMessage());
    assertTrue(
        e.getMessage().contains("112 bytes") || e.getMessage().contains("100 bytes"),
        e.getMessage());
  }

  @Test
  void memoryOfUnreachableStoragesComesBack() throws InterruptedException {
    DeviceContext device = new DeviceContext(backend, PLENTY);
    List<Storage> kept = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      Storage storage = device.pool.allocate(device, 64, "test", null);
      if (i % 10 == 0) {
        kept.add(storage);
      }
    }
    for (int i = 0; i < 100 && device.statistics().allocated() > 640; i++) {
      System.gc();
      Thread.sleep(5);
    }
    assertEquals(640, device.statistics().allocated());
    assertEquals(10, kept.size());
  }

  @Test
  void aFullBudgetAsksForACollectionBeforeItFails() {
    DeviceContext device = new DeviceContext(backend, MEBIBYTE);
    for (int i = 0; i < 100; i++) {
      device.pool.allocate(device, MEBIBYTE / 4, "test", null);
    }
    assertTrue(device.statistics().collections() > 0);
    assertTrue(device.statistics().allocated() <= MEBIBYTE);
  }

  @Test
  void manySmallStoragesAskForACollection() {
    DeviceContext device = new DeviceContext(backend, PLENTY);
    for (int i = 0; i < 300_000; i++) {
      device.pool.allocate(device, 64, "test", null);
    }
    assertTrue(device.statistics().collections() > 0);
    assertTrue(device.statistics().peak() < 300_000 * 64);
  }

  @Test
  void aStorageIsGivenBackOnce() {
    DeviceContext device = new DeviceContext(backend, PLENTY);
    Storage storage = device.pool.allocate(device, 64, "test", null);
    storage.free("by hand");
    storage.free("by hand again");
    assertEquals(0, device.statistics().allocated());
    assertEquals(64, device.statistics().cached());
  }
}
