package dev.javelin.data;

import dev.javelin.Javelin;
import dev.javelin.Tensor;
import dev.javelin.engine.Generator;
import dev.javelin.engine.ScopeState;
import dev.javelin.engine.TensorState;
import dev.javelin.engine.ThreadContext;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/// The batches of a data set, made ahead by threads if wanted.
///
/// ```java
/// var loader = new DataLoader(FashionMNIST.load(true), 64).withShuffle(true).withWorkers(1);
/// for (Batch batch : loader) {
///   try (Scope scope = batch.scope()) { ... }
/// }
/// ```
///
/// Each iteration is an epoch. Order and contents of the batches are a function of seed and epoch alone, whatever the number of
/// workers. A batch belongs to the [dev.javelin.Scope] that is open where it is taken, if any, and to the one that [Batch#scope()]
/// opens. An iteration may be abandoned: nothing waits for its end, and idle workers end by themselves.
public final class DataLoader implements Iterable<Batch> {
  /// How many batches are made ahead for each worker.
  private static final int AHEAD = 2;

  private static final long IDLE_MILLIS = 500;

  private final Dataset dataset;
  private final int batchSize;
  private final boolean shuffle;
  private final boolean dropLast;
  private final int workers;
  private final ExecutorService pool;
  private long seed;
  private int epoch;

  /// The batches of the next epoch that were taken before this loader was resumed.
  private int skipped;

  /// The epoch begun last, null before the first.
  private Epoch current;

  /// Batches in the order of the data set, made where they are taken.
  ///
  /// @param dataset the data set
  /// @param batchSize how many samples a batch has; the last may have fewer
  public DataLoader(Dataset dataset, int batchSize) {
    this(dataset, batchSize, false, false, 0, freshSeed());
  }

  private DataLoader(
      Dataset dataset, int batchSize, boolean shuffle, boolean dropLast, int workers, long seed) {
    if (batchSize < 1 || workers < 0) {
      throw new IllegalArgumentException(
          "DataLoader: expected a batch size above 0 and no negative number of workers, got %s and %s"
              .formatted(batchSize, workers));
    }
    this.dataset = dataset;
    this.batchSize = batchSize;
    this.shuffle = shuffle;
    this.dropLast = dropLast;
    this.workers = workers;
    this.seed = seed;
    this.pool = workers == 0 ? null : pool(workers);
  }

  /// A seed that follows [Javelin#manualSeed].
  private static long freshSeed() {
    Generator.Position position = Generator.next(1);
    return SplitMix.stream(position.seed(), position.counter()).nextLong();
  }

  /// Threads that exist only while there is something to do, so that nobody has to shut them down.
  private static ExecutorService pool(int workers) {
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            workers,
            workers,
            IDLE_MILLIS,
            TimeUnit.MILLISECONDS,
            new LinkedBlockingQueue<>(),
            Thread.ofPlatform().daemon().name("javelin-data-", 0).factory());
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  /// This loader with or without shuffling.
  ///
  /// @param newShuffle whether each epoch has an order of its own
  /// @return a copy, before its first epoch
  public DataLoader withShuffle(boolean newShuffle) {
    return new DataLoader(dataset, batchSize, newShuffle, dropLast, workers, seed);
  }

  /// This loader with or without a last batch of fewer samples.
  ///
  /// @param newDropLast whether such a batch is left out
  /// @return a copy, before its first epoch
  public DataLoader withDropLast(boolean newDropLast) {
    return new DataLoader(dataset, batchSize, shuffle, newDropLast, workers, seed);
  }

  /// This loader with threads that make batches ahead.
  ///
  /// @param newWorkers how many; 0 makes each batch where it is taken
  /// @return a copy, before its first epoch
  public DataLoader withWorkers(int newWorkers) {
    return new DataLoader(dataset, batchSize, shuffle, dropLast, newWorkers, seed);
  }

  /// This loader with another seed.
  ///
  /// @param newSeed decides the order of each epoch and what is random in transforms; if not set it follows
  ///     [Javelin#manualSeed]
  /// @return a copy, before its first epoch
  public DataLoader withSeed(long newSeed) {
    return new DataLoader(dataset, batchSize, shuffle, dropLast, workers, newSeed);
  }

  /// The data set.
  ///
  /// @return the data set
  public Dataset dataset() {
    return dataset;
  }

  /// How many samples a batch has.
  ///
  /// @return the number; the last batch may have fewer
  public int batchSize() {
    return batchSize;
  }

  /// How many batches an epoch has.
  ///
  /// @return the number
  public int size() {
    return dropLast ? dataset.size() / batchSize : Math.ceilDiv(dataset.size(), batchSize);
  }

  /// Sets the number of the next epoch: to resume.
  ///
  /// @param next its number, from 0
  public synchronized void setEpoch(int next) {
    epoch = next;
    skipped = 0;
    current = null;
  }

