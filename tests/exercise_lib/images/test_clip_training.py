"""CLIP trains on what it should: no held-out pair, true captions, hard negatives that are wrong."""

import random
import shutil
from pathlib import Path

import pytest
import torch
from lightning_fabric import Fabric

from exercise_lib.files.unusable import UnusableData
from exercise_lib.images import clip_encoders, clip_training
from exercise_lib.images.captions import Caption, caption, encode
from exercise_lib.images.clip_encoders import Clip, ClipSize, load_clip
from exercise_lib.images.clip_training import (
    ClipConfig,
    ClipTask,
    binding,
    says_held_out,
    stays_seen,
    twins,
    wrong_captions,
)
from exercise_lib.images.render import render
from exercise_lib.images.scenes import HELD_OUT, draw_scenes
from exercise_lib.train import train
from exercise_lib.train.checkpoint import load_checkpoint
from exercise_lib.train.settings import TrainingError, make_settings
from solutions.exercise_lib import clip

TINY = {"batch": 8, "scenes": 48}
SCENES = draw_scenes(300, 41)


@pytest.fixture(autouse=True)
def solved(monkeypatch):
    for module in (clip_encoders, clip_training):
        monkeypatch.setattr(module, "clip", clip)
    monkeypatch.setattr(clip_training, "EXAMINED", 12)


@pytest.fixture(scope="module")
def fabric() -> Fabric:
    return Fabric(accelerator="cpu")


def test_whitened_patches_are_uncorrelated_and_equally_large():
    model = Clip(ClipSize())
    pictures = render(SCENES) / 255
    model.pictures.whiten(pictures)
    values = model.pictures.patches(pictures).permute(0, 2, 3, 1).flatten(0, 2)
    covariance = values.T.cov()
    assert values.mean(0).abs().max() < 1e-2
    off = covariance - torch.diag(covariance.diagonal())
    assert off.abs().max() < 0.02
    assert covariance.diagonal().min() > 0.2 and covariance.diagonal().max() < 1.01
    assert not model.pictures.patches.weight.requires_grad


def test_without_whitening_the_filters_are_learned():
    assert Clip(ClipSize(whitened=False)).pictures.patches.weight.requires_grad


def test_a_caption_is_read_alike_whatever_stands_behind_its_end():
    model = Clip(ClipSize()).eval()
    tokens = encode(["a red square", "a blue moon on plain grey"])
    changed = tokens.clone()
    changed[0, 6:] = 11
    torch.testing.assert_close(model.captions(changed), model.captions(tokens))
    assert not torch.allclose(*model.captions(tokens))


def test_twins_are_four_scenes_of_which_no_caption_fits_another():
    sets = [twins(it) for it in SCENES if stays_seen(it)]
    assert len(sets) > 80
    rng = random.Random(0)
    for scenes in sets:
        captions = [caption(it, rng) for it in scenes]
        fits = [[said.holds(scene) for said in captions] for scene in scenes]
        assert fits == torch.eye(4).bool().tolist()
        assert not {it.pair for scene in scenes for it in scene.things} & HELD_OUT


def test_wrong_captions_are_false_and_say_no_held_out_pair():
    rng = random.Random(0)
    captions = [caption(it, rng) for it in SCENES]
    of_two = [it for it in captions if it.relation]
    wrong = wrong_captions(captions)
    assert len(of_two) < len(wrong) < 2 * len(of_two)
    assert not any(map(says_held_out, wrong))
    turned = wrong[-len(of_two) :]
    assert turned == [it.turned() for it in of_two]
    assert not any(it.holds(scene) for it in turned for scene in SCENES if said_of(it, scene))


def said_of(wrong: Caption, scene) -> bool:
    """Whether the caption before it was turned is one of the scene."""
    return wrong.turned().holds(scene)


@pytest.mark.parametrize("hard", ["", "captions", "twins"])
def test_a_batch_shows_what_its_captions_say(fabric, hard):
    task = ClipTask(ClipConfig(**TINY, hard=hard), fabric)
    scenes, pictures = task.draw_batch()
    assert len(scenes) == len(pictures) == 8
    assert torch.equal(pictures, render(scenes))
    assert not {it.pair for scene in scenes for it in scene.things} & HELD_OUT
    assert (len(scenes[4].things) == 2 and scenes[5] == scenes[4].swapped()) == (hard == "twins")
    loss = task.training_step(0, fabric)["loss"]
    assert 0 < loss < 5


def test_stopped_and_resumed_equals_uninterrupted_and_hard_negatives_begin_there(tmp_path):
    config = ClipConfig(**TINY, steps=4)
    every = {"evaluate_every": 2, "checkpoint_every": 2}
    train("clip", tmp_path / "whole", config, **every)
    half = tmp_path / "half"
    shutil.copytree(tmp_path / "whole", half)
    (half / "checkpoint.pt").unlink()  # as if it had been stopped at step 2
    _, log = train("clip", half, config, **every)
    assert [it["step"] for it in log] == [2, 4]
    a, b = (load_checkpoint(it)["modules"]["clip"] for it in (tmp_path / "whole", half))
    assert all(torch.equal(a[key], b[key]) for key in a)
    hard = ClipConfig(**TINY, steps=1, hard="captions", start=str(half))
    task = ClipTask(hard, Fabric(accelerator="cpu"))
    assert all(torch.equal(a[key], value) for key, value in task.network.state_dict().items())


def test_the_rate_rises_and_falls():
    task = ClipTask.__new__(ClipTask)
    task.config = ClipConfig(steps=100, learning_rate=0.5)
    rates = [task.learning_rate(step) for step in range(100)]
    assert max(rates) == pytest.approx(0.5, rel=0.01) and 0 < rates[-1] < 0.001
    assert rates[:10] == sorted(rates[:10]) and rates[12:] == sorted(rates[12:], reverse=True)


def test_an_encoder_that_answers_by_chance_understands_half(monkeypatch):
    monkeypatch.setattr(clip_training, "EXAMINED", 300)
    examined = clip_training.Examined.drawn(300, 1, clip_training.TWO, False)
    found = binding(Clip(ClipSize()).eval(), examined)
    assert found.keys() == {"swapped", "turned"}
    assert all(0.35 < it < 0.65 for it in found.values())


def test_bad_settings_and_places_are_refused(tmp_path, fabric):
    with pytest.raises(TrainingError, match="multiple of 8"):
        make_settings(ClipConfig, {"hard": "twins", "batch": 12})
    with pytest.raises(UnusableData, match="no checkpoint to start from"):
        ClipTask(ClipConfig(**TINY, start=str(tmp_path)), fabric)
    with pytest.raises(UnusableData, match="leave the data folder out"):
        ClipTask.from_data(ClipConfig(**TINY), Path("data"), fabric)
    with pytest.raises(UnusableData, match="Copy data/clip"):
        load_clip(tmp_path)
    (tmp_path / "clip.safetensors").write_bytes(b"damaged")
    with pytest.raises(UnusableData, match="cannot be read"):
        load_clip(tmp_path)
