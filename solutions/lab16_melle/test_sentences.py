"""What notebook 16 says of its figures, worked out again or looked up in what was recorded."""

import json
import math
from pathlib import Path

import pytest
import torch

from solutions.exercise_lib import melle

KEPT = Path(__file__).parents[2] / "data" / "melle"
SCORES = json.loads((KEPT / "scores.json").read_text())
READINGS, SPOKEN = SCORES["readings"], SCORES["text to speech"]


@pytest.mark.parametrize(("weight", "lowest"), [(0.0, 0.0), (0.1, 0.05), (1.0, 0.16)])
def test_the_best_sigma_grows_with_the_weight_of_the_divergence(weight, lowest):
    sigmas = torch.linspace(0.001, 0.35, 350)
    error = 2 * (sigmas * math.sqrt(2 / math.pi) + sigmas**2)
    same, inside = torch.zeros(1, 1, 1), torch.ones(1, 1, dtype=torch.bool)
    apart = torch.stack(
        [melle.latent_kl(same, 2 * it.log().view(1, 1, 1), same, 0.2, inside) for it in sigmas]
    )
    assert float(sigmas[(error + weight * apart).argmin()]) == pytest.approx(lowest, abs=0.01)


def test_without_dropout_tacotron_has_one_reading_and_melle_many():
    assert READINGS["Tacotron, no dropout"]["pitch"] < 0.0005
    assert READINGS["MELLE, no dropout"]["pitch"] > 0.8 * READINGS["MELLE"]["pitch"]


def test_melles_pitch_spreads_more_than_tacotrons_and_less_than_a_persons():
    tacotron, drawn, person = (READINGS[it]["pitch"] for it in ("Tacotron", "MELLE", "a person"))
    assert 1.5 * tacotron < drawn < person / 3
    assert READINGS["MELLE"]["length"] < READINGS["a person"]["length"] / 3


def test_a_melle_that_does_not_hear_itself_keeps_its_length_and_half_of_the_variance():
    deaf = READINGS["MELLE, no dropout, the mean fed back"]
    assert deaf["length"] == 0
    share = (deaf["pitch"] / READINGS["MELLE, no dropout"]["pitch"]) ** 2
    assert share == pytest.approx(0.5, abs=0.1)


def test_hotter_readings_differ_more():
    rows = SCORES["temperature"]
    assert rows["2"]["pitch"] > rows["1"]["pitch"] > rows["0.5"]["pitch"]
    assert rows["1"]["wer"] < rows["0.5"]["wer"] + 0.02 < rows["2"]["wer"] + 0.02


def test_it_is_understood_as_well_as_tacotron():
    assert SPOKEN["MELLE"]["wer"] < SPOKEN["Tacotron"]["wer"] + 0.05
    assert SPOKEN["MELLE"]["stopped"] == "100 of 100"


def test_attention_is_found_as_soon_as_by_tacotron():
    live = SCORES["live"]["seed 0"]
    assert live["rc at 200"] == pytest.approx(0.64, abs=0.005) and live["mass at 200"] > 0.6
