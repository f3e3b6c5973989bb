"""Nearest code."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import quantization
from .shared import codes_of_all_lengths

exercise = Exercise(
    id="quantization.nearest",
    title="Nearest code",
    target="exercise_lib.quantization:nearest",
    solution=quantization.nearest,
    todo="9.1",
    points=2,
    difficulty=2,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    n, k, d = (40, 7, 4) if hidden else (30, 6, 3)

    def args(n: int, k: int) -> dict:
        return {"vectors": 1.5 * normal(rng, n, d), "codebook": codes_of_all_lengths(rng, k, d)}

    far = args(n, k)
    far = {name: it + 4 for name, it in far.items()}
    return [
        Case("codes of all lengths", args=args(n, k)),
        Case("as many codes as vectors", args=args(n, n)),
        Case("more codes than vectors", args=args(5, 40)),
        Case("far from 0", args=far),
    ]


def differences(vectors, codebook):
    return vectors[:, None] - codebook[None]  # (N, K, d)


@exercise.misconception(
    "You choose by the product of vector and code: then long codes win. Take the squared distance, "
    "which has the code's own length in it."
)
def largest_product(vectors, codebook):
    return (vectors @ codebook.T).argmax(dim=1)


@exercise.misconception("You choose by the cosine: the length of a code counts as well.")
def largest_cosine(vectors, codebook):
    return (F.normalize(vectors, dim=1) @ F.normalize(codebook, dim=1).T).argmax(dim=1)


@exercise.misconception("This is the farthest code: take argmin of the distances.")
def farthest(vectors, codebook):
    return torch.cdist(vectors, codebook).argmax(dim=1)


@exercise.misconception(
    "You look for the nearest vector of each code: there is one answer for each vector, so take "
    "argmin along the codes, dim=1."
)
def over_the_vectors(vectors, codebook):
    return torch.cdist(vectors, codebook).argmin(dim=0)


@exercise.misconception(
    "In the middle of ||z||^2 - 2 z e + ||e||^2 stands twice the product, with a minus."
)
def product_once(vectors, codebook):
    return (codebook.square().sum(1) - vectors @ codebook.T).argmin(dim=1)


@exercise.neighbour(product_once)
def product_added(vectors, codebook):
    return (codebook.square().sum(1) + 2 * vectors @ codebook.T).argmin(dim=1)


@exercise.misconception(
    "You add up the differences before you square: they cancel. Square each number first."
)
def sum_before_square(vectors, codebook):
    return differences(vectors, codebook).sum(-1).square().argmin(dim=1)


@exercise.neighbour(sum_before_square)
def not_squared(vectors, codebook):
    return differences(vectors, codebook).sum(-1).argmin(dim=1)


@exercise.misconception(
    "You add up absolute differences: the distance of (9.1) is of squared ones."
)
def absolute_differences(vectors, codebook):
    return torch.cdist(vectors, codebook, p=1).argmin(dim=1)


@exercise.misconception("You return the codes' vectors: asked for are their numbers.")
def the_vectors(vectors, codebook):
    return codebook[torch.cdist(vectors, codebook).argmin(dim=1)]


@exercise.misconception("You return the distances themselves: argmin says where the least one is.")
def least_distance(vectors, codebook):
    return torch.cdist(vectors, codebook).square().amin(dim=1)


@exercise.neighbour(least_distance)
def all_distances(vectors, codebook):
    return torch.cdist(vectors, codebook).square()


@exercise.neighbour(least_distance)
def least_root(vectors, codebook):
    return torch.cdist(vectors, codebook).amin(dim=1)


@exercise.misconception(
    "The length of a code is added, not its square: ||z||^2 - 2 z e + ||e||^2 has squares."
)
def lengths_not_squared(vectors, codebook):
    return (codebook.norm(dim=1) - 2 * vectors @ codebook.T).argmin(1)


@exercise.misconception(
    "The smallest distance so far is kept from vector to vector: begin anew for each."
)
def least_of_all_so_far(vectors, codebook):
    found, least, code = [], float("inf"), 0
    for distances in torch.cdist(vectors, codebook):
        if distances.min() < least:
            least, code = float(distances.min()), int(distances.argmin())
        found.append(code)
    return torch.tensor(found)


@exercise.also_correct
def with_cdist(vectors, codebook):
    return torch.cdist(vectors, codebook).argmin(dim=1)


@exercise.also_correct
def with_broadcasting(vectors, codebook):
    return differences(vectors, codebook).pow(2).mean(-1).min(dim=-1).indices
