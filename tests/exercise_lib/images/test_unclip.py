"""A prior and a decoder learn, resume exactly, paint, and are kept as good as is said."""

import functools
import json
import shutil
from pathlib import Path

import pytest
import torch
from lightning_fabric import Fabric
from matplotlib import pyplot as plt

from exercise_lib.figures import in_words
from exercise_lib.files.unusable import UnusableData
from exercise_lib.images import (
    clip_encoders,
    dit_network,
    flow_painter,
    flow_training,
    prior_network,
    prior_training,
    unclip_embeddings,
    unclip_painter,
    unclip_plots,
    unclip_widget,
)
from exercise_lib.images.captions import parse
from exercise_lib.images.clip_training import Examined
from exercise_lib.images.decoder_training import DecoderConfig, DecoderTask
from exercise_lib.images.dit_network import Dit, DitSize
from exercise_lib.images.flow_painter import FlowPainter
from exercise_lib.images.measured import read_measured
from exercise_lib.images.oracle import share_true
from exercise_lib.images.prior_network import Prior, PriorSize, load_prior
from exercise_lib.images.prior_training import PriorConfig, PriorTask, mean_cosine
from exercise_lib.images.scenes import CENTRED, MIDDLE, Scene, draw_scenes
from exercise_lib.images.unclip_embeddings import Embedder, as_heard, load_embedder
from exercise_lib.images.unclip_painter import UnclipPainter, imagine, load_unclip
from exercise_lib.images.unclip_scores import BOUND, Bank, binding, fed_with, tells_apart
from exercise_lib.images.vae import load_vae
from exercise_lib.train import train
from exercise_lib.train.checkpoint import load_checkpoint
from solutions.exercise_lib import clip, dit, flow, unclip

TINY = {"batch": 4, "scenes": 12, "width": 16, "depth": 1}
SAID = ["a red circle", "a blue star on plain black"]
KEPT = Path(__file__).resolve().parents[3] / "data" / "unclip"


@pytest.fixture(autouse=True)
def solved(monkeypatch):
    for module in (prior_network, unclip_embeddings, unclip_painter, prior_training):
        monkeypatch.setattr(module, "unclip", unclip)
    for module in (prior_network, dit_network):
        monkeypatch.setattr(module, "dit", dit)
    for module in (dit_network, flow_painter, flow_training):
        monkeypatch.setattr(module, "flow", flow)
    monkeypatch.setattr(clip_encoders, "clip", clip)
    for module in (flow_training, prior_training):
        monkeypatch.setattr(module, "EXAMINED", 4)
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def fabric() -> Fabric:
    return Fabric(accelerator="cpu")


@pytest.fixture
def embedder() -> Embedder:
    return load_embedder()


def opened(network: torch.nn.Module) -> torch.nn.Module:
    """Give every parameter random numbers, those that begin as 0 too."""
    generator = torch.Generator().manual_seed(1)
    for it in network.parameters():
        torch.nn.init.normal_(it, std=0.3, generator=generator)
    return network.eval()


@pytest.fixture
def painter(embedder) -> UnclipPainter:
    decoder = opened(Dit(DitSize(width=16, depth=1, hearing="pooled")))
    prior = opened(Prior(PriorSize(width=16, depth=1)))
    return UnclipPainter(embedder, prior, FlowPainter(decoder, embedder.reader, load_vae()))


def test_embeddings_have_the_variance_of_noise(embedder):
    its = Examined.drawn(4, 0, CENTRED, False)
    for x in (embedder.see(its.pictures), embedder.texts(its.captions)):
        torch.testing.assert_close(x.square().mean(1), torch.ones(4), rtol=1e-4, atol=1e-4)
    assert torch.equal(embedder.see_scenes(its.scenes), embedder.see(its.pictures))


@pytest.mark.parametrize("words", [True, False])
def test_a_prior_hears_its_caption_its_time_and_no_padding(embedder, words):
    prior = opened(Prior(PriorSize(width=16, depth=2, words=words)))
    z, times, heard = torch.randn(2, 64), torch.tensor([0.2, 0.9]), embedder.read(SAID)
    out = prior(z, times, heard)
    assert out.shape == z.shape
    for changed in (
        prior(z, times, embedder.read(["a green circle", SAID[1]])),
        prior(z + torch.tensor([[1.0], [0.0]]), times, heard),
        prior(z, times + torch.tensor([0.1, 0.0]), heard),
    ):
        difference = (changed - out).abs().amax(1)
        assert difference[0] > 1e-3 and difference[1] == 0
    alone = prior(z[:1], times[:1], embedder.read(SAID[:1]))  # without padding
    torch.testing.assert_close(alone[0], out[0], rtol=1e-3, atol=1e-4)
    heard.words[0] += 1
    assert torch.equal(prior(z, times, heard)[0], out[0]) != words


