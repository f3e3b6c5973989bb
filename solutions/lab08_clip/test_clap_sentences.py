"""What notebook 08 says of its figures of sounds, worked out again or looked up."""

import json
import random

import pytest
import torch

from exercise_lib.images import clip_encoders
from exercise_lib.music import bank, captions, clap_encoders, clap_training, pieces
from exercise_lib.music.clap_encoders import KEPT, load_clap
from exercise_lib.music.clap_training import Examined, named
from solutions.exercise_lib import clap, clip


@pytest.fixture(autouse=True)
def solved(monkeypatch):
    monkeypatch.setattr(clip_encoders, "clip", clip)
    for module in (clap_encoders, clap_training):
        monkeypatch.setattr(module, "clip", clip)
        monkeypatch.setattr(module, "clap", clap)


def test_most_rows_have_a_second_true_caption_and_only_one_loss_pushes_them_away():
    rng = random.Random(0)
    drawn = pieces.draw_pieces(64, seed=21)
    table = captions.truth([captions.caption(it, rng) for it in drawn], drawn)
    assert 0.6 < (table.sum(1) > 1).float().mean() < 0.85
    others = table & ~torch.eye(64).bool()
    perfect = (50.0 * table).requires_grad_()
    losses = clip.contrastive_loss(perfect), clap.many_true_loss(perfect, table)
    assert torch.isclose(*losses)
    pushed, left = (torch.autograd.grad(it, perfect)[0][others] for it in losses)
    assert pushed.min() > 1e-4 and left.abs().max() < 1e-6


def test_the_kept_weights_name_more_instruments_of_a_bank_than_the_live_ones():
    tables = bank.recorded()
    kept, live = (float(tables[it].diagonal().sum() / tables[it].sum()) for it in ("kept", "live"))
    assert kept > 0.4 > live > 0.25


def test_the_kept_weights_find_full_captions_of_held_out_kinds():
    assert named(load_clap(), Examined.drawn(60, 71, True))["full"] > 0.85
    scores = json.loads((KEPT / "scores.json").read_text())
    assert scores["kept"]["held-out kinds"]["full"] > 0.85
    assert (
        min(scores["oracle"]["held-out kinds"][it] for it in ("pitch", "tempo", "instrument"))
        >= 0.99
    )


def test_with_one_true_caption_it_is_slower_and_as_good_at_the_end():
    lines = (KEPT / "clap-own.jsonl").read_text().splitlines()
    own = {it["step"]: it["held_out_full"] for it in map(json.loads, lines)}
    assert f"{own[150]:.2f} {own[350]:.2f}" == "0.75 0.96"


def test_words_of_music_call_women_low_and_a_probe_hears_them():
    asked = json.loads((KEPT / "voices.json").read_text())
    words = asked["words of music, zero-shot"]
    probe = asked["linear classifier of its embeddings"]
    assert words["man"] > 0.9 and words["woman"] < 0.15
    assert (probe["man"] + probe["woman"]) / 2 == pytest.approx(0.9, abs=0.03)
    assert (probe["slow"] + probe["fast"]) / 2 == pytest.approx(0.8, abs=0.04)
