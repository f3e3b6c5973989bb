"""Run the cases of an exercise on a student's code, compare, score, and name the mistakes."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from exercise_lib.check.bundle import Bundle, BundleError, read_bundle
from exercise_lib.check.case import HANDED_OUT, Case, SolvedCase, named_like
from exercise_lib.check.common import common_mistake
from exercise_lib.check.compare import Difference, agree_outcomes, compare_outcomes, summary
from exercise_lib.check.diagnose import name_misconceptions
from exercise_lib.check.earlier import add, is_unwritten, mend_first
from exercise_lib.check.hints import general_hints
from exercise_lib.check.outcome import Outcome
from exercise_lib.check.personal import PERSONAL, calls_of, own_case
from exercise_lib.check.result import CheckResult, Row
from exercise_lib.check.run import describe_exception, run_case
from exercise_lib.check.score import Score, score
from exercise_lib.check.target import load_target
from exercise_lib.check.time_limit import TookTooLong, time_limit
from exercise_lib.check.told import ASIDE, Compared, masked, told_notes, told_of
from exercise_lib.environment.variables import HIDDEN_VARIABLE
from exercise_lib.files.merge_conflict import MERGE_CONFLICT, has_merge_conflict

REFERENCES = Path(__file__).resolve().parents[2] / "data" / "references"
IMPORT_SECONDS = 30.0  # libraries that a module needs may be slow to import for the first time
NOT_IMPORTED = "Your code can't be imported."
NOT_MENDED = "Not mended yet: your code does what was handed out."
GRADING = "Grading runs further cases of the same kind with other numbers and shapes."
GRADING_OWN = "Grading compares your answer with that of your own input, which is not known here."


def check(exercise_id: str, target: Any = None) -> CheckResult:
    """Run the cases of an exercise and return the points with a table that explains them.

    Args:
        exercise_id: such as "attention.masked_softmax"; the notebook names it.
        target: the function of a notebook's answer cell; exercises in `exercise_lib` need none.

    Returns:
        The points earned, a number that shows itself as a table.

    Raises:
        BundleError: there is no such exercise, or its reference file is missing or damaged.
    """
    bundle = read_bundle(exercise_id, REFERENCES)
    cases = list(bundle.cases)
    hidden_folder = os.environ.get(HIDDEN_VARIABLE)
    if hidden_folder:
        hidden = read_bundle(exercise_id, Path(hidden_folder), hidden=True).cases
        cases += named_like([it.case for it in bundle.cases], hidden)
    if target is None and ":" not in bundle.target:
        raise BundleError(
            f"This exercise is in the notebook: call check({exercise_id!r}, your_function)."
        )
    outcomes: list[Outcome] = []
    try:
        if ":" in bundle.target:
            try:
                with time_limit(IMPORT_SECONDS):
                    target = load_target(bundle.target)
            except Exception as error:  # whatever importing the student's file raises
                return reject(bundle, describe_import_error(error))
        with time_limit(bundle.seconds * (2 if hidden_folder else 1)):
            outcomes += [run_case(target, case) for case in calls_of(bundle.target, cases)]
        result = judge(bundle, cases, outcomes)
    except TookTooLong as error:
        result = reject(bundle, f"The code {error}")
    if not (result.passed or is_unwritten(bundle.todo, outcomes)):
        name_failing(bundle, result)
    return result


def name_failing(bundle: Bundle, result: CheckResult) -> None:
    """Say which earlier exercises that this one calls do not pass."""
    known = {
        it: todo for it, todo in bundle.calls.items() if (REFERENCES / f"{it}.safetensors").exists()
    }
    if failing := {it: todo for it, todo in known.items() if not check(it).passed}:
        add(result, mend_first(failing))


def judge(bundle: Bundle, cases: list[SolvedCase], outcomes: list[Outcome]) -> CheckResult:
    """Compare outcomes with what the cases expect; score them and name the mistakes."""
    is_personal = bundle.target == PERSONAL
    is_open = [is_personal or not it.hidden for it in cases[: len(outcomes)]]
    plain = [it for it, may in zip(outcomes, is_open, strict=True) if may]
    secret = [it for it, may in zip(outcomes, is_open, strict=True) if not may]
    if (todo := open_todo(bundle, plain, secret)) is not None:
        return _result(bundle, [], {}, f"Not written yet. {todo}")
    if is_personal:
        return judge_own(bundle, cases, outcomes[0])
    rows = compared(cases, outcomes)
    passed = [it.row.passed for it in rows]
    named = name_misconceptions(cases, outcomes, [not it for it in passed])
    seen = [shown(*it) for it in zip(cases, rows, strict=True)]
    if HANDED_OUT in named:
        return _result(bundle, seen, {}, NOT_MENDED)
    sentences = mistakes(bundle, cases, outcomes, rows, named, is_open)
    earned = score(cases, passed)
    notes = [note for it in plain for note in it.notes]
    notes += told_notes((note for it in secret for note in it.notes), notes)
    noted = list(dict.fromkeys(notes))[:3]
    points = points_for(bundle, earned)
    return _result(bundle, seen, sentences, earned.message, points, noted)


def points_of(bundle: Bundle, outcomes: list[Outcome]) -> float:
    """Return the points that `judge` gives to the outcomes of all cases; no mistake is looked for.

    That takes much longer, and is needed only where it decides.
    """
    cases = bundle.cases
    names = {name for it in cases for name in it.wrong}  # the grader runs one that is looked up
    if bundle.target == PERSONAL or HANDED_OUT in names:
        return float(judge(bundle, cases, outcomes))
    if any(it.raised and it.raised.is_todo for it in outcomes):
        return 0.0
    passed = [passes(*it) for it in zip(cases, outcomes, strict=True)]
    return points_for(bundle, score(cases, passed))


def points_for(bundle: Bundle, earned: Score) -> float:
    """Return an exercise's points for what its cases came to."""
    return round(earned.share * bundle.points, 2)


