package dev.javelin.kernels.c;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Instr;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Matrix products as C.
final class ContractSource {
  /// Fewer columns than this leave most of a processor's vectors empty.
  private static final int FEW_COLUMNS = 32;

  private final Kernel.Contract kernel;
  private final View a;
  private final View b;
  private final int rank;

  /// The axes of the output that number the groups: batch axes without those that join others.
  private final List<Integer> kept = new ArrayList<>();

  private final List<Long> sizes = new ArrayList<>();

  /// The axis whose strides are those of a row: m, or the batch axis that joined it.
  private int rowAxis;

  private long m;

  private ContractSource(Kernel.Contract kernel) {
    this.kernel = kernel;
    this.a = kernel.a().view();
    this.b = kernel.b().view();
    this.rank = a.shape().rank();
    this.rowAxis = rank - 2;
    this.m = a.shape().size(-2);
    joinBatch();
  }

  static CProgram of(Kernel.Contract kernel, Target target) {
    return new ContractSource(kernel).product().program(target);
  }

  /// The views over [batch..., m, n].
  private List<View> outputs() {
    List<View> views = new ArrayList<>(List.of(kernel.store().to().view()));
    for (Instr instr : kernel.finish().code()) {
      if (instr instanceof Instr.Load load) {
        views.add(load.view());
      } else if (instr instanceof Instr.Iota iota) {
        views.add(iota.view());
      }
    }
    return views;
  }

  private void joinBatch() {
    List<View> all = outputs();
    all.add(a);
    all.add(b);
    Shape shape = a.shape();
    for (int axis = 0; axis < rank - 2; axis++) {
      long size = shape.size(axis);
      if (size == 1) {
        continue;
      }
      int last = kept.size() - 1;
      if (last >= 0 && joins(all, kept.get(last), axis, size)) {
        sizes.set(last, sizes.get(last) * size);
        kept.set(last, axis);
      } else {
        kept.add(axis);
        sizes.add(size);
      }
    }
    // The same right operand for the innermost batch axis: more rows of one product.
    if (!kept.isEmpty() && b.stride(kept.getLast()) == 0) {
      List<View> rows = outputs();
      rows.add(a);
      if (m == 1 || joins(rows, kept.getLast(), rank - 2, m)) {
        rowAxis = m == 1 ? kept.getLast() : rank - 2;
        m *= sizes.removeLast();
        kept.removeLast();
      }
    }
  }

  private static boolean joins(List<View> views, int outer, int inner, long size) {
    return views.stream().allMatch(view -> view.stride(outer) == view.stride(inner) * size);
  }

  /// One operand: which of its axes the product's rows or columns are, and which the sums run along.
  private record Side(Kernel.Operand operand, DType type, int along, int k) {
    long step() {
      return operand.view().stride(along);
    }

    long stepK() {
      return operand.view().stride(k);
    }

    void declare(Parameters parameters, String name, String along) {
      parameters.memory(
          name, CType.element(type), new Arg.Buffer(operand.buffer()), operand.view().offset());
      parameters.number(name + "_" + along, step());
      parameters.number(name + "_k", stepK());
    }
  }

  private Product product() {
    long n = b.shape().size(-1);
    long k = a.shape().size(-1);
    Side byRow = new Side(kernel.a(), type(kernel.a()), rowAxis, rank - 1);
    Side byColumn = new Side(kernel.b(), type(kernel.b()), rank - 1, rank - 2);
    // Rows and columns trade places where only rows would fill a processor's vectors or a tile.
    boolean swap = n < FEW_COLUMNS && n < m;
    Side left = swap ? byColumn : byRow;
    Side right = swap ? byRow : byColumn;
    Parameters parameters = new Parameters(isWide(Math.max(m, n), k));
    left.declare(parameters, "a", "m");
    right.declare(parameters, "b", "n");
    Code group = new Code();
    long groups = 1;
    for (int i = 0; i < kept.size(); i++) {
      groups *= sizes.get(i);
      if (i > 0) {
        parameters.number("g" + i + "_size", sizes.get(i));
      }
      parameters.number("a_g" + i, left.operand().view().stride(kept.get(i)));
      parameters.number("b_g" + i, right.operand().view().stride(kept.get(i)));
    }
    Axes.decode(group, "g", "g", kept.size());
    Placement placement = new Placement(kept.size(), List.of("n"), view -> strides(view, swap));
    placement.group(group, "a");
    placement.group(group, "b");
    Epilogue epilogue =
        new Epilogue(kernel.finish(), kernel.store(), kernel.buffers(), placement, parameters);
    String sum = "value = (" + Product.sum(kernel.type()) + ")";
    Product.Rows rows = new Product.Rows("a + a_g", left.step(), left.stepK(), 0);
    return new Product(
        parameters,
        kernel.type(),
        epilogue,
        groups,
        swap ? n : m,
        swap ? m : n,
        k,
        group.toString(),
        "",
        sum + CType.load(left.type(), "a", "a_g + m * a_m + k * a_k") + ";",
        sum + CType.load(right.type(), "b", "b_g + k * b_k + n * b_n") + ";",
        Math.abs(left.stepK()) <= Math.abs(left.step()),
        Math.abs(right.stepK()) < Math.abs(right.step()),
        panel(right),
        0,
        left.type() == kernel.type() ? Optional.of(rows) : Optional.empty());
  }

  /// The strides of a view over the output.
  private long[] strides(View view, boolean swap) {
    long[] strides = new long[kept.size() + 2];
    for (int i = 0; i < kept.size(); i++) {
      strides[i] = view.stride(kept.get(i));
    }
    strides[kept.size()] = view.stride(swap ? rank - 1 : rowAxis);
    strides[kept.size() + 1] = view.stride(swap ? rowAxis : rank - 1);
    return strides;
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
    long reach = Math.max(Epilogue.extent(a), Epilogue.extent(b));
    reach = Math.max(reach, Epilogue.reach(kernel.finish(), kernel.store()));
    // Rows may be packed, also those that repeat in memory; tiles count a little beyond the edges
    // before they are cut off.
    return Math.max(reach, longest * Math.max(1, k)) + 1024 > Integer.MAX_VALUE;
  }

  private DType type(Kernel.Operand operand) {
    return kernel.buffers().get(operand.buffer());
  }
}
