package dev.javelin.cpu;

import dev.javelin.kernels.DType;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// Matrix products and convolutions on oneDNN, where its library is available.
///
/// Prepared operations are kept by geometry, the most recently used ones; one that falls out is destroyed when no one
/// holds it any more.
final class Dnnl {
  /// Operations kept of each kind. Each holds some tens of kilobytes of machine code.
  private static final int KEEP = 512;

  /// Below this a loop in Java is done before a native call has begun.
  private static final long TINY = 200;

  // Where products of few rows go to Java, see isRows.

  private static final long FEW_ROWS = 4;
  private static final long FEW_COLUMNS = 128;
  private static final long SOME_TERMS = 64;
  private static final long MANY_TERMS = 256;

  private static final class Shared {
    static final Dnnl INSTANCE = DnnlApi.reason().isEmpty() ? new Dnnl() : null;
  }

  private final Map<MatmulSpec, Optional<Matmul>> matmuls = new Recent<>();
  private final Map<ConvSpec, Optional<Conv>> convolutions = new Recent<>();

  private Dnnl() {}

  /// Loads the library on the first call.
  ///
  /// @return oneDNN, or empty; [#unavailableReason] then says why
  static Optional<Dnnl> get() {
    return Optional.ofNullable(Shared.INSTANCE);
  }

  /// Why oneDNN is not available.
  ///
  /// @return one sentence; empty where it is available
  static String unavailableReason() {
    return DnnlApi.reason();
  }

  /// Prepares a float32 product.
  ///
  /// @param spec its geometry
  /// @return the product, or empty where oneDNN cannot take the operands where they lie or would be slow;
  ///     [JavaMatmul] can
  Optional<Matmul> matmul(MatmulSpec spec) {
    return prepare(matmuls, spec.normalized(), Dnnl::prepare);
  }

  /// Prepares a float32 convolution.
  ///
  /// @param spec its geometry
  /// @return the convolution, or empty where oneDNN has no fast implementation; [JavaConvolution] has one
  Optional<Conv> convolution(ConvSpec spec) {
    return prepare(convolutions, spec, s -> Optional.ofNullable(DnnlConvolution.of(s)));
  }

  private static Optional<Matmul> prepare(MatmulSpec s) {
    if (s.flops() <= TINY || isRows(s)) {
      return Optional.of(JavaMatmul.of(s, DType.FLOAT32));
    }
    return DnnlMatmul.supports(s) ? Optional.ofNullable(DnnlMatmul.of(s)) : Optional.empty();
  }

  /// Whether a product is a few rows times the long rows of a matrix, as a linear layer of a few samples is: oneDNN's tiles
  /// are wasted on that, and [VectorMatmul] is up to three times as fast. With few terms it is slower, unless the product is
  /// so small that a native call would count.
  private static boolean isRows(MatmulSpec s) {
    return Loops.vectorised()
        && s.m() <= FEW_ROWS
        && s.aCol() == 1
        && s.bRow() == 1
        && s.bCol() != 1
        && (s.k() >= MANY_TERMS || s.k() >= SOME_TERMS && s.n() <= FEW_COLUMNS);
  }

  /// Compilation runs outside the lock; two threads may then do it twice, and the first result stays.
  private static <K, V> Optional<V> prepare(
      Map<K, Optional<V>> kept, K key, Function<K, Optional<V>> compile) {
    synchronized (kept) {
      Optional<V> found = kept.get(key);
      if (found != null) {
        return found;
      }
    }
    Optional<V> compiled = compile.apply(key);
    synchronized (kept) {
      Optional<V> first = kept.putIfAbsent(key, compiled);
      return first == null ? compiled : first;
    }
  }

  private static final class Recent<K, V> extends LinkedHashMap<K, V> {
    private static final long serialVersionUID = 1;

    Recent() {
      super(64, 0.75f, true);
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
      return size() > KEEP;
    }
  }
}
