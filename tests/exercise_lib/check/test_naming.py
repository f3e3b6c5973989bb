"""Which misconception is named: one that agrees wherever it is wrong, or none."""

import textwrap

import pytest
import torch

from autograder.sandbox.values import read_outcome, write_outcome
from exercise_lib.check.bundle import Bundle, read_bundle, write_bundle
from exercise_lib.check.case import Case, SolvedCase
from exercise_lib.check.diagnose import equals, name_misconceptions
from exercise_lib.check.run import run_case
from exercise_lib.check.verdict import judge

X = torch.tensor([[1.0, 2.0, 4.0], [8.0, 16.0, 31.0]])


def mean_of_rows(x):
    if x.dim() != 2:
        raise ValueError("a matrix, please")
    return x.mean(1)


CASES = [
    Case("a matrix", args={"x": X}, grad=("x",)),
    Case("a row", args={"x": X[:1]}),
    Case("a square", args={"x": X[:, :2]}),
    Case("rejects a vector", args={"x": X[0]}, raises=("ValueError",)),
]


def named(function, cases=CASES, neighbours=None, solution=mean_of_rows, **wrong):
    solved = []
    for case in cases:
        expected = run_case(solution, case)
        outcomes = {name: run_case(it, case) for name, it in wrong.items()}
        differ = {
            name: it
            for name, it in outcomes.items()
            if (it.raised is None if case.raises else not equals(it, expected, 1e-4, 1e-5))
        }
        solved.append(SolvedCase(case, expected, differ))
    neighbours = neighbours or {}
    sentences = {name: f"This is {name}." for name in wrong if name not in neighbours}
    bundle = Bundle("a.b", "A", "notebook", "1", 1.0, sentences, solved, neighbours=neighbours)
    result = judge(bundle, solved, [run_case(function, it) for it in cases])
    return [name for name in result.misconceptions if name in sentences]  # the exercise's own


def of_columns(x):
    return mean_of_rows(x.T)


def first_column(x):
    return mean_of_rows(x) * 0 + x[:, 0]


def test_one_that_agrees_in_some_failed_cases_only_is_not_named():
    def of_columns_where_square(x):
        return of_columns(x) if x.dim() == 2 and x.shape[0] == x.shape[1] else 2 * mean_of_rows(x)

    assert named(of_columns, of_columns=of_columns) == ["of_columns"]
    assert named(of_columns_where_square, of_columns=of_columns) == []


def test_one_that_differs_in_a_failed_case_is_not_named_beside_one_that_explains_it():
    def wrong_in_a_row(x):
        return mean_of_rows(x) + (x.shape[0] == 1)

    def wrong_anywhere(x):
        return mean_of_rows(x) + 7

    def both(x):
        return wrong_in_a_row(x) if x.shape[0] == 1 else wrong_anywhere(x)

    wrong = {"wrong_in_a_row": wrong_in_a_row, "wrong_anywhere": wrong_anywhere}
    assert named(both, **wrong) == [] and named(wrong_anywhere, **wrong) == ["wrong_anywhere"]


def test_one_that_leaves_a_main_case_unexplained_is_not_named():
    def wrong_in_a_row(x):
        return mean_of_rows(x) + (x.shape[0] == 1)

    assert named(wrong_in_a_row, wrong_in_a_row=wrong_in_a_row) == ["wrong_in_a_row"]
    assert named(lambda x: mean_of_rows(x) + 1, wrong_in_a_row=wrong_in_a_row) == []


def test_bad_input_let_through_is_named_beside_another_mistake():
    def unguarded(x):
        return x.mean(-1)

    assert named(lambda x: 3 * x.mean(-1), unguarded=unguarded) == ["unguarded"]
    assert named(lambda x: x[..., 0], unguarded=unguarded, first_column=first_column) == [
        "first_column",
        "unguarded",
    ]


def test_what_a_wrong_variant_makes_of_bad_input_does_not_matter():
    assert named(first_column, unguarded_too=lambda x: x[..., 0]) == ["unguarded_too"]


@pytest.mark.parametrize(
    "cast",
    [
        lambda x: x.double(),
        lambda x: x.half(),
        lambda x: x.int(),
        lambda x: x.numpy(),
        lambda x: x.detach(),
    ],
)
def test_dtype_and_missing_gradients_do_not_hide_a_mistake(cast):
    assert named(lambda x: cast(first_column(x).detach()), first_column=first_column) == [
        "first_column"
    ]


