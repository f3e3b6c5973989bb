"""Highway layer."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import tacotron1

exercise = Exercise(
    id="tacotron.Highway",
    title="Highway layer",
    target="exercise_lib.tacotron1:Highway",
    solution=tacotron1.Highway,
    todo="6.1",
    points=1,
    difficulty=1,
    minutes=5,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    channels, steps = (7, 4) if hidden else (6, 5)
    init = {"channels": channels}
    x = normal(rng, 2, steps, channels)
    return [
        Case("a batch, with gradient", probe="module", init=init, args={"x": x}, grad=("x",)),
        Case("one vector", probe="module", init=init, args={"x": 3 * x[0, 0]}),
    ]


@exercise.misconception(
    "The gate is the wrong way round: t weights the transformed input, 1 - t the input itself."
)
class GateReversed(tacotron1.Highway):
    def forward(self, x):
        t = torch.sigmoid(self.gate(x))
        return (1 - t) * F.relu(self.transform(x)) + t * x


@exercise.misconception("The transformed input lacks its ReLU.")
class TransformLinear(tacotron1.Highway):
    def forward(self, x):
        t = torch.sigmoid(self.gate(x))
        return t * self.transform(x) + (1 - t) * x


@exercise.misconception(
    "The gate lacks its sigmoid: without one it may be negative or above one, and nothing is mixed."
)
class GateUnbounded(tacotron1.Highway):
    def forward(self, x):
        t = self.gate(x)
        return t * F.relu(self.transform(x)) + (1 - t) * x


@exercise.misconception(
    "What does not pass through the layer is lost: add (1 - t) x, that is the highway."
)
class NoCarry(tacotron1.Highway):
    def forward(self, x):
        return torch.sigmoid(self.gate(x)) * F.relu(self.transform(x))


@exercise.misconception(
    "This is a gated residual layer: the input enters whole. A highway lets only 1 - t of it pass."
)
class WholeInput(tacotron1.Highway):
    def forward(self, x):
        return torch.sigmoid(self.gate(x)) * F.relu(self.transform(x)) + x


@exercise.misconception(
    "The ReLU is around the mixture: it belongs to the transformed input only; what passes may be "
    "negative."
)
class ReLUOutside(tacotron1.Highway):
    def forward(self, x):
        t = torch.sigmoid(self.gate(x))
        return F.relu(t * self.transform(x) + (1 - t) * x)


@exercise.misconception("The gate reads the transformed input: it reads x.")
class GateReadsTransformed(tacotron1.Highway):
    def forward(self, x):
        h = F.relu(self.transform(x))
        t = torch.sigmoid(self.gate(h))
        return t * h + (1 - t) * x


@exercise.misconception("The transformed input has a sigmoid or a tanh: it has a ReLU.")
class TransformTanh(tacotron1.Highway):
    def forward(self, x):
        t = torch.sigmoid(self.gate(x))
        return t * torch.tanh(self.transform(x)) + (1 - t) * x


@exercise.neighbour(TransformTanh)
class TransformSigmoid(tacotron1.Highway):
    def forward(self, x):
        t = torch.sigmoid(self.gate(x))
        return t * torch.sigmoid(self.transform(x)) + (1 - t) * x


@exercise.misconception(
    "The gate is another function: a sigmoid keeps each of its numbers between 0 and 1 by itself."
)
class GateReLU(tacotron1.Highway):
    def forward(self, x):
        t = F.relu(self.gate(x))
        return t * F.relu(self.transform(x)) + (1 - t) * x


@exercise.neighbour(GateReLU)
class GateTanh(tacotron1.Highway):
    def forward(self, x):
        t = torch.tanh(self.gate(x))
        return t * F.relu(self.transform(x)) + (1 - t) * x


@exercise.neighbour(GateReLU)
class GateSoftmax(tacotron1.Highway):
    def forward(self, x):
        t = torch.softmax(self.gate(x), dim=-1)
        return t * F.relu(self.transform(x)) + (1 - t) * x


@exercise.misconception("The two layers are exchanged: `gate` decides, `transform` transforms.")
class LayersExchanged(tacotron1.Highway):
    def forward(self, x):
        t = torch.sigmoid(self.transform(x))
        return t * F.relu(self.gate(x)) + (1 - t) * x


@exercise.misconception("There is no gate: mix by t = sigmoid(gate(x)).")
class NoGate(tacotron1.Highway):
    def forward(self, x):
        return F.relu(self.transform(x))


@exercise.neighbour(NoGate)
class PlainResidual(tacotron1.Highway):
    def forward(self, x):
        return F.relu(self.transform(x)) + x


@exercise.misconception("The transformed input enters whole: the gate lets t of it in.")
class OnlyCarry(tacotron1.Highway):
    def forward(self, x):
        return F.relu(self.transform(x)) + (1 - torch.sigmoid(self.gate(x))) * x


@exercise.misconception("What passes is (1 - t) x: yours has another sign or weight.")
class MinusCarry(tacotron1.Highway):
    def forward(self, x):
        t = torch.sigmoid(self.gate(x))
        return t * F.relu(self.transform(x)) - (1 - t) * x


@exercise.neighbour(MinusCarry)
class GatedTwice(tacotron1.Highway):
    def forward(self, x):
        t = torch.sigmoid(self.gate(x))
        return t * F.relu(self.transform(x)) + t * x


@exercise.misconception("1 - t passes transformed input: what passes the layer is x itself.")
class CarriesTransformed(tacotron1.Highway):
    def forward(self, x):
        h, t = self.transform(x), torch.sigmoid(self.gate(x))
        return t * F.relu(h) + (1 - t) * h


@exercise.misconception(
    "The gate is open or shut, and nothing between: no gradient passes a comparison. Mix by the "
    "sigmoid as it is."
)
class HardGate(tacotron1.Highway):
    def forward(self, x):
        t = (self.gate(x) > 0).float()
        return t * F.relu(self.transform(x)) + (1 - t) * x


@exercise.also_correct
class HighwayAsStepFromInput(tacotron1.Highway):
    def forward(self, x):
        return x + self.gate(x).sigmoid() * (self.transform(x).clamp(min=0) - x)


@exercise.also_correct
class HighwayByLerp(tacotron1.Highway):
    def forward(self, x):
        return torch.lerp(x, nn.ReLU()(self.transform(x)), nn.Sigmoid()(self.gate(x)))
