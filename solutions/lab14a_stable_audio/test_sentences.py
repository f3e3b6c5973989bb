"""What notebook 14a says of its figures, worked out again or looked up in what was recorded."""

import json
from pathlib import Path

import pytest
import torch

from exercise_lib.codec.spectra import magnitude
from exercise_lib.music.pieces import draw_pieces
from exercise_lib.music.render import render
from exercise_lib.music.stable_audio_scores import ATTRIBUTES
from solutions.exercise_lib import latent_audio

SCORES = Path(__file__).parents[2] / "data" / "stable_audio" / "scores.json"


@pytest.fixture(scope="module")
def scores() -> dict:
    return json.loads(SCORES.read_text())


def test_a_low_floor_cares_more_for_a_hiss_than_for_a_fading():
    sounds = render(draw_pieces(4, 21, held_out=True))
    hiss = sounds + 1e-4 * torch.randn(sounds.shape, generator=torch.Generator().manual_seed(0))
    faded = sounds * torch.linspace(1, 0.05, sounds.shape[1])
    real, quieter, noisy = (magnitude(it, 1024, 256) for it in (sounds, faded, hiss))

    def distance(fake: torch.Tensor, floor: float) -> float:
        return float(latent_audio.spectral_distance(real, fake, floor))

    assert distance(noisy, 1e-5) > distance(quieter, 1e-5)
    assert distance(noisy, 1e-3) < 0.02 < 0.5 < distance(quieter, 1e-3)


def test_what_is_heard_in_latents_is_nearly_all_with_contour_the_lowest(scores):
    small, played = scores["heard"]["handed out autoencoder"], scores["heard"]["played"]
    assert min(small, key=lambda it: small[it] if it in ATTRIBUTES else 1) == "contour"
    assert all(small[it] > 0.9 and played[it] > 0.95 for it in ATTRIBUTES)


def test_cut_pieces_are_measured_to_a_hundredth_of_a_second(scores):
    assert scores["seconds"]["played, cut"]["seconds off, mean of absolutes"] < 0.03


@pytest.mark.parametrize("later", ["", ", from 0.5 s on", ", from 1 s on"])
def test_pieces_end_when_asked_to_from_later_seconds_too(scores, later):
    off = {name: scores["seconds"][name + later] for name in ("live", "kept")}
    assert all(it["seconds off, mean of absolutes"] < 0.15 for it in off.values())


def test_the_five_things_are_followed(scores):
    for name, least in (("live", 0.6), ("kept", 0.8)):
        assert all(scores["prompts"][name][it] >= least for it in ATTRIBUTES)
