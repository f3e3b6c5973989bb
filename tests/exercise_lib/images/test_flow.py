"""A transformer learns a flow, resumes exactly, paints, and is kept as good as is said."""

import dataclasses
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
    flow_plots,
    flow_training,
    flow_widget,
    toy_paths,
)
from exercise_lib.images.caption_features import load_reader
from exercise_lib.images.captions import Caption, Named, parse
from exercise_lib.images.clip_encoders import load_clip
from exercise_lib.images.clip_training import Examined
from exercise_lib.images.dit_network import Dit, DitSize
from exercise_lib.images.flow_painter import FlowPainter, ddim, load_dit, make_painter
from exercise_lib.images.flow_training import FlowConfig, FlowTask
from exercise_lib.images.measured import read_measured
from exercise_lib.images.oracle import share_true
from exercise_lib.images.scenes import CENTRED, Scene, Thing
from exercise_lib.train import train
from exercise_lib.train.checkpoint import load_checkpoint
from solutions.exercise_lib import clip, dit, flow

TINY = {"batch": 4, "scenes": 12, "width": 16, "depth": 2}
KEPT = Path(__file__).resolve().parents[3] / "data" / "dit"
HEARING = ("pooled", "cross", "joint")


@pytest.fixture(autouse=True)
def solved(monkeypatch):
    for module, names in (
        (clip_encoders, {"clip": clip}),
        (dit_network, {"dit": dit, "flow": flow}),
        (flow_painter, {"flow": flow}),
        (flow_training, {"flow": flow}),
    ):
        for name, its in names.items():
            monkeypatch.setattr(module, name, its)
    monkeypatch.setattr(flow_training, "EXAMINED", 4)
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def fabric() -> Fabric:
    return Fabric(accelerator="cpu")


def opened(**changed) -> Dit:
    """Return a small network none of whose weights is 0."""
    torch.manual_seed(0)
    network = Dit(DitSize(width=16, depth=2, **changed))
    for it in network.parameters():
        torch.nn.init.normal_(it, std=0.3)
    return network.eval()


def painter_of(network: Dit) -> FlowPainter:
    return make_painter(network)


def test_captions_are_read_as_clip_reads_them_and_without_padding():
    reader, model = load_reader(), load_clip()
    texts = ["a red circle", "an orange star on plain white", "a red circle"]
    heard = reader.read(texts)
    torch.testing.assert_close(heard.pooled, model.read(texts).clone())
    assert heard.words.shape == (3, 8, 64)  # <start> an orange star on plain white <end>
    assert heard.is_word.sum(1).tolist() == [5, 8, 5]
    assert torch.equal(heard.words[0], heard.words[2]) and len(reader.known) == 2
    assert reader.read([""]).is_word.sum() == 2
    with pytest.raises(ValueError, match="no word of the captions"):
        reader.read(["a mauve circle"])


