#!/usr/bin/env python3
"""The rows of `javelin bench` in PyTorch on the same GPU, eager, compiled and as a CUDA graph, beside Javelin's numbers.

usage: torch_bench.py [--seconds S] [--device cuda] [--json FILE] JAVELIN_JSON ...

A run ends with a synchronisation, as Javelin's runs do; a row's number is the median of its runs.
"""

import argparse
import json
import statistics
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

MILLION = 1 << 20
LARGE = 1 << 28


def random(device, *sizes):
    return torch.rand(*sizes, device=device) * 4 - 2


def mlp():
    return nn.Sequential(
        nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10)
    )


def mnist():
    return nn.Sequential(
        nn.Conv2d(1, 10, 5), nn.MaxPool2d(2), nn.ReLU(), nn.Conv2d(10, 20, 5), nn.Dropout2d(),
        nn.MaxPool2d(2), nn.ReLU(), nn.Flatten(), nn.Linear(320, 50), nn.ReLU(), nn.Dropout(),
        nn.Linear(50, 10), nn.LogSoftmax(1),
    )


def cnn():
    return nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(3136, 128), nn.ReLU(), nn.Linear(128, 10),
    )


class Steps:
    """Training steps on one batch of 64."""

    def __init__(self, device, net, loss, optimizer, shape):
        self.device = device
        self.net = net().to(device)
        self.loss = loss
        self.capturable = {"capturable": True} if optimizer is torch.optim.Adam else {}
        self.optimizer = optimizer
        self.x = random(device, 64, *shape)
        self.y = torch.randint(0, 10, (64,), device=device)

    def eager(self, net=None, **options):
        net = net or self.net
        kind, settings = self.optimizer if isinstance(self.optimizer, tuple) else (self.optimizer, {})
        optimizer = kind(self.net.parameters(), **settings, **options)

        def step():
            optimizer.zero_grad(set_to_none=True)
            self.loss(net(self.x), self.y).backward()
            optimizer.step()

        return step

    def compiled(self):
        return self.eager(torch.compile(self.net, mode="reduce-overhead"))

    def graph(self):
        step = self.eager(**self.capturable)
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(3):
                step()
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            step()
        return graph.replay


