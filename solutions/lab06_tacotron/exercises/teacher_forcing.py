"""Teacher forcing."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import tacotron2
from .shared import RECURRENT, decoder_config

exercise = Exercise(
    id="tacotron.teacher_forcing",
    title="Teacher forcing",
    target="exercise_lib.tacotron2:Decoder",
    solution=tacotron2.Decoder,
    todo="6.7",
    points=2,
    difficulty=3,
    minutes=15,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    factors = (3, 1) if hidden else (2, 1)
    return [
        Case(
            f"r = {r}, one frame a step" if r == 1 else f"r = {r} frames a step",
            probe="method",
            options={"method": "forward"},
            init={"config": decoder_config(hidden, reduction_factor=r)},
            args={
                "memory": 2 * normal(rng, 2, 5, 6),
                "mel": 2 * normal(rng, 2, 4 if hidden else 3, 3 * r),
                "lengths": torch.tensor([5, 3]),
            },
            grad=("mel",),
            weight=1.0 if r > 1 else 0.5,
            **RECURRENT,
        )
        for r in factors
    ]


class ForcedVariant(tacotron2.Decoder):
    """The decoder fed with other frames; `fed` is `(B, n_mels, T_dec)`."""

    def fed(self, mel: Tensor, r: int) -> Tensor:
        return F.pad(mel[:, :, r - 1 :: r], (1, 0))[:, :, :-1]

    def forward(self, memory, mel, lengths):
        frames = self.fed(mel, self.config.reduction_factor)
        return self.unroll(self.prenet(frames.mT), memory, lengths)


@exercise.misconception(
    "The shift is missing: the decoder is given the very frames that it should predict. Step i "
    "gets the frame of step i - 1, the first one a zero frame."
)
class NotShifted(ForcedVariant):
    def fed(self, mel, r):
        return mel[:, :, r - 1 :: r]


@exercise.misconception(
    "The first frame of each group is fed back: take the last one, mel[:, :, r - 1 :: r]; it is "
    "the newest."
)
class FirstOfGroup(ForcedVariant):
    def fed(self, mel, r):
        return F.pad(mel[:, :, ::r], (1, 0))[:, :, :-1]


@exercise.misconception("The group's mean is fed back: feed back its last frame.")
class MeanOfGroup(ForcedVariant):
    def fed(self, mel, r):
        return F.pad(mel.unflatten(2, (-1, r)).mean(dim=3), (1, 0))[:, :, :-1]


@exercise.misconception(
    "The frames are moved by one frame before every r-th is taken: the decoder sees a frame of its "
    "own group. Take the frames first, then move them by a step."
)
class ShiftedByAFrame(ForcedVariant):
    def fed(self, mel, r):
        return F.pad(mel, (1, 0))[:, :, :-1][:, :, r - 1 :: r]


@exercise.misconception(
    "The first step gets the first true frame: at the start nothing is known, feed a zero frame."
)
class TrueFrameFirst(ForcedVariant):
    def fed(self, mel, r):
        last = mel[:, :, r - 1 :: r]
        return torch.cat([last[:, :, :1], last[:, :, :-1]], dim=2)


@exercise.misconception(
    "The frames are moved in the other direction: step i is given the frame of step i + 1."
)
class ShiftedToTheFuture(ForcedVariant):
    def fed(self, mel, r):
        return F.pad(mel[:, :, r - 1 :: r], (0, 1))[:, :, 1:]


@exercise.misconception(
    "The last group is fed in too, so there is one decoder step too many: drop it, nothing follows."
)
class OneStepTooMany(ForcedVariant):
    def fed(self, mel, r):
        return F.pad(mel[:, :, r - 1 :: r], (1, 0))


@exercise.misconception("Nothing is fed: each step gets the true frame of the step before.")
class ZerosFed(ForcedVariant):
    def fed(self, mel, r):
        return torch.zeros_like(mel[:, :, ::r])


@exercise.misconception("The frames are moved by two steps: step i gets the frame of step i - 1.")
class ShiftedByTwo(ForcedVariant):
    def fed(self, mel, r):
        return F.pad(mel[:, :, r - 1 :: r], (2, 0))[:, :, :-2]


@exercise.misconception("The first step's frame is not zero: at the start nothing is known.")
class OneFirst(ForcedVariant):
    def fed(self, mel, r):
        return F.pad(mel[:, :, r - 1 :: r], (1, 0), value=1.0)[:, :, :-1]


@exercise.misconception("The frames go round: the first step is given the last frame of all.")
class Rolled(ForcedVariant):
    def fed(self, mel, r):
        return mel[:, :, r - 1 :: r].roll(1, dims=2)


@exercise.also_correct
class ForcedByCat(ForcedVariant):
    def fed(self, mel, r):
        groups = mel.unflatten(2, (-1, r))[..., -1]
        return torch.cat([torch.zeros_like(groups[:, :, :1]), groups[:, :, :-1]], dim=2)


@exercise.also_correct
class ForcedStepByStep(tacotron2.Decoder):
    def forward(self, memory, mel, lengths):
        r = self.config.reduction_factor
        state, processed = self.initial_state(memory), self.attention_layer.memory_layer(memory)
        frame, steps = torch.zeros_like(mel[:, :, 0]), []
        for group in mel.split(r, dim=2):
            frames, gate, state = self.step(self.prenet(frame), state, memory, processed, lengths)
            steps.append((frames, gate, state.weights))
            frame = group[:, :, -1]
        return self.join(steps)