def all_right(bundle: Bundle) -> CheckResult:
    """Return all points, for code that passes every case of a bundle; nothing is compared."""
    rows = [shown(it, Compared(Row(it.case.name, True), told="")) for it in bundle.cases]
    return _result(bundle, rows, {}, "", bundle.points)


def open_todo(bundle: Bundle, plain: Sequence[Outcome], secret: Sequence[Outcome]) -> str | None:
    """Return what is still to be written, where a call says so.

    Args: plain: outcomes of which all may be said; secret: the others.
    """
    said = [it.raised.message for it in plain if it.raised and it.raised.is_todo]
    if not (said or any(it.raised and it.raised.is_todo for it in secret)):
        return None
    return next(iter(said), "") or f"TODO {bundle.todo} is still to be written."


def mistakes(
    bundle: Bundle,
    cases: list[SolvedCase],
    outcomes: list[Outcome],
    rows: list[Compared],
    named: Mapping[str, list[int]],
    is_open: Sequence[bool],
) -> dict[str, str]:
    """Return the names of the mistakes seen, with their sentences.

    These are the exercise's own misconceptions, neighbours under the name that they share, and for
    what these don't explain a mistake that any exercise can meet.

    Args:
        named: the misconceptions, and the cases that each explains.
        is_open: of which cases all may be said.
    """
    failed = [not it.row.passed for it in rows]
    names = dict.fromkeys(bundle.neighbours.get(it, it) for it in named)
    left = left_over(cases, failed, named)
    reasons, told = [rows[it].row.reason for it in left], [rows[it].told for it in left]
    is_secret = not any(is_open[it] for it in left)
    common = common_mistake(
        [cases[it] for it in left],
        [outcomes[it] for it in left],
        reasons,
        told if is_secret else reasons,
    )
    if is_secret:
        common = {name: masked(sentence) for name, sentence in common.items()}
    return {name: bundle.misconceptions[name] for name in names} | common


def left_over(
    cases: list[SolvedCase], failed: list[bool], named: Mapping[str, list[int]]
) -> list[int]:
    """Return the failures that no misconception explains: main cases, else those of bad input."""
    explained = {index for hits in named.values() for index in hits}
    left = [index for index, is_failed in enumerate(failed) if is_failed and index not in explained]
    main = [index for index in left if not cases[index].is_minor]
    return main or [index for index in left if cases[index].case.raises or not named]


def compared(cases: Sequence[SolvedCase], outcomes: Sequence[Outcome]) -> list[Compared]:
    """Return a row for each case, with what is true of several of them together."""
    differences = [difference_of(it, outcome) for it, outcome in zip(cases, outcomes, strict=True)]
    hints = general_hints(cases, outcomes, differences)
    return [
        Compared(
            _row(solved.case, solved.expected, outcome, difference, hint),
            told_of(outcome, difference, hint),
        )
        for solved, outcome, difference, hint in zip(
            cases, outcomes, differences, hints, strict=True
        )
    ]


