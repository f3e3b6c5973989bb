"""Recall at k."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import clip

exercise = Exercise(
    id="clip.recall_at_k",
    title="Recall at k",
    target="exercise_lib.clip:recall_at_k",
    solution=clip.recall_at_k,
    todo="8.5",
    points=2,
    difficulty=2,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    b, c = (14, 9) if hidden else (12, 8)

    def truth_of(n: int, m: int, share: float) -> Tensor:
        """A true column in each row but the first, and others by chance."""
        table = torch.from_numpy(rng.random((n, m)) < share)
        table[torch.arange(n), torch.from_numpy(rng.integers(0, m, n))] = True
        table[0] = False
        return table

    def args(n: int, m: int, k: int, share: float) -> dict:
        truth = truth_of(n, m, share)
        scores = normal(rng, n, m) + 0.8 * truth
        return {"scores": scores, "truth": truth, "k": k}

    return [
        Case("the two best of a row", args=args(b, c, 2, 0.2)),
        Case("the best one alone", args=args(b, b, 1, 0.15)),
        Case("the four best", args=args(c, b, 4, 0.1)),
    ]


def best(scores, k):
    return scores.topk(k, dim=1).indices


@exercise.misconception(
    "Only the row's own caption counts as true: others may be true as well, `truth` says which."
)
def diagonal_alone(scores, truth, k):
    n = min(scores.shape)
    return (best(scores, k)[:n] == torch.arange(n)[:, None]).any(1).float().mean()


@exercise.misconception(
    "You count how many of the k are true (precision): one true caption among them is enough."
)
def precision(scores, truth, k):
    return truth.gather(1, best(scores, k)).float().mean()


@exercise.misconception("You look along the columns: for each row, take its k largest columns.")
def over_columns(scores, truth, k):
    found = truth.gather(0, scores.topk(min(k, len(scores)), dim=0).indices)
    return found.any(0).float().mean()


@exercise.misconception("You take the k smallest scores: the best are the largest.")
def smallest(scores, truth, k):
    worst = scores.topk(k, dim=1, largest=False).indices
    return truth.gather(1, worst).any(1).float().mean()


@exercise.misconception("k is not used: look at the k best of each row.")
def best_alone(scores, truth, k):
    return truth.gather(1, best(scores, 1)).any(1).float().mean()


@exercise.neighbour(best_alone)
def all_columns(scores, truth, k):
    return truth.any(1).float().mean()


@exercise.neighbour(best_alone)
def five_best(scores, truth, k):
    return truth.gather(1, best(scores, 5)).any(1).float().mean()


@exercise.misconception(
    "You count how many of a row's true captions are found: a row counts once, when one of them is."
)
def share_of_the_true_ones(scores, truth, k):
    found = truth.gather(1, best(scores, k)).sum(1)
    return (found / truth.sum(1).clamp(min=1)).mean()


@exercise.misconception(
    "All k must be true in your count: one true caption among them is enough (any)."
)
def all_must_be_true(scores, truth, k):
    return truth.gather(1, best(scores, k)).all(1).float().mean()


@exercise.misconception("You count the rows: divide by their number, to get a share.")
def counted(scores, truth, k):
    return truth.gather(1, best(scores, k)).any(1).float().sum()


@exercise.misconception(
    "Rows without a true caption are left out: such a row is one in which nothing is found."
)
def rows_with_truth(scores, truth, k):
    found = truth.gather(1, best(scores, k)).any(1)
    return found[truth.any(1)].float().mean()


@exercise.misconception("A result for each row is left: take their mean.")
def of_each_row(scores, truth, k):
    return truth.gather(1, best(scores, k)).any(1).float()


@exercise.misconception("The k-th best alone is looked at: look at all from the best to the k-th.")
def kth_alone(scores, truth, k):
    return truth.gather(1, best(scores, k)[:, -1:]).any(1).float().mean()


@exercise.neighbour(kth_alone)
def kth_from_zero(scores, truth, k):
    following = scores.argsort(dim=1, descending=True)[:, k : k + 1]
    return truth.gather(1, following).any(1).float().mean()


@exercise.misconception("You look at one column more or less than k.")
def one_more(scores, truth, k):
    return truth.gather(1, best(scores, k + 1)).any(1).float().mean()


@exercise.neighbour(share_of_the_true_ones)
def share_of_the_true_or_nan(scores, truth, k):
    found = truth.gather(1, scores.topk(k, dim=1).indices).sum(1)
    return (found / truth.sum(1)).mean()


@exercise.misconception(
    "All hits of a row are added up: a row counts once, however many true columns it finds."
)
def hits_added_up(scores, truth, k):
    return truth.gather(1, scores.topk(k, dim=1).indices).float().sum() / len(scores)


@exercise.misconception(
    "Only the first true column of a row counts here: any true one among the k best is a hit."
)
def first_true_alone(scores, truth, k):
    first = truth.int().argmax(1)[:, None]
    return (scores.topk(k, dim=1).indices == first).any(1).float().mean()


@exercise.also_correct
def by_ranks(scores, truth, k):
    best_true = scores.masked_fill(~truth, -torch.inf).amax(1, keepdim=True)
    above = (scores > best_true).sum(1)
    return ((above < k) & truth.any(1)).float().mean()


@exercise.also_correct
def row_by_row(scores, truth, k):
    found = 0
    for row, true in zip(scores, truth, strict=True):
        found += bool(true[row.argsort(descending=True)[:k]].any())
    return torch.tensor(found / len(scores))
