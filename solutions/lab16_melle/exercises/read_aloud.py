"""Frames that are fed back: a debugging task."""

from __future__ import annotations

import numpy as np
import torch

from autograder.builder.answers import answer
from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

exercise = Exercise(
    id="mend.read_aloud",
    title="Find the mistake",
    target="notebook",
    solution=answer(__package__, "read_aloud"),
    todo="16.8",
    points=1,
    difficulty=2,
    minutes=15,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    n_mels = 4 if hidden else 3

    def case(name: str, most: int, r: int, stops_after: int, **more) -> Case:
        args = {"frame": torch.zeros(n_mels), "noise": normal(rng, most, n_mels, r)}
        return Case(name, args=args, probe="reading", options={"stops_after": stops_after}, **more)

    return [
        case("it stops by itself", 8, 2, 5),
        case("three frames a step", 6, 3, 4),
        case("the noise ends first", 4, 2, 9),
        case("one frame a step", 6, 1, 6),
    ]


def reading(step, frame, noise, fed=None, drawn=None, keeps=True):
    """Read with exchangeable parts: what is fed back, and what is drawn."""
    fed = fed or (lambda frames, mu: frames[:, -1])
    drawn = drawn or (lambda mu, sigma, eps: mu + sigma * eps)
    spoken, state = [], None
    for eps in noise:
        mu, sigma, stop, new = step(frame, state)
        spoken.append(drawn(mu, sigma, eps))
        if stop > 0.5:
            break
        frame, state = fed(spoken[-1], mu), new if keeps else state
    return torch.cat(spoken, dim=1)


@exercise.misconception(
    "Now nothing is drawn, and every reading is the same: what is said and what is fed back are "
    "both the frames that were drawn."
)
def never_drawn(step, frame, noise):
    return reading(step, frame, noise, drawn=lambda mu, sigma, eps: mu)


@exercise.misconception(
    "Now what is fed back is drawn, and what is said is the mean: both are the same frames."
)
def said_is_the_mean(step, frame, noise):
    spoken, state = [], None
    for eps in noise:
        mu, sigma, stop, state = step(frame, state)
        spoken.append(mu)
        if stop > 0.5:
            break
        frame = (mu + sigma * eps)[:, -1]
    return torch.cat(spoken, dim=1)


@exercise.misconception("The first frame of the step is fed back: it is the last one.")
def first_of_group(step, frame, noise):
    return reading(step, frame, noise, fed=lambda frames, mu: frames[:, 0])


@exercise.misconception("The mean of the step's frames is fed back: it is the last one.")
def mean_of_group(step, frame, noise):
    return reading(step, frame, noise, fed=lambda frames, mu: frames.mean(1))


@exercise.misconception(
    "The noise is drawn twice as large, or added a second time to what is fed back: feed back what "
    "was said."
)
def noise_twice(step, frame, noise):
    spoken, state = [], None
    for eps in noise:
        mu, sigma, stop, state = step(frame, state)
        spoken.append(mu + sigma * eps)
        if stop > 0.5:
            break
        frame = (spoken[-1] + sigma * eps)[:, -1]
    return torch.cat(spoken, dim=1)


@exercise.misconception("Nothing is fed back any more: the next step is given the newest frame.")
def nothing_fed(step, frame, noise):
    return reading(step, frame, noise, fed=lambda frames, mu: torch.zeros_like(mu[:, 0]))


@exercise.misconception("The state is forgotten: keep what the step returns.")
def forgets(step, frame, noise):
    return reading(step, frame, noise, keeps=False)


@exercise.misconception("It no longer stops by itself: break where the probability is above .5.")
def never_stops(step, frame, noise):
    def on(frame, state):
        mu, sigma, _, state = step(frame, state)
        return mu, sigma, 0.0, state

    return reading(on, frame, noise)


@exercise.misconception(
    "The frames of the step that says stop are lost: keep them, then stop.",
)
def last_lost(step, frame, noise):
    spoken, state = [noise.new_zeros(noise.shape[1], 0)], None
    for eps in noise:
        mu, sigma, stop, state = step(frame, state)
        if stop > 0.5:
            break
        spoken.append(mu + sigma * eps)
        frame = spoken[-1][:, -1]
    return torch.cat(spoken, dim=1)


@exercise.misconception(
    "All frames of a step share one draw: each has noise of its own, an eps of `(n_mels, r)`."
)
def one_draw_a_step(step, frame, noise):
    return reading(step, frame, noise, drawn=lambda mu, sigma, eps: mu + sigma * eps[:, :1])


@exercise.misconception("Sigma is no longer used: the noise has to be as large as sigma says.")
def no_sigma(step, frame, noise):
    return reading(step, frame, noise, drawn=lambda mu, sigma, eps: mu + eps)


@exercise.also_correct
def by_while(step, frame, noise):
    spoken, state, stop = noise.new_zeros(noise.shape[1], 0), None, 0.0
    while stop <= 0.5 and spoken.shape[1] < noise.shape[0] * noise.shape[2]:
        mu, sigma, stop, state = step(frame, state)
        eps = noise[spoken.shape[1] // noise.shape[2]]
        spoken = torch.cat([spoken, torch.addcmul(mu, sigma, eps)], dim=1)
        frame = spoken[:, -1]
    return spoken


@exercise.also_correct
def by_recursion(step, frame, noise):
    def further(frame, state, left):
        mu, sigma, stop, state = step(frame, state)
        drawn = mu + sigma * left[0]
        ends = stop > 0.5 or len(left) == 1
        return [drawn] if ends else [drawn, *further(drawn[:, -1], state, left[1:])]

    return torch.cat(further(frame, None, noise), dim=1)
