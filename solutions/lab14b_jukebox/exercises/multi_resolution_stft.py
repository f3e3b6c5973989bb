"""Distance of spectra at several resolutions."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case
from exercise_lib.codec.spectra import magnitude

from ...exercise_lib import vq_music

exercise = Exercise(
    id="vq_music.multi_resolution_stft",
    title="Spectra at several resolutions",
    target="exercise_lib.vq_music:multi_resolution_stft",
    solution=vq_music.multi_resolution_stft,
    todo="14.12",
    points=2,
    difficulty=2,
    minutes=15,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    sizes = [16, 64, 32] if hidden else [16, 32, 64]
    loudness = torch.tensor([0.05, 0.6, 1.5, 0.3])[:, None]

    def case(name: str, b: int, samples: int, sizes: list[int], **more) -> Case:
        x, x_hat = (loudness[:b] * normal(rng, b, samples) for _ in range(2))
        return Case(name, args={"x": x, "x_hat": x_hat, "sizes": sizes} | more, grad=("x_hat",))

    quiet = 0.3 * normal(rng, 2, 128)
    quiet[:, 40:] = 0
    return [
        case("three sizes, loud and soft sounds, with the gradient", 3, 128, sizes),
        case("one size, with the gradient", 2, 96, sizes[:1]),
        case("sounds that end, with the gradient", 2, 128, sizes[:2], x=quiet),
        case("one sound, four times, with the gradient", 1, 128, [sizes[0]] * 4),
    ]


def pairs(x, x_hat, sizes, floor=1e-3):
    return [[magnitude(it, n, n // 4) + floor for it in (x, x_hat)] for n in sizes]


def convergence(s, s_hat):
    return ((s - s_hat).flatten(1).norm(dim=1) / s.flatten(1).norm(dim=1)).mean()


def logarithmic(s, s_hat):
    return (s.log() - s_hat.log()).abs().mean()


def both(s, s_hat):
    return convergence(s, s_hat) + logarithmic(s, s_hat)


def mean(values, sizes):
    return sum(values) / len(sizes)


@exercise.misconception(
    "The second term is missing: without logarithms soft partials and the ends of notes cost "
    "nothing."
)
def convergence_alone(x, x_hat, sizes):
    return mean((convergence(*it) for it in pairs(x, x_hat, sizes)), sizes)


@exercise.misconception(
    "The first term is missing: it holds what is loud, the partials of the notes, in its place."
)
def logarithmic_alone(x, x_hat, sizes):
    return mean((logarithmic(*it) for it in pairs(x, x_hat, sizes)), sizes)


@exercise.misconception(
    "One norm is taken over all sounds: loud sounds rule it, soft ones cost nothing. Flatten from "
    "axis 1 on and take a norm for each sound."
)
def one_norm(x, x_hat, sizes):
    values = [
        (s - s_hat).norm() / s.norm() + logarithmic(s, s_hat) for s, s_hat in pairs(x, x_hat, sizes)
    ]
    return mean(values, sizes)


@exercise.neighbour(one_norm)
def mean_of_norms_divided(x, x_hat, sizes):
    values = [
        (s - s_hat).flatten(1).norm(dim=1).mean() / s.flatten(1).norm(dim=1).mean()
        + logarithmic(s, s_hat)
        for s, s_hat in pairs(x, x_hat, sizes)
    ]
    return mean(values, sizes)


@exercise.misconception(
    "A norm is taken for each moment or each frequency: one norm goes over all of a sound's "
    "spectrum, both axes."
)
def norm_of_frames(x, x_hat, sizes):
    values = [
        ((s - s_hat).norm(dim=1) / s.norm(dim=1)).mean() + logarithmic(s, s_hat)
        for s, s_hat in pairs(x, x_hat, sizes)
    ]
    return mean(values, sizes)


@exercise.neighbour(norm_of_frames)
def norm_of_bins(x, x_hat, sizes):
    values = [
        ((s - s_hat).norm(dim=2) / s.norm(dim=2)).mean() + logarithmic(s, s_hat)
        for s, s_hat in pairs(x, x_hat, sizes)
    ]
    return mean(values, sizes)


@exercise.misconception(
    "You divide by the copy's norm: a copy that is too loud would cost little. Divide by the norm "
    "of S(x)."
)
def by_the_copy(x, x_hat, sizes):
    return mean((convergence(t, s) + logarithmic(s, t) for s, t in pairs(x, x_hat, sizes)), sizes)


@exercise.misconception(
    "Nothing is divided: the distance of a loud sound would count more than that of a soft one."
)
def not_divided(x, x_hat, sizes):
    values = [
        (s - s_hat).flatten(1).norm(dim=1).mean() + logarithmic(s, s_hat)
        for s, s_hat in pairs(x, x_hat, sizes)
    ]
    return mean(values, sizes)


@exercise.misconception(
    "Norms have their root: ||.|| is the root of the sum of squares, above and below."
)
def without_roots(x, x_hat, sizes):
    values = [
        ((s - s_hat).square().sum((1, 2)) / s.square().sum((1, 2))).mean() + logarithmic(s, s_hat)
        for s, s_hat in pairs(x, x_hat, sizes)
    ]
    return mean(values, sizes)


@exercise.misconception(
    "The sizes are added up: their sum is divided by M, as the last line has it."
)
def not_a_mean(x, x_hat, sizes):
    return sum(both(*it) for it in pairs(x, x_hat, sizes))


@exercise.misconception("Only one size counts: `=` in place of `loss +`, or `return` in the loop.")
def last_size(x, x_hat, sizes):
    return both(*pairs(x, x_hat, sizes)[-1]) / len(sizes)


@exercise.neighbour(last_size)
def last_size_undivided(x, x_hat, sizes):
    return both(*pairs(x, x_hat, sizes)[-1])


@exercise.neighbour(last_size)
def first_size(x, x_hat, sizes):
    return both(*pairs(x, x_hat, sizes)[0])


@exercise.misconception(
    "The logarithm is of the difference: take the difference of two logarithms."
)
def logarithm_of_the_difference(x, x_hat, sizes):
    values = [
        convergence(s, t) + ((s - t).abs() + 1e-3).log().abs().mean()
        for s, t in pairs(x, x_hat, sizes)
    ]
    return mean(values, sizes)


@exercise.misconception(
    "Louder and softer cancel in the second term: take the absolute difference before the mean."
)
def signs_cancel(x, x_hat, sizes):
    values = [
        convergence(s, t) + (s.log() - t.log()).mean().abs() for s, t in pairs(x, x_hat, sizes)
    ]
    return mean(values, sizes)


@exercise.neighbour(signs_cancel)
def no_absolute(x, x_hat, sizes):
    values = [convergence(s, t) + (s.log() - t.log()).mean() for s, t in pairs(x, x_hat, sizes)]
    return mean(values, sizes)


@exercise.misconception(
    "The second term is the sum of all places: take the mean, or long sounds weigh more."
)
def logarithms_summed(x, x_hat, sizes):
    values = [
        convergence(s, t) + (s.log() - t.log()).abs().sum() for s, t in pairs(x, x_hat, sizes)
    ]
    return mean(values, sizes)


@exercise.misconception("The second term is of absolute differences, not of squares.")
def logarithms_squared(x, x_hat, sizes):
    values = [
        convergence(s, t) + (s.log() - t.log()).square().mean() for s, t in pairs(x, x_hat, sizes)
    ]
    return mean(values, sizes)


@exercise.misconception(
    "The first term compares logarithms too: it is of the magnitudes as they are."
)
def logarithms_twice(x, x_hat, sizes):
    values = [convergence(s.log(), t.log()) + logarithmic(s, t) for s, t in pairs(x, x_hat, sizes)]
    return mean(values, sizes)


@exercise.also_correct
def with_torch(x, x_hat, sizes):
    values = []
    for s, t in pairs(x, x_hat, sizes):
        ratio = torch.linalg.matrix_norm(t - s) / torch.linalg.matrix_norm(s)
        values.append(ratio.mean() + F.l1_loss(t.log(), s.log()))
    return torch.stack(values).mean()


@exercise.also_correct
def with_sums(x, x_hat, sizes):
    total = torch.zeros(())
    for s, t in pairs(x, x_hat, sizes):
        errors = (t - s).pow(2).sum((1, 2)).sqrt()
        total = total + (errors / s.pow(2).sum((1, 2)).sqrt()).sum() / len(x)
        total = total + (s / t).log().abs().mean()
    return total / len(sizes)
