package dev.javelin.examples.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.javelin.Device;
import dev.javelin.Devices;
import dev.javelin.Javelin;
import dev.javelin.Parameter;
import dev.javelin.Tensor;
import dev.javelin.TwinDevice;
import dev.javelin.data.DataLoader;
import dev.javelin.data.ImageFolder;
import dev.javelin.data.Subset;
import dev.javelin.data.TensorDataset;
import dev.javelin.data.Transforms;
import dev.javelin.kernels.DType;
import dev.javelin.nn.BatchNorm1d;
import dev.javelin.nn.CrossEntropyLoss;
import dev.javelin.nn.Dropout;
import dev.javelin.nn.Embedding;
import dev.javelin.nn.Flatten;
import dev.javelin.nn.LSTM;
import dev.javelin.nn.Linear;
import dev.javelin.nn.Module;
import dev.javelin.nn.MultiheadAttention;
import dev.javelin.nn.NLLLoss;
import dev.javelin.nn.ReLU;
import dev.javelin.nn.Sequential;
import dev.javelin.optim.Adam;
import dev.javelin.optim.SGD;
import dev.javelin.optim.StepLR;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// What users read when they do something wrong, word for word.
class ErrorMessagesTest {
  private static final Device TWIN = TwinDevice.named("twin:0");

  /// A net of blocks of blocks.
  private static final class Net extends Module {
    final Sequential features = new Sequential(new Flatten(), new Sequential(new Linear(4, 3)));
    final Sequential head = new Sequential(new ReLU(), new Linear(5, 2));

    @Override
    protected Tensor forward(Tensor x) {
      return head.call(features.call(x));
    }
  }

  /// A tensor that is no parameter, deep inside.
  private static final class Scaled extends Module {
    final Tensor scale = Tensor.ones(2);

    @Override
    protected Tensor forward(Tensor x) {
      return x.mul(scale);
    }
  }

  private static Arguments row(String name, Executable call, String message) {
    return argumentSet(name, call, message);
  }

  private static Tensor zeros(long... sizes) {
    return Tensor.zeros(sizes);
  }

  private static Tensor longs(long... values) {
    return Tensor.of(values);
  }

  private static Tensor leaf() {
    return Tensor.ones(2).requiresGrad_(true);
  }

  static Stream<Arguments> ops() {
    Tensor a = zeros(2, 3);
    return Stream.of(
        row(
            "shapes that do not broadcast",
            () -> a.add(zeros(2, 4)),
            "add: the shapes [2, 3] and [2, 4] do not broadcast: sizes 3 and 4 at dimension 1"
                + " must be equal, or one of them 1"),
        row("a product", () -> a.mm(a), "mm: [2, 3] x [2, 3]: the inner sizes 3 and 2 differ"),
        row(
            "batches of products",
            () -> zeros(2, 2, 3).matmul(zeros(3, 3, 2)),
            "matmul: the batch dimensions of [2, 2, 3] and [3, 3, 2] do not broadcast"),
        row(
            "reshape",
            () -> a.reshape(4, 2),
            "reshape: the shape [4, 2] cannot hold the 6 elements of a tensor of shape [2, 3]"),
        row(
            "view of what is not contiguous",
            () -> a.t().view(6),
            "view: the elements of the tensor [3, 2] with strides [1, 3] do not lie so that a"
                + " view could have the new shape; use reshape"),
        row(
            "expand",
            () -> a.expand(2, 4),
            "expand: a tensor of shape [2, 3] cannot be repeated to [2, 4]"),
        row(
            "cat",
            () -> Tensor.cat(List.of(a, zeros(2, 4)), 0),
            "cat: the shapes [2, 3] and [2, 4] must be equal but for dimension 0"),
        row("a dimension", () -> a.sum(2), "dimension out of range: expected -2 to 1, got 2"),
        row(
            "select",
            () -> a.select(1, 3),
            "select: index 3 is out of range for dimension 1 of the shape [2, 3]"),
        row(
            "mean of whole numbers",
            () -> longs(1, 2).mean(),
            "mean: expected a floating-point tensor, got int64; convert it with toFloat()"),
        row(
            "whole += float",
            () -> longs(1).add_(1.5),
            "add_: the result's dtype float32 cannot be written into a tensor of dtype int64"),
        row(
            "a condition",
            () -> Tensor.where(a, a, a),
            "where: expected a bool condition, got float32"),
        row(
            "item of many",
            a::item,
            "item: expected a tensor of one element, got one of shape [2, 3]"),
        row(
            "topk",
            () -> a.topk(4),
            "topk: expected k from 0 to 3, the size of dimension 1 of the shape [2, 3], got 4"),
        row(
            "einsum",
            () -> Tensor.einsum("ij,ij->", a, a.t()),
            "einsum: 'ij,ij->': a label has the sizes 2 and 3"),
        row(
            "two devices",
            () -> a.add(a.to(TWIN)),
            "add: expected all tensors on one device, but argument 1 (float32 [2, 3]) is on cpu"
                + " and argument 2 (float32 [2, 3]) is on twin:0"),
        row(
            "an unknown device",
            () -> a.to("tpu"),
            "device 'tpu' is unknown: the backends here are cpu, cuda, opencl"),
        row("a missing CUDA device", () -> a.to("cuda:99"), missingCuda()));
  }

