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
SCORES = json.loads((KEPT / "scores.json").read_text())
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


def test_the_best_guidance_is_between_1_and_3_and_8_is_worse():
    for name in ("live: centred", "centred: centred"):
        rows = {w: SCORES["guidance"][f"{name}, w {w}"] for w in (0, 1, 2, 3, 4, 8)}
        rights = {w: it["right"] for w, it in rows.items()}
        assert rights[0] < 0.1 and max(rights, key=lambda w: rights[w]) in (1, 2, 3)
        assert rights[8] < max(rights.values()) - 0.1


def test_at_8_colours_burn_out_and_grounds_are_less_varied():
    rows = {w: SCORES["guidance"][f"live: centred, w {w}"] for w in (1, 2, 4, 8)}
    assert rows[2]["colours"] > 0.95 and 0.4 < rows[8]["colours"] < 0.7
    assert rows[8]["tones"] < rows[4]["tones"] and rows[8]["tones"] < rows[2]["tones"] - 0.05


def test_one_step_is_nearly_a_picture_in_the_middle_only():
    middle, anywhere = (SCORES["steps"][it] for it in ("live: centred", "late: anywhere"))
    assert middle["1"] > 0.6 and anywhere["1"] < 0.5 * anywhere["32"]
    for rights in (middle, anywhere):
        assert abs(rights["8"] - rights["32"]) < 0.06


def test_words_point_where_it_is_said():
    words = SCORES["words"]
    untrained = words["untrained, 8 x 8 places, t = 0.3"]
    fine, coarse = (words[f"late, {n} x {n} places, t = 0.3"] for n in (8, 4))
    early = {n: words[f"early, {n} x {n} places, t = 0.3"] for n in (8, 4)}
    kinds = ("a", "colour", "shape", "on", "texture", "tone")
    assert all(2 < untrained[kind] / untrained["chance"] < 3.5 for kind in kinds)
    assert fine["colour"] > 0.95 and early[8]["colour"] > 0.9
    assert coarse["shape"] > 0.9 and early[4]["shape"] < 0.5
    assert all(0.4 < fine[kind] < 0.6 for kind in ("a", "on")) and fine["chance"] < 0.15


def test_two_things_are_followed_once_captions_are_read_by_phrase():
    found = {
        (name, pairs): SCORES["prompts"][f"{name}: two things, {pairs} pairs"]["w 3"]
        for name in ("late", "two")
        for pairs in ("seen", "held-out")
    }
    assert list(found.values()) == pytest.approx([0.43, 0.1, 0.93, 0.92], abs=0.0051)


def test_weights_of_1_are_as_good_and_their_loss_is_half():
    """.895 of 200 prompts with either weighting, w 2."""
    ours, plain = SCORES["prompts"]["live: centred, seen pairs"], SCORES["live"]
    plain = plain["weights of 1, as Stable Diffusion"]
    assert ours["w 2"] == plain["w 2"] == 0.895 and 0.02 < plain["standard error"] < 0.025
    assert 0.4 < plain["loss"] / LIVE[-1]["loss"] < 0.6
