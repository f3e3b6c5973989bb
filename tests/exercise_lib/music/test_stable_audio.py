"""Sound becomes latents and comes back, a transformer composes, and what is followed is counted."""

import dataclasses
import json
import shutil
from pathlib import Path

import pytest
import torch
from lightning_fabric import Fabric
from matplotlib import pyplot as plt

from exercise_lib.codec import discriminator
from exercise_lib.figures import in_words
from exercise_lib.files.unusable import UnusableData
from exercise_lib.images import clip_encoders, dit_network
from exercise_lib.music import (
    latent_network,
    latent_training,
    oracle,
    stable_audio_network,
    stable_audio_player,
    stable_audio_plots,
    stable_audio_scores,
    stable_audio_training,
    stable_audio_widget,
    stable_audio_windows,
)
from exercise_lib.music.captions import full_caption
from exercise_lib.music.latent_network import LatentSize, SoundVae, kept_folder, load_vae
from exercise_lib.music.latent_training import LatentConfig, LatentTask
from exercise_lib.music.oracle import Reading
from exercise_lib.music.pieces import Kind, draw_pieces
from exercise_lib.music.render import render
from exercise_lib.music.stable_audio_network import (
    Heard,
    SoundDit,
    SoundDitSize,
    load_dit,
    load_reader,
)
from exercise_lib.music.stable_audio_player import Composer, load_composer
from exercise_lib.music.stable_audio_training import StableAudioConfig, StableAudioTask
from exercise_lib.train import train
from exercise_lib.train.checkpoint import load_checkpoint
from solutions.exercise_lib import clip, dit, encodec, latent_audio

SMALL = {"channels": 16, "depth": 2}
TINY = {"batch": 4, "windows": 12, "width": 16, "depth": 1}
SAID = ["a fast rising bell melody", "an organ tune with cymbals"]
TASK = "exercise_lib.music.stable_audio_training:StableAudioTask"


@pytest.fixture(autouse=True)
def solved(monkeypatch):
    for module in (
        latent_network,
        latent_training,
        stable_audio_network,
        stable_audio_player,
        stable_audio_training,
        stable_audio_windows,
    ):
        monkeypatch.setattr(module, "latent_audio", latent_audio)
    for module in (dit_network, stable_audio_network):
        monkeypatch.setattr(module, "dit", dit)
    for module in (discriminator, latent_training):
        monkeypatch.setattr(module, "encodec", encodec)
    monkeypatch.setattr(clip_encoders, "clip", clip)
    for module in (latent_training, stable_audio_training):
        monkeypatch.setattr(module, "EXAMINED", 2)
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def fabric() -> Fabric:
    return Fabric(accelerator="cpu")


def opened(network: torch.nn.Module) -> torch.nn.Module:
    """Give every parameter random numbers, those that begin as 0 too."""
    generator = torch.Generator().manual_seed(1)
    for it in network.parameters():
        torch.nn.init.normal_(it, std=0.3, generator=generator)
    return network.eval()


@pytest.fixture
def composer() -> Composer:
    network = opened(SoundDit(SoundDitSize(width=16, depth=1)))
    return Composer(network, load_reader(), SoundVae(LatentSize(hidden=32, **SMALL)).eval())


@pytest.mark.parametrize("finer", [1, 4])
def test_48000_samples_become_75_latents_and_48000_samples(finer):
    vae = SoundVae(LatentSize(hidden=32, finer=finer, **SMALL)).eval()
    vae.mean.fill_(2.0)
    vae.spread.fill_(0.5)
    sounds = render(draw_pieces(2, 0))
    latents = vae.latents(sounds)
    assert latents.shape == (2, 16, 75)
    mean, _ = vae.encoder(sounds)
    torch.testing.assert_close(latents, (mean - 2) / 0.5)
    assert vae.sounds(latents).shape == sounds.shape
    torch.testing.assert_close(vae.sounds(latents), vae.decoder(mean), rtol=1e-3, atol=1e-4)


