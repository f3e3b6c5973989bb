"""Noisy latents and their v."""

from __future__ import annotations

import numpy as np
import torch

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import latent_audio

exercise = Exercise(
    id="latent_audio.noised",
    title="Noisy latents and v",
    target="exercise_lib.latent_audio:noised",
    solution=latent_audio.noised,
    todo="14.6",
    points=2,
    difficulty=1,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    b, c, t = (5, 3, 4) if hidden else (4, 2, 6)

    def case(name: str, *shape: int, **more) -> Case:
        times = torch.from_numpy(rng.uniform(0.05, 0.95, shape[0])).float()
        if shape[0] > 2:
            times[0], times[1] = 0, 1  # data alone, noise alone
        args = {"latents": 1.5 * normal(rng, *shape), "noise": normal(rng, *shape), "times": times}
        return Case(name, args=args, **more)

    return [
        case("some clips, with gradients", b, c, t, grad=("latents",)),
        case("as many clips as frames", t, c, t),
        case("as many clips as channels and frames", b, b, b),
        case("one clip", 1, c, t),
    ]


def shares(times):
    return latent_audio.levels(times[:, None, None])


def mixed(latents, noise, times):
    a, s = shares(times)
    return a * latents + s * noise


@exercise.misconception(
    "v has the wrong sign: a eps - s x. A network would learn it as well, and the sampler would "
    "run away from the data."
)
def other_sign(latents, noise, times):
    a, s = shares(times)
    return mixed(latents, noise, times), s * latents - a * noise


@exercise.misconception("In v the levels are exchanged: a_t stands with the noise, s_t with x.")
def levels_of_v_exchanged(latents, noise, times):
    a, s = shares(times)
    return mixed(latents, noise, times), s * noise - a * latents


@exercise.misconception("v is a difference: with a plus it would be another mixture of both.")
def plus(latents, noise, times):
    a, s = shares(times)
    return mixed(latents, noise, times), a * noise + s * latents


@exercise.misconception(
    "This is a rectified flow's velocity, eps - x, of notebook 12: here levels lie on a circle."
)
def of_a_flow(latents, noise, times):
    return mixed(latents, noise, times), noise - latents


@exercise.neighbour(of_a_flow)
def straight(latents, noise, times):
    t = times[:, None, None]
    return (1 - t) * latents + t * noise, noise - latents


@exercise.misconception("The target is the noise, as in notebook 11: v mixes noise and data.")
def noise_as_target(latents, noise, times):
    return mixed(latents, noise, times), noise


@exercise.neighbour(noise_as_target)
def data_as_target(latents, noise, times):
    return mixed(latents, noise, times), latents


@exercise.misconception("In z_t the levels are exchanged: at time 0 there is data alone.")
def levels_exchanged(latents, noise, times):
    a, s = shares(times)
    return s * latents + a * noise, a * noise - s * latents


@exercise.misconception("The levels are exchanged: a_t is cos(pi t / 2), s_t is sin(pi t / 2).")
def all_exchanged(latents, noise, times):
    a, s = shares(times)
    return s * latents + a * noise, s * noise - a * latents


@exercise.misconception("The levels are linear in t: then noisy latents have too small a variance.")
def linear(latents, noise, times):
    s = times[:, None, None]
    return (1 - s) * latents + s * noise, (1 - s) * noise - s * latents


@exercise.neighbour(linear)
def roots(latents, noise, times):
    s = times[:, None, None].sqrt()
    a = (1 - times[:, None, None]).sqrt()
    return a * latents + s * noise, a * noise - s * latents


@exercise.misconception(
    "Times go along the frames or channels: every clip has one, so they become (B, 1, 1)."
)
def along_the_frames(latents, noise, times):
    n = latents.shape[2]
    a, s = latent_audio.levels(times.repeat(n)[:n])
    return a * latents + s * noise, a * noise - s * latents


@exercise.neighbour(along_the_frames)
def along_the_channels(latents, noise, times):
    n = latents.shape[1]
    a, s = latent_audio.levels(times.repeat(n)[:n][:, None])
    return a * latents + s * noise, a * noise - s * latents


@exercise.misconception("One time for the whole batch: every clip has its own.")
def one_time(latents, noise, times):
    a, s = latent_audio.levels(times.mean())
    return a * latents + s * noise, a * noise - s * latents


@exercise.neighbour(one_time)
def first_time(latents, noise, times):
    a, s = latent_audio.levels(times[-1])
    return a * latents + s * noise, a * noise - s * latents


@exercise.misconception("Both results are exchanged: noisy latents first, then v.")
def exchanged(latents, noise, times):
    return latent_audio.noised(latents, noise, times)[::-1]


@exercise.misconception("v is made of noisy latents: it is made of x and eps.")
def of_the_noisy(latents, noise, times):
    a, s = shares(times)
    z = mixed(latents, noise, times)
    return z, a * noise - s * z


@exercise.also_correct
def by_turning(latents, noise, times):
    angles = (times * torch.pi / 2).reshape(-1, 1, 1)
    z = angles.cos() * latents + angles.sin() * noise
    later = angles + torch.pi / 2
    return z, later.cos() * latents + later.sin() * noise


@exercise.also_correct
def clip_by_clip(latents, noise, times):
    made = []
    for x, e, t in zip(latents, noise, times, strict=True):
        a, s = latent_audio.levels(t)
        made.append((a * x + s * e, a * e - s * x))
    first, second = zip(*made, strict=True)
    return torch.stack(first), torch.stack(second)
