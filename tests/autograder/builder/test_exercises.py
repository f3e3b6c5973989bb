"""Every exercise: the solution and other correct code pass, every misconception is named."""

import dataclasses
from collections import Counter

import numpy as np
import pytest
import toy_solved
from toy_solved import bundles_of

from autograder.builder.bundles import ExerciseError, hidden_cases, public_cases, solve
from autograder.builder.kept import LIMIT, share_kept
from autograder.errors import BuildError
from autograder.exercise import Exercise
from autograder.grading.fresh_cases import asked
from exercise_lib.check.bundle import Bundle
from exercise_lib.check.case import HANDED_OUT, Case
from exercise_lib.check.personal import PERSONAL
from exercise_lib.check.result import CheckResult
from exercise_lib.check.run import run_case
from exercise_lib.check.score import score
from exercise_lib.check.verdict import NOT_MENDED, judge

pytestmark = toy_solved.GROUP
EXERCISES = [*toy_solved.EXERCISES.values()]
COURSES = 10
DEBUGGING = [it for it in EXERCISES if it.handed_out]


def score_of(bundle: Bundle, target: object) -> CheckResult:
    """Judge a function case by case, that of a personal exercise too: it takes the input here."""
    bundle = dataclasses.replace(bundle, target="notebook")
    return judge(bundle, bundle.cases, [run_case(target, it.case) for it in bundle.cases])


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda it: it.id)
def test_solution_earns_all_points(exercise):
    for bundle in bundles_of(exercise):
        result = score_of(bundle, exercise.solution)
        assert result.passed, result
        assert result == exercise.points


@pytest.mark.slow
@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda it: it.id)
def test_a_course_builds_whatever_seed_it_draws(exercise):
    for seed in range(COURSES):
        solve(exercise, seed, hidden=True)  # raises where a misconception passes by luck


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda it: it.id)
def test_at_least_two_other_correct_solutions_pass(exercise):
    assert len(exercise.variants) >= 2
    for variant in exercise.variants:
        for bundle in bundles_of(exercise):
            result = score_of(bundle, variant)
            assert result.passed, f"{variant.__name__}\n{result}"


@pytest.mark.parametrize(
    ("exercise", "misconception"),
    [
        pytest.param(it, wrong, marks=[pytest.mark.slow] if wrong.neighbour_of else [])
        for it in EXERCISES
        for wrong in it.misconceptions
    ],
    ids=lambda it: it.id if isinstance(it, Exercise) else it.name,
)
def test_misconception_is_caught_and_named(exercise, misconception):
    result = score_of(bundles_of(exercise)[0], misconception.variant)
    assert result < exercise.points
    assert result.misconceptions == {misconception.reported_as: misconception.sentence}, result


@pytest.mark.parametrize("exercise", DEBUGGING, ids=lambda it: it.id)
def test_a_debugging_task_is_worth_nothing_as_it_is_handed_out(exercise):
    for bundle in bundles_of(exercise):
        result = score_of(bundle, exercise.handed_out)
        assert (result, result.misconceptions) == (0, {})
        assert result.message == NOT_MENDED and not all(row.passed for row in result.rows)
        assert share_kept(bundle.cases, HANDED_OUT) < LIMIT


def test_every_notebook_has_a_debugging_task():
    notebooks = sorted({it.notebook for it in EXERCISES})
    assert [it.notebook for it in DEBUGGING] == notebooks
    for it in DEBUGGING:
        assert it == [other for other in EXERCISES if other.notebook == it.notebook][-1]
        assert it.points == 1 and len(it.misconceptions) >= 2


JUDGED_BY_CASES = [it for it in EXERCISES if it.target != PERSONAL]


@pytest.mark.parametrize("exercise", JUDGED_BY_CASES, ids=lambda it: it.id)
def test_no_misconception_keeps_two_thirds_unless_it_says_why(exercise):
    public, hidden = (it.cases for it in bundles_of(exercise))
    for cases in (public, hidden, public + hidden):
        for misconception in exercise.misconceptions:
            keeps = share_kept(cases, misconception.name) >= LIMIT
            assert keeps == bool(misconception.mild), misconception.name


@pytest.mark.parametrize("exercise", JUDGED_BY_CASES, ids=lambda it: it.id)
def test_what_hidden_cases_ask_is_drawn_anew(exercise):
    """What a student learned of one draw, such as from feedback, is no answer to the next one."""
    draws = [
        {asked(case) for case in hidden_cases(exercise, seed) if not case.raises}
        for seed in (1, 2, 3)
    ]
    assert draws[0] != draws[1] or draws[1] != draws[2]


@pytest.mark.parametrize("exercise", JUDGED_BY_CASES, ids=lambda it: it.id)
def test_hidden_cases_are_of_all_the_kinds_that_public_ones_are(exercise):
    """Where all hidden ones pass, the grader runs no public ones."""
    public, hidden = (
        Counter((it.probe, it.raises, it.weight, it.grad) for it in cases)
        for cases in (public_cases(exercise), hidden_cases(exercise, seed=1))
    )
    assert not public - hidden


