"""The spread of a new module's weights, whatever these are called behind a weight norm."""

import pytest
from torch import nn
from torch.nn.utils.parametrizations import weight_norm

from exercise_lib.check.case import Case
from exercise_lib.check.run import run_case


def layers(spread, too_late=False):
    first, second = nn.Conv1d(8, 8, 9), nn.Linear(16, 32)
    nn.init.normal_(second.weight, 0.0, spread)
    if not too_late:
        nn.init.normal_(first.weight, 0.0, spread)
    first = weight_norm(first)
    if too_late:
        nn.init.normal_(first.weight, 0.0, spread)  # the norm makes the weight anew
    return nn.ModuleDict({"first": first, "second": second})


@pytest.mark.parametrize("spread", [0.01, 0.3])
def test_it_is_that_of_the_weights_that_count(spread):
    case = Case("a", probe="initial_weights", init={"spread": spread})
    found = run_case(layers, case).value
    assert {name: float(it) for name, it in found.items()} == pytest.approx(
        {"first.weight": spread, "second.weight": spread}, rel=0.1
    )


def test_weights_set_behind_the_norm_do_not_count():
    case = Case("a", probe="initial_weights", init={"spread": 0.01, "too_late": True})
    assert run_case(layers, case).value["first.weight"] > 0.05
