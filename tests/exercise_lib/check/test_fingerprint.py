"""Fingerprints of wrong results: small, and they know a result again within its tolerance."""

import pytest
import torch

from exercise_lib.check.bundle import Bundle, read_bundle, write_bundle
from exercise_lib.check.case import Case, SolvedCase
from exercise_lib.check.diagnose import looks_like
from exercise_lib.check.fingerprint import Fingerprint
from exercise_lib.check.outcome import Outcome
from exercise_lib.check.tree import tensors

X = torch.randn(3, 70, generator=torch.Generator().manual_seed(0))


def changed(index, by):
    other = X.clone()
    other.view(-1)[index] += by
    return other


@pytest.mark.parametrize(
    ("other", "fits"),
    [
        (X, True),
        (X.double(), True),
        (X * (1 + 1e-5), True),
        (X * (1 + 1e-3), False),
        (changed(0, 0.01), False),
        (changed(-1, 0.01), False),
        (X.flip(1), False),
        (X.roll(16, 1), False),
        (X[:, torch.arange(70) ^ 1], False),
        (X.T, False),
        (X.flatten(), False),
        (changed(5, float("nan")), False),
        (changed(5, float("inf")), False),
        (X.int(), False),
    ],
)
def test_a_fingerprint_is_of_one_result(other, fits):
    assert Fingerprint.of(X).fits(other, rtol=1e-4, atol=1e-5) == fits


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), -float("inf")])
def test_a_result_with_odd_values_is_known_again(odd):
    kept = Fingerprint.of(changed(20, odd))
    assert kept.fits(changed(20, odd), 1e-4, 1e-5)
    assert not kept.fits(X, 1e-4, 1e-5) and not kept.fits(changed(60, odd), 1e-4, 1e-5)


def test_bundles_keep_little_of_wrong_results_and_all_of_right_ones(tmp_path):
    wrong = {f"wrong_{n}": Outcome(X + n, {"x": [X * n]}) for n in range(1, 20)}
    small = {"small": Outcome((torch.tensor(2.0), [X[0, :5], torch.arange(9)], "text"))}
    solved = SolvedCase(Case("a"), Outcome(X, {"x": [X]}), {**wrong, **small})
    sentences = dict.fromkeys(solved.wrong, ".")
    path = write_bundle(Bundle("a.b", "A", "m:a", "1", 1.0, sentences, [solved]), tmp_path)
    assert path.stat().st_size < 2 * 4 * X.numel() + 5000
    [read] = read_bundle("a.b", tmp_path).cases
    assert torch.equal(read.expected.value, X)
    for name in wrong:
        matches = [it for it in wrong if looks_like(wrong[it], read.wrong[name], read)]
        assert matches == [name]
    assert not any(looks_like(read.expected, it, read) for it in read.wrong.values())
    number, (vector, whole), text = read.wrong["small"].value
    assert torch.equal(number, torch.tensor(2.0)) and torch.equal(vector, X[0, :5])
    assert torch.equal(whole, torch.arange(9)) and text == "text"


def test_a_wrong_gradient_of_a_right_value_needs_its_gradient(tmp_path):
    wrong = {"no_gradient": Outcome(X, {"x": [0 * X]})}
    solved = SolvedCase(Case("a", grad=("x",)), Outcome(X, {"x": [X]}), wrong)
    write_bundle(Bundle("a.b", "A", "m:a", "1", 1.0, {"no_gradient": "."}, [solved]), tmp_path)
    [read] = read_bundle("a.b", tmp_path).cases
    assert looks_like(Outcome(X, {"x": [0 * X]}), read.wrong["no_gradient"], read)
    assert not looks_like(Outcome(X, {"x": [2 * X]}), read.wrong["no_gradient"], read)


@pytest.mark.parametrize("largest", [100, 30_000, 2**40])
def test_whole_numbers_come_back_as_they_were_and_small_ones_take_little(tmp_path, largest):
    tables = {f"wrong_{n}": Outcome(torch.arange(100).reshape(4, 25) % (n + 2)) for n in range(50)}
    tables["large"] = Outcome((torch.tensor(-largest), torch.tensor([[largest, 0]])))
    solved = SolvedCase(Case("a"), Outcome(torch.tensor(1)), tables)
    sentences = dict.fromkeys(solved.wrong, ".")
    path = write_bundle(Bundle("a.b", "A", "m:a", "1", 1.0, sentences, [solved]), tmp_path)
    [read] = read_bundle("a.b", tmp_path).cases
    for name, outcome in tables.items():
        for found, kept in zip(
            tensors(read.wrong[name].value), tensors(outcome.value), strict=True
        ):
            assert torch.equal(found, kept) and found.dtype == torch.int64
    bytes_each = {100: 1, 30_000: 2, 2**40: 8}[largest]
    assert path.stat().st_size < 50 * 100 * bytes_each + 3000
