"""Captions of music: true of their pieces, read back, and as many words as they have."""

import random

import pytest
import torch

from exercise_lib.music.captions import (
    LONGEST,
    MEANING,
    WORDS,
    Caption,
    caption,
    encode,
    full_caption,
    parse,
    truth,
)
from exercise_lib.music.pieces import KINDS, draw_pieces

PIECES = draw_pieces(300, 5)
RNG = random.Random(0)
CAPTIONS = [caption(it, RNG) for it in PIECES]


def test_a_caption_is_true_and_is_read_back_as_it_was_said():
    table = truth(CAPTIONS, PIECES)
    assert table.shape == (300, 300) and table.diagonal().all()
    assert all(parse(str(it)) == it for it in CAPTIONS)
    assert CAPTIONS[7].holds(PIECES[7]) and CAPTIONS[7].holds(PIECES[7].kind)


def test_seven_of_ten_say_the_tempo_and_all_synonyms_occur():
    assert 0.6 < sum(it.tempo != "" for it in CAPTIONS) / 300 < 0.8
    for slot, words in MEANING.items():
        assert {getattr(it, slot) for it in CAPTIONS} - {""} == {*words}


def test_words_by_hand():
    said = Caption("church organ", "rising", "low", "calm", "with a kick drum", "tune")
    assert str(said) == "a calm rising church organ tune in the low register with a kick drum"
    assert str(Caption("organ")) == "an organ melody"
    assert str(Caption("flute", contour="ascending")) == "an ascending flute melody"


def test_a_full_caption_is_true_of_its_kind_alone():
    assert torch.equal(truth([*map(full_caption, KINDS)], KINDS), torch.eye(270).bool())


def test_a_short_caption_is_true_of_all_it_does_not_exclude():
    row = truth([Caption("harp"), Caption("horn", drums="alone")], KINDS).sum(0)
    assert row.tolist() == [54, 18]
    assert not Caption("harp", tempo="quick").holds(
        next(it for it in KINDS if it.tempo == "slow" and it.instrument == "plucked")
    )


def test_most_rows_of_a_batch_have_a_second_true_caption():
    table = truth(CAPTIONS[:64], PIECES[:64])
    assert 0.6 < (table.sum(1) > 1).float().mean() < 0.85


def test_captions_as_numbers_begin_and_end_and_are_filled_up():
    longest = max(CAPTIONS, key=lambda it: len(str(it).split()))
    tokens = encode(["a bell tune", longest])
    assert tokens.shape == (2, LONGEST) and tokens.dtype == torch.int64
    words = [WORDS[it] for it in tokens[0]]
    assert words[:5] == ["<start>", "a", "bell", "tune", "<end>"] and {*words[5:]} == {"<pad>"}
    assert len({*WORDS}) == len(WORDS)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a violin melody", "'violin' is no word"),
        ("a melody flute", "is no caption"),
        ("", "is no"),
    ],
)
def test_what_is_no_caption_is_refused(text, complaint):
    with pytest.raises(ValueError, match=complaint):
        parse(text)


def test_unknown_words_have_no_numbers():
    with pytest.raises(ValueError, match="'violin' is no word"):
        encode(["a violin melody"])
