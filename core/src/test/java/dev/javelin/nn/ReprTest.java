package dev.javelin.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.javelin.kernels.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReprTest {
  /// As Python's `repr` of a float.
  @ParameterizedTest
  @CsvSource({
    "0, 0.0",
    "1, 1.0",
    "0.1, 0.1",
    "-2.5, -2.5",
    "1e-4, 0.0001",
    "1e-5, 1e-05",
    "1.5e-7, 1.5e-07",
    "1e15, 1000000000000000.0",
    "1e16, 1e+16",
    "-2.25e120, -2.25e+120",
    "20, 20.0",
    "NaN, nan",
    "Infinity, inf",
    "-Infinity, -inf"
  })
  void floats(double value, String text) {
    assertEquals(text, Repr.of(value));
  }

  @Test
  void others() {
    assertEquals("True", Repr.of(true));
    assertEquals("3", Repr.of(Size2d.of(3)));
    assertEquals("(3, 5)", Repr.of(new Size2d(3, 5)));
    assertEquals("(10,)", Repr.tuple(Shape.of(10)));
    assertEquals("(64, 500)", Repr.tuple(Shape.of(64, 500)));
    assertEquals("()", Repr.tuple(Shape.SCALAR));
  }

  @ParameterizedTest
  @CsvSource({
    "linearReluStack, linear_relu_stack", "fc1, fc1", "conv2Drop, conv2_drop", "bn1, bn1",
    "weight, weight", "W, w", "inProjWeight, in_proj_weight", "queryQKVProj, query_qkv_proj",
    "snake_case, snake_case", "ifI, if_i"
  })
  void fieldsInSnakeCase(String field, String name) {
    assertEquals(name, Members.snakeCase(field));
  }
}
