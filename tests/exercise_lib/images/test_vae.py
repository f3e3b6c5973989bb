"""A VAE trains on scenes, resumes exactly, and its kept weights are as good as is said."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from lightning_fabric import Fabric

from exercise_lib.files.unusable import UnusableData
from exercise_lib.images import vae, vae_training
from exercise_lib.images.pixels import psnr
from exercise_lib.images.render import render
from exercise_lib.images.scenes import FULL, MIDDLE, NURSERY, draw_mixed, draw_scenes
from exercise_lib.images.vae import KEPT, Vae, VaeSize, load_vae
from exercise_lib.images.vae_training import VaeConfig, VaeTask, examine
from exercise_lib.train import train
from exercise_lib.train.checkpoint import load_checkpoint
from solutions.exercise_lib import diffusion

TINY = {"batch": 4, "scenes": 24, "channels": 8, "blocks": 1}
PICTURES = render(draw_scenes(40, 61))


@pytest.fixture(autouse=True)
def solved(monkeypatch):
    for module in (vae, vae_training):
        monkeypatch.setattr(module, "diffusion", diffusion)
    monkeypatch.setattr(vae_training, "EXAMINED", 8)


@pytest.fixture(scope="module")
def fabric() -> Fabric:
    return Fabric(accelerator="cpu")


def begun(latents: int) -> Vae:
    torch.manual_seed(0)
    model = Vae(VaeSize(latents, channels=8, blocks=1))
    model.begin_from(PICTURES / 255)
    return model.eval()


@pytest.mark.parametrize("latents", [4, 16])
def test_it_begins_as_principal_components_which_lose_least(latents):
    model, values = begun(latents), PICTURES / 255
    with torch.inference_mode():
        again = model.decode(model.encode(values)[0])
    patches = torch.nn.functional.unfold(values, 4, stride=4).mT.flatten(0, 1).double()
    expected = torch.linalg.eigvalsh((patches - patches.mean(0)).T.cov())[:-latents].sum() / 48
    assert (again - values).square().mean() == pytest.approx(float(expected), rel=0.03)


def test_latents_have_variance_one_and_the_first_channel_varies_most():
    latents = begun(8).latents(PICTURES)
    assert latents.shape == (40, 8, 8, 8) and latents.std() == pytest.approx(1, rel=0.01)
    of_channels = latents.std((0, 2, 3))
    assert of_channels.argmax() == 0 and of_channels[0] > 2 * of_channels[7]


def test_a_forgotten_scale_washes_pictures_out():
    """What happens where latents are decoded as they were noised: a picture of another contrast."""
    model = load_vae()
    latents = model.latents(PICTURES)
    forgotten = model.draw(latents * model.scale)
    assert psnr(model.draw(latents), PICTURES) > 28
    assert psnr(forgotten, PICTURES) < 20


def test_a_step_moves_both_networks_and_the_scale(fabric):
    torch.manual_seed(0)
    task = VaeTask(VaeConfig(**TINY), fabric)
    before = {key: value.clone() for key, value in task.network.state_dict().items()}
    losses = task.training_step(0, fabric)
    after = task.network.state_dict()
    assert losses["loss"] > 0 and losses["kl"] > 0
    for key in ("encoder.last.weight", "decoder.last.weight", "scale"):
        assert not torch.equal(before[key], after[key])
    scores = task.evaluate(1, Path())
    assert {"psnr, full", "read_rightly, nursery"} < scores.keys()


def test_stopped_and_resumed_equals_uninterrupted(tmp_path):
    config = VaeConfig(**TINY, steps=4)
    every = {"evaluate_every": 2, "checkpoint_every": 2}
    train("vae", tmp_path / "whole", config, **every)
    half = tmp_path / "half"
    shutil.copytree(tmp_path / "whole", half)
    (half / "checkpoint.pt").unlink()  # as if it had been stopped at step 2
    _, log = train("vae", half, config, **every)
    assert [it["step"] for it in log] == [2, 4]
    a, b = (load_checkpoint(it)["modules"]["vae"] for it in (tmp_path / "whole", half))
    assert "scale" in a and all(torch.equal(a[key], b[key]) for key in a)


def test_the_kept_weights_are_as_good_as_their_log_says():
    last = json.loads((KEPT / "vae.jsonl").read_text().splitlines()[-1])
    model = load_vae()
    assert model.config.latents == 8
    found = examine(model, draw_scenes(100, 62, NURSERY))
    assert last["psnr, nursery"] > 34 and last["psnr, full"] > 31
    assert found["psnr"] == pytest.approx(last["psnr, nursery"], abs=0.6)
    assert found["read_rightly"] >= 0.94
    assert examine(model, draw_scenes(100, 62))["psnr"] == pytest.approx(
        last["psnr, full"], abs=0.6
    )


def test_mixed_scenes_are_those_of_each_world_in_turn():
    mixed = draw_mixed(7, 5, (FULL, NURSERY, MIDDLE))
    assert mixed[0::3] == draw_scenes(3, 5)
    assert mixed[1::3] == draw_scenes(2, 5, NURSERY) and mixed[2::3] == draw_scenes(2, 5, MIDDLE)


def test_the_middle_world_has_two_big_things_on_plain_grounds():
    for scene in draw_scenes(50, 3, MIDDLE):
        assert len(scene.things) == 2 and scene.texture == "plain" and scene.relation()
        assert {it.size for it in scene.things} == {"big"}


def test_what_is_not_there_is_said(tmp_path, fabric):
    with pytest.raises(UnusableData, match="leave the data folder out"):
        VaeTask.from_data(VaeConfig(**TINY), Path("data"), fabric)
    with pytest.raises(UnusableData, match="Copy data/vae"):
        load_vae(tmp_path)
    (tmp_path / "vae.safetensors").write_bytes(b"damaged")
    with pytest.raises(UnusableData, match="cannot be read"):
        load_vae(tmp_path)