@pytest.mark.parametrize("hearing", HEARING)
def test_a_network_begins_by_saying_nothing_and_hears_its_caption(hearing):
    reader = load_reader()
    heard = reader.read(["a red circle", "a blue star on plain black"])
    z, times = torch.randn(2, 8, 8, 8), torch.tensor([0.2, 0.9])
    assert not Dit(DitSize(hearing=hearing))(z, times, heard).any()
    network = opened(hearing=hearing)
    out = network(z, times, heard)
    assert out.shape == z.shape
    others = reader.read(["a green circle", "a blue star on plain black"])
    changed = (network(z, times, others) - out).abs().amax((1, 2, 3))
    assert changed[0] > 1e-3 and changed[1] == 0
    assert (network(z, times + 0.1, heard) - out).abs().max() > 1e-3
    alone = network(z[:1], times[:1], reader.read(["a red circle"]))  # without padding
    torch.testing.assert_close(alone[0], out[0], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("changed", [{}, {"predicts": "noise", "spread": 0.0, "hearing": "cross"}])
def test_a_step_moves_the_network_and_its_average_follows(fabric, changed):
    torch.manual_seed(0)
    task = FlowTask(FlowConfig(**TINY, **changed), fabric)
    before = task.network.final.linear.weight.clone()
    assert task.training_step(0, fabric)["loss"] > 0
    weight = task.model.final.linear.weight
    assert weight.any() and not before.any()
    followed = 0.9 * weight.detach()  # in the first step by nine tenths
    torch.testing.assert_close(task.network.final.linear.weight, followed, rtol=1e-4, atol=0)
    assert task.evaluate(1, Path()).keys() == {"right, centred"}


def test_a_flow_is_taught_its_velocity_and_the_other_its_noise(fabric):
    data, noise = torch.randn(2, 8, 8, 8), torch.randn(2, 8, 8, 8)
    times = torch.tensor([0.25, 0.5])
    task = FlowTask.__new__(FlowTask)
    task.config = FlowConfig()
    z, target = task.noised(data, noise, times)
    torch.testing.assert_close(target, noise - data)
    torch.testing.assert_close(z[0], 0.75 * data[0] + 0.25 * noise[0])
    task.config = dataclasses.replace(task.config, predicts="noise")
    z, target = task.noised(data, noise, times)
    assert target is noise
    torch.testing.assert_close(z[1], 0.5**0.5 * (data[1] + noise[1]))
    assert ((task.draw_times(1000) > 0) & (task.draw_times(1000) < 1)).all()


def test_captions_are_dropped_as_often_as_is_said(fabric):
    torch.manual_seed(0)
    task = FlowTask(FlowConfig(**TINY, dropped=0.25), fabric)
    heard = task.say(task.scenes * 50)
    assert (heard.is_word.sum(1) == 2).float().mean() == pytest.approx(0.25, abs=0.06)


def test_stopped_and_resumed_equals_uninterrupted(tmp_path):
    config = FlowConfig(**TINY, steps=4)
    every = {"evaluate_every": 2, "checkpoint_every": 2}
    train("flow", tmp_path / "whole", config, **every)
    half = tmp_path / "half"
    shutil.copytree(tmp_path / "whole", half)
    (half / "checkpoint.pt").unlink()  # as if it had been stopped at step 2
    _, log = train("flow", half, config, **every)
    assert [it["step"] for it in log] == [2, 4]
    for name in ("dit", "average"):
        a, b = (load_checkpoint(it)["modules"][name] for it in (tmp_path / "whole", half))
        assert a and all(torch.equal(a[key], b[key]) for key in a)


def test_guidance_goes_from_no_caption_over_the_caption_beyond():
    painter = painter_of(opened())
    z, t = painter.noise(2), torch.tensor(0.6)
    said = ["a red circle", "a blue star"]
    at = {w: painter.predictor(said, w)(z, t) for w in (0.0, 1.0, 3.0)}
    nothing = painter.predictor(["", ""], 1.0)(z, t)
    torch.testing.assert_close(at[0.0], nothing, rtol=1e-3, atol=1e-4)
    expected = nothing + 3 * (at[1.0] - nothing)
    torch.testing.assert_close(at[3.0], expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("predicts", ["velocity", "noise"])
def test_pictures_come_of_their_noise_alone(predicts):
    painter = painter_of(opened(predicts=predicts))
    said = ["a red circle", "a blue star"]
    a, b, c = (painter.paint(said, 3, 2.0, seed=seed) for seed in (0, 0, 1))
    assert a.shape == (2, 3, 32, 32) and 0 <= a.min() <= a.max() <= 1
    assert torch.equal(a, b) and not torch.equal(a, c)


def test_a_walk_ends_where_a_painted_picture_is():
    painter = painter_of(opened())
    seen = painter.walk(["a red circle"], 4, shift=2.0, seed=3)
    assert [round(it.time, 3) for it in seen] == [1.0, 0.857, 0.667, 0.4, 0.0]
    v = painter.predictor(["a red circle"], 1.0)(seen[1].latents, torch.tensor(seen[1].time))
    torch.testing.assert_close(seen[1].clean, seen[1].latents - seen[1].time * v)
    painted = painter.paint(["a red circle"], 4, shift=2.0, seed=3)
    torch.testing.assert_close(painter.vae.draw(seen[-1].latents), painted)
    assert torch.equal(seen[-1].latents, seen[-1].clean)


def test_ddim_of_one_point_is_exact_however_few_the_steps():
    point, noise = torch.tensor([[0.6, -0.2]]), torch.randn(5, 2)
    predict = toy_paths.exact_noise(point, toy_paths.curved_levels)
    for n in (1, 4):
        made = ddim(predict, noise, n)
        torch.testing.assert_close(made, point.expand(5, 2), rtol=0, atol=0.1)


def test_the_mean_velocity_has_the_least_loss():
    torch.manual_seed(0)
    data, t = toy_paths.points(3), torch.tensor(0.5)
    x, eps = data[torch.randint(3, (4000,))], torch.randn(4000, 2)
    for levels, slopes in (
        (toy_paths.straight_levels, (-1.0, 1.0)),
        (toy_paths.curved_levels, (-torch.pi * 0.5**1.5, torch.pi * 0.5**1.5)),
    ):
        a, s, *_ = levels(t)
        exact = toy_paths.exact_velocity(data, levels)(a * x + s * eps, t)
        target = slopes[0] * x + slopes[1] * eps
        losses = [
            float((f * exact + g - target).square().mean())
            for f, g in ((1, 0), (0.9, 0), (1.1, 0), (1, 0.1), (1, -0.1))
        ]
        assert losses[0] == min(losses)
    one = toy_paths.exact_velocity(data[:1], toy_paths.straight_levels)(eps, t)
    torch.testing.assert_close(one, (eps - data[:1]) / t, rtol=1e-4, atol=1e-5)


def test_a_straight_way_makes_no_detour():
    ways = torch.tensor([[[0.0, 0.0], [0.0, 0.0]], [[1.0, 0.0], [1.0, 0.0]], [[2.0, 0.0], [1, 1]]])
    assert toy_paths.detour(ways).tolist() == pytest.approx([1, 2**0.5])


@pytest.mark.slow
def test_the_kept_weights_are_as_good_as_their_log_and_scores_say():
    scores = json.loads((KEPT / "scores.json").read_text())
    last = json.loads((KEPT / "dit.jsonl").read_text().splitlines()[-1])
    painter, its = make_painter(load_dit()), Examined.drawn(150, 62, CENTRED, False)
    found = share_true(its.captions, painter.paint(its.captions))
    for said in (scores["guidance 1"]["16 steps"], last["right, centred"]):
        assert found == pytest.approx(said, abs=0.07)
    assert (KEPT / "dit.safetensors").stat().st_size < 8e6


def test_what_is_not_there_is_said(tmp_path, fabric):
    with pytest.raises(UnusableData, match="leave the data folder out"):
        FlowTask.from_data(FlowConfig(**TINY), Path("data"), fabric)
    with pytest.raises(UnusableData, match="Copy data/captions"):
        load_reader(tmp_path)
    with pytest.raises(UnusableData, match="Copy data/dit"):
        load_dit(folder=tmp_path)
    (tmp_path / "dit.safetensors").write_bytes(b"damaged")
    with pytest.raises(UnusableData, match="cannot be read"):
        load_dit(folder=tmp_path)


def test_figures_say_what_they_show():
    data = toy_paths.points(3)
    way = toy_paths.follow(
        toy_paths.exact_velocity(data, toy_paths.straight_levels), torch.randn(4, 2), 8
    )
    assert "ways from noise to 3 points" in in_words(flow_plots.paths({"a": way, "b": way}, data))
    ax = flow_plots.by_steps({"one": {"1": 0.25, "4": 0.5}}, n_prompts=100)
    assert "one: 0.25 at 1, 0.50 at 4" in in_words(ax.figure)
    table = {"flow": {"0.25": {"loss": 0.5, "right": 0.9}, "4": {"loss": 0.2, "right": 0.3}}}
    assert "flow at 4: loss 0.2, right 0.3" in in_words(flow_plots.loss_and_picture(table))
    figure = flow_plots.grid({"first": torch.rand(2, 3, 8, 8)}, ["t = 1", "t = 0"])
    assert "rows: first; columns: t = 1; t = 0" in in_words(figure)


def test_the_page_paints_what_is_typed_and_refuses_what_is_no_caption():
    page = flow_widget.prompt_page(painter_of(opened()))
    prompt, steps = page.children[0].children[:2]
    first = page_picture(page)
    steps.value = 2
    assert page_picture(page) != first
    prompt.value = "a red"
    assert "is no caption" in page_message(page)


def page_picture(page) -> bytes:
    return next(it for it in everything(page) if type(it).__name__ == "Image").value


def page_message(page) -> str:
    return " ".join(it.value for it in everything(page) if type(it).__name__ == "HTML")


def everything(box):
    for it in getattr(box, "children", ()):
        yield it
        yield from everything(it)


def test_a_reading_is_said_in_words():
    star = Thing("star", "orange", "big", 16, 16, 6)
    assert (
        flow_widget.in_words(Scene((star,), "plain", "grey")) == "a big orange star on plain grey"
    )
    assert flow_widget.in_words(Scene((), "plain", "grey")) == "nothing on plain grey"
    assert parse("an orange star") == Caption((Named("", "orange", "star"),))


def test_what_was_measured_has_all_that_the_notebook_draws():
    measured = read_measured()
    assert measured.keys() >= {"hearing", "predicting", "one jump"}
    for kind in ("hearing", "predicting"):
        for row in measured[kind].values():
            assert [*row["right by steps"]] == ["1", "2", "4", "8", "16"]
