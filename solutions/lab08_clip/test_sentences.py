"""What notebook 08 says of its figures, worked out again or looked up in what was recorded."""

import json
import math
import random

import pytest

from exercise_lib.images import captions, clip_encoders, clip_training, scenes
from exercise_lib.images.clip_encoders import KEPT, load_clip
from exercise_lib.images.clip_training import TWO, Examined, binding, zero_shot_64
from solutions.exercise_lib import clip


def recorded(name: str) -> dict[int, dict]:
    """Return a log: step -> scores."""
    lines = (KEPT / f"{name}.jsonl").read_text().splitlines()
    return {it["step"]: it for it in map(json.loads, lines)}


@pytest.fixture(autouse=True)
def solved(monkeypatch):
    for module in (clip_encoders, clip_training):
        monkeypatch.setattr(module, "clip", clip)


def test_nearly_every_second_row_of_the_batch_has_a_second_true_caption():
    rng = random.Random(0)
    for scene in scenes.draw_scenes(16, seed=20):
        captions.caption(scene, rng)
    batch = scenes.draw_scenes(128, seed=21)
    table = captions.truth([captions.caption(it, rng) for it in batch], batch)
    assert 0.4 < (table.sum(1) > 1).float().mean() < 0.5


def test_pictures_2_and_15_have_the_second_true_captions_4_and_1():
    drawn, rng = scenes.draw_scenes(16, seed=20), random.Random(0)
    table = captions.truth([captions.caption(it, rng) for it in drawn], drawn)
    assert table[1, 3] and table[14, 0]


def test_the_loss_of_a_batch_of_128_begins_near_its_logarithm():
    assert f"{math.log(128):.2f}" == "4.85"


def test_the_shortcut_as_it_was_recorded():
    plain, whitened = recorded("clip-plain"), recorded("clip")
    at = plain[800]
    assert at["colour"] > 0.99 and 0.2 < at["named"] < 0.3
    assert 0.955 <= at["recall_5"] <= 0.97 and 1.0 < at["loss"] < 1.2
    assert whitened[800]["named"] > 0.9 and whitened[1500]["named"] > 0.95
    assert plain[3000]["named"] < 0.8 < whitened[3000]["held_out"]


def test_before_hard_negatives_the_relation_is_near_chance_and_after_them_both_are_known():
    before, hard = recorded("clip"), recorded("clip-hard")
    assert 0.65 < before[1500]["swapped"] < 0.8
    assert all(0.4 < it["turned"] < 0.65 for it in before.values())
    after = list(hard.values())[-1]
    assert min(after["swapped"], after["turned"]) > 0.95 and after["named"] > 0.98


def test_the_kept_weights_understand_what_is_said_of_them():
    model = load_clip()
    found = binding(model, Examined.drawn(200, 61, TWO, False))
    assert min(found.values()) > 0.9
    named, colour = zero_shot_64(model, Examined.drawn(200, 62, scenes.ALONE, True))
    assert named > 0.85 and colour > 0.97
