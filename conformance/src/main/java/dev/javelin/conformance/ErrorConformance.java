package dev.javelin.conformance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.javelin.Device;
import dev.javelin.Devices;
import dev.javelin.Index;
import dev.javelin.Linalg;
import dev.javelin.Scope;
import dev.javelin.Tensor;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Kernel.PoolOp;
import dev.javelin.kernels.Kernel.Window;
import dev.javelin.kernels.Shape;
import dev.javelin.ops.MatrixOps;
import dev.javelin.ops.NeuralOps;
import dev.javelin.ops.NeuralOps.LossReduction;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// Wrong calls: one sentence that names the op, what was wrong and what would be right, before anything runs.
public abstract class ErrorConformance extends Conformance {
  /// A wrong call and what its message must contain.
  private record Wrong(
      String name, Class<? extends Exception> type, Runnable call, String... parts) {}

  private final List<Wrong> wrongs = new ArrayList<>();

  /// For subclasses.
  protected ErrorConformance() {}

  /// Fails unless a call fails in one sentence that contains these parts.
  static void fails(Class<? extends Exception> type, Runnable call, String... parts) {
    Exception e = assertThrows(type, call::run);
    String message = String.valueOf(e.getMessage());
    for (String part : parts) {
      assertTrue(message.contains(part), "expected '" + part + "' in: " + message);
    }
    assertFalse(message.contains("\n"), "more than one line: " + message);
    assertFalse(message.endsWith("."), "a full stop: " + message);
    assertFalse(message.contains("null"), "null in: " + message);
    assertTrue(message.length() > 15, "too short: " + message);
  }

  private void wrong(String name, Runnable call, String... parts) {
    wrongs.add(new Wrong(name, IllegalArgumentException.class, call, parts));
  }

  private void misuse(String name, Runnable call, String... parts) {
    wrongs.add(new Wrong(name, IllegalStateException.class, call, parts));
  }

  /// One test for each wrong call.
  ///
  /// @return the tests
  @TestFactory
  Stream<DynamicTest> wrongCalls() {
    wrongs.clear();
    Tensor a = random(1, 2, 3);
    shapes(a);
    parts(a);
    types(a);
    products(a);
    layers(a);
    values(a);
    graphs();
    double[] before = a.toDoubleArray();
    return wrongs.stream()
        .map(
            wrong ->
                DynamicTest.dynamicTest(
                    wrong.name(),
                    () -> {
                      long allocated = device().memoryAllocated();
                      // What the call's own arguments took goes with the scope; the rest would
                      // stay.
                      try (Scope _ = Scope.open()) {
                        fails(wrong.type(), wrong.call(), wrong.parts());
                      }
                      assertTrue(
                          device().memoryAllocated() <= allocated, "something was allocated");
                      assertArrayEquals(before, a.toDoubleArray());
                    }));
  }

