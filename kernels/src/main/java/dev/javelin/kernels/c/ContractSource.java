package dev.javelin.kernels.c;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/// Matrix products as C.
final class ContractSource {
  /// Fewer columns than this leave most of a processor's vectors empty.
  private static final int FEW_COLUMNS = 32;

  private final Kernel.Contract kernel;
  private final View a;
  private final View b;
  private final int rank;

  /// The views over [batch..., m, n].
  private final List<View> outputs;

  /// The batch axes that number the groups: all but those that join the rows.
  private Block groups;

  /// The stride of a row in a view.
  private ToLongFunction<View> row;

  private long m;

  private ContractSource(Kernel.Contract kernel) {
    this.kernel = kernel;
    this.a = kernel.a().view();
    this.b = kernel.b().view();
    this.rank = a.shape().rank();
    this.outputs = Operands.views(kernel.finish(), List.of(kernel.store()));
    this.row = view -> view.stride(rank - 2);
    this.m = a.shape().size(-2);
    Shape batch = Shape.of(Arrays.copyOf(a.shape().toArray(), rank - 2));
    List<View> all = new ArrayList<>(outputs);
    all.addAll(List.of(a, b));
    this.groups = Block.of("g", batch, all, view -> Arrays.copyOf(view.strides(), rank - 2));
    joinRows();
  }

  static Product product(Kernel.Contract kernel) {
    return new ContractSource(kernel).product();
  }

  /// The same right operand for the innermost batch axis: more rows of one product.
  private void joinRows() {
    if (groups.rank() == 0 || groups.step(b) != 0) {
      return;
    }
    Block all = groups;
    if (m == 1) {
      row = all::step;
    } else if (!Stream.concat(outputs.stream(), Stream.of(a))
        .allMatch(view -> all.step(view) == view.stride(rank - 2) * m)) {
      return;
    }
    m *= all.size(all.rank() - 1);
    groups = all.butLast();
  }

  /// One operand: its distances between rows (or columns) and between the terms of a sum.
  private record Side(Kernel.Operand operand, DType type, long step, long stepK) {
    void declare(Signature signature, String name, String along) {
      signature.memory(name, CType.element(type), new Arg.Buffer(operand.buffer()));
      signature.number(name + "_" + along, step);
      signature.number(name + "_k", stepK);
    }

    /// Whether neighbours in memory are terms of one sum.
    ///
    /// @param tie what to say where both distances are equal
    boolean alongK(boolean tie) {
      return Math.abs(stepK) == Math.abs(step) ? tie : Math.abs(stepK) < Math.abs(step);
    }

    /// The address of an element, where neighbours can be loaded at once; see [Product].
    Optional<String> run(String name, String along, boolean tie, DType sums) {
      String start = name + " + " + name + "_g + ";
      if (type != sums || (alongK(tie) ? stepK : step) != 1) {
        return Optional.empty();
      }
      return Optional.of(
          alongK(tie)
              ? start + "%1$s * " + name + "_" + along + " + %2$s"
              : start + "%1$s + %2$s * " + name + "_k");
    }
  }

  private Product product() {
    long n = b.shape().size(-1);
    long k = a.shape().size(-1);
    Side byRow = new Side(kernel.a(), type(kernel.a()), row.applyAsLong(a), a.stride(rank - 1));
    Side byColumn = new Side(kernel.b(), type(kernel.b()), b.stride(rank - 1), b.stride(rank - 2));
    // Rows and columns trade places where only rows would fill a processor's vectors or a tile.
    boolean swap = n < FEW_COLUMNS && n < m;
    Side left = swap ? byColumn : byRow;
    Side right = swap ? byRow : byColumn;
    Signature signature = new Signature(isWide(Math.max(m, n), k));
    left.declare(signature, "a", "m");
    right.declare(signature, "b", "n");
    Operands starts = new Operands(signature, kernel.buffers(), groups);
    Code group = new Code();
    starts.axes(group, groups);
    group.line("idx a_g = " + starts.at(left.operand().view()) + ";");
    group.line("idx b_g = " + starts.at(right.operand().view()) + ";");
    ToLongFunction<View> column = view -> view.stride(rank - 1);
    Operands operands =
        new Operands(
            signature,
            kernel.buffers(),
            groups,
            Block.axis("m", swap ? n : m, outputs, swap ? column : row),
            Block.axis("n", swap ? m : n, outputs, swap ? row : column));
    String sum = "value = (" + Product.sum(kernel.type()) + ")";
    Product.Rows rows = new Product.Rows("a + a_g", left.step(), left.stepK(), 0);
    return new Product(
        signature,
        kernel.type(),
        kernel.finish(),
        kernel.store(),
        operands,
        groups.count(),
        swap ? n : m,
        swap ? m : n,
        k,
        group.toString(),
        "",
        sum + CType.load(left.type(), "a", "a_g + m * a_m + k * a_k") + ";",
        sum + CType.load(right.type(), "b", "b_g + k * b_k + n * b_n") + ";",
        left.alongK(true),
        right.alongK(false),
        left.run("a", "m", true, kernel.type()),
        right.run("b", "n", false, kernel.type()),
        panel(right),
        0,
        left.type() == kernel.type() ? Optional.of(rows) : Optional.empty());
  }

  private static String panel(Side right) {
    boolean unitN = right.step() == 1;
    boolean unitK = right.stepK() == 1 && !unitN;
    // A distance of 1 known to the compiler lets it use vectors.
    String index = "b_from + " + (unitK ? "k" : "k * b_k") + " + " + (unitN ? "j" : "j * b_n");
    return Template.resource("panel_contract.k")
        .fill(Map.of("ALONG_K", unitK ? "1" : "0", "B", CType.load(right.type(), "b", index)));
  }

  private boolean isWide(long longest, long k) {
    double reach = Math.max(Block.reach(outputs), Block.reach(List.of(a, b)));
    // Rows may be packed, also those that repeat in memory; tiles count a little beyond the edges
    // before they are cut off.
    return Signature.isWide(Math.max(reach, (double) longest * Math.max(1, k)));
  }

  private DType type(Kernel.Operand operand) {
    return kernel.buffers().get(operand.buffer());
  }
}
