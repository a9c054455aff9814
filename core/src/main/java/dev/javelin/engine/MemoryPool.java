package dev.javelin.engine;

import dev.javelin.backend.Backend;
import dev.javelin.backend.DeviceBuffer;
import dev.javelin.backend.OutOfDeviceMemoryException;
import dev.javelin.backend.Settings;
import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// The caching allocator of a device. Buffers come in size classes; freed ones are kept for reuse, newest first, so that what is
/// still in the processor's caches is used again.
///
/// Memory of tensors that became unreachable comes back through phantom references. When what is in use would pass a limit, a
/// collection is asked for, then the cache is drained, and only then does an allocation fail.
final class MemoryPool {
  private static final int SMALLEST_BITS = 6; // 64 bytes
  private static final int STEP_BITS =
      2; // four size classes per doubling: at most a fifth is wasted
  private static final long FIRST_LIMIT = 256L << 20;

  /// So many storages ask for a collection, however small they are: the collector follows each.
  private static final long FIRST_COUNT = 1 << 16;

  /// A collection may cost this much for each storage made since the last: several times what it
  /// costs to find one, so that what counts is the rest of the heap.
  private static final long NANOS_PER_STORAGE = 500;

  private static final long COLLECTION_WAIT_MILLIS = 20;
  private static final long LAST_WAIT_MILLIS = 200;
  private static final boolean SITES = Settings.isOn("javelin.sites", false);

  /// Without it every tensor has a block of its own, of its own size, and gives it back at once: then tools that watch a device's memory see
  /// what lies outside a tensor, and what nobody wrote.
  private final boolean caching = Settings.isOn("javelin.memory.cache", true);

  private final Backend backend;
  private final List<ArrayDeque<DeviceBuffer>> cache = new ArrayList<>();
  private final ReferenceQueue<Storage> unreachable = new ReferenceQueue<>();
  private final Tracker first = new Tracker();
  private long budget;

  /// Use above this asks for a collection; it grows when a collection finds that most is really in use.
  private long softLimit;

  private long softCount = FIRST_COUNT;
  private long watched;
  private long inUse;
  private long cached;
  private long peak;
  private long collections;
  private long allocations;

  MemoryPool(Backend backend, long budget) {
    this.backend = backend;
    setBudget(budget);
    for (int i = 0; i < (64 - SMALLEST_BITS) << STEP_BITS; i++) {
      cache.add(new ArrayDeque<>());
    }
  }

  /// Watches one storage; in a linked list, so that one that is freed by hand leaves at once.
  static final class Tracker extends PhantomReference<Storage> {
    private final DeviceBuffer buffer;
    private final String site;
    private Tracker previous;
    private Tracker next;

    private Tracker() {
      super(null, null);
      this.buffer = null;
      this.site = "";
    }

    private Tracker(Storage storage, ReferenceQueue<Storage> queue) {
      super(storage, queue);
      this.buffer = storage.buffer;
      this.site = SITES ? " at " + Sites.caller() : "";
    }

    String site() {
      return site;
    }
  }

  /// Memory for a tensor, given back when the tensor and all its views are gone.
  Storage allocate(DeviceContext device, long bytes, String maker, ScopeState scope) {
    Storage storage = new Storage(device, take(bytes), maker);
    Tracker tracker = new Tracker(storage, unreachable);
    storage.tracker = tracker;
    synchronized (this) {
      tracker.next = first.next;
      tracker.previous = first;
      if (first.next != null) {
        first.next.previous = tracker;
      }
      first.next = tracker;
      watched++;
    }
    if (scope != null) {
      scope.add(storage);
    }
    return storage;
  }

  /// Memory for a short while; the caller gives it back.
  synchronized DeviceBuffer take(long bytes) {
    Events.Allocation event = Events.allocation();
    int sizeClass = classOf(bytes);
    long size = caching ? sizeOf(sizeClass) : Math.max(1, bytes);
    reclaim();
    if (inUse + size > softLimit || watched >= softCount) {
      collect(size, COLLECTION_WAIT_MILLIS);
    }
    if (inUse + size > budget) {
      // On a busy machine the collector's finds may come late.
      collect(size, LAST_WAIT_MILLIS);
    }
    if (inUse + size > budget) {
      throw outOfMemory(bytes, "the budget of " + megabytes(budget) + " would be passed");
    }
    DeviceBuffer buffer = cache.get(sizeClass).pollLast();
    boolean reused = buffer != null;
    if (reused) {
      cached -= size;
    } else {
      buffer = create(size, bytes);
    }
    inUse += size;
    allocations++;
    peak = Math.max(peak, inUse);
    Events.finish(event, backend, size, reused);
    return buffer;
  }

