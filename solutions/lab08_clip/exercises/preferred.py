"""How often the right caption is preferred: an answer in the notebook."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from autograder.builder.answers import answer
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from .shared import embeddings

exercise = Exercise(
    id="binding.preferred",
    title="Right or wrong caption",
    target="notebook",
    solution=answer(__package__, "preferred"),
    todo="8.6",
    points=1,
    difficulty=1,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    n, d = (60, 6) if hidden else (50, 5)

    def args(n: int, bias: float) -> dict:
        images, wrong = embeddings(rng, n, d), embeddings(rng, n, d)
        right = embeddings(rng, n, d) + bias * images
        return {"images": images, "right": right, "wrong": wrong}

    same = args(n, 0.0)
    half = torch.arange(n)[:, None] % 2 == 0
    same["wrong"] = torch.where(half, same["right"], same["wrong"])
    return [
        Case("some pictures", args=args(n, 0.3)),
        Case("other pictures", args=args(n + 7, -0.2)),
        Case("captions that are told apart in half of the rows only", args=same),
    ]


def cosine(a, b):
    return F.cosine_similarity(a, b, dim=-1)


@exercise.misconception("You compare dot products: a long wrong caption wins. Compare cosines.")
def dot_products(images, right, wrong):
    return ((images * right).sum(-1) > (images * wrong).sum(-1)).float().mean()


@exercise.misconception(
    "A tie counts as right: who cannot tell two captions apart prefers neither, so use >."
)
def ties_count(images, right, wrong):
    return (cosine(images, right) >= cosine(images, wrong) - 1e-6).float().mean()


@exercise.misconception("You count the wrong ones: asked for is how often the right one is ahead.")
def wrong_ones(images, right, wrong):
    return (cosine(images, right) < cosine(images, wrong)).float().mean()


@exercise.misconception("You return how much the right caption is ahead: asked for is how often.")
def mean_difference(images, right, wrong):
    return (cosine(images, right) - cosine(images, wrong)).mean()


@exercise.neighbour(mean_difference)
def mean_share(images, right, wrong):
    both = torch.stack([cosine(images, right), cosine(images, wrong)])
    return both.softmax(0)[0].mean()


@exercise.misconception("You count pictures: divide by their number, to get a share.")
def counted(images, right, wrong):
    return (cosine(images, right) > cosine(images, wrong)).float().sum()


@exercise.misconception(
    "You compare with the captions of all pictures: row i of `right` and of `wrong` belong to "
    "picture i."
)
def against_all(images, right, wrong):
    pictures, a, b = (F.normalize(it, dim=-1) for it in (images, right, wrong))
    return (pictures @ a.T > pictures @ b.T).float().mean()


@exercise.neighbour(against_all)
def against_every_wrong_one(images, right, wrong):
    pictures, a, b = (F.normalize(it, dim=-1) for it in (images, right, wrong))
    return ((pictures * a).sum(-1) > (pictures @ b.T).amax(1)).float().mean()


@exercise.misconception("One result for each picture is left: take their mean.")
def of_each_picture(images, right, wrong):
    return (cosine(images, right) > cosine(images, wrong)).float()


@exercise.misconception(
    "You ask whether the right caption's cosine is positive: it must exceed the wrong one's."
)
def positive(images, right, wrong):
    return (cosine(images, right) > 0).float().mean()


@exercise.misconception("You compare distances of raw embeddings: compare cosines.")
def distances(images, right, wrong):
    return ((images - right).norm(dim=-1) < (images - wrong).norm(dim=-1)).float().mean()


@exercise.misconception(
    "The cosines run along the batch: compare embeddings, along their last axis, picture by "
    "picture."
)
def along_the_batch(images, right, wrong):
    ahead = F.cosine_similarity(images, right, dim=0) > F.cosine_similarity(images, wrong, dim=0)
    return ahead.float().mean()


@exercise.misconception(
    "The means of all cosines are compared, so that the answer is 0 or 1: compare picture by "
    "picture, then take the mean."
)
def means_compared(images, right, wrong):
    return (cosine(images, right).mean() > cosine(images, wrong).mean()).float()


@exercise.misconception(
    "The right caption is compared with the wrong caption: both are compared with the picture."
)
def captions_compared(images, right, wrong):
    return (cosine(images, right) > cosine(right, wrong)).float().mean()


@exercise.also_correct
def with_units(images, right, wrong):
    ahead = F.normalize(right, dim=1) - F.normalize(wrong, dim=1)
    return ((images * ahead).sum(1) > 0).float().mean()


@exercise.also_correct
def counted_and_divided(images, right, wrong):
    ahead = [
        float(cosine(i, a)) > float(cosine(i, b))
        for i, a, b in zip(images, right, wrong, strict=True)
    ]
    return torch.tensor(sum(ahead) / len(ahead))