def test_segments_end_early_in_a_share_and_come_from_the_pieces(fabric):
    torch.manual_seed(0)
    task = LatentTask(LatentConfig(batch=200, segment=20, pieces=2, **SMALL), fabric)
    assert set(task.draw_batch().flatten().tolist()) <= {0, *task.sounds.flatten().tolist()}
    task.sounds.fill_(1)  # pieces have rests of their own
    batch = task.draw_batch()
    assert batch.shape == (200, 20 * 640)
    ends = (batch != 0).long().mul(torch.arange(1, batch.shape[1] + 1)).amax(1)
    assert (ends < batch.shape[1]).float().mean() == pytest.approx(0.25, abs=0.1)


def test_a_step_of_the_autoencoder_learns_and_its_scale_is_that_of_its_latents(fabric):
    torch.manual_seed(0)
    task = LatentTask(LatentConfig(batch=2, segment=10, pieces=4, steps=10, **SMALL), fabric)
    losses = task.training_step(1, fabric)
    assert losses.keys() == {"loss", "kl"} and task.evaluate(1, Path())["all"] <= 1
    latents = task.network.latents(task.sounds)
    torch.testing.assert_close(latents.mean((0, 2)), torch.zeros(16), rtol=0, atol=1e-3)
    torch.testing.assert_close(latents.std((0, 2)), torch.ones(16), rtol=0.01, atol=0)


def test_with_discriminators_the_decoder_alone_learns(fabric):
    torch.manual_seed(0)
    config = LatentConfig(batch=1, segment=8, pieces=2, steps=10, adversarial=True, **SMALL)
    task = LatentTask(config, fabric)
    before = {name: it.clone() for name, it in task.network.state_dict().items()}
    assert "adversarial" in task.training_step(1, fabric)
    moved = {name for name, it in task.network.state_dict().items() if (it != before[name]).any()}
    assert moved and all(it.startswith("decoder") for it in moved)


def test_a_new_transformer_says_0_and_an_opened_one_hears_all_that_it_is_told():
    reader = load_reader()
    z, times = torch.randn(2, 16, 75), torch.tensor([0.3, 0.8])
    totals, starts = torch.tensor([2.0, 3.0]), torch.tensor([0.0, 1.0])
    heard = Heard(reader.read(SAID), starts, totals)
    assert not SoundDit(SoundDitSize(width=16, depth=1))(z, times, heard).any()
    network = opened(SoundDit(SoundDitSize(width=16, depth=1)))
    out, first = network(z, times, heard), torch.tensor([1.0, 0.0])
    assert out.shape == z.shape
    for changed in (
        network(z, times, Heard(reader.read([SAID[1], SAID[1]]), starts, totals)),
        network(z, times, Heard(heard.captions, starts + 0.5 * first, totals)),
        network(z, times, Heard(heard.captions, starts, totals - 0.5 * first)),
        network(z, times + 0.1 * first, heard),
        network(z + first[:, None, None], times, heard),
    ):
        difference = (changed - out).abs().amax((1, 2))
        assert difference[0] > 1e-3 and difference[1] < 1e-4


def test_windows_are_the_pieces_own_and_latents_are_kept_to_a_fortieth(tmp_path):
    [(pieces, times)] = stable_audio_windows.parts(30)
    assert times[:10] == stable_audio_windows.draw_times(10, stable_audio_windows.SEED)
    assert all(start + 0.3 <= total + 1e-6 <= 3.01 for start, total in times)
    few = pieces[:4], times[:4]
    played, whole = stable_audio_windows.play(few), render(pieces[:4])
    for window, piece, (start, total) in zip(played, whole, times[:4], strict=True):
        n = round((total - start) * 16_000)
        begin = round(start * 16_000)
        assert (
            torch.equal(window[: n - 1], piece[begin : begin + n - 1]) and not window[n + 1 :].any()
        )
    latents = torch.randn(30, 16, 75)
    stable_audio_windows.save_latents(latents, tmp_path / "latents")
    again = stable_audio_windows.load_latents(tmp_path / "latents")
    torch.testing.assert_close(again, latents, rtol=0, atol=0.026)
    windows = stable_audio_windows.as_windows(again)
    assert windows.pieces == pieces and windows.totals.tolist() == pytest.approx(
        [total for _, total in times]
    )


