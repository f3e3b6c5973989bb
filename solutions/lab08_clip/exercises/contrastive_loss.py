"""Contrastive loss."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import clip

exercise = Exercise(
    id="clip.contrastive_loss",
    title="Contrastive loss",
    target="exercise_lib.clip:contrastive_loss",
    solution=clip.contrastive_loss,
    todo="8.3",
    points=2,
    difficulty=2,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    small, large = (5, 9) if hidden else (4, 7)
    extreme = 100 * normal(rng, small, small).tanh()
    extreme[0, -1] = extreme[1, 1] = 99.0  # whose exponential is too large for float32
    extreme[0, 0] = -50.0  # whose share is too small for float32
    return [
        Case("with gradients", args={"logits": 2 * normal(rng, small, small)}, grad=("logits",)),
        Case("a larger batch", args={"logits": 4 * normal(rng, large, large)}, grad=("logits",)),
        Case("all alike: ln B", args={"logits": torch.full((large, large), 0.7)}, weight=0.5),
        Case(
            "nearly learned",
            args={"logits": normal(rng, small, small) + 3 * torch.eye(small)},
        ),
        Case("similarities up to 100", args={"logits": extreme}),
    ]


def both(logits, reduction="mean"):
    own = torch.arange(len(logits))
    return [F.cross_entropy(it, own, reduction=reduction) for it in (logits, logits.T)]


@exercise.misconception(
    "Only the rows count, a picture that picks its caption: add the columns, a caption that picks "
    "its picture."
)
def rows_only(logits):
    return both(logits)[0]


@exercise.misconception(
    "Only the columns count, a caption that picks its picture: add the rows, a picture that picks "
    "its caption."
)
def columns_only(logits):
    return both(logits)[1]


@exercise.misconception(
    "You add both sides up: take half of the sum, or the loss begins at 2 ln B."
)
def sum_of_both(logits):
    return sum(both(logits))


@exercise.misconception(
    "There is a softmax before the cross entropy, which takes one itself: then the loss can't fall "
    "to 0."
)
def softmax_twice(logits):
    own = torch.arange(len(logits))
    rows, columns = logits.softmax(1), logits.T.softmax(1)
    return (F.cross_entropy(rows, own) + F.cross_entropy(columns, own)) / 2


@exercise.misconception(
    "You only pull: without the softmax over all others, everything goes to one point."
)
def pulls_only(logits):
    return -logits.diagonal().mean()


@exercise.misconception(
    "This asks of each pair alone whether it belongs together (binary cross entropy): CLIP lets "
    "all captions of a row compete."
)
def each_pair_alone(logits):
    return F.binary_cross_entropy_with_logits(logits, torch.eye(len(logits)))


@exercise.neighbour(each_pair_alone)
def each_pair_alone_summed(logits):
    target = torch.eye(len(logits))
    return F.binary_cross_entropy_with_logits(logits, target, reduction="sum") / len(logits)


@exercise.misconception("You sum over the batch: take the mean, or the loss grows with the batch.")
def sums_the_batch(logits):
    return sum(both(logits, "sum")) / 2


@exercise.misconception("The right caption of picture i is number i, not number 0.")
def always_the_first(logits):
    zeros = torch.zeros(len(logits), dtype=torch.int64)
    return (F.cross_entropy(logits, zeros) + F.cross_entropy(logits.T, zeros)) / 2


@exercise.misconception("The sign is turned round: the loss is minimised, and never negative.")
def negative(logits):
    return -sum(both(logits)) / 2


@exercise.misconception(
    "One softmax runs over the whole matrix: let each row compete for itself, and each column."
)
def one_softmax_for_all(logits):
    shares = logits.flatten().log_softmax(0).reshape(logits.shape)
    return -shares.diagonal().mean()


@exercise.misconception(
    "You compare similarities with the identity matrix by squares: take cross entropies."
)
def squares(logits):
    return F.mse_loss(logits, torch.eye(len(logits)))


@exercise.neighbour(squares)
def squares_of_shares(logits):
    return F.mse_loss(logits.softmax(1), torch.eye(len(logits)))


@exercise.misconception(
    "The logarithm is missing: the loss is -log of the share, not one minus it."
)
def one_minus_the_share(logits):
    shares = [it.softmax(1).diagonal().mean() for it in (logits, logits.T)]
    return 1 - sum(shares) / 2


@exercise.misconception(
    "e^100 is too large for float32, and a share can be too small: take cross_entropy, log_softmax "
    "or logsumexp, which subtract the largest first."
)
def plain_exponentials(logits):
    shares = [it.exp() / it.exp().sum(1, keepdim=True) for it in (logits, logits.T)]
    return -sum(it.diagonal().log().mean() for it in shares) / 2


@exercise.neighbour(plain_exponentials)
def logarithm_of_softmax(logits):
    shares = logits.softmax(1).diagonal(), logits.softmax(0).diagonal()
    return -sum(it.log().mean() for it in shares) / 2


@exercise.misconception(
    "The own pair is missing below the fraction: a share is of all captions, the right one among "
    "them."
)
def rivals_alone(logits):
    own = torch.eye(len(logits)).bool()
    rivals = [it.masked_fill(own, -torch.inf).logsumexp(1) for it in (logits, logits.T)]
    return (sum(rivals) / 2 - logits.diagonal()).mean()


@exercise.misconception(
    "Rows and columns are mixed into one table before the softmax: take a cross entropy of each, "
    "then their mean."
)
def mean_of_the_tables(logits):
    return both((logits + logits.T) / 2)[0]


@exercise.also_correct
def with_log_softmax(logits):
    rows, columns = logits.log_softmax(1), logits.log_softmax(0)
    return -(rows + columns).diagonal().mean() / 2


@exercise.also_correct
def with_logsumexp(logits):
    rivals = (logits.logsumexp(0) + logits.logsumexp(1)) / 2
    return (rivals - logits.diagonal()).mean()
