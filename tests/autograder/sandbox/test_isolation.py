"""One check does not touch the next, and what is a submission's own counts in the sandbox, too."""

import pytest
from toy_sandbox import MODULE, needs_bubblewrap, toy_sandbox

pytestmark = [pytest.mark.xdist_group("sandbox"), needs_bubblewrap]


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    with toy_sandbox(tmp_path_factory.mktemp("isolation")) as toy:
        yield toy


def test_a_setting_of_a_module_costs_nothing_and_is_named(toy):
    solved = toy.assignment.solved_modules[MODULE]
    verdict = toy.grade_module(f"{solved}\ntorch.set_default_dtype(torch.float64)\n")
    assert verdict.points == 1
    assert "warmup.py sets torch&#x27;s default dtype for all of Python" in verdict.html