  private void shapes(Tensor a) {
    Tensor b = random(2, 2, 4);
    wrong("add", () -> a.add(b), "add", "[2, 3]", "[2, 4]", "sizes 3 and 4", "dimension 1");
    wrong("add_", () -> a.add_(b), "add", "[2, 3]", "[2, 4]");
    wrong("add_ that would grow", () -> a.select(0, 0).add_(a), "add_", "[3]", "[2, 3]");
    wrong("where", () -> Tensor.where(a.gt(0), a, b), "where", "[2, 3]", "[2, 4]");
    wrong("copy_", () -> a.copy_(b), "copy", "[2, 3]", "[2, 4]");
    wrong("dim", () -> a.sum(2), "dimension", "-2 to 1", "2");
    wrong("negative dim", () -> a.softmax(-3), "dimension", "-2 to 1", "-3");
    wrong("dim twice", () -> a.sum(0, -2), "dimension", "twice");
    wrong("reshape", () -> a.reshape(4, 2), "reshape", "[4, 2]", "[2, 3]", "6");
    wrong("reshape to -1 twice", () -> a.reshape(-1, -1), "reshape", "[-1, -1]");
    wrong("reshape that does not divide", () -> a.reshape(4, -1), "reshape", "[4, -1]", "6");
    wrong("view", () -> a.t().view(6), "view", "[3, 2]", "reshape");
    wrong("expand", () -> a.expand(2, 4), "expand", "[2, 3]", "[2, 4]");
    wrong("expand to fewer", () -> a.expand(3), "expand", "[2, 3]", "[3]");
    wrong("expand by -1 in front", () -> a.expand(-1, 2, 3), "expand", "-1");
    wrong("permute", () -> a.permute(0, 0), "permute", "[0, 0]");
    wrong("permute of too few", () -> a.permute(0), "permute", "2");
    wrong("t", () -> random(1, 2, 2, 2).t(), "t:", "[2, 2, 2]");
    wrong("cat", () -> Tensor.cat(List.of(a, b), 0), "cat", "[2, 3]", "[2, 4]", "dimension 0");
    wrong("cat of ranks", () -> Tensor.cat(List.of(a, a.select(0, 0)), 0), "cat", "[2, 3]", "[3]");
    wrong("cat of nothing", () -> Tensor.cat(List.of(), 0), "cat", "at least one");
    wrong("stack", () -> Tensor.stack(List.of(a, b), 0), "[2, 3]", "[2, 4]");
    wrong("split", () -> a.split(0, 0), "split", "0");
    wrong("chunk", () -> a.chunk(0, 0), "chunk", "0");
    wrong("step", () -> a.slice(0, 0, 2, 0), "slice", "step", "0");
    wrong("narrow beyond the end", () -> a.narrow(1, 2, 2), "narrow", "[2, 3]");
    wrong("narrow before the start", () -> a.narrow(1, -4, 1), "narrow", "[2, 3]");
    wrong("narrow of negative length", () -> a.narrow(1, 0, -1), "narrow", "-1");
    wrong("pad by an odd number", () -> a.pad(1), "pad");
    wrong("pad of too many", () -> a.pad(1, 1, 1, 1, 1, 1), "pad", "[2, 3]");
    wrong("negative size", () -> Tensor.zeros(Shape.of(2, -3), DType.FLOAT32, device()), "-3");
    wrong("max of nothing", () -> random(1, 0).max(), "max", "[0]");
    wrong("argmax of nothing", () -> random(1, 0, 3).argmax(0), "argmax", "[0, 3]");
    wrongs.add(
        new Wrong(
            "select",
            IndexOutOfBoundsException.class,
            () -> a.select(1, 3),
            "select",
            "3",
            "[2, 3]"));
    wrongs.add(
        new Wrong("get", IndexOutOfBoundsException.class, () -> a.get(0, 0, 0), "select", "0"));
  }

  private void parts(Tensor a) {
    wrong("get of too many", () -> a.get("0, 0, 0"), "index", "3 dimensions", "[2, 3]");
    wrong("get backwards", () -> a.get("::-1"), "index", "step above 0", "-1", "flip");
    wrong("get of words", () -> a.get("first"), "index", "'first'");
    Tensor mask = tensor(DType.BOOL, new int[] {3}, 1, 0, 1);
    wrong("a mask that does not fit", () -> a.get(Index.of(mask)), "mask", "[3]", "[2, 3]");
    wrong("indices of floats", () -> Index.of(a), "index", "int64, int32 or bool", "float32");
    wrong("topk of too many", () -> a.topk(4), "topk", "0 to 3", "[2, 3]", "got 4");
    wrong("quantile", () -> a.quantile(1.5), "quantile", "0 to 1", "1.5");
    wrong(
        "scatter_reduce",
        () -> a.scatterReduce(0, longs(0), a, "median", true),
        "scatter_reduce",
        "amax",
        "median");
    wrong(
        "scatter_reduce of another rank",
        () -> a.scatterReduce(0, longs(0), a, "prod", true),
        "scatter_reduce",
        "[1]",
        "[2, 3]");
    wrong("roll", () -> a.roll(new long[] {1}, new int[] {0, 1}), "roll", "[1]", "[0, 1]");
    wrong("unflatten", () -> a.unflatten(1, 2, 2), "unflatten", "[2, 2]", "multiply to 3");
    wrong("diagonal", () -> a.diagonal(0, 1, 1), "diagonal", "different", "[2, 3]");
    wrong("bmm", () -> a.bmm(a), "bmm", "batches", "[2, 3]");
    wrong("dot", () -> a.dot(a), "dot", "vectors", "[2, 3]");
    wrong("einsum", () -> Tensor.einsum("ijk->i", a), "einsum", "'ijk->i'", "2 dimensions");
    wrong("einsum sizes", () -> Tensor.einsum("ij,ij->", a, a.t()), "einsum", "2 and 3");
    wrong("inv", () -> Linalg.inv(a), "linalg.inv", "square", "[2, 3]");
    Tensor ones = a.newOnes(2, 2);
    wrong("a singular matrix", () -> Linalg.inv(ones), "linalg.inv", "singular");
    wrong("cholesky", () -> Linalg.cholesky(ones.neg()), "linalg.cholesky", "positive definite");
  }

