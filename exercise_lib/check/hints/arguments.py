"""Which arguments go with right and which with wrong results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import SimpleNamespace

import torch

from exercise_lib.check.case import Case
from exercise_lib.check.tree import Tree, odd_kind

MAX_NAMED = 2


def sizes(case: Case) -> dict[str, int]:
    """Return the lengths of a case's arguments, as code."""
    named = [*case.init.items(), *case.args.items()]
    return dict(size for name, value in named for size in _sizes(name, value))


def numbers(case: Case) -> dict[str, float]:
    """Return the numbers among a case's arguments, those of a config too, as code."""
    named = [*case.init.items(), *case.args.items()]
    return dict(number for name, value in named for number in _numbers(name, value))


def as_given(case: Case, got: Tree) -> str:
    """Say which argument a result is, unchanged."""
    if isinstance(got, torch.Tensor) and got.numel() > 1 and not odd_kind(got):
        for name, value in case.args.items():
            is_alike = isinstance(value, torch.Tensor) and value.dtype == got.dtype
            if is_alike and value.shape == got.shape and torch.equal(value, got):
                return f"this is `{name}`, unchanged"
    return ""


def only_for_one_value(right: Sequence[Case], wrong: Sequence[Case]) -> str:
    """Say which argument has one value in all cases that are right and others in the wrong ones.

    If several cases with that value are right, it is the cause; of a single one only 1 is said.
    """
    known = [numbers(it) for it in right]
    names = [*_telling(known, [numbers(it) for it in wrong])]
    if not 0 < len(names) <= MAX_NAMED:
        return ""
    which = " and ".join(f"`{it}`" for it in names)
    if all(name not in known[0] for name in names):
        return f"right only where {which} is left out: do you use it?"
    if len({it.name for it in right}) > 1:
        return f"right only for one value of {which}: is it written into your code?"
    is_one = "is 1" if len(names) == 1 else "are 1"
    return f"right only where {which} {is_one}" if known[0].get(names[0]) == 1 else ""


def _telling(
    right: Sequence[Mapping[str, float]], wrong: Sequence[Mapping[str, float]]
) -> Iterator[str]:
    for name in dict.fromkeys(name for it in (*wrong, *right) for name in it):
        values = {it.get(name) for it in right}
        if len(values) == 1 and all(it.get(name) not in values for it in wrong):
            yield name


def _sizes(name: str, value: Tree) -> Iterator[tuple[str, int]]:
    if isinstance(value, torch.Tensor):
        for axis, length in enumerate(value.shape):
            yield f"{name}.shape[{axis if axis < value.dim() - 1 else -1}]", length
        if value.dim() > 1:
            yield f"{name}.numel()", value.numel()
    elif isinstance(value, (list, tuple)):
        yield f"len({name})", len(value)


def _numbers(name: str, value: Tree) -> Iterator[tuple[str, float]]:
    if isinstance(value, SimpleNamespace):
        for field, number in vars(value).items():
            yield from _numbers(f"{name}.{field}", number)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield name, float(value)
