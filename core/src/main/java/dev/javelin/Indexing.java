package dev.javelin;

import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import dev.javelin.ops.IndexOps;
import dev.javelin.ops.OpDef;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What a list of [Index] items means for a tensor: a view, and index tensors for some of its dimensions.
final class Indexing {
  /// Index tensors for `span` neighbouring dimensions together.
  private record Entry(int dim, int span, Tensor index) {}

  private Tensor view;
  private final List<Entry> entries = new ArrayList<>();

  private Indexing(Tensor tensor) {
    this.view = tensor;
  }

  // ---- what the items mean ----

  static Indexing of(Tensor tensor, Index... items) {
    Indexing result = new Indexing(tensor);
    int wanted = 0;
    for (Index item : items) {
      wanted += span(item);
    }
    if (wanted > tensor.dim()) {
      throw new IllegalArgumentException(
          "index: %s dimensions are indexed, but the tensor of shape %s has %s"
              .formatted(wanted, tensor.shape(), tensor.dim()));
    }
    int dim = 0;
    boolean open = true;
    for (Index item : items) {
      if (item == Index.ELLIPSIS) {
        if (!open) {
          throw new IllegalArgumentException("index: expected at most one ellipsis");
        }
        open = false;
        dim += tensor.dim() - wanted;
      } else {
        dim = result.apply(item, dim);
      }
    }
    return result;
  }

  /// For PyTorch's `index` and `index_put_`: one index tensor for each of the first dimensions, null for a whole dimension.
  static Indexing of(Tensor tensor, List<Tensor> indices) {
    return of(
        tensor,
        indices.stream()
            .map(index -> index == null ? Index.all() : Index.of(index))
            .toArray(Index[]::new));
  }

  private static int span(Index item) {
    return switch (item) {
      case Index.Mark _ -> 0;
      case Index.At _, Index.Range _ -> 1;
      case Index.Places(Tensor tensor) -> tensor.dtype() == DType.BOOL ? tensor.dim() : 1;
    };
  }

  /// Applies an item to dimension `dim`; gives the dimension the next item is for.
  private int apply(Index item, int dim) {
    switch (item) {
      case Index.At(long position) -> {
        view = view.select(dim, position);
        return dim;
      }
      case Index.Range(long start, long end, long step) -> {
        boolean whole = start == 0 && end == Long.MAX_VALUE && step == 1;
        view = whole ? view : view.slice(dim, start, end, step);
        return dim + 1;
      }
      case Index.Mark _ -> {
        view = view.unsqueeze(dim);
        return dim + 1;
      }
      case Index.Places(Tensor tensor) -> {
        Tensor here = tensor.to(view.device());
        if (tensor.dtype() != DType.BOOL) {
          entries.add(new Entry(dim, 1, here));
          return dim + 1;
        }
        if (tensor.dim() == 0) {
          view = view.unsqueeze(dim);
          here = here.reshape(1);
        }
        checkMask(here.shape(), dim);
        entries.add(new Entry(dim, here.dim(), flatNonzero(here)));
        return dim + here.dim();
      }
    }
  }

  private void checkMask(Shape mask, int dim) {
    for (int axis = 0; axis < mask.rank(); axis++) {
      if (mask.size(axis) != view.size(dim + axis)) {
        throw new IllegalArgumentException(
            "index: the mask of shape %s does not fit the dimensions from %s on of the shape %s"
                .formatted(mask, dim, view.shape()));
      }
    }
  }

  // ---- what comes of it ----

  Tensor get() {
    if (entries.isEmpty()) {
      return view;
    }
    Plan plan = plan();
    Tensor source = plan.front.reshape(plan.merged);
    Tensor picked = Tensor.call(new OpDef.Gather("index", plan.axis), source, plan.index);
    return picked.reshape(plan.result);
  }

