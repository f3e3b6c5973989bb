"""The feature at the end mark."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import clip

START, END, LARGEST = 1, 2, 40

exercise = Exercise(
    id="clip.end_feature",
    title="Feature at the end mark",
    target="exercise_lib.clip:end_feature",
    solution=clip.end_feature,
    todo="8.1",
    points=1,
    difficulty=1,
    minutes=10,
)


def tokens_of(rng: np.random.Generator, lengths: list[int], size: int, end: int = END) -> Tensor:
    """Draw captions of some words each, padded with 0 to `size` places."""
    rows = torch.zeros(len(lengths), size, dtype=torch.int64)
    for row, n in zip(rows, lengths, strict=True):
        words = torch.from_numpy(rng.integers(end + 1, LARGEST, n))
        row[: n + 2] = torch.cat([torch.tensor([START]), words, torch.tensor([end])])
    return rows


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    lengths, d = ([6, 2, 4, 3, 1], 5) if hidden else ([3, 5, 2, 1], 4)

    def args(lengths: list[int], size: int, end: int = END) -> dict:
        hidden_states = normal(rng, len(lengths), size, d)
        tokens = tokens_of(rng, lengths, size, end)
        return {"hidden": hidden_states, "tokens": tokens, "end": end}

    size = max(lengths) + 2
    return [
        Case("with gradients", args=args(lengths, size), grad=("hidden",)),
        Case("more padding", args=args(lengths[::-1], size + 3), grad=("hidden",)),
        Case("another end mark", args=args(lengths, size + 1, end=9)),
    ]


def places(tokens, end):
    return (tokens == end).int().argmax(1)


def rows(tokens):
    return torch.arange(len(tokens))


@exercise.misconception(
    "You take the last place: that is padding in all but the longest caption. Look where the end "
    "mark stands."
)
def last_place(hidden, tokens, end):
    return hidden[:, -1]


@exercise.misconception(
    "You take the first place: with causal attention it has read nothing but the start mark."
)
def first_place(hidden, tokens, end):
    return hidden[:, 0]


@exercise.misconception("You take a mean over the places: the end mark has read all, take its.")
def mean_of_all(hidden, tokens, end):
    return hidden.mean(1)


@exercise.neighbour(mean_of_all)
def mean_without_padding(hidden, tokens, end):
    inside = (tokens != 0)[:, :, None]
    return (hidden * inside).sum(1) / inside.sum(1)


@exercise.misconception(
    "You take the place of the largest number: in OpenAI's vocabulary that is the end mark, here "
    "it is a word."
)
def largest_token(hidden, tokens, end):
    return hidden[rows(tokens), tokens.argmax(1)]


@exercise.misconception(
    "You take the place before the end mark, the last word: look for `end` itself."
)
def last_word(hidden, tokens, end):
    return hidden[rows(tokens), places(tokens, end) - 1]


@exercise.misconception("You take the place behind the end mark: places are counted from 0.")
def behind_the_end_mark(hidden, tokens, end):
    following = (places(tokens, end) + 1).clamp(max=tokens.shape[1] - 1)
    return hidden[rows(tokens), following]


@exercise.misconception("You take the largest value over the places: take those of one place.")
def largest_values(hidden, tokens, end):
    return hidden.amax(1)


@exercise.misconception(
    "You take `end` for a place: it is the number of a word, whose place differs from row to row."
)
def end_as_a_place(hidden, tokens, end):
    return hidden[:, min(end, hidden.shape[1] - 1)]


@exercise.misconception(
    "Each row is to give one vector, that of its own end mark: index rows and places together."
)
def every_row_at_every_place(hidden, tokens, end):
    return hidden[:, places(tokens, end)]


@exercise.misconception("The end mark of the first caption is used for all of them.")
def place_of_the_first(hidden, tokens, end):
    return hidden[:, int(places(tokens, end)[0])]


@exercise.also_correct
def with_a_mask(hidden, tokens, end):
    return hidden[tokens == end]


@exercise.also_correct
def with_a_sum(hidden, tokens, end):
    return ((tokens == end).to(hidden.dtype)[:, :, None] * hidden).sum(1)


@exercise.also_correct
def with_gather(hidden, tokens, end):
    where = (tokens == end).nonzero()[:, 1]
    return hidden.gather(1, where[:, None, None].expand(-1, 1, hidden.shape[2]))[:, 0]
