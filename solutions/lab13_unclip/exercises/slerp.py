"""Between two embeddings: a debugging task."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from autograder.builder.answers import answer
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from .shared import on_sphere

exercise = Exercise(
    id="mend.slerp",
    title="Find the mistake",
    target="notebook",
    solution=answer(__package__, "slerp"),
    todo="13.9",
    points=1,
    difficulty=2,
    minutes=15,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    d = 7 if hidden else 6

    def case(name: str, b: int, share: float) -> Case:
        return Case(
            name,
            args={"a": on_sphere(rng, b, d), "b": on_sphere(rng, b, d), "share": share},
            rtol=1e-3,
            atol=1e-4,
            why="the arc cosine loses digits near 0",
        )

    return [
        case("a quarter of the way", 3, 0.3 if hidden else 0.25),
        case("most of the way", 4, 0.8),
        case("the beginning", 3, 0.0),
        case("one pair", 1, 0.6),
    ]


def angles(a, b):
    return F.cosine_similarity(a, b, dim=1)[:, None].clamp(-1, 1).acos()


def weighted(a, b, share, angle):
    return ((1 - share) * angle).sin() * a + (share * angle).sin() * b


@exercise.misconception(
    "This is the straight line, which cuts through the sphere: half way between embeddings at "
    "right angles the length is .71 of theirs."
)
def straight(a, b, share):
    return (1 - share) * a + share * b


@exercise.misconception(
    "Lengths are right now, for the straight line is pushed out to the sphere: but its steps are "
    "not of one angle. Mend the weights: what do they sum up to at the beginning?"
)
def pushed_out(a, b, share):
    return a.shape[-1] ** 0.5 * F.normalize((1 - share) * a + share * b, dim=-1)


@exercise.neighbour(pushed_out)
def handed_out_rescaled(a, b, share):
    made = weighted(a, b, share, angles(a, b))
    return F.normalize(made, dim=-1)


@exercise.misconception("Nothing is divided by the sine of the angle: at share 0 there must be a.")
def not_divided(a, b, share):
    return weighted(a, b, share, angles(a, b))


@exercise.misconception("The two are exchanged: share 0 is a, share 1 is b.")
def exchanged(a, b, share):
    angle = angles(a, b)
    return weighted(b, a, share, angle) / angle.sin()


@exercise.misconception(
    "Weights are those of right angles: the angle between both is another one, and it has to be "
    "used."
)
def right_angles(a, b, share):
    angle = torch.tensor(torch.pi / 2)
    return weighted(a, b, share, angle)


@exercise.misconception(
    "You divide by the cosine or the tangent: it is the sine of the whole angle."
)
def by_the_cosine(a, b, share):
    angle = angles(a, b)
    return weighted(a, b, share, angle) / angle.cos()


@exercise.neighbour(by_the_cosine)
def by_the_tangent(a, b, share):
    angle = angles(a, b)
    return weighted(a, b, share, angle) / angle.tan()


@exercise.misconception("The weights need sines of parts of the angle, not cosines.")
def with_cosines(a, b, share):
    angle = angles(a, b)
    return (((1 - share) * angle).cos() * a + (share * angle).cos() * b) / angle.sin()


@exercise.neighbour(with_cosines)
def with_a_cosine(a, b, share):
    angle = angles(a, b)
    return ((share * angle).cos() * a + (share * angle).sin() * b) / angle.sin()


@exercise.misconception("One angle for the whole batch: every pair has its own.")
def mean_angle(a, b, share):
    angle = angles(a, b).mean()
    return weighted(a, b, share, angle) / angle.sin()


@exercise.neighbour(mean_angle)
def angle_of_all(a, b, share):
    angle = F.cosine_similarity(a.flatten(), b.flatten(), dim=0).acos()
    return weighted(a, b, share, angle) / angle.sin()


@exercise.misconception("The cosine is taken for the angle: the arc cosine, .acos(), is missing.")
def cosine_as_angle(a, b, share):
    cosine = F.cosine_similarity(a, b, dim=1)[:, None]
    return weighted(a, b, share, cosine) / cosine.sin()


@exercise.also_correct
def turned(a, b, share):
    angle = angles(a, b)
    aside = b - angle.cos() * a
    aside = aside / aside.norm(dim=1, keepdim=True) * a.norm(dim=1, keepdim=True)
    return (share * angle).cos() * a + (share * angle).sin() * aside


@exercise.also_correct
def pair_by_pair(a, b, share):
    made = []
    for x, y in zip(a, b, strict=True):
        angle = torch.acos(torch.clamp(x @ y / (x.norm() * y.norm()), -1, 1))
        first, second = torch.sin(angle - share * angle), torch.sin(share * angle)
        made.append(first / angle.sin() * x + second / angle.sin() * y)
    return torch.stack(made)
