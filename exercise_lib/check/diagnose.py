"""Say which misconceptions wrong results look like."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from exercise_lib.check.case import Case, SolvedCase
from exercise_lib.check.compare import agree, agree_outcomes
from exercise_lib.check.fingerprint import Fingerprint
from exercise_lib.check.outcome import Outcome
from exercise_lib.check.tree import Tree, odd_kind, tensors

SHAPED = (torch.Tensor, np.ndarray, Fingerprint)


def equals(a: Outcome, b: Outcome, rtol: float, atol: float) -> bool:
    """Say whether two outcomes are the same: the same exception, or the same results."""
    if a.raised is not None or b.raised is not None:
        return a.raised is not None and b.raised is not None and a.raised.is_like(b.raised)
    return agree_outcomes(a, b, rtol, atol) and a.mutated == b.mutated


def looks_like(got: Outcome, wrong: Outcome, solved: SolvedCase) -> bool:
    """Say whether a student's outcome is that of a misconception in one case.

    A value is enough where it differs from the right one: its gradients may be missing, and it may
    be of another dtype or type of number. Of bad input it is enough that both take it.
    """
    case = solved.case
    if wrong.raised is not None or got.raised is not None:
        return equals(wrong, got, case.rtol, case.atol)
    if case.raises:
        return True
    return same_numbers(wrong, got, case) and (
        not same_numbers(wrong, solved.expected, case) or equals(wrong, got, case.rtol, case.atol)
    )


def same_numbers(a: Outcome, b: Outcome, case: Case) -> bool:
    """Say whether two values agree but for dtype and type of number."""
    if not has_form_of(a.value, b.value):
        return False
    return all(
        agree(widened(one), widened(other), case.rtol, case.atol)
        for one, other in pairs(a.value, b.value)
    )


def pairs(a: Tree, b: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each leaf of `a` with that in its place in `b`, which has the form of `a`."""
    if isinstance(a, dict):
        for key, value in a.items():
            yield from pairs(value, b[key])
    elif isinstance(a, (list, tuple)):
        for one, other in zip(a, b, strict=True):
            yield from pairs(one, other)
    else:
        yield a, b


def has_form_of(a: Tree, b: Any) -> bool:
    """Say whether `b` has the form of a tree `a`, at a cost of the branches of `a` alone."""
    if isinstance(a, dict):
        alike = isinstance(b, dict) and a.keys() == b.keys()
        return alike and all(has_form_of(value, b[key]) for key, value in a.items())
    if isinstance(a, (list, tuple)):
        alike = isinstance(b, (list, tuple)) and len(a) == len(b)
        return alike and all(map(has_form_of, a, b))
    return not isinstance(b, (dict, list, tuple)) and shape_of(a) == shape_of(b)


def shape_of(leaf: Any) -> tuple[int, ...]:
    """Return a leaf's shape: none of a number, and none of a tensor without plain numbers."""
    if isinstance(leaf, torch.Tensor) and odd_kind(leaf):
        return ()
    return tuple(leaf.shape) if isinstance(leaf, SHAPED) else ()


def widened(leaf: Any) -> Any:
    """Return a tensor, an array or a number as a tensor of the widest type of its kind."""
    if isinstance(leaf, (bool, int, float, np.number, np.bool_, np.ndarray)):
        with contextlib.suppress(Exception):  # an int too large, an array without numbers
            leaf = torch.as_tensor(leaf)
    if not isinstance(leaf, torch.Tensor) or odd_kind(leaf):
        return leaf
    return leaf.to(torch.complex128 if leaf.is_complex() else torch.float64)


def name_misconceptions(
    cases: list[SolvedCase], got: list[Outcome], failed: list[bool]
) -> dict[str, list[int]]:
    """Return the misconceptions that explain the failures, each with the cases it explains.

    The one that explains most failures is named first, then the one that explains most of what is
    left. Where a main case is left over, something else is wrong, and only what is said of bad
    input stands.
    """
    left = {index for index, is_failed in enumerate(failed) if is_failed}
    names = dict.fromkeys(name for solved in cases if left for name in solved.wrong)
    values = [index for index, solved in enumerate(cases) if not solved.case.raises]
    # The grader runs a misconception when its outcome is asked for. Failures tell most, those with
    # few numbers soonest; one without any, as of a module's state, tells few apart.
    values.sort(key=lambda it: (not failed[it], size(cases[it]) or math.inf))
    explained: dict[str, set[int]] = {}
    for name in names:
        explained[name] = explained_by(name, cases, values, got, failed)
        if explained[name] >= left:  # no other one explains more
            break
    named: dict[str, list[int]] = {}
    while explained:
        best = max(explained, key=lambda name: len(explained[name] & left))
        hits = explained.pop(best) & left
        if not hits:
            break
        named[best] = sorted(hits)
        left -= hits
    if any(not cases[index].is_minor and not is_right(got[index], cases[index]) for index in left):
        return {
            name: hits for name, hits in named.items() if all(cases[it].case.raises for it in hits)
        }
    return named


def size(solved: SolvedCase) -> int:
    """Return how many numbers a case's arguments and result have."""
    return sum(it.numel() for it in tensors([solved.case.args, solved.expected.value]))


def explained_by(
    name: str, cases: list[SolvedCase], values: list[int], got: list[Outcome], failed: list[bool]
) -> set[int]:
    """Return the failures that a misconception explains.

    They are none unless the student's code returns the same in every case that it fails; where it
    is wrong about more than bad input, what it makes of that is not asked.

    Args: values: the cases without bad input, in the order in which they are asked.
    """

    def agrees(index: int) -> bool:
        wrong = cases[index].wrong[name]
        return failed[index] and looks_like(got[index], wrong, cases[index])

    hits = set()
    for index in values:
        if name in cases[index].wrong:
            if not agrees(index):
                return set()
            hits.add(index)
    bad_input = [
        index for index, solved in enumerate(cases) if solved.case.raises and name in solved.wrong
    ]
    alike = {index for index in bad_input if agrees(index)}
    return hits | alike if hits or len(alike) == len(bad_input) else set()


def is_right(got: Outcome, solved: SolvedCase) -> bool:
    """Say whether a value is the expected one but for dtype and type of number."""
    return got.raised is None and same_numbers(solved.expected, got, solved.case)