def rows(device):
    """Title, and for each way (eager, compiled, graph) what makes the work."""
    image = (1, 28, 28)
    cross, nll = nn.CrossEntropyLoss(), nn.NLLLoss()
    sgd = (torch.optim.SGD, {"lr": 0.1})
    momentum = (torch.optim.SGD, {"lr": 0.01, "momentum": 0.5})
    for title, make in (
        ("mlp step, SGD", lambda: Steps(device, mlp, cross, sgd, (784,))),
        ("mlp step, Adam", lambda: Steps(device, mlp, cross, torch.optim.Adam, (784,))),
        ("mnist step, SGD momentum", lambda: Steps(device, mnist, nll, momentum, image)),
        ("cnn step, Adam", lambda: Steps(device, cnn, cross, torch.optim.Adam, image)),
    ):
        yield title, {
            "eager": lambda make=make: make().eager(),
            "compiled": lambda make=make: make().compiled(),
            "graph": lambda make=make: make().graph(),
        }
    for batch in (1, 1000):

        def inference(batch=batch):
            net, x = mlp().to(device).eval(), random(device, batch, 784)
            return lambda: net(x)

        yield f"mlp inference, batch {batch}", {"eager": inference}
    for size, dtype in ((512, None), (1024, None), (2048, None), (8192, None), (8192, torch.bfloat16)):

        def product(size=size, dtype=dtype):
            a, b = (random(device, size, size).to(dtype or torch.float32) for _ in range(2))
            return lambda: a @ b

        yield f"matmul {size}" + (" bfloat16" if dtype else ""), {"eager": product}
    for size in (MILLION, 16 * MILLION, LARGE):
        for name, arguments, op in (
            ("relu", 1, torch.relu),
            ("x*y+z", 3, lambda x, y, z: x * y + z),
            ("exp", 1, torch.exp),
            ("gelu", 1, F.gelu),
            ("((x*y+z).relu()*y+x)*z", 3, lambda x, y, z: ((x * y + z).relu() * y + x) * z),
        ):

            def elementwise(size=size, arguments=arguments, op=op):
                inputs = [random(device, size) for _ in range(arguments)]
                return lambda: op(*inputs)

            yield f"{name} {size // MILLION}M", {"eager": elementwise}
    for size in (MILLION, 16 * MILLION):
        yield f"copy {size // MILLION}M", {
            "eager": lambda size=size: random(device, size).clone
        }
    for shape in ((4096, 1000), (LARGE // 4096, 4096)):

        def softmax(shape=shape):
            x = random(device, *shape)
            return lambda: x.softmax(1)

        yield f"softmax ({shape[0]},{shape[1]})", {"eager": softmax}
    for shape in ((4096, 768), (LARGE // 4096, 4096)):

        def norm(shape=shape):
            x, w, b = random(device, *shape), random(device, shape[1]), random(device, shape[1])
            return lambda: F.layer_norm(x, shape[1:], w, b)

        yield f"layerNorm ({shape[0]},{shape[1]})", {"eager": norm}
    for size in (MILLION, 16 * MILLION, LARGE):

        def total(size=size):
            x = random(device, size)
            return x.sum

        yield f"sum {size // MILLION}M", {"eager": total}

    def convolution():
        x, w = random(device, 64, 64, 56, 56), random(device, 64, 64, 3, 3)
        return lambda: F.conv2d(x, w, padding=1)

    yield "conv2d (64,64,56,56) 64 3x3", {"eager": convolution}
    for sizes in ((4, 8, 512, 64), (1, 8, 2048, 64)):
        title = f"attention ({','.join(map(str, sizes))})"

        def attention(sizes=sizes):
            inputs = [random(device, *sizes) for _ in range(3)]
            return lambda: F.scaled_dot_product_attention(*inputs)

        def gradients(sizes=sizes):
            inputs = [random(device, *sizes).requires_grad_() for _ in range(3)]

            def work():
                with torch.enable_grad():
                    result = F.scaled_dot_product_attention(*inputs)
                return torch.autograd.grad(result, inputs, inputs[0].detach())

            return work

        yield title, {"eager": attention}
        yield title + " gradients", {"eager": gradients}


def measure(work, seconds, synchronize):
    """Milliseconds of a run: the median."""
    end = time.perf_counter() + 0.2
    while time.perf_counter() < end:
        work()
        synchronize()
    times = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 3:
        start = time.perf_counter()
        work()
        synchronize()
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=1)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--ways", default="eager,compiled,graph", help="of these only: eager,compiled,graph")
    parser.add_argument("--json")
    parser.add_argument("javelin", nargs="*", help="files that javelin bench --json wrote")
    options = parser.parse_args()
    cuda = options.device.startswith("cuda")
    synchronize = torch.cuda.synchronize if cuda else lambda: None
    # Javelin's float32 products are float32; its TF32 is off by default, as PyTorch's is.
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    ours = {}
    for file in options.javelin:
        with open(file, encoding="utf-8") as f:
            for row in json.load(f):
                if row["suite"] != "memory":
                    time_us = row["p10_us" if row["disturbed"] else "median_us"]
                    ours.setdefault(row["name"], {})[row["device"]] = time_us / 1000
    titles = set(ours)
    print(f"PyTorch {torch.__version__} on {torch.cuda.get_device_name() if cuda else 'cpu'}; times in ms")
    print(f"{'':30} {'PyTorch':>10}  Javelin, and PyTorch's time / Javelin's")
    results = []
    for title, ways in rows(options.device):
        if titles and title not in titles:
            continue
        for way, make in ways.items():
            if way not in options.ways.split(",") or way != "eager" and not cuda:
                continue
            label = title if way == "eager" else f"  {way}"
            try:
                if way == "eager" and " step, " not in title:
                    with torch.no_grad():
                        took = measure(make(), options.seconds, synchronize)
                else:
                    took = measure(make(), options.seconds, synchronize)
            except Exception as e:  # One row that this PyTorch cannot do must not end the table.
                print(f"{label:30} failed: {str(e).splitlines()[0] if str(e) else type(e).__name__}")
                continue
            finally:
                if cuda:
                    torch.cuda.empty_cache()
            results.append({"work": title, "way": way, "time_ms": took})
            beside = "  ".join(f"{name} {t:.4f} ({took / t:.2f})" for name, t in ours.get(title, {}).items())
            print(f"{label:30} {took:10.4f}  {beside}", flush=True)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as f:
            json.dump({"torch": torch.__version__, "rows": results}, f, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