def test_a_step_moves_the_prior_and_its_average_follows(fabric):
    torch.manual_seed(0)
    task = PriorTask(PriorConfig(**TINY), fabric)
    before = task.network.out.weight.clone()
    assert task.training_step(0, fabric)["loss"] > 0
    moved = task.model.out.weight.detach() - before
    torch.testing.assert_close(task.network.out.weight - before, 0.9 * moved, rtol=1e-3, atol=1e-6)
    scores = task.evaluate(1, Path())
    assert scores.keys() == {"caption to picture, centred", "prior to picture, centred"}
    assert scores["caption to picture, centred"] == pytest.approx(0.92, abs=0.03)


def test_a_decoder_hears_pictures_and_a_share_of_nothing(fabric):
    torch.manual_seed(0)
    task = DecoderTask(DecoderConfig(**TINY, dropped=0.25), fabric)
    heard = task.hear(torch.arange(12).repeat(30)).pooled
    assert (heard == 0).all(1).float().mean() == pytest.approx(0.25, abs=0.07)
    assert torch.equal(heard[heard.any(1)][0], task.images[0]) or not heard[0].any()
    assert task.training_step(0, fabric)["loss"] > 0
    assert task.evaluate(1, Path()).keys() == {"right, centred"}


@pytest.mark.parametrize("name", ["prior", "decoder"])
def test_stopped_and_resumed_equals_uninterrupted(tmp_path, name):
    kind = PriorConfig if name == "prior" else DecoderConfig
    config = kind(**TINY, steps=4)
    every = {"evaluate_every": 2, "checkpoint_every": 2}
    train(name, tmp_path / "whole", config, **every)
    half = tmp_path / "half"
    shutil.copytree(tmp_path / "whole", half)
    (half / "checkpoint.pt").unlink()  # as if it had been stopped at step 2
    _, log = train(name, half, config, **every)
    assert [it["step"] for it in log] == [2, 4]
    a, b = (load_checkpoint(it)["modules"]["average"] for it in (tmp_path / "whole", half))
    assert a and all(torch.equal(a[key], b[key]) for key in a)


def test_more_candidates_are_nearer_to_the_caption_and_noise_is_all_that_differs(painter):
    prior, embedder = painter.prior, painter.embedder
    one, best, again, other = (
        imagine(prior, embedder, SAID * 4, 3, k, seed)
        for k, seed in ((1, 0), (6, 0), (1, 0), (1, 1))
    )
    assert torch.equal(one, again) and not torch.equal(one, other)
    texts = embedder.texts(SAID * 4)
    assert mean_cosine(best, texts) > mean_cosine(one, texts)
    torch.testing.assert_close(one.square().mean(1), torch.ones(8), rtol=1e-4, atol=1e-4)


def test_pictures_come_of_their_embedding_and_noise_and_guidance_0_follows_nothing(painter):
    x = painter.embedder.texts(SAID)
    a, b, c = (painter.decode(x, 2, 2.0, seed) for seed in (0, 0, 1))
    assert a.shape == (2, 3, 32, 32) and torch.equal(a, b) and not torch.equal(a, c)
    ignored, other = (painter.decode(its, 2, 0.0) for its in (x, x.flip(0)))
    torch.testing.assert_close(ignored, other)
    imagined = imagine(painter.prior, painter.embedder, SAID)
    assert torch.equal(painter.paint(SAID, 2), painter.decode(imagined, 2))


def test_guidance_goes_from_nothing_over_the_embedding_beyond(painter):
    x, z, t = painter.embedder.texts(SAID), torch.randn(2, 8, 8, 8), torch.tensor(0.6)
    heard = as_heard(torch.cat([x, torch.zeros(1, 64)]))
    at = {w: painter.decoder.guided(heard, w)(z, t) for w in (0.0, 1.0, 3.0)}
    expected = at[0.0] + 3 * (at[1.0] - at[0.0])
    torch.testing.assert_close(at[3.0], expected, rtol=1e-3, atol=1e-3)


