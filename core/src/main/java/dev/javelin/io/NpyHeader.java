package dev.javelin.io;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// The header of an .npy file: a Python dict, such as `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`.
///
/// @param dtype the type of the elements
/// @param bigEndian whether their most significant bytes come first
/// @param fortranOrder whether they lie column by column
/// @param shape the shape
record NpyHeader(DType dtype, boolean bigEndian, boolean fortranOrder, Shape shape) {
  /// What NumPy calls our types, without the byte order.
  private static final Map<String, DType> TYPES =
      Map.of(
          "b1", DType.BOOL,
          "u1", DType.UINT8,
          "i1", DType.INT8,
          "i2", DType.INT16,
          "i4", DType.INT32,
          "i8", DType.INT64,
          "f2", DType.FLOAT16,
          "f4", DType.FLOAT32,
          "f8", DType.FLOAT64);

  /// NumPy leaves room for the first size to grow to this many digits.
  private static final int GROWTH_DIGITS = 21;

  /// What NumPy allows.
  private static final int MAX_RANK = 64;

  /// What a type of NumPy's is called that none of ours holds.
  private static String foreign(String descr) {
    return switch (descr.isEmpty() ? ' ' : descr.charAt(descr.length() > 1 ? 1 : 0)) {
      case 'O' -> "Python objects, which are pickled and could run code; save numbers instead";
      case 'c' -> "complex numbers, which Javelin has no type for; save .real and .imag apart";
      case 'u' -> "unsigned integers, which Javelin has only of 8 bits; convert with astype";
      case 'f' -> "long doubles, which Javelin has no type for; convert with astype('f8')";
      case 'S', 'U', 'a' -> "strings, which are no numbers";
      case 'M', 'm' -> "dates or durations; convert with astype('i8')";
      case 'V' -> "raw bytes (NumPy knows no bfloat16); convert with astype('f4')";
      default -> "an unknown type; expected one of '|b1', '|u1', '|i1', '<i2', '<f4' ...";
    };
  }

  /// Reads a header.
  ///
  /// @param text the dict, with spaces and a new line behind it
  /// @return the header
  /// @throws Defect if it is none, or of a type that is not Javelin's
  static NpyHeader parse(String text) throws Defect {
    Map<String, Object> fields = new Scanner(text).dict();
    if (!(fields.get("fortran_order") instanceof Boolean fortranOrder)
        || !(fields.get("shape") instanceof List<?> sizes)
        || fields.size() != 3
        || !fields.containsKey("descr")) {
      throw faulty(text);
    }
    if (!(fields.get("descr") instanceof String descr)) {
      throw new Defect("holds records of several fields, which are no tensor; save each field");
    }
    DType dtype = descr.length() == 3 ? TYPES.get(descr.substring(1)) : null;
    char order = descr.isEmpty() ? ' ' : descr.charAt(0);
    if (dtype == null || order != '<' && order != '>' && !(order == '|' && dtype.bytes() == 1)) {
      throw new Defect(
          "holds elements of NumPy's type %s: %s".formatted(Defect.quoted(descr), foreign(descr)));
    }
    try {
      Shape shape = Shape.of(sizes.stream().mapToLong(size -> (Long) size).toArray());
      Math.multiplyExact(shape.numel(), dtype.bytes());
      if (shape.rank() > MAX_RANK) {
        throw new Defect("is damaged: expected at most 64 dimensions, found " + shape.rank());
      }
      return new NpyHeader(dtype, order == '>', fortranOrder, shape);
    } catch (ArithmeticException e) {
      throw new Defect("is damaged: found the impossible shape " + sizes, e);
    }
  }

  private static Defect faulty(String text) {
    return new Defect(
        "has a faulty header: expected a dict of 'descr', 'fortran_order' and 'shape', found "
            + Defect.quoted(text));
  }

  /// A reader of the little of Python that headers are written in.
  private static final class Scanner {
    private final String text;
    private int at;

