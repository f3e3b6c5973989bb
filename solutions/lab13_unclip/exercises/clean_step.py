"""A step towards the clean embedding."""

from __future__ import annotations

import numpy as np
import torch

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import unclip
from .shared import on_sphere

exercise = Exercise(
    id="unclip.clean_step",
    title="A step of the prior",
    target="exercise_lib.unclip:clean_step",
    solution=unclip.clean_step,
    todo="13.7",
    points=2,
    difficulty=2,
    minutes=15,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    b, d = (4, 7) if hidden else (3, 5)

    def case(name: str, now: float, then: float) -> Case:
        args = {"noisy": normal(rng, b, d), "clean": on_sphere(rng, b, d)}
        return Case(name, args=args | {"now": torch.tensor(now), "then": torch.tensor(then)})

    return [
        case("in the middle", 0.6, 0.35 if hidden else 0.4),
        case("from noise alone", 1.0, 0.8),
        case("near the data", 0.3, 0.15),
        case("the last step", 0.25, 0.0),
    ]


def all_of(now, then):
    return (*unclip.levels(now), *unclip.levels(then))


@exercise.misconception(
    "You jump to x' at once: what the prior predicts at much noise is a mean. Only part of the way "
    "is gone, noise is put back."
)
def jumps(noisy, clean, now, then):
    return clean


@exercise.neighbour(jumps)
def no_noise_put_back(noisy, clean, now, then):
    return unclip.levels(then)[0] * clean


@exercise.misconception(
    "x' is taken for the noise: this prior predicts the clean embedding, and the noise follows "
    "from it."
)
def clean_for_noise(noisy, clean, now, then):
    a, s, a2, s2 = all_of(now, then)
    return a2 * (noisy - s * clean) / (a + 1e-6) + s2 * clean


@exercise.misconception(
    "The noise is not divided by s_t: what is left after the data is taken off is s_t of it."
)
def not_divided(noisy, clean, now, then):
    a, _, a2, s2 = all_of(now, then)
    return a2 * clean + s2 * (noisy - a * clean)


@exercise.neighbour(not_divided)
def multiplied(noisy, clean, now, then):
    a, s, a2, s2 = all_of(now, then)
    return a2 * clean + s2 * (noisy - a * clean) * s


@exercise.misconception("You take off all of x': in z_t there is only a_t of it.")
def share_left_out(noisy, clean, now, then):
    _, s, a2, s2 = all_of(now, then)
    return a2 * clean + s2 * (noisy - clean) / s


@exercise.misconception(
    "The noise has its old level: then it never gets less. s_next of it is put back."
)
def old_noise(noisy, clean, now, then):
    a, _, a2, _ = all_of(now, then)
    return a2 * clean + (noisy - a * clean)


@exercise.misconception("a_next belongs to x', which is clean: in z_t there is noise already.")
def noisy_for_clean(noisy, clean, now, then):
    a, s, a2, s2 = all_of(now, then)
    return a2 * noisy + s2 * (noisy - a * clean) / s


@exercise.misconception("x' has its old level: at the next time a_next of it is there.")
def old_data(noisy, clean, now, then):
    a, s, _, s2 = all_of(now, then)
    return a * clean + s2 * (noisy - a * clean) / s


@exercise.misconception("Next levels of data and noise are exchanged: a_next x' + s_next eps'.")
def levels_exchanged(noisy, clean, now, then):
    a, s, a2, s2 = all_of(now, then)
    return s2 * clean + a2 * (noisy - a * clean) / s


@exercise.misconception("The noise is divided by a_t: it is s_t of it that z_t has.")
def divided_by_the_data(noisy, clean, now, then):
    a, _, a2, s2 = all_of(now, then)
    return a2 * clean + s2 * (noisy - a * clean) / (a + 1e-6)


@exercise.misconception(
    "You go along the straight line from z_t to x', as a flow would: here levels lie on a circle."
)
def straight(noisy, clean, now, then):
    return clean + then / now * (noisy - clean)


@exercise.neighbour(straight)
def as_far_as_time_goes(noisy, clean, now, then):
    return noisy + (now - then) * (clean - noisy)


@exercise.neighbour(straight)
def halfway(noisy, clean, now, then):
    return (noisy + clean) / 2


@exercise.misconception("The noise is put back with a minus: z_next has it with a plus.")
def minus_noise(noisy, clean, now, then):
    a, s, a2, s2 = all_of(now, then)
    return a2 * clean - s2 * (noisy - a * clean) / s


@exercise.misconception(
    "z_t itself is put back as if it were noise: take the data off and divide by s_t first."
)
def noisy_for_noise(noisy, clean, now, then):
    return unclip.levels(then)[0] * clean + unclip.levels(then)[1] * noisy


@exercise.misconception("This step goes back to `now`: the next levels are those of `then`.")
def stays(noisy, clean, now, then):
    return noisy


@exercise.also_correct
def in_one_line(noisy, clean, now, then):
    a, s, a2, s2 = all_of(now, then)
    return s2 / s * noisy + (a2 - s2 / s * a) * clean


@exercise.also_correct
def by_noised(noisy, clean, now, then):
    a, s = unclip.levels(now)
    eps = noisy / s - a / s * clean
    return unclip.noised(clean, eps, then.expand(len(clean)))
