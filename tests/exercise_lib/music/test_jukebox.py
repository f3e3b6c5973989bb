"""Jukebox's levels and transformers: what hears what, and that training learns what it should."""

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
from exercise_lib.music import (
    jukebox_books,
    jukebox_codes,
    jukebox_level,
    jukebox_level_training,
    jukebox_pieces,
    jukebox_player,
    jukebox_plots,
    jukebox_prior_training,
    jukebox_transformer,
    oracle,
)
from exercise_lib.music.captions import full_caption
from exercise_lib.music.jukebox_decoder import HOP, PER_SEMITONE, Sinusoids
from exercise_lib.music.jukebox_level import Level, LevelSize
from exercise_lib.music.jukebox_level_training import ATTRIBUTES, LevelConfig, LevelTask, heard
from exercise_lib.music.jukebox_player import Jukebox, Sampling, load_jukebox, say
from exercise_lib.music.jukebox_prior_training import TransformerConfig, TransformerTask, readings
from exercise_lib.music.jukebox_transformer import CodeTransformer, NextCode, TransformerSize
from exercise_lib.music.jukebox_widget import jukebox_page
from exercise_lib.music.pieces import HELD_OUT, draw_pieces
from exercise_lib.music.render import render
from exercise_lib.train import train
from exercise_lib.train.checkpoint import load_checkpoint
from solutions.exercise_lib import quantization, vq_music

SCORES = json.loads((Path(__file__).parents[3] / "data" / "jukebox" / "scores.json").read_text())
LEVEL = "exercise_lib.music.jukebox_level_training:LevelTask"
SMALL = TransformerSize(n_codes=20, places=6, width=16, depth=2, heads=2, dropout=0.0)
BELOW = TransformerSize(n_codes=20, places=6, upper=2, width=16, depth=2, heads=2, dropout=0.0)


@pytest.fixture(autouse=True)
def solved(monkeypatch, tmp_path):
    users = (
        *(jukebox_level, jukebox_level_training, jukebox_transformer, jukebox_player),
        jukebox_prior_training,
    )
    for module in users:
        monkeypatch.setattr(module, "vq_music", vq_music)
    for module in (book, jukebox_level_training, jukebox_books):
        monkeypatch.setattr(module, "quantization", quantization)
    for module in (jukebox_pieces, jukebox_codes):
        monkeypatch.setattr(module, "CACHE", tmp_path / "music")
    for module in (jukebox_level_training, jukebox_prior_training):
        monkeypatch.setattr(module, "EXAMINED", 2)


@pytest.fixture(scope="module")
def fabric() -> Fabric:
    return Fabric(accelerator="cpu")


def whole(below: int, *shape: int) -> torch.Tensor:
    return torch.randint(below, shape, generator=torch.Generator().manual_seed(0))


