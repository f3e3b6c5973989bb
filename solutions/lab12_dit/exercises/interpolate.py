"""Straight paths."""

from __future__ import annotations

import numpy as np
import torch

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import flow

exercise = Exercise(
    id="flow.interpolate",
    title="Straight paths",
    target="exercise_lib.flow:interpolate",
    solution=flow.interpolate,
    todo="12.8",
    points=2,
    difficulty=1,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    b, c, n = (5, 3, 4) if hidden else (4, 2, 3)

    def case(name: str, *shape: int, **more) -> Case:
        times = torch.from_numpy(rng.uniform(0.05, 0.95, shape[0])).float()
        times[0], times[1] = 0, 1  # the ends of the path
        args = {"data": 2 * normal(rng, *shape), "noise": normal(rng, *shape), "times": times}
        return Case(name, args=args, **more)

    return [
        case("latents, with gradients", b, c, n, n + 2, grad=("data",)),
        case("as many latents as columns", b, c, n, b),
        case("vectors", b, n),
        case("as many vectors as numbers", n, n),
    ]


def spread(times, data):
    return times.reshape(-1, *[1] * (data.dim() - 1))


def between(data, noise, times):
    t = spread(times, data)
    return (1 - t) * data + t * noise


@exercise.misconception(
    "The velocity has the wrong sign: t grows from data to noise, so dz/dt = eps - x. Training "
    "would not show it, but the sampler runs away from the data."
)
def other_sign(data, noise, times):
    return between(data, noise, times), data - noise


@exercise.misconception(
    "Time runs the other way: at t = 0 there is data, at t = 1 noise. Papers differ in this."
)
def time_reversed(data, noise, times):
    return between(noise, data, times), noise - data


@exercise.neighbour(time_reversed)
def all_reversed(data, noise, times):
    return between(noise, data, times), data - noise


@exercise.misconception(
    "At t = 0 this is 0 / 0: the velocity is eps - x, at every point of the path, with no division."
)
def velocity_by_division(data, noise, times):
    z = between(data, noise, times)
    return z, (z - data) / spread(times, data)


@exercise.misconception("The target is the noise: that is eps-prediction. A flow's is eps - x.")
def target_noise(data, noise, times):
    return between(data, noise, times), noise


@exercise.misconception("The target is the data: a flow's is eps - x.")
def target_data(data, noise, times):
    return between(data, noise, times), data


@exercise.misconception(
    "That is the way so far, z - x, or the way that is left, eps - z: the velocity is that of the "
    "whole path, eps - x, at every t. (If yours says eps - x: noise was changed in place.)"
)
def way_so_far(data, noise, times):
    z = between(data, noise, times)
    return z, z - data


@exercise.neighbour(way_so_far)
def way_that_is_left(data, noise, times):
    z = between(data, noise, times)
    return z, noise - z


@exercise.misconception(
    "Such factors keep the variance, as in diffusion, but bend the path: here they are 1 - t and t."
)
def with_roots(data, noise, times):
    t = spread(times, data)
    return (1 - t).sqrt() * data + t.sqrt() * noise, noise - data


@exercise.neighbour(with_roots)
def on_a_circle(data, noise, times):
    angle = spread(times, data) * torch.pi / 2
    return angle.cos() * data + angle.sin() * noise, noise - data


@exercise.neighbour(with_roots)
def with_square_root_of_the_rest(data, noise, times):
    t = spread(times, data)
    return (1 - t * t).sqrt() * data + t * noise, noise - data


@exercise.misconception(
    "`times` goes along the last axis, and not along the batch: reshape it to (B, 1, 1, ...)."
)
def along_the_width(data, noise, times):
    return (1 - times) * data + times * noise, noise - data


@exercise.misconception(
    "`times` always becomes (B, 1, 1, 1), which fits pictures only: give it as many axes as the "
    "data have, `data.dim()`."
)
def always_four_axes(data, noise, times):
    t = times[:, None, None, None]
    return (1 - t) * data + t * noise, noise - data


@exercise.misconception("One time for the whole batch: each row has its own.")
def first_time(data, noise, times):
    return between(data, noise, times[:1]), noise - data


@exercise.neighbour(first_time)
def mean_time(data, noise, times):
    return between(data, noise, times.mean().reshape(1)), noise - data


@exercise.misconception("Noise is added to the whole data: as it comes, the data go, by 1 - t.")
def added(data, noise, times):
    return data + spread(times, data) * noise, noise - data


@exercise.also_correct
def from_the_start(data, noise, times):
    velocity = noise - data
    return data + times.view(-1, *(1,) * (data.ndim - 1)) * velocity, velocity


@exercise.also_correct
def row_by_row(data, noise, times):
    rows = zip(data, noise, times, strict=True)
    z = torch.stack([torch.lerp(x, eps, t) for x, eps, t in rows])
    return z, torch.sub(noise, data)
