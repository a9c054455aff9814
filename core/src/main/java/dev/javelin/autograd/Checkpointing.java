package dev.javelin.autograd;

import dev.javelin.Javelin;
import dev.javelin.Tensor;
import dev.javelin.engine.AutocastState;
import dev.javelin.engine.Generator;
import dev.javelin.engine.Recording;
import dev.javelin.engine.ThreadContext;
import java.util.ArrayList;
import java.util.List;

/// Memory for time: what a part of a model computed is not kept but computed again in the backward pass (Chen et al., arXiv
/// 1604.06174).
public final class Checkpointing {
  private Checkpointing() {}

  /// Runs a part of a model without keeping what is inside. Random numbers are the same when it runs again. Gradients of parameters
  /// used inside are added to their `grad`, so `gradOf` does not see them.
  ///
  /// @param body the part; runs twice and must give the same both times
  /// @param inputs its inputs, at least one of which needs a gradient for any to flow
  /// @return its output
  public static Tensor checkpoint(
      java.util.function.Function<List<Tensor>, Tensor> body, Tensor... inputs) {
    return new Checkpoint(body).apply(inputs);
  }

  private static final class Checkpoint extends Function {
    private final java.util.function.Function<List<Tensor>, Tensor> body;
    private Generator.Position random;
    private AutocastState autocast;

    Checkpoint(java.util.function.Function<List<Tensor>, Tensor> body) {
      this.body = body;
    }

    @Override
    protected Tensor forward(Context context, List<Tensor> inputs) {
      context.saveForBackward(inputs.toArray(new Tensor[0]));
      Recording.effect(() -> random = Generator.state());
      autocast = ThreadContext.autocast();
      return body.apply(inputs);
    }

    @Override
    protected List<Tensor> backward(Context context, Tensor gradient) {
      List<Tensor> copies = new ArrayList<>();
      for (Tensor input : context.savedTensors()) {
        Tensor copy = input.detach();
        copies.add(input.requiresGrad() ? copy.requiresGrad_(true) : copy);
      }
      Tensor output =
          Generator.fork(
              () -> random,
              () ->
                  ThreadContext.withAutocast(
                      autocast, () -> Javelin.enableGrad(() -> body.apply(copies))));
      output.backward(gradient, false, false);
      List<Tensor> gradients = new ArrayList<>();
      copies.forEach(copy -> gradients.add(copy.requiresGrad() ? copy.grad() : null));
      return gradients;
    }
  }
}
