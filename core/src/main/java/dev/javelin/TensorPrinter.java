package dev.javelin;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleFunction;
import java.util.function.LongFunction;
import java.util.function.LongToDoubleFunction;
import java.util.function.LongUnaryOperator;
import java.util.stream.Collectors;

/// Writes a tensor as text, character for character as PyTorch writes it with its default options.
///
/// Numbers are rounded from their exact binary value with ties to even, as C's `printf` does, which
/// is why this class goes through [BigDecimal] and not through [String#format].
final class TensorPrinter {
  private static final int PRECISION = 4;
  private static final int THRESHOLD = 1000;
  private static final int EDGE_ITEMS = 3;
  private static final int LINE_WIDTH = 80;

  private static final MathContext SCIENTIFIC =
      new MathContext(PRECISION + 1, RoundingMode.HALF_EVEN);

  /// The printed elements in row-major order, and the width PyTorch lays lines out with.
  ///
  /// An element may be longer than the width: PyTorch does not count zeros, infinities and NaN.
  private record Cells(List<String> texts, int width) {
    String padded(int index) {
      String text = texts.get(index);
      return " ".repeat(Math.max(0, width - text.length())) + text;
    }
  }

  private final Shape shape;
  private final Cells cells;
  private final int indent;
  private final boolean summarize;
  private final StringBuilder out;
  private int next;

  private TensorPrinter(Shape shape, Cells cells, int indent, StringBuilder out) {
    this.shape = shape;
    this.cells = cells;
    this.indent = indent;
    this.summarize = shape.numel() > THRESHOLD;
    this.out = out;
  }

  /// Prints a tensor. Reads only the elements that appear in the text, and each of them once.
  ///
  /// @param shape the tensor's shape
  /// @param dtype its element type, which decides which of the two functions is asked
  /// @param element the value at a row-major index, for floating-point types
  /// @param integer the value at a row-major index, for integer types and bool (0 is false)
  /// @param device the device to name, or null for the one that is not named
  /// @param gradFn the name of the function that made the tensor, or null
  /// @param requiresGrad whether a leaf records gradients; not printed beside a `gradFn`
  /// @param prefix what the text begins with, such as `tensor(`; continued lines are indented as
  ///     far as its last line is long
  /// @return the text, closed by a parenthesis, without a line feed at its end
  static String format(
      Shape shape,
      DType dtype,
      LongToDoubleFunction element,
      LongUnaryOperator integer,
      String device,
      String gradFn,
      boolean requiresGrad,
      String prefix) {
    var out = new StringBuilder(prefix);
    int indent = prefix.length() - (prefix.lastIndexOf('\n') + 1);
    boolean empty = shape.numel() == 0;
    if (empty) {
      out.append("[]");
    } else {
      long[] shown = shownIndices(shape);
      Cells cells =
          dtype.isFloatingPoint()
              ? floatCells(Arrays.stream(shown).mapToDouble(element).toArray())
              : integerCells(Arrays.stream(shown).map(integer).toArray(), dtype);
      new TensorPrinter(shape, cells, indent, out).appendAxis(0);
    }
    appendSuffixes(out, indent, suffixes(shape, dtype, empty, device, gradFn, requiresGrad));
    return out.toString();
  }

  // ---- which elements are shown

  private static long[] shownIndices(Shape shape) {
    boolean summarize = shape.numel() > THRESHOLD;
    long[] indices = {0};
    for (int axis = 0; axis < shape.rank(); axis++) {
      long size = shape.size(axis);
      long[] along = shownAlong(size, summarize);
      long[] finer = new long[indices.length * along.length];
      int at = 0;
      for (long outer : indices) {
        for (long inner : along) {
          finer[at++] = outer * size + inner;
        }
      }
      indices = finer;
    }
    return indices;
  }

  private static long[] shownAlong(long size, boolean summarize) {
    boolean cut = summarize && size > 2 * EDGE_ITEMS;
    long[] along = new long[cut ? 2 * EDGE_ITEMS : (int) size];
    for (int i = 0; i < along.length; i++) {
      along[i] = cut && i >= EDGE_ITEMS ? size - along.length + i : i;
    }
    return along;
  }

  // ---- elements as text

  private static Cells integerCells(long[] values, DType dtype) {
    LongFunction<String> text =
        dtype == DType.BOOL ? value -> value != 0 ? "True" : "False" : Long::toString;
    List<String> texts = Arrays.stream(values).mapToObj(text).toList();
    return new Cells(texts, texts.stream().mapToInt(String::length).max().orElse(1));
  }

  private static Cells floatCells(double[] values) {
    double min = Double.POSITIVE_INFINITY;
    double max = 0;
    boolean whole = true;
    for (double value : values) {
      if (counts(value)) {
        min = Math.min(min, Math.abs(value));
        max = Math.max(max, Math.abs(value));
        whole &= value == Math.rint(value);
      }
    }
    boolean none = max == 0;
    boolean scientific = !none && (max / min > 1000 || max > 1e8 || (!whole && min < 1e-4));
    DoubleFunction<String> text =
        scientific
            ? TensorPrinter::scientific
            : whole ? TensorPrinter::whole : value -> fixed(value, PRECISION);
    List<String> texts = Arrays.stream(values).mapToObj(text).toList();
    int width = 1;
    for (int i = 0; i < values.length; i++) {
      if (counts(values[i])) {
        width = Math.max(width, texts.get(i).length());
      }
    }
    return new Cells(texts, width);
  }

