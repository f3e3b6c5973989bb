"""Loss with hard negatives."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import clip

exercise = Exercise(
    id="clip.hard_negative_loss",
    title="Hard negatives",
    target="exercise_lib.clip:hard_negative_loss",
    solution=clip.hard_negative_loss,
    todo="8.7",
    points=2,
    difficulty=2,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    b = 5 if hidden else 4

    def logits(n: int, more: int) -> torch.Tensor:
        return 2 * normal(rng, n, n + more)

    extreme = 100 * logits(b, b).tanh()
    extreme[0, -1] = extreme[1, 1] = 99.0  # whose exponential is too large for float32
    extreme[0, 0] = -50.0  # whose share is too small for float32
    return [
        Case(
            "a wrong caption each, with gradients", args={"logits": logits(b, b)}, grad=("logits",)
        ),
        Case("two each", args={"logits": logits(b, 2 * b)}, grad=("logits",)),
        Case("a few", args={"logits": logits(b + 2, 3)}, grad=("logits",)),
        Case("none", args={"logits": logits(b, 0)}, weight=0.5),
        Case("similarities up to 100", args={"logits": extreme}),
    ]


def own(logits):
    return torch.arange(len(logits))


def rows(logits):
    return F.cross_entropy(logits, own(logits))


def columns(logits):
    return F.cross_entropy(logits[:, : len(logits)].T, own(logits))


@exercise.misconception(
    "The further captions are cut off: in the rows they are rivals, so keep all columns there."
)
def ignored(logits):
    square = logits[:, : len(logits)]
    return (rows(square) + columns(logits)) / 2


@exercise.misconception(
    "The further captions are asked for a picture as well, and they have none: in the second half "
    "take the first B columns only."
)
def columns_of_all(logits):
    every = torch.arange(logits.shape[1]) % len(logits)
    return (rows(logits) + F.cross_entropy(logits.T, every)) / 2


@exercise.neighbour(columns_of_all)
def columns_of_all_to_the_last(logits):
    every = torch.arange(logits.shape[1]).clamp(max=len(logits) - 1)
    return (rows(logits) + F.cross_entropy(logits.T, every)) / 2


@exercise.misconception(
    "Only the rows count: the captions that have a picture pick it among all, as in (8.3)."
)
def rows_alone(logits):
    return rows(logits)


@exercise.misconception("Only the columns count: the further captions are rivals in the rows.")
def columns_alone(logits):
    return columns(logits)


@exercise.misconception(
    "The other captions of the batch are gone: the further ones come to them, and replace none."
)
def hard_ones_alone(logits):
    n = len(logits)
    rivals = torch.cat([logits[:, :n].diagonal()[:, None], logits[:, n:]], 1)
    return (F.cross_entropy(rivals, torch.zeros(n, dtype=torch.int64)) + columns(logits)) / 2


@exercise.misconception("You add both sides up: take half of the sum, as in (8.3).")
def sum_of_both(logits):
    return rows(logits) + columns(logits)


@exercise.misconception(
    "Each picture has its own wrong captions as the only further rivals: let those of the others "
    "compete too."
)
def own_hard_ones(logits):
    n, more = len(logits), logits.shape[1] - len(logits)
    theirs = torch.arange(more)[None] % n != torch.arange(n)[:, None]
    masked = torch.cat([logits[:, :n], logits[:, n:].masked_fill(theirs, -torch.inf)], 1)
    return (rows(masked) + columns(logits)) / 2


@exercise.misconception(
    "The wrong captions are taken for true ones: the right one of row i is column i alone."
)
def hard_ones_as_true(logits):
    target = (torch.arange(logits.shape[1])[None] % len(logits) == own(logits)[:, None]).float()
    target = target / target.sum(1, keepdim=True)
    return (F.cross_entropy(logits, target) + columns(logits)) / 2


@exercise.misconception(
    "Three losses are averaged: there are two sides, and the further captions stand in the rows' "
    "softmax."
)
def third_loss(logits):
    square = logits[:, : len(logits)]
    return (rows(square) + columns(logits) + rows(logits)) / 3


@exercise.neighbour(third_loss)
def penalty_added(logits):
    square = logits[:, : len(logits)]
    further = logits[:, len(logits) :]
    return (rows(square) + columns(logits)) / 2 + further.sum() / max(1, further.numel())


@exercise.misconception(
    "You take the last B columns for the pictures' captions: theirs are the first."
)
def last_columns(logits):
    more = logits.shape[1] - len(logits)
    right = own(logits) + more
    return (F.cross_entropy(logits, right) + F.cross_entropy(logits[:, more:].T, own(logits))) / 2


@exercise.misconception("You sum over the batch: take the mean of each side.")
def sums_the_batch(logits):
    square = logits[:, : len(logits)]
    a = F.cross_entropy(logits, own(logits), reduction="sum")
    return (a + F.cross_entropy(square.T, own(logits), reduction="sum")) / 2


@exercise.misconception(
    "The further captions of picture i are rivals in column i as well: they have no picture, so "
    "the columns are of the first B captions and all pictures alone."
)
def rivals_in_columns(logits):
    n = len(logits)
    beside = torch.cat([logits[:, :n].T, logits[:, n:]], dim=1)
    return (rows(logits) + F.cross_entropy(beside, own(logits))) / 2


@exercise.misconception(
    "Both halves run over rows: for the captions' half turn the first B columns round, `.T`."
)
def rows_twice(logits):
    return (rows(logits) + F.cross_entropy(logits[:, : len(logits)], own(logits))) / 2


@exercise.neighbour(last_columns)
def last_columns_of_one_half(logits):
    return (rows(logits) + F.cross_entropy(logits[:, -len(logits) :].T, own(logits))) / 2


@exercise.misconception("The rows' mean is over B pictures, not over the B + H columns.")
def divided_by_the_columns(logits):
    return (rows(logits) * len(logits) / logits.shape[1] + columns(logits)) / 2


@exercise.misconception(
    "Turned round as a whole, the table has more rows than pictures: for the captions' half take "
    "its first B columns."
)
def whole_table_turned(logits):
    return (rows(logits) + F.cross_entropy(logits.T, own(logits))) / 2


@exercise.misconception(
    "e^100 is too large for float32, and a share can be too small: take cross_entropy, log_softmax "
    "or logsumexp, which subtract the largest first."
)
def plain_exponentials(logits):
    each = logits.exp()
    square = each[:, : len(each)]
    by_picture = -(square.diagonal() / each.sum(1)).log()
    return (by_picture - (square.diagonal() / square.sum(0)).log()).mean() / 2


@exercise.neighbour(plain_exponentials)
def logarithm_of_softmax(logits):
    by_picture = logits.softmax(1).log().diagonal()
    by_caption = logits[:, : len(logits)].softmax(0).log().diagonal()
    return -(by_picture + by_caption).mean() / 2


@exercise.also_correct
def with_log_softmax(logits):
    by_picture = logits.log_softmax(1).diagonal()
    by_caption = logits[:, : len(logits)].log_softmax(0).diagonal()
    return -(by_picture + by_caption).mean() / 2


@exercise.also_correct
def with_logsumexp(logits):
    square = logits[:, : len(logits)]
    return ((logits.logsumexp(1) + square.logsumexp(0)) / 2 - square.diagonal()).mean()