  /// The reason is the machine's: no driver, no GPU, or fewer of them.
  private static String missingCuda() {
    Devices.Availability cuda =
        Devices.backends().stream()
            .filter(backend -> backend.name().equals("cuda"))
            .findFirst()
            .orElseThrow();
    return cuda.unavailableReason()
        .map(
            reason ->
                "device 'cuda:99' is not available: "
                    + reason.replaceFirst("\\.$", "")
                    + "; available here: "
                    + Devices.backends().stream()
                        .filter(backend -> backend.unavailableReason().isEmpty())
                        .map(Devices.Availability::name)
                        .collect(Collectors.joining(", ")))
        .orElseGet(
            () ->
                "device 'cuda:99' does not exist: there are "
                    + String.join(", ", cuda.devices().stream().map(Device::name).toList()));
  }

  static Stream<Arguments> graphs() {
    return Stream.of(
        row(
            "backward of many",
            () -> leaf().mul(2).backward(),
            "backward: a gradient must be given for a tensor of shape [2]; only a tensor of one"
                + " element has the gradient 1"),
        row(
            "backward of a constant",
            () -> zeros(1).backward(),
            "backward: the tensor (float32 [1]) does not require grad and was not computed from"
                + " one that does"),
        row(
            "backward twice",
            () -> {
              Tensor loss = leaf().square().sum();
              loss.backward();
              loss.backward();
            },
            "SquareBackward0: backward was called a second time through this part of the graph,"
                + " whose saved values are already freed; pass retainGraph to the first backward if"
                + " the graph is needed again"),
        row(
            "a saved value that changed",
            () -> {
              Tensor y = leaf().exp();
              y.add_(1);
              y.sum().backward();
            },
            "ExpBackward0: a value needed for the gradient (output 0, float32 [2]) was modified"
                + " by an in-place operation: it is at version 1, expected version 0; use the"
                + " operation that is not in place, or clone() before"),
        row(
            "a leaf changed in place",
            () -> leaf().add_(1),
            "add_: a leaf tensor that requires grad is being used in an in-place operation;"
                + " wrap the update in noGrad"),
        row(
            "requires_grad of whole numbers",
            () -> longs(1).requiresGrad_(true),
            "requiresGrad_: only floating-point tensors can require grad, got int64"));
  }

