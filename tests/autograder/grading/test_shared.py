"""Workers of one run draw the same cases, and leave each other what took long to work out."""

import pytest
import torch
from toy_course import toy_exercises

from autograder.grading import shared
from autograder.grading.fresh_cases import FreshBundles, asked
from autograder.grading.shared import Shared


def refuse():
    raise AssertionError("worked out again")


@pytest.fixture
def everything_is_worth_it(monkeypatch):
    monkeypatch.setattr(shared, "WORTH", -1.0)


@pytest.mark.usefixtures("everything_is_worth_it")
def test_what_one_worked_out_the_other_reads(tmp_path):
    first, second = Shared(tmp_path), Shared(tmp_path)
    assert first.once(lambda: torch.arange(3), "a.b", 1) is not None
    assert torch.equal(second.once(refuse, "a.b", 1), torch.arange(3))
    assert second.once(lambda: None, "a.b", 2) is None and first.once(refuse, "a.b", 2) is None


@pytest.mark.usefixtures("everything_is_worth_it")
def test_what_cannot_be_kept_is_worked_out_by_each(tmp_path):
    for folder in (tmp_path, tmp_path / "deleted", None):
        assert [Shared(folder).once(lambda: lambda: 1, "a.b")() for _ in range(2)] == [1, 1]


def test_what_is_quick_is_not_written(tmp_path):
    assert Shared(tmp_path).once(lambda: 1, "a.b") == 1 and not list(tmp_path.iterdir())


@pytest.mark.usefixtures("everything_is_worth_it")
def test_workers_of_a_run_have_the_same_cases_and_name_the_same_mistakes(tmp_path):
    first, second, alone, other = (
        FreshBundles(toy_exercises(), seed, Shared(folder)).bundle("warmup.peak_normalise").cases
        for seed, folder in (("s", tmp_path), ("s", tmp_path), ("s", None), ("t", None))
    )
    drawn = [[asked(it.case) for it in cases] for cases in (first, second, alone, other)]
    assert drawn[0] == drawn[1] == drawn[2] != drawn[3]
    for one, again in zip(first, second, strict=True):
        named = [[name for name in it.wrong if it.wrong.get(name)] for it in (one, again)]
        assert named[0] == named[1] != []
