package dev.javelin.ops;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// In which dtype autocast runs an op. The lists are those of PyTorch's "Autocast Op Reference" for CUDA, by the names of the ops here.
public enum Casting {
  /// In the dtype its inputs have; elementwise ops promote as ever.
  UNCHANGED,
  /// In the region's 16-bit dtype: what is fast there.
  LOWER,
  /// In float32: what would overflow or lose too many digits.
  FLOAT32,
  /// In the widest dtype among its inputs, which must be of one dtype.
  WIDEST;

  private static final Map<String, Casting> BY_NAME = new HashMap<>();

  static {
    put(
        LOWER,
        List.of(
            "addmm",
            "baddbmm",
            "bmm",
            "convolution",
            "gru_cell",
            "lstm_cell",
            "mm",
            "prelu_kernel",
            "rnn_relu_cell",
            "rnn_tanh_cell",
            "scaled_dot_product_attention"));
    put(
        FLOAT32,
        List.of(
            "acos",
            "asin",
            "binary_cross_entropy",
            "binary_cross_entropy_with_logits",
            "cdist",
            "cosh",
            "cosine_embedding_loss",
            "cross_entropy",
            "cumprod",
            "cumsum",
            "erfinv",
            "exp",
            "expm1",
            "huber",
            "kl_div",
            "l1",
            "linalg_vector_norm",
            "log",
            "log10",
            "log1p",
            "log2",
            "log_softmax",
            "logsumexp",
            "mse_loss",
            "native_group_norm",
            "native_layer_norm",
            "nll_loss",
            "pow",
            "prod",
            "reciprocal",
            "rms_norm",
            "rsqrt",
            "sinh",
            "smooth_l1",
            "softmax",
            "softplus",
            "sum",
            "tan",
            "triplet_margin_loss"));
    put(WIDEST, List.of("index_put", "scatter", "scatter_add", "index_add", "index_copy"));
  }

  private static void put(Casting casting, List<String> names) {
    names.forEach(name -> BY_NAME.put(name, casting));
  }

  /// How autocast runs an op.
  ///
  /// @param name the op's name
  /// @return its place in the lists, [#UNCHANGED] for all others
  public static Casting of(String name) {
    return BY_NAME.getOrDefault(name, UNCHANGED);
  }
}
