"""Patterns in the numbers: said where they are unambiguous, of every exercise."""

import math
import re
from types import SimpleNamespace

import pytest
import torch

from exercise_lib.check.bundle import Bundle
from exercise_lib.check.case import Case, SolvedCase
from exercise_lib.check.run import run_case
from exercise_lib.check.verdict import judge

GENERATOR = torch.Generator().manual_seed(0)


def random(*shape):
    return torch.randn(*shape, generator=GENERATOR)


def cases_of(*arguments, names="abcdefgh"):
    return [Case(name, args=args) for name, args in zip(names, arguments, strict=False)]


def reasons(function, solution, cases, hidden=False):
    solved = [SolvedCase(it, run_case(solution, it), {}, hidden) for it in cases]
    bundle = Bundle("a.b", "A", "notebook", "1", 1.0, {}, solved)
    result = judge(bundle, solved, [run_case(function, it) for it in cases])
    return [row.reason for row in result.rows if not row.passed]


VECTORS = cases_of({"x": random(5)}, {"x": random(8)})
MATRICES = cases_of({"x": random(4, 6)}, {"x": random(7, 5)})
SQUARES = cases_of({"x": random(5, 5)}, {"x": random(4, 4)})
BATCHES = cases_of({"x": random(3, 4, 6)}, {"x": random(2, 5, 7)})
NUMBERS = cases_of({"n": 3}, {"n": 7}, {"n": 20})


def same(x):
    return 3 * x + 1


