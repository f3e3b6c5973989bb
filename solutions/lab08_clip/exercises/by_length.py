"""A batch sorted by length: a debugging task."""

from __future__ import annotations

import numpy as np
import torch

from autograder.builder.answers import answer
from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from .end_feature import tokens_of

exercise = Exercise(
    id="mend.by_length",
    title="Find the mistake",
    target="notebook",
    solution=answer(__package__, "by_length"),
    todo="8.10",
    points=1,
    difficulty=2,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    lengths = [4, 7, 1, 6, 2, 5] if hidden else [3, 6, 2, 7, 1]

    def args(lengths: list[int], size: int) -> dict:
        pictures = normal(rng, len(lengths), 3, 2, 2)
        return {"pictures": pictures, "tokens": tokens_of(rng, lengths, size)}

    return [
        Case("captions in no order", args=args(lengths, 10)),
        Case("other captions", args=args([*lengths[2:], 8, *lengths[:2]], 12)),
        Case("captions of one length", args=args([4, 4, 4], 8), weight=0.5),
    ]


def order_of(tokens):
    return (tokens != 0).sum(1).argsort(descending=True, stable=True)


def cut(tokens):
    return tokens[:, : int((tokens != 0).sum(1).max())]


@exercise.misconception(
    "The pictures are sorted by something else than the captions' lengths: use the same order for "
    "both."
)
def pictures_by_the_inverse(pictures, tokens):
    order = order_of(tokens)
    return pictures[order.argsort()], cut(tokens)[order]


@exercise.neighbour(pictures_by_the_inverse)
def pictures_reversed(pictures, tokens):
    order = order_of(tokens)
    return pictures[order.flip(0)], cut(tokens)[order]


@exercise.misconception(
    "The captions are no longer sorted: keep the longest first, and bring the pictures along."
)
def nothing_sorted(pictures, tokens):
    return pictures, cut(tokens)


@exercise.misconception("The shortest caption comes first: the order was longest first, keep it.")
def shortest_first(pictures, tokens):
    order = (tokens != 0).sum(1).argsort(stable=True)
    return pictures[order], cut(tokens)[order]


@exercise.misconception(
    "The pictures are sorted, and the captions are not: use the same order for both."
)
def pictures_alone(pictures, tokens):
    return pictures[order_of(tokens)], cut(tokens)


@exercise.misconception("The padding that no caption needs is there again: keep the cut.")
def not_cut(pictures, tokens):
    order = order_of(tokens)
    return pictures[order], tokens[order]


@exercise.misconception("The words of each caption are sorted: sort the captions, whole rows.")
def words_sorted(pictures, tokens):
    order = order_of(tokens)
    return pictures[order], cut(tokens)[order].sort(1).values


@exercise.also_correct
def with_sort(pictures, tokens):
    lengths, order = (tokens != 0).sum(1).sort(descending=True, stable=True)
    return pictures.index_select(0, order), tokens.index_select(0, order)[:, : lengths[0]]


@exercise.also_correct
def with_python(pictures, tokens):
    lengths = [int((row != 0).sum()) for row in tokens]
    order = sorted(range(len(lengths)), key=lambda it: -lengths[it])
    rows = torch.stack([tokens[it] for it in order])
    return torch.stack([pictures[it] for it in order]), rows[:, : max(lengths)]