  static Stream<Arguments> layers() {
    return Stream.of(
        row(
            "a shape inside a nested model",
            () -> new Net().call(zeros(7, 2, 3)),
            "in Net.features.1.0 Linear(4 -> 3): expected (*, 4), got (7, 6) on cpu"),
        row(
            "a shape between its blocks",
            () -> new Net().call(zeros(7, 4)),
            "in Net.head.1 Linear(5 -> 2): expected (*, 5), got (7, 3) on cpu"),
        row(
            "a field on another device",
            () -> new Sequential(new ReLU(), new Scaled()).to(TWIN).call(zeros(2).to(TWIN)),
            "in Sequential.1 Scaled: mul: expected all tensors on one device, but argument 1"
                + " (float32 [2]) is on twin:0 and argument 2 (float32 [2]) is on cpu; the field"
                + " Scaled.scale is a plain tensor on cpu, which to(device) does not move: register"
                + " it with registerBuffer"),
        row(
            "an input on another device",
            () -> new Sequential(new Linear(2, 2)).to(TWIN).call(zeros(1, 2)),
            "in Sequential.0 Linear(2 -> 2): addmm: expected all tensors on one device, but"
                + " argument 1 (float32 [1, 2]) is on cpu and argument 2 (float32 [2, 2]) is on"
                + " twin:0; the field Linear.weight is on twin:0: move the module with to(\"cpu\");"
                + " the field Linear.bias is on twin:0: move the module with to(\"cpu\")"),
        row(
            "labels of floats",
            () -> loss(zeros(2)),
            "in CrossEntropyLoss: expected int64 class indices, or probabilities of the input's"
                + " shape (2, 3), got float32 (2,); convert class indices with toLong()"),
        row(
            "labels of bytes",
            () -> loss(longs(0, 1).to(DType.UINT8)),
            "in CrossEntropyLoss: expected a target of int64 class indices, got uint8; convert"
                + " it with toLong()"),
        row(
            "labels of 32 bits",
            () -> loss(longs(0, 1).to(DType.INT32)),
            "in CrossEntropyLoss: expected a target of int64 class indices, got int32; convert"
                + " it with toLong()"),
        row(
            "labels out of range",
            () -> loss(longs(0, 3)),
            "in CrossEntropyLoss: a class index of the target is not one of the 3 classes of"
                + " the input, 0 to 2: index 3 is out of bounds for a dimension of size 3"),
        row(
            "negative labels",
            () -> loss(longs(-1, 0)),
            "in CrossEntropyLoss: a class index of the target is not one of the 3 classes of"
                + " the input, 0 to 2: index -1 is out of bounds for a dimension of size 3"),
        row(
            "too few labels",
            () -> loss(longs(0)),
            "in CrossEntropyLoss: Expected input batch_size (2) to match target batch_size (1)."),
        row(
            "probabilities of another shape",
            () -> loss(zeros(2, 4)),
            "in CrossEntropyLoss: expected probabilities of the shape of the input, (2, 3), got"
                + " (2, 4) on cpu"),
        row(
            "log-probabilities with labels of floats",
            () -> new NLLLoss().call(zeros(2, 3), zeros(2)),
            "in NLLLoss: expected a target of int64 class indices, got float32; convert it with"
                + " toLong()"),
        row(
            "a word that is not in the table",
            () -> new Embedding(10, 2).call(longs(3, 10)).toFloatArray(),
            "in Embedding(10 -> 2): index 10 is out of bounds for a dimension of size 10"),
        row(
            "words of floats",
            () -> new Embedding(10, 2).call(zeros(3)),
            "in Embedding(10 -> 2): expected row numbers of int64 or int32, got float32;"
                + " convert them with toLong()"),
        row(
            "a batch of one",
            () -> new BatchNorm1d(3).call(zeros(1, 3)),
            "in BatchNorm1d(3): Expected more than 1 value per channel when training, got input"
                + " size [1, 3]"),
        row(
            "a recurrent net",
            () -> new LSTM(3, 4).call(zeros(5, 2, 7)),
            "in LSTM(3 -> 4): expected (l, n, 3) or (l, 3), got (5, 2, 7) on cpu"),
        row(
            "heads",
            () -> new MultiheadAttention(10, 3),
            "embed_dim must be divisible by num_heads, got 10 and 3"),
        row(
            "a probability",
            () -> new Dropout(1.5),
            "dropout probability has to be between 0 and 1, but got 1.5"),
        row(
            "all that is wrong with a state dict",
            ErrorMessagesTest::load,
            """
            Error(s) in loading state_dict for Net:
            \tMissing key(s) in state_dict: "head.1.bias".\s
            \tUnexpected key(s) in state_dict: "head.2.bias".\s
            \tsize mismatch for features.1.0.weight: copying a param with shape [3, 5] from checkpoint, the shape in current model is [3, 4].
            \tsize mismatch for features.1.0.bias: copying a param with shape [4] from checkpoint, the shape in current model is [3].\
            """));
  }