@pytest.mark.parametrize(
    ("function", "solution", "cases", "said"),
    [
        (lambda x: -same(x), same, VECTORS, "every value has the wrong sign"),
        (lambda x: same(x).abs(), same, VECTORS, "negative values have lost their sign"),
        (lambda x: same(x).relu(), same, VECTORS, "negative values have become zero"),
        (lambda x: same(x) ** 2, same, VECTORS, "is the square of the expected one"),
        (lambda x: 1 - same(x), same, VECTORS, "every value is one minus the expected one"),
        (lambda x: x.exp().log(), lambda x: x.exp(), VECTORS, "logarithm of the expected"),
        (lambda x: same(x).round(), same, VECTORS, "every value is rounded to a whole number"),
        (lambda x: same(x).round(decimals=2), same, VECTORS, "every value is rounded to 2 digits"),
        (lambda n: round(n / 13, 1), lambda n: n / 13, NUMBERS, "value is rounded to 1 digit"),
        (lambda x: (len(x) - 1) / 16e3, lambda x: len(x) / 16e3, VECTORS, "is it n, or n - 1?"),
        (lambda x: 0 * x, same, VECTORS, "every value is zero"),
        (lambda x: 0.5 * same(x), same, VECTORS, "0.5 times the expected one"),
        (lambda x: same(x) + 0.25, same, VECTORS, "every value is off by +0.25"),
        (lambda x: 2 * same(x) - 1, same, VECTORS, "right but for a factor and an offset"),
        (lambda n: 1 / n, lambda n: float(n), NUMBERS, "one divided by the expected one"),
        (lambda n: 2.0 * n, lambda n: float(n), NUMBERS, "2 times the expected one"),
        (lambda n: n + 1, lambda n: n, NUMBERS, "off by +1"),
        (lambda n: 5.0, lambda n: float(n), NUMBERS, "the same in every case"),
        (lambda n: 0, lambda n: n, NUMBERS, "always zero"),
        (lambda n: n % 5 + 2.0, lambda n: n / 11, NUMBERS, "all numbers are whole where fractions"),
        (lambda x: x, same, VECTORS, "this is `x`, unchanged"),
        (lambda x: x.sum(), lambda x: x.mean(), VECTORS, "a sum where a mean is asked for?"),
        (lambda x: x.mean(), lambda x: x.sum(), VECTORS, "a mean where a sum is asked for?"),
        (lambda x: x.sum(1), lambda x: x.mean(1), MATRICES, "`x.shape[-1]` times the expected"),
        (lambda x: x.mean(0), lambda x: x.sum(0), MATRICES, "divided by `x.shape[0]`"),
        (lambda x: x.var(1), lambda x: x.var(1, correction=0), MATRICES, "is n / (n - 1) times"),
        (lambda x: x.std(1), lambda x: x.std(1, correction=0), MATRICES, "root of n / (n - 1)"),
        (lambda x: x.var(1, correction=0), lambda x: x.var(1), MATRICES, "is (n - 1) / n times"),
        (
            lambda x: x.sum() / len(x),
            lambda x: x.sum() / x.shape[1],
            MATRICES,
            "`x.shape[-1]` / `x.shape[0]` times the expected one: divided by another length?",
        ),
        (lambda x: x.abs().log10(), lambda x: x.abs().log(), VECTORS, "base ten in place of the n"),
        (lambda x: x.abs().log2(), lambda x: x.abs().log(), VECTORS, "base two in place of the n"),
        (lambda x: x.abs().log(), lambda x: x.abs().log10(), VECTORS, "natural logarithm in place"),
        (lambda x: 20 * x.abs().log10(), lambda x: x.abs().log(), VECTORS, "decibels in place"),
        (lambda x: same(x).T, same, MATRICES, "the last two axes are swapped"),
        (lambda x: same(x).transpose(0, 1), same, BATCHES, "axes 0 and 1 are swapped"),
        (lambda x: same(x).permute(2, 0, 1), same, BATCHES, "the axes stand in another order"),
        (lambda x: same(x).T, same, SQUARES, "the last two axes are swapped"),
        (lambda x: same(x)[None], same, MATRICES, "an axis of length one is too many"),
        (lambda x: same(x)[0], same, cases_of({"x": random(1, 5)}), "of length one is missing"),
        (lambda x: same(x).flatten(), same, MATRICES, "in order, but have another shape"),
        (lambda x: same(x).flip(1), same, BATCHES, "reversed along axis 1"),
        (lambda x: same(x).roll(1, 0), same, MATRICES, "shifted by one along axis 0"),
        (lambda x: same(x).roll(1, 0), same, BATCHES, "mixed along axis 0"),
        (lambda x: same(x).roll(2, 1), same, BATCHES, "shifted by 2 along axis 1"),
        (lambda x: same(x)[[1, 0, 3, 2]], same, MATRICES[:1], "mixed along axis 0"),
        (lambda x: same(x)[:, :-1], same, MATRICES, "one missing at the end of axis 1"),
        (lambda x: same(x)[2:], same, MATRICES, "2 missing at the start of axis 0"),
        (lambda x: torch.cat([same(x), x[:1]]), same, MATRICES, "one too many at the end of axis"),
        (lambda x: torch.nn.functional.pad(same(x), (0, 2, 0, 3)), same, MATRICES, "cut off"),
        (lambda x: same(x)[:1], same, BATCHES[:1], "only the first along axis 0 is there"),
        (lambda x: same(x)[-1], same, BATCHES, "only the last along axis 0 is there"),
        (lambda x: same(x).mean(1), same, BATCHES, "this is the mean along axis 1"),
        (lambda x: same(x)[:1].expand(x.shape), same, MATRICES, "along axis 0 are like the first"),
        (same, lambda x: same(x).mean(1), MATRICES, "mean along axis 1 is still to be taken"),
        (same, lambda x: same(x).sum(0), MATRICES, "sum along axis 0 is still to be taken"),
        (same, lambda x: same(x)[0], BATCHES, "only the first along axis 0 is asked for"),
        (
            lambda x: x.exp(),
            lambda x: x.softmax(1),
            MATRICES,
            "each line along axis 1 is right but for a factor of its own",
        ),
        (lambda x: x / x.max(), lambda x: x, VECTORS, "a factor, which is another one in"),
        (
            lambda x: torch.hann_window(len(x), periodic=False),
            lambda x: torch.hann_window(len(x)),
            VECTORS,
            "the result is symmetric, the expected one is not",
        ),
        (
            lambda x: (x.T @ x)[: len(x)],
            lambda x: x,
            SQUARES,
            "the result is symmetric, the expected one is not",
        ),
        (lambda x: (x, same(x)), lambda x: (same(x), x), VECTORS, "returned in another order"),
        (lambda x: same(x).relu() + same(x), same, VECTORS, "only the positive values are wrong"),
        (lambda x: x.clamp(min=-0.5), lambda x: x, MATRICES, "only the smaller values are wrong"),
        (lambda x: x.clamp(max=0.5), lambda x: x, MATRICES, "only the larger values are wrong"),
        (lambda x: x.relu().clamp(min=1e-3), torch.relu, VECTORS, "only the zeros are wrong"),
        (
            lambda x: torch.nn.functional.pad(x[:, 1:-1], (1, 1), "replicate"),
            lambda x: x,
            MATRICES,
            "only the ends along axis 1 are wrong",
        ),
        (lambda x: x * (torch.arange(x.shape[1]) < 1), lambda x: x, MATRICES, "only the first"),
    ],
)  # fmt: skip
def test_a_pattern_is_said_in_every_case_that_has_it(function, solution, cases, said):
    found = reasons(function, solution, cases)
    assert len(found) == len(cases)
    assert all(said in it for it in found), found


