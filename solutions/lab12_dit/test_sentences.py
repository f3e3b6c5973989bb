"""What notebook 12 says of its figures, worked out again or looked up in what was recorded."""

import json
from pathlib import Path

import pytest
import torch

from exercise_lib.images import toy_paths
from exercise_lib.images.flow_painter import ddim
from exercise_lib.images.measured import read_measured
from solutions.exercise_lib import flow

MEASURED = read_measured()
KEPT = json.loads((Path(__file__).parents[2] / "data" / "dit" / "scores.json").read_text())


def test_from_three_steps_on_the_flow_is_ahead_and_ddim_lies_between():
    torch.manual_seed(0)
    five, start = toy_paths.points(5), torch.randn(60, 2)
    straight = toy_paths.exact_velocity(five, toy_paths.straight_levels)
    curved = toy_paths.exact_velocity(five, toy_paths.curved_levels)
    by_noise = toy_paths.exact_noise(five, toy_paths.curved_levels)
    ends = [toy_paths.follow(it, start, 1000)[-1] for it in (straight, curved)]
    for n in (3, 4, 6, 8):
        made = [flow.euler(straight, start, n), ddim(by_noise, start, n)]
        made.append(flow.euler(curved, start, n))
        pairs = zip(made, (ends[0], ends[1], ends[1]), strict=True)
        errors = [float((a - b).norm(dim=1).mean()) for a, b in pairs]
        assert errors == sorted(errors)
    once = flow.euler(straight, start, 1)
    torch.testing.assert_close(once, torch.zeros(60, 2), rtol=0, atol=1e-5)  # the middle


def test_what_is_recorded_of_hearing_and_predicting():
    hearing = [it["right by steps"] for it in MEASURED["hearing"].values()]
    at_16 = [it["16"] for it in hearing]
    assert max(at_16) - min(at_16) < 2 * 0.025  # bars of one standard error overlap
    assert all(hearing[0][n] < min(hearing[1][n], hearing[2][n]) for n in ("1", "2"))
    its, noise = MEASURED["predicting"].values()
    assert (its["right by steps"]["4"], its["right by steps"]["16"]) == (0.84, 0.85)
    assert noise["right by steps"]["16"] == pytest.approx(0.62, abs=0.006)
    assert noise["loss"] < 0.5 * its["loss"]


def test_the_smaller_loss_makes_the_worse_picture_where_there_is_most_noise():
    its, noise = (it["16"] for it in MEASURED["one jump"].values())
    assert noise["loss"] < its["loss"] / 100 and noise["right"] < 0.3 < 0.8 < its["right"]


def test_the_kept_one_follows_what_is_said_of_it():
    for name, at_16, at_4 in (("guidance 1", 0.97, 0.95), ("guidance 2", 0.99, 0.99)):
        assert KEPT[name]["16 steps"] == pytest.approx(at_16, abs=0.006)
        assert KEPT[name]["4 steps"] == pytest.approx(at_4, abs=0.006)
        assert KEPT[name]["4 steps"] > 0.95 * KEPT[name]["16 steps"]
