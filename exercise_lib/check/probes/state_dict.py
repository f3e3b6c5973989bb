"""The names and shapes of a module's parameters."""

from __future__ import annotations

from typing import Any

from exercise_lib.check.case import Case
from exercise_lib.check.parameters import checkpoint_name
from exercise_lib.check.probes.call import constructed
from exercise_lib.check.tree import Tree


def probe(target: Any, args: dict[str, Tree], case: Case) -> Tree:
    """Return the names, as in an official checkpoint, and shapes in the module's state dict."""
    state = constructed(target, case).state_dict()
    return {checkpoint_name(name): list(tensor.shape) for name, tensor in state.items()}
