"""A U-Net learns to undo noise, resumes exactly, paints prompts, and shows where it hears words."""

import random
import shutil
from pathlib import Path

import pytest
import torch
from lightning_fabric import Fabric
from matplotlib import pyplot as plt

from exercise_lib.figures import in_words
from exercise_lib.files.unusable import UnusableData
from exercise_lib.images import (
    diffusion_plots,
    diffusion_training,
    diffusion_widget,
    painter,
    prompts,
    unet,
    vae,
    word_maps,
)
from exercise_lib.images.captions import caption, encode, parse
from exercise_lib.images.diffusion_training import DiffusionConfig, DiffusionTask
from exercise_lib.images.painter import Painter, load_unet
from exercise_lib.images.render import masks, render
from exercise_lib.images.scenes import CENTRED, HELD_OUT, MIDDLE, NURSERY, draw_scenes
from exercise_lib.images.unet import N_TIMES, Unet, UnetSize, time_features
from exercise_lib.images.vae import load_vae
from exercise_lib.train import train
from exercise_lib.train.checkpoint import load_checkpoint
from solutions.exercise_lib import diffusion

TINY = {"batch": 4, "scenes": 12, "channels": 8}


@pytest.fixture(autouse=True)
def solved(monkeypatch):
    for module in (diffusion_training, painter, unet, vae, word_maps):
        monkeypatch.setattr(module, "diffusion", diffusion)
    monkeypatch.setattr(diffusion_training, "EXAMINED", 4)
    monkeypatch.setattr(diffusion_training, "PAINTED_IN", 2)
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def fabric() -> Fabric:
    return Fabric(accelerator="cpu")


def small(seed: int = 0) -> Unet:
    """A U-Net whose last layer is not 0, so that what it says depends on all that it gets."""
    torch.manual_seed(seed)
    model = Unet(UnetSize(channels=8, text=16, text_layers=1))
    torch.nn.init.normal_(model.last.weight, std=0.1)
    return model.eval()


def small_painter() -> Painter:
    return Painter(small(), load_vae())


def test_it_begins_with_a_velocity_of_zero():
    torch.manual_seed(0)
    model, z = Unet(UnetSize(channels=8)), torch.randn(2, 8, 8, 8)
    t = torch.tensor([100, 900])
    noise = model(z, t, encode(["a red circle", ""]))
    expected = (1 - diffusion.alpha_bars(N_TIMES)[t])[:, None, None, None].sqrt() * z
    torch.testing.assert_close(noise, expected)


@torch.inference_mode()
def test_words_times_and_latents_count_and_padding_does_not():
    model, z, t = small(), torch.randn(1, 8, 8, 8), torch.tensor([500])
    tokens = encode(["a red circle"])
    said = model(z, t, tokens)
    assert not torch.allclose(said, model(z, t, encode(["a blue circle"])))
    assert not torch.allclose(said, model(z, t + 300, tokens))
    torch.testing.assert_close(said, model(z, t, tokens[:, :6]), atol=1e-5, rtol=1e-4)
    words, is_word = model.read(tokens)
    assert is_word.sum() == 5 and words.shape == (1, 15, 16)
    _, weights = model.predict(z, t, words, is_word)
    assert {n: it.shape for n, it in weights.items()} == {8: (1, 8, 64, 15), 4: (1, 8, 16, 15)}
    for its in weights.values():
        torch.testing.assert_close(its.sum(-1), torch.ones(its.shape[:3]))
        assert (its[..., 5:] == 0).all()


@torch.inference_mode()
def test_a_batch_says_what_its_examples_say_alone():
    model, z, t = small(), torch.randn(3, 8, 8, 8), torch.tensor([5, 500, 950])
    tokens = encode(["a red circle", "a big blue square on plain white", ""])
    together = model(z, t, tokens)
    for number in range(3):
        its = slice(number, number + 1)
        torch.testing.assert_close(
            together[its], model(z[its], t[its], tokens[its]), atol=1e-5, rtol=1e-4
        )


def test_times_are_told_apart():
    features = time_features(torch.tensor([0, 1, 20, 999]))
    cosines = torch.cosine_similarity(features[:, None], features[None], dim=2)
    assert features.shape == (4, 64) and (cosines.fill_diagonal_(0) < 0.99).all()


def test_the_sizes_are_those_that_are_said():
    kept = Unet(UnetSize())
    assert sum(it.numel() for it in kept.parameters()) == 872_536


