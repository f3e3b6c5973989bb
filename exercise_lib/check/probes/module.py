"""Construct a module, fill its parameters, call it."""

from __future__ import annotations

from typing import Any

from exercise_lib.check.case import Case
from exercise_lib.check.parameters import fill_parameters
from exercise_lib.check.probes.call import constructed, is_renamed
from exercise_lib.check.tree import Tree
from exercise_lib.check.undisturbed import undisturbed


def probe(target: Any, args: dict[str, Tree], case: Case) -> Tree:
    """Construct the module with `init`, fill its parameters, call it in evaluation mode."""
    instance = constructed(target, case).eval()
    fill_parameters(instance)
    with undisturbed(instance):
        if case.options.get("in_order") and is_renamed(instance.forward, args):
            return instance(*args.values())
        return instance(**args)