@functools.cache
def scenes_of_two() -> list[Scene]:
    return draw_scenes(6000, 0, MIDDLE)


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ("a red square left of a blue circle", 0),
        ("a blue circle right of a red square", 0),
        ("a blue square left of a red circle", 1),
        ("a red square right of a blue circle", 1),
        ("a blue square right of a red circle", 1),
        ("a red star left of a blue circle", 2),
        ("a red square above a blue circle", 2),
    ],
)
def test_what_a_picture_shows_of_what_was_said(shown, expected):
    wanted = parse(shown)
    scene = next(it for it in scenes_of_two() if wanted.holds(it))
    said = parse("a small red square left of a small blue circle on plain white")
    assert binding(said, scene) == BOUND[expected]


def test_a_bank_finds_its_own_pictures_and_the_truth_tells_all_apart(embedder):
    bank = Bank.drawn(embedder, 6)
    assert len(bank.scenes) == 24 and bank.nearest(bank.embeddings) == [*range(24)]
    its = Examined.drawn(6, 1, MIDDLE, False)
    assert tells_apart(embedder, its, embedder.see(its.pictures)) == {"swapped": 1, "turned": 1}
    assert sum(bank.bindings(its.captions, embedder.texts(its.captions)).values()) == 1


def test_a_decoder_can_be_fed_with_three_embeddings(painter):
    its = Examined.drawn(3, 1, CENTRED, False)
    fed = fed_with(painter, its)
    assert [it.shape for it in fed.values()] == [(3, 64)] * 3
    assert torch.equal(fed["the caption's"], painter.embedder.texts(its.captions))


def test_what_is_not_there_is_said(tmp_path, fabric):
    with pytest.raises(UnusableData, match="leave the data folder out"):
        PriorTask.from_data(PriorConfig(**TINY), Path("data"), fabric)
    for load in (
        lambda: load_prior(folder=tmp_path),
        lambda: load_unclip("anywhere", tmp_path),
        lambda: load_embedder("bag", tmp_path),
    ):
        with pytest.raises(UnusableData, match="Copy data/unclip"):
            load()


def test_figures_say_what_they_show():
    images, texts = torch.randn(5, 6) + 1, torch.randn(5, 6) - 1
    said = in_words(unclip_plots.gap(images, texts).figure)
    middles = [torch.nn.functional.normalize(it).mean(0) for it in (images, texts)]
    assert f"gap {float((middles[0] - middles[1]).norm()):.2f}" in said
    said = in_words(unclip_plots.right({"one": 0.5}, 100, 0.9).figure)
    assert "one 0.50" in said and "ceiling" in said
    rows = {"a bag": dict(zip(BOUND, (0.2, 0.3, 0.5), strict=True))}
    assert "a bag: as said 0.20" in in_words(unclip_plots.bound(rows).figure)
    assert "token that asks" in in_words(unclip_plots.heard(torch.eye(2), ["a", "b"]).figure)


def test_the_page_paints_by_both_ways_and_refuses_what_is_no_caption(painter):
    page = unclip_widget.hierarchy_page(painter)
    prompt = page.children[0].children[0]
    prompt.value = "a red"
    said = [it.value for it in everything(page) if type(it).__name__ == "HTML"]
    assert any("is no caption" in it for it in said)


def everything(box):
    for it in getattr(box, "children", ()):
        yield it
        yield from everything(it)


def test_what_was_measured_has_all_that_the_notebook_draws():
    measured = read_measured("unclip")
    assert measured["binding"].keys() == measured["apart"].keys()
    assert len(measured["binding"]) == 6
    for row in measured["binding"].values():
        assert [*row] == [*BOUND] and sum(row.values()) == pytest.approx(1, abs=0.001)


@pytest.mark.slow
def test_the_kept_weights_are_as_good_as_their_scores_say():
    scores = json.loads((KEPT / "scores.json").read_text())
    painter, its = load_unclip(), Examined.drawn(150, 62, CENTRED, False)
    found = share_true(its.captions, painter.paint(its.captions, guidance_scale=2.0))
    assert found == pytest.approx(scores["right"]["kept, centred: the prior's"]["w 2"], abs=0.07)
    images = painter.embedder.see(its.pictures)
    imagined = imagine(painter.prior, painter.embedder, its.captions)
    expected = scores["cosines"]["kept, centred"]["prior, best of 2"]
    assert mean_cosine(imagined, images) == pytest.approx(expected, abs=0.01)
    assert all(it.stat().st_size < 8e6 for it in KEPT.glob("*.safetensors"))