def test_a_step_moves_the_weights_and_the_average_follows(fabric):
    torch.manual_seed(0)
    task = DiffusionTask(DiffusionConfig(**TINY), fabric)
    before = [it.clone() for it in task.network.parameters()]
    assert task.latents.shape == (12, 8, 8, 8)
    losses = [task.training_step(step, fabric)["loss"] for step in range(2)]
    assert all(it > 0 for it in losses)
    learned, average = task.model.state_dict(), task.network.state_dict()
    key = "last.weight"
    assert not torch.equal(average[key], learned[key])
    assert any(
        not torch.equal(a, b) for a, b in zip(before, task.network.parameters(), strict=True)
    )
    assert task.evaluate(1, Path()).keys() == {"right, centred"}


def test_both_worlds_are_learned_and_judged(fabric):
    config = DiffusionConfig(**TINY, worlds="anywhere, two things")
    task = DiffusionTask(config, fabric)
    assert [len(it.things) for it in task.scenes] == [1, 2] * 6
    parts = {f"{it}, two things" for it in ("right", "colours", "pairs", "relation")}
    assert task.evaluate(0, Path()).keys() == {"right, anywhere", *parts}


@pytest.mark.parametrize("worlds", ["anywhere, two things", "full"])
def test_no_held_out_pair_is_learned_from(fabric, worlds):
    task = DiffusionTask(DiffusionConfig(**TINY | {"scenes": 400}, worlds=worlds), fabric)
    pairs = {it.pair for scene in task.scenes for it in scene.things}
    assert len(pairs) > 25 and not pairs & HELD_OUT


@torch.inference_mode()
def test_read_by_phrase_a_thing_is_heard_without_the_other_but_for_how_it_lies():
    torch.manual_seed(0)
    model = Unet(UnetSize(channels=8, text=16, by_phrase=True)).eval()
    one, same, turned = (
        model.read(encode([f"a red circle {it}"]))[0][:, 1:4]
        for it in ("left of a blue square", "left of a pink star", "right of a blue square")
    )
    torch.testing.assert_close(one, same)
    torch.testing.assert_close(one[..., :16], turned[..., :16])
    assert one[0, :, 16:].argmax(1).tolist() == [1, 1, 1]
    assert turned[0, :, 16:].argmax(1).tolist() == [2, 2, 2]
    second = model.read(encode(["a blue square right of a red circle"]))[0][:, 6:9]
    torch.testing.assert_close(one, second)


@torch.inference_mode()
def test_places_ask_for_the_role_that_they_have_learned_to():
    torch.manual_seed(0)
    model = Unet(UnetSize(channels=8, text=16, by_phrase=True)).eval()
    for ask in (model.ask_before, model.ask_behind):
        ask.sides[:, 5, 1] = 4.0  # place 5: words of the thing at the left
    z, t = torch.randn(1, 8, 8, 8), torch.tensor([500])
    words = model.read(encode(["a red circle left of a blue square"]))
    weights = model.predict(z, t, *words)[1][8].mean((0, 1))  # (64, 15)
    assert weights[5, 1:4].sum() > 0.99 and (weights[6:, 1:4].sum(1) < 0.6).all()


def test_a_run_begins_from_the_average_of_another(tmp_path):
    every = {"evaluate_every": 2, "checkpoint_every": 2}
    train("diffusion", tmp_path, DiffusionConfig(**TINY, steps=2), **every)
    learned = load_checkpoint(tmp_path)["modules"]["average"]
    model = Unet(UnetSize(channels=8, by_phrase=True))
    diffusion_training.begin_from(model, tmp_path)
    own = model.state_dict()
    assert all(name.endswith(".sides") for name in own.keys() - learned.keys())
    assert all(torch.equal(own[key], learned[key]) for key in own.keys() & learned.keys())
    with pytest.raises(UnusableData, match="no checkpoint to start from"):
        diffusion_training.begin_from(model, tmp_path / "nothing")


def test_what_two_things_are_is_left_unsaid_now_and_then(fabric, monkeypatch):
    torch.manual_seed(0)
    config = DiffusionConfig(**TINY | {"batch": 64}, worlds="anywhere, two things", unsaid=0.5)
    task = DiffusionTask(config, fabric)
    heard = []
    monkeypatch.setattr(diffusion, "drop_captions", lambda it, *_: heard.append(it) or it)
    task.training_step(0, fabric)
    is_word = heard[0] != 0
    has_gap = (is_word[:, 1:] & ~is_word[:, :-1]).any(1)  # a word behind padding
    assert 0.2 < has_gap.float().mean() < 0.5


