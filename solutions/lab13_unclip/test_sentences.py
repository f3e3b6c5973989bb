"""What notebook 13 says of its figures, worked out again or looked up in what was recorded."""

import json
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from exercise_lib.images.measured import read_measured
from solutions.exercise_lib import unclip

SCORES = json.loads((Path(__file__).parents[2] / "data" / "unclip" / "scores.json").read_text())
BOUND = read_measured("unclip")["binding"]


def test_an_embedding_of_length_1_is_gone_at_a_fifth_of_the_time():
    generator = torch.Generator().manual_seed(0)
    x = F.normalize(torch.randn(200, 64, generator=generator))
    noise = torch.randn(200, 64, generator=generator)

    def left(x: torch.Tensor, time: float) -> float:
        z = unclip.noised(x, noise, torch.full((200,), time))
        return float(F.cosine_similarity(z, x).mean())

    assert left(x, 0.2) < 0.4 and left(unclip.scaled(x), 0.2) > 0.9
    assert left(unclip.scaled(x), 0.5) == pytest.approx(0.7, abs=0.05)


def test_the_prior_is_nearer_to_the_picture_than_the_caption_is():
    live = SCORES["live: cosines"]["live, centred"]
    kept = SCORES["cosines"]["kept, centred"]
    for row in (live, kept):
        assert row["prior, best of 2"] - row["caption"] > 0.03
        assert row["prior, best of 2, error"] < 0.003


def test_captions_are_followed_better_by_the_prior_than_by_their_own_embedding():
    for kind, rows in (("live", SCORES["live: right"]), ("kept", SCORES["right"])):
        caption, prior, picture = (
            rows[f"{kind}, centred: {it}"]["w 1"]
            for it in ("the caption's", "the prior's", "the true picture's")
        )
        assert caption < prior - 0.07 and caption < picture - 0.1


def test_a_bag_of_words_is_inherited_and_gone_with_a_clip_that_binds():
    own, other, _ = BOUND["a bag: the caption's"].values()
    assert own < 0.3 < other
    own, other, _ = BOUND["a bag: the prior's"].values()
    assert own == pytest.approx(other, abs=0.06)
    own, other, _ = BOUND["it binds: the prior's"].values()
    assert own > 0.5 and other < 0.1
