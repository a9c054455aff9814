package dev.javelin.nn;

import dev.javelin.Javelin;
import dev.javelin.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;

/// The hooks of a module, and a call that runs them.
final class Hooks {
  private final List<ForwardPreHook> before = new CopyOnWriteArrayList<>();
  private final List<ForwardHook> after = new CopyOnWriteArrayList<>();
  private final List<BackwardHook> backward = new CopyOnWriteArrayList<>();

  HookHandle addBefore(ForwardPreHook hook) {
    before.add(hook);
    return new HookHandle(() -> before.remove(hook));
  }

  HookHandle addAfter(ForwardHook hook) {
    after.add(hook);
    return new HookHandle(() -> after.remove(hook));
  }

  HookHandle addBackward(BackwardHook hook) {
    backward.add(hook);
    return new HookHandle(() -> backward.remove(hook));
  }

  Tensor run(Module module, List<Tensor> arguments) {
    List<Tensor> inputs = arguments;
    for (ForwardPreHook hook : before) {
      List<Tensor> replaced = hook.apply(module, inputs);
      inputs = replaced != null ? replaced : inputs;
    }
    Watch watch = backward.isEmpty() || !Javelin.isGradEnabled() ? null : new Watch(module, inputs);
    inputs = watch != null ? watch.inputs : inputs;
    Tensor output = module.forwardAny(inputs);
    for (ForwardHook hook : after) {
      Tensor replaced = hook.apply(module, inputs, output);
      output = replaced != null ? replaced : output;
    }
    return watch != null && output.requiresGrad() ? watch.output(output) : output;
  }

  /// Another tensor for the same elements, so that its gradient is that of this module alone.
  private static Tensor alias(Tensor x) {
    return x.permute(IntStream.range(0, x.dim()).toArray());
  }

  /// One call whose gradients are waited for. The gradients of the inputs arrive one by one; the hooks run at the last.
  private final class Watch {
    private final Module module;
    final List<Tensor> inputs = new ArrayList<>();
    private final List<Tensor> gradInputs;
    private Tensor gradOutput;
    private int missing;

    Watch(Module module, List<Tensor> arguments) {
      this.module = module;
      this.gradInputs = new ArrayList<>(Collections.nCopies(arguments.size(), null));
      for (int i = 0; i < arguments.size(); i++) {
        Tensor input = arguments.get(i);
        if (input.requiresGrad()) {
          int at = i;
          input = alias(input);
          input.registerHook(gradient -> arrived(at, gradient));
          missing++;
        }
        inputs.add(input);
      }
    }

    Tensor output(Tensor output) {
      Tensor watched = alias(output);
      watched.registerHook(
          gradient -> {
            gradOutput = gradient;
            if (missing == 0) {
              runHooks();
            }
            return null;
          });
      return watched;
    }

    private Tensor arrived(int at, Tensor gradient) {
      gradInputs.set(at, gradient);
      boolean last = gradInputs.stream().filter(g -> g != null).count() == missing;
      return last ? runHooks().get(at) : null;
    }

    private List<Tensor> runHooks() {
      List<Tensor> gradients = gradInputs;
      for (BackwardHook hook : backward) {
        List<Tensor> replaced =
            hook.apply(module, Collections.unmodifiableList(gradients), List.of(gradOutput));
        gradients = replaced != null ? replaced : gradients;
      }
      return gradients;
    }
  }
}
