"""The best of several."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import unclip
from .shared import embeddings, on_sphere

exercise = Exercise(
    id="unclip.best_of",
    title="The better of two",
    target="exercise_lib.unclip:best_of",
    solution=unclip.best_of,
    todo="13.8",
    points=2,
    difficulty=2,
    minutes=15,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    d = 6 if hidden else 5

    def case(name: str, k: int, b: int, **more) -> Case:
        args = {"candidates": on_sphere(rng, k, b, d), "texts": embeddings(rng, b, d)}
        return Case(name, args=args, **more)

    return [
        case("two for each of eight", 2, 8),
        case("four for each of seven", 4, 7, grad=("candidates",)),
        case("as many as numbers", d, d),
        case("three for each of three", 3, 3),
    ]


def products(candidates, texts):
    return (candidates * texts).sum(-1)


def taken(candidates, chosen):
    return candidates[chosen, torch.arange(candidates.shape[1])]


@exercise.misconception("You keep the worst: the largest dot product is the nearest one.")
def worst(candidates, texts):
    return taken(candidates, products(candidates, texts).argmin(0))


@exercise.misconception("You keep a fixed candidate: each caption has a best one of its own.")
def first(candidates, texts):
    return candidates[0]


@exercise.neighbour(first)
def last(candidates, texts):
    return candidates[-1]


@exercise.misconception(
    "You take the mean: it is shorter than an embedding, and of no picture. Keep one of them."
)
def mean(candidates, texts):
    return candidates.mean(0)


@exercise.neighbour(mean)
def weighted_mean(candidates, texts):
    weights = products(candidates, texts).softmax(0)
    return (weights[..., None] * candidates).sum(0)


@exercise.neighbour(mean)
def scaled_mean(candidates, texts):
    return unclip.scaled(candidates.mean(0))


@exercise.misconception("One choice for the whole batch: every caption has its own.")
def one_for_all(candidates, texts):
    return candidates[products(candidates, texts).sum(1).argmax()]


@exercise.neighbour(one_for_all)
def best_single(candidates, texts):
    return candidates[products(candidates, texts).amax(1).argmax()]


@exercise.misconception(
    "You compare each candidate with all captions: only its own counts, caption b for candidates b."
)
def against_all(candidates, texts):
    return taken(candidates, (candidates @ texts.T).sum(2).argmax(0))


@exercise.neighbour(against_all)
def against_any(candidates, texts):
    return taken(candidates, (candidates @ texts.T).amax(2).argmax(0))


@exercise.misconception(
    "The index is taken along the captions: `argmax` has to go over the K candidates, axis 0."
)
def along_the_captions(candidates, texts):
    chosen = products(candidates, texts).argmax(1)  # (K,)
    return candidates[torch.arange(len(candidates)), chosen]


@exercise.misconception("The sign of the dot product counts: no absolute values, no squares.")
def absolute(candidates, texts):
    return taken(candidates, products(candidates, texts).abs().argmax(0))


@exercise.misconception("You return which it was: return the embedding itself.")
def which(candidates, texts):
    return products(candidates, texts).argmax(0)


@exercise.neighbour(which)
def how_near(candidates, texts):
    return products(candidates, texts).amax(0)


@exercise.misconception(
    "You choose number by number: parts of different candidates make no embedding. Choose whole "
    "ones."
)
def by_number(candidates, texts):
    return candidates.gather(0, (candidates * texts).argmax(0, keepdim=True))[0]


@exercise.neighbour(by_number)
def largest_numbers(candidates, texts):
    return candidates.amax(0)


@exercise.misconception(
    "You keep the one that is nearest to the other candidates: compare with the caption."
)
def most_usual(candidates, texts):
    return taken(candidates, (candidates * candidates.sum(0)).sum(-1).argmax(0))


@exercise.misconception(
    "All candidates of all captions are compared: row b is chosen among its own K."
)
def of_all_rows(candidates, texts):
    every = candidates.flatten(0, 1)
    return every[(every @ texts.T).argmax(0)]


@exercise.misconception(
    "`candidates[k]` alone takes a whole batch for each caption: `candidates[k, rows]` takes a row."
)
def whole_batches(candidates, texts):
    return candidates[products(candidates, texts).argmax(0)]


@exercise.also_correct
def by_cosine(candidates, texts):
    cosines = F.cosine_similarity(candidates, texts[None], dim=-1)
    chosen = cosines.argmax(0)
    return torch.stack([candidates[k, b] for b, k in enumerate(chosen.tolist())])


@exercise.also_correct
def by_gather(candidates, texts):
    near = torch.einsum("kbd,bd->kb", candidates, texts)
    index = near.max(dim=0).indices[None, :, None].expand(1, -1, candidates.shape[-1])
    return candidates.gather(0, index).squeeze(0)


@exercise.also_correct
def one_by_one(candidates, texts):
    best, near = candidates[0], products(candidates[0], texts)
    for its in candidates[1:]:
        nearer = products(its, texts) > near
        best = torch.where(nearer[:, None], its, best)
        near = torch.maximum(near, products(its, texts))
    return best
