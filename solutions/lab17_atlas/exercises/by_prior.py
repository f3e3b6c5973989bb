"""A hierarchy."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case
from exercise_lib.check.toys import parts

from ...exercise_lib import atlas
from .shared import caption

exercise = Exercise(
    id="atlas.by_prior",
    title="A hierarchy",
    target="exercise_lib.atlas:by_prior",
    solution=atlas.by_prior,
    todo="17.5",
    points=2,
    difficulty=2,
    minutes=15,
)


def noise_for(rng: np.random.Generator, prompts: list[str], k: int) -> Tensor:
    """Draw noises; the nearest draw is not the nearest noise, nor is it the first for all."""
    texts = parts.toy_read(prompts)
    while True:
        noise = normal(rng, k, *texts.shape)
        found = torch.stack([parts.toy_prior(it, texts) for it in noise])
        near, best_of_all = (found * texts).sum(-1), (found * texts).sum((1, 2)).argmax()
        is_its_noise = near.argmax(0) == (noise * texts).sum(-1).argmax(0)
        if not is_its_noise.all() and (k == 2 or int(best_of_all) not in (0, k - 1)):
            return noise


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    def case(name: str, k: int, b: int, **more) -> Case:
        prompts = [caption(rng) for _ in range(b)]
        args = {
            "prompts": prompts,
            "read": parts.toy_read,
            "prior": parts.toy_prior,
            "decode": parts.toy_paint,
            "noise": noise_for(rng, prompts, k),
        }
        return Case(name, args=args, **more)

    return [
        case("the better of two", 2, 6 if hidden else 4),
        case("the best of four", 4, 3, grad=("noise",)),
        case("as many captions as draws", 3, 3),
        case("as many captions as numbers", 2, parts.WIDTH),
    ]


def draws(prompts, read, prior, noise):
    return torch.stack([prior(it, read(prompts)) for it in noise])


@exercise.misconception(
    "The prior is passed by: the decoder has learned from embeddings of pictures, and gets a "
    "caption's."
)
def text_decoded(prompts, read, prior, decode, noise):
    return decode(read(prompts))


@exercise.misconception("The first draw is kept: draw all K, and take the best for each caption.")
def first_draw(prompts, read, prior, decode, noise):
    return decode(prior(noise[0], read(prompts)))


@exercise.neighbour(first_draw)
def last_draw(prompts, read, prior, decode, noise):
    return decode(prior(noise[-1], read(prompts)))


@exercise.misconception(
    "The mean of the draws is decoded: it is the embedding of no picture. Keep one of them."
)
def mean(prompts, read, prior, decode, noise):
    return decode(draws(prompts, read, prior, noise).mean(0))


@exercise.misconception("The mean of the noises is drawn from: each draw has a noise of its own.")
def mean_noise(prompts, read, prior, decode, noise):
    return decode(prior(noise.mean(0), read(prompts)))


@exercise.misconception(
    "You choose among the noises: what is nearest to the caption is known after the prior has run."
)
def noise_chosen(prompts, read, prior, decode, noise):
    texts = read(prompts)
    return decode(prior(atlas.best_of(noise, texts), texts))


@exercise.misconception(
    "You decode all draws and choose among pictures: choose among embeddings, which captions have "
    "as well."
)
def pictures_chosen(prompts, read, prior, decode, noise):
    texts = read(prompts)
    pictures = torch.stack([decode(it) for it in draws(prompts, read, prior, noise)])
    return atlas.best_of(pictures, texts)


@exercise.misconception("The noise is decoded: the prior makes an embedding of it first.")
def noise_decoded(prompts, read, prior, decode, noise):
    return decode(atlas.best_of(noise, read(prompts)))


@exercise.misconception("The condition is dropped: the prior hears the captions' embeddings.")
def unheard(prompts, read, prior, decode, noise):
    texts = read(prompts)
    nothing = torch.zeros_like(texts)
    return decode(atlas.best_of(torch.stack([prior(it, nothing) for it in noise]), texts))


@exercise.misconception("Noise and captions are exchanged: prior(noise, texts), in this order.")
def exchanged(prompts, read, prior, decode, noise):
    texts = read(prompts)
    return decode(atlas.best_of(torch.stack([prior(texts, it) for it in noise]), texts))


@exercise.misconception("An embedding is returned: decode it.")
def not_decoded(prompts, read, prior, decode, noise):
    return atlas.best_of(draws(prompts, read, prior, noise), read(prompts))


@exercise.misconception(
    "The prior runs twice: what it gives is an embedding of a picture, ready to be decoded."
)
def prior_twice(prompts, read, prior, decode, noise):
    texts = read(prompts)
    best = atlas.best_of(draws(prompts, read, prior, noise), texts)
    return decode(prior(best, texts))


@exercise.neighbour(prior_twice)
def draws_of_draws(prompts, read, prior, decode, noise):
    found = read(prompts)
    for it in noise:
        found = prior(it, found)
    return decode(found)


@exercise.misconception(
    "Pictures of all draws are returned: one for each caption, of the best draw."
)
def all_decoded(prompts, read, prior, decode, noise):
    return torch.stack([decode(it) for it in draws(prompts, read, prior, noise)])


@exercise.misconception(
    "The caption's embedding is added to the prior's: it has heard the caption already."
)
def text_added(prompts, read, prior, decode, noise):
    texts = read(prompts)
    return decode(atlas.best_of(draws(prompts, read, prior, noise), texts) + texts)


@exercise.neighbour(text_added)
def mean_with_the_text(prompts, read, prior, decode, noise):
    texts = read(prompts)
    return decode((atlas.best_of(draws(prompts, read, prior, noise), texts) + texts) / 2)


@exercise.misconception("The worst draw is kept: `best_of` knows which is nearest to its caption.")
def worst(prompts, read, prior, decode, noise):
    return decode(atlas.best_of(draws(prompts, read, prior, noise), -read(prompts)))


@exercise.misconception(
    "The same draw is kept for every caption: each of them has a nearest one of its own."
)
def one_for_all(prompts, read, prior, decode, noise):
    texts, found = read(prompts), draws(prompts, read, prior, noise)
    return decode(found[int((found * texts).sum((1, 2)).argmax())])


@exercise.misconception(
    "Each draw hears the one before it: every draw of the prior hears the captions' embeddings."
)
def one_after_another(prompts, read, prior, decode, noise):
    texts = read(prompts)
    found = [prior(noise[0], texts)]
    for it in noise[1:]:
        found.append(prior(it, found[-1]))
    return decode(atlas.best_of(torch.stack(found), texts))


@exercise.also_correct
def in_one_batch(prompts, read, prior, decode, noise):
    texts = read(prompts)
    k, b, d = noise.shape
    every = prior(noise.reshape(k * b, d), texts.repeat(k, 1)).reshape(k, b, d)
    nearest = torch.einsum("kbd,bd->kb", every, texts).argmax(0)
    return decode(torch.stack([every[i, n] for n, i in enumerate(nearest.tolist())]))


@exercise.also_correct
def one_by_one(prompts, read, prior, decode, noise):
    texts = read(prompts)
    best = prior(noise[0], texts)
    for it in noise[1:]:
        other = prior(it, texts)
        is_nearer = (other * texts).sum(1) > (best * texts).sum(1)
        best = torch.where(is_nearer[:, None], other, best)
    return decode(best)