  private void types(Tensor a) {
    Tensor whole = longs(1, 2, 3);
    wrong("mean of whole numbers", () -> whole.mean(), "mean", "int64", "toFloat()");
    wrong("softmax of whole numbers", () -> whole.softmax(0), "softmax", "int64", "toFloat()");
    wrong("var of whole numbers", () -> whole.var(), "var", "int64");
    wrong("bits of floats", () -> a.bitwiseAnd(a), "bitwise_and", "float32");
    wrong("condition", () -> Tensor.where(a, a, a), "where", "bool", "float32");
    wrong("masked_fill", () -> a.maskedFill(a, 1), "bool", "float32");
    wrong("whole += float", () -> whole.add_(1.5), "add_", "float32", "int64");
    wrong("bool += whole", () -> whole.gt(0).add_(1), "add_", "int64", "bool");
    wrong("whole /= whole", () -> whole.div_(2), "div_", "float32", "int64");
    wrong("gather by floats", () -> a.gather(0, a), "gather", "int64", "float32");
    wrong("requires_grad", () -> whole.requiresGrad_(true), "requiresGrad_", "int64");
    wrong("rand", () -> Tensor.rand(Shape.of(2), DType.INT64, device()), "rand", "int64");
    wrong("uniform_", () -> whole.uniform_(0, 1), "uniform_", "int64");
    wrong("mm of two types", () -> a.mm(a.t().to(DType.FLOAT64)), "mm", "float32", "float64");
    wrong(
        "scatter_add of two types",
        () ->
            a.scatterAdd(
                0,
                tensor(DType.INT64, new int[] {1, 1}, 0),
                tensor(DType.FLOAT64, new int[] {1, 1}, 0)),
        "scatter_add",
        "float32",
        "float64");
  }

  private void products(Tensor a) {
    wrong("mm", () -> a.mm(a), "mm", "[2, 3]", "3 and 2");
    wrong("mm of vectors", () -> floats(1, 2).mm(a), "mm", "[2]", "[2, 3]");
    wrong("matmul", () -> a.matmul(floats(1, 2)), "mm", "3 and 2");
    wrong("matmul of a scalar", () -> a.matmul(a.sum()), "matmul", "[2, 3]", "[]");
    wrong(
        "matmul of batches",
        () -> random(1, 2, 2, 3).matmul(random(2, 3, 3, 2)),
        "matmul",
        "[2, 2, 3]",
        "[3, 3, 2]",
        "broadcast");
    wrong("gather", () -> a.gather(0, longs(0)), "gather", "[1]", "[2, 3]");
    wrong("index_select", () -> a.indexSelect(0, a.to(DType.INT64)), "index_select", "[2, 3]");
    wrong(
        "scatter_add",
        () ->
            a.scatterAdd(0, tensor(DType.INT64, new int[] {1, 5}, 0, 0, 0, 0, 0), random(1, 1, 5)),
        "scatter_add",
        "[1, 5]",
        "[2, 3]");
  }

