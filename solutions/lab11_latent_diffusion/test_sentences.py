"""What notebook 11 says of its figures, worked out again or looked up in what was recorded."""

import json

import pytest
import torch

from exercise_lib.images import painter, unet, vae, word_maps
from exercise_lib.images.painter import load_painter
from exercise_lib.images.prompts import draw_prompts, follow
from exercise_lib.images.scenes import CENTRED
from solutions.exercise_lib import diffusion

KEPT = vae.KEPT.parent / "diffusion"
LIVE = [json.loads(it) for it in (KEPT / "diffusion-live.jsonl").read_text().splitlines()]


@pytest.fixture(autouse=True)
def solved(monkeypatch):
    for module in (painter, unet, vae, word_maps):
        monkeypatch.setattr(module, "diffusion", diffusion)


def test_a_latent_here_has_six_times_fewer_numbers_and_stable_diffusions_48():
    assert (3 * 8**2 / 4, 3 * 4**2 / 8) == (48, 6)


def test_at_the_last_time_saying_that_noise_is_all_costs_a_two_hundredth():
    level = diffusion.alpha_bars(1000)[-1:].expand(64)
    latents, noise = torch.randn(2, 64, 8, 8, 8)
    noisy = diffusion.add_noise(latents, noise, level)
    loss = diffusion.diffusion_loss(noise, noisy, torch.ones(64))
    assert float(loss) == pytest.approx(0.005, abs=0.0005)


def test_live_training_reaches_what_is_shown():
    rights = [it["right, centred"] for it in LIVE]
    assert [it["step"] for it in LIVE] == [200, 400, 600, 800, 1000, 1200]
    assert rights[0] < 0.3 and rights[-1] > 0.85


def test_what_was_trained_live_follows_prompts():
    it = load_painter("live", KEPT)
    prompts = draw_prompts(64, 31, CENTRED)
    assert follow(it, prompts, 2.0, 8)["right"] > 0.8
    assert follow(it, prompts, 0.0, 4)["right"] < 0.2
