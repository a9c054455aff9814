"""Writes optimizers.pt beside this file: the state of PyTorch's optimisers after three steps (six where the name
ends so), and what the next one gives.

Written with PyTorch 1.13.
"""

import io
import os

import torch

OPTIMIZERS = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.01),
    "plain": lambda p: torch.optim.SGD(p, lr=0.1),
    "adam": lambda p: torch.optim.Adam(p, lr=0.1, betas=(0.8, 0.95), amsgrad=True),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.1),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.1, momentum=0.5, centered=True),
    "adagrad": lambda p: torch.optim.Adagrad(p, lr=0.1, lr_decay=0.1),
    "adadelta": lambda p: torch.optim.Adadelta(p, lr=0.1, rho=0.8, weight_decay=0.1),
    "adamax": lambda p: torch.optim.Adamax(p, lr=0.1, betas=(0.8, 0.95)),
    "radam": lambda p: torch.optim.RAdam(p, lr=0.1, betas=(0.8, 0.95)),
    "radam6": lambda p: torch.optim.RAdam(p, lr=0.1, betas=(0.8, 0.95), weight_decay=0.1),
}


def run(make, steps):
    parameters = [
        torch.nn.Parameter(torch.tensor([1.0, -2.0, 0.5])),
        torch.nn.Parameter(torch.tensor([[3.0, -0.25]])),
    ]
    optimizer = make(
        [
            {"params": parameters[:1]},
            {"params": parameters[1:], "lr": 0.05},
        ]
    )
    # A scheduler leaves a mark of its own in the groups.
    torch.optim.lr_scheduler.StepLR(optimizer, 100)

    def step():
        optimizer.zero_grad()
        sum((p * p * p).sum() for p in parameters).backward()
        optimizer.step()

    for _ in range(steps):
        step()
    before = [p.detach().clone() for p in parameters]
    # Through a copy, as the state holds the tensors themselves.
    state = torch.load(save(optimizer.state_dict()))
    step()
    return {"state": state, "before": before, "after": [p.detach().clone() for p in parameters]}


def save(value):
    buffer = io.BytesIO()
    torch.save(value, buffer)
    buffer.seek(0)
    return buffer


if __name__ == "__main__":
    results = {name: run(make, 6 if name.endswith("6") else 3) for name, make in OPTIMIZERS.items()}
    torch.save(results, os.path.join(os.path.dirname(os.path.abspath(__file__)), "optimizers.pt"))