def test_the_noise_weighting_is_stable_diffusions(fabric):
    """At equal seeds, the loss of weights 1 is below that of the velocity: 1 / alpha_bar > 1."""
    losses = []
    for weighting in ("noise", "velocity"):
        torch.manual_seed(0)
        task = DiffusionTask(DiffusionConfig(**TINY, weighting=weighting), fabric)
        torch.manual_seed(1)
        losses.append(task.training_step(0, fabric)["loss"])
    assert losses[0] < losses[1]


def test_stopped_and_resumed_equals_uninterrupted(tmp_path):
    config = DiffusionConfig(**TINY, steps=4, by_phrase=True, unsaid=0.5)
    every = {"evaluate_every": 2, "checkpoint_every": 2}
    train("diffusion", tmp_path / "whole", config, **every)
    half = tmp_path / "half"
    shutil.copytree(tmp_path / "whole", half)
    (half / "checkpoint.pt").unlink()  # as if it had been stopped at step 2
    _, log = train("diffusion", half, config, **every)
    assert [it["step"] for it in log] == [2, 4]
    for name in ("unet", "average"):
        a, b = (load_checkpoint(it)["modules"][name] for it in (tmp_path / "whole", half))
        assert a and all(torch.equal(a[key], b[key]) for key in a)


def test_paintings_follow_from_prompt_and_seed():
    it = small_painter()
    once, twice, other = (it.paint(["a red circle"], 2.0, 3, seed) for seed in (0, 0, 1))
    assert once.shape == (1, 3, 32, 32) and once.min() >= 0 and once.max() <= 1
    assert torch.equal(once, twice) and not torch.equal(once, other)
    both = it.paint(["a red circle", "a blue square"], 2.0, 3)
    torch.testing.assert_close(both[:1], once, atol=1e-4, rtol=1e-3)


def test_without_guidance_prompts_make_no_difference():
    it = small_painter()
    red, blue = (it.paint([text], 0.0, 3) for text in ("a red circle", "a blue square"))
    torch.testing.assert_close(red, blue, atol=1e-4, rtol=1e-3)
    assert not torch.allclose(
        *(it.paint([text], 4.0, 3) for text in ("a red circle", "a blue moon"))
    )


def test_prompts_name_all_things_and_leave_the_rest_open():
    one, two = (prompts.draw_prompts(20, 3, world) for world in (CENTRED, MIDDLE))
    assert all(len(str(it).split()) == 3 for it in one)
    assert all(len(it.things) == 2 and it.relation for it in two)
    scenes = draw_scenes(20, 3, MIDDLE)
    assert all(it.holds(scene) for it, scene in zip(two, scenes, strict=True))


class Copier(Painter):
    """A painter that paints the scenes it is given, whatever the prompt."""

    def paint(self, captions, guidance_scale=2.0, n_steps=20, seed=0):
        return self.pictures


def counted(pictures):
    its = prompts.draw_prompts(60, 3, NURSERY)
    copier = Copier(None, None)
    object.__setattr__(copier, "pictures", pictures)
    return prompts.follow(copier, its, 1.0)


def test_what_follows_prompts_is_counted():
    true = draw_scenes(60, 3, NURSERY)
    found = counted(render(true))
    assert found["right"] == 1 and found["error"] == 0 and found["colours"] == 1
    assert found["tones"] > 0.2 and 3 < found["spread"] < 6
    shifted = counted(render(true[1:] + true[:1]))
    assert shifted["right"] < 0.2 and shifted["error"] == pytest.approx(
        (shifted["right"] * (1 - shifted["right"]) / 60) ** 0.5
    )
    alike = counted(render([true[0]] * 60))
    assert alike["tones"] == 0 and alike["spread"] == 0


def test_parts_of_captions_are_counted():
    scenes = draw_scenes(40, 3, MIDDLE)
    captions = prompts.draw_prompts(40, 3, MIDDLE)
    pictures = {
        "as they are": scenes,
        "colours exchanged": [it.swapped() for it in scenes],
        "turned round": [it.turned() for it in scenes],
        "of others": scenes[1:] + scenes[:1],
    }
    found = {name: prompts.heeded(captions, render(its)) for name, its in pictures.items()}
    assert set(found["as they are"].values()) == {1}
    swapped, turned = found["colours exchanged"], found["turned round"]
    assert swapped == {"right": 0, "colours": 1, "pairs": 0, "relation": 0}
    assert turned == {"right": 0, "colours": 1, "pairs": 1, "relation": 0}
    assert max(found["of others"].values()) < 0.2
    lone = prompts.heeded([parse("a red circle")], render(draw_scenes(1, 3, MIDDLE)))
    assert lone["relation"] == 0


