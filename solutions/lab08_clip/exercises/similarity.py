"""Similarity."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from autograder.exercise import FORMULA_IS_RIGHT, Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import clip
from .shared import embeddings

exercise = Exercise(
    id="clip.similarity",
    title="Similarity",
    target="exercise_lib.clip:similarity",
    solution=clip.similarity,
    todo="8.2",
    points=2,
    difficulty=1,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    b, c, d = (5, 3, 7) if hidden else (3, 4, 6)

    def args(n: int, m: int, log_scale: float) -> dict:
        texts = embeddings(rng, m, d)
        return {
            "images": embeddings(rng, n, d),
            "texts": texts,
            "log_scale": torch.tensor(log_scale),
        }

    every = ("images", "texts", "log_scale")
    zeros = args(b, c, 2.0)
    zeros["images"][1] = 0.0
    zeros["texts"][-1] = 0.0
    return [
        Case("with gradients", args=args(b, c, 2.66), grad=every),
        Case("as many captions as pictures", args=args(4, 4, 1.2), grad=every),
        Case("a temperature above 1", args=args(b, c, -0.7)),
        Case("a scale of e^5.5 is held at 100", args=args(b, c, 5.5), weight=2.0),
        Case("an embedding of zeros among others", args=zeros, weight=0.5),
    ]


def cosines(images, texts):
    return F.normalize(images, dim=-1) @ F.normalize(texts, dim=-1).T


def scale_of(log_scale):
    return log_scale.exp().clamp(max=100.0)


@exercise.misconception(
    "You leave the embeddings their lengths: divide each by its own, or one long caption wins in "
    "every row."
)
def not_normalised(images, texts, log_scale):
    return scale_of(log_scale) * images @ texts.T


@exercise.neighbour(not_normalised)
def pictures_alone_normalised(images, texts, log_scale):
    return scale_of(log_scale) * F.normalize(images, dim=-1) @ texts.T


@exercise.neighbour(not_normalised)
def captions_alone_normalised(images, texts, log_scale):
    return scale_of(log_scale) * images @ F.normalize(texts, dim=-1).T


@exercise.misconception(
    "You normalise along the batch, axis 0: each embedding is to have length 1, so take the last "
    "axis."
)
def normalised_over_the_batch(images, texts, log_scale):
    return scale_of(log_scale) * F.normalize(images, dim=0) @ F.normalize(texts, dim=0).T


@exercise.misconception(
    "One length is taken of all embeddings together: each is divided by its own, along the last "
    "axis."
)
def divided_by_the_norm_of_all(images, texts, log_scale):
    return scale_of(log_scale) * (images / images.norm()) @ (texts / texts.norm()).T


@exercise.misconception(
    "You multiply with l itself: what is learned is a logarithm, the scale is e^l (14.3 and not "
    "2.66 at the start)."
)
def logarithm_as_scale(images, texts, log_scale):
    return log_scale.clamp(max=100.0) * cosines(images, texts)


@exercise.misconception(
    "You divide by the scale: l is the logarithm of one over the temperature, so multiply by e^l."
)
def divided_by_the_scale(images, texts, log_scale):
    return cosines(images, texts) / scale_of(log_scale)


@exercise.misconception(
    "The scale may grow without end: hold e^l at 100 at most, with `.clamp(max=largest)`."
)
def no_clamp(images, texts, log_scale):
    return log_scale.exp() * cosines(images, texts)


@exercise.misconception(
    "100 is the largest scale, not the least: clamp with max=, or take the minimum."
)
def clamped_from_below(images, texts, log_scale):
    return log_scale.exp().clamp(min=100.0) * cosines(images, texts)


@exercise.misconception("The scale is missing: multiply the cosines by e^l.")
def without_scale(images, texts, log_scale):
    return cosines(images, texts)


@exercise.misconception(
    "Rows and columns are exchanged: a row for each picture, a column for each caption."
)
def captions_in_rows(images, texts, log_scale):
    return scale_of(log_scale) * cosines(texts, images)


@exercise.misconception(
    "You take a softmax: these are logits, and the loss brings its own softmax."
)
def softmaxed(images, texts, log_scale):
    return torch.softmax(scale_of(log_scale) * cosines(images, texts), dim=-1)


@exercise.misconception(
    "The scale gets no gradient, so the temperature is never learned: use the tensor, without "
    ".item(), float() or detach."
)
def scale_detached(images, texts, log_scale):
    return scale_of(log_scale.detach()) * cosines(images, texts)


@exercise.misconception("This is a distance: CLIP compares by the cosine.")
def negative_distance(images, texts, log_scale):
    pictures, captions = (F.normalize(it, dim=-1) for it in (images, texts))
    return -scale_of(log_scale) * torch.cdist(pictures, captions)


@exercise.neighbour(negative_distance)
def negative_squared_distance(images, texts, log_scale):
    pictures, captions = (F.normalize(it, dim=-1) for it in (images, texts))
    return -scale_of(log_scale) * torch.cdist(pictures, captions).square()


@exercise.misconception(
    "What is held at 100 is the scale e^l, not the finished similarities: clamp before you "
    "multiply."
)
def similarities_held(images, texts, log_scale):
    return (log_scale.exp() * cosines(images, texts)).clamp(max=clip.LARGEST_SCALE)


@exercise.misconception(
    "You divide by the squared length: the root is missing, a length is the root of the sum of "
    "squares."
)
def squared_lengths(images, texts, log_scale):
    units = [it / it.square().sum(1, keepdim=True) for it in (images, texts)]
    return scale_of(log_scale) * units[0] @ units[1].T


@exercise.misconception(
    "An embedding of zeros has no direction, and 0 / 0 is not a number: keep the length that you "
    "divide by above 0, as F.normalize does.",
    mild=FORMULA_IS_RIGHT,
)
def zero_by_zero(images, texts, log_scale):
    lengths = images.norm(dim=1)[:, None] * texts.norm(dim=1)[None]
    return scale_of(log_scale) * (images @ texts.T) / lengths


@exercise.also_correct
def with_cosine_similarity(images, texts, log_scale):
    cosine = F.cosine_similarity(images[:, None], texts[None], dim=-1)
    return torch.minimum(log_scale.exp(), torch.tensor(100.0)) * cosine


@exercise.also_correct
def with_norms(images, texts, log_scale):
    lengths = (images.norm(dim=1)[:, None] * texts.norm(dim=1)[None]).clamp(min=1e-12)
    scale = torch.exp(torch.clamp(log_scale, max=float(np.log(100))))
    return torch.einsum("id,jd->ij", images, texts) / lengths * scale
