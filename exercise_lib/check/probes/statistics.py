"""What can be said of a module that draws random numbers."""

from __future__ import annotations

from typing import Any

from exercise_lib.check.case import Case
from exercise_lib.check.probes import module
from exercise_lib.check.tree import Tree


def probe(target: Any, args: dict[str, Tree], case: Case) -> Tree:
    """Do as `module` does with `options["rows"]` copies of the inputs' first row.

    Returns the output's mean over the rows, and its share of zeros: what can be said of dropout.
    """
    rows = {name: x[:1].expand(case.options["rows"], *x.shape[1:]) for name, x in args.items()}
    output = module.probe(target, rows, case)
    return {"mean over rows": output.mean(0), "share of zeros": (output == 0).float().mean(0)}