def test_tones_are_counted_for_each_prompt_by_itself():
    """Red on white only and blue on black only: both tones occur, and no prompt leaves one open."""
    one, other = (
        [scene for scene in draw_scenes(200, 3, NURSERY) if scene.tone == tone][:10]
        for tone in ("white", "black")
    )
    red, blue = parse("a red circle"), parse("a blue square")
    its = [red] * 10 + [blue] * 10
    assert prompts.tones_of_prompts(its, one + other) == 0
    mixed = one[:5] + other[:5]
    assert prompts.tones_of_prompts(its, mixed + mixed) == pytest.approx(0.5)  # ln 2 / ln 4


def test_chance_is_the_share_of_cells_that_count():
    things = torch.zeros(2, 32, 32, dtype=torch.bool)
    things[0, :16, :16] = True
    things[1, :4, :4] = True
    assert word_maps.chance(things, 8) == pytest.approx((16 / 64 + 1 / 64) / 2)
    assert word_maps.chance(things, 4) == pytest.approx((4 / 16 + 1 / 16) / 2)


def test_hits_are_those_of_the_words_that_look_at_the_thing(monkeypatch):
    """A network whose colour word looks at the thing, and whose tone looks away, is scored so."""
    scenes = draw_scenes(12, 5, NURSERY)
    inside = torch.cat([masks(it)[:1] for it in scenes]).float()
    cells = torch.nn.functional.avg_pool2d(inside[:, None], 4).flatten(1)  # (B, 64)

    def attended(painter, latents, captions, time, seed=0):
        weights = torch.full((len(cells), 2, 64, 15), 0.01)
        weights[:, :, :, 2] = cells[:, None] + 0.01  # <start> a COLOUR
        weights[:, :, :, 6] = 1.01 - cells[:, None]
        return {8: weights}

    monkeypatch.setattr(word_maps, "attended", attended)
    found = word_maps.hits(small_painter(), scenes, 0.3)[8]
    assert found["colour"] == 1 and found["tone"] == 0 and 0.1 < found["chance"] < 0.3


def test_maps_are_of_real_captions_and_sum_to_one():
    it, scenes = small_painter(), draw_scenes(3, 5, NURSERY)
    captions = [word_maps.described(scene) for scene in scenes]
    assert all(caption.holds(scene) for caption, scene in zip(captions, scenes, strict=True))
    assert len(str(captions[0]).split()) == len(word_maps.KINDS)
    weights = word_maps.attended(it, it.vae.latents(render(scenes)), captions, 0.3)
    for cells, its in weights.items():
        maps = word_maps.maps_of(its[0], 6)
        assert maps.shape == (6, cells, cells)
        torch.testing.assert_close(maps.sum((1, 2)), torch.ones(6))


def test_figures_say_what_they_show():
    rows = {w: {"right": r, "error": 0.05, "tones": 0.8} for w, r in ((0, 0.1), (2, 0.9), (8, 0.3))}
    said = in_words(diffusion_plots.guidance(rows, 0.98, 0.9))
    assert "w 2: right 0.90, tones 0.80" in said
    maps = torch.zeros(2, 8, 8)
    maps[0, 2, 5] = maps[1, 7, 0] = 1
    figure = diffusion_plots.word_maps(
        torch.zeros(3, 32, 32), ["red", "circle"], {"late": maps}, torch.ones(1, 32, 32) > 0
    )
    assert "late, red: peak at row 3, column 6" in in_words(figure)
    found = {"early": {8: dict.fromkeys(word_maps.KINDS, 0.25) | {"chance": 0.2}}}
    assert "early: a 0.25, colour 0.25" in in_words(diffusion_plots.hits(found, word_maps.KINDS))


def test_the_page_paints_what_is_typed():
    box = diffusion_widget.prompt_page(small_painter())
    controls = {it.description: it for it in box.children[0].children}
    controls["steps"].value = 2
    before = box.children[2].value
    controls["prompt"].value = "a blue square"
    assert box.children[2].value != before
    controls["prompt"].value = "a mauve square"
    assert "mauve" in box.children[-1].value


def test_captions_say_the_same_of_a_scene_every_time():
    scene = draw_scenes(1, 3, MIDDLE)[0]
    assert caption(scene, random.Random(1)).holds(scene)


def test_what_is_not_there_is_said(tmp_path, fabric):
    with pytest.raises(UnusableData, match="leave the data folder out"):
        DiffusionTask.from_data(DiffusionConfig(**TINY), Path("data"), fabric)
    with pytest.raises(UnusableData, match="Copy data/diffusion"):
        load_unet("late", tmp_path)
    (tmp_path / "late.safetensors").write_bytes(b"damaged")
    with pytest.raises(UnusableData, match="cannot be read"):
        load_unet("late", tmp_path)
