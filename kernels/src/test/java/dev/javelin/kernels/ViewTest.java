package dev.javelin.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ViewTest {
  private final SplittableRandom random = new SplittableRandom(42);

  /// Where every element lies, row by row, the slow way.
  private static long[] positions(View view) {
    long[] result = new long[(int) view.shape().numel()];
    long[] index = new long[view.shape().rank()];
    for (int i = 0; i < result.length; i++) {
      result[i] = view.at(index);
      for (int axis = index.length - 1; axis >= 0; axis--) {
        if (++index[axis] < view.shape().size(axis)) {
          break;
        }
        index[axis] = 0;
      }
    }
    return result;
  }

  private Shape randomShape(int most) {
    long[] sizes = new long[random.nextInt(5)];
    Arrays.setAll(sizes, axis -> random.nextInt(8) == 0 ? 0 : random.nextInt(1, most + 1));
    return Shape.of(sizes);
  }

  /// A view that some steps have made of a contiguous one.
  private View randomView() {
    View view = View.contiguous(randomShape(4));
    for (int step = random.nextInt(4); step > 0; step--) {
      int rank = view.shape().rank();
      if (rank == 0) {
        view = view.insert(0);
        continue;
      }
      int axis = random.nextInt(rank);
      long size = view.shape().size(axis);
      view =
          switch (random.nextInt(5)) {
            case 0 -> view.permute(randomOrder(rank));
            case 1 -> size == 1 ? view.expand(view.shape().with(axis, 3)) : view;
            case 2 -> size == 0 ? view : view.slice(axis, size - 1, -1, size);
            case 3 -> size < 2 ? view : view.slice(axis, 1, 2, size / 2);
            default -> view.insert(random.nextInt(rank + 1));
          };
    }
    return view;
  }

  private int[] randomOrder(int rank) {
    List<Integer> axes = new ArrayList<>();
    for (int axis = 0; axis < rank; axis++) {
      axes.add(random.nextInt(axes.size() + 1), axis);
    }
    return axes.stream().mapToInt(Integer::intValue).toArray();
  }

  /// A shape with as many elements.
  private Shape randomRegrouping(Shape shape) {
    if (shape.numel() == 0) {
      return randomShape(4).numel() == 0 ? shape.insert(0, 2) : shape.insert(shape.rank(), 1);
    }
    List<Long> sizes = new ArrayList<>();
    long rest = shape.numel();
    while (rest > 1) {
      long size = random.nextLong(1, rest + 1);
      while (rest % size != 0) {
        size--;
      }
      sizes.add(random.nextInt(sizes.size() + 1), size);
      rest /= size;
      if (sizes.size() > 6) {
        sizes.add(rest);
        break;
      }
    }
    return Shape.of(sizes.stream().mapToLong(Long::longValue).toArray());
  }

  /// The only strides a view of this shape could have, if there is one: those of the elements next
  /// to the first.
  private static Optional<View> byForce(long[] positions, Shape target) {
    long[] contiguous = target.contiguousStrides();
    long[] strides = new long[target.rank()];
    for (int axis = 0; axis < strides.length; axis++) {
      strides[axis] = target.size(axis) > 1 ? positions[(int) contiguous[axis]] - positions[0] : 1;
    }
    View view = View.of(target, strides, positions[0]);
    return Arrays.equals(positions, positions(view)) ? Optional.of(view) : Optional.empty();
  }

  @Test
  void reshapesWheneverThatIsPossible() {
    int possible = 0;
    int impossible = 0;
    for (int i = 0; i < 50_000; i++) {
      View view = randomView();
      Shape target = randomRegrouping(view.shape());
      Optional<View> reshaped = view.reshape(target);
      if (view.shape().numel() == 0) {
        assertEquals(target, reshaped.orElseThrow().shape());
        continue;
      }
      long[] positions = positions(view);
      Optional<View> forced = byForce(positions, target);
      assertEquals(forced.isPresent(), reshaped.isPresent(), () -> view + " to " + target);
      if (reshaped.isPresent()) {
        assertEquals(target, reshaped.get().shape());
        assertArrayEquals(positions, positions(reshaped.get()), () -> view + " to " + target);
        possible++;
      } else {
        impossible++;
      }
    }
    assertTrue(possible > 1000 && impossible > 1000, possible + " and " + impossible);
  }

  @Test
  void countsLinearIndices() {
    for (int i = 0; i < 2000; i++) {
      View view = randomView();
      long[] positions = positions(view);
      long last = -1;
      for (int linear = 0; linear < positions.length; linear++) {
        assertEquals(positions[linear], view.atLinear(linear));
        last = Math.max(last, positions[linear]);
      }
      assertEquals(last, view.last());
      boolean contiguous = true;
      for (int linear = 0; linear < positions.length; linear++) {
        contiguous &= positions[linear] == view.offset() + linear;
      }
      assertEquals(contiguous, view.isContiguous(), view::toString);
    }
  }

  @Test
  void permutes() {
    for (int i = 0; i < 2000; i++) {
      View view = randomView();
      int rank = view.shape().rank();
      int[] order = randomOrder(rank);
      View permuted = view.permute(order);
      long[] index = new long[rank];
      long[] moved = new long[rank];
      for (int axis = 0; axis < rank; axis++) {
        assertEquals(view.shape().size(order[axis]), permuted.shape().size(axis));
      }
      for (int repeat = 0; repeat < 5 && view.shape().numel() > 0; repeat++) {
        for (int axis = 0; axis < rank; axis++) {
          moved[axis] = random.nextLong(permuted.shape().size(axis));
          index[order[axis]] = moved[axis];
        }
        assertEquals(view.at(index), permuted.at(moved));
      }
    }
  }

  @Test
  void repeatsAxesOfSizeOne() {
    View column = View.of(Shape.of(3, 1), new long[] {7, 5}, 2);
    View expanded = column.expand(Shape.of(3, 4));
    assertArrayEquals(new long[] {2, 2, 2, 2, 9, 9, 9, 9, 16, 16, 16, 16}, positions(expanded));
    assertEquals(column, column.expand(Shape.of(3, 1)));
    assertEquals(0, column.expand(Shape.of(3, 0)).shape().numel());
  }

  @Test
  void slicesForwardsAndBackwards() {
    View row = View.of(Shape.of(6), new long[] {10}, 1);
    assertArrayEquals(new long[] {11, 31, 51}, positions(row.slice(0, 1, 2, 3)));
    assertArrayEquals(new long[] {51, 31, 11}, positions(row.slice(0, 5, -2, 3)));
    // Nothing is read, so the offset stays where it is safe.
    assertEquals(1, row.slice(0, 6, 1, 0).offset());
  }

  @Test
  void insertsAndDropsAxes() {
    for (int i = 0; i < 2000; i++) {
      View view = randomView();
      int axis = random.nextInt(view.shape().rank() + 1);
      View inserted = view.insert(axis);
      assertEquals(1, inserted.shape().size(axis));
      assertArrayEquals(positions(view), positions(inserted));
      assertEquals(view, inserted.drop(axis));
      assertEquals(view.isContiguous(), inserted.isContiguous());
    }
  }

  @Test
  void isAValue() {
    View view = View.of(Shape.of(2, 3), new long[] {3, 1}, 4);
    assertEquals(view, View.of(Shape.of(2, 3), new long[] {3, 1}, 4));
    assertEquals(view.hashCode(), View.of(Shape.of(2, 3), new long[] {3, 1}, 4).hashCode());
    assertNotEquals(view, View.of(Shape.of(2, 3), new long[] {3, 1}, 5));
    assertNotEquals(view, View.of(Shape.of(2, 3), new long[] {1, 3}, 4));
    assertNotEquals(view, View.of(Shape.of(3, 2), new long[] {3, 1}, 4));
    assertEquals("[2, 3]@4[3, 1]", view.toString());
    assertFalse(view.equals(null));
    long[] strides = view.strides();
    strides[0] = 99;
    assertEquals(3, view.stride(0));
    assertThrows(IllegalArgumentException.class, () -> View.of(Shape.of(2, 3), new long[] {1}, 0));
  }

  @Test
  void shapesCheckThemselves() {
    assertThrows(IllegalArgumentException.class, () -> Shape.of(2, -1));
    assertThrows(ArithmeticException.class, () -> Shape.of(1L << 40, 1L << 40));
    assertEquals(1, Shape.SCALAR.numel());
    assertEquals(0, Shape.of(3, 0).numel());
    assertEquals(Shape.of(2, 3, 4), Shape.of(2).concat(Shape.of(3, 4)));
    assertEquals(Shape.SCALAR, Shape.SCALAR.concat(Shape.SCALAR));
    assertEquals(4, Shape.of(2, 3, 4).size(-1));
    assertEquals("[2, 3]", Shape.of(2, 3).toString());
    assertArrayEquals(new long[] {12, 4, 1}, Shape.of(2, 3, 4).contiguousStrides());
  }
}
