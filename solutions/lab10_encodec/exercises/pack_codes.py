"""Codes as bytes."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import encodec
from .shared import codes_of

exercise = Exercise(
    id="encodec.pack_codes",
    title="Codes as bytes",
    target="exercise_lib.encodec:pack_codes",
    solution=encodec.pack_codes,
    todo="10.2",
    points=2,
    difficulty=2,
    minutes=15,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    n = 5 if hidden else 4

    def args(n_books: int, n_frames: int, n_bits: int) -> dict:
        return {"codes": codes_of(rng, n_books, n_frames, n_bits), "n_bits": n_bits}

    return [
        Case("ten bits a code", args=args(n, 8, 10)),
        Case("three bits, and a last byte to fill", args=args(n, 7, 3)),
        Case("codes of nine bits in one book", args=args(1, n + 8, 9), weight=0.5),
        Case("one byte a code", args=args(n, 3, 8), weight=0.5),
        Case(
            "refuses a code that does not fit",
            args={"codes": torch.tensor([[3, 9]]), "n_bits": 3},
            raises=("ValueError",),
        ),
    ]


def check_range(codes, n_bits):
    if codes.min() < 0 or codes.max() >= 2**n_bits:
        raise ValueError("codes do not fit")


def packed(numbers, n_bits, *, first=True, fill_left=False, byte_first=True, width=None):
    """Pack numbers in a row; the options are what may go wrong."""
    places = torch.arange(width or n_bits)
    places = places.flip(0) if first else places
    bits = ((numbers[:, None] >> places) & 1).flatten()
    lacking = -bits.numel() % 8
    bits = F.pad(bits, (lacking, 0) if fill_left else (0, lacking))
    worth = 2 ** torch.arange(8)
    worth = worth.flip(0) if byte_first else worth
    return (bits.view(-1, 8) * worth).sum(1).to(torch.uint8)


@exercise.misconception(
    "You write book after book: then nothing can be heard before the last one has come. Write "
    "frame after frame, so transpose first."
)
def book_after_book(codes, n_bits):
    check_range(codes, n_bits)
    return packed(codes.flatten(), n_bits)


@exercise.misconception("The bits of each code stand the wrong way round: the highest comes first.")
def lowest_bit_first(codes, n_bits):
    check_range(codes, n_bits)
    return packed(codes.T.flatten(), n_bits, first=False)


@exercise.misconception(
    "The bits of each byte stand the wrong way round: the first bit is worth 128, the last 1."
)
def lowest_first_in_bytes(codes, n_bits):
    check_range(codes, n_bits)
    return packed(codes.T.flatten(), n_bits, byte_first=False)


@exercise.misconception(
    "Both the bits of a code and those of a byte stand the wrong way round: the highest comes "
    "first."
)
def all_lowest_first(codes, n_bits):
    check_range(codes, n_bits)
    return packed(codes.T.flatten(), n_bits, first=False, byte_first=False)


@exercise.misconception("The zeros that fill the last byte come at the end, not at the beginning.")
def filled_in_front(codes, n_bits):
    check_range(codes, n_bits)
    return packed(codes.T.flatten(), n_bits, fill_left=True)


@exercise.misconception("The last byte is missing where it isn't full: fill it with zeros.")
def last_byte_dropped(codes, n_bits):
    check_range(codes, n_bits)
    made = packed(codes.T.flatten(), n_bits)
    return made[: codes.numel() * n_bits // 8]


@exercise.misconception(
    "A whole byte of zeros is added where none is needed: fill up with -n % 8 bits, not 8 - n % 8."
)
def a_byte_too_many(codes, n_bits):
    check_range(codes, n_bits)
    made = packed(codes.T.flatten(), n_bits)
    whole = codes.numel() * n_bits % 8 == 0
    return F.pad(made, (0, 1)) if whole else made


@exercise.misconception(
    "Every code gets whole bytes of its own: n_bits each, one behind another without gaps."
)
def sixteen_bits_each(codes, n_bits):
    check_range(codes, n_bits)
    return packed(codes.T.flatten(), n_bits, width=16)


@exercise.neighbour(sixteen_bits_each)
def eight_bits_each(codes, n_bits):
    check_range(codes, n_bits)
    return packed(codes.T.flatten(), n_bits, width=8)


@exercise.misconception("These are the bits: eight of them make a byte.")
def bits_alone(codes, n_bits):
    check_range(codes, n_bits)
    places = torch.arange(n_bits - 1, -1, -1)
    return ((codes.T.flatten()[:, None] >> places) & 1).flatten().to(torch.uint8)


@exercise.misconception(
    "`& 1` is missing: after the shift the lowest bit alone belongs to the place, so higher "
    "ones leak into other bits."
)
def without_and(codes, n_bits):
    check_range(codes, n_bits)
    places = torch.arange(n_bits - 1, -1, -1)
    bits = (codes.T.flatten()[:, None] >> places).flatten()
    bits = F.pad(bits, (0, -bits.numel() % 8))
    return (bits.view(-1, 8) * 2 ** torch.arange(7, -1, -1)).sum(1).to(torch.uint8)


@exercise.misconception("The frames run backwards, or the books of a frame do: keep their order.")
def books_backwards(codes, n_bits):
    check_range(codes, n_bits)
    return packed(codes.flip(0).T.flatten(), n_bits)


@exercise.neighbour(books_backwards)
def frames_backwards(codes, n_bits):
    check_range(codes, n_bits)
    return packed(codes.flip(1).T.flatten(), n_bits)


@exercise.misconception(
    "Small codes get fewer bits: every code takes n_bits, with zeros in front, or nobody knows "
    "where the next begins."
)
def without_leading_zeros(codes, n_bits):
    check_range(codes, n_bits)
    text = "".join(f"{int(code):b}" for code in codes.T.flatten())
    text += "0" * (-len(text) % 8)
    numbers = [int(text[at : at + 8], 2) for at in range(0, len(text), 8)]
    return torch.tensor(numbers, dtype=torch.uint8)


@exercise.misconception(
    "Each frame is filled up to whole bytes: fill the very end alone, frames follow without a gap."
)
def frames_filled(codes, n_bits):
    check_range(codes, n_bits)
    return torch.cat([packed(frame, n_bits) for frame in codes.T])


@exercise.misconception(
    "A code of more than 8 bits does not fit into uint8: only the finished bytes become uint8."
)
def codes_as_bytes(codes, n_bits):
    check_range(codes, n_bits)
    return packed(codes.T.flatten().to(torch.uint8).long(), n_bits)


@exercise.also_correct
def with_numpy(codes, n_bits):
    check_range(codes, n_bits)
    text = "".join(f"{code:0{n_bits}b}" for frame in codes.T.tolist() for code in frame)
    return torch.from_numpy(np.packbits(np.array([*text], dtype=np.uint8)))


@exercise.also_correct
def with_one_large_number(codes, n_bits):
    check_range(codes, n_bits)
    number = 0
    for code in codes.T.flatten().tolist():
        number = (number << n_bits) | code
    n = codes.numel() * n_bits
    number <<= -n % 8
    return torch.tensor([*number.to_bytes((n + 7) // 8, "big")], dtype=torch.uint8)