  private void layers(Tensor a) {
    Window window = new Window(3, 3, 1, 1, 0, 0, 1, 1, 1);
    Tensor x = random(1, 1, 2, 5, 5);
    wrong("linear", () -> Tensor.call(MatrixOps.linear(false), a, random(2, 4, 5)), "3 and 5");
    wrong(
        "conv2d channels",
        () -> Tensor.call(MatrixOps.conv2d(window, false), x, random(2, 4, 3, 3, 3)),
        "conv2d",
        "[4, 3, 3, 3]",
        "[1, 2, 5, 5]",
        "3 input channels");
    wrong(
        "conv2d rank",
        () -> Tensor.call(MatrixOps.conv2d(window, false), a, random(2, 4, 3, 3, 3)),
        "conv2d",
        "[n, c, h, w]",
        "[2, 3]");
    wrong(
        "conv2d too small",
        () ->
            Tensor.call(
                MatrixOps.conv2d(window, false), random(1, 1, 2, 2, 2), random(2, 4, 2, 3, 3)),
        "conv2d",
        "3 x 3",
        "does not fit");
    wrong(
        "conv2d bias",
        () -> Tensor.call(MatrixOps.conv2d(window, true), x, random(2, 4, 2, 3, 3), random(3, 5)),
        "[");
    wrong(
        "max_pool2d",
        () -> MatrixOps.pool2d(PoolOp.MAX, window, false, Shape.of(1, 1, 2, 2)),
        "max_pool2d",
        "3 x 3",
        "does not fit");
    wrong(
        "avg_pool2d",
        () -> MatrixOps.pool2d(PoolOp.AVERAGE, window, false, Shape.of(2, 2)),
        "avg_pool2d",
        "[2, 2]");
    wrong(
        "cross_entropy",
        () ->
            Tensor.call(
                NeuralOps.crossEntropy(LossReduction.MEAN, -100, false, 0), a, longs(0, 1, 2)),
        "cross_entropy",
        "[2, 3]",
        "[3]");
    wrong(
        "nll_loss that would broadcast",
        () ->
            Tensor.call(
                NeuralOps.nllLoss(LossReduction.MEAN, -100, false),
                random(1, 1, 3),
                longs(0, 1, 2)),
        "nll_loss",
        "[1, 3]",
        "[3]");
    wrong(
        "mse_loss",
        () -> Tensor.call(NeuralOps.mseLoss(LossReduction.MEAN), a, random(1, 2, 4)),
        "[2, 3]",
        "[2, 4]");
  }

  private void values(Tensor a) {
    misuse("item", a::item, "item", "one element", "[2, 3]");
    misuse("itemLong", a::itemLong, "one element", "[2, 3]");
    wrong("copyTo", () -> a.copyTo(MemorySegment.ofArray(new byte[23])), "copyTo", "24", "23");
    wrong("of", () -> Tensor.of(new float[5], 2, 3), "of", "5", "[2, 3]", "6");
    wrong("of ragged rows", () -> Tensor.of(new float[][] {{1, 2}, {3}}), "of", "row 1", "1");
    wrong(
        "of bytes",
        () -> Tensor.of(MemorySegment.ofArray(new byte[7]), DType.FLOAT32, Shape.of(2), device()),
        "of",
        "8",
        "7");
    wrong("randint", () -> Tensor.randint(3, 3, 1), "randint", "3");
    wrong("setGrad", () -> floats(1, 2).setGrad(floats(1)), "setGrad", "[2]", "[1]");
    wrong("arange with no step", () -> Tensor.arange(0L, 5L, 0L), "arange", "0");
    wrong("arange with no step of floats", () -> Tensor.arange(0.0, 5.0, 0.0), "arange", "0");
    wrong("linspace of negative length", () -> Tensor.linspace(0, 1, -1), "-1");
  }

  private void graphs() {
    Tensor x = floats(1, 2).requiresGrad_(true);
    misuse(
        "backward of many", () -> x.mul(2).backward(), "backward", "[2]", "gradient must be given");
    misuse(
        "backward of a constant", () -> floats(1).backward(), "backward", "does not require grad");
    wrong(
        "backward with a wrong gradient",
        () -> x.mul(2).backward(floats(1), false, false),
        "backward",
        "[2]",
        "[1]");
    misuse(
        "grad of a constant",
        () -> x.sum().gradOf(List.of(floats(1)), false),
        "grad",
        "does not require grad");
    misuse("retainGrad", () -> floats(1).retainGrad(), "retainGrad", "does not require grad");
    misuse(
        "registerHook",
        () -> floats(1).registerHook(g -> g),
        "registerHook",
        "does not require grad");
    misuse(
        "requiresGrad_(false)", () -> x.mul(2).requiresGrad_(false), "requiresGrad_", "detach()");
    Tensor loss = x.square().sum();
    loss.backward();
    misuse("backward twice", loss::backward, "Backward0", "a second time", "retainGraph");
  }

  // ---- indices, which only the device sees: at the latest, reading the result fails ----

  private void outside(String index, String size, Supplier<Tensor> call) {
    fails(
        IndexOutOfBoundsException.class,
        () -> call.get().toDoubleArray(),
        "index " + index,
        "out of bounds",
        "size " + size);
  }

