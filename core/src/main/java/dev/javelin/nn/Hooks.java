package dev.javelin.nn;

import dev.javelin.Javelin;
import dev.javelin.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
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

  List<Tensor> run(
      Module module, List<Tensor> arguments, Function<List<Tensor>, List<Tensor>> forward) {
    List<Tensor> inputs = arguments;
    for (ForwardPreHook hook : before) {
      List<Tensor> replaced = hook.apply(module, inputs);
      inputs = replaced != null ? replaced : inputs;
    }
    Watch watch = backward.isEmpty() || !Javelin.isGradEnabled() ? null : new Watch(module, inputs);
    inputs = watch != null ? watch.inputs : inputs;
    List<Tensor> outputs = new ArrayList<>(forward.apply(inputs));
    for (ForwardHook hook : after) {
      Tensor replaced = hook.apply(module, inputs, outputs.getFirst());
      outputs.set(0, replaced != null ? replaced : outputs.getFirst());
    }
    if (watch != null) {
      watch.outputs(outputs);
    }
    return outputs;
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
    private final List<Tensor> gradOutputs = new ArrayList<>();
    private int missing;

    Watch(Module module, List<Tensor> arguments) {
      this.module = module;
      this.gradInputs = new ArrayList<>(Collections.nCopies(arguments.size(), null));
      for (int i = 0; i < arguments.size(); i++) {
        Tensor input = arguments.get(i);
        if (input != null && input.requiresGrad()) {
          int at = i;
          input = alias(input);
          input.registerHook(gradient -> arrived(at, gradient));
          missing++;
        }
        inputs.add(input);
      }
    }

    /// Puts watched tensors in place of the outputs.
    void outputs(List<Tensor> outputs) {
      for (int i = 0; i < outputs.size(); i++) {
        gradOutputs.add(null);
        Tensor output = outputs.get(i);
        if (output != null && output.requiresGrad()) {
          int at = i;
          Tensor watched = alias(output);
          watched.registerHook(gradient -> leaving(at, gradient));
          outputs.set(i, watched);
        }
      }
    }

    private Tensor leaving(int at, Tensor gradient) {
      boolean first = gradOutputs.stream().allMatch(Objects::isNull);
      gradOutputs.set(at, gradient);
      if (missing == 0 && first) {
        runHooks();
      }
      return null;
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
            hook.apply(
                module,
                Collections.unmodifiableList(gradients),
                Collections.unmodifiableList(gradOutputs));
        gradients = replaced != null ? replaced : gradients;
      }
      return gradients;
    }
  }
}