    Scanner(String text) {
      this.text = text;
    }

    Map<String, Object> dict() throws Defect {
      Map<String, Object> fields = new LinkedHashMap<>();
      expect('{');
      while (!tryTake('}')) {
        String name = string();
        expect(':');
        if (fields.put(name, value()) != null) {
          throw faulty(text);
        }
        if (!tryTake(',')) {
          expect('}');
          break;
        }
      }
      if (!text.substring(at).isBlank()) {
        throw faulty(text);
      }
      return fields;
    }

    private Object value() throws Defect {
      skipSpace();
      if (text.startsWith("True", at) || text.startsWith("False", at)) {
        boolean value = text.charAt(at) == 'T';
        at += value ? 4 : 5;
        return value;
      }
      if (tryTake('(')) {
        return sizes();
      }
      if (text.startsWith("[", at)) {
        // Records: what they are of does not matter, they are refused.
        at = Math.max(at, text.lastIndexOf(']')) + 1;
        return Map.of();
      }
      return string();
    }

    private List<Long> sizes() throws Defect {
      List<Long> sizes = new ArrayList<>();
      while (!tryTake(')')) {
        sizes.add(number());
        if (!tryTake(',')) {
          expect(')');
          break;
        }
      }
      return sizes;
    }

    private long number() throws Defect {
      skipSpace();
      int begin = at;
      while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
        at++;
      }
      if (at == begin || at - begin > 18) {
        throw faulty(text);
      }
      long value = Long.parseLong(text, begin, at, 10);
      tryTake('L'); // as Python 2 wrote it
      return value;
    }

    private String string() throws Defect {
      skipSpace();
      char quote = at < text.length() ? text.charAt(at) : ' ';
      int end = text.indexOf(quote, at + 1);
      if (quote != '\'' && quote != '"' || end < 0) {
        throw faulty(text);
      }
      String value = text.substring(at + 1, end);
      at = end + 1;
      return value;
    }

    private void expect(char wanted) throws Defect {
      if (!tryTake(wanted)) {
        throw faulty(text);
      }
    }

    private boolean tryTake(char wanted) {
      skipSpace();
      boolean found = at < text.length() && text.charAt(at) == wanted;
      at += found ? 1 : 0;
      return found;
    }

    private void skipSpace() {
      while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
        at++;
      }
    }
  }

  /// Writes a header as NumPy does.
  ///
  /// @param before how many bytes come before it; it ends at a multiple of 64
  /// @return its bytes
  /// @throws IllegalArgumentException if NumPy has no such type
  byte[] print(int before) {
    String type =
        TYPES.entrySet().stream()
            .filter(entry -> entry.getValue() == dtype)
            .findFirst()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "NumPy has no type %s: convert the tensor, for example with toFloat(), or save it as .safetensors or .pt"
                            .formatted(dtype)))
            .getKey();
    long[] sizes = shape.toArray();
    StringBuilder text = new StringBuilder();
    text.append("{'descr': '").append(dtype.bytes() == 1 ? '|' : bigEndian ? '>' : '<');
    text.append(type).append("', 'fortran_order': ").append(fortranOrder ? "True" : "False");
    text.append(", 'shape': (");
    text.append(
        sizes.length == 1
            ? sizes[0] + ","
            : Arrays.stream(sizes).mapToObj(Long::toString).collect(Collectors.joining(", ")));
    text.append("), }");
    if (sizes.length > 0) {
      int digits = Long.toString(sizes[fortranOrder ? sizes.length - 1 : 0]).length();
      text.append(" ".repeat(Math.max(0, GROWTH_DIGITS - digits)));
    }
    int length = before + text.length() + 1;
    text.append(" ".repeat(Math.ceilDiv(length, 64) * 64 - length)).append('\n');
    return text.toString().getBytes(StandardCharsets.US_ASCII);
  }
}