  /// Where this loader is: the epoch begun last and how many of its batches have been taken, and what decides its order.
  ///
  /// @return numbers by name, for [dev.javelin.Javelin#save] and [#loadStateDict]
  public synchronized Map<String, Object> stateDict() {
    boolean within = current != null && current.hasNext();
    Map<String, Object> state = new LinkedHashMap<>();
    state.put("seed", seed);
    state.put("epoch", (long) (within ? current.number : epoch));
    state.put("batch", (long) (within ? current.taken : skipped));
    settings().forEach(state::put);
    return Collections.unmodifiableMap(state);
  }

  /// What must be the same for a position to mean the same.
  private Map<String, Object> settings() {
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("dataset_size", (long) dataset.size());
    settings.put("batch_size", (long) batchSize);
    settings.put("shuffle", shuffle);
    settings.put("drop_last", dropLast);
    return settings;
  }

  /// Goes on where another loader of the same data set was: the next iteration gives the rest of the epoch it was in. The number of
  /// workers may differ.
  ///
  /// @param state what [#stateDict()] gave
  /// @throws IllegalArgumentException if that loader was set up differently; one error for all that differs, nothing is changed
  public synchronized void loadStateDict(Map<String, ?> state) {
    List<String> errors = new ArrayList<>();
    settings()
        .forEach(
            (name, here) -> {
              if (!here.equals(state.get(name))) {
                errors.add("%s is %s there and %s here".formatted(name, state.get(name), here));
              }
            });
    for (String name : List.of("seed", "epoch", "batch")) {
      if (!(state.get(name) instanceof Long number)
          || !name.equals("seed") && (number < 0 || number > Integer.MAX_VALUE)) {
        errors.add("%s is %s, expected a whole number".formatted(name, state.get(name)));
      }
    }
    if (!errors.isEmpty()) {
      throw new IllegalArgumentException(
          "Error(s) in loading the state of the DataLoader:\n\t" + String.join("\n\t", errors));
    }
    setEpoch(Math.toIntExact((Long) state.get("epoch")));
    seed = (Long) state.get("seed");
    skipped = Math.toIntExact((Long) state.get("batch"));
  }

  /// Begins the next epoch, or goes on with the one that [#loadStateDict] was given.
  ///
  /// @return its batches
  @Override
  public synchronized Iterator<Batch> iterator() {
    current = new Epoch(epoch++, skipped);
    skipped = 0;
    return current;
  }

  private final class Epoch implements Iterator<Batch> {
    private final long epochSeed;
    private final int[] order;
    private final int count = size();
    private final Deque<Future<Batch>> ahead = new ArrayDeque<>();
    private final int number;
    private int begun;
    private int taken;

    Epoch(int number, int from) {
      this.number = number;
      begun = from;
      taken = from;
      SplitMix random = SplitMix.stream(seed, number);
      epochSeed = random.nextLong();
      order =
          shuffle
              ? Subset.shuffled(dataset.size(), random)
              : IntStream.range(0, dataset.size()).toArray();
      while (begun < Math.min(count, from + AHEAD * workers)) {
        submit();
      }
    }

    private void submit() {
      int number = begun++;
      ahead.add(pool.submit(() -> make(number)));
    }

    private Batch make(int number) {
      int from = number * batchSize;
      int[] indices = Arrays.copyOfRange(order, from, Math.min(order.length, from + batchSize));
      SplitMix random = SplitMix.stream(epochSeed, number);
      // Outside every scope: what a data set keeps for itself must not be freed with the batch.
      return Javelin.noGrad(() -> ThreadContext.unscoped(() -> made(indices, random)));
    }

    private Batch made(int[] indices, SplitMix random) {
      ScopeState scope = ScopeState.openFor("the data loader");
      try {
        Batch batch = dataset.batch(indices, random);
        return new Batch(own(batch.x(), scope), own(batch.y(), scope));
      } finally {
        scope.release();
      }
    }

    /// A tensor with memory of its own: what is the data set's must not be freed with the batch.
    private static Tensor own(Tensor tensor, ScopeState scope) {
      return scope.owns(tensor) ? tensor : tensor.clone();
    }

    @Override
    public boolean hasNext() {
      return taken < count;
    }

    @Override
    public Batch next() {
      if (!hasNext()) {
        throw new NoSuchElementException("the epoch has no more than " + count + " batches");
      }
      Batch batch;
      try {
        batch = pool == null ? make(taken) : await();
      } catch (RuntimeException | Error e) {
        taken = count;
        ahead.clear();
        throw e;
      }
      taken++;
      TensorState.adopt(batch.x());
      TensorState.adopt(batch.y());
      return batch;
    }

    private Batch await() {
      try {
        Batch batch = ahead.remove().get();
        if (begun < count) {
          submit();
        }
        return batch;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while waiting for a batch", e);
      } catch (ExecutionException e) {
        // The worker's own exception, so that it can be caught by its type.
        switch (e.getCause()) {
          case RuntimeException cause -> throw cause;
          case Error cause -> throw cause;
          default -> throw new IllegalStateException("a batch could not be made", e.getCause());
        }
      }
    }
  }
}
