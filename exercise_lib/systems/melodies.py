"""A language model of melodies that is counted and not trained: notes are its codes.

What may follow is looked up among 3000 pieces of which the caption is true.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import torch
from torch import Tensor

from exercise_lib.music.captions import WORDS, encode, parse
from exercise_lib.music.pieces import Kind, Note, Piece, draw_pieces
from exercise_lib.music.render import render

END = 128  # the code behind the last note; codes below it are MIDI numbers
LONGEST = 12  # notes
N_PIECES = 3000
PIECES_SEED = 41
RARE = 1e-6  # share of what never followed


def parts(seed: int = 0) -> dict[str, Any]:
    """Return the parts as arguments of `write_codes`."""
    return {
        "read": read,
        "network": network,
        "choose": drawn(seed),
        "end": END,
        "longest": LONGEST,
    }


def read(prompt: str) -> Tensor:
    """Return the numbers of a caption's words, `(L,)`; raises ValueError for what is none."""
    parse(prompt)
    return encode([prompt])[0]


def network(words: Tensor, codes: Tensor) -> Tensor:
    """Return logits `(129,)` of the next note."""
    counts = torch.full((END + 1,), RARE)
    last = int(codes[-1]) if len(codes) else None
    for row in rows_of(said(words)):
        if last is None or (len(row) > len(codes) and row[len(codes) - 1] == last):
            counts[row[len(codes)]] += 1
    return counts.log()


def drawn(seed: int) -> Callable[[Tensor], int]:
    """Return what draws a code by its probability."""
    generator = torch.Generator().manual_seed(seed)

    def choose(logits: Tensor) -> int:
        return int(torch.multinomial(logits.softmax(0), 1, generator=generator))

    return choose


def said(words: Tensor) -> str:
    marked = [WORDS[int(it)] for it in words]
    return " ".join(it for it in marked if not it.startswith("<"))


@cache
def rows_of(text: str) -> list[list[int]]:
    """Return the codes of all pieces that a caption is true of."""
    caption = parse(text)
    return [it[1] for it in table() if caption.holds(it[0])]


@cache
def table() -> list[tuple[Kind, list[int]]]:
    pieces = draw_pieces(N_PIECES, PIECES_SEED)
    return [(it.kind, [*(round(note.pitch) for note in it.notes), END]) for it in pieces]


def play(codes: Tensor, prompt: str) -> Tensor:
    """Return the sound of codes on the instrument of a caption, `(48000,)`, 16 000 a second."""
    caption = parse(prompt)
    model = next(it for it in draw_pieces(N_PIECES, PIECES_SEED) if caption.holds(it))
    notes = tuple(with_pitches(model, codes.tolist()))
    return render([Piece(model.kind, notes, model.strikes[: len(notes)], model.tone, 0.8, 1)])[0]


def with_pitches(model: Piece, pitches: Sequence[int]) -> list[Note]:
    """Return notes of other pitches, where those of a piece are."""
    return [
        Note(it.start, it.seconds, float(pitch))
        for it, pitch in zip(model.notes, pitches, strict=False)
    ]
