"""A step of DDIM."""

from __future__ import annotations

import numpy as np
import torch

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import diffusion

exercise = Exercise(
    id="diffusion.ddim_step",
    title="A step of DDIM",
    target="exercise_lib.diffusion:ddim_step",
    solution=diffusion.ddim_step,
    todo="11.11",
    points=3,
    difficulty=2,
    minutes=15,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    c, h = (3, 2) if hidden else (2, 3)

    def case(name: str, now: float, then: float) -> Case:
        shape = 2, c, h, 4
        args = {"latents": normal(rng, *shape), "noise": normal(rng, *shape)}
        levels = {"alpha_bar": torch.tensor(now), "next_alpha_bar": torch.tensor(then)}
        return Case(name, args=args | levels)

    return [
        case("in the middle", 0.3, 0.6 if hidden else 0.55),
        case("from much noise", 0.05, 0.2),
        case("a long step", 0.1, 0.95),
        case("the last step, to no noise", 0.9 if hidden else 0.8, 1.0),
    ]


def clean(latents, noise, alpha_bar):
    return (latents - (1 - alpha_bar).sqrt() * noise) / alpha_bar.sqrt()


@exercise.misconception(
    "All of z_0' is divided by sqrt(alpha_bar), latents and noise alike: what is left after the "
    "noise is taken off is only that share of the signal."
)
def not_divided(latents, noise, alpha_bar, next_alpha_bar):
    left = latents - (1 - alpha_bar).sqrt() * noise
    return next_alpha_bar.sqrt() * left + (1 - next_alpha_bar).sqrt() * noise


@exercise.neighbour(not_divided)
def multiplied(latents, noise, alpha_bar, next_alpha_bar):
    left = (latents - (1 - alpha_bar).sqrt() * noise) * alpha_bar.sqrt()
    return next_alpha_bar.sqrt() * left + (1 - next_alpha_bar).sqrt() * noise


@exercise.neighbour(not_divided)
def divided_by_alpha_bar(latents, noise, alpha_bar, next_alpha_bar):
    left = (latents - (1 - alpha_bar).sqrt() * noise) / alpha_bar
    return next_alpha_bar.sqrt() * left + (1 - next_alpha_bar).sqrt() * noise


@exercise.neighbour(not_divided)
def latents_alone_divided(latents, noise, alpha_bar, next_alpha_bar):
    left = latents / alpha_bar.sqrt() - (1 - alpha_bar).sqrt() * noise
    return next_alpha_bar.sqrt() * left + (1 - next_alpha_bar).sqrt() * noise


@exercise.neighbour(not_divided)
def noise_alone_divided(latents, noise, alpha_bar, next_alpha_bar):
    left = latents - (1 - alpha_bar).sqrt() * noise / alpha_bar.sqrt()
    return next_alpha_bar.sqrt() * left + (1 - next_alpha_bar).sqrt() * noise


@exercise.misconception(
    "The noise that is put back is as much as before: take 1 - next_alpha_bar, or it never gets "
    "clean."
)
def old_noise(latents, noise, alpha_bar, next_alpha_bar):
    z = next_alpha_bar.sqrt() * clean(latents, noise, alpha_bar)
    return z + (1 - alpha_bar).sqrt() * noise


@exercise.misconception(
    "No noise is put back: the next latents are of a time that has noise, and the network expects "
    "it."
)
def no_noise(latents, noise, alpha_bar, next_alpha_bar):
    return next_alpha_bar.sqrt() * clean(latents, noise, alpha_bar)


@exercise.neighbour(no_noise)
def jumped_to_the_end(latents, noise, alpha_bar, next_alpha_bar):
    return clean(latents, noise, alpha_bar)


@exercise.misconception(
    "z_0' is put back in full, or as before: at the next time it has the factor "
    "sqrt(next_alpha_bar)."
)
def signal_in_full(latents, noise, alpha_bar, next_alpha_bar):
    return clean(latents, noise, alpha_bar) + (1 - next_alpha_bar).sqrt() * noise


@exercise.neighbour(signal_in_full)
def signal_as_before(latents, noise, alpha_bar, next_alpha_bar):
    z = alpha_bar.sqrt() * clean(latents, noise, alpha_bar)
    return z + (1 - next_alpha_bar).sqrt() * noise


@exercise.misconception(
    "Fresh noise is drawn: DDIM puts back the noise that was predicted, so that the same beginning "
    "gives the same picture."
)
def fresh_noise(latents, noise, alpha_bar, next_alpha_bar):
    z = next_alpha_bar.sqrt() * clean(latents, noise, alpha_bar)
    return z + (1 - next_alpha_bar).sqrt() * torch.randn_like(noise)


@exercise.misconception(
    "Both times are exchanged: the noise is taken off at this time, and put back at the next."
)
def exchanged(latents, noise, alpha_bar, next_alpha_bar):
    z = alpha_bar.sqrt() * clean(latents, noise, next_alpha_bar)
    return z + (1 - alpha_bar).sqrt() * noise


@exercise.misconception(
    "The roots are missing: alpha_bar and 1 - alpha_bar are shares of the variance."
)
def no_roots(latents, noise, alpha_bar, next_alpha_bar):
    z = (latents - (1 - alpha_bar) * noise) / alpha_bar
    return next_alpha_bar * z + (1 - next_alpha_bar) * noise


@exercise.neighbour(no_roots)
def noise_without_roots(latents, noise, alpha_bar, next_alpha_bar):
    z = (latents - (1 - alpha_bar) * noise) / alpha_bar.sqrt()
    return next_alpha_bar.sqrt() * z + (1 - next_alpha_bar) * noise


@exercise.neighbour(no_roots)
def last_roots_missing(latents, noise, alpha_bar, next_alpha_bar):
    z = clean(latents, noise, alpha_bar)
    return next_alpha_bar * z + (1 - next_alpha_bar) * noise


@exercise.misconception("The noise is added once more in z_0': subtract it there.")
def noise_added(latents, noise, alpha_bar, next_alpha_bar):
    z = (latents + (1 - alpha_bar).sqrt() * noise) / alpha_bar.sqrt()
    return next_alpha_bar.sqrt() * z + (1 - next_alpha_bar).sqrt() * noise


@exercise.misconception(
    "Noise is subtracted again where it has to be put back: z_next has it with a plus."
)
def noise_taken_twice(latents, noise, alpha_bar, next_alpha_bar):
    z = next_alpha_bar.sqrt() * clean(latents, noise, alpha_bar)
    return z - (1 - next_alpha_bar).sqrt() * noise


@exercise.misconception(
    "z_0' is cut off at -1 and 1: colours lie between these, latents do not. Leave out the clamp."
)
def clipped(latents, noise, alpha_bar, next_alpha_bar):
    z = next_alpha_bar.sqrt() * clean(latents, noise, alpha_bar).clamp(-1, 1)
    return z + (1 - next_alpha_bar).sqrt() * noise


@exercise.misconception(
    "That is the mean of DDPM's step, to which fresh noise belongs: DDIM goes by z_0', and puts as "
    "much of the predicted noise back as the next time has."
)
def ddpm_mean(latents, noise, alpha_bar, next_alpha_bar):
    alpha = alpha_bar / next_alpha_bar
    return (latents - (1 - alpha) / (1 - alpha_bar).sqrt() * noise) / alpha.sqrt()


@exercise.also_correct
def in_one_line(latents, noise, alpha_bar, next_alpha_bar):
    factor = (next_alpha_bar / alpha_bar).sqrt()
    more = (1 - next_alpha_bar) ** 0.5 - factor * (1 - alpha_bar) ** 0.5
    return factor * latents + more * noise


@exercise.also_correct
def by_add_noise(latents, noise, alpha_bar, next_alpha_bar):
    left = (latents - noise * torch.sqrt(1 - alpha_bar)) / torch.sqrt(alpha_bar)
    return diffusion.add_noise(left, noise, next_alpha_bar.expand(len(latents)))
