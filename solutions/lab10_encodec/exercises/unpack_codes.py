"""From bytes to codes: a debugging task."""

from __future__ import annotations

import numpy as np
import torch

from autograder.builder.answers import answer
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import encodec
from .shared import codes_of

exercise = Exercise(
    id="mend.unpack_codes",
    title="Find the mistake",
    target="notebook",
    solution=answer(__package__, "unpack_codes"),
    todo="10.10",
    points=1,
    difficulty=2,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    n = 7 if hidden else 5

    def args(n_books: int, n_frames: int, n_bits: int) -> dict:
        codes = codes_of(rng, n_books, n_frames, n_bits)
        return {
            "data": encodec.pack_codes(codes, n_bits),
            "n_books": n_books,
            "n_frames": n_frames,
            "n_bits": n_bits,
        }

    return [
        Case("four books", args=args(4, n, 10)),
        Case("three books, with a last byte to fill", args=args(3, n, 3)),
        Case("as many frames as books", args=args(4, 4, 9), weight=0.5),
        Case("one book", args=args(1, n + 6, 9), weight=0.5),
    ]


def codes_in_a_row(data, count, n_bits, *, flipped=False, byte_flipped=False):
    places = torch.arange(7, -1, -1)
    if byte_flipped:
        places = places.flip(0)
    bits = ((data.long()[:, None] >> places) & 1).flatten()
    worth = 2 ** torch.arange(n_bits - 1, -1, -1)
    if flipped:
        worth = worth.flip(0)
    return (bits[: count * n_bits].view(count, n_bits) * worth).sum(1)


@exercise.misconception(
    "The codes come in the right order now, but frames and books are exchanged: transpose at "
    "the end."
)
def frames_in_rows(data, n_books, n_frames, n_bits):
    return codes_in_a_row(data, n_books * n_frames, n_bits).view(n_frames, n_books)


@exercise.misconception(
    "You turned the bits of a code round, and they were right: the highest comes first."
)
def bits_turned(data, n_books, n_frames, n_bits):
    row = codes_in_a_row(data, n_books * n_frames, n_bits, flipped=True)
    return row.view(n_frames, n_books).T


@exercise.neighbour(bits_turned)
def bits_turned_and_book_after_book(data, n_books, n_frames, n_bits):
    return codes_in_a_row(data, n_books * n_frames, n_bits, flipped=True).view(n_books, n_frames)


@exercise.misconception(
    "You turned the bits of a byte round, and they were right: 128 comes first."
)
def bytes_turned(data, n_books, n_frames, n_bits):
    row = codes_in_a_row(data, n_books * n_frames, n_bits, byte_flipped=True)
    return row.view(n_frames, n_books).T


@exercise.misconception(
    "Only one book comes back: codes of all books follow each other in every frame."
)
def first_book_repeated(data, n_books, n_frames, n_bits):
    row = codes_in_a_row(data, n_books * n_frames, n_bits).view(n_frames, n_books)
    return row[:, :1].T.expand(n_books, n_frames).clone()


@exercise.misconception("The books of a frame run backwards: the first book comes first.")
def books_backwards(data, n_books, n_frames, n_bits):
    return codes_in_a_row(data, n_books * n_frames, n_bits).view(n_frames, n_books).T.flip(0)


@exercise.misconception("The frames run backwards: the first frame comes first.")
def frames_backwards(data, n_books, n_frames, n_bits):
    return codes_in_a_row(data, n_books * n_frames, n_bits).view(n_frames, n_books).T.flip(1)


@exercise.also_correct
def with_a_view(data, n_books, n_frames, n_bits):
    row = codes_in_a_row(data, n_books * n_frames, n_bits)
    return row.reshape(n_frames, n_books).transpose(0, 1).contiguous()


@exercise.also_correct
def book_by_book(data, n_books, n_frames, n_bits):
    row = codes_in_a_row(data, n_books * n_frames, n_bits)
    return torch.stack([row[number::n_books] for number in range(n_books)])
