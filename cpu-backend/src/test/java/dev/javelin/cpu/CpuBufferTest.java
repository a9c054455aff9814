package dev.javelin.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.OutOfDeviceMemoryException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

class CpuBufferTest {
  private final CpuBackend backend = new CpuBackend();

  @Test
  void isAlignedAndKeepsWhatIsWritten() {
    for (long bytes : new long[] {1, 8, 63, 64, 65, 4096, 4 << 20, (4 << 20) + 1, (9 << 20) - 3}) {
      CpuBuffer buffer = (CpuBuffer) backend.allocate(bytes);
      assertEquals(0, buffer.address() % 64);
      assertEquals(bytes, buffer.bytes());
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment source = arena.allocate(bytes);
        source.fill((byte) 0x5a);
        buffer.write(0, source);
        MemorySegment last = arena.allocate(1);
        buffer.read(bytes - 1, last);
        assertEquals((byte) 0x5a, last.get(ValueLayout.JAVA_BYTE, 0));
        MemorySegment all = arena.allocate(bytes);
        buffer.read(0, all);
        assertEquals(-1, all.mismatch(source));
      }
      buffer.free();
    }
  }

  @Test
  void refusesUseAfterItWasFreed() {
    for (long bytes : new long[] {64, 8 << 20}) {
      CpuBuffer buffer = (CpuBuffer) backend.allocate(bytes);
      buffer.free();
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment memory = arena.allocate(8);
        assertThrows(IllegalStateException.class, () -> buffer.write(0, memory));
        assertThrows(IllegalStateException.class, () -> buffer.read(0, memory));
      }
      assertThrows(IllegalStateException.class, buffer::address);
      assertThrows(IllegalStateException.class, buffer::free);
    }
  }

  @Test
  void refusesCopiesBeyondItsEnd() {
    DeviceBuffer buffer = backend.allocate(100);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(8);
      for (long offset : new long[] {-1, 93, 100, Long.MAX_VALUE, Long.MIN_VALUE}) {
        assertThrows(IndexOutOfBoundsException.class, () -> buffer.write(offset, memory));
        assertThrows(IndexOutOfBoundsException.class, () -> buffer.read(offset, memory));
      }
    }
    buffer.free();
  }

  @Test
  void saysWhatIsMissingWhenMemoryRunsOut() {
    for (long bytes :
        new long[] {1L << 50, 1L << 60, Long.MAX_VALUE, backend.info().memory() + 1}) {
      var error = assertThrows(OutOfDeviceMemoryException.class, () -> backend.allocate(bytes));
      assertEquals(
          "cpu has no "
              + bytes
              + " bytes left: 0 of its "
              + backend.info().memory()
              + " bytes are allocated",
          error.getMessage());
    }
    backend.allocate(64).free();
    assertThrows(IllegalArgumentException.class, () -> backend.allocate(0));
    assertThrows(IllegalArgumentException.class, () -> backend.allocate(-5));
  }
}