def test_half_of_the_windows_begin_late_and_as_often_at_each_second():
    times = stable_audio_windows.draw_times(4000, 0)
    assert sum(it == (0.0, 3.0) for it in times) / 4000 == pytest.approx(0.25, abs=0.03)
    starts, totals = torch.tensor([it for it in times if it[0]]).T
    assert len(starts) / 4000 == pytest.approx(0.5, abs=0.03)
    shares = torch.histc(starts, 3, 0, 2.7) / len(starts)
    torch.testing.assert_close(shares, torch.full((3,), 1 / 3), rtol=0, atol=0.04)
    soon = totals[(starts > 0.9) & (starts < 1.1)] < 2.15  # half of what is left from 1.3 s on
    assert soon.float().mean() == pytest.approx(0.5, abs=0.1)


@pytest.mark.skipif(not (latent_network.HANDED_OUT / "vae.safetensors").exists(), reason="not kept")
def test_a_step_moves_the_transformer_and_a_share_hears_no_caption(fabric):
    torch.manual_seed(0)
    task = StableAudioTask(StableAudioConfig(**TINY, dropped=0.25), fabric)
    before = task.network.final.linear.weight.clone()
    assert task.training_step(0, fabric)["loss"] > 0
    moved = task.model.final.linear.weight.detach() - before
    close = {"rtol": 1e-3, "atol": 1e-6}
    torch.testing.assert_close(task.network.final.linear.weight - before, 0.9 * moved, **close)
    said = task.say(torch.arange(12).repeat(30))
    nothing = (said.pooled == task.captions.pooled[0]).all(1)
    assert nothing.float().mean() == pytest.approx(0.25, abs=0.07)
    scores = task.evaluate(1, Path())
    assert scores.keys() >= {"instrument", "all", "seconds_off", "level_behind"}


@pytest.mark.skipif(not (latent_network.HANDED_OUT / "vae.safetensors").exists(), reason="not kept")
def test_stopped_and_resumed_equals_uninterrupted(tmp_path):
    config, every = StableAudioConfig(**TINY, steps=4), {"evaluate_every": 2, "checkpoint_every": 2}
    train(TASK, tmp_path / "whole", config, **every)
    half = tmp_path / "half"
    shutil.copytree(tmp_path / "whole", half)
    (half / "checkpoint.pt").unlink()  # as if it had been stopped at step 2
    _, log = train(TASK, half, config, **every)
    assert [it["step"] for it in log] == [2, 4]
    a, b = (load_checkpoint(it)["modules"]["average"] for it in (tmp_path / "whole", half))
    assert a and all(torch.equal(a[key], b[key]) for key in a)


def test_sounds_come_of_their_caption_and_noise_and_guidance_0_hears_no_caption(composer):
    a, b, c = (composer.compose(SAID, n_steps=2, seed=seed) for seed in (0, 0, 1))
    assert a.shape == (2, 48_000) and torch.equal(a, b) and not torch.equal(a, c)
    deaf, other = (
        composer.sample(its, n_steps=2, guidance_scale=0.0) for its in (SAID, SAID[::-1])
    )
    torch.testing.assert_close(deaf, other, rtol=1e-3, atol=1e-3)
    short = composer.sample(SAID, [1.0, 2.0], n_steps=2)
    assert not torch.equal(short, composer.sample(SAID, n_steps=2))
    assert not torch.equal(short, composer.sample(SAID, [1.0, 2.0], 0.5, n_steps=2))
    with pytest.raises(ValueError, match="violin"):
        composer.compose(["a violin melody"])


