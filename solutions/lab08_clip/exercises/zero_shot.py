"""Zero-shot classification."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import clip
from .shared import embeddings

exercise = Exercise(
    id="clip.zero_shot",
    title="Zero-shot classification",
    target="exercise_lib.clip:zero_shot",
    solution=clip.zero_shot,
    todo="8.4",
    points=2,
    difficulty=2,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    n, d = (120, 5) if hidden else (100, 4)

    def args(n_classes: int, n_prompts: int) -> dict:
        prompts = embeddings(rng, n_classes, n_prompts, d)
        return {"images": embeddings(rng, n, d), "prompts": prompts}

    return [
        Case("three sentences a class", args=args(6, 3)),
        Case("more sentences, more classes", args=args(9, 5)),
        Case("as many classes as sentences", args=args(4, 4)),
        Case("one sentence a class", args=args(7, 1), weight=0.5),
    ]


def unit(x):
    return F.normalize(x, dim=-1)


@exercise.misconception(
    "You average the sentences before each has length 1: the longest one outweighs the others."
)
def mean_of_raw_sentences(images, prompts):
    return (images @ unit(prompts.mean(1)).T).argmax(1)


@exercise.misconception(
    "The mean is not normalised again: a class whose sentences agree has a longer mean, and wins."
)
def mean_not_normalised(images, prompts):
    return (images @ unit(prompts).mean(1).T).argmax(1)


@exercise.misconception(
    "Nothing is normalised: divide each sentence by its length, take the mean, and divide by its "
    "length."
)
def nothing_normalised(images, prompts):
    return (images @ prompts.mean(1).T).argmax(1)


@exercise.misconception("Only the first sentence of each class is used: average all of them.")
def first_sentence(images, prompts):
    return (images @ unit(prompts[:, 0]).T).argmax(1)


@exercise.misconception(
    "You ask which picture fits a class best: argmax runs over the classes, for each picture."
)
def best_picture_of_a_class(images, prompts):
    return (unit(images) @ unit(unit(prompts).mean(1)).T).argmax(0)


@exercise.misconception(
    "You take the nearest single sentence: average the sentences of a class first."
)
def nearest_sentence(images, prompts):
    return (unit(images) @ unit(prompts).flatten(0, 1).T).argmax(1) // prompts.shape[1]


@exercise.misconception(
    "You return similarities: asked for is the number of the class, so end with argmax."
)
def similarities(images, prompts):
    return unit(images) @ unit(unit(prompts).mean(1)).T


@exercise.misconception("The least similar class is chosen: take argmax.")
def least_similar(images, prompts):
    return (images @ unit(unit(prompts).mean(1)).T).argmin(1)


@exercise.misconception(
    "You average over the classes, axis 0: average over the sentences of each, axis 1."
)
def mean_over_classes(images, prompts):
    return (images @ unit(unit(prompts).mean(0)).T).argmax(1)


@exercise.misconception(
    "A softmax over the pictures changes what each picture prefers: take argmax of the cosines."
)
def softmax_over_pictures(images, prompts):
    return (10 * unit(images) @ unit(unit(prompts).mean(1)).T).softmax(0).argmax(1)


@exercise.misconception(
    "You normalise along another axis than the last: each sentence is to have length 1."
)
def normalised_over_sentences(images, prompts):
    sentences = F.normalize(prompts, dim=1)
    return (images @ unit(sentences.mean(1)).T).argmax(1)


@exercise.misconception(
    "Each sentence votes, and most votes win: average the sentences of a class, then ask once."
)
def votes(images, prompts):
    found = torch.einsum("bd,kpd->bpk", unit(images), unit(prompts)).argmax(2)
    return found.mode(1).values


@exercise.also_correct
def step_by_step(images, prompts):
    classes = []
    for sentences in prompts:
        mean = sum(it / it.norm() for it in sentences) / len(sentences)
        classes.append(mean / mean.norm())
    return torch.stack([(torch.stack(classes) @ image).argmax() for image in images])


@exercise.also_correct
def with_sums(images, prompts):
    total = (prompts / prompts.norm(dim=2, keepdim=True)).sum(1)
    return F.cosine_similarity(images[:, None], total[None], dim=2).argmax(1)


@exercise.also_correct
def by_distance(images, prompts):
    classes = unit(unit(prompts).mean(1))
    return torch.cdist(unit(images), classes).argmin(1)
