"""Frames of the teacher: a debugging task."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from autograder.builder.answers import answer
from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

exercise = Exercise(
    id="mend.teacher_frames",
    title="Find the mistake",
    target="notebook",
    solution=answer(__package__, "teacher_frames"),
    todo="6.11",
    points=1,
    difficulty=2,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    batch, bands, groups = (3, 4, 4) if hidden else (2, 3, 5)

    def case(name: str, r: int) -> Case:
        lengths = torch.tensor([groups * r, *rng.integers(r, groups * r, batch - 1).tolist()])
        args = {"mel": normal(rng, batch, bands, groups * r), "lengths": lengths, "r": r}
        return Case(name, args=args)

    return [case("two frames a step", 2), case("three", 3), case("one", 1)]


@exercise.misconception(
    "The first step is given the last frame of the sentence (`roll` brings it there): nothing has "
    "been said yet, so it gets zeros."
)
def rolled(mel, lengths, r):
    inside = torch.arange(mel.shape[-1]) < lengths[:, None]
    return (mel * inside[:, None])[:, :, r - 1 :: r].roll(1, dims=-1)


@exercise.misconception(
    "You move by one frame, not by one step: with several frames a step, that is still a frame of "
    "the step's own group."
)
def by_one_frame(mel, lengths, r):
    inside = torch.arange(mel.shape[-1]) < lengths[:, None]
    return F.pad(mel * inside[:, None], (1, -1))[:, :, r - 1 :: r]


@exercise.misconception("You give the first frame of the group before: the last one is nearest.")
def first_of_group(mel, lengths, r):
    inside = torch.arange(mel.shape[-1]) < lengths[:, None]
    return F.pad((mel * inside[:, None])[:, :, ::r][:, :, :-1], (1, 0))


@exercise.misconception("You go two steps back: each step is given the last frame before its own.")
def two_steps(mel, lengths, r):
    inside = torch.arange(mel.shape[-1]) < lengths[:, None]
    return F.pad((mel * inside[:, None])[:, :, r - 1 :: r][:, :, :-2], (2, 0))


@exercise.misconception(
    "The padding is no longer silenced: frames from a sentence's length on are 0."
)
def padding_given(mel, lengths, r):
    return F.pad(mel[:, :, r - 1 :: r], (1, 0))[:, :, :-1]


@exercise.misconception(
    "The padding is silenced too late, after the shift, with the wrong frames: do it first."
)
def silenced_after(mel, lengths, r):
    inside = torch.arange(0, mel.shape[-1], r) < lengths[:, None]
    return padding_given(mel, lengths, r) * inside[:, None]


@exercise.misconception(
    "Nothing is moved: the first frame of a step's own group is what the step is to say."
)
def first_of_its_own(mel, lengths, r):
    inside = torch.arange(mel.shape[-1]) < lengths[:, None]
    return (mel * inside[:, None])[:, :, ::r]


@exercise.misconception("The first step is given a frame of the sentence: it gets zeros.")
def first_step_given_speech(mel, lengths, r):
    inside = torch.arange(mel.shape[-1]) < lengths[:, None]
    last = (mel * inside[:, None])[:, :, r - 1 :: r]
    return torch.cat([last[:, :, :1], last[:, :, :-1]], dim=2)


@exercise.also_correct
def moved_first(mel, lengths, r):
    inside = torch.arange(mel.shape[-1]) < lengths[:, None]
    return F.pad(mel * inside[:, None], (1, -1))[:, :, ::r]


@exercise.also_correct
def step_by_step(mel, lengths, r):
    frames = mel.clone()
    for frame, length in zip(frames, lengths.tolist(), strict=True):
        frame[:, length:] = 0
    given = [torch.zeros_like(frames[:, :, 0])]
    given += [frames[:, :, i * r - 1] for i in range(1, mel.shape[-1] // r)]
    return torch.stack(given, dim=-1)
