"""The convolutions of CBHG."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import tacotron1
from .shared import RECURRENT

exercise = Exercise(
    id="tacotron.CBHG",
    title="The convolutions of CBHG",
    target="exercise_lib.tacotron1:CBHG",
    solution=tacotron1.CBHG,
    todo="6.2",
    points=2,
    difficulty=3,
    minutes=20,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    channels = 5 if hidden else 4

    def config(bank_channels: int) -> SimpleNamespace:
        return SimpleNamespace(
            channels=channels,
            bank=4 if hidden else 3,
            bank_channels=bank_channels,
            projection=6,
            highways=1,
            highway=3,
            gru=2,
        )

    return [
        Case(
            name,
            probe="method",
            options={"method": "convolve"},
            init={"config": config(bank_channels)},
            args={"x": x},
            grad=("x",),
            **RECURRENT,
        )
        for name, bank_channels, x in (
            ("a batch, with gradient", 3, normal(rng, 2, channels, 11 if hidden else 9)),
            ("a text of two characters", channels, normal(rng, 1, channels, 2)),
        )
    ]


class ConvolveVariant(tacotron1.CBHG):
    """CBHG whose parts can be exchanged."""

    def banked(self, x: Tensor) -> Tensor:
        return torch.cat([F.relu(conv(x)) for conv in self.bank], dim=1)

    def pooled(self, x: Tensor) -> Tensor:
        return F.max_pool1d(F.pad(x, (0, 1)), 2, stride=1)

    def projected(self, x: Tensor) -> Tensor:
        return self.projections[1](F.relu(self.projections[0](x)))

    def convolve(self, x: Tensor) -> Tensor:
        return x + self.projected(self.pooled(self.banked(x)))


@exercise.misconception("The residual is missing: add the input x to the projection.")
class NoResidual(ConvolveVariant):
    def convolve(self, x):
        return self.projected(self.pooled(self.banked(x)))


@exercise.misconception("The max-pool is missing between the bank and the projections.")
class NoPooling(ConvolveVariant):
    def pooled(self, x):
        return x


@exercise.misconception(
    "You pad on the left before pooling: each step should take the maximum of itself and the next."
)
class PooledWithThePast(ConvolveVariant):
    def pooled(self, x):
        return F.max_pool1d(F.pad(x, (1, 0)), 2, stride=1)


@exercise.misconception("You average: CBHG takes the maximum of two neighbouring steps.")
class MeanPooling(ConvolveVariant):
    def pooled(self, x):
        return F.avg_pool1d(F.pad(x, (0, 1)), 2, stride=1)


@exercise.misconception(
    "The pool has torch's default stride, its width: pass stride=1, the text keeps its length."
)
class PoolingHalves(ConvolveVariant):
    def pooled(self, x):
        return F.max_pool1d(F.pad(x, (0, 1)), 2)


@exercise.misconception("The bank's convolutions lack their ReLU.")
class BankLinear(ConvolveVariant):
    def banked(self, x):
        return torch.cat([conv(x) for conv in self.bank], dim=1)


@exercise.misconception(
    "The second projection is followed by a ReLU: it is linear, what it adds may be negative."
)
class ProjectionReLU(ConvolveVariant):
    def projected(self, x):
        return F.relu(super().projected(x))


@exercise.misconception("There is no ReLU between the two projections.")
class ProjectionsLinear(ConvolveVariant):
    def projected(self, x):
        return self.projections[1](self.projections[0](x))


@exercise.misconception(
    "The bank is stacked in reverse: width 1 comes first, as in `self.bank`, or the projection's "
    "weights belong to other widths."
)
class BankReversed(ConvolveVariant):
    def banked(self, x):
        return torch.cat([F.relu(conv(x)) for conv in reversed(self.bank)], dim=1)


@exercise.misconception("The second projection is not used: project twice.")
class ProjectedOnce(ConvolveVariant):
    def projected(self, x):
        return F.relu(self.projections[0](x))


@exercise.misconception(
    "The pool is three wide: each step takes the maximum of itself and the next."
)
class PooledOnBothSides(ConvolveVariant):
    def pooled(self, x):
        return F.max_pool1d(x, 3, stride=1, padding=1)


@exercise.misconception("You add neighbours: CBHG takes the maximum of two.")
class SumPooling(ConvolveVariant):
    def pooled(self, x):
        return 2 * F.avg_pool1d(F.pad(x, (0, 1)), 2, stride=1)


@exercise.misconception("The sum is activated: the residual passes as it is.")
class SumReLU(ConvolveVariant):
    def convolve(self, x):
        return F.relu(super().convolve(x))


@exercise.misconception(
    "The residual starts from another signal, or is subtracted: add the projection to the input x."
)
class ResidualTwice(ConvolveVariant):
    def convolve(self, x):
        return 2 * x + self.projected(self.pooled(self.banked(x)))


@exercise.neighbour(ResidualTwice)
class ResidualSubtracted(ConvolveVariant):
    def convolve(self, x):
        return x - self.projected(self.pooled(self.banked(x)))


@exercise.misconception("A tanh or a sigmoid stands where CBHG has a ReLU.")
class BankTanh(ConvolveVariant):
    def banked(self, x):
        return torch.cat([torch.tanh(conv(x)) for conv in self.bank], dim=1)


@exercise.neighbour(BankTanh)
class ProjectionTanh(ConvolveVariant):
    def projected(self, x):
        return self.projections[1](torch.tanh(self.projections[0](x)))


@exercise.misconception(
    "The bank is a chain: its convolutions stand side by side, and each of them reads x."
)
class BankChained(ConvolveVariant):
    def banked(self, x):
        found = []
        for conv in self.bank:
            read = found[-1] if found and found[-1].shape == x.shape else x
            found.append(F.relu(conv(read)))
        return torch.cat(found, dim=1)


@exercise.misconception("The pool runs over the channels: it goes along time, the last axis.")
class PooledChannels(ConvolveVariant):
    def pooled(self, x):
        return torch.maximum(x, F.pad(x[:, 1:], (0, 0, 0, 1)))


@exercise.neighbour(BankLinear)
class BankLinearPooledWithinTheText(BankLinear):
    def pooled(self, x):
        return F.max_pool1d(F.pad(x, (0, 1), value=-1e9), 2, stride=1)


@exercise.also_correct
class ConvolveWithModules(tacotron1.CBHG):
    def convolve(self, x):
        banked = torch.cat([nn.ReLU()(conv(x)) for conv in self.bank], 1)
        pooled = nn.MaxPool1d(2, stride=1, padding=1)(banked)[:, :, 1:]
        return self.projections[1](self.projections[0](pooled).relu()) + x


@exercise.also_correct
class ConvolveByMaximum(ConvolveVariant):
    def pooled(self, x):
        following = torch.cat([x[..., 1:], torch.zeros_like(x[..., :1])], dim=-1)
        return torch.maximum(x, following)
