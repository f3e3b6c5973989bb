"""A step by the predicted v."""

from __future__ import annotations

import math

import numpy as np
import torch

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import latent_audio

exercise = Exercise(
    id="latent_audio.v_step",
    title="A step of the sampler",
    target="exercise_lib.latent_audio:v_step",
    solution=latent_audio.v_step,
    todo="14.7",
    points=2,
    difficulty=2,
    minutes=15,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    b, c, t = (4, 3, 5) if hidden else (3, 2, 4)

    def case(name: str, now: float, then: float) -> Case:
        args = {"noisy": normal(rng, b, c, t), "v": 1.3 * normal(rng, b, c, t)}
        return Case(name, args=args | {"now": torch.tensor(now), "then": torch.tensor(then)})

    return [
        case("in the middle", 0.6, 0.35 if hidden else 0.4),
        case("from noise alone", 1.0, 0.8),
        case("near the data", 0.3, 0.12),
        case("the last step", 0.25, 0.0),
    ]


def four(now, then):
    return (*latent_audio.levels(now), *latent_audio.levels(then))


@exercise.misconception(
    "You jump to x' at once: what is predicted at much noise is a mean, a blur of all sounds that "
    "fit. Only part of the way is gone, noise is put back."
)
def jumps(noisy, v, now, then):
    a, s = latent_audio.levels(now)
    return a * noisy - s * v


@exercise.neighbour(jumps)
def no_noise_put_back(noisy, v, now, then):
    a, s, a2, _ = four(now, then)
    return a2 * (a * noisy - s * v)


@exercise.misconception("x' has the wrong sign of v: x' = a z - s v.")
def clean_with_plus(noisy, v, now, then):
    a, s, a2, s2 = four(now, then)
    return a2 * (a * noisy + s * v) + s2 * (s * noisy + a * v)


@exercise.misconception("eps' has the wrong sign of v: eps' = s z + a v.")
def noise_with_minus(noisy, v, now, then):
    a, s, a2, s2 = four(now, then)
    return a2 * (a * noisy - s * v) + s2 * (s * noisy - a * v)


@exercise.misconception(
    "The step turns the wrong way, to more noise: both signs of v are wrong, or `now` and `then` "
    "are exchanged."
)
def backwards(noisy, v, now, then):
    a, s, a2, s2 = four(now, then)
    return a2 * (a * noisy + s * v) + s2 * (s * noisy - a * v)


@exercise.misconception("v is taken for the noise, as notebook 11's network predicts it.")
def v_as_noise(noisy, v, now, then):
    a, s, a2, s2 = four(now, then)
    return a2 * (noisy - s * v) / (a + 1e-4) + s2 * v


@exercise.neighbour(v_as_noise)
def v_as_noise_divided(noisy, v, now, then):
    a, s, a2, s2 = four(now, then)
    return a2 * (noisy - s * v) / a + s2 * v


@exercise.misconception("v is taken for the clean latents, as notebook 13's prior predicts them.")
def v_as_data(noisy, v, now, then):
    a, s, a2, s2 = four(now, then)
    return a2 * v + s2 * (noisy - a * v) / s


@exercise.misconception(
    "v is followed along a straight line, as a flow's velocity: here the way is an arc."
)
def straight(noisy, v, now, then):
    return noisy + (then - now) * v


@exercise.neighbour(straight)
def tangent(noisy, v, now, then):
    return noisy + math.pi / 2 * (then - now) * v


@exercise.misconception(
    "The levels in x' and eps' are exchanged: x' = a z - s v, eps' = s z + a v."
)
def levels_exchanged(noisy, v, now, then):
    a, s, a2, s2 = four(now, then)
    return a2 * (s * noisy - a * v) + s2 * (a * noisy + s * v)


@exercise.misconception("Next levels are exchanged: a_next x' + s_next eps'.")
def next_exchanged(noisy, v, now, then):
    a, s, a2, s2 = four(now, then)
    return s2 * (a * noisy - s * v) + a2 * (s * noisy + a * v)


@exercise.misconception("The noise keeps its old level: then it never gets less.")
def old_noise(noisy, v, now, then):
    a, s, a2, _ = four(now, then)
    return a2 * (a * noisy - s * v) + s * (s * noisy + a * v)


@exercise.misconception("x' keeps its old level: at the next time a_next of it is there.")
def old_data(noisy, v, now, then):
    a, s, _, s2 = four(now, then)
    return a * (a * noisy - s * v) + s2 * (s * noisy + a * v)


@exercise.misconception(
    "This step stays where z is: x' and eps' have the levels of `now`, the next z those of `then`."
)
def stays(noisy, v, now, then):
    return noisy


@exercise.misconception(
    "Fresh noise is drawn: the noise to put back is eps', which z and v say; the walk draws none."
)
def fresh_noise(noisy, v, now, then):
    a, s, a2, s2 = four(now, then)
    return a2 * (a * noisy - s * v) + s2 * torch.randn_like(noisy)


@exercise.misconception("z_t itself is put back as if it were the noise.")
def noisy_for_noise(noisy, v, now, then):
    a, s, a2, s2 = four(now, then)
    return a2 * (a * noisy - s * v) + s2 * noisy


@exercise.also_correct
def by_an_angle(noisy, v, now, then):
    turned = (now - then) * math.pi / 2
    return turned.cos() * noisy - turned.sin() * v


@exercise.also_correct
def by_one_line(noisy, v, now, then):
    a, s, a2, s2 = four(now, then)
    return (a2 * a + s2 * s) * noisy + (s2 * a - a2 * s) * v
