"""Contrastive loss with several true captions."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import clap

exercise = Exercise(
    id="clap.many_true_loss",
    title="Several true captions",
    target="exercise_lib.clap:many_true_loss",
    solution=clap.many_true_loss,
    todo="8.9",
    points=2,
    difficulty=3,
    minutes=15,
)


def truth_of(rng: np.random.Generator, n: int) -> Tensor:
    """Draw a table whose diagonal is true, and some columns more often than others."""
    shares = torch.linspace(0.05, 0.6, n)
    return (torch.from_numpy(rng.random((n, n))) < shares) | torch.eye(n, dtype=torch.bool)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    small, large = (6, 9) if hidden else (5, 8)

    def args(n: int, spread: float) -> dict:
        return {"logits": spread * normal(rng, n, n), "truth": truth_of(rng, n)}

    own = {"logits": 2 * normal(rng, small, small), "truth": torch.eye(small).bool()}
    return [
        Case("with gradients", args=args(small, 2), grad=("logits",)),
        Case("a larger batch", args=args(large, 3), grad=("logits",)),
        Case("nearly learned", args=args(large, 1)),
        Case("similarities far apart", args=args(small, 60)),
        Case("the own caption alone is true", args=own, weight=0.5),
    ]


def surprise(logits: Tensor, shares: Tensor) -> Tensor:
    """What rows cost whose probabilities should be these shares, `(B,)`."""
    return -(shares * logits.log_softmax(1)).sum(1)


def of_rows(truth: Tensor) -> Tensor:
    return truth / truth.sum(1, keepdim=True)


def halves(logits: Tensor, truth: Tensor) -> tuple[Tensor, Tensor]:
    by_sound = surprise(logits, of_rows(truth)).mean()
    return by_sound, surprise(logits.T, of_rows(truth.T)).mean()


@exercise.misconception(
    "Only the diagonal counts as true: that is loss (8.3), which pushes other true captions away."
)
def diagonal_alone(logits, truth):
    own = torch.arange(len(logits))
    return (F.cross_entropy(logits, own) + F.cross_entropy(logits.T, own)) / 2


@exercise.misconception("Only the rows count, sounds that pick captions: add the columns.")
def rows_only(logits, truth):
    return halves(logits, truth)[0]


@exercise.misconception("Only the columns count, captions that pick sounds: add the rows.")
def columns_only(logits, truth):
    return halves(logits, truth)[1]


@exercise.misconception(
    "The true columns of a row are to share its probability: divide `truth` by their number, so "
    "that each row sums to 1."
)
def not_shared(logits, truth):
    true = truth.to(logits.dtype)
    return (surprise(logits, true).mean() + surprise(logits.T, true.T).mean()) / 2


@exercise.misconception(
    "Each true pair has the same weight: each row is to have, whatever the number of its truths."
)
def mean_of_pairs(logits, truth):
    rows, columns = logits.log_softmax(1), logits.log_softmax(0)
    return -(rows[truth].mean() + columns[truth].mean()) / 2


@exercise.misconception(
    "The columns have the rows' shares: a column's truths are counted along it, by `truth.sum(0)`."
)
def shares_of_the_rows(logits, truth):
    by_caption = surprise(logits.T, of_rows(truth).T).mean()
    return (halves(logits, truth)[0] + by_caption) / 2


@exercise.misconception("For the columns both turn round: `logits.T` goes with `truth.T`.")
def truth_not_turned(logits, truth):
    by_caption = surprise(logits.T, of_rows(truth)).mean()
    return (halves(logits, truth)[0] + by_caption) / 2


@exercise.misconception(
    "You take the logarithm of the summed probability: then one true caption is enough. Sum the "
    "logarithms, each times its share."
)
def any_of_them(logits, truth):
    false = ~truth
    rows = logits.logsumexp(1) - logits.masked_fill(false, -torch.inf).logsumexp(1)
    columns = logits.logsumexp(0) - logits.masked_fill(false, -torch.inf).logsumexp(0)
    return (rows.mean() + columns.mean()) / 2


@exercise.neighbour(any_of_them)
def any_of_them_by_shares(logits, truth):
    rows = -(logits.softmax(1) * truth).sum(1).log()
    columns = -(logits.softmax(0) * truth).sum(0).log()
    return (rows.mean() + columns.mean()) / 2


@exercise.misconception("Take the mean of the two halves, not their sum.")
def sum_of_halves(logits, truth):
    return sum(halves(logits, truth))


@exercise.misconception(
    "A softmax of `truth` gives false columns a share too: divide by the number of true ones."
)
def softmax_of_truth(logits, truth):
    true = truth.to(logits.dtype)
    rows = surprise(logits, true.softmax(1)).mean()
    return (rows + surprise(logits.T, true.T.softmax(1)).mean()) / 2


@exercise.misconception(
    "The other true columns are left out of the softmax: they stay in it, and have their share."
)
def others_left_out(logits, truth):
    kept = logits.masked_fill(truth & ~torch.eye(len(logits), dtype=torch.bool), -1e9)
    return diagonal_alone(kept, truth)


@exercise.misconception(
    "You take the mean over the columns as well: sum over j, then the mean over the rows."
)
def mean_over_the_columns(logits, truth):
    return sum(halves(logits, truth)) / 2 / len(logits)


@exercise.misconception(
    "These are yes-or-no questions for each pair: here the captions of a row compete, in one "
    "softmax."
)
def each_pair_alone(logits, truth):
    return F.binary_cross_entropy_with_logits(logits, truth.to(logits.dtype))


@exercise.misconception(
    "A share can be too small for float32, then log 0 is infinite: take log_softmax in place of a "
    "softmax and a logarithm."
)
def logarithm_of_softmax(logits, truth):
    rows = -(of_rows(truth) * logits.softmax(1).log()).sum(1)
    columns = -(of_rows(truth.T) * logits.T.softmax(1).log()).sum(1)
    return (rows.mean() + columns.mean()) / 2


@exercise.misconception(
    "The sums of rows are laid along the columns: keep the axis, `truth.sum(1, keepdim=True)`."
)
def axis_not_kept(logits, truth):
    shares = truth / truth.sum(1)
    return (surprise(logits, shares).mean() + surprise(logits.T, of_rows(truth.T)).mean()) / 2


@exercise.neighbour(axis_not_kept)
def axis_not_kept_twice(logits, truth):
    shares = truth / truth.sum(1), truth.T / truth.T.sum(1)
    return (surprise(logits, shares[0]).mean() + surprise(logits.T, shares[1]).mean()) / 2


@exercise.neighbour(truth_not_turned)
def columns_not_turned(logits, truth):
    by_caption = surprise(logits.T, truth / truth.sum(0)).mean()
    return (halves(logits, truth)[0] + by_caption) / 2


@exercise.misconception(
    "One true caption a row is taken, the first: all of them have their share of the row."
)
def first_true_alone(logits, truth):
    first = [it.int().argmax(1) for it in (truth, truth.T)]
    return (F.cross_entropy(logits, first[0]) + F.cross_entropy(logits.T, first[1])) / 2


@exercise.also_correct
def row_by_row(logits, truth):
    total = torch.zeros(())
    for scores, true in ((logits, truth), (logits.T, truth.T)):
        for row, fits in zip(scores, true, strict=True):
            total = total - torch.log_softmax(row, dim=0)[fits].mean()
    return total / (2 * len(logits))


@exercise.also_correct
def with_log_softmax(logits, truth):
    true = truth.float()
    rows = (true * F.log_softmax(logits, 1)).sum(1) / true.sum(1)
    columns = (true * F.log_softmax(logits, 0)).sum(0) / true.sum(0)
    return -(rows + columns).mean() / 2
