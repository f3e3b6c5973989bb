"""Bits a second."""

from __future__ import annotations

import math

import numpy as np

from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import encodec

exercise = Exercise(
    id="encodec.bit_rate",
    title="Bits a second",
    target="exercise_lib.encodec:bit_rate",
    solution=encodec.bit_rate,
    todo="10.1",
    points=1,
    difficulty=1,
    minutes=5,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    def args(sample_rate: int, strides: list[int], n_books: int, book_size: int) -> dict:
        return {
            "sample_rate": sample_rate,
            "strides": strides,
            "n_books": n_books,
            "book_size": book_size,
        }

    n = int(rng.integers(9, 17)) if hidden else 8
    return [
        Case("EnCodec at 24 kHz", args=args(24_000, [2, 4, 5, 8], n, 1024)),
        Case("a laptop's codec", args=args(16_000, [4, 4, 4, 5], n - 5, 256)),
        Case("a hop that divides no second", args=args(44_100, [2, 4, 8, 8], n + 1, 512)),
    ]


@exercise.misconception(
    "You multiply by the number of codes K: a code of a book with K codes is log2 K bits."
)
def size_for_bits(sample_rate, strides, n_books, book_size):
    return sample_rate / math.prod(strides) * n_books * book_size


@exercise.misconception("The logarithm is to the base e: bits are counted to the base 2.")
def nats(sample_rate, strides, n_books, book_size):
    return sample_rate / math.prod(strides) * n_books * math.log(book_size)


@exercise.neighbour(nats)
def decimal_digits(sample_rate, strides, n_books, book_size):
    return sample_rate / math.prod(strides) * n_books * math.log10(book_size)


@exercise.misconception("You add the strides up: each shortens what the one before it left.")
def sum_of_strides(sample_rate, strides, n_books, book_size):
    return sample_rate / sum(strides) * n_books * math.log2(book_size)


@exercise.misconception("Only one stride counts in your hop: take the product of all.")
def last_stride(sample_rate, strides, n_books, book_size):
    return sample_rate / strides[-1] * n_books * math.log2(book_size)


@exercise.neighbour(last_stride)
def first_stride(sample_rate, strides, n_books, book_size):
    return sample_rate / strides[0] * n_books * math.log2(book_size)


@exercise.misconception("The books are left out: each frame has one code of every book.")
def one_book(sample_rate, strides, n_books, book_size):
    return sample_rate / math.prod(strides) * math.log2(book_size)


@exercise.misconception(
    "You take the books for one: n books of K codes are n log2 K bits, not log2 of n K."
)
def one_large_book(sample_rate, strides, n_books, book_size):
    return sample_rate / math.prod(strides) * math.log2(n_books * book_size)


@exercise.misconception("These are bytes, or kilobits: asked for are bits a second.")
def in_bytes(sample_rate, strides, n_books, book_size):
    return sample_rate / math.prod(strides) * n_books * math.log2(book_size) / 8


@exercise.neighbour(in_bytes)
def in_kilobits(sample_rate, strides, n_books, book_size):
    return sample_rate / math.prod(strides) * n_books * math.log2(book_size) / 1000


@exercise.misconception("These are the bits of one frame: multiply by the frames of a second.")
def of_one_frame(sample_rate, strides, n_books, book_size):
    return n_books * math.log2(book_size)


@exercise.misconception(
    "There is no hop in it: a frame stands for as many samples as the product of the strides."
)
def each_sample(sample_rate, strides, n_books, book_size):
    return sample_rate * n_books * math.log2(book_size)


@exercise.also_correct
def stage_by_stage(sample_rate, strides, n_books, book_size):
    rate = sample_rate
    for stride in strides:
        rate = rate / stride
    return rate * math.log2(book_size**n_books)


@exercise.also_correct
def with_numpy(sample_rate, strides, n_books, book_size):
    return float(n_books * np.log2(book_size) * sample_rate / np.prod(strides))
