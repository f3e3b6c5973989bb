"""The oracle reads sounds back, and calls captions of other pieces false."""

import random

import pytest
import torch

from exercise_lib.music.captions import caption
from exercise_lib.music.oracle import agreement, read, share_true
from exercise_lib.music.pieces import Piece, draw_pieces
from exercise_lib.music.render import render


def right(pieces: list[Piece]) -> dict[str, float]:
    """Share of pieces of which each thing is read rightly."""
    found = [agreement(*it) for it in zip(pieces, read(render(pieces)), strict=True)]
    return {name: sum(it[name] for it in found) / len(found) for name in found[0]}


def test_some_pieces_are_read_rightly():
    pieces = draw_pieces(12, 21, held_out=True)
    found = right(pieces)
    assert min(it for name, it in found.items() if name != "all") >= 0.9
    rng = random.Random(0)
    captions = [caption(it, rng) for it in pieces]
    sounds = render(pieces)
    assert share_true(captions, sounds) >= 0.9 > 0.3 > share_true(captions, sounds.roll(1, 0))


@pytest.mark.slow
@pytest.mark.parametrize("held_out", [False, True])
def test_400_pieces_are_read_rightly(held_out):
    found = right(draw_pieces(400, 22, held_out=held_out))
    assert min(it for name, it in found.items() if name != "all") >= 0.98


def test_notes_are_found_where_they_are():
    [piece] = draw_pieces(1, 23)
    [reading] = read(render([piece]))
    assert len(reading.starts) == len(piece.notes)
    for note, start, pitch in zip(piece.notes, reading.starts, reading.pitches, strict=True):
        assert abs(note.start - start) < 0.03 and abs(note.pitch - pitch) < 0.3


@pytest.mark.parametrize("shape", [(48_000,), (1, 47_000)])
def test_another_shape_is_refused(shape):
    with pytest.raises(ValueError, match=r"sounds are \(B, 48000\)"):
        read(torch.zeros(shape))
