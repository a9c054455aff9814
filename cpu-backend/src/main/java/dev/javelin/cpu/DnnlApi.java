package dev.javelin.cpu;

import static dev.javelin.cpu.DnnlFunctions.ATTR_CREATE;
import static dev.javelin.cpu.DnnlFunctions.ATTR_DESTROY;
import static dev.javelin.cpu.DnnlFunctions.ATTR_POST_OPS;
import static dev.javelin.cpu.DnnlFunctions.ATTR_SCRATCHPAD;
import static dev.javelin.cpu.DnnlFunctions.CONVOLUTION_BACKWARD_DATA;
import static dev.javelin.cpu.DnnlFunctions.CONVOLUTION_BACKWARD_WEIGHTS;
import static dev.javelin.cpu.DnnlFunctions.CONVOLUTION_FORWARD;
import static dev.javelin.cpu.DnnlFunctions.DESCRIPTION_DESTROY;
import static dev.javelin.cpu.DnnlFunctions.DESCRIPTION_QUERY;
import static dev.javelin.cpu.DnnlFunctions.DESCRIPTION_QUERY_MD;
import static dev.javelin.cpu.DnnlFunctions.DESC_CLONE;
import static dev.javelin.cpu.DnnlFunctions.DESC_DESTROY;
import static dev.javelin.cpu.DnnlFunctions.DESC_EQUAL;
import static dev.javelin.cpu.DnnlFunctions.DESC_PART;
import static dev.javelin.cpu.DnnlFunctions.DESC_SIZE;
import static dev.javelin.cpu.DnnlFunctions.DESC_STRIDES;
import static dev.javelin.cpu.DnnlFunctions.DESC_TAG;
import static dev.javelin.cpu.DnnlFunctions.ENGINE_CREATE;
import static dev.javelin.cpu.DnnlFunctions.EXECUTE;
import static dev.javelin.cpu.DnnlFunctions.MATMUL;
import static dev.javelin.cpu.DnnlFunctions.MEMORY_CREATE;
import static dev.javelin.cpu.DnnlFunctions.MEMORY_DESTROY;
import static dev.javelin.cpu.DnnlFunctions.MEMORY_SET;
import static dev.javelin.cpu.DnnlFunctions.OMP_MAX_THREADS;
import static dev.javelin.cpu.DnnlFunctions.OMP_SET_THREADS;
import static dev.javelin.cpu.DnnlFunctions.POST_OPS_CREATE;
import static dev.javelin.cpu.DnnlFunctions.POST_OPS_DESTROY;
import static dev.javelin.cpu.DnnlFunctions.POST_OPS_SUM;
import static dev.javelin.cpu.DnnlFunctions.PRIMITIVE_CREATE;
import static dev.javelin.cpu.DnnlFunctions.PRIMITIVE_DESTROY;
import static dev.javelin.cpu.DnnlFunctions.REORDER;
import static dev.javelin.cpu.DnnlFunctions.SGEMM;
import static dev.javelin.cpu.DnnlFunctions.STREAM_CREATE;
import static dev.javelin.cpu.DnnlFunctions.STREAM_DESTROY;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.List;

/// The part of oneDNN's C API that is used here. Pointers are plain addresses.
///
/// What a `create` function returns is 0 where oneDNN has no implementation for the case; any other failure is an
/// exception.
final class DnnlApi {
  static final int SRC = 1;
  static final int DST = 17;
  static final int WEIGHTS = 33;
  static final int BIAS = 41;
  static final int SCRATCHPAD = 80;
  static final int DIFF_SRC = 129;
  static final int DIFF_DST = 145;
  static final int DIFF_WEIGHTS = 161;

  static final int QUERY_SRC = 129;
  static final int QUERY_DIFF_SRC = 130;
  static final int QUERY_WEIGHTS = 131;
  static final int QUERY_DIFF_WEIGHTS = 132;
  static final int QUERY_DST = 133;
  static final int QUERY_DIFF_DST = 134;
  static final int QUERY_SCRATCHPAD = 136;
  private static final long QUERY_IMPLEMENTATION = 8;

