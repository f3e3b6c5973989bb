"""What the latent space saves: an answer in the notebook."""

from __future__ import annotations

import numpy as np

from autograder.builder.answers import answer
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

exercise = Exercise(
    id="slide.smaller",
    title="What the latent space saves",
    target="notebook",
    solution=answer(__package__, "smaller"),
    todo="11.1",
    points=1,
    difficulty=1,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    rows = [("Stable Diffusion 1", 512, 8, 4), ("here", 32, 4, 8)]
    odd = 8
    if hidden:
        large, small, odd = (int(rng.choice(it)) for it in ((6, 12, 16, 24), (3, 6, 12), (5, 7, 9)))
        rows = [("a large picture", 1024, 8, large), ("a small one", 48, 4, small)]
    rows += [("no latent space", 96, 1, 3), ("no whole number", 64, 2, odd)]
    return [
        Case(name, args={"side": side, "factor": factor, "channels": channels})
        for name, side, factor, channels in rows
    ]


@exercise.misconception("The colours are missing: a picture has three numbers a pixel.")
def without_colours(side, factor, channels):
    return factor**2 / channels, factor**4


@exercise.misconception(
    "A latent is shorter by the factor along both axes: it has factor^2 times fewer places."
)
def one_axis(side, factor, channels):
    return 3 * factor / channels, factor**2


@exercise.misconception(
    "The latent's channels are missing, or multiplied where they divide: each of its places has "
    "several numbers."
)
def without_channels(side, factor, channels):
    return 3 * factor**2, factor**4


@exercise.neighbour(without_channels)
def multiplied_by_channels(side, factor, channels):
    return 3 * factor**2 * channels, factor**4


@exercise.misconception(
    "Every place attends to every other one: pairs fall with the square of the places, factor^4."
)
def places_for_pairs(side, factor, channels):
    return 3 * factor**2 / channels, factor**2


@exercise.neighbour(places_for_pairs)
def cubed(side, factor, channels):
    return 3 * factor**2 / channels, factor**3


@exercise.misconception("Places attend, not numbers: pairs have nothing to do with channels.")
def pairs_of_numbers(side, factor, channels):
    ratio = 3 * factor**2 / channels
    return ratio, ratio**2


@exercise.misconception(
    "You return what is left, not how many times fewer there are: picture divided by latent."
)
def what_is_left(side, factor, channels):
    return channels / (3 * factor**2), factor**-4


@exercise.misconception("Both are right, but exchanged: first numbers, then pairs of places.")
def exchanged(side, factor, channels):
    return factor**4, 3 * factor**2 / channels


@exercise.misconception("You return counts: divide those of the picture by those of the latent.")
def counts(side, factor, channels):
    return 3 * side**2, side**4


@exercise.misconception("A ratio need not be whole: divide by /, for // cuts the rest off.")
def whole_numbers(side, factor, channels):
    return 3 * factor**2 // channels, factor**4


@exercise.misconception(
    "Each place attends to all places, itself too: that is n^2 pairs, and not n (n - 1) / 2."
)
def without_itself(side, factor, channels):
    many, few = side**2, (side // factor) ** 2
    return 3 * factor**2 / channels, many * (many - 1) / (few * (few - 1))


@exercise.neighbour(without_itself)
def each_pair_once(side, factor, channels):
    many, few = side**2, (side // factor) ** 2
    return 3 * factor**2 / channels, many * (many + 1) / (few * (few + 1))


@exercise.also_correct
def by_counting(side, factor, channels):
    places = (side // factor) ** 2
    return 3 * side**2 / (channels * places), side**4 / places**2


@exercise.also_correct
def by_squares(side, factor, channels):
    fewer = factor * factor
    return fewer * 3 / channels, fewer * fewer
