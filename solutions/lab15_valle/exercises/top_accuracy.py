"""Among the most likely: an answer in the notebook."""

from __future__ import annotations

import numpy as np

from autograder.builder.answers import answer
from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from .shared import numbers, of_lengths

exercise = Exercise(
    id="top.top_accuracy",
    title="Among the ten most likely",
    target="notebook",
    solution=answer(__package__, "top_accuracy"),
    todo="15.4",
    points=1,
    difficulty=1,
    minutes=10,
)

IGNORED = -100


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    size = 9 if hidden else 8

    def case(name: str, lengths: list[int], k: int, largest: int = size) -> Case:
        b, t = len(lengths), max(lengths)
        args = {
            "logits": normal(rng, b, t, largest),
            "targets": numbers(rng, largest, b, t).masked_fill(
                ~of_lengths(*lengths, longest=t), IGNORED
            ),
            "k": k,
        }
        return Case(name, args=args)

    return [
        case("three of eight", [9, 5, 3], 3),
        case("the most likely", [11, 7], 1, 4),
        case("as many places as codes", [size, size - 3, 2], 2),
        case("without padding", [7, 7], 2),
    ]


def found(logits, targets, k):
    return (logits.topk(k).indices == targets[..., None]).any(-1)


@exercise.misconception(
    "Padding is counted as a miss: divide by the number of targets that count, not by all places."
)
def padding_missed(logits, targets, k):
    return found(logits, targets, k).float().mean()


@exercise.neighbour(padding_missed)
def padding_as_code(logits, targets, k):
    return found(logits, targets.clamp(min=0), k).float().mean()


@exercise.misconception("Padding is counted as a hit: leave it out.")
def padding_hit(logits, targets, k):
    return (found(logits, targets, k) | (targets == IGNORED)).float().mean()


@exercise.misconception(
    "This asks for the most likely code alone: any of the k most likely is a hit."
)
def top_one(logits, targets, k):
    counts = targets != IGNORED
    return (logits.argmax(-1) == targets)[counts].float().mean()


@exercise.misconception("These are the least likely codes: topk takes the largest.")
def least_likely(logits, targets, k):
    return found(-logits, targets, k)[targets != IGNORED].float().mean()


@exercise.misconception("One code too few or too many is taken: k of them.")
def one_more(logits, targets, k):
    return found(logits, targets, k + 1)[targets != IGNORED].float().mean()


@exercise.neighbour(one_more)
def one_fewer(logits, targets, k):
    rank = (logits > logits.gather(2, targets.clamp(min=0)[..., None])).sum(-1)
    return (rank < k - 1)[targets != IGNORED].float().mean()


@exercise.misconception(
    "This is the mean probability or its share: a hit counts 1, whatever its probability."
)
def probability(logits, targets, k):
    p = logits.softmax(-1).gather(2, targets.clamp(min=0)[..., None])[..., 0]
    return p[targets != IGNORED].mean()


@exercise.misconception(
    "A mean of the rows' means: every place that counts weighs the same, in whatever row."
)
def mean_of_rows(logits, targets, k):
    counts = targets != IGNORED
    return ((found(logits, targets, k) & counts).sum(1) / counts.sum(1)).mean()


@exercise.misconception("This is the error, 1 minus the accuracy.")
def error(logits, targets, k):
    return 1 - found(logits, targets, k)[targets != IGNORED].float().mean()


@exercise.misconception("The hits are divided by k too: each place has one target.")
def divided_by_k(logits, targets, k):
    return found(logits, targets, k)[targets != IGNORED].float().mean() / k


@exercise.misconception("This counts hits: their share of the targets is asked for.")
def counted(logits, targets, k):
    return found(logits, targets, k)[targets != IGNORED].float().sum()


@exercise.also_correct
def by_rank(logits, targets, k):
    counts = targets >= 0
    own = logits.gather(-1, targets.clamp(min=0).unsqueeze(-1))
    rank = (logits > own).sum(-1)
    return ((rank < k) & counts).sum() / counts.sum()


@exercise.also_correct
def of_flat_rows(logits, targets, k):
    kept = targets.flatten() != IGNORED
    best = logits.flatten(0, 1)[kept].sort(descending=True).indices[:, :k]
    return (best == targets.flatten()[kept].unsqueeze(1)).sum(1).float().mean()
