package dev.javelin.conformance;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// The shapes samples are tested with.
final class Cases {
  /// Around the sizes of vectors, blocks and tiles, and nothing at all.
  static final int[] SIZES = {0, 1, 3, 7, 8, 13, 31, 33, 100, 1023, 1025};

  private Cases() {}

  /// One argument of every size, and of several dimensions.
  static List<List<Input>> unary(Domain domain) {
    List<List<Input>> cases = new ArrayList<>();
    for (int size : SIZES) {
      cases.add(List.of(Input.of(domain, size)));
    }
    for (int[] shape : new int[][] {{}, {5, 7}, {2, 3, 4}, {2, 0, 3}, {1, 9}, {33, 1}}) {
      cases.add(List.of(Input.of(domain, shape)));
    }
    return cases;
  }

  /// Two arguments of every size, and of shapes that broadcast.
  static List<List<Input>> binary(Domain first, Domain second) {
    List<List<Input>> cases = new ArrayList<>();
    for (int size : SIZES) {
      cases.add(List.of(Input.of(first, size), Input.of(second, size)));
    }
    int[][][] shapes = {
      {{}, {}},
      {{5, 7}, {5, 7}},
      {{3, 1}, {1, 4}},
      {{2, 3, 4}, {4}},
      {{3}, {2, 5, 3}},
      {{2, 1, 5}, {3, 1}},
      {{1}, {13}},
      {{33, 7}, {33, 1}},
      {{0, 3}, {1, 3}},
      {{1, 3}, {2, 0, 3}}
    };
    for (int[][] pair : shapes) {
      cases.add(List.of(Input.of(first, pair[0]), Input.of(second, pair[1])));
    }
    return cases;
  }

  /// Small shapes for differences.
  static List<List<Input>> smoothUnary(Domain domain) {
    return List.of(
        List.of(Input.of(domain, 5)), List.of(Input.of(domain, 2, 3)), List.of(Input.of(domain)));
  }

  /// Small shapes for differences, some that broadcast.
  static List<List<Input>> smoothBinary(Domain first, Domain second) {
    return List.of(
        List.of(Input.of(first, 4), Input.of(second, 4)),
        List.of(Input.of(first, 3, 1), Input.of(second, 1, 2)),
        List.of(Input.of(first, 2, 2, 2), Input.of(second, 2)),
        List.of(Input.of(first), Input.of(second, 3)));
  }

  /// Matrices whose rows have every size.
  static List<List<Input>> rows(Domain domain) {
    List<List<Input>> cases = new ArrayList<>();
    for (int size : SIZES) {
      if (size > 0) {
        cases.add(List.of(Input.of(domain, 3, size)));
        cases.add(List.of(Input.of(domain, size, 2)));
      }
    }
    return cases;
  }

  static List<List<Input>> each(Domain domain, int[]... shapes) {
    return IntStream.range(0, shapes.length)
        .mapToObj(i -> List.of(Input.of(domain, shapes[i])))
        .toList();
  }
}