  /// Takes back what [#take] gave.
  synchronized void give(DeviceBuffer buffer) {
    long size = buffer.bytes();
    inUse -= size;
    if (!caching) {
      buffer.free();
      return;
    }
    cached += size;
    cache.get(classOf(size)).addLast(buffer);
  }

  synchronized void release(Tracker tracker) {
    if (tracker.previous == null) {
      return;
    }
    tracker.previous.next = tracker.next;
    if (tracker.next != null) {
      tracker.next.previous = tracker.previous;
    }
    tracker.previous = null;
    watched--;
    tracker.clear();
    give(tracker.buffer);
  }

  /// Takes in what the collector found unreachable.
  private void reclaim() {
    for (Reference<?> found = unreachable.poll(); found != null; found = unreachable.poll()) {
      release((Tracker) found);
    }
  }

  private void collect(long size, long waitMillis) {
    collections++;
    long start = System.nanoTime();
    System.gc();
    awaitReclaim(waitMillis);
    long room = Math.max(watched, (System.nanoTime() - start) / NANOS_PER_STORAGE);
    softCount = Math.max(FIRST_COUNT, watched + room);
    if (inUse + size > softLimit - softLimit / 4) {
      softLimit = Math.min(budget, Math.max(softLimit * 2, inUse + size));
    }
  }

  /// The collector hands its finds over a moment after it returns.
  private void awaitReclaim(long millis) {
    try {
      Reference<?> found = unreachable.remove(millis);
      while (found != null) {
        release((Tracker) found);
        found = unreachable.remove(1);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private DeviceBuffer create(long size, long requested) {
    if (inUse + cached + size > budget) {
      drain();
    }
    try {
      return backend.allocate(size);
    } catch (OutOfDeviceMemoryException first) {
      collect(size, LAST_WAIT_MILLIS);
      drain();
      try {
        return backend.allocate(size);
      } catch (OutOfDeviceMemoryException second) {
        second.addSuppressed(first);
        OutOfDeviceMemoryException failure = outOfMemory(requested, second.getMessage());
        failure.initCause(second);
        throw failure;
      }
    }
  }

  private OutOfDeviceMemoryException outOfMemory(long requested, String why) {
    return new OutOfDeviceMemoryException(
        ("out of memory on %s: a tensor of %s was requested (%s); in use %s, cached %s, device has"
                + " %s. Try a smaller batch, a Scope around each step, or noGrad for inference")
            .formatted(
                backend.info().name(),
                megabytes(requested),
                why,
                megabytes(inUse),
                megabytes(cached),
                megabytes(backend.info().memory())));
  }

  private static String megabytes(long bytes) {
    return bytes < 1 << 20
        ? bytes + " bytes"
        : String.format(Locale.ROOT, "%.1f MiB", bytes / 1048576.0);
  }

  /// Gives all cached memory back to the system.
  synchronized void drain() {
    for (ArrayDeque<DeviceBuffer> buffers : cache) {
      for (DeviceBuffer buffer : buffers) {
        cached -= buffer.bytes();
        buffer.free();
      }
      buffers.clear();
    }
  }

  synchronized void setBudget(long bytes) {
    budget = bytes;
    softLimit = Math.min(FIRST_LIMIT, bytes);
  }

  synchronized MemoryStatistics statistics() {
    reclaim();
    return new MemoryStatistics(inUse, cached, peak, budget, allocations, collections);
  }

  synchronized void resetPeak() {
    peak = inUse;
  }

  private static int classOf(long bytes) {
    if (bytes <= 1L << SMALLEST_BITS) {
      return 0;
    }
    int power = 63 - Long.numberOfLeadingZeros(bytes - 1);
    int step = (int) ((bytes - 1) >>> (power - STEP_BITS)) & ((1 << STEP_BITS) - 1);
    return ((power - SMALLEST_BITS) << STEP_BITS) + step + 1;
  }

  private static long sizeOf(int sizeClass) {
    if (sizeClass == 0) {
      return 1L << SMALLEST_BITS;
    }
    int power = ((sizeClass - 1) >> STEP_BITS) + SMALLEST_BITS;
    int step = (sizeClass - 1) & ((1 << STEP_BITS) - 1);
    return ((1L << STEP_BITS) + step + 1) << (power - STEP_BITS);
  }
}