def test_a_sinusoid_goes_on_from_frame_to_frame():
    sinusoids = Sinusoids()
    loudness = torch.zeros(1, 50, len(sinusoids.waves) // 2)
    loudness[:, :, (69 - 28) * PER_SEMITONE] = 0.5
    sound = sinusoids(loudness)[0]
    assert sound.shape == (50 * HOP,)
    spectrum = torch.fft.rfft(sound[HOP:-HOP][: 40 * HOP]).abs()  # 1.25 Hz a bin
    assert int(spectrum.argmax()) == 440 / 1.25
    near = spectrum[340:365].square().sum() / spectrum.square().sum()
    assert near > 0.99  # one sinusoid, without a seam


@pytest.mark.parametrize("factor", [1, 3])
def test_a_level_has_a_code_for_each_hop(factor):
    size = LevelSize(factor, n_codes=16, channels=16, hidden=24)
    level, sounds = Level(size).eval(), render(draw_pieces(2, 3))
    codes = level.encode(sounds)
    assert codes.shape == (2, size.n_frames) and size.n_frames * size.hop == 48_000
    assert level.decode(codes).shape == sounds.shape
    assert size.bits_per_second == 4 * 50 / factor
    copies, z, again, commitment = level(sounds)
    assert torch.equal(codes, again) and z.shape == (2, 32, size.n_frames)
    torch.testing.assert_close(
        copies.detach().clamp(-1, 1), level.decode(codes), rtol=1e-3, atol=1e-4
    )
    assert commitment > 0


@pytest.mark.parametrize("size", [SMALL, BELOW])
def test_codes_hear_those_before_them_and_their_condition(size):
    model = CodeTransformer(size).eval()
    condition = whole(12, 2, size.upper or size.words) + 3
    heard_codes = whole(20, 2, 6)
    with torch.no_grad():
        before = model(heard_codes, condition)[:, size.words :]
        changed = heard_codes.clone()
        changed[:, 3] = (changed[:, 3] + 1) % 20
        after = model(changed, condition)[:, size.words :]
        other = model(heard_codes, condition.roll(1, 1))[:, size.words :]
    assert torch.equal(before[:, :3], after[:, :3])
    assert (before[:, 3:] != after[:, 3:]).any(2).all()
    assert (before != other).any(2).all()


def test_a_caption_reads_alike_whatever_its_padding_was():
    model = CodeTransformer(SMALL).eval()
    short = torch.tensor([[1, 5, 6, 2] + 12 * [jukebox_transformer.SILENT]])
    with torch.no_grad():
        before = model(whole(20, 1, 6), short)[:, 16:]
        model.words.weight[jukebox_transformer.SILENT] += 1
        after = model(whole(20, 1, 6), short)[:, 16:]
    assert torch.equal(before, after)


@pytest.mark.parametrize("size", [SMALL, BELOW])
def test_what_is_remembered_equals_hearing_all_again(size):
    model = CodeTransformer(size).eval()
    condition, codes = whole(12, 3, size.upper or size.words) + 3, whole(20, 3, 6)
    predict = NextCode(model, condition)
    with torch.no_grad():
        expected = model(vq_music.shifted(codes, model.start), condition)[:, size.words :]
    for t in (2, 3, 4, 5, 1, 2):  # begins with an opening, later with another one
        torch.testing.assert_close(predict(codes[:, :t]), expected[:, t], rtol=1e-4, atol=1e-5)


def test_seeds_and_openings_decide_what_is_said():
    model = CodeTransformer(SMALL).eval()
    words = whole(12, 4, 16) + 3
    a, again, other = (say(model, words, Sampling(1.0, 20, seed)) for seed in (0, 0, 1))
    assert torch.equal(a, again) and not torch.equal(a, other) and a.shape == (4, 6)
    opening = whole(20, 4, 3)
    assert torch.equal(say(model, words, Sampling(), opening)[:, :3], opening)
    cold = [say(model, words, Sampling(1.0, 1, seed)) for seed in (0, 1)]
    assert torch.equal(*cold)


def test_a_level_learns_and_its_book_follows(fabric):
    config = LevelConfig(batch=2, pieces=4, segment=9600, quantized_from=1, n_codes=8, steps=4)
    task = LevelTask(config, fabric)
    before = task.network.book.codebook.clone()
    losses = [task.training_step(step, fabric) for step in range(2)]
    assert losses[0]["commitment"] == 0 < losses[1]["commitment"]
    assert not torch.equal(before, task.network.book.codebook)
    assert {it.kind for it in task.pieces} <= HELD_OUT


def test_the_losses_of_a_level_are_the_students(fabric, monkeypatch):
    called = []

    def loss(x, x_hat, sizes):
        called.append((x.shape, tuple(sizes)))
        return x_hat.square().sum()

    monkeypatch.setattr(vq_music, "multi_resolution_stft", loss)
    config = LevelConfig(batch=2, pieces=4, segment=9600, n_codes=8)
    LevelTask(config, fabric).training_step(0, fabric)
    assert called == [((2, 9600), jukebox_level_training.SIZES)]


def test_a_level_stopped_and_resumed_equals_uninterrupted(tmp_path):
    config = LevelConfig(batch=2, pieces=4, segment=9600, quantized_from=1, n_codes=8, steps=4)
    every = {"evaluate_every": 2, "checkpoint_every": 2}
    train(LEVEL, tmp_path / "whole", config, **every)
    shutil.copytree(tmp_path / "whole", tmp_path / "half")
    (tmp_path / "half" / "checkpoint.pt").unlink()  # as if it had been stopped at step 2
    train(LEVEL, tmp_path / "half", config, **every)
    a, b = (load_checkpoint(tmp_path / it)["modules"]["level"] for it in ("whole", "half"))
    assert all(torch.equal(a[key], b[key]) for key in a)


@pytest.mark.parametrize("level", ["top", "bottom"])
def test_a_transformer_learns_the_codes_of_kept_levels(fabric, level):
    config = TransformerConfig(
        level=level, steps=8, batch=4, pieces=4, width=32, depth=1, learning_rate=0.02
    )
    task = TransformerTask(config, fabric)
    losses = [task.training_step(step, fabric)["nats"] for step in range(8)]
    assert losses[-1] < losses[0] - 0.3


def test_captions_of_a_piece_are_said_in_several_ways():
    words = readings(5)
    assert words.shape == (5, 8, 16)
    assert all(len(it.unique(dim=0)) > 2 for it in words)
    assert torch.equal(words, readings(7)[:5])


def test_the_oracle_hears_a_played_piece():
    pieces = draw_pieces(3, 8, held_out=True)
    scores = heard(pieces, render(pieces))
    assert scores["all"] == 1 and scores["pitch"] >= 2 / 3


def test_books_collapse_without_restarts():
    latents = torch.randn(600, 8, generator=torch.Generator().manual_seed(0)) * 0.2 + 3

    def restart(codebook, counts, vectors, places, least):
        dead = counts < least
        codebook = torch.where(dead[:, None], vectors[places], codebook)
        return codebook, torch.where(dead, least, counts)

    alive, dead = (
        jukebox_books.followed(latents, 32, 30, it, batch=200)[0][-1] for it in (restart, None)
    )
    assert alive > 20 > dead


@pytest.fixture(scope="module")
def kept() -> Jukebox:
    return load_jukebox()


@pytest.mark.slow
def test_the_kept_levels_copy_what_was_played_and_use_their_books(kept):
    pieces = draw_pieces(24, 77, held_out=True)
    sounds = render(pieces)
    for name in ("top", "bottom"):
        level = getattr(kept, name)
        codes = level.encode(sounds)
        now, then = heard(pieces, level.decode(codes)), SCORES["copies"][name]
        for attribute in ATTRIBUTES:
            error = max(0.05, (then[attribute] * (1 - then[attribute]) / 24) ** 0.5)
            assert now[attribute] > then[attribute] - 3 * error
        assert float(quantization.perplexity(codes, 1024)) > 100


@pytest.mark.slow
def test_the_kept_jukebox_plays_what_is_asked(kept):
    pieces = draw_pieces(24, 78, held_out=True)
    codes = kept.imagine(full_caption(it.kind) for it in pieces)
    now, then = heard(pieces, kept.top.decode(codes)), SCORES["prompts"]["top level, seed 0"]
    for attribute in ATTRIBUTES:
        error = max(0.05, (then[attribute] * (1 - then[attribute]) / 24) ** 0.5)
        assert now[attribute] > then[attribute] - 3 * error
    assert kept.refine(codes[:2]).shape == (2, 150)


def test_kept_codes_are_those_of_the_kept_level(kept):
    codes = jukebox_codes.codes_of(4, "top")["top"]
    assert codes.shape == (4, 50) and not jukebox_pieces.CACHE.exists()
    same = (kept.top.encode(render(draw_pieces(4, 0))) == codes).float().mean()
    assert same > 0.97  # they were encoded on a GPU, which rounds otherwise


def test_codes_that_are_not_kept_are_made_once(monkeypatch):
    both = jukebox_codes.codes_of(3, "top", "bottom")
    assert both["bottom"].shape == (3, 150)
    monkeypatch.setattr(jukebox_codes, "encoded", None)  # nothing is encoded again
    again = jukebox_codes.codes_of(3, "top", "bottom")
    assert all(torch.equal(both[it], again[it]) for it in both)


def test_what_is_missing_is_named(tmp_path):
    with pytest.raises(UnusableData, match=r"no top\.safetensors.*data/jukebox"):
        load_jukebox(tmp_path)
    with pytest.raises(UnusableData, match=r"no prior\.safetensors"):
        jukebox_transformer.load_transformer("prior", tmp_path)


def test_figures_say_in_words_what_they_show():
    pieces = draw_pieces(2, 9, held_out=True)
    sounds = render(pieces)
    rolls = jukebox_plots.piano_rolls(pieces, {"heard": oracle.read(sounds)})
    kind = pieces[0].kind
    words = f"{kind.instrument} {kind.contour} {kind.register} {kind.tempo} {kind.drums}"
    assert f"asked {words}, heard {words}" in in_words(rolls)
    bars = jukebox_plots.heard_rightly({"the sounds": heard(pieces, sounds)}, 2)
    assert "the sounds: instrument 1.00" in in_words(bars.figure)
    shown = jukebox_plots.spectrograms({"one": sounds[0], "two": sounds[1]})
    assert "one, two" in in_words(shown)
    mask = jukebox_plots.who_hears_whom(torch.eye(3).bool(), "abc")
    assert "a, b, c" in in_words(mask.figure)
    warm = jukebox_plots.by_temperature((0.1, 1.0), (5.0, 80.0), 90.0, (0.5, 0.8))
    assert "0.1: perplexity 5, share 0.50" in in_words(warm)
    plt.close("all")


def test_the_page_plays_a_caption_and_says_what_it_does_not_know(kept):
    page = jukebox_page(kept)
    controls = page.children[0].children
    caption, message = controls[0], page.children[-1]
    assert page.children[-2].value[:4] == b"RIFF"
    caption.value = "a slow zither melody"
    assert "zither" in message.value
    caption.value = "a fast falling organ tune"
    assert message.value == ""
