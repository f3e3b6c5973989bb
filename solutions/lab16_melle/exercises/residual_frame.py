"""From latents to frames."""

from __future__ import annotations

import numpy as np
import torch

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import melle

exercise = Exercise(
    id="melle.residual_frame",
    title="From latents to frames",
    target="exercise_lib.melle:residual_frame",
    solution=melle.residual_frame,
    todo="16.2",
    points=1,
    difficulty=1,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    d = 5 if hidden else 4

    def case(name: str, *shape: int, **more) -> Case:
        return Case(name, args={"z": normal(rng, *shape)}, probe="reading", **more)

    return [
        case("bands and frames differ", 2, 3, 6, grad=("z",)),
        case("as many bands as frames", 2, d, d, grad=("z",)),
        case("all axes alike", d, d, d),
        case("one sentence", 1, 4, 7),
    ]


@exercise.misconception(
    "The latents themselves are missing: the MLP says what is to be added to them, so z comes "
    "first."
)
def no_residual(z, mlp):
    return mlp(z.mT).mT


@exercise.misconception(
    "The MLP reads along the frames: its input are the bands of one frame, which have to come last."
)
def along_frames(z, mlp):
    return z + mlp(z)


@exercise.neighbour(along_frames)
def along_frames_turned_back(z, mlp):
    return z + mlp(z).mT


@exercise.misconception(
    "What the MLP returns has its bands last: turn it back before it is added to z."
)
def not_turned_back(z, mlp):
    return z + mlp(z.mT)


@exercise.misconception(
    "`reshape` or `view` mixes bands and frames, though the shape fits: exchange the axes, z.mT."
)
def reshaped(z, mlp):
    b, n_mels, frames = z.shape
    return z + mlp(z.reshape(b, frames, n_mels)).reshape(z.shape)


@exercise.neighbour(reshaped)
def reshaped_back(z, mlp):
    return z + mlp(z.mT).reshape(z.shape)


@exercise.misconception("The MLP's part is taken off: it is added.")
def taken_off(z, mlp):
    return z - mlp(z.mT).mT


@exercise.misconception("z is multiplied with what the MLP says: it is added.")
def multiplied(z, mlp):
    return z * mlp(z.mT).mT


@exercise.misconception("The MLP is asked twice: once is enough.")
def twice(z, mlp):
    return z + mlp(mlp(z.mT)).mT


@exercise.neighbour(twice)
def again(z, mlp):
    y = z + mlp(z.mT).mT
    return y + mlp(y.mT).mT


@exercise.misconception("The mean of both is taken: (16.2) is their sum.")
def mean_of_both(z, mlp):
    return 0.5 * (z + mlp(z.mT).mT)


@exercise.misconception("z comes in twice: once, and what the MLP says of it.")
def z_twice(z, mlp):
    return 2 * z + mlp(z.mT).mT


@exercise.misconception(
    "No gradient goes through the MLP to the latents: leave `detach` and `no_grad` out."
)
def detached_in_mlp(z, mlp):
    return z + mlp(z.detach().mT).mT


@exercise.neighbour(detached_in_mlp)
def detached_residual(z, mlp):
    return z.detach() + mlp(z.mT).mT


@exercise.misconception(
    "Every frame gets what the MLP says of one of them, or of their mean: each frame is asked by "
    "itself."
)
def of_the_first(z, mlp):
    return z + mlp(z[:, :, :1].mT).mT


@exercise.neighbour(of_the_first)
def of_the_mean(z, mlp):
    return z + mlp(z.mean(2, keepdim=True).mT).mT


@exercise.misconception("The MLP returns what is to be added, not the frame: z is only its input.")
def nothing_added(z, mlp):
    return z.clone()


@exercise.also_correct
def by_transpose(z, mlp):
    bands_last = z.transpose(1, 2)
    return (bands_last + mlp(bands_last)).transpose(1, 2)


@exercise.also_correct
def frame_by_frame(z, mlp):
    return torch.stack([frame + mlp(frame) for frame in z.unbind(2)], dim=2)
