"""Let a function set the weights with which a toy transformer begins."""

from __future__ import annotations

from functools import partial
from typing import Any

from exercise_lib.check.case import Case
from exercise_lib.check.parameters import fill_parameters
from exercise_lib.check.probes.call import called
from exercise_lib.check.toys.transformer import ToyTransformer
from exercise_lib.check.tree import Tree


def probe(target: Any, args: dict[str, Tree], case: Case) -> Tree:
    """Make the transformer of `case.init`, fill it, let the function change it; return it all."""
    network = ToyTransformer(**case.init)
    fill_parameters(network)
    called(partial(target, network.blocks, network.final), args)
    learns = all(it.requires_grad for it in network.parameters())
    return {**network.state_dict(), "requires_grad": learns}
