"""Embeddings of unit variance."""

from __future__ import annotations

import numpy as np
import torch.nn.functional as F

from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import unclip
from .shared import embeddings

exercise = Exercise(
    id="unclip.scaled",
    title="Embeddings as large as noise",
    target="exercise_lib.unclip:scaled",
    solution=unclip.scaled,
    todo="13.1",
    points=1,
    difficulty=1,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    b, d = (5, 8) if hidden else (3, 6)

    def args(*shape: int) -> dict:
        return {"embeddings": embeddings(rng, *shape)}

    return [
        Case("with gradients", args=args(b, d), grad=("embeddings",)),
        Case("as many embeddings as numbers", args=args(d, d)),
        Case("several for each caption", args=args(2, b, d)),
    ]


@exercise.misconception(
    "Their length is 1: then a number is as small as 1 / sqrt(d), noise drowns it at once, and a "
    "prior learns the mean. Multiply by sqrt(d)."
)
def unit_length(embeddings):
    return F.normalize(embeddings, dim=-1)


@exercise.misconception(
    "Lengths are as CLIP made them: only directions count for it. Divide each embedding by its "
    "length first."
)
def raw(embeddings):
    return embeddings


@exercise.neighbour(raw)
def raw_times_root(embeddings):
    return embeddings * embeddings.shape[-1] ** 0.5


@exercise.misconception(
    "You multiply by d, and a number's variance is then d: multiply by its root, sqrt(d)."
)
def times_d(embeddings):
    return embeddings.shape[-1] * F.normalize(embeddings, dim=-1)


@exercise.misconception(
    "You divide by sqrt(d), and numbers get smaller still: multiply by it, and the squares of a "
    "row have the mean 1."
)
def divided_by_root(embeddings):
    return F.normalize(embeddings, dim=-1) / embeddings.shape[-1] ** 0.5


@exercise.misconception(
    "You normalise along the batch: each embedding has a length of its own, along the last axis."
)
def over_the_batch(embeddings):
    return embeddings.shape[-1] ** 0.5 * F.normalize(embeddings, dim=0)


@exercise.neighbour(over_the_batch)
def by_the_length_of_all(embeddings):
    return embeddings.shape[-1] ** 0.5 * embeddings / embeddings.norm()


@exercise.neighbour(over_the_batch)
def along_the_default_axis(embeddings):
    return embeddings.shape[-1] ** 0.5 * F.normalize(embeddings)


@exercise.misconception(
    "You standardise each feature over the batch: an embedding then depends on its neighbours. "
    "Each is scaled by itself."
)
def standardised(embeddings):
    return (embeddings - embeddings.mean(0)) / embeddings.std(0)


@exercise.neighbour(standardised)
def divided_by_std_of_features(embeddings):
    return embeddings / embeddings.std(0)


@exercise.neighbour(standardised)
def divided_by_std_of_all(embeddings):
    return embeddings / embeddings.std()


@exercise.misconception(
    "The mean of each embedding's numbers is taken off, which turns it: only its length is to "
    "change."
)
def layer_normed(embeddings):
    return F.layer_norm(embeddings, embeddings.shape[-1:])


@exercise.neighbour(layer_normed)
def divided_by_own_std(embeddings):
    return embeddings / embeddings.std(-1, keepdim=True)


@exercise.neighbour(layer_normed)
def standardised_by_itself(embeddings):
    return (embeddings - embeddings.mean(-1, keepdim=True)) / embeddings.std(-1, keepdim=True)


@exercise.misconception(
    "You divide by the squared length: the root is missing, a length is the root of the sum of "
    "squares."
)
def squared_length(embeddings):
    return embeddings.shape[-1] ** 0.5 * embeddings / embeddings.square().sum(-1, keepdim=True)


@exercise.misconception("d is how many numbers an embedding has, and not how many there are.")
def root_of_the_batch(embeddings):
    return len(embeddings) ** 0.5 * F.normalize(embeddings, dim=-1)


@exercise.also_correct
def by_root_mean_square(embeddings):
    return embeddings / embeddings.square().mean(dim=-1, keepdim=True).sqrt()


@exercise.also_correct
def by_norm(embeddings):
    lengths = embeddings.norm(dim=-1, keepdim=True)
    return embeddings * (embeddings.size(-1) ** 0.5 / lengths)
