package dev.javelin.engine;

import dev.javelin.backend.DeviceBuffer;
import java.util.function.Supplier;

/// What a thread is doing: whether it records gradients, which scope is open, whether it traces; and its launch arrays.
public final class ThreadContext {
  private static final ThreadLocal<ThreadContext> CURRENT =
      ThreadLocal.withInitial(ThreadContext::new);

  boolean gradEnabled = true;

  /// Whether nodes remember the line of their call, and gradients are checked.
  boolean anomaly;

  ScopeState scope;
  Trace trace;

  /// The compiled function being recorded, null for none.
  Recording recording;

  /// Random numbers of this thread alone; null for those all threads share.
  Generator generator;

  /// The innermost autocast region, null outside of all and in backward passes.
  AutocastState autocast;

  /// Arguments of the launch being prepared; reused, since a launch does not keep them.
  DeviceBuffer[] buffers = new DeviceBuffer[16];

  long[] offsets = new long[16];
  long[] params = new long[16];

  private ThreadContext() {}

  static ThreadContext get() {
    return CURRENT.get();
  }

  /// Whether ops run at once, on the inputs they are given, and nothing wants to know of them.
  boolean isPlain() {
    return trace == null && recording == null && autocast == null;
  }

  void reserve(int bufferCount, int paramCount) {
    if (bufferCount > buffers.length) {
      buffers = new DeviceBuffer[2 * bufferCount];
      offsets = new long[2 * bufferCount];
    }
    if (paramCount > params.length) {
      params = new long[2 * paramCount];
    }
  }

  /// Whether operations are recorded for a backward pass on this thread.
  ///
  /// @return true unless inside `noGrad`
  public static boolean isGradEnabled() {
    return get().gradEnabled;
  }

  /// Runs something with recording switched on or off.
  ///
  /// @param <T> the type of the result
  /// @param enabled whether to record
  /// @param body what to run
  /// @return its result
  public static <T> T withGrad(boolean enabled, Supplier<T> body) {
    ThreadContext context = get();
    boolean before = context.gradEnabled;
    context.gradEnabled = enabled;
    try {
      return body.get();
    } finally {
      context.gradEnabled = before;
    }
  }

  /// Runs a backward pass: its ops run in the dtypes that the forward calls chose.
  static <T> T backward(boolean create, Supplier<T> body) {
    return withAutocast(null, () -> withGrad(create, body));
  }

  /// The innermost autocast region of this thread.
  ///
  /// @return the region, or null
  public static AutocastState autocast() {
    return get().autocast;
  }

  /// Runs something as inside an autocast region.
  ///
  /// @param <T> the type of the result
  /// @param region the region, which may be closed by now, or null
  /// @param body what to run
  /// @return its result
  public static <T> T withAutocast(AutocastState region, Supplier<T> body) {
    ThreadContext context = get();
    AutocastState before = context.autocast;
    context.autocast = region;
    try {
      return body.get();
    } finally {
      context.autocast = before;
    }
  }

  /// Runs something that remembers the line of each call and checks gradients.
  ///
  /// @param body what to run
  public static void withAnomaly(Runnable body) {
    ThreadContext context = get();
    boolean before = context.anomaly;
    context.anomaly = true;
    try {
      body.run();
    } finally {
      context.anomaly = before;
    }
  }

  /// Runs something outside every scope, so that what it makes lives as long as it is referred to.
  ///
  /// @param <T> the type of the result
  /// @param body what to run
  /// @return its result
  public static <T> T unscoped(Supplier<T> body) {
    ThreadContext context = get();
    ScopeState before = context.scope;
    context.scope = null;
    try {
      return body.get();
    } finally {
      context.scope = before;
    }
  }
}
