package dev.javelin.cpu;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/// Loops that run in plain Java until the JIT has made their twins on vectors fast, see [Warmup].
/// Both give the same bits.
///
/// There is one for each operation, shared by all kernels, so that each is warmed up once.
final class WarmLoops {
  private static final Map<String, Object> ALL = new ConcurrentHashMap<>();

  private static final int SAMPLE = Samples.LENGTH;
  private static final long OPERAND = Samples.OPERAND;
  private static final long OUT = Samples.OUT;

  private WarmLoops() {}

  /// A pair of loops that [Warmup] lets compete.
  private abstract static class Warm {
    private final Warmup warmup =
        new Warmup(
            memory -> {
              Samples.fill(memory);
              sample(false, memory);
            },
            memory -> {
              Samples.fill(memory);
              sample(true, memory);
            });

    abstract void sample(boolean onVectors, long x);

    final boolean isReady(long work) {
      return warmup.isReady(work);
    }
  }

  /// The one loop of a name.
  @SuppressWarnings("unchecked")
  private static <T> T shared(String name, Supplier<T> loop) {
    return (T) ALL.computeIfAbsent(name, _ -> loop.get());
  }

  static Loops.Unary unary(String name, Loops.Unary vector, Loops.Unary plain) {
    return shared(name, () -> new Unary(vector, plain));
  }

  static Loops.Binary binary(String name, Loops.Binary vector, Loops.Binary plain) {
    return shared(name, () -> new Binary(vector, plain));
  }

  static Loops.Ternary ternary(String name, Loops.Ternary vector, Loops.Ternary plain) {
    return shared(name, () -> new Ternary(vector, plain));
  }

  static Loops.Quaternary quaternary(String name, Loops.Quaternary vector, Loops.Quaternary plain) {
    return shared(name, () -> new Quaternary(vector, plain));
  }

  static Loops.Fold fold(String name, Loops.Fold vector, Loops.Fold plain) {
    return shared(name, () -> new Fold(vector, plain));
  }

  static Loops.Columns columns(String name, Loops.Columns vector) {
    return shared(name, () -> new Columns(vector));
  }

  private static final class Unary extends Warm implements Loops.Unary {
    private final Loops.Unary vector;
    private final Loops.Unary plain;

    Unary(Loops.Unary vector, Loops.Unary plain) {
      this.vector = vector;
      this.plain = plain;
    }

    @Override
    public void run(long x, int dx, long out, int n) {
      (isReady(n) ? vector : plain).run(x, dx, out, n);
    }

    @Override
    void sample(boolean onVectors, long x) {
      (onVectors ? vector : plain).run(x, -1, x + OUT, SAMPLE);
    }
  }

  private static final class Binary extends Warm implements Loops.Binary {
    private final Loops.Binary vector;
    private final Loops.Binary plain;

    Binary(Loops.Binary vector, Loops.Binary plain) {
      this.vector = vector;
      this.plain = plain;
    }

    @Override
    public void run(long x, int dx, long y, int dy, long out, int n) {
      (isReady(n) ? vector : plain).run(x, dx, y, dy, out, n);
    }

    @Override
    void sample(boolean onVectors, long x) {
      // Both of the loops that there may be for the second operand.
      for (int dy = -1; dy <= 0; dy++) {
        (onVectors ? vector : plain).run(x, -1, x + OPERAND, dy, x + OUT, SAMPLE);
      }
    }
  }

  private static final class Ternary extends Warm implements Loops.Ternary {
    private final Loops.Ternary vector;
    private final Loops.Ternary plain;

    Ternary(Loops.Ternary vector, Loops.Ternary plain) {
      this.vector = vector;
      this.plain = plain;
    }

    @Override
    public void run(long x, int dx, long y, int dy, long z, int dz, long out, int n) {
      (isReady(n) ? vector : plain).run(x, dx, y, dy, z, dz, out, n);
    }

    @Override
    void sample(boolean onVectors, long x) {
      long y = x + OPERAND;
      long z = y + OPERAND;
      for (int dy = -1; dy <= 0; dy++) {
        (onVectors ? vector : plain).run(x, -1, y, dy, z, -1, x + OUT, SAMPLE);
      }
    }
  }

  private static final class Quaternary extends Warm implements Loops.Quaternary {
    private final Loops.Quaternary vector;
    private final Loops.Quaternary plain;

    Quaternary(Loops.Quaternary vector, Loops.Quaternary plain) {
      this.vector = vector;
      this.plain = plain;
    }

    @Override
    public void run(
        long x, int dx, long y, int dy, long z, int dz, long w, int dw, long out, int n) {
      (isReady(n) ? vector : plain).run(x, dx, y, dy, z, dz, w, dw, out, n);
    }

    @Override
    void sample(boolean onVectors, long x) {
      long y = x + OPERAND;
      long z = y + OPERAND;
      long w = z + OPERAND;
      for (int dy = -1; dy <= 0; dy++) {
        (onVectors ? vector : plain).run(x, -1, y, dy, z, -1, w, dy, x + OUT, SAMPLE);
      }
    }
  }

  private static final class Fold extends Warm implements Loops.Fold {
    private final Loops.Fold vector;
    private final Loops.Fold plain;

    Fold(Loops.Fold vector, Loops.Fold plain) {
      this.vector = vector;
      this.plain = plain;
    }

    @Override
    public double fold(long x, long y, int n, long room) {
      return (isReady(n) ? vector : plain).fold(x, y, n, room);
    }

    @Override
    void sample(boolean onVectors, long x) {
      double result = (onVectors ? vector : plain).fold(x, x + OPERAND, SAMPLE, x + OUT);
      Memory.putDouble(x + OUT, result);
    }
  }

  /// Without vectors nothing is done here, and the caller does it all.
  private static final class Columns extends Warm implements Loops.Columns {
    private static final int WIDTH = 64;

    private final Loops.Columns vector;

    Columns(Loops.Columns vector) {
      this.vector = vector;
    }

    @Override
    public int fold(long acc, long x, long y, int rows, long stride, int width) {
      return isReady((long) rows * width) ? vector.fold(acc, x, y, rows, stride, width) : 0;
    }

    @Override
    void sample(boolean onVectors, long x) {
      if (onVectors) {
        int _ = vector.fold(x + OUT, x, x + OPERAND, SAMPLE / WIDTH, WIDTH, WIDTH);
        return;
      }
      for (int i = 0; i < SAMPLE; i++) {
        long sum = x + OUT + 4L * (i % WIDTH);
        Memory.putFloat(sum, Memory.getFloat(sum) + Memory.getFloat(x + 4L * i));
      }
    }
  }
}
