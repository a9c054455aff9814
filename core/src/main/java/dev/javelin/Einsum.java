package dev.javelin;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// Sums of products by Einstein's convention: dimensions with one label are multiplied, labels that the output lacks are summed.
/// Operands are contracted from left to right, each pair as one batched matrix product.
final class Einsum {
  private final String equation;
  private final Map<Integer, Long> sizes = new HashMap<>();

  /// A tensor whose dimensions carry different labels. Letters are their own code; the dimensions of the ellipsis are -1, -2, ... from
  /// the last one on.
  private record Term(Tensor tensor, List<Integer> labels) {}

  private Einsum(String equation) {
    this.equation = equation;
  }

  static Tensor of(String equation, Tensor... operands) {
    return new Einsum(equation).run(operands);
  }

  private IllegalArgumentException wrong(String what) {
    return new IllegalArgumentException("einsum: '" + equation + "': " + what);
  }

  private Tensor run(Tensor... operands) {
    String[] sides = equation.replace(" ", "").split("->", -1);
    String[] inputs = sides[0].split(",", -1);
    if (sides.length > 2 || inputs.length != operands.length || operands.length == 0) {
      throw wrong("expected subscripts for %s operands".formatted(operands.length));
    }
    List<Term> terms = new ArrayList<>();
    Map<Integer, Integer> counts = new TreeMap<>();
    for (int i = 0; i < operands.length; i++) {
      List<Integer> labels = labels(inputs[i], operands[i].dim());
      labels.forEach(label -> counts.merge(label, 1, Integer::sum));
      terms.add(distinct(operands[i], labels));
    }
    List<Integer> output = output(sides, counts);
    terms.forEach(this::note);
    Term result = terms.removeFirst();
    while (!terms.isEmpty()) {
      Term next = terms.removeFirst();
      Set<Integer> needed = new LinkedHashSet<>(output);
      terms.forEach(term -> needed.addAll(term.labels));
      result = product(result, next, needed);
    }
    return ordered(sum(result, new LinkedHashSet<>(output)), output);
  }

  /// The labels of an operand's dimensions; its ellipsis stands for as many as are left.
  private List<Integer> labels(String text, int rank) {
    int dots = text.indexOf("...");
    String letters = text.replace("...", "");
    if (!letters.chars().allMatch(Character::isLetter)
        || (dots < 0 ? letters.length() != rank : letters.length() > rank)) {
      throw wrong(
          "the subscripts '%s' do not fit an operand of %s dimensions".formatted(text, rank));
    }
    List<Integer> labels = new ArrayList<>(letters.chars().boxed().toList());
    for (int i = 1; dots >= 0 && i <= rank - letters.length(); i++) {
      labels.add(dots, -i);
    }
    return labels;
  }

  private List<Integer> output(String[] sides, Map<Integer, Integer> counts) {
    List<Integer> ellipsis = counts.keySet().stream().filter(label -> label < 0).toList();
    if (sides.length == 1) {
      List<Integer> result = new ArrayList<>(ellipsis);
      counts.forEach(
          (label, count) -> {
            if (label >= 0 && count == 1) {
              result.add(label);
            }
          });
      return result;
    }
    boolean dots = sides[1].contains("...");
    int rank = sides[1].replace("...", "").length() + (dots ? ellipsis.size() : 0);
    List<Integer> result = labels(sides[1], rank);
    for (int label : result) {
      if (!counts.containsKey(label) || result.indexOf(label) != result.lastIndexOf(label)) {
        throw wrong("each label of the output must be one of an operand and appear once");
      }
    }
    return result;
  }

  /// The diagonal where an operand has a label twice.
  private Term distinct(Tensor tensor, List<Integer> labels) {
    Tensor result = tensor;
    List<Integer> rest = new ArrayList<>(labels);
    for (int i = 0; i < rest.size(); i++) {
      int last = rest.lastIndexOf(rest.get(i));
      if (last != i) {
        if (result.size(i) != result.size(last)) {
          throw wrong(
              "a label has the sizes %s and %s".formatted(result.size(i), result.size(last)));
        }
        result = result.diagonal(0, i, last);
        List<Integer> others = new ArrayList<>();
        for (int k = 0; k < rest.size(); k++) {
          if (k != i && k != last) {
            others.add(rest.get(k));
          }
        }
        others.add(rest.get(i));
        rest = others;
        i = -1;
      }
    }
    return new Term(result, rest);
  }

  private void note(Term term) {
    for (int i = 0; i < term.labels.size(); i++) {
      long size = term.tensor.size(i);
      long known = sizes.getOrDefault(term.labels.get(i), 1L);
      if (known != 1 && size != 1 && known != size) {
        throw wrong("a label has the sizes %s and %s".formatted(known, size));
      }
      sizes.put(term.labels.get(i), known == 1 ? size : known);
    }
  }

  private static Term sum(Term term, Set<Integer> needed) {
    int[] dims = new int[term.labels.size()];
    int count = 0;
    List<Integer> rest = new ArrayList<>();
    for (int i = 0; i < dims.length; i++) {
      if (needed.contains(term.labels.get(i))) {
        rest.add(term.labels.get(i));
      } else {
        dims[count++] = i;
      }
    }
    return new Term(term.tensor.sum(Arrays.copyOf(dims, count), false), rest);
  }

  /// Dimensions in the order of `wanted`, those that are missing of size 1.
  private static Tensor ordered(Term term, List<Integer> wanted) {
    int[] order =
        wanted.stream().filter(term.labels::contains).mapToInt(term.labels::indexOf).toArray();
    Tensor result = term.tensor.permute(order);
    for (int i = 0; i < wanted.size(); i++) {
      result = term.labels.contains(wanted.get(i)) ? result : result.unsqueeze(i);
    }
    return result;
  }

  private Term product(Term left, Term right, Set<Integer> needed) {
    Set<Integer> ofLeft = new LinkedHashSet<>(needed);
    ofLeft.addAll(right.labels);
    Set<Integer> ofRight = new LinkedHashSet<>(needed);
    ofRight.addAll(left.labels);
    Term a = sum(left, ofLeft);
    Term b = sum(right, ofRight);
    List<Integer> batch = new ArrayList<>();
    List<Integer> inner = new ArrayList<>();
    List<Integer> rows = new ArrayList<>();
    List<Integer> columns = new ArrayList<>();
    for (int label : a.labels) {
      (!b.labels.contains(label) ? rows : needed.contains(label) ? batch : inner).add(label);
    }
    b.labels.stream().filter(label -> !a.labels.contains(label)).forEach(columns::add);
    Tensor x = matrix(a, batch, rows, inner); // [batch, rows, inner]
    Tensor y = matrix(b, batch, inner, columns); // [batch, inner, columns]
    Tensor product =
        batch.isEmpty() ? x.squeeze(0).mm(y.squeeze(0)) : x.bmm(y); // [batch, rows, columns]
    List<Integer> labels = new ArrayList<>(batch);
    labels.addAll(rows);
    labels.addAll(columns);
    long[] shape = labels.stream().mapToLong(sizes::get).toArray();
    return new Term(product.reshape(shape), labels);
  }

  private Tensor matrix(Term term, List<Integer> first, List<Integer> second, List<Integer> third) {
    List<Integer> order = new ArrayList<>(first);
    order.addAll(second);
    order.addAll(third);
    long[] shape = order.stream().mapToLong(sizes::get).toArray();
    return ordered(term, order).expand(shape).reshape(count(first), count(second), count(third));
  }

  private long count(List<Integer> labels) {
    return labels.stream().mapToLong(sizes::get).reduce(1, (a, b) -> a * b);
  }
}
