"""Mistakes of any exercise: named where every case that fails shows them, and only there."""

import math

import pytest
import torch

from exercise_lib.check.bundle import Bundle
from exercise_lib.check.case import Case, SolvedCase
from exercise_lib.check.run import run_case
from exercise_lib.check.verdict import judge

X = torch.tensor(
    [[1, 2, 4.5, 3, 7], [-8, 16, 31, 5, 9], [6, -3, 11, 8, 2.5], [13, 4, -6, 10, 21.0]]
)


def halves(x):
    if x.dim() != 2:
        raise ValueError("a matrix, please")
    return x / 2 + 1


CASES = [
    Case("a matrix", args={"x": X}, grad=("x",)),
    Case("another", args={"x": X[:, :4] - 4.25}),
    Case("rejects a vector", args={"x": X[0]}, raises=("ValueError",)),
]


def changed(x):
    x += 2
    return x / 2


def changed_on_the_way(x):
    if not x.requires_grad:
        return halves(x)
    y = x.exp()
    return y.square() + y.mul_(2)


def named(function, hidden=False, solution=halves):
    solved = [SolvedCase(case, run_case(solution, case), {}, hidden) for case in CASES]
    bundle = Bundle("a.b", "A", "notebook", "1", 1.0, {}, solved)
    return judge(bundle, solved, [run_case(function, it) for it in CASES]).misconceptions


def refusing(x):
    if (x < 0).any():
        raise ValueError("negative")
    return halves(x)


WRONG = {
    "nothing_returned": lambda x: print(halves(x)),
    "other_kind": lambda x: halves(x).detach().numpy(),
    "other_dtype": lambda x: halves(x).double(),
    "gradient_cut_off": lambda x: halves(x.detach()),
    "argument_changed": changed,
    "argument_returned": lambda x: x,
    "axes_exchanged": lambda x: halves(x).T,
    "axis_too_many": lambda x: halves(x)[None],
    "one_of_the_batch": lambda x: halves(x)[:1],
    "other_shape": lambda x: halves(x).flatten(),
    "length_off": lambda x: halves(x)[:, :-1],
    "reversed": lambda x: halves(x).flip(0),
    "other_order": lambda x: halves(x)[[1, 0, *range(2, len(x))]],
    "function_of_the_result": lambda x: halves(x).square(),
    "factor": lambda x: 3 * halves(x),
    "offset": lambda x: halves(x) - 1,
    "bad_input": lambda x: x / 2 + 1,
    "refused": refusing,
    "neither_true_nor_false": lambda x: halves(x) if x > 0 else x,
    "not_one_number": lambda x: math.log(x),
    "not_of_truth_values": lambda x: (x > 0).mean(),
    "values_and_indices": lambda x: x.max(0) / 2,
    "number_for_tensor": lambda x: float(x.sum()).clamp(0),
    "called": lambda x: x(2),
    "nothing_used": lambda x: None + x,
    "unknown_name": lambda x: y_hat + x,  # noqa: F821
    "other_arguments": lambda: 1,
    "shapes_off": lambda x: x @ x,
    "place_off": lambda x: x.sum(2),
    "sizes_to_stack": lambda x: torch.stack([x[0], x[0, 1:]]),
    "needed_value_changed": changed_on_the_way,
}


@pytest.mark.parametrize("name", WRONG)
def test_it_is_named(name):
    assert list(named(WRONG[name])) == [name]


def test_an_axis_of_length_one_is_missed():
    first = named(lambda x: halves(x)[0], solution=lambda x: halves(x)[:1])
    assert list(first) == ["axis_missing"]


def test_a_right_solution_has_none():
    assert named(halves) == {}


def test_it_is_named_only_if_every_main_case_that_fails_shows_it():
    assert named(lambda x: halves(x).square() if x.shape[1] == 5 else torch.rand(x.shape)) == {}
    assert named(lambda x: 3 * halves(x) if x.shape[1] == 5 else 5 * halves(x)) == {}


def test_an_exception_in_some_cases_is_enough():
    assert list(named(lambda x: x @ x.T @ x if x.shape[1] == 2 else x @ x)) == ["shapes_off"]
    assert named(lambda x: x @ x if x.shape[1] == 5 else x.sum(2)) == {}


def test_its_sentence_has_no_number_of_a_hidden_case():
    assert list(named(WRONG["factor"]).values()) == ["Every value is 3 times the expected one."]
    [sentence] = named(WRONG["factor"], hidden=True).values()
    assert sentence == "Every value is … times the expected one."


def test_a_misconception_of_the_exercise_comes_first():
    solved = [
        SolvedCase(case, run_case(halves, case), {"tripled": run_case(WRONG["factor"], case)})
        for case in CASES[:2]
    ]
    bundle = Bundle("a.b", "A", "notebook", "1", 1.0, {"tripled": "Threefold."}, solved)
    result = judge(bundle, solved, [run_case(WRONG["factor"], it) for it in CASES[:2]])
    assert result.misconceptions == {"tripled": "Threefold."}


def test_an_argument_that_needs_a_gradient_is_enough():
    assert list(named(lambda x: changed(x) if x.requires_grad else 5 / x)) == [
        "needed_argument_changed"
    ]


class Twice(torch.nn.Module):
    def forward(self, x):
        return 2 * x


class SwitchesMode(Twice):
    def forward(self, x):
        self.train()
        return super().forward(x)


class SetsSeed(Twice):
    def forward(self, x):
        torch.manual_seed(0)
        return super().forward(x)


class Remembers(Twice):
    def forward(self, x):
        x, self.last = x + getattr(self, "last", 0), x
        return super().forward(x)


@pytest.mark.parametrize("probe", ["module", "method"])
@pytest.mark.parametrize(
    ("answer", "name"), [(SwitchesMode, "mode_changed"), (SetsSeed, "seed_set")]
)
def test_a_module_that_a_call_disturbs_is_named(probe, answer, name):
    case = Case("a", args={"x": X}, probe=probe, options={"method": "forward"})
    solved = [SolvedCase(case, run_case(Twice, case), {})]
    bundle = Bundle("a.b", "A", "notebook", "1", 1.0, {}, solved)
    assert judge(bundle, solved, [run_case(Twice, case)]).passed
    assert list(judge(bundle, solved, [run_case(answer, case)]).misconceptions) == [name]


def test_what_a_call_leaves_behind_is_seen_by_the_next():
    case = Case("a", args={"x": X}, probe="method", options={"method": "forward"}, grad=("x",))
    assert torch.equal(run_case(Twice, case).value, 2 * X)
    assert torch.equal(run_case(Remembers, case).value, 4 * X)
