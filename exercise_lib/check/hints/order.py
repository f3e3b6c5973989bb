"""The numbers are right, but in another order or number: transposed, shifted, some missing."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import torch

from exercise_lib.check.compare import agree
from exercise_lib.check.hints.pair import Pair, close, distinct
from exercise_lib.check.tree import Tree

MAX_AXES = 4
MAX_ITEMS = 64  # along an axis, each to be found again elsewhere
FEWEST = 4  # along an axis, for a shift or a reversal to be told from another order
ELSEWHERE = "the values are right but stand in other places"


def order(pairs: Sequence[Pair]) -> str:
    """Say how the expected numbers of all pairs were moved, or which are missing."""
    if distinct([it.got for it in pairs]) < 2:
        return ""
    first, *others = pairs
    return next((it for it in orders(first) if all(it in orders(other) for other in others)), "")


def orders(pair: Pair) -> Iterator[str]:
    """Yield what is true of a pair, the most telling first; nothing where it nearly agrees."""
    if close(pair.got, pair.expected):
        return
    if pair.is_reordered and pair.expected.dim() == pair.got.dim() <= MAX_AXES:
        yield from swapped_axes(pair)
    if pair.is_reordered and not pair.same_shape:
        yield from other_shape(pair)
    for axis in range(pair.expected.dim()):
        yield from along(pair, axis)
    corner = tuple(map(slice, pair.expected.shape))
    if pair.expected.dim() == pair.got.dim() and close(pair.got[corner], pair.expected):
        yield "the values are right as far as they should go: cut off the rest"
    for axis in range(pair.got.dim()):
        yield from still_to_do(pair, axis)
    if pair.same_shape and pair.expected.dim():
        yield from same_values(pair)


def swapped_axes(pair: Pair) -> Iterator[str]:
    e = pair.expected
    for axes in itertools.permutations(range(e.dim())):
        moved = [axis for axis, it in enumerate(axes) if axis != it]
        if moved and close(pair.got, e.permute(axes)):
            if moved == [e.dim() - 2, e.dim() - 1]:
                yield "the last two axes are swapped"
            elif len(moved) == 2:
                yield f"axes {moved[0]} and {moved[1]} are swapped"
            else:
                yield "the axes stand in another order"


def other_shape(pair: Pair) -> Iterator[str]:
    e, g = pair.expected, pair.got
    if e.numel() == g.numel() and close(g.reshape(e.shape), e):
        if [n for n in g.shape if n > 1] == [n for n in e.shape if n > 1] and e.dim() != g.dim():
            yield f"an axis of length one is {'missing' if g.dim() < e.dim() else 'too many'}"
        else:
            yield "the values are right and in order, but have another shape"


def along(pair: Pair, axis: int) -> Iterator[str]:
    """Yield what happened along one axis of the expected values."""
    e, g = pair.expected, pair.got
    n = e.shape[axis]
    if n < 2:
        return
    if pair.same_shape:
        if n >= FEWEST:
            if pair.is_reordered and pair.is_told_by(e.flip(axis)):
                yield f"{ELSEWHERE}: reversed along axis {axis}"
            yield from shifted(pair, axis)
        for at, name in ((0, "first"), (n - 1, "last")):
            if pair.is_told_by(e.narrow(axis, at, 1).expand(e.shape)):
                yield f"all along axis {axis} are like the {name}"
        if n <= MAX_ITEMS and pair.is_reordered and mixed(e, g, axis):
            yield f"{ELSEWHERE}: mixed along axis {axis}"
        return
    for name, part in (
        ("only the first along axis {} is there", e.select(axis, 0)),
        ("only the last along axis {} is there", e.select(axis, n - 1)),
        ("this is the mean along axis {}", e.mean(axis)),
        ("this is the sum along axis {}", e.sum(axis)),
        ("this is the largest along axis {}", e.amax(axis)),
    ):
        if close(g, part) or close(g, part.unsqueeze(axis)):
            yield name.format(axis)
    if e.dim() == g.dim() and g.shape[axis] != n and others_agree(e, g, axis):
        yield from too_many(e, g, axis)


def others_agree(e: torch.Tensor, g: torch.Tensor, axis: int) -> bool:
    pairs = enumerate(zip(e.shape, g.shape, strict=True))
    return all(a == b for it, (a, b) in pairs if it != axis)


def shifted(pair: Pair, axis: int) -> Iterator[str]:
    e, g = pair.expected, pair.got
    n = e.shape[axis]
    one_e, one_g = (it.movedim(axis, 0).reshape(n, -1)[:, 0].numpy() for it in (e, g))
    for by in range(1, n // 2 + 1):
        for start, to in ((0, by), (by, 0)):
            length = n - by
            line = one_g[to : to + length] - one_e[start : start + length]
            if (abs(line) > pair.bound).any():  # seen quickly
                continue
            piece = e.narrow(axis, start, length)
            if close(g.narrow(axis, to, length), piece) and distinct([piece]) > 1:
                yield f"{ELSEWHERE}: shifted by {count(by)} along axis {axis}"


def too_many(e: torch.Tensor, g: torch.Tensor, axis: int) -> Iterator[str]:
    """Yield which are missing or too many along an axis, where the rest is right."""
    shorter, longer = sorted((e, g), key=lambda it: it.shape[axis])
    length, more = shorter.shape[axis], abs(e.shape[axis] - g.shape[axis])
    what = "missing" if shorter is g else "too many"
    for start, where in ((0, "end"), (more, "start")):
        if close(longer.narrow(axis, start, length), shorter) and distinct([shorter]) > 1:
            yield f"{count(more)} {what} at the {where} of axis {axis}"


def mixed(e: torch.Tensor, g: torch.Tensor, axis: int) -> bool:
    """Say whether the items along an axis are the same in another order."""
    left = list(g.unbind(axis))
    for item in e.unbind(axis):
        found = next((index for index, it in enumerate(left) if close(it, item)), None)
        if found is None:
            return False
        left.pop(found)
    return True


def still_to_do(pair: Pair, axis: int) -> Iterator[str]:
    """Yield what would make the right result of one with an axis too many."""
    e, g = pair.expected, pair.got
    if g.dim() == e.dim() + 1 and g.shape[axis] > 1:
        for name, part in (
            ("the mean along axis {} is still to be taken", g.mean(axis)),
            ("the sum along axis {} is still to be taken", g.sum(axis)),
            ("only the first along axis {} is asked for", g.select(axis, 0)),
            ("only the last along axis {} is asked for", g.select(axis, -1)),
        ):
            if close(part, e):
                yield name.format(axis)


def same_values(pair: Pair) -> Iterator[str]:
    e, g = pair.expected, pair.got
    if pair.is_reordered and close(g.flatten().sort()[0], e.flatten().sort()[0]):
        yield ELSEWHERE
    turns = [lambda it: it.flip(-1)]
    if e.dim() > 1 and e.shape[-1] == e.shape[-2]:
        turns.append(lambda it: it.transpose(-1, -2))
    for turned in turns:
        if e.shape[-1] > 3 and close(g, turned(g)) and not close(e, turned(e)):
            yield "the result is symmetric, the expected one is not"


def count(number: int) -> str:
    return "one" if number == 1 else str(number)


def swapped_results(expected: Tree, got: Tree, rtol: float, atol: float) -> str:
    """Say whether a tuple or list has the right items in another order."""
    if not (isinstance(expected, (list, tuple)) and isinstance(got, (list, tuple))):
        return ""
    if 2 <= len(expected) == len(got) <= MAX_AXES:
        for places in itertools.permutations(range(len(got))):
            again = [got[it] for it in places]
            if places != tuple(range(len(got))) and agree(list(expected), again, rtol, atol):
                return "the results are right but returned in another order"
    return ""
