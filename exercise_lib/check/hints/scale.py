"""Every number is wrong in the same way: by a factor, an offset, as a function of the right one."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence

import torch

from exercise_lib.check.hints.pair import Pair, distinct

FUNCTIONS: tuple[tuple[str, Callable[[torch.Tensor], torch.Tensor]], ...] = (
    ("every value has the wrong sign", torch.neg),
    ("negative values have lost their sign", torch.abs),
    ("negative values have become zero", torch.relu),
    ("every value is the square of the expected one", torch.square),
    ("every value is the square root of the expected one", torch.sqrt),
    ("every value is one divided by the expected one", torch.reciprocal),
    ("every value is one minus the expected one", lambda it: 1 - it),
    ("every value is the logarithm of the expected one", torch.log),
    ("every value is the exponential of the expected one", torch.exp),
    ("every value is the tanh of the expected one", torch.tanh),
    ("every value is the sigmoid of the expected one", torch.sigmoid),
    ("every value is rounded down", torch.floor),
    ("every value is rounded up", torch.ceil),
    ("every value is rounded to a whole number", torch.round),
    *(
        (
            f"every value is rounded to {digits} digit{'s' * (digits > 1)}",
            functools.partial(torch.round, decimals=digits),
        )
        for digits in (1, 2, 3)
    ),
)
LOGARITHMS = {
    1 / math.log(10): "a logarithm to base ten in place of the natural one?",
    1 / math.log(2): "a logarithm to base two in place of the natural one?",
    math.log(10): "a natural logarithm in place of one to base ten?",
    math.log(2): "a natural logarithm in place of one to base two?",
    20 / math.log(10): "decibels in place of a natural logarithm?",
    10 / math.log(10): "decibels in place of a natural logarithm?",
}
TIMES = "every value is `{}` times the expected one"
DIVIDED = "every value is the expected one divided by `{}`"
OF_NUMBERS: tuple[tuple[str, Callable[[float], float]], ...] = (
    (TIMES, lambda n: n),
    (DIVIDED, lambda n: 1 / n),
    (f"{TIMES}, squared: multiplied where it should be divided?", lambda n: n**2),
    (f"{DIVIDED}, squared: divided where it should be multiplied?", lambda n: n**-2),
    ("every value is the root of `{}` times the expected one", lambda n: n**0.5),
    ("every value is the expected one divided by the root of `{}`", lambda n: n**-0.5),
)
N_BEING = "times the expected one, n being `{}`: is it n, or n - 1?"
OF_SIZES = (
    (f"{TIMES}: a sum where a mean is asked for?", lambda n: n),
    (f"{DIVIDED}: a mean where a sum is asked for?", lambda n: 1 / n),
    *OF_NUMBERS[4:],
    (f"every value is n / (n - 1) {N_BEING}", lambda n: n / (n - 1)),
    (f"every value is (n - 1) / n {N_BEING}", lambda n: (n - 1) / n),
    (f"every value is the root of n / (n - 1) {N_BEING}", lambda n: (n / (n - 1)) ** 0.5),
    (f"every value is the root of (n - 1) / n {N_BEING}", lambda n: ((n - 1) / n) ** 0.5),
)


def constant(pairs: Sequence[Pair]) -> str:
    """Say whether all results are zero, or the same although others are expected."""
    if all(not it.got.any() for it in pairs):
        several = any(it.got.numel() > 1 for it in pairs)
        return "every value is zero" if several else "always zero" * (len(pairs) > 1)
    same = len(pairs) > 1 and all(torch.equal(it.got, pairs[0].got) for it in pairs)
    if same and distinct([it.expected for it in pairs]) > 1:
        return "the result is the same in every case that fails"
    return ""


def whole(pairs: Sequence[Pair]) -> str:
    """Say whether all numbers are whole where fractions are expected."""
    found = torch.cat([it.got.flatten() for it in pairs])
    expected = torch.cat([it.expected.flatten() for it in pairs])
    is_whole = torch.equal(found, found.round()) and not torch.equal(expected, expected.round())
    several = is_whole and distinct([found]) > 2
    return "all numbers are whole where fractions are expected" if several else ""


def function(pairs: Sequence[Pair]) -> str:
    """Say which function of the expected numbers all numbers are."""
    return next(
        (said for said, of in FUNCTIONS if all(it.is_told_by(of(it.expected)) for it in pairs)), ""
    )


def factor(pairs: Sequence[Pair]) -> str:
    """Say by which factor all numbers are wrong, or what it is in each case."""
    if too_few(pairs):
        return ""
    factors = [fitted(it, ()) for it in pairs]
    if not all(it.is_told_by(by * it.expected) for it, by in zip(pairs, factors, strict=True)):
        return ""
    found = [float(it) for it in factors]
    if all(is_near(it, found[0]) for it in found):
        return f"every value is {found[0]:.4g} times the expected one{logarithm(found[0])}"
    if said := next(named_factors(pairs, found), ""):
        return said
    if all(distinct([it.expected]) > 1 for it in pairs):
        return "every value is right but for a factor, which is another one in each case"
    return ""


def offset(pairs: Sequence[Pair]) -> str:
    """Say by which number all are off, or that it is another one in each case."""
    if too_few(pairs):
        return ""
    offsets = [float((it.got - it.expected).mean()) for it in pairs]
    if not all(it.is_told_by(it.expected + by) for it, by in zip(pairs, offsets, strict=True)):
        return ""
    if all(math.isclose(it, offsets[0], rel_tol=2e-3) for it in offsets):
        return f"every value is off by {offsets[0]:+.4g}"
    if all(distinct([it.expected]) > 1 for it in pairs):
        return "every value is off by the same number, which is another one in each case"
    return ""


def too_few(pairs: Sequence[Pair]) -> bool:
    """Whether there are but two whole numbers, in which any pattern may be chance."""
    expected = torch.cat([it.expected.flatten() for it in pairs])
    return distinct([expected]) < 3 and torch.equal(expected, expected.round())


def line_by_line(pairs: Sequence[Pair]) -> str:
    """Say whether the numbers along an axis are right but for a factor of their own."""
    for axis in range(min(it.expected.dim() for it in pairs)):
        if all(it.expected.shape[axis] > 2 and has_line_factors(it, axis) for it in pairs):
            return f"each line along axis {axis} is right but for a factor of its own"
    return ""


def has_line_factors(pair: Pair, axis: int) -> bool:
    """Say whether each line has its factor, other than zero or one."""
    factors = fitted(pair, axis)
    trivial = ((factors - factors.round()).abs() < 1e-3) & (factors > -0.5) & (factors < 1.5)
    return not trivial.all() and pair.is_told_by(factors * pair.expected)


def stretched(pairs: Sequence[Pair]) -> str:
    """Say whether a factor and an offset make the right numbers of all."""
    for pair in pairs:
        if distinct([pair.expected]) < 4 or not pair.got.isfinite().all():
            return ""
        e, g = (it - it.mean() for it in (pair.expected, pair.got))
        by = (e * g).sum() / (e * e).sum()
        if not by or not pair.is_told_by(pair.got.mean() + by * e):
            return ""
    return "the values are right but for a factor and an offset"


def fitted(pair: Pair, axis: int | tuple[()]) -> torch.Tensor:
    """Return the factor, or one for each line along an axis, that fits the numbers best."""
    e, g = pair.expected, pair.got
    if axis == ():
        return (e * g).sum() / (e * e).sum()
    return torch.nan_to_num((e * g).sum(axis, keepdim=True) / (e * e).sum(axis, keepdim=True))


def is_near(a: float, b: float) -> bool:
    """Say whether two factors agree, and do so not only because both are nearly one."""
    return abs(a - b) <= min(2e-4 * abs(a), 2e-2 * abs(a - 1))


def logarithm(by: float) -> str:
    return next((f": {it}" for known, it in LOGARITHMS.items() if is_near(known, by)), "")


def named_factors(pairs: Sequence[Pair], factors: Sequence[float]) -> Iterator[str]:
    """Yield what of the arguments the factors are, in every case."""
    numbers = in_every_case([it.numbers for it in pairs], above=0)
    sizes = in_every_case([it.sizes for it in pairs], above=1)
    for known, forms in ((numbers, OF_NUMBERS), (sizes, OF_SIZES)):
        for said, form in forms:
            for name, values in known.items():
                if all(map(is_near, map(form, values), factors)):
                    yield said.format(name)
    for a, b in itertools.permutations(sizes, 2):
        ratios = [x / y for x, y in zip(sizes[a], sizes[b], strict=True)]
        if all(map(is_near, ratios, factors)):
            yield f"every value is `{a}` / `{b}` times the expected one: divided by another length?"


def in_every_case(arguments: Sequence[Mapping[str, float]], above: float) -> dict[str, list[float]]:
    """Return the values of those arguments that have one larger than `above` in every case."""
    values = {name: [it.get(name, above) for it in arguments] for name in arguments[0]}
    return {name: found for name, found in values.items() if min(found) > above}
