"""Euler's method."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import torch

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import flow

exercise = Exercise(
    id="flow.euler",
    title="From noise to data",
    target="exercise_lib.flow:euler",
    solution=flow.euler,
    todo="12.11",
    points=3,
    difficulty=2,
    minutes=20,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    n = 4 if hidden else 3

    def case(name: str, steps: int, shift: float, *shape: int) -> Case:
        args = {"noise": normal(rng, *shape), "steps": steps, "shift": shift}
        return Case(name, args=args, probe="field", options={"times": "tensors"})

    return [
        case("five steps", 5, 1.0, n, 2),
        case("eight steps of pictures", 8, 1.0, 2, 2, n, 3),
        case("four shifted steps", 4, 3.0, n, 3),
        case("seven steps, shifted to the data", 7, 0.5, n, 2),
        case("two steps", 2, 1.0, n, 2),
    ]


def times_of(steps, shift):
    return flow.shift_times(torch.linspace(1, 0, steps + 1), shift)


def walked(velocity, z, times):
    for now, then in pairwise(times):
        z = z + (then - now) * velocity(z, now)
    return z


@exercise.misconception(
    "The step goes away from the data: t falls from 1 to 0, so t_{i+1} - t_i is negative."
)
def other_sign(velocity, noise, steps, shift=1.0):
    z, times = noise, times_of(steps, shift)
    for now, then in pairwise(times):
        z = z + (now - then) * velocity(z, now)
    return z


@exercise.misconception("You walk from t = 0 to 1: noise is at t = 1, so begin there.")
def from_zero(velocity, noise, steps, shift=1.0):
    return walked(velocity, noise, times_of(steps, shift).flip(0))


@exercise.neighbour(from_zero)
def from_zero_backwards(velocity, noise, steps, shift=1.0):
    z, times = noise, times_of(steps, shift).flip(0)
    for now, then in pairwise(times):
        z = z - (then - now) * velocity(z, now)
    return z


@exercise.misconception("One step short: a veil of noise stays. The last step ends at t = 0.")
def one_short(velocity, noise, steps, shift=1.0):
    return walked(velocity, noise, times_of(steps, shift)[:-1])


@exercise.misconception(
    "n points make n - 1 steps: for n steps there are n + 1 times, torch.linspace(1, 0, n + 1)."
)
def n_points(velocity, noise, steps, shift=1.0):
    return walked(velocity, noise, times_of(steps - 1, shift))


@exercise.misconception(
    "The velocity is asked at the end of the step, or halfway: z is still that of its beginning, "
    "so ask at t_i."
)
def time_of_the_end(velocity, noise, steps, shift=1.0):
    z, times = noise, times_of(steps, shift)
    for now, then in pairwise(times):
        z = z + (then - now) * velocity(z, then)
    return z


@exercise.neighbour(time_of_the_end)
def time_of_the_middle(velocity, noise, steps, shift=1.0):
    z, times = noise, times_of(steps, shift)
    for now, then in pairwise(times):
        z = z + (then - now) * velocity(z, (now + then) / 2)
    return z


@exercise.misconception(
    "One jump: the velocity of the start is followed to the end. Ask for it anew in each step."
)
def one_jump(velocity, noise, steps, shift=1.0):
    return noise - velocity(noise, torch.tensor(1.0))


@exercise.misconception(
    "The velocity is asked at the noise each time: ask where z has come to by then."
)
def asked_at_the_noise(velocity, noise, steps, shift=1.0):
    z, times = noise, times_of(steps, shift)
    for now, then in pairwise(times):
        z = z + (then - now) * velocity(noise, now)
    return z


@exercise.misconception("The time stays at 1: each step has its own t_i.")
def always_one(velocity, noise, steps, shift=1.0):
    z, times = noise, times_of(steps, shift)
    for now, then in pairwise(times):
        z = z + (then - now) * velocity(z, times[0])
    return z


@exercise.misconception("`shift` is not used: send the times through shift_times.")
def not_shifted(velocity, noise, steps, shift=1.0):
    return walked(velocity, noise, times_of(steps, 1.0))


@exercise.misconception(
    "Steps are 1 / n long only where times are not shifted: take t_{i+1} - t_i of the shifted ones."
)
def equal_steps(velocity, noise, steps, shift=1.0):
    z = noise
    for now in times_of(steps, shift)[:-1]:
        z = z - velocity(z, now) / steps
    return z


@exercise.misconception("Only the steps are shifted: ask the velocity at the shifted times, too.")
def shifted_steps_alone(velocity, noise, steps, shift=1.0):
    z, times = noise, times_of(steps, shift)
    plain = torch.linspace(1, 0, steps + 1)
    for i in range(steps):
        z = z + (times[i + 1] - times[i]) * velocity(z, plain[i])
    return z


@exercise.misconception("The last step is made twice, or one more follows at t = 0: n steps.")
def one_more(velocity, noise, steps, shift=1.0):
    z = walked(velocity, noise, times_of(steps, shift))
    return z - velocity(z, torch.tensor(0.0)) / steps


@exercise.misconception("The length of the step is missing: z moves by (t_{i+1} - t_i) v.")
def full_velocity(velocity, noise, steps, shift=1.0):
    z = noise
    for now in times_of(steps, shift)[:-1]:
        z = z - velocity(z, now)
    return z


@exercise.misconception(
    "v is taken for the clean data: z is moved to it, but v points from data to noise, eps - x."
)
def v_for_data(velocity, noise, steps, shift=1.0):
    z, times = noise, times_of(steps, shift)
    for now, then in pairwise(times):
        z = then / now * z + (1 - then / now) * velocity(z, now)
    return z


@exercise.misconception(
    "The time is no tensor `()`: the velocity takes t as one number in a tensor, so neither "
    ".item() or .tolist(), nor one for each row."
)
def times_as_floats(velocity, noise, steps, shift=1.0):
    return walked(velocity, noise, times_of(steps, shift).tolist())


@exercise.neighbour(times_as_floats)
def time_of_each_row(velocity, noise, steps, shift=1.0):
    def at_each_row(z, t):
        return velocity(z, t.expand(len(z)))

    return walked(at_each_row, noise, times_of(steps, shift))


@exercise.misconception(
    "The velocity is asked twice in each step, as in Heun's: Euler's takes that at the beginning "
    "alone, n in all."
)
def steps_of_heun(velocity, noise, steps, shift=1.0):
    z, times = noise, times_of(steps, shift)
    for now, then in pairwise(times):
        first = velocity(z, now)
        second = velocity(z + (then - now) * first, then)
        z = z + (then - now) * (first + second) / 2
    return z


@exercise.neighbour(steps_of_heun)
def midpoints(velocity, noise, steps, shift=1.0):
    z, times = noise, times_of(steps, shift)
    for now, then in pairwise(times):
        halfway = z + (then - now) / 2 * velocity(z, now)
        z = z + (then - now) * velocity(halfway, (now + then) / 2)
    return z


@exercise.also_correct
def by_index(velocity, noise, steps, shift=1.0):
    z = noise.clone()
    times = flow.shift_times(1 - torch.arange(steps + 1) / steps, shift)
    for i in range(steps):
        z = z - (times[i] - times[i + 1]) * velocity(z, times[i])
    return z


@exercise.also_correct
def by_the_data(velocity, noise, steps, shift=1.0):
    z, times = noise, times_of(steps, shift).tolist()
    for now, then in pairwise(times):
        v = velocity(z, torch.tensor(now))
        data, eps = z - now * v, z + (1 - now) * v
        z = (1 - then) * data + then * eps
    return z