@pytest.mark.parametrize(
    ("result", "expected", "said"),
    [
        (torch.tensor(3), 3, "a Tensor, not an int"),
        ("3", 3, "a string, not an int"),
        ("3.5", torch.tensor(3.5), "a string, not a torch tensor"),
        (True, 1.0, "a bool, not a float"),
        ([1.0], 1.0, "a list, not a float"),
        ((torch.ones(2),), torch.ones(2), "a tuple of one (a comma too many?), not a torch tensor"),
        ((2.5,), 2.5, "a tuple of one (a comma too many?), not a float"),
        (2.5, "2.5", "a float, not a string"),
        (None, 2.5, "None (is there a `return`?), not a float"),
        (math.nan, 2.5, "NaN or infinite"),
        (torch.tensor(math.nan), torch.tensor(2.5), "result is NaN or infinite"),
        (torch.ones(2).double(), torch.ones(2), "the values are right, so end with `.float()`"),
        (torch.ones(2), torch.ones(2).int(), "the values are right, so end with `.to(torch.int32)"),
    ],
)
def test_kinds_that_differ_are_said(result, expected, said):
    [reason] = reasons(lambda: result, lambda: expected, [Case("a")])
    assert said in reason


@pytest.mark.parametrize(
    "function",
    [
        lambda x: 0.83 * x.mean(),
        lambda x: x.mean() + len(x) % 3 + 1,
        lambda x: x.mean() * (1 + len(x) / 7),
    ],
)
def test_a_scalar_alone_or_another_factor_in_each_case_gives_no_factor(function):
    found = reasons(function, lambda x: x.mean(), [VECTORS[0]])
    found += reasons(lambda x: function(x) + x[0] ** 2, lambda x: x.mean(), VECTORS)
    assert len(found) == 3
    assert not any("times" in it or "factor" in it for it in found)


def test_two_whole_numbers_show_no_pattern():
    two, three = NUMBERS[:2], NUMBERS
    for wrong in (lambda n: 2 * n, lambda n: n - 2):
        assert reasons(wrong, lambda n: n, two) == ["result differs"] * 2
        assert "every value is" in reasons(wrong, lambda n: n, three)[0]


def test_none_inside_of_a_result_is_no_missing_return():
    [reason] = reasons(lambda n: [(n, None)], lambda n: [(n, "word")], NUMBERS[:1])
    assert reason.endswith("it is None, not a string")


def test_constant_results_show_no_pattern():
    ones = cases_of({"x": torch.ones(4)}, {"x": torch.ones(6)})
    assert reasons(lambda x: 2 * x, lambda x: x, ones) == ["result differs"] * 2


def test_a_tiny_error_shows_no_pattern_that_tolerance_alone_allows():
    x = torch.tensor([1.0, 1.0001, 0.9999, 1.0002])
    cases = [Case("a", args={"x": x}, rtol=1e-6, atol=1e-6)]
    found = reasons(lambda x: x + 1e-4 * torch.tensor([1.0, 0, 2, 0]), lambda x: x, cases)
    assert found == ["result differs"]


def test_a_number_that_the_factor_is_made_of_is_named():
    configs = [
        {"x": random(6), "config": SimpleNamespace(n_fft=n, hop=hop)} for n, hop in ((8, 3), (6, 2))
    ]

    def solution(x, config):
        return x + config.hop

    for function, said in (
        (lambda x, config: (x + config.hop) / config.n_fft, "divided by `config.n_fft`"),
        (lambda x, config: (x + config.hop) * config.n_fft, "`config.n_fft` times the expected"),
        (lambda x, config: (x + config.hop) * config.n_fft**0.5, "the root of `config.n_fft`"),
    ):
        assert all(said in it for it in reasons(function, solution, cases_of(*configs)))
    [alone] = reasons(lambda x, config: (x + config.hop) / 8, solution, cases_of(configs[0]))
    assert alone.endswith("every value is 0.125 times the expected one")


