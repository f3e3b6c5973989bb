"""Call one method of a module."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch.overrides import TorchFunctionMode

from exercise_lib.check.case import Case
from exercise_lib.check.parameters import fill_parameters
from exercise_lib.check.probes import call
from exercise_lib.check.tree import Tree, tree_map
from exercise_lib.check.undisturbed import undisturbed


def probe(target: Any, args: dict[str, Tree], case: Case) -> Tree:
    """Do as `module` does, but call `options["method"]`, with a dropout that draws no numbers.

    With `options["training"]`, in training mode, but for batch norms: they would scale back what an
    even dropout takes. The second of two calls counts: the first leaves nothing behind.
    """
    instance = call.constructed(target, case).train(case.options.get("training", False))
    for layer in instance.modules():
        if isinstance(layer, (torch.nn.BatchNorm1d, torch.nn.BatchNorm2d)):
            layer.eval()
    fill_parameters(instance)
    method = getattr(instance, case.options["method"])
    with EvenDropout(), undisturbed(instance):
        call.probe(method, tree_map(_copied, args), case)
        return call.probe(method, args, case)


def _copied(leaf: Any) -> Any:
    return leaf.detach().clone() if isinstance(leaf, torch.Tensor) else leaf


class EvenDropout(TorchFunctionMode):
    """Dropout that takes its share from every number, where it is on.

    So its rate and place can be seen, and no processor draws other numbers than another.
    """

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        called = EVEN.get(func, func)  # of every function and method of a tensor: thousands
        return called(*args, **kwargs) if kwargs else called(*args)


def _dropped(
    input: torch.Tensor,
    p: float = 0.5,
    training: bool = True,
    inplace: bool = False,
    train: bool = True,  # as torch.dropout calls it
) -> torch.Tensor:
    kept = 1 - p if training and train else 1.0
    return input.mul_(kept) if inplace else input * kept


EVEN: dict[Callable[..., Any], Callable[..., Any]] = {F.dropout: _dropped, torch.dropout: _dropped}