  @Test
  void indicesOutsideAreErrors() {
    Tensor a = random(1, 2, 3);
    outside("3", "3", () -> a.indexSelect(1, longs(0, 3)));
    outside("-4", "3", () -> a.indexSelect(1, longs(0, -4)));
    outside("2", "2", () -> a.scatterReduce(0, longs(0, 2).reshape(2, 1), a, "prod", true));
    outside("2", "2", () -> a.gather(0, tensor(DType.INT64, new int[] {1, 3}, 0, 2, 0)));
    outside(
        "7",
        "2",
        () -> a.scatterAdd(0, tensor(DType.INT64, new int[] {1, 3}, 0, 7, 0), random(7, 1, 3)));
    assertArrayEquals(random(1, 2, 3).toDoubleArray(), a.toDoubleArray());
  }

  @Test
  void classesOutsideAreErrors() {
    Tensor x = random(1, 2, 3);
    Tensor logs = x.logSoftmax(1);
    for (LossReduction reduction : LossReduction.values()) {
      outside(
          "3",
          "3",
          () -> Tensor.call(NeuralOps.crossEntropy(reduction, -100, false, 0), x, longs(1, 3)));
      outside(
          "-1",
          "3",
          () -> Tensor.call(NeuralOps.nllLoss(reduction, -100, false), logs, longs(-1, 2)));
    }
    // What is ignored may be any number.
    Tensor one =
        Tensor.call(NeuralOps.crossEntropy(LossReduction.MEAN, 255, false, 0), x, longs(1, 255));
    Tensor alone =
        Tensor.call(
            NeuralOps.crossEntropy(LossReduction.MEAN, 255, false, 0), x.narrow(0, 0, 1), longs(1));
    assertEquals(alone.item(), one.item(), 1e-6);
  }

  // ---- devices ----

  @Test
  void tensorsOfTwoDevicesAreNamed() {
    Device other = Devices.get("reference:1");
    Tensor a = random(1, 2, 3);
    Tensor b = random(1, 2, 3).to(other);
    for (Runnable call :
        List.<Runnable>of(
            () -> a.add(b),
            () -> a.add_(b),
            () -> Tensor.cat(List.of(a, b), 0),
            () -> a.mm(b.t()))) {
      fails(
          IllegalArgumentException.class,
          call,
          "one device",
          "argument 1 (float32 [2, 3]) is on " + device().name(),
          "is on " + other.name());
    }
    fails(
        IllegalArgumentException.class,
        () -> Tensor.where(a.gt(0), a, b),
        "where",
        "argument 3",
        other.name());
  }

  @Test
  void aMissingDeviceSaysWhy() {
    fails(
        IllegalArgumentException.class,
        () -> Devices.get("tpu"),
        "device 'tpu' is unknown",
        "reference");
    fails(
        IllegalArgumentException.class,
        () -> Devices.get("reference:7"),
        "device 'reference:7' does not exist",
        "reference:0",
        "reference:1");
    fails(
        IllegalArgumentException.class,
        () -> floats(1).to("absent:0"),
        "device 'absent:0' is not available: there is no such hardware, and the test kit counts on"
            + " it; available here: ",
        device().type());
    assertFalse(Devices.isAvailable("absent"));
    assertTrue(Devices.isAvailable("reference"));
    assertEquals("reference:0", Devices.get("reference").name());
    assertTrue(
        Devices.backends().stream()
            .anyMatch(
                backend ->
                    backend.name().equals("absent")
                        && backend.devices().isEmpty()
                        && backend
                            .unavailableReason()
                            .equals(java.util.Optional.of(AbsentProvider.REASON))));
  }

  @Test
  void aWrongIndexIsAnErrorAndNoMore() {
    Tensor a = random(1, 2, 3);
    Tensor index = tensor(DType.INT64, new int[] {1, 1}, 2);
    RuntimeException e =
        assertThrows(RuntimeException.class, () -> a.gather(0, index).toFloatArray());
    assertTrue(e.getMessage().contains("2"), e.getMessage());
    assertEquals(6, a.gather(0, tensor(DType.INT64, new int[] {2, 3}, 0, 1, 0, 1, 0, 1)).numel());
  }

  @Test
  void aFailedOpLeavesNothingRecorded() {
    Tensor x = floats(1, 2).requiresGrad_(true);
    assertThrows(IllegalArgumentException.class, () -> x.add(floats(1, 2, 3)));
    x.mul(2).sum().backward();
    Close.exactly(x.grad(), 2, 2);
  }
}
