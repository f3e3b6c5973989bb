"""The bottleneck of the autoencoder."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import latent_audio

exercise = Exercise(
    id="latent_audio.bottleneck",
    title="The bottleneck",
    target="exercise_lib.latent_audio:bottleneck",
    solution=latent_audio.bottleneck,
    todo="14.2",
    points=2,
    difficulty=2,
    minutes=15,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    b, c, t = (4, 3, 6) if hidden else (3, 2, 5)

    def case(name: str, lowest: float, *shape: int) -> Case:
        raw = lowest + 2 * normal(rng, *shape)
        args = {"mean": 1.5 * normal(rng, *shape), "raw": raw, "noise": normal(rng, *shape)}
        return Case(name, args=args, grad=("mean", "raw"), why="logarithms of small deviations")

    return [
        case("some clips", 0.5, b, c, t),
        case("deviations near 0", -9.0, b, c + 1, t),
        case("one clip, one frame", 0.0, 1, c, 1),
        case("as many clips as channels and frames", -2.0, c, c, c),
    ]


def deviation(raw):
    return F.softplus(raw) + 1e-4


def each(mean, s):
    return 0.5 * (mean**2 + s**2 - 2 * s.log() - 1)


def kl(mean, s):
    return each(mean, s).sum(1).mean()


@exercise.misconception(
    "`raw` is taken for the logarithm of the variance or of s, as in Stable Diffusion: here s is "
    "softplus(raw) + 1e-4."
)
def of_log_variance(mean, raw, noise):
    s = (raw / 2).exp()
    return mean + s * noise, kl(mean, s)


@exercise.neighbour(of_log_variance)
def of_log_deviation(mean, raw, noise):
    s = raw.exp()
    return mean + s * noise, kl(mean, s)


@exercise.misconception("softplus(raw) is taken for the variance: it makes the deviation.")
def root_of_softplus(mean, raw, noise):
    s = deviation(raw).sqrt()
    return mean + s * noise, kl(mean, s)


@exercise.misconception(
    "Noise is multiplied by the variance: a deviation s has s eps, not s^2 eps."
)
def variance_times_noise(mean, raw, noise):
    s = deviation(raw)
    return mean + s**2 * noise, kl(mean, s)


@exercise.misconception("Nothing is drawn: z = m + s eps has noise, a number for each latent.")
def nothing_drawn(mean, raw, noise):
    return mean, kl(mean, deviation(raw))


@exercise.neighbour(nothing_drawn)
def moved_by_s(mean, raw, noise):
    s = deviation(raw)
    return mean + s, kl(mean, s)


@exercise.neighbour(nothing_drawn)
def one_draw_for_all(mean, raw, noise):
    s = deviation(raw)
    return mean + s * noise[:1, :, :1], kl(mean, s)


@exercise.misconception(
    "The divergence is a mean over channels, too: its sum over the C channels of a latent is "
    "asked for, then the mean over clips and frames."
)
def mean_over_all(mean, raw, noise):
    s = deviation(raw)
    return mean + s * noise, each(mean, s).mean()


@exercise.neighbour(mean_over_all)
def sum_over_frames(mean, raw, noise):
    s = deviation(raw)
    return mean + s * noise, each(mean, s).sum(2).mean()


@exercise.misconception(
    "The divergence is summed over too much: a longer clip or a larger batch must not weigh more."
)
def sum_over_all(mean, raw, noise):
    s = deviation(raw)
    return mean + s * noise, each(mean, s).sum()


@exercise.neighbour(sum_over_all)
def sum_over_a_clip(mean, raw, noise):
    s = deviation(raw)
    return mean + s * noise, each(mean, s).sum((1, 2)).mean()


@exercise.misconception("The factor 1/2 of the divergence is missing.")
def no_half(mean, raw, noise):
    s = deviation(raw)
    return mean + s * noise, 2 * kl(mean, s)


@exercise.misconception(
    "ln s in the place of ln s^2: the divergence has to be smallest at m = 0 and s = 1."
)
def log_of_s(mean, raw, noise):
    s = deviation(raw)
    return mean + s * noise, (0.5 * (mean**2 + s**2 - s.log() - 1)).sum(1).mean()


@exercise.misconception("The divergence has the wrong sign: it would pull away from N(0, 1).")
def other_sign(mean, raw, noise):
    s = deviation(raw)
    return mean + s * noise, -kl(mean, s)


@exercise.misconception(
    "s is not squared in the divergence: m^2 + s^2 are variances that are compared with 1."
)
def s_not_squared(mean, raw, noise):
    s = deviation(raw)
    return mean + s * noise, (0.5 * (mean**2 + s - 2 * s.log() - 1)).sum(1).mean()


@exercise.misconception(
    "The divergence is measured on the drawn z: it compares distributions, and needs m and s alone."
)
def of_the_draw(mean, raw, noise):
    s = deviation(raw)
    z = mean + s * noise
    return z, kl(z, s)


@exercise.neighbour(of_the_draw)
def of_samples(mean, raw, noise):
    s = deviation(raw)
    z = mean + s * noise
    return z, (0.5 * (z**2 - noise**2) - s.log()).sum(1).mean()


@exercise.misconception(
    "Only the gradient is wrong: something is detached, so that m or s doesn't learn from a term."
)
def s_detached(mean, raw, noise):
    s = deviation(raw)
    return mean + s.detach() * noise, kl(mean, s)


@exercise.neighbour(s_detached)
def mean_detached(mean, raw, noise):
    s = deviation(raw)
    return mean.detach() + s * noise, kl(mean, s)


@exercise.neighbour(s_detached)
def divergence_detached(mean, raw, noise):
    s = deviation(raw)
    return mean + s * noise, kl(mean, s).detach() + 0 * mean.sum()


@exercise.misconception("Both results are exchanged: latents first, then the divergence.")
def exchanged(mean, raw, noise):
    s = deviation(raw)
    return kl(mean, s), mean + s * noise


@exercise.also_correct
def by_distributions(mean, raw, noise):
    s = deviation(raw)
    drawn, target = torch.distributions.Normal(mean, s), torch.distributions.Normal(0.0, 1.0)
    divergence = torch.distributions.kl_divergence(drawn, target)
    return torch.addcmul(mean, s, noise), divergence.sum(1).mean()


@exercise.also_correct
def by_hand(mean, raw, noise):
    s = torch.log1p(raw.exp()) + 1e-4
    total = (mean.square() + s.square() - s.square().log() - 1).sum() / 2
    return noise * s + mean, total / (mean.shape[0] * mean.shape[2])
