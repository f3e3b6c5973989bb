"""Say what a wrong result looks like: a known misconception first, a general pattern otherwise."""

from __future__ import annotations

import torch

from exercise_lib.check.case import SolvedCase
from exercise_lib.check.compare import Difference, compare_outcomes
from exercise_lib.check.outcome import Outcome


def equals(a: Outcome, b: Outcome, rtol: float, atol: float) -> bool:
    """Say whether two outcomes are the same: the same exception type, or the same results."""
    if a.raised is not None or b.raised is not None:
        return a.raised is not None and b.raised is not None and a.raised.type == b.raised.type
    return compare_outcomes(a, b, rtol, atol) is None and a.mutated == b.mutated


def name_misconceptions(
    cases: list[SolvedCase], got: list[Outcome], failed: list[bool]
) -> dict[str, list[int]]:
    """Return the misconceptions that explain the failures, each with the cases it explains.

    A misconception is a candidate when it returns what the student's code returned in at least
    one failed case and fails in no case that the student passed. The one that explains most
    failures is named first, then the one that explains most of what is left.
    """
    explained: dict[str, set[int]] = {}
    failures = [index for index, is_failed in enumerate(failed) if is_failed]
    for name in dict.fromkeys(name for solved in cases if failures for name in solved.wrong):
        hits = {it for it in failures if _returns(cases[it], name, got[it])}
        if hits and not any(
            name in solved.wrong
            for solved, is_failed in zip(cases, failed, strict=True)
            if not is_failed
        ):
            explained[name] = hits
    named: dict[str, list[int]] = {}
    left = set(failures)
    while explained:
        best = max(explained, key=lambda name: len(explained[name] & left))
        hits = explained.pop(best) & left
        if not hits:
            break
        named[best] = sorted(hits)
        left -= hits
    return named


def _returns(solved: SolvedCase, name: str, outcome: Outcome) -> bool:
    """Whether an outcome is that of a misconception."""
    wrong = solved.wrong.get(name)
    return wrong is not None and equals(wrong, outcome, solved.case.rtol, solved.case.atol)


def general_hint(difference: Difference) -> str:
    """Return a pattern in the numbers that points to the mistake, or an empty string."""
    if difference.pair is None:
        return ""
    expected, got = difference.pair
    if expected.is_complex() or got.is_complex():
        return ""
    if not torch.isfinite(expected).all() or not torch.isfinite(got).all():
        return ""
    if not got.any():
        return "every value is zero"
    if torch.allclose(got, -expected, rtol=1e-3, atol=1e-6):
        return "every value has the wrong sign"
    factor = float((got * expected).sum() / (expected * expected).sum().clamp_min(1e-12))
    if torch.allclose(got, factor * expected, rtol=1e-3, atol=1e-6):
        return f"every value is {factor:.4g} times the expected one"
    offset = float((got - expected).mean())
    if expected.numel() > 1 and torch.allclose(got, expected + offset, rtol=1e-3, atol=1e-6):
        return f"every value is off by {offset:+.4g}"
    square = expected.dim() >= 2 and expected.shape[-1] == expected.shape[-2]
    if square and torch.allclose(got, expected.transpose(-1, -2), rtol=1e-3, atol=1e-6):
        return "the last two axes are swapped"
    if expected.numel() > 1:
        same = torch.allclose(got.flatten().sort()[0], expected.flatten().sort()[0], rtol=1e-3)
        if same:
            return "the values are right but stand in other places"
    return ""
