"""How points arise from the cases that pass."""

import pytest
import torch

from exercise_lib.check.bundle import Bundle
from exercise_lib.check.case import Case, SolvedCase
from exercise_lib.check.outcome import Outcome, Raised
from exercise_lib.check.result import CheckResult
from exercise_lib.check.score import ONLY_KNOWN, ONLY_MINOR, score
from exercise_lib.check.verdict import judge, points_of

REFUSED = Outcome(raised=Raised(("ValueError", "Exception"), "no"))


def main(weight: float = 1.0, known: bool = False) -> SolvedCase:
    return SolvedCase(Case("a value", weight=weight), Outcome(2.0), {}, known=known)


def bad_input(weight: float = 1.0) -> SolvedCase:
    return SolvedCase(Case("bad", raises=("ValueError",), weight=weight), REFUSED, {})


def zero() -> SolvedCase:
    return SolvedCase(Case("silence"), Outcome(torch.zeros(3)), {})


@pytest.mark.parametrize(
    ("cases", "passed", "share"),
    [
        ([main(), main()], [1, 1], 1),
        ([main(), main()], [1, 0], 1 / 4),
        ([main(), main(), main()], [1, 1, 0], 4 / 9),
        ([main(3), main()], [1, 0], 9 / 16),
        ([main(), bad_input()], [1, 0], 3 / 4),
        ([main(), zero()], [1, 0], 3 / 4),
        ([main(), main(), main(), main(), bad_input()], [1, 1, 1, 1, 0], 4 / 5),
        ([main(), bad_input(), bad_input(), zero()], [1, 0, 0, 0], 3 / 4),
        ([main(), bad_input(), zero()], [1, 1, 0], 7 / 8),
        ([main(), bad_input(9)], [1, 0], 3 / 4),
        ([main(), bad_input(3), zero()], [1, 1, 0], 15 / 16),
        ([main(), main(), bad_input(), zero()], [1, 0, 1, 1], 1 / 4),
        ([main(), main(), bad_input(), zero()], [1, 0, 0, 1], 7 / 32),
        ([main(), bad_input(), zero()], [0, 1, 1], 0),
        ([main(), main(known=True)], [1, 0], 1 / 4),
        ([main(), main(known=True)], [0, 1], 0),
        ([zero(), bad_input()], [1, 1], 0),
    ],
)
def test_points_are_the_square_and_minor_cases_count_a_quarter(cases, passed, share):
    assert score(cases, passed).share == pytest.approx(share)


@pytest.mark.parametrize(
    "value",
    [0, 0.0, 1e-6, False, torch.zeros(2, 3), [torch.zeros(2), (0, 0.0)], [], torch.zeros(2) > 0],
    ids=repr,
)
def test_a_result_of_zeros_is_minor(value):
    assert SolvedCase(Case("zero"), Outcome(value), {}).is_minor


@pytest.mark.parametrize(
    "value",
    [1, 1e-4, True, torch.tensor([0.0, 0.1]), [torch.zeros(2), 1], "zero", None, float("nan"),
     torch.tensor([0j, 1j])],
    ids=repr,
)  # fmt: skip
def test_any_other_result_is_not(value):
    assert not SolvedCase(Case("some"), Outcome(value), {}).is_minor


def test_zeros_with_a_gradient_are_not_minor():
    outcome = Outcome(torch.zeros(2), gradients={"x": [torch.ones(2)]})
    assert not SolvedCase(Case("a loss at its least", grad=("x",)), outcome, {}).is_minor


def judged(cases: list[SolvedCase], passed: list[bool]) -> CheckResult:
    wrong = Outcome(value=-1.0)
    outcomes = [it.expected if ok else wrong for it, ok in zip(cases, passed, strict=True)]
    bundle = Bundle("toy", "Toy", "notebook", "1", 4.0, {}, cases)
    result = judge(bundle, cases, outcomes)
    assert points_of(bundle, outcomes) == result
    return result


def test_a_result_shows_how_its_points_arise():
    result = judged([main(2), main(), bad_input(), zero()], [True, False, True, False])
    assert result == 1.56
    sentence = (
        "Points: the main cases that pass count 2 of 3, squared: 44 %; 25 % of that is for minor "
        "cases (bad input, results of zero), which count 1 of 2: 39 %."
    )
    assert result.message == sentence
    assert sentence in str(result) and sentence in result.as_html()
    assert [row.counts for row in result.rows] == ["2", "1", "minor", "minor"]
    assert "a value (counts: 2)" in str(result) and "silence (counts: minor)" in str(result)
    assert ">minor</td>" in result.as_html()


def test_only_what_decided_is_said():
    assert judged([main(), main()], [True, False]).message == (
        "Points: the main cases that pass count 1 of 2, squared: 25 %."
    )
    assert judged([main(), bad_input()], [True, False]).message == (
        "Points: the main cases that pass count 1 of 1; 25 % of that is for minor cases (bad "
        "input, results of zero), which count 0 of 1: 75 %."
    )
    assert judged([main(), bad_input()], [True, True]).message == ""
    assert judged([main(), bad_input()], [False, False]).message == ""
    assert judged([main(), bad_input()], [False, True]).message == ONLY_MINOR
    assert judged([main(), main(known=True)], [False, True]).message == ONLY_KNOWN
