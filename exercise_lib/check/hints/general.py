"""The hint of each case: what is true of all that fail, else of that one alone."""

from __future__ import annotations

from collections.abc import Sequence

from exercise_lib.check.case import Case, SolvedCase
from exercise_lib.check.compare import Difference
from exercise_lib.check.hints import scale
from exercise_lib.check.hints.arguments import as_given, numbers, only_for_one_value, sizes
from exercise_lib.check.hints.gradients import by_gradients
from exercise_lib.check.hints.order import order, swapped_results
from exercise_lib.check.hints.pair import Pair, distinct
from exercise_lib.check.hints.place import place
from exercise_lib.check.outcome import Outcome

OF_ONE = 4  # different numbers that a pattern in one case alone must have
MOST, TIMES = 100_000, 4  # numbers in which patterns are looked for: so many, or times the expected


def general_hints(
    cases: Sequence[SolvedCase],
    outcomes: Sequence[Outcome],
    differences: Sequence[Difference | None],
) -> list[str]:
    """Return a pattern in the numbers of each case that points to the mistake, or empty strings.

    Args: differences: how the value of each case differs, None where it is right or there is none.
    """
    hints = [""] * len(cases)
    pairs: dict[str, dict[int, Pair]] = {}  # by the part of the result that differs
    for index, (solved, difference) in enumerate(zip(cases, differences, strict=True)):
        if difference is None:
            continue
        hints[index] = of_whole(solved, outcomes[index])
        pair = pair_of(solved.case, difference)
        if pair is not None and not hints[index]:
            pairs.setdefault(difference.where, {})[index] = pair
    for found in pairs.values():
        for index, hint in zip(found, hints_of(list(found.values())), strict=True):
            hints[index] = hint or by_gradients(cases[index], outcomes[index])
    return hints if any(hints) else by_arguments(cases, outcomes, differences)


def of_whole(solved: SolvedCase, outcome: Outcome) -> str:
    """Return what is true of a result as a whole."""
    case, got = solved.case, outcome.value
    swapped = swapped_results(solved.expected.value, got, case.rtol, case.atol)
    return swapped or as_given(case, got) * (not outcome.mutated)


def by_arguments(
    cases: Sequence[SolvedCase],
    outcomes: Sequence[Outcome],
    differences: Sequence[Difference | None],
) -> list[str]:
    """Return one hint for all cases that differ: what sets them apart from the right ones."""
    right, wrong = [], []
    for solved, outcome, difference in zip(cases, outcomes, differences, strict=True):
        if outcome.raised is None and not solved.case.raises:
            if difference is not None:
                wrong.append(solved.case)
            elif not solved.is_minor:
                right.append(solved.case)
    said = only_for_one_value(right, wrong) if right else ""
    return [said if it is not None else "" for it in differences]


def hints_of(pairs: Sequence[Pair]) -> list[str]:
    """Return a hint for each pair of the same part of the results."""
    telling = [it for it in pairs if it.got.any() or it.got.dim() == 0]
    together = of_all(telling) if telling else ""
    return [
        (together or of_one(it)) if any(it is other for other in telling) else scale.constant([it])
        for it in pairs
    ]


def of_all(pairs: Sequence[Pair]) -> str:
    """Return what is true of all pairs."""
    same_shape = all(it.same_shape for it in pairs)
    if same_shape and (said := scale.constant(pairs)):
        return said
    if distinct([it.expected for it in pairs]) < 2:
        return ""
    patterns = [scale.function, order] if same_shape else [order]
    if same_shape and all(it.got.isfinite().all() for it in pairs):
        patterns += [scale.factor, scale.offset, scale.line_by_line, scale.stretched, scale.whole]
    return next(filter(None, (pattern(pairs) for pattern in patterns)), "")


def of_one(pair: Pair) -> str:
    """Return what is true of one pair, if it has enough numbers to tell."""
    pattern = ""
    if distinct([pair.expected]) >= OF_ONE:
        pattern = (pair.same_shape and scale.function([pair])) or order([pair])
    return pattern or place(pair)


def pair_of(case: Case, difference: Difference) -> Pair | None:
    """Return the numbers that differ, or None where a pattern in them would say nothing."""
    if difference.pair is None or difference.reason.endswith("no gradient reaches it"):
        return None
    expected, got = difference.pair
    if got.numel() > max(MOST, TIMES * expected.numel()):
        return None
    if expected.is_complex() or got.is_complex() or not expected.isfinite().all():
        return None
    return Pair(expected.double(), got.double(), sizes(case), numbers(case))
