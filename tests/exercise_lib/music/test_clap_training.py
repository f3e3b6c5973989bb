"""CLAP trains on what it should, stops and resumes exactly, and says what is wrong."""

import shutil
from pathlib import Path

import pytest
import torch
from lightning_fabric import Fabric

from exercise_lib.files.unusable import UnusableData
from exercise_lib.images import clip_encoders
from exercise_lib.music import clap_encoders, clap_training
from exercise_lib.music.clap_encoders import Clap, ClapSize, load_clap
from exercise_lib.music.clap_training import ClapConfig, ClapTask, Examined, heard, named
from exercise_lib.music.pieces import HELD_OUT, KINDS, draw_pieces
from exercise_lib.music.render import render
from exercise_lib.train import train
from exercise_lib.train.checkpoint import load_checkpoint
from solutions.exercise_lib import clap, clip

TINY = {"batch": 6, "pieces": 12}


@pytest.fixture(autouse=True)
def solved(monkeypatch):
    monkeypatch.setattr(clip_encoders, "clip", clip)
    for module in (clap_encoders, clap_training):
        monkeypatch.setattr(module, "clip", clip)
        monkeypatch.setattr(module, "clap", clap)
    monkeypatch.setattr(clap_training, "EXAMINED", 6)


@pytest.fixture(scope="module")
def fabric() -> Fabric:
    return Fabric(accelerator="cpu")


def test_a_sound_is_heard_alike_at_any_level_and_of_any_length():
    model = Clap(ClapSize()).eval()
    sounds = render(draw_pieces(2, 41))
    torch.testing.assert_close(model.hear(0.1 * sounds), model.hear(sounds), rtol=0, atol=1e-4)
    assert model.hear(sounds[:, :20_000]).shape == (2, 64)
    assert model.read(["a bell tune", "an organ melody"]).shape == (2, 64)


@pytest.mark.parametrize(("several", "varied"), [(True, False), (False, True)])
def test_a_batch_is_learned_from_without_held_out_kinds(fabric, several, varied):
    task = ClapTask(ClapConfig(**TINY, several=several, varied=varied), fabric)
    assert not {it.kind for it in task.pieces} & HELD_OUT
    assert {it.kind for it in task.held_out.pieces} <= HELD_OUT
    plain = heard(task.pieces[:2])
    assert torch.equal(plain, task.log_mel[:2]) != varied and plain.shape == (2, 64, 151)
    assert 0 < task.training_step(0, fabric)["loss"] < 5


def test_both_losses_are_the_students(fabric, monkeypatch):
    called = []
    monkeypatch.setattr(clap, "many_true_loss", lambda s, t: called.append(t) or s.sum())
    monkeypatch.setattr(clip, "contrastive_loss", lambda s: called.append(None) or s.sum())
    for several in (True, False):
        ClapTask(ClapConfig(**TINY, several=several), fabric).training_step(0, fabric)
    table, own = called
    assert table.shape == (6, 6) and table.diagonal().all() and own is None


def test_stopped_and_resumed_equals_uninterrupted(tmp_path):
    config = ClapConfig(**TINY, steps=4)
    every = {"evaluate_every": 2, "checkpoint_every": 2}
    train("clap", tmp_path / "whole", config, **every)
    half = tmp_path / "half"
    shutil.copytree(tmp_path / "whole", half)
    (half / "checkpoint.pt").unlink()  # as if it had been stopped at step 2
    _, log = train("clap", half, config, **every)
    assert [it["step"] for it in log] == [2, 4] and "held_out_contour" in log[-1]
    a, b = (load_checkpoint(it)["modules"]["clap"] for it in (tmp_path / "whole", half))
    assert all(torch.equal(a[key], b[key]) for key in a)


def test_one_who_knows_all_names_all():
    model = Clap(ClapSize()).eval()
    pieces = draw_pieces(8, 42)
    examined = Examined(pieces, torch.zeros(8, 64, 151))
    prompts = torch.eye(270)
    model.read = lambda texts: prompts[: len([*texts])]
    model.sounds.forward = lambda _: prompts[[KINDS.index(it.kind) for it in pieces]]
    assert set(named(model, examined).values()) == {1.0}
    model.sounds.forward = lambda _: prompts[[KINDS.index(pieces[0].kind)] * 8]
    assert named(model, examined)["full"] == 1 / 8


def test_what_is_wrong_is_said(tmp_path, fabric):
    with pytest.raises(UnusableData, match="leave the data folder out"):
        ClapTask.from_data(ClapConfig(**TINY), Path("data"), fabric)
    with pytest.raises(UnusableData, match="Copy data/clap"):
        load_clap(tmp_path)
    (tmp_path / "clap.safetensors").write_bytes(b"damaged")
    with pytest.raises(UnusableData, match="cannot be read"):
        load_clap(tmp_path)