@pytest.mark.parametrize("exercise", JUDGED_BY_CASES, ids=lambda it: it.id)
def test_bad_input_and_zeros_count_a_quarter_at_most(exercise):
    public, hidden = (it.cases for it in bundles_of(exercise))
    for cases in (public, hidden, public + hidden):
        minor = [it.is_minor for it in cases]
        assert score(cases, [not it for it in minor]).share >= 3 / 4
        assert score(cases, minor).share == 0


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda it: it.id)
def test_hidden_cases_use_other_numbers(exercise):
    public, hidden = bundles_of(exercise)
    seen = [_fingerprint(it.case) for it in public.cases]
    fresh = [it for it in hidden.cases if _fingerprint(it.case) not in seen]
    assert fresh, "the hidden cases repeat the public ones"


def _fingerprint(case: Case) -> str:
    from exercise_lib.check.tree import leaves

    return repr([np.asarray(leaf).tolist() if hasattr(leaf, "shape") else str(leaf)
                 for leaf in [*leaves(case.args), *leaves(case.init)]])  # fmt: skip


def test_there_are_at_least_60_misconceptions():
    assert sum(len(it.misconceptions) for it in EXERCISES) >= 60


def test_ids_are_unique_and_sentences_end():
    ids = [it.id for it in EXERCISES]
    assert len(set(ids)) == len(ids)
    for exercise in EXERCISES:
        for misconception in exercise.misconceptions:
            assert misconception.sentence.rstrip().endswith((".", "!", "?")), misconception


def toy(**changes) -> Exercise:
    fields = {
        "id": "toy.double",
        "title": "Double",
        "target": "toy:double",
        "solution": lambda x: 2 * x,
        "notebook": "toy",
        "todo": "0.1",
        "points": 1,
        "difficulty": 1,
        "minutes": 5,
        **changes,
    }
    exercise = Exercise(**fields)
    exercise.cases(lambda rng, hidden: [Case("two", args={"x": 2.0})])
    return exercise


def test_declaration_without_cases_is_refused():
    exercise = toy()
    exercise.make_cases = None
    with pytest.raises(ExerciseError, match="no cases"):
        solve(exercise, 0, hidden=False)


def test_misconception_that_no_case_catches_is_refused():
    exercise = toy()
    exercise.misconception("x + x is right.")(lambda x: x + x)
    with pytest.raises(ExerciseError, match="no case catches"):
        solve(exercise, 0, hidden=False)


def test_misconceptions_that_no_case_tells_apart_are_refused():
    exercise = toy()

    @exercise.misconception("Squared.")
    def cubed_minus_two(x):
        return x**3 - 2

    @exercise.misconception("Three times.")
    def three_times(x):
        return 3 * x

    with pytest.raises(ExerciseError, match="apart"):
        solve(exercise, 0, hidden=False)


def nearly_double(weight: float = 1.0) -> Exercise:
    """An exercise with a misconception that fails its last case only."""
    exercise = toy()
    numbers = range(6)
    exercise.cases(
        lambda rng, hidden: [
            Case(f"{x}", args={"x": 1.0 + x}, weight=weight if x == 5 else 1.0) for x in numbers
        ]
    )
    return exercise


def wrong_at_six(x):
    return 2 * x if x < 6 else 0.0


@pytest.mark.parametrize("hidden", [False, True])
def test_misconception_that_keeps_too_much_is_refused(hidden):
    exercise = nearly_double()
    exercise.misconception("Wrong at six.")(wrong_at_six)
    with pytest.raises(
        BuildError, match=r"toy\.double: .* 'wrong_at_six' keeps 69 % of the points"
    ):
        solve(exercise, 0, hidden)


def test_a_case_of_more_weight_or_a_reason_lets_it_through():
    weighty, excused = nearly_double(weight=2), nearly_double()
    weighty.misconception("Wrong at six.")(wrong_at_six)
    excused.misconception("Wrong at six.", mild="Nobody needs six.")(wrong_at_six)
    for exercise, share in ((weighty, 25 / 49), (excused, 25 / 36)):
        bundle = solve(exercise, 0, hidden=False)
        assert share_kept(bundle.cases, "wrong_at_six") == pytest.approx(share)
        assert score_of(bundle, wrong_at_six) == round(share, 2)


def test_exercise_of_nothing_but_zeros_is_refused():
    exercise = toy()
    exercise.cases(lambda rng, hidden: [Case("zero", args={"x": 0.0})])
    with pytest.raises(BuildError, match="no case asks for a value other than zero"):
        solve(exercise, 0, hidden=False)


def test_solution_that_fails_its_own_case_is_refused():
    def broken(x):
        raise RuntimeError("no")

    with pytest.raises(ExerciseError, match="RuntimeError: no"):
        solve(toy(solution=broken), 0, hidden=False)
