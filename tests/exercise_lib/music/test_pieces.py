"""Pieces are what their kinds say, and held-out kinds are a fifth that hides no two properties."""

import itertools
from dataclasses import fields

from exercise_lib.music.pieces import (
    HELD_OUT,
    INSTRUMENTS,
    KINDS,
    REGISTERS,
    SECONDS,
    TEMPOS,
    VARIED,
    Kind,
    World,
    draw_pieces,
)

PIECES = draw_pieces(300, 1) + draw_pieces(100, 2, VARIED, held_out=True)


def test_the_same_seed_gives_the_same_pieces_and_more_begin_alike():
    assert draw_pieces(300, 1) == PIECES[:300] and draw_pieces(20, 1) == PIECES[:20]
    assert draw_pieces(20, 3) != PIECES[:20]
    first = PIECES[0]
    assert (first.kind.instrument, len(first.notes)) == ("flute", 10)
    assert f"{first.notes[0].pitch:.6f} {first.seed}" == "66.908281 2092297534"


def test_a_fifth_is_held_out_and_every_two_properties_are_heard_together():
    assert len(KINDS) == 270 and len(HELD_OUT) == 54
    seen = [it for it in KINDS if it not in HELD_OUT]
    for a, b in itertools.combinations([it.name for it in fields(Kind)], 2):
        every = {(getattr(it, a), getattr(it, b)) for it in KINDS}
        assert {(getattr(it, a), getattr(it, b)) for it in seen} == every
    assert not {it.kind for it in PIECES[:300]} & HELD_OUT
    assert {it.kind for it in PIECES[300:]} <= HELD_OUT


def test_notes_are_what_the_kind_says():
    for piece in PIECES:
        steps = [b.pitch - a.pitch for a, b in itertools.pairwise(piece.notes)]
        sign = {"rising": 1, "falling": -1, "repeated": 0}[piece.kind.contour]
        assert all((it > 0.5) - (it < -0.5) == sign for it in steps)
        low, high = TEMPOS[piece.kind.tempo]
        apart = piece.notes[1].start - piece.notes[0].start
        assert low <= apart <= high and apart > piece.notes[0].seconds
        assert piece.notes[-1].start + piece.notes[-1].seconds <= SECONDS
        pitches = [it.pitch for it in piece.notes]
        middle = (max(pitches) + min(pitches)) / 2
        assert abs(middle - REGISTERS[piece.kind.register]) < 3.3
        assert bool(piece.strikes) == (piece.kind.drums != "none")


def test_tones_vary_as_far_as_the_world_says():
    usual, wide = ([it.tone.brightness for it in its] for its in (PIECES[:300], PIECES[300:]))
    assert 0.4 <= min(usual) < 0.42 and 0.58 < max(usual) <= 0.6
    assert min(wide) < 0.1 and max(wide) > 0.9


def test_a_world_may_have_fewer_instruments():
    bells = draw_pieces(20, 1, World(instruments=("bell",), drums=("none",)))
    assert {(it.kind.instrument, it.kind.drums) for it in bells} == {("bell", "none")}
    assert {it.kind.instrument for it in PIECES} == {*INSTRUMENTS}