def all_pass(cases: Sequence[SolvedCase], outcomes: Sequence[Outcome]) -> bool:
    """Whether all cases pass; of those that don't, nothing is worked out."""
    return all(map(passes, cases, outcomes))


def passes(solved: SolvedCase, outcome: Outcome) -> bool:
    """Whether an outcome is what a case asks for."""
    if solved.case.raises:
        return solved.case.is_refused(outcome.raised)
    return outcome.raised is None and agree_outcomes(
        solved.expected, outcome, solved.case.rtol, solved.case.atol
    )


def difference_of(solved: SolvedCase, outcome: Outcome) -> Difference | None:
    """Return how a value differs from the expected one; None where it doesn't or there is none."""
    if solved.case.raises or outcome.raised is not None:
        return None
    return compare_outcomes(solved.expected, outcome, solved.case.rtol, solved.case.atol)


def shown(solved: SolvedCase, found: Compared) -> Row:
    """Return a row as a student may see it: what is hidden of a hidden case is left out."""
    counts = "minor" if solved.is_minor else f"{solved.case.weight:g}"
    row = found.row
    if solved.hidden:
        name = f"hidden case: {solved.case.name}" if solved.is_named else "hidden case"
        row = found.closed(name, ASIDE)
    return replace(row, counts=counts)


def _row(
    case: Case, expected: Outcome, outcome: Outcome, difference: Difference | None, hint: str
) -> Row:
    if case.raises:
        wanted = f"raises {' or '.join(case.raises)}"
        if outcome.raised is None:
            got = f"returned {summary(outcome.value)}"
            return Row(case.name, False, wanted, got, reason="bad input must be rejected")
        passed, reason = case.is_refused(outcome.raised), ""
        if not passed:
            reason = f"another exception was raised\n{outcome.raised}"
            if case.has_type(outcome.raised):
                reason = f"the message does not name {case.says!r}\n{outcome.raised}"
        return Row(case.name, passed, wanted, f"raises {outcome.raised.type}", reason=reason)
    if outcome.raised is not None:
        got = f"raises {outcome.raised.type}"
        return Row(case.name, False, summary(expected.value), got, reason=str(outcome.raised))
    if difference is None:
        return Row(case.name, True, summary(expected.value), summary(outcome.value))
    reason = f"{difference.reason}: {hint}" if hint else difference.reason
    return Row(case.name, False, difference.expected, difference.got, difference.error, reason)


def judge_own(bundle: Bundle, cases: list[SolvedCase], outcome: Outcome) -> CheckResult:
    """Compare a personal answer with the case that its student number chooses."""
    if outcome.raised is not None:
        return reject(bundle, f"Your function raises {outcome.raised}")
    try:
        own = own_case(cases, outcome)
    except ValueError as error:
        return reject(bundle, str(error))
    [found] = compared([own.case], [own.outcome])
    row = found.row
    named = name_misconceptions([own.case], [own.outcome], [not row.passed])
    is_open = [not own.case.hidden]
    sentences = mistakes(bundle, [own.case], [own.outcome], [found], named, is_open)
    row = found.closed(own.name) if own.counts else replace(row, case=own.name)
    points = bundle.points if row.passed and own.counts else 0.0
    result = _result(bundle, [row], sentences, own.message, points, list(own.outcome.notes))
    result.number = own.number
    return result


def describe_import_error(error: BaseException) -> str:
    """Say why the code of an exercise can't be called at all."""
    if isinstance(error, AttributeError) and "has no `" in str(error):
        return str(error)
    said = str(describe_exception(error))
    if isinstance(error, SyntaxError) and has_merge_conflict(error.text or ""):
        first, newline, code = said.partition("\n")
        said = f"{first}: {MERGE_CONFLICT}{newline}{code}"
    return f"{NOT_IMPORTED} {said}"


def reject(bundle: Bundle, reason: str) -> CheckResult:
    """Return no points, for code that can't be called at all."""
    return _result(bundle, [], {}, reason)


def _result(
    bundle: Bundle,
    rows: list[Row],
    misconceptions: dict[str, str],
    message: str,
    points: float = 0.0,
    notes: list[str] | None = None,
) -> CheckResult:
    notes = list(notes or [])
    if not (os.environ.get(HIDDEN_VARIABLE) or any(it.hidden for it in bundle.cases)):
        notes.append(GRADING_OWN if bundle.target == PERSONAL else GRADING)
    return CheckResult(
        points,
        id=bundle.id,
        title=bundle.title,
        max_points=bundle.points,
        rows=rows,
        misconceptions=misconceptions,
        message=message,
        notes=notes,
    )