def test_seconds_and_levels_of_a_tone_that_is_cut():
    tone = torch.sin(torch.arange(48_000) * 0.3)[None].repeat(2, 1)
    tone[0, 16_000:] *= 0.01
    tone[1, 32_000:] *= 0.1
    seconds = stable_audio_scores.sounding_seconds(tone)
    assert seconds.tolist() == pytest.approx([1.0, 3.0])
    behind = stable_audio_scores.level_behind(tone, torch.tensor([1.0, 2.0]))
    assert behind.tolist() == pytest.approx([0.01, 0.1], rel=0.01)


def test_what_is_followed_is_counted():
    sounds = render(draw_pieces(3, 1))
    kinds = [it.kind for it in oracle.read(sounds)]
    wrong = {"bell": "organ"}.get(kinds[0].instrument, "bell")
    kinds[0] = dataclasses.replace(kinds[0], instrument=wrong)
    shares = stable_audio_scores.followed(kinds, sounds)
    assert shares["instrument"] == shares["all"] == pytest.approx(2 / 3)
    assert shares["tempo"] == shares["contour"] == 1


def test_figures_say_what_they_show():
    kind = Kind("flute", "rising", "low", "fast", "none")
    heard = Kind("organ", "rising", "low", "fast", "kick")
    _, ax = plt.subplots()
    stable_audio_plots.piano_roll(kind, Reading(heard, (0.1, 0.4), (50.0, 52.0)), ax)
    assert "organ!" in ax.get_title() and "kick!" in ax.get_title()
    pieces = draw_pieces(2, 1)
    said = in_words(stable_audio_plots.piano_rolls([it.kind for it in pieces], render(pieces)))
    assert pieces[0].kind.instrument in said and "heard" in said
    asked = torch.tensor([1.0, 2.0])
    ax = stable_audio_plots.asked_and_heard(asked, {"kept": asked + 0.2})
    assert "kept: 0.20 s off" in in_words(ax.figure)
    row = dict.fromkeys(stable_audio_scores.ATTRIBUTES, 0.5)
    said = in_words(stable_audio_plots.followed({"w = 2": row}, 40).figure)
    assert "w = 2: instrument 0.50" in said
    said = in_words(stable_audio_plots.spectrograms(render(pieces), ["one", "two"]))
    assert "one; two" in said


def test_the_page_composes_plays_and_refuses_what_is_no_caption(composer):
    page = stable_audio_widget.composer_page(composer)
    caption = page.children[0].children[0]
    said = [it.value for it in everything(page) if type(it).__name__ == "HTML"]
    assert any("s of 2.00 s" in it and "level behind" in it for it in said)
    page.children[0].children[1].value = 3.0
    said = [it.value for it in everything(page) if type(it).__name__ == "HTML"]
    assert any("heard: " in it for it in said)
    caption.value = "a bell"
    said = [it.value for it in everything(page) if type(it).__name__ == "HTML"]
    assert any("is no caption" in it for it in said)


def everything(box):
    for it in getattr(box, "children", ()):
        yield it
        yield from everything(it)


def test_what_is_not_there_is_said(tmp_path, fabric):
    with pytest.raises(UnusableData, match="leave the data folder out"):
        StableAudioTask.from_data(StableAudioConfig(**TINY), Path("data"), fabric)
    for load in (
        lambda: load_vae(tmp_path),
        lambda: load_dit(folder=tmp_path),
        lambda: load_composer(folder=tmp_path),
    ):
        with pytest.raises(UnusableData, match="Copy data/"):
            load()
    with pytest.raises(UnusableData, match="keep_latents"):
        stable_audio_windows.load_latents(tmp_path / "latents")


@pytest.mark.slow
def test_the_kept_weights_are_as_good_as_their_scores_say():
    scores = json.loads((kept_folder() / "scores.json").read_text())
    kinds = [it.kind for it in draw_pieces(100, 62, held_out=True)]
    found = stable_audio_scores.followed(
        kinds, load_composer().compose([*map(full_caption, kinds)])
    )
    for name in stable_audio_scores.ATTRIBUTES:
        assert found[name] == pytest.approx(scores["prompts"]["kept"][name], abs=0.1)
    assert all(it.stat().st_size < 8e6 for it in kept_folder().glob("*.safetensors"))
