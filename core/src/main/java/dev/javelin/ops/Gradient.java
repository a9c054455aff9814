package dev.javelin.ops;

import dev.javelin.Tensor;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.Supplier;

/// The gradient rule of an op, written with tensor operations, so that it fuses and can be differentiated again.
///
/// A rule gives one supplier for each input, null where no gradient flows. Only the suppliers of inputs that need a gradient are
/// asked. Rules need not care about broadcasting or dtypes: the engine sums and casts each gradient to its input's shape and type.
/// Which inputs and outputs must be saved for the backward pass is found by tracing the rule.
@FunctionalInterface
public interface Gradient {
  /// The rule of an op that has no gradient.
  Gradient NONE = b -> Collections.emptyList();

  /// The gradients of the inputs.
  ///
  /// @param b what the rule may use
  /// @return one supplier for each input, null where no gradient flows; fewer when the rest has none
  List<Supplier<Tensor>> of(Backward b);

  /// The suppliers as a list; null is allowed.
  ///
  /// @param suppliers one for each input
  /// @return the list
  @SafeVarargs
  @SuppressWarnings("varargs") // the array is only read
  static List<Supplier<Tensor>> each(Supplier<Tensor>... suppliers) {
    return Arrays.asList(suppliers);
  }

  /// What a rule may use: gradients of the outputs, inputs and outputs of the forward call.
  interface Backward {
    /// The gradient of output `i`; zeros where none arrived.
    ///
    /// @param i which output
    /// @return its gradient, of the output's shape
    Tensor g(int i);

    /// Whether a gradient of output `i` arrived: hidden outputs get one in second derivatives only.
    ///
    /// @param i which output
    /// @return false if it is zero
    boolean has(int i);

    /// An input of the call.
    ///
    /// @param i which input
    /// @return the input
    Tensor in(int i);

    /// An output of the call.
    ///
    /// @param i which output
    /// @return the output
    Tensor out(int i);

    /// The gradient of the only output.
    ///
    /// @return the gradient
    default Tensor g() {
      return g(0);
    }

    /// The only output.
    ///
    /// @return the output
    default Tensor out() {
      return out(0);
    }
  }
}
