"""What a network is trained on: a debugging task."""

from __future__ import annotations

import numpy as np
import torch

from autograder.builder.answers import answer
from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

exercise = Exercise(
    id="mend.training_pair",
    title="Find the mistake",
    target="notebook",
    solution=answer(__package__, "training_pair"),
    todo="11.15",
    points=1,
    difficulty=2,
    minutes=15,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    c, h = (3, 2) if hidden else (2, 3)

    def case(name: str, alpha_bar: float, scale: float) -> Case:
        args = {"latents": normal(rng, 2, c, h, 4), "noise": normal(rng, 2, c, h, 4)}
        levels = {"alpha_bar": torch.tensor(alpha_bar), "scale": torch.tensor(scale)}
        return Case(name, args=args | levels)

    return [
        case("in the middle", 0.5, 2.0 if hidden else 0.4),
        case("little noise", 0.9, 0.18),
        case("much noise", 0.05, 3.0),
    ]


def noisy(latents, noise, alpha_bar):
    return alpha_bar.sqrt() * latents + (1 - alpha_bar).sqrt() * noise


@exercise.misconception(
    "Now nothing is scaled: latents have to have variance 1 before noise is added."
)
def not_scaled(latents, noise, alpha_bar, scale):
    return noisy(latents, noise, alpha_bar), noise


@exercise.misconception(
    "You scale by the inverse: latents are multiplied by the scale, and divided by it before they "
    "are decoded."
)
def divided(latents, noise, alpha_bar, scale):
    return noisy(latents / scale, noise, alpha_bar), noise


@exercise.misconception(
    "Noise is still scaled: only the latents are, by multiplying; noise stays as it was drawn."
)
def noise_scaled(latents, noise, alpha_bar, scale):
    return noisy(latents, scale * noise, alpha_bar), noise


@exercise.neighbour(noise_scaled)
def both_divided(latents, noise, alpha_bar, scale):
    return noisy(latents, noise, alpha_bar) / scale, noise


@exercise.neighbour(noise_scaled)
def all_scaled(latents, noise, alpha_bar, scale):
    return scale * noisy(latents, noise, alpha_bar), scale * noise


@exercise.misconception(
    "The target is not the noise as it was drawn: that has variance 1, and is what was mixed in."
)
def target_scaled(latents, noise, alpha_bar, scale):
    return noisy(scale * latents, noise, alpha_bar), scale * noise


@exercise.neighbour(target_scaled)
def target_weighted(latents, noise, alpha_bar, scale):
    return noisy(scale * latents, noise, alpha_bar), (1 - alpha_bar).sqrt() * noise


@exercise.misconception("The target are the latents: the network is to say what the noise was.")
def target_latents(latents, noise, alpha_bar, scale):
    return noisy(scale * latents, noise, alpha_bar), scale * latents


@exercise.misconception(
    "The roots were right: alpha_bar and 1 - alpha_bar are shares of the variance. The mistake was "
    "elsewhere, in what is scaled."
)
def no_roots(latents, noise, alpha_bar, scale):
    return alpha_bar * scale * latents + (1 - alpha_bar) * noise, noise


@exercise.misconception(
    "You measure the batch: `scale` was measured once, of all latents, and multiplies them alone."
)
def measured_anew(latents, noise, alpha_bar, scale):
    mixture = noisy(latents, noise, alpha_bar)
    return mixture / mixture.std(), noise


@exercise.neighbour(measured_anew)
def latents_measured_anew(latents, noise, alpha_bar, scale):
    return noisy(latents / latents.std(), noise, alpha_bar), noise


@exercise.also_correct
def scaled_first(latents, noise, alpha_bar, scale):
    scaled = latents * scale
    return torch.sqrt(alpha_bar) * scaled + torch.sqrt(1 - alpha_bar) * noise, noise.clone()


@exercise.also_correct
def factors_first(latents, noise, alpha_bar, scale):
    signal, rest = scale * alpha_bar**0.5, (1 - alpha_bar) ** 0.5
    return rest * noise + signal * latents, 1 * noise
