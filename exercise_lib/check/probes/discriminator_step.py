"""Let a function compute the loss of a toy discriminator, and see what it would train."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch

from exercise_lib.check.case import Case
from exercise_lib.check.probes.call import called
from exercise_lib.check.toys.gan import ToyDiscriminator
from exercise_lib.check.tree import Tree


def probe(target: Any, args: dict[str, Tree], case: Case) -> Tree:
    """Return the loss and its gradients; of what it does not reach, they are zero."""
    discriminator = ToyDiscriminator()
    y_hat = args["y_hat"].requires_grad_()
    loss = called(partial(target, discriminator), args)
    reached = {"the discriminator's weight": discriminator.gain, "`y_hat`": y_hat}
    found: tuple[torch.Tensor | None, ...] = (None,) * len(reached)
    if isinstance(loss, torch.Tensor) and loss.requires_grad:
        found = torch.autograd.grad(loss, list(reached.values()), allow_unused=True)
    gradients = {
        f"gradient of {name}": torch.zeros_like(it) if gradient is None else gradient
        for (name, it), gradient in zip(reached.items(), found, strict=True)
    }
    return {"loss": loss, **gradients}
