"""Post-net."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import tacotron2
from .shared import RECURRENT

exercise = Exercise(
    id="tacotron.Postnet",
    title="Post-net",
    target="exercise_lib.tacotron2:Postnet",
    solution=tacotron2.Postnet,
    todo="6.9",
    points=1,
    difficulty=1,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    n_mels, layers, frames = (4, 4, 9) if hidden else (3, 3, 7)
    config = SimpleNamespace(n_mels=n_mels, postnet=5, postnet_convolutions=layers, dropout=0.4)

    def case(name: str, *shape: int, training: bool = False) -> Case:
        return Case(
            name,
            probe="method",
            options={"method": "forward", "training": training},
            init={"config": config},
            args={"x": 2 * normal(rng, *shape)},
            grad=("x",),
            weight=1.0 if shape[2] > 1 else 0.5,
            **RECURRENT,
        )

    return [
        case("a batch", 2, n_mels, frames),
        case("a single frame", 1, n_mels, 1),
        case("in training mode, with dropout", 3, n_mels, frames, training=True),
    ]


class PostnetVariant(tacotron2.Postnet):
    def activate(self, x: Tensor, is_last: bool) -> Tensor:
        return x if is_last else torch.tanh(x)

    def forward(self, x: Tensor) -> Tensor:
        for conv in self.convolutions:
            x = self.activate(conv(x), conv is self.convolutions[-1])
            x = F.dropout(x, self.dropout, self.training)
        return x


@exercise.misconception(
    "The last convolution has a tanh too: then it could correct log magnitudes by at most one."
)
class TanhOnLast(PostnetVariant):
    def activate(self, x, is_last):
        return torch.tanh(x)


@exercise.misconception("The tanh is missing: without it, the convolutions are one linear filter.")
class PostnetLinear(PostnetVariant):
    def activate(self, x, is_last):
        return x


@exercise.misconception("The post-net uses tanh; ReLU is the encoder's.")
class PostnetReLU(PostnetVariant):
    def activate(self, x, is_last):
        return x if is_last else F.relu(x)


@exercise.misconception(
    "The input is added here already: return the residual only, Tacotron2.forward adds the mel."
)
class ResidualAddedTwice(PostnetVariant):
    def forward(self, x):
        return x + super().forward(x)


@exercise.misconception("The tanh comes before each convolution: it comes after its batch norm.")
class TanhBefore(PostnetVariant):
    def forward(self, x):
        for conv in self.convolutions:
            x = conv(x if conv is self.convolutions[0] else torch.tanh(torch.tanh(x)))
            x = F.dropout(x, self.dropout, self.training)
        return x


@exercise.misconception(
    "Dropout is missing, or not as the model says: after each convolution and its tanh, with the "
    "rate self.dropout, while training."
)
class PostnetWithoutDropout(PostnetVariant):
    def forward(self, x):
        for conv in self.convolutions:
            x = self.activate(conv(x), conv is self.convolutions[-1])
        return x


@exercise.neighbour(PostnetWithoutDropout)
class PostnetDropoutAlwaysOn(PostnetVariant):
    def forward(self, x):
        for conv in self.convolutions:
            x = F.dropout(self.activate(conv(x), conv is self.convolutions[-1]), self.dropout)
        return x


@exercise.neighbour(PostnetWithoutDropout)
class PostnetDropoutOfAHalf(PostnetVariant):
    def forward(self, x):
        for conv in self.convolutions:
            x = self.activate(conv(x), conv is self.convolutions[-1])
            x = F.dropout(x, 0.5, self.training)
        return x


@exercise.misconception(
    "Only the last convolution has a tanh, or only the first: all but the last."
)
class TanhOnLastOnly(PostnetVariant):
    def activate(self, x, is_last):
        return torch.tanh(x) if is_last else x


@exercise.misconception("A sigmoid stands where the post-net has a tanh.")
class PostnetSigmoid(PostnetVariant):
    def activate(self, x, is_last):
        return x if is_last else torch.sigmoid(x)


@exercise.misconception("The last convolution is left out: pass x through all of them.")
class WithoutLast(PostnetVariant):
    def forward(self, x):
        for conv in self.convolutions[:-1]:
            x = torch.tanh(conv(x))
        return x


@exercise.misconception("Each convolution's input is added: the post-net has no residual inside.")
class ResidualInside(PostnetVariant):
    def forward(self, x):
        for conv in self.convolutions:
            y = self.activate(conv(x), conv is self.convolutions[-1])
            x = x + y if x.shape == y.shape else y
        return x


@exercise.misconception("The tanh is missing after the first convolution: after all but the last.")
class FirstLinear(PostnetVariant):
    def forward(self, x):
        for conv in self.convolutions:
            ends = conv is self.convolutions[0] or conv is self.convolutions[-1]
            x = self.activate(conv(x), ends)
        return x


@exercise.misconception(
    "Dropout comes before the tanh: it follows it, or what is kept is scaled and then squashed."
)
class DropoutBeforeTanh(PostnetVariant):
    def forward(self, x):
        *inner, last = self.convolutions
        for conv in inner:
            x = torch.tanh(F.dropout(conv(x), self.dropout, self.training))
        return F.dropout(last(x), self.dropout, self.training)


@exercise.misconception("The last convolution has no dropout: each one is followed by it.")
class PostnetLastWithoutDropout(PostnetVariant):
    def forward(self, x):
        *inner, last = self.convolutions
        for conv in inner:
            x = F.dropout(torch.tanh(conv(x)), self.dropout, self.training)
        return last(x)


@exercise.neighbour(TanhBefore)
class TanhBeforeEach(PostnetVariant):
    def forward(self, x):
        for conv in self.convolutions:
            x = F.dropout(conv(torch.tanh(x)), self.dropout, self.training)
        return x


@exercise.also_correct
class PostnetSplit(tacotron2.Postnet):
    def forward(self, x):
        *inner, last = self.convolutions
        for conv in inner:
            x = F.dropout(conv(x).tanh(), self.dropout, self.training)
        return F.dropout(last(x), self.dropout, self.training)


@exercise.also_correct
class PostnetBySigmoid(PostnetVariant):
    def activate(self, x, is_last):
        return x if is_last else 2 * torch.sigmoid(2 * x) - 1


@exercise.also_correct
class PostnetWithDropoutOfTorch(tacotron2.Postnet):
    def forward(self, frames):
        *inner, last = self.convolutions
        for conv in inner:
            frames = torch.dropout(conv(frames).tanh(), self.dropout, self.training)
        return torch.dropout(last(frames), p=self.dropout, train=self.training)
