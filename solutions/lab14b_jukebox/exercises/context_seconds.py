"""How far back a transformer hears: an answer in the notebook."""

from __future__ import annotations

import numpy as np

from autograder.builder.answers import answer
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

exercise = Exercise(
    id="hops.context_seconds",
    title="How far back it hears",
    target="notebook",
    solution=answer(__package__, "context_seconds"),
    todo="14.19",
    points=1,
    difficulty=1,
    minutes=5,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    rows = [("Jukebox's middle level", 44_100, 32, 8192), ("a smaller one", 16_000, 960, 50)]
    if hidden:
        many, few = map(int, (rng.integers(900, 2000), rng.integers(200, 700)))
        rows = [(f"{many} places", 48_000, 96, many), ("a telephone", 8000, 160, few)]
    return [
        Case(name, args={"sample_rate": rate, "hop": hop, "places": places})
        for name, rate, hop, places in rows
    ]


@exercise.misconception("These are codes a second: asked for is how long so many codes sound.")
def codes_a_second(sample_rate, hop, places):
    return sample_rate / hop


@exercise.misconception(
    "The hop is left out: a place is a code, which stands for `hop` samples, not for one."
)
def places_as_samples(sample_rate, hop, places):
    return places / sample_rate


@exercise.misconception("You divide by the hop: a longer hop reaches farther back.")
def divided_by_the_hop(sample_rate, hop, places):
    return places / hop / sample_rate


@exercise.misconception("These are samples: divide by the sample rate to get seconds.")
def samples(sample_rate, hop, places):
    return places * hop


@exercise.misconception("This is upside down: seconds are samples, divided by samples a second.")
def upside_down(sample_rate, hop, places):
    return sample_rate / (places * hop)


@exercise.misconception("This is the time of one code: there are `places` of them.")
def one_code(sample_rate, hop, places):
    return hop / sample_rate


@exercise.misconception("These are milliseconds: asked for are seconds.")
def milliseconds(sample_rate, hop, places):
    return 1000 * places * hop / sample_rate


@exercise.misconception("A place too few: all places have a code, the first one too.")
def one_too_few(sample_rate, hop, places):
    return (places - 1) * hop / sample_rate


@exercise.also_correct
def by_the_code_rate(sample_rate, hop, places):
    return places / (sample_rate / hop)


@exercise.also_correct
def by_the_code_length(sample_rate, hop, places):
    length = hop / sample_rate
    return sum(length for _ in range(places))
