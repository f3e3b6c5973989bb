"""One book in place of several: an answer in the notebook."""

from __future__ import annotations

import math

import numpy as np

from autograder.builder.answers import answer
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

exercise = Exercise(
    id="slide.one_book",
    title="One book in place of several",
    target="notebook",
    solution=answer(__package__, "one_book"),
    todo="9.11",
    points=1,
    difficulty=1,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    if hidden:
        few, some, many = map(int, (rng.integers(4, 8), rng.integers(3, 7), rng.integers(9, 16)))
        bits, odd = int(rng.integers(7, 12)), 100 * int(rng.integers(3, 10))
        return [
            Case(f"{few} books of 2^9", args={"n_books": few, "n_codes": 512}),
            Case("codes that are no power of 2", args={"n_books": some, "n_codes": odd}),
            Case(f"{many} of 2^{bits}", args={"n_books": many, "n_codes": 2**bits}),
        ]
    return [
        Case("three books of 2^8", args={"n_books": 3, "n_codes": 256}),
        Case("codes that are no power of 2", args={"n_books": 4, "n_codes": 1000}),
        Case("thirty-two of 2^10", args={"n_books": 32, "n_codes": 1024}),
    ]


@exercise.misconception(
    "So many vectors, K times as many with each book, would be needed in one book: n books store "
    "n K of them."
)
def stored_as_ways(n_books, n_codes):
    return float(n_codes) ** n_books, n_books * math.log2(n_codes)


@exercise.misconception("You count one book's vectors: n books store n times as many.")
def one_of_them(n_books, n_codes):
    return n_codes, n_books * math.log2(n_codes)


@exercise.misconception(
    "2^(n K) is the slide's slip: a frame has n codes of log2 K bits each, so one book needs "
    "2^(n log2 K) vectors."
)
def as_on_the_slide(n_books, n_codes):
    return n_books * n_codes, n_books * n_codes


@exercise.neighbour(as_on_the_slide)
def both_as_on_the_slide(n_books, n_codes):
    return n_codes, n_books * n_codes


@exercise.misconception(
    "Bits are added over the books, n log2 K: you take the logarithm of what is stored."
)
def bits_of_the_stored(n_books, n_codes):
    return n_books * n_codes, math.log2(n_books * n_codes)


@exercise.misconception("The exponent is that of one book: n codes a frame have n times the bits.")
def bits_of_one(n_books, n_codes):
    return n_books * n_codes, math.log2(n_codes)


@exercise.misconception("The exponent is of 2: take log2, not the natural logarithm.")
def in_nats(n_books, n_codes):
    return n_books * n_codes, n_books * math.log(n_codes)


@exercise.misconception(
    "Return the exponent, a number of bits, and not the number of vectors, which has no place in "
    "a table."
)
def the_number_itself(n_books, n_codes):
    return n_books * n_codes, float(n_codes) ** n_books


@exercise.misconception("Both are right, but exchanged: first what is stored, then the exponent.")
def exchanged(n_books, n_codes):
    return n_books * math.log2(n_codes), n_books * n_codes


@exercise.misconception("n and K are exchanged in the exponent: n codes of log2 K bits each.")
def exponent_exchanged(n_books, n_codes):
    return n_books * n_codes, n_codes * math.log2(n_books)


@exercise.misconception("K is the number of vectors of a book, not of bits.")
def codes_for_bits(n_books, n_codes):
    return n_books * 2**n_codes, n_books * n_codes


@exercise.also_correct
def by_the_number(n_books, n_codes):
    return n_codes * n_books, math.log2(n_codes**n_books)


@exercise.also_correct
def in_a_loop(n_books, n_codes):
    stored, bits = 0, 0.0
    for _ in range(n_books):
        stored, bits = stored + n_codes, bits + math.log(n_codes, 2)
    return stored, bits