def test_an_argument_that_is_not_used_is_named():
    def solution(x, peak=0.95):
        return peak * x.max()

    cases = cases_of(
        {"x": random(4)},
        {"x": random(5)},
        {"x": random(4), "peak": 0.5},
        {"x": random(4), "peak": 0.2},
    )
    found = reasons(lambda x, peak=0.95: 0.95 * x.max(), solution, cases)
    assert found == ["result differs: right only where `peak` is left out: do you use it?"] * 2
    given = cases_of(*({"x": random(4), "peak": peak} for peak in (0.5, 0.5, 0.2, 0.7)))
    found = reasons(lambda x, peak: 0.5 * x.max(), solution, given)
    assert all("right only for one value of `peak`: is it written into" in it for it in found)
    assert "peak" not in str(reasons(lambda x, peak: 0.5 * x.max(), solution, given[1:]))


def test_arguments_that_are_right_only_at_1_are_named():
    def solution(x, by, scale):
        return (by * x).sin() + scale - 1

    cases = cases_of(
        {"x": random(4), "by": 1.0, "scale": 1.0}, {"x": random(4), "by": 3.0, "scale": 0.7}
    )
    found = reasons(lambda x, by, scale: x.sin(), solution, cases)
    assert found == ["result differs: right only where `by` and `scale` are 1"]


def test_gradients_say_which_argument_is_left_out_or_used_wrongly():
    def solution(x, y):
        return sum((a**2).mean() for a in x) + y.mean()

    args = {"x": [random(3), random(4)], "y": random(5)}
    cases = [Case("a", args=args, grad=("x", "y"))]
    for function, said in (
        (lambda x, y: (x[0] ** 2).mean() + y.mean(), "the result does not depend on `x[1]`"),
        (lambda x, y: sum((a**2).mean() for a in x), "the result does not depend on `y`"),
        (lambda x, y: solution(x, 2 * y), "the part with `x[0]` is right, that with `y` is not"),
        (lambda x, y: solution([2 * x[0], x[1]], y), "with `x[1]` is right, that with `x[0]` is"),
    ):
        assert said in str(reasons(function, solution, cases))
    for function in (lambda x, y: 1.7 + y[0] * solution(x, y), lambda x, y: torch.tensor(0.3)):
        assert "part" not in str(reasons(function, solution, cases))


def test_hints_on_hidden_cases_have_no_number_of_them():
    for function in (
        lambda x: same(x) / x.shape[1],
        lambda x: same(x)[:, :-2],
        lambda x: same(x) * torch.linspace(1, 2, x.shape[1]),
        lambda x: same(x) + 17.25,
        lambda x: 17.25 * same(x),
        lambda x: same(x).roll(2, 1),
    ):
        public, hidden = (reasons(function, same, MATRICES, it) for it in (False, True))
        for shown, covered in zip(public, hidden, strict=True):
            assert re.search(r"\d", shown) and not re.search(r"\d", covered), covered


# ---------------------------------------------------------------- numbers of any kind


@pytest.mark.parametrize(
    "number",
    [
        float,
        torch.tensor,
        lambda it: torch.tensor(it, dtype=torch.float64),
        lambda it: torch.tensor(it, dtype=torch.float16),
        lambda it: torch.tensor(it).numpy()[()],
        lambda it: torch.tensor(it).numpy(),
    ],
)
@pytest.mark.parametrize("expected", [2.5, torch.tensor(2.5), torch.tensor(2.5).double()])
def test_a_scalar_may_be_a_number_of_any_float_width(number, expected):
    assert reasons(lambda: number(2.5), lambda: expected, [Case("a")]) == []
    assert reasons(lambda: number(2.25), lambda: expected, [Case("a")]) != []


def test_a_whole_scalar_is_not_rounded_to_fit():
    for expected in (3, torch.tensor(3)):
        assert reasons(lambda: 3.7, lambda it=expected: it, [Case("a")]) != []
