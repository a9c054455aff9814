package dev.javelin.ops;

import dev.javelin.Tensor;
import java.util.ArrayList;
import java.util.List;

/// One step of a recurrent layer after the products with its weights, each one region.
public final class RecurrentOps {
  private RecurrentOps() {}

  /// The slices of the first dimension, each a tensor of its own, so that the gradient is put together once rather than slice by slice.
  ///
  /// @param count the size of the first dimension
  /// @return the op
  public static OpDef unbind(int count) {
    return Composite.several(
        "unbind",
        List.of(count),
        count,
        in -> {
          Tensor[] slices = new Tensor[count];
          for (int i = 0; i < count; i++) {
            slices[i] = in[0].select(0, i);
          }
          return slices;
        },
        b ->
            Gradient.each(
                () -> {
                  List<Tensor> gradients = new ArrayList<>();
                  for (int i = 0; i < count; i++) {
                    gradients.add(b.g(i));
                  }
                  return Tensor.stack(gradients, 0);
                }));
  }

  /// Elman's step: `tanh(a + b)` or `max(a + b, 0)`. Inputs: the products of the input and of the state with their weights, `[n, h]`.
  ///
  /// @param relu whether max takes the place of tanh
  /// @return the op
  public static OpDef rnnCell(boolean relu) {
    return Composite.derived(
        relu ? "rnn_relu_cell" : "rnn_tanh_cell",
        List.of(),
        2,
        in -> {
          Tensor sum = in[0].add(in[1]);
          return relu ? sum.relu() : sum.tanh();
        });
  }

  /// A step of a long short-term memory (Hochreiter and Schmidhuber, 1997): `c' = f c + i g`, `h' = o tanh(c')`. Inputs: the products
  /// of the input and of the state with their weights, `[n, 4 h]` in the order i, f, g, o, and c, `[n, h]`. Outputs h' and c'.
  ///
  /// @return the op
  public static OpDef lstmCell() {
    return Composite.derived(
        "lstm_cell",
        List.of(),
        3,
        2,
        in -> {
          List<Tensor> gates = in[0].add(in[1]).chunk(4, 1);
          Tensor kept = gates.get(1).sigmoid().mul(in[2]);
          Tensor cell = kept.add(gates.get(0).sigmoid().mul(gates.get(2).tanh()));
          return new Tensor[] {gates.get(3).sigmoid().mul(cell.tanh()), cell};
        });
  }

  /// A step of a gated recurrent unit (Cho et al., arXiv 1406.1078): `n = tanh(a_n + r b_n)`, `h' = (1 - z) n + z h`. Inputs: the
  /// products a and b of the input and of the state with their weights, `[n, 3 h]` in the order r, z, n, and h, `[n, h]`.
  ///
  /// @return the op
  public static OpDef gruCell() {
    return Composite.derived(
        "gru_cell",
        List.of(),
        3,
        in -> {
          List<Tensor> a = in[0].chunk(3, 1);
          List<Tensor> b = in[1].chunk(3, 1);
          Tensor reset = a.get(0).add(b.get(0)).sigmoid();
          Tensor update = a.get(1).add(b.get(1)).sigmoid();
          Tensor fresh = a.get(2).add(reset.mul(b.get(2))).tanh();
          return fresh.add(update.mul(in[2].sub(fresh)));
        });
  }
}
