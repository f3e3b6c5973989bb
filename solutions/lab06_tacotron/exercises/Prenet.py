"""Prenet."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import tacotron2

exercise = Exercise(
    id="tacotron.Prenet",
    title="Prenet",
    target="exercise_lib.tacotron2:Prenet",
    solution=tacotron2.Prenet,
    todo="6.4",
    points=1,
    difficulty=1,
    minutes=5,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    n_mels, sizes = (6, [5, 7]) if hidden else (5, [6, 4])
    init = {"config": SimpleNamespace(n_mels=n_mels, prenet=sizes)}
    return [
        Case(
            "the two layers, dropout aside",
            probe="method",
            options={"method": "forward"},
            init=init,
            args={"x": normal(rng, 2, 3, n_mels)},
            grad=("x",),
        ),
        Case(
            "dropout of one half, in evaluation mode too",
            probe="statistics",
            options={"rows": 20_000},
            init=init,
            args={"x": normal(rng, 1, 2, n_mels)},
            rtol=0.1,
            atol=0.03,
            why="means over 20 000 draws, whichever these are",
        ),
    ]


class PrenetVariant(tacotron2.Prenet):
    def drop(self, x: Tensor, last: bool) -> Tensor:
        return F.dropout(x, 0.5, training=True)

    def forward(self, x: Tensor) -> Tensor:
        for linear in self.layers:
            x = self.drop(F.relu(linear(x)), linear is self.layers[-1])
        return x


@exercise.misconception(
    "Dropout is off when the model speaks: Tacotron 2's prenet keeps it on (training=True), or the "
    "decoder copies its own last frame."
)
class DropoutOffInEvaluation(PrenetVariant):
    def drop(self, x, last):
        return F.dropout(x, 0.5, self.training)


@exercise.misconception("The second layer has no dropout: both have.")
class DropoutOnce(PrenetVariant):
    def drop(self, x, last):
        return x if last else super().drop(x, last)


@exercise.misconception(
    "What survives dropout is not doubled: use F.dropout, which keeps the mean as it was."
)
class DropoutUnscaled(PrenetVariant):
    def drop(self, x, last):
        return F.dropout(x, 0.5, training=True) / 2 if not last else super().drop(x, last)


@exercise.neighbour(DropoutUnscaled)
class DropoutUnscaledInBoth(PrenetVariant):
    def drop(self, x, last):
        return F.dropout(x, 0.5, training=True) / 2


@exercise.misconception("Dropout takes a tenth: the prenet's rate is 0.5.")
class DropoutTooRare(PrenetVariant):
    def drop(self, x, last):
        return F.dropout(x, 0.1, training=True)


@exercise.misconception("The ReLUs are missing.")
class PrenetLinear(PrenetVariant):
    def forward(self, x):
        for linear in self.layers:
            x = F.dropout(linear(x), 0.5, training=True)
        return x


@exercise.misconception("The last layer has no ReLU: both have.")
class LastLayerLinear(PrenetVariant):
    def forward(self, x):
        x = F.dropout(F.relu(self.layers[0](x)), 0.5, training=True)
        return F.dropout(self.layers[1](x), 0.5, training=True)


@exercise.misconception("The first layer has no dropout: both have.")
class DropoutOfTheLastOnly(PrenetVariant):
    def drop(self, x, last):
        return super().drop(x, last) if last else x


@exercise.misconception("Dropout takes a fifth: the prenet's rate is 0.5.")
class DropoutOfAFifth(PrenetVariant):
    def drop(self, x, last):
        return F.dropout(x, 0.2, training=True)


@exercise.misconception("Dropout takes too much: the prenet's rate is 0.5.")
class DropoutTooOften(PrenetVariant):
    def drop(self, x, last):
        return F.dropout(x, 0.75, training=True)


@exercise.misconception("The first layer has no ReLU: both have.")
class FirstLayerLinear(PrenetVariant):
    def forward(self, x):
        x = F.dropout(self.layers[0](x), 0.5, training=True)
        return F.dropout(F.relu(self.layers[1](x)), 0.5, training=True)


@exercise.misconception("A tanh or a leaky ReLU stands where the prenet has a ReLU.")
class PrenetTanh(PrenetVariant):
    def forward(self, x):
        for linear in self.layers:
            x = F.dropout(linear(x).tanh(), 0.5, training=True)
        return x


@exercise.neighbour(PrenetTanh)
class PrenetLeaky(PrenetVariant):
    def forward(self, x):
        for linear in self.layers:
            x = F.dropout(F.leaky_relu(linear(x), 0.1), 0.5, training=True)
        return x


@exercise.misconception("Only the first layer is used: pass x through all of them.")
class FirstLayerOnly(PrenetVariant):
    def forward(self, x):
        return self.drop(F.relu(self.layers[0](x)), False)


@exercise.neighbour(DropoutUnscaled)
class DropoutByHand(PrenetVariant):
    def drop(self, x, last):
        return x * (torch.rand_like(x) < 0.5)


@exercise.misconception(
    "Dropout comes before each layer: it follows the ReLU, for the layer's output is what is "
    "dropped."
)
class DropoutOfInputs(PrenetVariant):
    def forward(self, x):
        for linear in self.layers:
            x = F.relu(linear(F.dropout(x, 0.5, training=True)))
        return x


@exercise.neighbour(DropoutUnscaled)
class DropoutUnscaledByMask(PrenetVariant):
    def drop(self, x, last):
        return x * (F.dropout(torch.ones_like(x), 0.5, training=True) > 0)


@exercise.also_correct
class PrenetDropsFirst(tacotron2.Prenet):
    """Dropout and ReLU may change places: both keep zero and scale."""

    def forward(self, x):
        for linear in self.layers:
            x = F.relu(F.dropout(linear(x), p=0.5))
        return x


@exercise.also_correct
class PrenetWithModules(tacotron2.Prenet):
    def forward(self, x):
        dropout = nn.Dropout(0.5).train()
        return dropout(self.layers[1](dropout(self.layers[0](x).clamp(min=0))).clamp(min=0))


@exercise.also_correct
class PrenetOfColumns(tacotron2.Prenet):
    """Dropout draws the same share of other numbers."""

    def forward(self, x):
        columns = x.flatten(0, -2).mT
        for linear in self.layers:
            columns = torch.dropout(F.relu(linear.weight @ columns), 0.5, True)
        return columns.mT.unflatten(0, x.shape[:-1])
