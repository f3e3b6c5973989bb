"""Quantiser dropout."""

from __future__ import annotations

import numpy as np
import torch

from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import quantization

exercise = Exercise(
    id="quantization.draw_books",
    title="Quantiser dropout",
    target="exercise_lib.quantization:draw_books",
    solution=quantization.draw_books,
    todo="9.9",
    points=1,
    difficulty=1,
    minutes=5,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    n = 11 if hidden else 9

    def args(n_books: int, *more: float) -> dict:
        draws = torch.from_numpy(rng.random(n)).float()
        return {"draws": torch.cat([draws, torch.tensor(more)]), "n_books": n_books}

    return [
        Case("eight books", args=args(8, 0.99, 0.01)),
        Case("five books", args=args(5, 0.85, 0.0)),
        Case("on the limits", args=args(4, 0.0, 0.25, 0.5, 0.75)),
        Case("one book", args=args(1), weight=0.5),
    ]


@exercise.misconception(
    "The last book is never used, as with random.randrange(1, n): n numbers from 1 to n are "
    "equally likely."
)
def last_never(draws, n_books):
    return 1 + (draws * (n_books - 1)).floor().long()


@exercise.misconception("You count from 0: one book is used at least, and sometimes all n.")
def from_zero(draws, n_books):
    return (draws * n_books).long()


@exercise.misconception(
    "You round: the first and the last number are then drawn half as often as the others. Take the "
    "floor."
)
def rounded(draws, n_books):
    return 1 + (draws * (n_books - 1)).round().long()


@exercise.neighbour(rounded)
def rounded_up_to_n(draws, n_books):
    return (draws * n_books).round().long()


@exercise.neighbour(rounded)
def rounded_past_n(draws, n_books):
    return 1 + (draws * n_books).round().long()


@exercise.misconception("You round up: a draw of 0 then uses no book at all. It is 1 + floor.")
def rounded_up(draws, n_books):
    return (draws * n_books).ceil().long()


@exercise.misconception("The larger the draw, the more books: you turned it round.")
def turned_round(draws, n_books):
    return n_books - (draws * n_books).floor().long()


@exercise.misconception(
    "You draw numbers of your own: use `draws`, so that whoever calls holds the seed."
)
def own_draws(draws, n_books):
    return torch.randint(1, n_books + 1, draws.shape)


@exercise.neighbour(own_draws)
def own_draws_uniform(draws, n_books):
    return 1 + (torch.rand_like(draws) * n_books).long()


@exercise.misconception("The whole batch gets one number: draw for each example.")
def one_for_all(draws, n_books):
    return (1 + (draws[:1] * n_books).long()).expand_as(draws)


@exercise.misconception("One more than there are books can come out: floor before you add 1.")
def one_too_many(draws, n_books):
    return 1 + (draws * (n_books + 1)).floor().long()


@exercise.neighbour(one_too_many)
def two_at_least(draws, n_books):
    return 2 + (draws * n_books).floor().long()


@exercise.misconception(
    "x is cut to a whole number, 0, before it is multiplied: multiply first, then cut."
)
def cut_too_early(draws, n_books):
    return 1 + n_books * draws.long()


@exercise.misconception("0 becomes 1, so that 1 is drawn twice as often and n never: add 1 to all.")
def zero_lifted(draws, n_books):
    return (n_books * draws).long().clamp(min=1)


@exercise.also_correct
def with_limits(draws, n_books):
    limits = torch.arange(1, n_books) / n_books
    return 1 + (draws[:, None] >= limits).sum(1)


@exercise.also_correct
def truncated(draws, n_books):
    return (n_books * draws + 1).to(torch.int64)