  private static void loss(Tensor labels) {
    new CrossEntropyLoss().call(zeros(2, 3), labels).item();
  }

  private static void load() {
    Net net = new Net();
    Map<String, Tensor> state = new LinkedHashMap<>(net.stateDict());
    state.remove("head.1.bias");
    state.put("head.2.bias", zeros(1));
    state.put("features.1.0.weight", zeros(3, 5));
    state.put("features.1.0.bias", zeros(4));
    net.loadStateDict(state);
  }

  static Stream<Arguments> training() {
    List<Parameter> parameters = new Linear(2, 2).parameters();
    TensorDataset data = new TensorDataset(zeros(4, 2), zeros(4));
    Path none = Path.of("no", "such", "place");
    return Stream.of(
        row(
            "no parameters",
            () -> new SGD(List.of(), 0.1),
            "optimizer got an empty parameter list"),
        row("a learning rate", () -> new Adam(parameters, -1), "Invalid learning rate: -1.0"),
        row(
            "a scheduler",
            () -> new StepLR(new SGD(parameters, 0.1), 0, 0.1),
            "StepLR: expected a step size of at least 1, got 0"),
        row(
            "a batch size",
            () -> new DataLoader(data, 0),
            "DataLoader: expected a batch size above 0 and no negative number of workers, got 0"
                + " and 0"),
        row(
            "tensors of two lengths",
            () -> new TensorDataset(zeros(4), zeros(3)),
            "Size mismatch between tensors: [4] and [3]"),
        row("a subset", () -> new Subset(data, 4), "Subset: there is no sample 4 among 4"),
        row(
            "a split",
            () -> Subset.randomSplit(data, 0, 3, 2),
            "randomSplit: the lengths [3, 2] do not add up to the 4 samples there are"),
        row(
            "bytes that are normalised",
            () -> normalize(Tensor.ones(3, 2, 2).to(DType.UINT8)),
            "normalize: expected floating-point images of 3 channels, got uint8 [3, 2, 2]; put"
                + " toTensor() before"),
        row(
            "channels",
            () -> normalize(zeros(1, 2, 2)),
            "normalize: expected floating-point images of 3 channels, got float32 [1, 2, 2];"
                + " put toTensor() before"),
        row(
            "no directory of images",
            () -> new ImageFolder(none),
            "ImageFolder: no/such/place is no directory: expected one with a sub-directory for"
                + " each class"),
        row(
            "no file",
            () -> Javelin.load(none),
            "cannot read no/such/place: there is no such file"),
        row(
            "no directory to save to",
            () -> Javelin.save(zeros(1), none),
            "cannot write "
                + none
                + ": there is no directory "
                + none.toAbsolutePath().getParent()
                + "; nothing was changed"));
  }

  private static void normalize(Tensor image) {
    float[] three = {0.5f, 0.5f, 0.5f};
    Transforms.normalize(three, three).apply(image, new SplittableRandom(1));
  }

  @ParameterizedTest
  @MethodSource({"ops", "graphs", "layers", "training"})
  void wordForWord(Executable call, String message) {
    assertEquals(message, assertThrows(RuntimeException.class, call).getMessage());
  }
}
