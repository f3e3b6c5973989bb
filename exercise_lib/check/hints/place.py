"""Where the wrong numbers are."""

from __future__ import annotations

import torch

from exercise_lib.check.hints.order import count
from exercise_lib.check.hints.pair import Pair, distinct, largest


def place(pair: Pair) -> str:
    """Say which part of a result is wrong where the rest is right."""
    if not pair.same_shape or pair.expected.numel() < 3:
        return ""
    e, g = pair.expected, pair.got
    right = torch.isclose(g, e, rtol=1e-3, atol=1e-5 * largest(e), equal_nan=True)
    if right.all() or not right.any():
        return ""
    for said, these in (
        ("only the zeros are wrong", e == 0),
        ("only the zeros are right", e != 0),
        ("only the negative values are wrong", e < 0),
        ("only the positive values are wrong", e > 0),
        ("only the smallest value is wrong", e == e.min()),
        ("only the largest value is wrong", e == e.max()),
    ):
        if torch.equal(right, ~these):
            return said
    for said, sign in (("smaller", 1), ("larger", -1)):
        if wrong_up_to_a_threshold(sign * e, right):
            return f"only the {said} values are wrong"
    for axis in range(e.dim()):
        wrong = ~right.movedim(axis, 0).reshape(e.shape[axis], -1).all(1)
        if where := ends(wrong.tolist()):
            return f"only {where} along axis {axis} {'is' if wrong.sum() == 1 else 'are'} wrong"
        if where := ends((~wrong).tolist()):
            return f"only {where} along axis {axis} {'is' if (~wrong).sum() == 1 else 'are'} right"
    return ""


def wrong_up_to_a_threshold(e: torch.Tensor, right: torch.Tensor) -> bool:
    return bool(e[~right].max() < e[right].min()) and distinct([e[~right]]) > 1


def ends(found: list[bool]) -> str:
    """Return which those are that are found, if all lie at the ends and are not the most."""
    n, many = len(found), sum(found)
    if not 0 < many <= n // 2:
        return ""
    number = "" if many == 1 else f" {count(many)}"
    if all(found[:many]):
        return f"the first{number}"
    if all(found[-many:]):
        return f"the last{number}"
    middle = found[found.index(False) : n - found[::-1].index(False)]
    return "" if any(middle) else "the ends"
