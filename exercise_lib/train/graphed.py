"""A part of a training step as one CUDA graph: on a GPU, small networks wait for their launches."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

Losses = dict[str, Tensor]
EAGER = 3  # calls before the recording, in which libraries choose their kernels


class Graphed:
    """Computes losses and gradients; on CUDA it records what it does once, and then repeats that.

    Args:
        function: takes tensors, sets gradients to None, runs backward, returns losses. All it does
            must be the same at every call: shapes, branches, no value of a tensor read, random
            numbers of the default generator only. Clipping and the optimizer's step come after it.
    """

    def __init__(self, function: Callable[..., Losses]) -> None:
        self.function = function
        self.calls = 0
        self.graph: torch.cuda.CUDAGraph | None = None
        self.inputs: list[Tensor] = []
        self.losses: Losses = {}

    def __call__(self, *inputs: Tensor) -> Losses:
        """Return the losses of some inputs, with the gradients in place."""
        self.calls += 1
        if not inputs[0].is_cuda:
            return self.function(*inputs)
        if self.calls <= EAGER:
            side = torch.cuda.Stream()
            side.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(side):
                losses = self.function(*inputs)
            torch.cuda.current_stream().wait_stream(side)
            return losses
        if self.graph is None:
            self.inputs = [it.clone() for it in inputs]
            self.graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(self.graph):
                self.losses = self.function(*self.inputs)
        for mine, its in zip(self.inputs, inputs, strict=True):
            mine.copy_(its)
        self.graph.replay()
        return self.losses
