"""Bit rate."""

from __future__ import annotations

import math

import numpy as np

from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import quantization

exercise = Exercise(
    id="quantization.bit_rate",
    title="Bit rate",
    target="exercise_lib.quantization:bit_rate",
    solution=quantization.bit_rate,
    todo="9.10",
    points=1,
    difficulty=1,
    minutes=5,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    def case(name: str, *numbers: int) -> Case:
        names = "n_books", "n_codes", "hop_length", "sample_rate"
        return Case(name, args=dict(zip(names, numbers, strict=True)))

    if hidden:
        few, some, many = map(int, (rng.integers(4, 9), rng.integers(3, 8), rng.integers(10, 20)))
        odd = 100 * int(rng.integers(3, 10))
        return [
            case("a codec", few, 512, 240, 24_000),
            case("codes that are no power of 2", 3, odd, 200, 16_000),
            case("frames that don't fit into a second", some, 64, 384, 22_050),
            case("many books of two codes", many, 2, 480, 48_000),
        ]
    return [
        case("EnCodec at 24 kHz", 8, 1024, 320, 24_000),
        case("codes that are no power of 2", 4, 1000, 320, 16_000),
        case("frames that don't fit into a second", 2, 256, 256, 22_050),
        case("one book", 1, 512, 160, 16_000),
    ]


def frames(hop_length, sample_rate):
    return sample_rate / hop_length


@exercise.misconception("You take the natural logarithm: bits come of log2.")
def in_nats(n_books, n_codes, hop_length, sample_rate):
    return frames(hop_length, sample_rate) * n_books * math.log(n_codes)


@exercise.neighbour(in_nats)
def in_tens(n_books, n_codes, hop_length, sample_rate):
    return frames(hop_length, sample_rate) * n_books * math.log10(n_codes)


@exercise.misconception(
    "A code costs log2 K bits, for it is one of K numbers: you count K, or the vectors that are "
    "stored."
)
def codes_as_bits(n_books, n_codes, hop_length, sample_rate):
    return frames(hop_length, sample_rate) * n_books * n_codes


@exercise.neighbour(codes_as_bits)
def ways_as_bits(n_books, n_codes, hop_length, sample_rate):
    return frames(hop_length, sample_rate) * float(n_codes) ** n_books


@exercise.misconception(
    "You add up the books before the logarithm: a frame has one code of each book, n log2 K bits."
)
def log_of_all(n_books, n_codes, hop_length, sample_rate):
    return frames(hop_length, sample_rate) * math.log2(n_books * n_codes)


@exercise.misconception("The number of books is missing: each adds a code to every frame.")
def one_book(n_books, n_codes, hop_length, sample_rate):
    return frames(hop_length, sample_rate) * math.log2(n_codes)


@exercise.misconception(
    "Frames per second are samples per second over samples per frame, f / h: you have it the other "
    "way round, or multiply."
)
def hop_over_rate(n_books, n_codes, hop_length, sample_rate):
    return hop_length / sample_rate * n_books * math.log2(n_codes)


@exercise.neighbour(hop_over_rate)
def hop_times_rate(n_books, n_codes, hop_length, sample_rate):
    return hop_length * sample_rate * n_books * math.log2(n_codes)


@exercise.neighbour(hop_over_rate)
def every_sample(n_books, n_codes, hop_length, sample_rate):
    return sample_rate * n_books * math.log2(n_codes)


@exercise.misconception(
    "These are the bits of one frame: multiply by the frames per second, f / h."
)
def of_a_frame(n_books, n_codes, hop_length, sample_rate):
    return n_books * math.log2(n_codes)


@exercise.misconception(
    "You round on the way: neither frames per second nor bits a code need be whole numbers.",
)
def whole_frames(n_books, n_codes, hop_length, sample_rate):
    return sample_rate // hop_length * n_books * math.ceil(math.log2(n_codes))


@exercise.neighbour(whole_frames)
def whole_bits(n_books, n_codes, hop_length, sample_rate):
    return frames(hop_length, sample_rate) * n_books * math.ceil(math.log2(n_codes))


@exercise.neighbour(whole_frames)
def whole_frames_only(n_books, n_codes, hop_length, sample_rate):
    return sample_rate // hop_length * n_books * math.log2(n_codes)


@exercise.misconception("This is in kilobits or bytes: asked for are bits per second.")
def kilobits(n_books, n_codes, hop_length, sample_rate):
    return frames(hop_length, sample_rate) * n_books * math.log2(n_codes) / 1000


@exercise.neighbour(kilobits)
def in_bytes(n_books, n_codes, hop_length, sample_rate):
    return frames(hop_length, sample_rate) * n_books * math.log2(n_codes) / 8


@exercise.misconception(
    "`bit_length()` of K counts one bit too many where K is a power of 2: codes run to K - 1; the "
    "formula has log2 K."
)
def bit_length(n_books, n_codes, hop_length, sample_rate):
    return frames(hop_length, sample_rate) * n_books * n_codes.bit_length()


@exercise.also_correct
def in_one_line(n_books, n_codes, hop_length, sample_rate):
    return sample_rate * n_books * math.log2(n_codes) / hop_length


@exercise.also_correct
def by_all_codes_of_a_frame(n_books, n_codes, hop_length, sample_rate):
    return math.log2(n_codes**n_books) / (hop_length / sample_rate)
