package dev.javelin.engine;

import dev.javelin.Tensor;
import dev.javelin.ops.Gradient;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/// The gradient of what a body of ops computes, found by walking its trace backwards: reverse mode on the graph instead of a tape.
///
/// It is part of the same trace, so forward values it needs are computed again inside the fused kernels rather than saved.
public final class Derivative {
  /// The results of each call met, by the call, so that a call is taken up once.
  private final Map<Value[], Value> calls = new IdentityHashMap<>();

  /// The calls the result depends on and that depend on the input, each after those it reads.
  private final List<Source.Computed> order = new ArrayList<>();

  private final Map<Value, Boolean> depends = new IdentityHashMap<>();
  private final Map<Value, Tensor> slopes = new IdentityHashMap<>();

  private Derivative() {}

  /// The gradient by one input. Runs inside a trace: in the body of an op.
  ///
  /// @param body what to differentiate
  /// @param inputs its inputs
  /// @param input by which of them
  /// @param gradients the gradient of each output, null where none arrived
  /// @return the gradient, of the input's shape and dtype; zeros if nothing flows
  public static Tensor by(
      Function<Tensor[], Tensor[]> body, Tensor[] inputs, int input, Tensor[] gradients) {
    Tensor[] own = inputs.clone();
    for (int i = 0; i < own.length; i++) {
      if (i != input && own[i] == own[input]) {
        own[input] = inputs[input].clone(); // one tensor given twice is two inputs
      }
    }
    return new Derivative().run(body.apply(own), own, input, gradients);
  }

  private Tensor run(Tensor[] outputs, Tensor[] inputs, int input, Tensor[] gradients) {
    Set<Value> others = Collections.newSetFromMap(new IdentityHashMap<>());
    Collections.addAll(others, inputs);
    others.forEach(other -> depends.put(other, false));
    depends.put(inputs[input], true);
    for (int i = 0; i < outputs.length; i++) {
      if (gradients[i] != null && visit(outputs[i])) {
        add(outputs[i], gradients[i]);
      }
    }
    for (Source.Computed call : order.reversed()) {
      step(call);
    }
    Tensor result = slopes.get(inputs[input]);
    return result != null ? result : Tensor.zerosLike(inputs[input]);
  }

  /// Whether a value depends on the input; takes up the calls on the way.
  private boolean visit(Value value) {
    Boolean known = depends.get(value);
    if (known != null) {
      return known;
    }
    boolean result = false;
    if (value.source instanceof Source.Computed call && call.op.gradient() != Gradient.NONE) {
      for (Value operand : call.inputs) {
        result |= visit(operand);
      }
      result &= value.dtype().isFloatingPoint();
      if (result && calls.putIfAbsent(call.siblings, value) == null) {
        order.add(call);
      }
    }
    depends.put(value, result);
    return result;
  }

  private void step(Source.Computed call) {
    int outputs = call.siblings.length;
    int operands = call.inputs.size();
    Tensor[] all = new Tensor[outputs + operands + outputs];
    boolean reached = false;
    for (int i = 0; i < outputs; i++) {
      Tensor slope = slopes.get(call.siblings[i]);
      reached |= slope != null;
      all[i] = slope != null ? slope : (Tensor) Engine.number(false); // bool stands for none
      all[outputs + operands + i] = (Tensor) call.siblings[i];
    }
    if (!reached) {
      return;
    }
    long needs = 0;
    for (int i = 0; i < operands; i++) {
      all[outputs + i] = (Tensor) call.inputs.get(i);
      needs |= depends.getOrDefault(call.inputs.get(i), false) ? GradientPlan.bit(i) : 0;
    }
    Tensor[] results = new GradientPlan.Of(call.op, needs, operands, outputs).gradients(all);
    for (int i = 0; i < operands; i++) {
      Value operand = call.inputs.get(i);
      if (results[i] != null && depends.getOrDefault(operand, false)) {
        add(operand, results[i]);
      }
    }
  }

  private void add(Value value, Tensor slope) {
    slopes.merge(value, slope, Tensor::add);
  }
}