  private static final int UNIMPLEMENTED = 3;
  private static final long F32 = 3;
  private static final long ANY = 1;
  private static final long CPU = 1;
  private static final long IN_ORDER = 1;
  private static final long FORWARD_TRAINING = 64;
  private static final long DIRECT = 1;
  private static final long USER_SCRATCHPAD = 1;

  private static String problem = "";

  private static final long ENGINE = reason().isEmpty() ? engine() : 0;

  /// Whether OpenMP was in the process before us and has more threads, so that each call must hold it back.
  private static final boolean FOREIGN_OPENMP = ENGINE != 0 && openmpThreads() != 1;

  private DnnlApi() {}

  /// A call of a native function.
  @FunctionalInterface
  private interface Call {
    int invoke(long out) throws Throwable;
  }

  /// Why the library cannot be used; empty where it can.
  static String reason() {
    return problem.isEmpty() ? DnnlFunctions.reason() : problem;
  }

  private static long engine() {
    try {
      return create("engine", out -> (int) ENGINE_CREATE.invokeExact(out, CPU, 0L));
    } catch (IllegalStateException e) {
      problem = e.getMessage() + ".";
      return 0;
    }
  }

  private static int openmpThreads() {
    try {
      return (int) OMP_MAX_THREADS.invokeExact();
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  /// Calls a function that stores what it made through its first parameter.
  ///
  /// @return what it made, or 0 where there is no implementation
  private static long create(String what, Call call) {
    try (var arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(JAVA_LONG);
      // What is compiled depends on the number of threads at this moment.
      int threads = FOREIGN_OPENMP ? holdOpenmp(1) : 0;
      int status = call.invoke(out.address());
      if (FOREIGN_OPENMP) {
        holdOpenmp(threads);
      }
      if (status == UNIMPLEMENTED) {
        return 0;
      }
      check(status, what);
      return out.get(JAVA_LONG, 0);
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  private static void check(int status, String what) {
    if (status == 0) {
      return;
    }
    String name =
        switch (status) {
          case 1 -> "out of memory";
          case 2 -> "invalid arguments";
          case UNIMPLEMENTED -> "not implemented";
          default -> "status " + status;
        };
    throw new IllegalStateException("oneDNN " + what + ": " + name);
  }

  private static RuntimeException rethrow(Throwable t) {
    if (t instanceof Error e) {
      throw e;
    }
    return t instanceof RuntimeException e ? e : new IllegalStateException(t);
  }

  private static void destroy(MethodHandle function, long handle) {
    try {
      if (handle != 0) {
        int ignored = (int) function.invokeExact(handle);
      }
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  static long stream() {
    return create("stream", out -> (int) STREAM_CREATE.invokeExact(out, ENGINE, IN_ORDER));
  }

  static void destroyStream(long stream) {
    destroy(STREAM_DESTROY, stream);
  }

  /// Describes float32 elements with explicit strides.
  static long describe(long[] dims, long[] strides) {
    try (var arena = Arena.ofConfined()) {
      long d = arena.allocateFrom(JAVA_LONG, dims).address();
      long s = arena.allocateFrom(JAVA_LONG, strides).address();
      return create(
          "description", out -> (int) DESC_STRIDES.invokeExact(out, (long) dims.length, d, F32, s));
    }
  }

  /// Describes float32 elements whose layout is up to the primitive.
  static long describeAny(long[] dims) {
    try (var arena = Arena.ofConfined()) {
      long d = arena.allocateFrom(JAVA_LONG, dims).address();
      return create(
          "description", out -> (int) DESC_TAG.invokeExact(out, (long) dims.length, d, F32, ANY));
    }
  }

  static long cloneDescription(long description) {
    return create("description", out -> (int) DESC_CLONE.invokeExact(out, description));
  }

  /// Describes a part of an array, addressed through the whole; 0 where it would cut a block.
  static long describePart(long description, long[] dims, long[] offsets) {
    try (var arena = Arena.ofConfined()) {
      long d = arena.allocateFrom(JAVA_LONG, dims).address();
      long o = arena.allocateFrom(JAVA_LONG, offsets).address();
      return create("description", out -> (int) DESC_PART.invokeExact(out, description, d, o));
    }
  }

  static void destroyDescription(long description) {
    destroy(DESC_DESTROY, description);
  }

  static boolean equal(long description, long other) {
    try {
      return (int) DESC_EQUAL.invokeExact(description, other) != 0;
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  static long bytes(long description) {
    try {
      return (long) DESC_SIZE.invokeExact(description);
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  static long memory(long description) {
    return create("memory", out -> (int) MEMORY_CREATE.invokeExact(out, description, ENGINE, 0L));
  }

  static void destroyMemory(long memory) {
    destroy(MEMORY_DESTROY, memory);
  }

  static void setMemory(long memory, long address) {
    try {
      check((int) MEMORY_SET.invokeExact(memory, address), "memory");
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  /// Attributes: scratch memory comes from the caller; the result may be added to what is there.
  static long attributes(boolean add) {
    long attributes = create("attributes", out -> (int) ATTR_CREATE.invokeExact(out));
    try {
      check((int) ATTR_SCRATCHPAD.invokeExact(attributes, USER_SCRATCHPAD), "attributes");
      if (add) {
        long operations = create("attributes", out -> (int) POST_OPS_CREATE.invokeExact(out));
        check((int) POST_OPS_SUM.invokeExact(operations, 1f, 0, 0), "attributes");
        check((int) ATTR_POST_OPS.invokeExact(attributes, operations), "attributes");
        destroy(POST_OPS_DESTROY, operations);
      }
      return attributes;
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  static void destroyAttributes(long attributes) {
    destroy(ATTR_DESTROY, attributes);
  }

  static long matmul(long a, long b, long bias, long c, long attributes) {
    return create(
        "matmul", out -> (int) MATMUL.invokeExact(out, ENGINE, a, b, bias, c, attributes));
  }

  static long reorder(long from, long to, long attributes) {
    return create(
        "reorder", out -> (int) REORDER.invokeExact(out, from, ENGINE, to, ENGINE, attributes));
  }

  /// How a convolution walks over its input: for height and width each.
  record Window(List<Long> strides, List<Long> dilations, List<Long> before, List<Long> after) {
    private Pairs in(Arena arena) {
      return new Pairs(
          pair(arena, strides), pair(arena, dilations), pair(arena, before), pair(arena, after));
    }

    private static long pair(Arena arena, List<Long> values) {
      return arena.allocateFrom(JAVA_LONG, values.get(0), values.get(1)).address();
    }
  }

  /// Where the library finds the numbers of a [Window].
  private record Pairs(long strides, long dilations, long before, long after) {}

  static long convolutionForward(
      long x, long w, long bias, long y, Window window, long attributes) {
    try (var arena = Arena.ofConfined()) {
      Pairs at = window.in(arena);
      return create(
          "convolution",
          out ->
              (int)
                  CONVOLUTION_FORWARD.invokeExact(
                      out,
                      ENGINE,
                      FORWARD_TRAINING,
                      DIRECT,
                      x,
                      w,
                      bias,
                      y,
                      at.strides,
                      at.dilations,
                      at.before,
                      at.after,
                      attributes));
    }
  }

  static long convolutionBackwardData(
      long x, long w, long y, Window window, long forward, long attributes) {
    try (var arena = Arena.ofConfined()) {
      Pairs at = window.in(arena);
      return create(
          "gradient of a convolution",
          out ->
              (int)
                  CONVOLUTION_BACKWARD_DATA.invokeExact(
                      out,
                      ENGINE,
                      DIRECT,
                      x,
                      w,
                      y,
                      at.strides,
                      at.dilations,
                      at.before,
                      at.after,
                      forward,
                      attributes));
    }
  }

  static long convolutionBackwardWeights(
      long x, long w, long y, Window window, long forward, long attributes) {
    try (var arena = Arena.ofConfined()) {
      Pairs at = window.in(arena);
      return create(
          "gradient of a convolution",
          out ->
              (int)
                  CONVOLUTION_BACKWARD_WEIGHTS.invokeExact(
                      out,
                      ENGINE,
                      DIRECT,
                      x,
                      w,
                      0L,
                      y,
                      at.strides,
                      at.dilations,
                      at.before,
                      at.after,
                      forward,
                      attributes));
    }
  }

  /// A description that a primitive description holds; it lives as long as that.
  static long query(long primitiveDescription, int what) {
    try {
      return (long) DESCRIPTION_QUERY_MD.invokeExact(primitiveDescription, (long) what, 0L);
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  static long scratchpad(long primitiveDescription) {
    return query(primitiveDescription, QUERY_SCRATCHPAD);
  }

  /// The name of the implementation that oneDNN chose.
  static String implementation(long primitiveDescription) {
    long text =
        create(
            "implementation",
            out ->
                (int)
                    DESCRIPTION_QUERY.invokeExact(
                        primitiveDescription, QUERY_IMPLEMENTATION, 0L, out));
    return Memory.ALL.getString(text);
  }

  static void destroyPrimitiveDescription(long primitiveDescription) {
    destroy(DESCRIPTION_DESTROY, primitiveDescription);
  }

  static long primitive(long primitiveDescription) {
    return create(
        "primitive", out -> (int) PRIMITIVE_CREATE.invokeExact(out, primitiveDescription));
  }

  static void destroyPrimitive(long primitive) {
    destroy(PRIMITIVE_DESTROY, primitive);
  }

  /// Runs a primitive on the calling thread.
  ///
  /// @param count how many arguments
  /// @param arguments the address of the arguments: 16 bytes each, an `int` that says which and the memory
  /// @param quiet whether no signal may reach the thread meanwhile, see [Signals]
  static void execute(long primitive, long stream, int count, long arguments, boolean quiet) {
    try {
      int threads = FOREIGN_OPENMP ? holdOpenmp(1) : 0;
      int status;
      MemorySegment mask = quiet ? Signals.block() : null;
      try {
        status = (int) EXECUTE.invokeExact(primitive, stream, (long) count, arguments);
      } finally {
        if (quiet) {
          Signals.restore(mask);
        }
      }
      if (FOREIGN_OPENMP) {
        holdOpenmp(threads);
      }
      check(status, "execution");
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  /// `c = op(a) op(b)`, or with `add` `c += op(a) op(b)`, of row-major matrices on the calling thread, where op transposes or does
  /// nothing. No signal reaches the thread meanwhile, see [Signals].
  static void sgemm(
      boolean aTransposed,
      boolean bTransposed,
      long m,
      long n,
      long k,
      long a,
      long lda,
      long b,
      long ldb,
      long c,
      long ldc,
      boolean add) {
    try {
      int threads = FOREIGN_OPENMP ? holdOpenmp(1) : 0;
      int status;
      MemorySegment mask = Signals.block();
      try {
        status =
            (int)
                SGEMM.invokeExact(
                    (byte) (aTransposed ? 'T' : 'N'),
                    (byte) (bTransposed ? 'T' : 'N'),
                    m,
                    n,
                    k,
                    1f,
                    a,
                    lda,
                    b,
                    ldb,
                    add ? 1f : 0f,
                    c,
                    ldc);
      } finally {
        Signals.restore(mask);
      }
      if (FOREIGN_OPENMP) {
        holdOpenmp(threads);
      }
      check(status, "sgemm");
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  /// Sets OpenMP's thread count of the calling thread and returns what it was.
  private static int holdOpenmp(int threads) throws Throwable {
    int before = (int) OMP_MAX_THREADS.invokeExact();
    OMP_SET_THREADS.invokeExact(threads);
    return before;
  }
}
