package dev.javelin.cpu;

import static dev.javelin.cpu.BackendCheck.operand;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.javelin.cpu.BackendCheck.Fill;
import dev.javelin.cpu.BackendCheck.Layout;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class GatherScatterTest {
  private static final int INDEX = 1;

  /// `target = source.index_select(axis, index)`, or the scatter that is its gradient.
  private static Kernel select(
      boolean gather,
      boolean add,
      DType type,
      DType indexType,
      View table,
      int axis,
      long count,
      Layout other) {
    Shape shape = table.shape().with(axis, count);
    long[] indexStrides = new long[shape.rank()];
    indexStrides[axis] = 1;
    View index = View.of(shape, indexStrides, 0);
    return build(gather, add, type, indexType, table, axis, index, other.view(shape.toArray()));
  }

  /// `target = source.gather(axis, index)`, or the scatter that is its gradient.
  private static Kernel pick(
      boolean gather,
      boolean add,
      DType type,
      DType indexType,
      View table,
      int axis,
      View index,
      Layout other) {
    return build(
        gather, add, type, indexType, table, axis, index, other.view(index.shape().toArray()));
  }

  private static Kernel build(
      boolean gather,
      boolean add,
      DType type,
      DType indexType,
      View table,
      int axis,
      View index,
      View other) {
    long[] strides = table.strides();
    long stride = strides[axis];
    strides[axis] = 0;
    View moving = View.of(index.shape(), strides, table.offset());
    List<DType> types = List.of(type, indexType, type);
    long size = table.shape().size(axis);
    return gather
        ? new Kernel.Gather(
            types,
            index.shape(),
            operand(0, moving),
            stride,
            size,
            operand(INDEX, index),
            operand(2, other))
        : new Kernel.Scatter(
            types,
            index.shape(),
            operand(0, other),
            operand(INDEX, index),
            operand(2, moving),
            stride,
            size,
            add);
  }

  private static Fill indices(long size) {
    return (buffer, i, random) ->
        buffer == INDEX ? random.nextLong(size) : BackendCheck.anyValue(buffer, i, random);
  }

  private static void checkAll(Kernel kernel, long size) {
    BackendCheck.of(kernel).filledWith(indices(Math.max(1, size))).run();
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void gathersAndScattersEveryType(DType type) {
    for (DType index : List.of(DType.INT64, DType.INT32)) {
      for (boolean gather : new boolean[] {true, false}) {
        for (boolean add : new boolean[] {true, false}) {
          for (int axis = 0; axis < 3; axis++) {
            View table = Layout.CONTIGUOUS.view(7, 9, 33);
            checkAll(
                select(gather, add, type, index, table, axis, 13, Layout.CONTIGUOUS),
                table.shape().size(axis));
            View places =
                Layout.CONTIGUOUS.view(axis == 0 ? 5 : 7, axis == 1 ? 4 : 9, axis == 2 ? 100 : 33);
            checkAll(
                pick(gather, add, type, index, table, axis, places, Layout.CONTIGUOUS),
                table.shape().size(axis));
          }
        }
      }
    }
  }

  @Test
  void walksHostileLayouts() {
    for (Layout tableLayout : Layout.values()) {
      for (Layout other : Layout.values()) {
        for (int axis = 0; axis < 3; axis++) {
          View table = tableLayout.view(5, 8, 7);
          for (boolean gather : new boolean[] {true, false}) {
            checkAll(
                select(gather, true, DType.FLOAT32, DType.INT64, table, axis, 3, other),
                table.shape().size(axis));
            View places = other.view(5, 8, 7);
            checkAll(
                pick(gather, true, DType.FLOAT32, DType.INT32, table, axis, places, tableLayout),
                table.shape().size(axis));
          }
        }
      }
    }
  }

  @Test
  void takesOddSizes() {
    for (long rows : new long[] {1, 3, 7, 8, 13, 31, 33, 100}) {
      for (long width : new long[] {0, 1, 3, 7, 8, 13, 31, 33, 100}) {
        for (long count : new long[] {0, 1, 3, 8, 33}) {
          View table = Layout.CONTIGUOUS.view(rows, width);
          checkAll(
              select(true, false, DType.FLOAT32, DType.INT64, table, 0, count, Layout.CONTIGUOUS),
              rows);
          checkAll(
              select(false, true, DType.FLOAT32, DType.INT64, table, 0, count, Layout.CONTIGUOUS),
              rows);
        }
      }
    }
  }

  @Test
  void sharesLargeOnesAmongThreads() {
    View table = Layout.CONTIGUOUS.view(100, 256);
    checkAll(
        select(true, false, DType.FLOAT32, DType.INT64, table, 0, 2000, Layout.CONTIGUOUS), 100);
    checkAll(
        select(false, true, DType.FLOAT32, DType.INT64, table, 0, 2000, Layout.CONTIGUOUS), 100);
    checkAll(
        select(false, false, DType.FLOAT32, DType.INT64, table, 0, 2000, Layout.CONTIGUOUS), 100);
    checkAll(
        select(false, true, DType.FLOAT16, DType.INT64, table, 0, 2000, Layout.CONTIGUOUS), 100);
    View places = Layout.CONTIGUOUS.view(100, 2000);
    checkAll(
        pick(true, false, DType.FLOAT32, DType.INT64, table, 1, places, Layout.CONTIGUOUS), 256);
  }

  @Test
  void addsInOrder() {
    // 2^24 + 1 + 1 is 2^24 in float32, but 1 + 1 + 2^24 is not: the order shows.
    View table = View.contiguous(Shape.of(1, 1));
    Kernel kernel = select(false, true, DType.FLOAT32, DType.INT64, table, 0, 3, Layout.CONTIGUOUS);
    double big = 1 << 24;
    assertArrayEquals(
        new double[] {big},
        BackendCheck.launch(kernel, 2, new double[][] {{big, 1, 1}, {0, 0, 0}, {0}}));
    assertArrayEquals(
        new double[] {big + 2},
        BackendCheck.launch(kernel, 2, new double[][] {{1, 1, big}, {0, 0, 0}, {0}}));
  }

  @Test
  void theLastOfEqualPlacesStays() {
    View table = View.contiguous(Shape.of(2, 1));
    Kernel kernel = select(false, false, DType.INT32, DType.INT32, table, 0, 4, Layout.CONTIGUOUS);
    assertArrayEquals(
        new double[] {3, 4},
        BackendCheck.launch(kernel, 2, new double[][] {{1, 2, 3, 4}, {0, 1, 0, 1}, {9, 9}}));
  }

  @Test
  void refusesIndicesOutsideBeforeAnythingIsWritten() {
    View table = View.contiguous(Shape.of(3, 1));
    for (double wrong : new double[] {3, -1, 1 << 30}) {
      for (boolean gather : new boolean[] {true, false}) {
        Kernel kernel =
            select(gather, true, DType.FLOAT32, DType.INT64, table, 0, 3, Layout.CONTIGUOUS);
        double[][] memory = {{1, 2, 3}, {0, 1, wrong}, {7, 7, 7}};
        CpuBackend backend = new CpuBackend();
        CpuBuffer[] buffers = new CpuBuffer[3];
        for (int i = 0; i < 3; i++) {
          buffers[i] = (CpuBuffer) backend.allocate(64);
          for (int j = 0; j < 3; j++) {
            DType type = kernel.buffers().get(i);
            Elements.putDouble(type, buffers[i].address() + (long) j * type.bytes(), memory[i][j]);
          }
        }
        var executable = backend.compile(kernel);
        var error =
            assertThrows(
                IndexOutOfBoundsException.class,
                () -> executable.launch(buffers, new long[3], new long[0]));
        assertEquals(
            "index " + (long) wrong + " is out of bounds for a dimension of size 3",
            error.getMessage());
        for (int j = 0; j < 3; j++) {
          assertEquals(7, Memory.getFloat(buffers[2].address() + 4L * j));
        }
        for (CpuBuffer buffer : buffers) {
          buffer.free();
        }
      }
    }
  }
}
