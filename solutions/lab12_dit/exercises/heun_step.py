"""Heun's step: a debugging task."""

from __future__ import annotations

import numpy as np

from autograder.builder.answers import answer
from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

exercise = Exercise(
    id="mend.heun_step",
    title="Find the mistake",
    target="notebook",
    solution=answer(__package__, "heun_step"),
    todo="12.13",
    points=1,
    difficulty=2,
    minutes=15,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    n = 5 if hidden else 4

    def case(name: str, now: float, then: float, *shape: int) -> Case:
        args = {"z": normal(rng, *shape), "now": now, "then": then}
        return Case(name, args=args, probe="field")

    return [
        case("from noise", 1.0, 0.6, n, 2),
        case("in the middle", 0.7, 0.5, n, 3),
        case("to the data", 0.3, 0.0, 2, 2, n, 3),
    ]


def both(velocity, z, now, then):
    first = velocity(z, now)
    return first, velocity(z + (then - now) * first, then)


@exercise.misconception("This is Euler's step: a second velocity is not asked, or not used.")
def euler_alone(velocity, z, now, then):
    return z + (then - now) * velocity(z, now)


@exercise.misconception(
    "The second velocity alone: Heun takes the mean of both, at the beginning and at the end."
)
def second_alone(velocity, z, now, then):
    return z + (then - now) * both(velocity, z, now, then)[1]


@exercise.misconception(
    "Now the second velocity is asked at the right place, but at the beginning's time: ask at "
    "`then`."
)
def time_of_the_beginning(velocity, z, now, then):
    first = velocity(z, now)
    second = velocity(z + (then - now) * first, now)
    return z + (then - now) * (first + second) / 2


@exercise.misconception("Both velocities are added: take their mean, or the step is twice as long.")
def added(velocity, z, now, then):
    return z + (then - now) * sum(both(velocity, z, now, then))


@exercise.misconception(
    "The mean is taken from where the first step has ended: both start at z, the step is one."
)
def from_the_end(velocity, z, now, then):
    first, second = both(velocity, z, now, then)
    return z + (then - now) * first + (then - now) * (first + second) / 2


@exercise.misconception(
    "The way to where the second velocity is asked has the wrong sign or length: "
    "z + (then - now) first."
)
def asked_behind(velocity, z, now, then):
    first = velocity(z, now)
    second = velocity(z - (then - now) * first, then)
    return z + (then - now) * (first + second) / 2


@exercise.neighbour(asked_behind)
def asked_after_a_full_velocity(velocity, z, now, then):
    first = velocity(z, now)
    second = velocity(z + first, then)
    return z + (then - now) * (first + second) / 2


@exercise.neighbour(asked_behind)
def asked_half_way(velocity, z, now, then):
    first = velocity(z, now)
    second = velocity(z + (then - now) / 2 * first, then)
    return z + (then - now) * (first + second) / 2


@exercise.misconception(
    "This is the midpoint method, of second order too: asked for is Heun's, the mean of the "
    "velocities at both ends."
)
def midpoint(velocity, z, now, then):
    half = z + (then - now) / 2 * velocity(z, now)
    return z + (then - now) * velocity(half, (now + then) / 2)


@exercise.also_correct
def mean_of_two_steps(velocity, z, now, then):
    once = z + (then - now) * velocity(z, now)
    twice = once + (then - now) * velocity(once, then)
    return (z + twice) / 2


@exercise.also_correct
def in_halves(velocity, z, now, then):
    first, second = both(velocity, z, now, then)
    half = (then - now) / 2
    return z + half * first + half * second
