"""Writes layers.pt beside this file: what PyTorch's layers, losses and functions give, with gradients, for `TorchLayersTest`.

Written with PyTorch 1.13.
"""

import os

import torch
import torch.nn.functional as F
from torch import nn


def normal(*sizes):
    return torch.randn(*sizes)


def leaf(*sizes):
    return torch.randn(*sizes).requires_grad_(True)


def positive(*sizes):
    return torch.rand(*sizes).add(0.1).requires_grad_(True)


def signs(*sizes):
    return torch.randint(0, 2, sizes).mul(2).sub(1).float()


def longs(*values):
    return torch.tensor(values)


def ctc(name, loss, logits, *rest):
    """From logits: PyTorch's gradient by the log-probabilities themselves has the log-softmax's in it."""
    return name, loss, [logits, *rest], lambda x, *others: loss(x.log_softmax(-1), *others)


def with_state(module):
    """Biases and norms that do something."""
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    return module


def cases():
    for name, module in {
        "Hardtanh": nn.Hardtanh(),
        "ReLU6": nn.ReLU6(),
        "Hardsigmoid": nn.Hardsigmoid(),
        "Mish": nn.Mish(),
        "CELU": nn.CELU(1.5),
        "SELU": nn.SELU(),
        "LogSigmoid": nn.LogSigmoid(),
        "Softsign": nn.Softsign(),
        "Tanhshrink": nn.Tanhshrink(),
        "Softshrink": nn.Softshrink(),
        "Hardshrink": nn.Hardshrink(),
        "Threshold": nn.Threshold(0.1, 20.0),
        "GLU": nn.GLU(),
        "Softmin": nn.Softmin(1),
    }.items():
        yield name, module, [torch.randn(3, 6).mul(3).requires_grad_(True)]
    # ---- convolutions and pools
    yield "ConvTranspose1d", nn.ConvTranspose1d(4, 6, 3, stride=2, padding=1, output_padding=1, groups=2), [leaf(2, 4, 5)]
    yield "ConvTranspose1d plain", nn.ConvTranspose1d(2, 3, 2, bias=False), [leaf(2, 5)]
    yield "Conv3d", nn.Conv3d(2, 3, 2), [leaf(2, 2, 4, 5, 3)]
    yield "Conv3d options", nn.Conv3d(4, 6, (3, 2, 1), stride=(2, 1, 3), padding=(1, 0, 2), dilation=(2, 1, 1), groups=2), [leaf(2, 4, 7, 4, 5)]
    yield "Conv3d of one", nn.Conv3d(2, 2, 3, padding=1, bias=False), [leaf(2, 3, 3, 3)]
    yield "ConvTranspose3d", nn.ConvTranspose3d(4, 2, (2, 3, 2), stride=(2, 1, 3), padding=(1, 1, 0), output_padding=(1, 0, 2), dilation=(2, 1, 1)), [leaf(1, 4, 3, 4, 2)]
    yield "MaxPool3d", nn.MaxPool3d(2), [leaf(2, 3, 4, 5, 6)]
    yield "MaxPool3d options", nn.MaxPool3d((3, 2, 2), (1, 2, 3), (1, 0, 1)), [leaf(2, 4, 5, 6)]
    yield "AvgPool3d", nn.AvgPool3d(2), [leaf(2, 3, 4, 5, 6)]
    yield "AvgPool3d options", nn.AvgPool3d((3, 2, 2), (1, 2, 3), (1, 0, 1)), [leaf(1, 2, 4, 5, 6)]
    yield "AdaptiveAvgPool1d", nn.AdaptiveAvgPool1d(3), [leaf(2, 2, 7)]
    yield "AdaptiveMaxPool1d", nn.AdaptiveMaxPool1d(3), [leaf(2, 2, 7)]
    yield "AdaptiveMaxPool2d", nn.AdaptiveMaxPool2d((2, 3)), [leaf(2, 2, 5, 7)]
    # ---- norms
    yield "BatchNorm3d", with_state(nn.BatchNorm3d(3)), [leaf(2, 3, 2, 2, 2)]
    yield "InstanceNorm1d", with_state(nn.InstanceNorm1d(3)), [leaf(2, 3, 5)]
    yield "InstanceNorm2d", with_state(nn.InstanceNorm2d(3, affine=True)), [leaf(2, 3, 4, 5)]
    yield "InstanceNorm3d", with_state(nn.InstanceNorm3d(2)), [leaf(2, 2, 3, 4)]
    yield "LocalResponseNorm", nn.LocalResponseNorm(3, alpha=0.1), [leaf(2, 5, 3, 2)]
    yield "LocalResponseNorm even", nn.LocalResponseNorm(2), [leaf(2, 5, 3)]
    # ---- rearranging
    yield "PixelShuffle", nn.PixelShuffle(2), [leaf(2, 8, 3, 2)]
    yield "PixelUnshuffle", nn.PixelUnshuffle(2), [leaf(2, 2, 4, 6)]
    yield "ReflectionPad1d", nn.ReflectionPad1d(2), [leaf(2, 2, 4)]
    yield "ReflectionPad2d", nn.ReflectionPad2d((1, 2, 3, 0)), [leaf(1, 2, 4, 3)]
    yield "ReplicationPad1d", nn.ReplicationPad1d((1, 3)), [leaf(1, 2, 4)]
    yield "ReplicationPad2d", nn.ReplicationPad2d(1), [leaf(1, 2, 3, 3)]
    yield "ConstantPad1d", nn.ConstantPad1d(2, 3.5), [leaf(1, 2, 3)]
    yield "ConstantPad2d", nn.ConstantPad2d((1, 0, 2, 1), -1.5), [leaf(1, 2, 3, 2)]
    yield "ZeroPad2d", nn.ZeroPad2d((1, 2, 3, 4)), [leaf(1, 1, 2, 2)]
    yield "Unfold", nn.Unfold(2), [leaf(2, 3, 4, 3)]
    yield "Unfold options", nn.Unfold((2, 3), dilation=(2, 1), padding=(1, 2), stride=(2, 1)), [leaf(2, 2, 5, 4)]
    yield "Fold", nn.Fold((4, 5), 2), [leaf(2, 12, 12)]
    yield "Fold options", nn.Fold((6, 5), (2, 3), dilation=(2, 1), padding=(1, 2), stride=(2, 3)), [leaf(2, 12, 9)]
    # ---- tables, cells, vectors
    yield "EmbeddingBag", nn.EmbeddingBag(7, 3), [longs([1, 2, 2], [6, 0, 3])]
    yield "EmbeddingBag max", nn.EmbeddingBag(7, 3, mode="max"), [longs([1, 2, 2], [6, 0, 3])]
    yield "EmbeddingBag offsets", nn.EmbeddingBag(7, 3), [longs(1, 2, 2, 6, 0), longs(0, 2, 2)]
    yield "EmbeddingBag sum", nn.EmbeddingBag(7, 3, mode="sum"), [longs(1, 2, 2, 6, 0), longs(0, 3)]
    yield "RNNCell", nn.RNNCell(3, 4), [leaf(2, 3), leaf(2, 4)]
    yield "GRUCell", nn.GRUCell(3, 4, bias=False), [leaf(2, 3), leaf(2, 4)]
    yield "LSTMCell", nn.LSTMCell(3, 4), [leaf(2, 3), (leaf(2, 4), leaf(2, 4))]
    yield "CosineSimilarity", nn.CosineSimilarity(), [leaf(3, 4), leaf(3, 4)]
    yield "PairwiseDistance", nn.PairwiseDistance(3), [leaf(3, 4), leaf(3, 4)]
    # ---- attention
    yield "TransformerDecoderLayer", with_state(nn.TransformerDecoderLayer(4, 2, 8, 0.0)), [leaf(3, 2, 4), leaf(5, 2, 4)]
    yield "TransformerDecoderLayer norm first", with_state(nn.TransformerDecoderLayer(4, 2, 8, 0.0, activation="gelu", batch_first=True, norm_first=True)), [leaf(2, 3, 4), leaf(2, 5, 4)]
    yield "TransformerDecoder", nn.TransformerDecoder(with_state(nn.TransformerDecoderLayer(4, 2, 8, 0.0)), 2, with_state(nn.LayerNorm(4))), [leaf(3, 2, 4), leaf(5, 2, 4)]
    yield "Transformer", with_state(nn.Transformer(4, 2, 1, 2, 8, 0.0)), [leaf(5, 2, 4), leaf(3, 2, 4)]
    transformer = with_state(nn.Transformer(4, 2, 1, 1, 8, 0.0))
    yield "Transformer causal", transformer, [leaf(5, 2, 4), leaf(3, 2, 4)], lambda x, y: transformer(x, y, tgt_mask=nn.Transformer.generate_square_subsequent_mask(3))
    # ---- losses
    yield "PoissonNLLLoss", nn.PoissonNLLLoss(), [leaf(2, 3), normal(2, 3).abs()]
    yield "PoissonNLLLoss rates", nn.PoissonNLLLoss(log_input=False, full=True, reduction="sum"), [positive(2, 3), normal(2, 3).abs().mul(3)]
    yield "GaussianNLLLoss", nn.GaussianNLLLoss(), [leaf(2, 3), leaf(2, 3), positive(2, 3)]
    yield "GaussianNLLLoss full", nn.GaussianNLLLoss(full=True, reduction="sum"), [leaf(2, 3), leaf(2, 3), positive(2, 1)]
    yield "MarginRankingLoss", nn.MarginRankingLoss(0.5), [leaf(6), leaf(6), signs(6)]
    yield "HingeEmbeddingLoss", nn.HingeEmbeddingLoss(0.5), [leaf(6), signs(6)]
    yield "SoftMarginLoss", nn.SoftMarginLoss(reduction="sum"), [leaf(6), signs(6)]
    yield "MultiMarginLoss", nn.MultiMarginLoss(), [leaf(4, 3), longs(0, 2, 1, 1)]
    yield "MultiMarginLoss weighted", nn.MultiMarginLoss(2, 0.5, torch.tensor([1.0, 2.0, 0.5]), reduction="none"), [leaf(4, 3), longs(0, 2, 1, 1)]
    yield "MultiLabelMarginLoss", nn.MultiLabelMarginLoss(), [leaf(2, 4), longs([3, 0, -1, 1], [1, -1, 2, 3])]
    yield "MultiLabelMarginLoss of one", nn.MultiLabelMarginLoss(), [leaf(4), longs(0, 1, 2, 3)]
    yield "MultiLabelSoftMarginLoss", nn.MultiLabelSoftMarginLoss(torch.tensor([1.0, 2.0, 0.5])), [leaf(2, 3), torch.tensor([[1.0, 0, 1], [0, 0, 1]])]
    targets = longs([1, 2, 2], [3, 1, 1], [2, 0, 0])
    lengths = [longs(6, 5, 6), longs(3, 2, 1)]
    yield ctc("CTCLoss", nn.CTCLoss(), leaf(6, 3, 4), targets, *lengths)
    yield ctc("CTCLoss one row", nn.CTCLoss(blank=3, reduction="none"), leaf(6, 3, 4), longs(1, 2, 2, 0, 1, 1), longs(6, 5, 6), longs(3, 2, 1))
    yield ctc("CTCLoss too short", nn.CTCLoss(reduction="sum", zero_infinity=True), leaf(3, 3, 4), targets, longs(3, 3, 1), longs(3, 2, 1))
    # ---- functions
    f = lambda function, *inputs: (None, list(inputs), function)
    yield "normalize", *f(lambda x: F.normalize(x, 3.0, 0), leaf(3, 4))
    yield "pad", *f(lambda x: F.pad(x, (1, 2, 0, 1), value=2.5), leaf(2, 3))
    grid = torch.rand(2, 3, 4, 2).mul(2.4).sub(1.2)
    for mode in ("bilinear", "nearest"):
        for around in ("zeros", "border"):
            for align in (False, True):
                yield f"grid_sample {mode} {around} {align}", *f(
                    lambda x, g, m=mode, p=around, a=align: F.grid_sample(x, g, m, p, a), leaf(2, 2, 5, 4), grid.clone().requires_grad_(mode == "bilinear")
                )
    for align in (False, True):
        yield f"affine_grid {align}", *f(lambda t, a=align: F.affine_grid(t, [2, 1, 3, 4], a), leaf(2, 2, 3))
    for align in (False, True):
        yield f"bicubic {align}", *f(lambda x, a=align: F.interpolate(x, (7, 3), mode="bicubic", align_corners=a), leaf(1, 2, 4, 5))
    yield "pad_sequence", *f(lambda x, y: nn.utils.rnn.pad_sequence([x, y], True, 1.5), leaf(2, 3), leaf(4, 3))
    yield "parameters_to_vector", *f(lambda x, y: nn.utils.parameters_to_vector([x, y]), leaf(2, 3), leaf(4))


def flat(inputs):
    return [part for value in inputs for part in (value if isinstance(value, tuple) else [value])]


def result(module, inputs, function=None):
    output = (function or module)(*inputs)
    output = output[0] if isinstance(output, tuple) else output
    inputs = flat(inputs)
    weights = torch.randn(output.shape)
    state = {} if module is None else {k: v.clone() for k, v in module.state_dict().items()}
    if module is not None and "num_batches_tracked" in state:
        # As before the call.
        state = {k: v for k, v in state.items() if not k.startswith(("running", "num"))}
    for p in [] if module is None else module.parameters():
        p.grad = None
    output.backward(weights)
    return {
        "text": "" if module is None else repr(module),
        "state": state,
        "inputs": [x.detach() for x in inputs],
        "output": output.detach(),
        "weights": weights,
        "gradients": {str(i): x.grad for i, x in enumerate(inputs) if x.requires_grad},
        "parameters": {} if module is None else {n: p.grad for n, p in module.named_parameters()},
    }


if __name__ == "__main__":
    torch.manual_seed(1)
    results = {name: result(*rest) for name, *rest in cases()}
    torch.save(results, os.path.join(os.path.dirname(os.path.abspath(__file__)), "layers.pt"))