  void put(Tensor value, boolean accumulate) {
    if (entries.isEmpty()) {
      Tensor ignored = accumulate ? view.add_(value) : view.copy_(value);
      return;
    }
    Plan plan = plan();
    Tensor source = value.to(view.device()).to(view.dtype());
    Tensor pieces = source.expand(plan.result).reshape(plan.index.shape());
    OpDef.Scatter op = new OpDef.Scatter("index_put", plan.axis, accumulate);
    Optional<Tensor> target = plan.front.viewed(plan.merged);
    if (target.isPresent()) {
      target.get().inPlace(op, plan.index, pieces);
    } else {
      Tensor changed = Tensor.call(op, plan.front.reshape(plan.merged), plan.index, pieces);
      plan.front.copy_(changed.reshape(plan.front.shape()));
    }
  }

  void put(double value) {
    if (entries.isEmpty()) {
      view.fill_(value);
    } else {
      put(Tensor.full(Shape.SCALAR, value, view.dtype(), view.device()), false);
    }
  }

  /// The indexed dimensions as one.
  ///
  /// @param front the view, with the indexed dimensions side by side
  /// @param merged its shape with them merged
  /// @param axis the merged dimension
  /// @param index int64, of the merged shape but for that dimension
  /// @param result the shape of what is picked
  private record Plan(Tensor front, Shape merged, int axis, Tensor index, Shape result) {}

  private Plan plan() {
    List<Integer> order = new ArrayList<>();
    List<Long> sizes = new ArrayList<>();
    for (Entry entry : entries) {
      long size = 1;
      for (int dim = entry.dim(); dim < entry.dim() + entry.span(); dim++) {
        order.add(dim);
        size *= view.size(dim);
      }
      sizes.add(size);
    }
    Tensor[] indices = entries.stream().map(Entry::index).toArray(Tensor[]::new);
    Tensor flat = Tensor.call(IndexOps.flatIndex(sizes), indices);
    int count = order.size();
    boolean together = order.getLast() - order.getFirst() == count - 1;
    int axis = together ? order.getFirst() : 0;
    Tensor front = view;
    if (!together) {
      // What the indices pick comes first, as in NumPy, where they are not side by side.
      for (int dim = 0; dim < view.dim(); dim++) {
        if (!order.contains(dim)) {
          order.add(dim);
        }
      }
      front = view.permute(order.stream().mapToInt(Integer::intValue).toArray());
    }
    Shape merged = replaced(front.shape(), axis, count, Shape.of(product(sizes)));
    Shape place = Shape.SCALAR;
    for (int dim = 0; dim < merged.rank(); dim++) {
      place = place.insert(dim, dim == axis ? flat.numel() : 1);
    }
    Tensor index = flat.reshape(place).expand(replaced(merged, axis, 1, Shape.of(flat.numel())));
    return new Plan(front, merged, axis, index, replaced(front.shape(), axis, count, flat.shape()));
  }

  private static long product(List<Long> sizes) {
    return sizes.stream().reduce(1L, Math::multiplyExact);
  }

  /// A shape with `count` dimensions from `axis` on replaced by others.
  private static Shape replaced(Shape shape, int axis, int count, Shape by) {
    Shape result = shape;
    for (int i = 0; i < count; i++) {
      result = result.drop(axis);
    }
    for (int i = 0; i < by.rank(); i++) {
      result = result.insert(axis + i, by.size(i));
    }
    return result;
  }

  // ---- masks ----

  /// Where a tensor is true or not 0, as indices of its elements, row by row: int64 `[count]`. Waits for the device.
  static Tensor flatNonzero(Tensor tensor) {
    Tensor mask = tensor.ne(0).reshape(tensor.numel());
    long count = mask.sum().itemLong();
    return Tensor.call(IndexOps.nonzero(), mask).narrow(0, 0, count);
  }

  /// Where a tensor is true or not 0: int64 `[count, dim]`.
  static Tensor nonzero(Tensor tensor) {
    List<Long> sizes = new ArrayList<>();
    for (int dim = 0; dim < tensor.dim(); dim++) {
      sizes.add(tensor.size(dim));
    }
    Tensor flat = flatNonzero(tensor);
    return sizes.isEmpty()
        ? Tensor.zeros(Shape.of(flat.numel(), 0), DType.INT64, tensor.device())
        : Tensor.call(IndexOps.unravelIndex(sizes), flat);
  }
}
