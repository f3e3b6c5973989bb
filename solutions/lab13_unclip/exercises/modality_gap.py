"""The modality gap: an answer in the notebook."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from autograder.builder.answers import answer
from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from .shared import embeddings

exercise = Exercise(
    id="gap.modality_gap",
    title="The modality gap",
    target="notebook",
    solution=answer(__package__, "modality_gap"),
    todo="13.2",
    points=1,
    difficulty=1,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    d = 7 if hidden else 5

    def args(n: int, m: int, apart: float) -> dict:
        way = apart * normal(rng, d)
        return {"images": embeddings(rng, n, d) + way, "texts": embeddings(rng, m, d) - way}

    return [
        Case("as many captions as pictures", args=args(6, 6, 1.0)),
        Case("more captions than pictures", args=args(4, 9, 0.5)),
        Case("a wide gap, with gradients", args=args(5, 5, 3.0), grad=("images", "texts")),
    ]


def unit(its):
    return F.normalize(its, dim=-1)


@exercise.misconception(
    "This is the mean distance of pairs, which is large without any gap: take both means first, "
    "then their distance."
)
def of_pairs(images, texts):
    return (unit(images) - unit(texts)).norm(dim=-1).mean()


@exercise.neighbour(of_pairs)
def of_all_pairs(images, texts):
    return torch.cdist(unit(images), unit(texts)).mean()


@exercise.misconception(
    "You do not normalise: pictures' embeddings are longer than captions', and that alone makes a "
    "distance."
)
def not_normalised(images, texts):
    return (images.mean(0) - texts.mean(0)).norm()


@exercise.misconception(
    "You normalise the means: normalise each embedding before its mean is taken, and leave the "
    "means their lengths."
)
def means_normalised(images, texts):
    return (unit(images.mean(0)) - unit(texts.mean(0))).norm()


@exercise.neighbour(means_normalised)
def normalised_twice(images, texts):
    return (unit(unit(images).mean(0)) - unit(unit(texts).mean(0))).norm()


@exercise.misconception("This is a cosine, large where there is no gap: the gap is a distance.")
def cosine_of_means(images, texts):
    return F.cosine_similarity(unit(images).mean(0), unit(texts).mean(0), dim=0)


@exercise.neighbour(cosine_of_means)
def one_minus_cosine(images, texts):
    return 1 - cosine_of_means(images, texts)


@exercise.neighbour(cosine_of_means)
def mean_cosine(images, texts):
    return (unit(images) @ unit(texts).T).mean()


@exercise.misconception("The root is missing: this is the squared distance.")
def squared(images, texts):
    return (unit(images).mean(0) - unit(texts).mean(0)).square().sum()


@exercise.misconception(
    "A mean over features in place of a length: the root of the sum of squares over all d of them."
)
def of_features(images, texts):
    return (unit(images).mean(0) - unit(texts).mean(0)).abs().mean()


@exercise.neighbour(of_features)
def root_mean_square(images, texts):
    return (unit(images).mean(0) - unit(texts).mean(0)).square().mean().sqrt()


@exercise.neighbour(of_features)
def sum_of_differences(images, texts):
    return (unit(images).mean(0) - unit(texts).mean(0)).abs().sum()


@exercise.misconception("The difference of two lengths: subtract the means first, then the length.")
def difference_of_lengths(images, texts):
    return (unit(images).mean(0).norm() - unit(texts).mean(0).norm()).abs()


@exercise.misconception(
    "You take the mean of each embedding's numbers: the middle of all pictures is the mean over "
    "them, axis 0."
)
def mean_of_numbers(images, texts):
    return (unit(images).mean(1).mean() - unit(texts).mean(1).mean()).abs()


@exercise.misconception("You normalise along the batch: each embedding by its own length, dim=-1.")
def normalised_over_the_batch(images, texts):
    return (F.normalize(images, dim=0).mean(0) - F.normalize(texts, dim=0).mean(0)).norm()


@exercise.misconception("A vector is left: the gap is its length.")
def not_a_length(images, texts):
    return unit(images).mean(0) - unit(texts).mean(0)


@exercise.also_correct
def by_sums(images, texts):
    middles = [(its / its.norm(dim=1, keepdim=True)).sum(0) / len(its) for its in (images, texts)]
    return torch.dist(*middles)


@exercise.also_correct
def by_squares(images, texts):
    difference = unit(texts).mean(0) - unit(images).mean(0)
    return (difference @ difference) ** 0.5
