"""Parameters under other names: the arguments are given by position where that is clear."""

import pytest
import torch
import toy_solved
from torch import nn

from autograder.builder.bundles import PUBLIC_SEED, draw_cases
from autograder.exercise import Exercise
from autograder.sandbox.values import read_case, write_case
from exercise_lib.check.case import Case
from exercise_lib.check.run import run_case
from exercise_lib.check.verdict import judge

pytestmark = toy_solved.GROUP
X = torch.arange(6.0).reshape(2, 3)


def power(base, exponent, offset=0.0):
    return base**exponent + offset


class Scale(nn.Module):
    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def forward(self, x, offset):
        return self.factor * x + offset


def case_of(solution=power, **changes):
    exercise = Exercise("a.b", "A", "notebook", solution, "1", 1.0, 1, 5)
    exercise.cases(lambda rng, hidden: [Case("a", **changes)])
    [solved] = draw_cases(exercise, PUBLIC_SEED, False)
    tensors: dict = {}
    return read_case(write_case(solved.case, tensors), tensors), solved.expected.value


@pytest.mark.parametrize(
    "function",
    [
        lambda x, n: x**n,
        lambda base, n: base**n,
        lambda x, n, /: x**n,
        lambda x, n, plus=0.0: x**n + plus,
        lambda *numbers: numbers[0] ** numbers[1],
        lambda exponent, base: base**exponent,  # names go before places
        lambda **named: named["base"] ** named["exponent"],
    ],
)
def test_renamed_parameters_are_accepted(function):
    case, expected = case_of(args={"exponent": 2, "base": X})
    assert torch.equal(run_case(function, case).value, expected)


@pytest.mark.parametrize(
    "function", [lambda base: base, lambda base, n, m: base, lambda base, *, n: base]
)
def test_too_few_or_too_many_are_named(function):
    case, _ = case_of(args={"base": X, "exponent": 2})
    assert "exponent" in run_case(function, case).raised.message


def test_places_are_not_guessed_where_one_between_is_left_out():
    def middle(base, exponent=2, offset=0.0):
        return power(base, exponent, offset)

    case, _ = case_of(middle, args={"base": X, "offset": 1.0})
    assert run_case(lambda x, n=2, o=0.0: x**n + o, case).raised.type == "TypeError"


def test_an_error_in_the_function_is_not_taken_for_another_name():
    def broken(x, n):
        return x + None

    case, _ = case_of(args={"base": X, "exponent": 2})
    assert "NoneType" in run_case(broken, case).raised.message


def test_parameters_of_a_module_may_be_renamed():
    class Renamed(Scale):
        def forward(self, signal, shift):
            return super().forward(signal, shift)

    case, expected = case_of(
        Scale, args={"x": X, "offset": 1.0}, init={"factor": 2}, probe="module"
    )
    assert torch.equal(run_case(Renamed, case).value, expected)


@pytest.mark.parametrize(
    ("exercise_id", "renamed"),
    [
        ("alignment.plot", lambda solved: lambda w, m, n, axes: solved(w, m, n, axes)),
        ("gan.discriminator_step_loss", lambda solved: lambda d, real, fake: solved(d, real, fake)),
        ("gan.training_step", lambda solved: lambda *given: solved(*given)),
        ("synthesis.synthesise", lambda solved: lambda s, t, v, n=400: solved(s, t, v, n)),
    ],
)
def test_parameters_may_be_renamed_in_exercises_with_toys(exercise_id, renamed):
    for bundle in toy_solved.bundles_of(toy_solved.EXERCISES[exercise_id]):
        target = renamed(toy_solved.EXERCISES[exercise_id].solution)
        outcomes = [run_case(target, it.case) for it in bundle.cases]
        result = judge(bundle, bundle.cases, outcomes)
        assert result.passed, result


def test_parameters_of_a_constructor_may_be_renamed():
    class Renamed(Scale):
        def __init__(self, by):
            super().__init__(by)

    case, expected = case_of(
        Scale, args={"x": X, "offset": 1.0}, init={"factor": 2}, probe="module"
    )
    assert torch.equal(run_case(Renamed, case).value, expected)


BY_PLACE = {"call": "in_order", "figure": "in_order", "module": "in_order", "method": "in_order",
            "statistics": "in_order", "state_dict": "init_in_order"}  # fmt: skip


@pytest.mark.parametrize("exercise", toy_solved.EXERCISES.values(), ids=lambda it: it.id)
def test_every_case_can_be_given_by_position(exercise):
    for bundle in toy_solved.bundles_of(exercise):
        for case in (it.case for it in bundle.cases if it.case.probe in BY_PLACE):
            given = case.init if case.probe == "state_dict" else case.args
            assert not given or case.options.get(BY_PLACE[case.probe]), case.name


def test_parameters_of_a_method_may_be_renamed():
    class Renamed(Scale):
        def forward(self, signal, shift):
            return super().forward(signal, shift)

    options = {"method": "forward"}
    case, expected = case_of(
        Scale,
        args={"x": X, "offset": 1.0},
        init={"factor": 2},
        probe="method",
        options=options,
    )
    assert torch.equal(run_case(Renamed, case).value, expected)
