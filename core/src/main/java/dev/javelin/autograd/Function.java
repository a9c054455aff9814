package dev.javelin.autograd;

import dev.javelin.Javelin;
import dev.javelin.Tensor;
import dev.javelin.engine.FunctionNode;
import dev.javelin.engine.TensorState;
import java.util.Arrays;
import java.util.List;

/// An operation with a gradient of one's own: `torch.autograd.Function`.
///
/// ```java
/// final class Cube extends Function {
///   @Override
///   protected Tensor forward(Context context, List<Tensor> inputs) {
///     context.saveForBackward(inputs.get(0));
///     return inputs.get(0).pow(3);
///   }
///
///   @Override
///   protected List<Tensor> backward(Context context, Tensor gradient) {
///     return List.of(context.savedTensors().get(0).square().mul(3).mul(gradient));
///   }
/// }
/// Tensor y = new Cube().apply(x);
/// ```
public abstract class Function {
  /// For subclasses.
  protected Function() {}

  /// What one call keeps for its backward pass.
  public static final class Context {
    private final boolean[] needs;
    private List<Tensor> saved = List.of();
    private int[] versions = {};

    private Context(boolean[] needs) {
      this.needs = needs;
    }

    /// Keeps inputs or the output.
    ///
    /// @param tensors what to keep
    public void saveForBackward(Tensor... tensors) {
      saved = List.of(tensors);
      versions = Arrays.stream(tensors).mapToInt(TensorState::version).toArray();
    }

    /// What was kept.
    ///
    /// @return the tensors
    /// @throws IllegalStateException if one was changed in place since
    public List<Tensor> savedTensors() {
      for (int i = 0; i < versions.length; i++) {
        int version = TensorState.version(saved.get(i));
        if (version != versions[i]) {
          throw new IllegalStateException(
              "saved tensor %s (%s %s) was modified by an in-place operation: it is at version %s, expected version %s"
                  .formatted(i, saved.get(i).dtype(), saved.get(i).shape(), version, versions[i]));
        }
      }
      return saved;
    }

    /// Whether a gradient of an input is wanted.
    ///
    /// @param input which input
    /// @return false if its gradient may be left null
    public boolean needsInputGrad(int input) {
      return needs[input];
    }
  }

  /// What the function computes; nothing of it is recorded.
  ///
  /// @param context keeps what the gradient needs
  /// @param inputs the inputs
  /// @return the output
  protected abstract Tensor forward(Context context, List<Tensor> inputs);

  /// The gradient. Recorded if the gradient is to be differentiated again.
  ///
  /// @param context what was kept
  /// @param gradient the gradient of the output
  /// @return the gradient of each input, of its shape; null where none flows
  protected abstract List<Tensor> backward(Context context, Tensor gradient);

  /// Calls the function.
  ///
  /// @param inputs the inputs
  /// @return the output, through which gradients flow as [#backward] says
  public final Tensor apply(Tensor... inputs) {
    boolean[] needs = new boolean[inputs.length];
    boolean any = false;
    for (int i = 0; i < needs.length; i++) {
      needs[i] = inputs[i].requiresGrad();
      any |= needs[i];
    }
    Context context = new Context(needs);
    Tensor result = Javelin.noGrad(() -> forward(context, List.of(inputs)));
    if (!any || !Javelin.isGradEnabled()) {
      return result;
    }
    Tensor output = result.requiresGrad() ? result.detach() : result;
    FunctionNode.record(
        getClass().getSimpleName(), inputs, output, gradient -> backward(context, gradient));
    return output;
  }
}
