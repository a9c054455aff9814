package dev.javelin.ops;

import dev.javelin.Tensor;
import dev.javelin.engine.Derivative;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/// An op composed of others, with a gradient of its own: one deferred region, so that even an eager call runs as its fewest
/// kernels. Two composites are the same op when name and attributes are equal; the body must depend on nothing else.
public final class Composite implements OpDef.Composed {
  private static final int[] NO_TARGETS = {};

  private final String name;
  private final List<?> attributes;
  private final Function<Tensor[], Tensor[]> body;
  private final Gradient gradient;
  private final int visible;
  private final String gradName;
  private final int[] targets;

  private Composite(
      String name,
      List<?> attributes,
      Function<Tensor[], Tensor[]> body,
      Gradient gradient,
      int visible,
      String gradName,
      int[] targets) {
    this.name = name;
    this.attributes = attributes;
    this.body = body;
    this.gradient = gradient;
    this.visible = visible;
    this.gradName = gradName;
    this.targets = targets;
  }

  /// A composite of one output.
  ///
  /// @param name PyTorch's name
  /// @param attributes what the body depends on besides its inputs
  /// @param body the result, by other ops
  /// @param gradient the gradient rule
  /// @return the op
  public static Composite of(
      String name, List<?> attributes, Function<Tensor[], Tensor> body, Gradient gradient) {
    return new Composite(
        name, attributes, in -> new Tensor[] {body.apply(in)}, gradient, 1, null, NO_TARGETS);
  }

  /// A composite of several outputs.
  ///
  /// @param name PyTorch's name
  /// @param attributes what the body depends on besides its inputs
  /// @param visible how many outputs users see, the first ones
  /// @param body the results, by other ops
  /// @param gradient the gradient rule
  /// @return the op
  public static Composite several(
      String name,
      List<?> attributes,
      int visible,
      Function<Tensor[], Tensor[]> body,
      Gradient gradient) {
    return new Composite(name, attributes, body, gradient, visible, null, NO_TARGETS);
  }

  /// A composite whose gradient follows from its body: the body's graph is walked backwards, inside the fused region, so that
  /// nothing but inputs is saved. Differentiable any number of times.
  ///
  /// @param name PyTorch's name
  /// @param attributes what the body depends on besides its inputs
  /// @param inputs how many inputs there are
  /// @param outputs how many outputs there are, all visible
  /// @param body the results, by other ops
  /// @return the op
  public static Composite derived(
      String name, List<?> attributes, int inputs, int outputs, Function<Tensor[], Tensor[]> body) {
    Gradient gradient = derivative(name, attributes, inputs, outputs, body);
    return several(name, attributes, outputs, body, gradient);
  }

  /// A composite of one output whose gradient follows from its body.
  ///
  /// @param name PyTorch's name
  /// @param attributes what the body depends on besides its inputs
  /// @param inputs how many inputs there are
  /// @param body the result, by other ops
  /// @return the op
  public static Composite derived(
      String name, List<?> attributes, int inputs, Function<Tensor[], Tensor> body) {
    return derived(name, attributes, inputs, 1, in -> new Tensor[] {body.apply(in)});
  }

  /// The gradient by one input, itself a derived op: of the gradients of the outputs that got one, then of the inputs.
  /// The gradient of a body, found by walking its trace backwards.
  ///
  /// @param name the name of the op
  /// @param attributes what distinguishes it from others of that name
  /// @param inputs how many inputs it has
  /// @param outputs how many outputs
  /// @param body what it computes
  /// @return a rule for each input; it computes again what it needs of the body
  public static Gradient derivative(
      String name, List<?> attributes, int inputs, int outputs, Function<Tensor[], Tensor[]> body) {
    return b -> {
      List<Supplier<Tensor>> rules = new ArrayList<>();
      for (int i = 0; i < inputs; i++) {
        int input = i;
        rules.add(() -> derivative(name, attributes, inputs, outputs, body, input, b));
      }
      return rules;
    };
  }

  private static Tensor derivative(
      String name,
      List<?> attributes,
      int inputs,
      int outputs,
      Function<Tensor[], Tensor[]> body,
      int input,
      Gradient.Backward b) {
    List<Boolean> arrived = new ArrayList<>();
    List<Tensor> operands = new ArrayList<>();
    for (int i = 0; i < outputs; i++) {
      arrived.add(b.has(i));
      if (b.has(i)) {
        operands.add(b.g(i));
      }
    }
    int given = operands.size();
    for (int i = 0; i < inputs; i++) {
      operands.add(b.in(i));
    }
    Composite op =
        derived(
            name + "_backward",
            List.of(attributes, input, arrived),
            given + inputs,
            in -> {
              Tensor[] gradients = new Tensor[outputs];
              for (int i = 0, at = 0; i < outputs; i++) {
                gradients[i] = arrived.get(i) ? in[at++] : null;
              }
              Tensor[] own = Arrays.copyOfRange(in, given, given + inputs);
              return Derivative.by(body, own, input, gradients);
            });
    return Tensor.call(op, operands.toArray(new Tensor[0]));
  }

  /// A composite that updates some of its inputs: optimiser steps. It has no gradient.
  ///
  /// @param name PyTorch's name
  /// @param attributes what the body depends on besides its inputs
  /// @param targets which input each output is written into
  /// @param body the new values, by other ops
  /// @return the op
  public static Composite update(
      String name, List<?> attributes, int[] targets, Function<Tensor[], Tensor[]> body) {
    return new Composite(
        name, attributes, body, Gradient.NONE, targets.length, null, targets.clone());
  }

  /// This op under another `grad_fn` name, where PyTorch's differs from the rule.
  ///
  /// @param newGradName the name
  /// @return the op
  public Composite named(String newGradName) {
    return new Composite(name, attributes, body, gradient, visible, newGradName, targets);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String gradName() {
    return gradName != null ? gradName : OpDef.Composed.super.gradName();
  }

  @Override
  public Gradient gradient() {
    return gradient;
  }

  @Override
  public Tensor[] trace(Tensor[] in) {
    return body.apply(in);
  }

  @Override
  public int target(int output) {
    return targets.length == 0 ? -1 : targets[output];
  }

  @Override
  public int visible() {
    return visible;
  }

  @Override
  public boolean equals(Object other) {
    return this == other
        || other instanceof Composite composite
            && name.equals(composite.name)
            && attributes.equals(composite.attributes);
  }

  @Override
  public int hashCode() {
    return 31 * name.hashCode() + attributes.hashCode();
  }

  @Override
  public String toString() {
    return attributes.isEmpty() ? name : name + attributes;
  }
}
