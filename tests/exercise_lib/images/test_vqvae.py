"""A VQ-VAE trains on scenes, resumes exactly, and its kept weights are as good as is said."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from lightning_fabric import Fabric
from matplotlib import pyplot as plt

from exercise_lib.codes import book
from exercise_lib.figures import in_words
from exercise_lib.files.unusable import UnusableData
from exercise_lib.images import code_plots, code_widget, vqvae, vqvae_training
from exercise_lib.images.pixels import psnr
from exercise_lib.images.render import render
from exercise_lib.images.scenes import draw_scenes
from exercise_lib.images.vqvae import KEPT, Vqvae, VqvaeSize, load_vqvae
from exercise_lib.images.vqvae_training import VqvaeConfig, VqvaeTask, examine
from exercise_lib.train import train
from exercise_lib.train.checkpoint import load_checkpoint
from solutions.exercise_lib import quantization

TINY = {"batch": 4, "scenes": 24, "n_codes": 16, "channels": 8, "blocks": 1, "least": 1.0}
PICTURES = render(draw_scenes(40, 61))


@pytest.fixture(autouse=True)
def solved(monkeypatch):
    for module in (book, vqvae, vqvae_training):
        monkeypatch.setattr(module, "quantization", quantization)
    monkeypatch.setattr(vqvae_training, "EXAMINED", 8)
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def fabric() -> Fabric:
    return Fabric(accelerator="cpu")


def begun(n_codes: int) -> Vqvae:
    torch.manual_seed(0)
    model = Vqvae(VqvaeSize(n_codes=n_codes, channels=8, blocks=1))
    model.begin_from(PICTURES / 255)
    return model.eval()


def test_it_begins_as_principal_components_which_lose_least():
    model = begun(16)
    values = PICTURES / 255
    with torch.inference_mode():
        again = model.decode(model.encode(values))
    patches = torch.nn.functional.unfold(values, 4, stride=4).mT.flatten(0, 1).double()
    lost = (patches - patches.mean(0)).T.cov().double()
    expected = torch.linalg.eigvalsh(lost)[:-16].sum() / 48
    assert (again - values).square().mean() == pytest.approx(float(expected), rel=0.01)


def test_more_codes_lose_less_and_codes_come_back_as_pictures():
    found = {}
    for n in (4, 64):
        model = begun(n)
        codes = model.look_up(PICTURES)
        assert codes.shape == (40, 8, 8) and codes.max() < n
        drawn = model.draw(codes)
        assert drawn.shape == (40, 3, 32, 32) and drawn.min() >= 0 and drawn.max() <= 1
        found[n] = psnr(drawn, PICTURES)
    assert found[64] > found[4] + 3


def test_psnr_by_hand():
    half = torch.full((1, 3, 2, 2), 0.5)
    assert psnr(half, half + 0.1) == pytest.approx(20, abs=1e-3)
    assert psnr(half, torch.full((1, 3, 2, 2), 255, dtype=torch.uint8)) == pytest.approx(6.02, 1e-3)


@pytest.mark.parametrize("changed", [{}, {"by_loss": True, "from_chance": True, "least": 0.0}])
def test_a_step_moves_networks_and_codes(fabric, changed):
    torch.manual_seed(0)
    task = VqvaeTask(VqvaeConfig(**(TINY | changed)), fabric)
    before = {key: value.clone() for key, value in task.network.state_dict().items()}
    losses = task.training_step(0, fabric)
    after = task.network.state_dict()
    assert losses["loss"] > 0 and losses["loss on codes"] > 0
    for key in ("before.last.weight", "behind.last.weight", "book.codebook"):
        assert not torch.equal(before[key], after[key])
    is_parameter = isinstance(task.network.book.codebook, torch.nn.Parameter)
    assert is_parameter == bool(changed)
    scores = task.evaluate(1, Path())
    assert 1 <= scores["perplexity"] <= scores["used"] <= 16


def test_stopped_and_resumed_equals_uninterrupted(tmp_path):
    config = VqvaeConfig(**TINY, steps=4)
    every = {"evaluate_every": 2, "checkpoint_every": 2}
    train("vqvae", tmp_path / "whole", config, **every)
    half = tmp_path / "half"
    shutil.copytree(tmp_path / "whole", half)
    (half / "checkpoint.pt").unlink()  # as if it had been stopped at step 2
    _, log = train("vqvae", half, config, **every)
    assert [it["step"] for it in log] == [2, 4]
    a, b = (load_checkpoint(it)["modules"]["vqvae"] for it in (tmp_path / "whole", half))
    assert "book.counts" in a and all(torch.equal(a[key], b[key]) for key in a)


def test_the_rate_rises_and_falls():
    task = VqvaeTask.__new__(VqvaeTask)
    task.config = VqvaeConfig(steps=100, learning_rate=0.5)
    rates = [task.learning_rate(step) for step in range(100)]
    assert max(rates) == pytest.approx(0.5, rel=0.01) and 0 < rates[-1] < 0.001
    assert rates[:10] == sorted(rates[:10]) and rates[12:] == sorted(rates[12:], reverse=True)


def test_the_kept_weights_are_as_good_as_their_log_and_scores_say():
    scores = json.loads((KEPT / "scores.json").read_text())["pictures"]["kept, 512 codes"]
    last = json.loads((KEPT / "vqvae.jsonl").read_text().splitlines()[-1])
    model = load_vqvae()
    assert len(model.book) == 512
    found = examine(model, render(draw_scenes(100, 62)))
    for said in (scores, last):
        assert said["psnr"] > 30
        assert found["psnr"] == pytest.approx(said["psnr"], abs=0.6)
        assert said["perplexity"] > 200
    assert found["perplexity"] > 180


def test_what_is_not_there_is_said(tmp_path, fabric):
    with pytest.raises(UnusableData, match="leave the data folder out"):
        VqvaeTask.from_data(VqvaeConfig(**TINY), Path("data"), fabric)
    with pytest.raises(UnusableData, match="Copy data/codebooks"):
        load_vqvae(tmp_path)
    (tmp_path / "vqvae.safetensors").write_bytes(b"damaged")
    with pytest.raises(UnusableData, match="cannot be read"):
        load_vqvae(tmp_path)


def test_codes_are_painted_by_use_and_unused_ones_crossed_out():
    model = begun(40)
    patches = code_plots.painted_patches(model)
    assert patches.shape == (40, 3, 4, 4)
    codes = torch.tensor([7, 7, 7, 2, 2, 39])
    ax = code_plots.codebook(model, codes, title="these")
    assert ax.get_title() == "these: 3 of 40 codes used" and len(ax.lines) == 37
    sheet = torch.as_tensor(ax.images[0].get_array())
    for place, code in enumerate((7, 2, 39)):
        shown = sheet[:4, 5 * place : 5 * place + 4]
        torch.testing.assert_close(shown, patches[code].permute(1, 2, 0), check_dtype=False)


def test_use_is_drawn_the_most_frequent_first():
    codes = {"some": torch.tensor([1, 1, 1, 0]), "all": torch.arange(4)}
    ax = code_plots.use_of_codes(codes, 4)
    some, every, dotted = ax.lines
    assert some.get_ydata().tolist() == [0.75, 0.25, 0, 0]
    assert every.get_ydata().tolist() == [0.25] * 4 and dotted.get_ydata() == [0.25, 0.25]


def test_arrows_point_against_the_gradient():
    z, q = torch.zeros(2, 2), torch.ones(2, 2)
    ax = code_plots.pulls(z, q, z - q, 4 * (q - z))
    vectors, codes = (it for it in ax.collections if hasattr(it, "U"))
    assert vectors.U.tolist() == [1, 1] and codes.U.tolist() == [-4, -4]


def test_the_editor_puts_another_code_into_its_place():
    model = begun(16)
    box = code_widget.code_editor(model, PICTURES[:3])
    controls = {it.description: it for it in box.children[0].children}
    assert controls["code there"].max == 15 and controls["row"].max == 7
    codes = model.look_up(PICTURES[:1])[0]
    changed = codes.clone()
    changed[2, 5] = (codes[2, 5] + 1) % 16
    figure = code_widget.before_and_after(model, codes, changed, (2, 5), int(codes[2, 5]))
    left, right = (torch.as_tensor(ax.images[0].get_array()) for ax in figure.axes)
    differs = (left != right).any(-1)
    assert differs[8:12, 20:24].any() and not differs[:8].any() and not differs[:, :20].any()
    assert f"code {int(changed[2, 5])} at the frame" in in_words(figure)
