"""Guidance whose spread does not grow."""

from __future__ import annotations

import numpy as np

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import latent_audio

exercise = Exercise(
    id="latent_audio.guided",
    title="Guidance, rescaled",
    target="exercise_lib.latent_audio:guided",
    solution=latent_audio.guided,
    todo="14.8",
    points=2,
    difficulty=2,
    minutes=15,
)

BOTH = (1, 2)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    b, c, t = (4, 3, 5) if hidden else (3, 2, 6)

    def case(name: str, scale: float, rescale: float, *shape: int) -> Case:
        louder = 1 + 2 * normal(rng, shape[0], 1, 1).abs()  # clips of different spread
        untold = louder * normal(rng, *shape) + 0.7
        told = untold + 0.8 * normal(rng, *shape) + 0.5 * normal(rng, 1, shape[1], 1)
        args = {"told": told, "untold": untold, "scale": scale, "rescale": rescale}
        return Case(name, args=args)

    return [
        case("rescaled in part", 4.0, 0.7 if hidden else 0.6, b, c, t),
        case("rescaled wholly", 3.0, 1.0, b, c, t),
        case("much guidance, a little rescaled", 7.0, 0.3, b, b, b),
        case("not rescaled", 2.5, 0.0, b, c, t),
    ]


def blended(told, pushed, rescale, axes=BOTH):
    ratio = told.std(axes, keepdim=True) / pushed.std(axes, keepdim=True)
    return rescale * ratio * pushed + (1 - rescale) * pushed


@exercise.misconception(
    "The push begins at c: with a scale of 1 nothing is to be changed, so it begins at u."
)
def from_told(told, untold, scale, rescale):
    return blended(told, told + scale * (told - untold), rescale)


@exercise.misconception("The push goes away from the caption: c - u, not u - c.")
def away(told, untold, scale, rescale):
    return blended(told, untold + scale * (untold - told), rescale)


@exercise.neighbour(away)
def arguments_exchanged(told, untold, scale, rescale):
    return blended(told, told + scale * (untold - told), rescale)


@exercise.misconception(
    "Weights of c and u have to sum up to 1: with w and 1 + w the result grows with the guidance."
)
def weights_too_large(told, untold, scale, rescale):
    return blended(told, scale * told + (1 + scale) * untold, rescale)


@exercise.neighbour(weights_too_large)
def u_left_out(told, untold, scale, rescale):
    return blended(told, scale * (told - untold), rescale)


@exercise.misconception(
    "Nothing is rescaled: at a large w the latents' spread grows, and overdrives."
)
def not_rescaled(told, untold, scale, rescale):
    return untold + scale * (told - untold)


@exercise.misconception(
    "phi stands at the wrong part: 1 is wholly rescaled, 0 is left as it was pushed."
)
def other_part(told, untold, scale, rescale):
    return blended(told, untold + scale * (told - untold), 1 - rescale)


@exercise.misconception("phi is left out: you rescale wholly whatever it says.")
def wholly(told, untold, scale, rescale):
    return blended(told, untold + scale * (told - untold), 1.0)


@exercise.misconception("The ratio is upside down: the spread of c goes above, so that g gets it.")
def upside_down(told, untold, scale, rescale):
    pushed = untold + scale * (told - untold)
    ratio = pushed.std(BOTH, keepdim=True) / told.std(BOTH, keepdim=True)
    return rescale * ratio * pushed + (1 - rescale) * pushed


@exercise.misconception("The spread of u is given to g: it is that of c, with the caption.")
def spread_of_untold(told, untold, scale, rescale):
    return blended(untold, untold + scale * (told - untold), rescale)


@exercise.misconception(
    "One spread for the batch: what is composed beside a clip must not change how it sounds."
)
def of_the_batch(told, untold, scale, rescale):
    pushed = untold + scale * (told - untold)
    return rescale * told.std() / pushed.std() * pushed + (1 - rescale) * pushed


@exercise.misconception("A spread of each channel or frame: each clip has one, over both.")
def of_channels(told, untold, scale, rescale):
    return blended(told, untold + scale * (told - untold), rescale, axes=(2,))


@exercise.neighbour(of_channels)
def of_frames(told, untold, scale, rescale):
    return blended(told, untold + scale * (told - untold), rescale, axes=(1,))


@exercise.misconception(
    "The ratio is one of variances, or of lengths: std(c) / std(g) is asked for."
)
def of_variances(told, untold, scale, rescale):
    pushed = untold + scale * (told - untold)
    ratio = told.var(BOTH, keepdim=True) / pushed.var(BOTH, keepdim=True)
    return rescale * ratio * pushed + (1 - rescale) * pushed


@exercise.misconception("What is not rescaled is c in your blend: it is g, as it was pushed.")
def blended_with_told(told, untold, scale, rescale):
    pushed = untold + scale * (told - untold)
    ratio = told.std(BOTH, keepdim=True) / pushed.std(BOTH, keepdim=True)
    return rescale * ratio * pushed + (1 - rescale) * told


@exercise.also_correct
def by_weights(told, untold, scale, rescale):
    g = scale * told + (1 - scale) * untold
    s_c, s_g = (it.flatten(1).std(dim=1, correction=0)[:, None, None] for it in (told, g))
    return g * (1 + rescale * (s_c / s_g - 1))


@exercise.also_correct
def by_lerp(told, untold, scale, rescale):
    g = untold.lerp(told, scale)
    wholly = g * (told.var(BOTH, keepdim=True) / g.var(BOTH, keepdim=True)).sqrt()
    return g.lerp(wholly, rescale)
