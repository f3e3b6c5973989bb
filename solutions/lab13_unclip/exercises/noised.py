"""Noise on embeddings."""

from __future__ import annotations

import numpy as np
import torch.nn.functional as F

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import unclip
from .shared import on_sphere, times

exercise = Exercise(
    id="unclip.noised",
    title="Noisy embeddings",
    target="exercise_lib.unclip:noised",
    solution=unclip.noised,
    todo="13.3",
    points=1,
    difficulty=1,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    b, d = (6, 4) if hidden else (3, 5)

    def case(name: str, n: int, **more) -> Case:
        args = {"images": on_sphere(rng, n, d), "noise": normal(rng, n, d), "times": times(rng, n)}
        return Case(name, args=args, **more)

    return [
        case("with gradients", b, grad=("images", "noise")),
        case("as many embeddings as numbers", d),
        case("two of them", 2),
    ]


def shares(times):
    return unclip.levels(times[:, None])


@exercise.misconception(
    "Levels go along the features and not along the batch: each row has its own time, "
    "times[:, None]."
)
def along_the_features(images, noise, times):
    a, s = unclip.levels(times)
    return a * images + s * noise


@exercise.misconception(
    "Data and noise are exchanged: at t = 0 there is the embedding, at 1 noise."
)
def exchanged(images, noise, times):
    a, s = shares(times)
    return s * images + a * noise


@exercise.misconception(
    "This is the straight path of a flow, 1 - t and t: here levels are cos and sin, whose squares "
    "sum to 1."
)
def straight(images, noise, times):
    t = times[:, None]
    return (1 - t) * images + t * noise


@exercise.misconception(
    "The levels are factors, not variances: no root. Their squares already sum to 1."
)
def with_roots(images, noise, times):
    a, s = shares(times)
    return a.sqrt() * images + s.sqrt() * noise


@exercise.neighbour(with_roots)
def root_of_the_rest(images, noise, times):
    a, _ = shares(times)
    return a.sqrt() * images + (1 - a).sqrt() * noise


@exercise.misconception("The squares of the levels are taken: multiply by a_t and s_t themselves.")
def with_squares(images, noise, times):
    a, s = shares(times)
    return a.square() * images + s.square() * noise


@exercise.misconception("One time for the whole batch: each row has its own.")
def first_time(images, noise, times):
    a, s = unclip.levels(times[:1])
    return a * images + s * noise


@exercise.neighbour(first_time)
def mean_time(images, noise, times):
    a, s = unclip.levels(times.mean())
    return a * images + s * noise


@exercise.misconception("Noise is added to the whole embedding: as it comes, the data go, by a_t.")
def added(images, noise, times):
    return images + shares(times)[1] * noise


@exercise.neighbour(added)
def whole_noise(images, noise, times):
    return shares(times)[0] * images + noise


@exercise.misconception(
    "The noisy embedding is scaled to length sqrt(d): its length is part of what noise does, leave "
    "it."
)
def rescaled(images, noise, times):
    a, s = shares(times)
    return unclip.scaled(a * images + s * noise)


@exercise.misconception("The noise is scaled to the length of an embedding: it is drawn as it is.")
def scaled_noise(images, noise, times):
    a, s = shares(times)
    return a * images + s * unclip.scaled(noise)


@exercise.neighbour(scaled_noise)
def unit_noise(images, noise, times):
    a, s = shares(times)
    return a * images + s * F.normalize(noise, dim=-1)


@exercise.misconception(
    "The quarter turn is missing: angles are pi t / 2, so that all is noise at t = 1. `levels` has "
    "them."
)
def times_as_angles(images, noise, times):
    t = times[:, None]
    return t.cos() * images + t.sin() * noise


@exercise.neighbour(times_as_angles)
def half_turn(images, noise, times):
    angles = 3.141592653589793 * times[:, None]
    return angles.cos() * images + angles.sin() * noise


@exercise.also_correct
def row_by_row(images, noise, times):
    made = images.clone()
    for row, t in enumerate(times):
        a, s = unclip.levels(t)
        made[row] = a * images[row] + s * noise[row]
    return made


@exercise.also_correct
def with_transposes(images, noise, times):
    a, s = unclip.levels(times)
    return (a * images.T + s * noise.T).T
