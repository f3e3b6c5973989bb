"""A whole training step as one launch, for GPUs on which launches cost more than the work."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

WARM = 3  # steps before one is captured


class CapturedStep:
    """A step that is recorded once, as a CUDA graph, and then repeated.

    A small network's step is a thousand launches of a few microseconds' work each. What is
    recorded draws its random numbers anew each time; shapes and the course of events are fixed.
    """

    def __init__(self, step: Callable[[], Tensor], optimizer: torch.optim.Optimizer) -> None:
        """Take a few steps, then record one.

        Args:
            step: draws a batch, updates the weights, and returns the losses; it never waits for
                the device.
            optimizer: of torch's fused ones; its learning rate becomes a tensor.
        """
        self.rates = []
        for group in optimizer.param_groups:
            group["capturable"] = True
            group["lr"] = torch.tensor(float(group["lr"]), device=group["params"][0].device)
            self.rates.append(group["lr"])
        aside = torch.cuda.Stream()
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):
            for _ in range(WARM):
                step()
        torch.cuda.current_stream().wait_stream(aside)
        optimizer.zero_grad(set_to_none=True)
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph):
            self.losses = step()

    def __call__(self, learning_rate: float) -> Tensor:
        """Repeat the step with a learning rate, and return its losses."""
        for rate in self.rates:
            rate.fill_(learning_rate)
        self.graph.replay()
        return self.losses
