package dev.javelin.nn;

import dev.javelin.Parameter;
import java.util.Iterator;
import java.util.List;

/// Parameters in a list, registered.
public final class ParameterList extends Module implements Iterable<Parameter> {
  private int size;

  /// A list of parameters.
  ///
  /// @param parameters the parameters in order
  public ParameterList(Parameter... parameters) {
    this(List.of(parameters));
  }

  /// A list of parameters.
  ///
  /// @param parameters the parameters in order
  public ParameterList(Iterable<Parameter> parameters) {
    parameters.forEach(this::append);
  }

  /// Adds a parameter at the end.
  ///
  /// @param parameter the parameter
  /// @return this list
  public ParameterList append(Parameter parameter) {
    registerParameter(Integer.toString(size++), parameter);
    return this;
  }

  /// How many parameters there are.
  ///
  /// @return the number
  public int size() {
    return size;
  }

  /// A parameter by its position.
  ///
  /// @param index from 0; negative counts from the end
  /// @return the parameter
  public Parameter get(int index) {
    return list().get(index < 0 ? index + size : index);
  }

  /// The parameters in order.
  @Override
  public Iterator<Parameter> iterator() {
    return list().iterator();
  }

  private List<Parameter> list() {
    return List.copyOf(members().parameters().values());
  }

  @Override
  protected String extraRepr() {
    StringBuilder text = new StringBuilder();
    members()
        .parameters()
        .forEach(
            (name, parameter) ->
                text.append(
                    "(%s): Parameter containing: [torch.%s of size %s]\n"
                        .formatted(
                            name,
                            parameter.dtype(),
                            parameter
                                .shape()
                                .toString()
                                .replaceAll("[\\[\\]]", "")
                                .replace(", ", "x"))));
    return text.toString();
  }
}