@pytest.mark.parametrize("number", [int, float, bool, torch.tensor, torch.Tensor.double])
def test_the_type_of_a_number_does_not_hide_a_mistake(number):
    cases = [Case(name, args={"n": n}) for name, n in (("six", 6), ("nine", 9))]

    def says_one(n):
        return torch.tensor(1)

    def as_another_type(n):
        return number(1 if number is not torch.Tensor.double else torch.tensor(1))

    assert named(as_another_type, cases, solution=lambda n: n / 2, says_one=says_one) == [
        "says_one"
    ]


def test_a_right_value_of_another_dtype_is_not_taken_for_a_misconception():
    def whole(x):
        return mean_of_rows(x).int()

    assert named(lambda x: mean_of_rows(x).double(), whole=whole) == []
    integers = [Case("whole means", args={"x": X[:, :1]})]
    assert named(lambda x: mean_of_rows(x).double(), integers, whole=whole) == []
    assert named(whole, integers, whole=whole) == ["whole"]


# ---------------------------------------------------------------- exceptions


def product_of_wrong_sizes(x):
    return x @ x


def rejects_rows(x):
    if len(x) == 1:
        raise RuntimeError("only one row")
    return mean_of_rows(x)


def rejects_rows_too(x):
    if x.shape[0] < 2:
        raise RuntimeError("Give me two rows.")
    return mean_of_rows(x)


def fails_at_rows(x):
    return mean_of_rows(x) if len(x) > 1 else x @ x


def helped(x):
    return rejects_rows(x)


@pytest.mark.parametrize(
    ("function", "wrong", "is_named"),
    [
        (rejects_rows_too, rejects_rows, True),  # both have a `raise` of their own
        (fails_at_rows, rejects_rows, False),
        (rejects_rows_too, fails_at_rows, False),
        (fails_at_rows, lambda x: fails_at_rows(x), True),  # torch says the same
        (lambda x: mean_of_rows(x) if len(x) > 1 else x @ x[:, :2], fails_at_rows, False),
        (rejects_rows_too, helped, False),  # another function's `raise`
        (lambda x: helped(x), helped, True),
    ],
)
def test_exceptions_are_alike_only_by_message_or_place(function, wrong, is_named):
    assert named(function, wrong=wrong) == ["wrong"] * is_named


def test_message_and_place_of_an_exception_survive_bundle_and_sandbox(tmp_path):
    wrong = run_case(helped, CASES[1])
    assert (wrong.raised.message, wrong.raised.raised_by) == ("only one row", "rejects_rows")
    solved = SolvedCase(CASES[1], run_case(mean_of_rows, CASES[1]), {"helped": wrong})
    write_bundle(Bundle("a.b", "A", "m:a", "1", 1.0, {"helped": "Helped."}, [solved]), tmp_path)
    kept = read_bundle("a.b", tmp_path).cases[0].wrong["helped"]
    tensors: dict = {}
    arrived = read_outcome(write_outcome(wrong, tensors), tensors)
    assert (kept.raised.message, kept.raised.raised_by) == ("only one row", "rejects_rows")
    assert arrived.raised == wrong.raised


def test_an_assertion_and_an_error_in_a_cell_have_their_place(tmp_path):
    names: dict = {}
    source = """
        def asserts(x):
            assert len(x) > 1, "no"
        def divides(x):
            return len(x) // 0
    """
    exec(compile(textwrap.dedent(source), "<cell>", "exec"), names)
    assert run_case(names["asserts"], CASES[1]).raised.raised_by == "the target"
    assert run_case(names["divides"], CASES[1]).raised.raised_by == ""


# ---------------------------------------------------------------- neighbours


def test_neighbours_are_named_as_the_misconception_whose_sentence_they_share(tmp_path):
    def last_column(x):
        return mean_of_rows(x) * 0 + x[:, -1]

    wrong = {"first_column": first_column, "last_column": last_column}
    neighbours = {"last_column": "first_column"}
    for function in (first_column, last_column):
        assert named(function, neighbours=neighbours, **wrong) == ["first_column"]
    assert named(of_columns, neighbours=neighbours, **wrong) == []
    bundle = Bundle("a.b", "A", "m:a", "1", 1.0, {"first_column": "."}, [], neighbours=neighbours)
    write_bundle(bundle, tmp_path)
    assert read_bundle("a.b", tmp_path) == bundle


class OnlyFirst(dict):
    """What misconceptions return, of which no other than the first may be asked for."""

    def __getitem__(self, name):
        assert name == "first"
        return super().__getitem__(name)

    __contains__ = __getitem__


def test_where_one_explains_all_no_other_one_is_run():
    [case], [expected, wrong] = CASES[:1], [run_case(it, CASES[0]) for it in (mean_of_rows, abs)]
    solved = SolvedCase(case, expected, OnlyFirst(first=wrong, second=wrong))
    assert name_misconceptions([solved], [wrong], [True]) == {"first": [0]}