  /// Whether an element takes part in choosing the format.
  private static boolean counts(double value) {
    return Double.isFinite(value) && value != 0;
  }

  private static String whole(double value) {
    return Double.isFinite(value) ? fixed(value, 0) + "." : fixed(value, 0);
  }

  private static String fixed(double value, int digits) {
    if (!Double.isFinite(value)) {
      return nonFinite(value);
    }
    BigDecimal rounded = new BigDecimal(value).setScale(digits, RoundingMode.HALF_EVEN);
    return sign(value) + rounded.abs().toPlainString();
  }

  private static String scientific(double value) {
    if (!Double.isFinite(value)) {
      return nonFinite(value);
    }
    BigDecimal rounded = new BigDecimal(value).abs().round(SCIENTIFIC);
    String digits = rounded.unscaledValue().toString();
    int exponent = value == 0 ? 0 : digits.length() - 1 - rounded.scale();
    String magnitude = Integer.toString(Math.abs(exponent));
    return sign(value)
        + digits.charAt(0)
        + "."
        + (digits.substring(1) + "0".repeat(PRECISION)).substring(0, PRECISION)
        + (exponent < 0 ? "e-" : "e+")
        + (magnitude.length() < 2 ? "0" : "")
        + magnitude;
  }

  private static String nonFinite(double value) {
    return Double.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
  }

  /// The sign as C prints it, which keeps that of a negative zero.
  private static String sign(double value) {
    return Math.copySign(1, value) < 0 ? "-" : "";
  }

  // ---- elements on lines

  private void appendAxis(int axis) {
    if (axis == shape.rank()) {
      out.append(cells.padded(next++));
    } else if (axis == shape.rank() - 1) {
      appendRow(indent + axis);
    } else {
      String separator = "," + "\n".repeat(shape.rank() - axis - 1) + " ".repeat(indent + axis + 1);
      boolean cut = summarize && shape.size(axis) > 2 * EDGE_ITEMS;
      int shown = cut ? 2 * EDGE_ITEMS : (int) shape.size(axis);
      out.append('[');
      for (int i = 0; i < shown; i++) {
        out.append(i == 0 ? "" : separator);
        if (cut && i == EDGE_ITEMS) {
          out.append("...").append(separator);
        }
        appendAxis(axis + 1);
      }
      out.append(']');
    }
  }

  private void appendRow(int rowIndent) {
    boolean cut = summarize && shape.size(-1) > 2 * EDGE_ITEMS;
    int shown = cut ? 2 * EDGE_ITEMS : (int) shape.size(-1);
    List<String> row = new ArrayList<>(shown + 1);
    for (int i = 0; i < shown; i++) {
      if (cut && i == EDGE_ITEMS) {
        row.add(" ...");
      }
      row.add(cells.padded(next++));
    }
    // The two are the comma and the space between elements. The dots count as an element.
    int perLine = Math.max(1, Math.floorDiv(LINE_WIDTH - rowIndent, cells.width() + 2));
    out.append('[');
    for (int i = 0; i < row.size(); i++) {
      if (i > 0) {
        out.append(i % perLine == 0 ? ",\n" + " ".repeat(rowIndent + 1) : ", ");
      }
      out.append(row.get(i));
    }
    out.append(']');
  }

  // ---- what follows the elements

  private static List<String> suffixes(
      Shape shape, DType dtype, boolean empty, String device, String gradFn, boolean requiresGrad) {
    List<String> suffixes = new ArrayList<>();
    if (device != null) {
      suffixes.add("device='" + device + "'");
    }
    if (empty && shape.rank() != 1) {
      suffixes.add(
          Arrays.stream(shape.toArray())
              .mapToObj(Long::toString)
              .collect(Collectors.joining(", ", "size=(", ")")));
    }
    // Elements show whether they are int64 or bool; without elements the type has to be named.
    boolean obvious =
        dtype == DType.FLOAT32 || (!empty && (dtype == DType.INT64 || dtype == DType.BOOL));
    if (!obvious) {
      suffixes.add("dtype=" + dtype);
    }
    if (gradFn != null) {
      suffixes.add("grad_fn=<" + gradFn + ">");
    } else if (requiresGrad) {
      suffixes.add("requires_grad=True");
    }
    return suffixes;
  }

  private static void appendSuffixes(StringBuilder out, int indent, List<String> suffixes) {
    int lineBreak = out.lastIndexOf("\n");
    // Two more than the characters on the last line: PyTorch breaks lines by this count.
    int column = out.length() - lineBreak + 1;
    for (String suffix : suffixes) {
      if (column + suffix.length() + 2 > LINE_WIDTH) {
        out.append(",\n").append(" ".repeat(indent)).append(suffix);
        column = indent + suffix.length();
      } else {
        out.append(", ").append(suffix);
        column += suffix.length() + 2;
      }
    }
    out.append(')');
  }
}
