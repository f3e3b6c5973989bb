"""How widely the weights of a new module are spread."""

from __future__ import annotations

from typing import Any

import torch

from exercise_lib.check.case import Case
from exercise_lib.check.tree import Tree


def probe(target: Any, args: dict[str, Tree], case: Case) -> Tree:
    """Construct the module and return the standard deviation of each layer's weight by name."""
    weights = {
        f"{name}.weight".lstrip("."): getattr(layer, "weight", None)
        for name, layer in target(**case.init).named_modules()
    }
    return {
        name: weight.detach().std()
        for name, weight in weights.items()
        if isinstance(weight, torch.Tensor) and weight.numel() > 1
    }
