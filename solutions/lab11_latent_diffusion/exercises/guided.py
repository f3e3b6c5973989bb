"""Classifier-free guidance."""

from __future__ import annotations

import numpy as np
import torch

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import diffusion

exercise = Exercise(
    id="diffusion.guided",
    title="Guidance",
    target="exercise_lib.diffusion:guided",
    solution=diffusion.guided,
    todo="11.10",
    points=2,
    difficulty=1,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    n, h = (3, 2) if hidden else (2, 3)

    def case(name: str, channels: int, scale: float) -> Case:
        shape = n, channels, h, 4
        args = {"with_words": normal(rng, *shape), "without": normal(rng, *shape)}
        return Case(name, args=args | {"guidance_scale": scale})

    return [
        case("words stressed", 4, 3.5 if hidden else 2.5),
        case("eight channels", 8, 7.5),
        case("words ignored", 3, 0.0),
        case("words as they are", 2, 1.0),
        case("words half heard", 3, 0.5),
    ]


@exercise.misconception(
    "Your w is one less: w = 1 already stresses words. In the papers both occur (Ho and Salimans "
    "write (1 + w) eps(words) - w eps(no words)); here begin from the prediction without words."
)
def off_by_one(with_words, without, guidance_scale):
    return with_words + guidance_scale * (with_words - without)


@exercise.misconception(
    "Only the first three channels are guided. So did the published code of DiT, and all that "
    "copied it: a latent has four channels or more, and all of them follow the words."
)
def three_channels(with_words, without, guidance_scale):
    mixed = diffusion.guided(with_words, without, guidance_scale)
    return torch.cat([mixed[:, :3], with_words[:, 3:]], 1)


@exercise.neighbour(three_channels)
def three_channels_the_rest_without(with_words, without, guidance_scale):
    mixed = diffusion.guided(with_words, without, guidance_scale)
    return torch.cat([mixed[:, :3], without[:, 3:]], 1)


@exercise.misconception(
    "You go away from the words: the difference is that with words minus that without."
)
def sign(with_words, without, guidance_scale):
    return without + guidance_scale * (without - with_words)


@exercise.misconception(
    "With and without words are exchanged: w = 0 ignores the words, w = 1 takes them as they are."
)
def exchanged(with_words, without, guidance_scale):
    return with_words + guidance_scale * (without - with_words)


@exercise.misconception(
    "The prediction is multiplied: guidance goes along the difference of both predictions."
)
def multiplied(with_words, without, guidance_scale):
    return guidance_scale * with_words + 0 * without


@exercise.neighbour(multiplied)
def words_added(with_words, without, guidance_scale):
    return without + guidance_scale * with_words


@exercise.misconception(
    "What you begin from is missing: add the prediction without words to the difference."
)
def difference_alone(with_words, without, guidance_scale):
    return guidance_scale * (with_words - without)


@exercise.misconception("The scale is missing: multiply the difference by it.")
def without_scale(with_words, without, guidance_scale):
    return with_words.clone()


@exercise.neighbour(without_scale)
def always_seven_and_a_half(with_words, without, guidance_scale):
    return without + 7.5 * (with_words - without)


@exercise.misconception(
    "You limit the scale to 1: stressing words means to go beyond the prediction with words."
)
def limited(with_words, without, guidance_scale):
    return torch.lerp(without, with_words, min(guidance_scale, 1.0))


@exercise.misconception(
    "You scale the result to the spread of one prediction, as some later papers do: (11.10) leaves "
    "the sum as it is."
)
def rescaled(with_words, without, guidance_scale):
    mixed = diffusion.guided(with_words, without, guidance_scale)
    axes = (1, 2, 3)
    return mixed * with_words.std(axes, keepdim=True) / mixed.std(axes, keepdim=True)


@exercise.also_correct
def as_a_mixture(with_words, without, guidance_scale):
    return guidance_scale * with_words + (1 - guidance_scale) * without


@exercise.also_correct
def by_lerp(with_words, without, guidance_scale):
    return torch.lerp(without, with_words, guidance_scale)
