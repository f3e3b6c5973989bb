"""Let a function draw frames with a toy MLP, or with a toy decoder's step."""

from __future__ import annotations

from typing import Any

from exercise_lib.check.case import Case
from exercise_lib.check.probes.call import called
from exercise_lib.check.toys.reading import toy_mlp, toy_step
from exercise_lib.check.tree import Tree


def probe(target: Any, args: dict[str, Tree], case: Case) -> Tree:
    """Call the function with its arguments and the MLP behind them, or the step before them.

    Options: stops_after: steps after which a decoder says stop; without it an MLP is given.
    """
    if "stops_after" not in case.options:
        z: Any = args["z"]
        return called(target, args | {"mlp": toy_mlp(z.shape[1])})
    noise: Any = args["noise"]
    step = toy_step(noise.shape[1], noise.shape[2], case.options["stops_after"])
    return called(target, {"step": step} | args)
