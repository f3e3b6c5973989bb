"""Encoder of Tacotron 2."""

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
from .shared import RECURRENT

exercise = Exercise(
    id="tacotron.Encoder",
    title="Encoder of Tacotron 2",
    target="exercise_lib.tacotron2:Encoder",
    solution=tacotron2.Encoder,
    todo="6.3",
    points=2,
    difficulty=2,
    minutes=15,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    d = 8 if hidden else 6
    config = SimpleNamespace(embedding=d, dropout=0.4, encoder_convolutions=2)
    texts = {
        "two texts of different length": [8, 5] if hidden else [7, 4],
        "the shorter text first": [3, 7, 5] if hidden else [3, 6],
        "more padding than any text needs": [6, 3] if hidden else [5, 3],
        "in training mode, with dropout": [4, 6] if hidden else [4, 5],
    }
    return [
        Case(
            name,
            probe="method",
            options={"method": "forward", "training": name.startswith("in training")},
            init={"config": config},
            args={
                "x": normal(
                    rng, len(lengths), d, max(lengths) + 2 * name.startswith(("more", "in"))
                ),
                "lengths": torch.tensor(lengths),
            },
            grad=("x",),
            weight=2.0 if name.startswith("in training") else 1.0,
            **RECURRENT,
        )
        for name, lengths in texts.items()
    ]


class EncoderVariant(tacotron2.Encoder):
    """The encoder with exchangeable parts."""

    def convolved(self, x: Tensor) -> Tensor:
        for conv in self.convolutions:
            x = F.dropout(F.relu(conv(x)), self.dropout, self.training)
        return x

    def recurrent(self, x: Tensor, lengths: Tensor, sort: bool = False) -> Tensor:
        packed = nn.utils.rnn.pack_padded_sequence(
            x.mT, lengths, batch_first=True, enforce_sorted=sort
        )
        memory, _ = self.lstm(packed)
        return nn.utils.rnn.pad_packed_sequence(memory, True, total_length=x.shape[2])[0]

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        return self.recurrent(self.convolved(x), lengths)


@exercise.misconception(
    "The LSTM reads the padding too, and its backward direction starts there: pack the sentences "
    "with their lengths."
)
class PaddingRead(EncoderVariant):
    def recurrent(self, x, lengths, sort=False):
        return self.lstm(x.mT)[0]


@exercise.misconception(
    "The padding is set to zero only after the LSTM has read it: its backward direction has come "
    "from there. Pack the sentences instead."
)
class PaddingReadThenCleared(EncoderVariant):
    def recurrent(self, x, lengths, sort=False):
        inside = torch.arange(x.shape[2]) < lengths[:, None]
        return self.lstm(x.mT)[0] * inside[:, :, None]


@exercise.misconception(
    "The memory is as long as the longest text, not as the input: pass total_length when unpacking."
)
class MemoryCut(EncoderVariant):
    def recurrent(self, x, lengths, sort=False):
        return super().recurrent(x, lengths)[:, : int(lengths.max())]


@exercise.misconception(
    "Packing fails unless the texts come longest first: pass enforce_sorted=False."
)
class MustBeSorted(EncoderVariant):
    def recurrent(self, x, lengths, sort=False):
        return super().recurrent(x, lengths, sort=True)


@exercise.misconception("The ReLU after each convolution is missing.")
class EncoderLinear(EncoderVariant):
    def convolved(self, x):
        for conv in self.convolutions:
            x = F.dropout(conv(x), self.dropout, self.training)
        return x


@exercise.misconception(
    "The activation is another one: the encoder's convolutions are followed by a ReLU."
)
class EncoderTanh(EncoderVariant):
    def convolved(self, x):
        for conv in self.convolutions:
            x = F.dropout(torch.tanh(conv(x)), self.dropout, self.training)
        return x


@exercise.neighbour(EncoderTanh)
class EncoderLeaky(EncoderVariant):
    def convolved(self, x):
        for conv in self.convolutions:
            x = F.leaky_relu(conv(x), 0.1)
        return x


@exercise.misconception("Only the first convolution is used: pass x through all of them in turn.")
class FirstConvolutionOnly(EncoderVariant):
    def convolved(self, x):
        return F.dropout(F.relu(self.convolutions[0](x)), self.dropout, self.training)


@exercise.misconception(
    "Dropout is missing, or not as the model says: after each ReLU, with the rate self.dropout, "
    "while training."
)
class EncoderWithoutDropout(EncoderVariant):
    def convolved(self, x):
        for conv in self.convolutions:
            x = F.relu(conv(x))
        return x


@exercise.neighbour(EncoderWithoutDropout)
class EncoderDropoutAlwaysOn(EncoderVariant):
    def convolved(self, x):
        for conv in self.convolutions:
            x = F.dropout(F.relu(conv(x)), self.dropout)
        return x


@exercise.neighbour(EncoderWithoutDropout)
class EncoderDropoutOfAHalf(EncoderVariant):
    def convolved(self, x):
        for conv in self.convolutions:
            x = F.dropout(F.relu(conv(x)), 0.5, self.training)
        return x


@exercise.misconception("The last convolution's ReLU is missing: each one is followed by a ReLU.")
class LastLinear(EncoderVariant):
    def convolved(self, x):
        *inner, last = self.convolutions
        for conv in inner:
            x = F.relu(conv(x))
        return last(x)


@exercise.misconception(
    "Only the last convolution counts: `x = ...` in the loop, so that each reads the one before."
)
class LastConvolutionOnly(EncoderVariant):
    def convolved(self, x):
        return F.relu(self.convolutions[-1](x))


@exercise.misconception("The convolutions are left out: the LSTM reads what they make.")
class NoConvolutions(EncoderVariant):
    def convolved(self, x):
        return x


@exercise.misconception("The convolutions' input is added: Tacotron 2's encoder has no residual.")
class EncoderResidual(EncoderVariant):
    def convolved(self, x):
        for conv in self.convolutions:
            x = x + F.relu(conv(x))
        return x


@exercise.misconception("The axes are (B, d, T): the memory is (B, T, d), as the LSTM returns it.")
class MemoryTransposed(EncoderVariant):
    def recurrent(self, x, lengths, sort=False):
        return super().recurrent(x, lengths).mT


@exercise.misconception("All texts are packed with one length: each has its own.")
class OneLengthForAll(EncoderVariant):
    def recurrent(self, x, lengths, sort=False):
        return super().recurrent(x, lengths.max().expand(len(lengths)))


@exercise.misconception("The LSTM is left out: the memory is what it makes.")
class NoRecurrence(EncoderVariant):
    def recurrent(self, x, lengths, sort=False):
        return x.mT


@exercise.misconception(
    "The LSTM starts from the state of the call before: every batch starts from zeros."
)
class StateKept(EncoderVariant):
    def recurrent(self, x, lengths, sort=False):
        packed = nn.utils.rnn.pack_padded_sequence(
            x.mT, lengths, batch_first=True, enforce_sorted=False
        )
        memory, kept = self.lstm(packed, getattr(self, "kept", None))
        self.kept = [it.detach() for it in kept]
        return nn.utils.rnn.pad_packed_sequence(memory, True, total_length=x.shape[2])[0]


@exercise.misconception(
    "A reshape mixes time and channels: the LSTM reads (B, T, d), a transpose of (B, d, T)."
)
class ReshapedForTheLSTM(EncoderVariant):
    def recurrent(self, x, lengths, sort=False):
        return super().recurrent(x.reshape(x.mT.shape).mT, lengths)


@exercise.neighbour(LastLinear)
class LastLinearWithDropout(EncoderVariant):
    def convolved(self, x):
        for conv in self.convolutions:
            x = conv(x) if conv is self.convolutions[-1] else F.relu(conv(x))
            x = F.dropout(x, self.dropout, self.training)
        return x


@exercise.neighbour(EncoderResidual)
class EncoderResidualWithDropout(EncoderVariant):
    def convolved(self, x):
        for conv in self.convolutions:
            x = x + F.dropout(F.relu(conv(x)), self.dropout, self.training)
        return x


@exercise.misconception("The memory of the padding is not 0: leave `padding_value` as it is.")
class PaddingFilled(EncoderVariant):
    def recurrent(self, x, lengths, sort=False):
        memory = super().recurrent(x, lengths, sort)
        outside = torch.arange(x.shape[2]) >= lengths[:, None]
        return memory.masked_fill(outside[..., None], -1.0)


@exercise.also_correct
class EncoderSentenceBySentence(EncoderVariant):
    def recurrent(self, x, lengths, sort=False):
        memory = x.new_zeros(x.mT.shape)
        for row, (sentence, length) in enumerate(zip(x.mT, lengths.tolist(), strict=True)):
            memory[row, :length] = self.lstm(sentence[None, :length])[0][0]
        return memory


@exercise.also_correct
class EncoderSortedByHand(EncoderVariant):
    def recurrent(self, x, lengths, sort=False):
        order = lengths.argsort(descending=True)
        return super().recurrent(x[order], lengths[order], sort=True)[order.argsort()]


@exercise.also_correct
class EncoderWithDropoutModule(tacotron2.Encoder):
    def __init__(self, config):
        super().__init__(config)
        self.drop = nn.Dropout(config.dropout)

    def forward(self, x, lengths):
        for conv in self.convolutions:
            x = self.drop(conv(x)).relu()
        texts = [text[:length] for text, length in zip(x.mT, lengths, strict=True)]
        memory, _ = self.lstm(nn.utils.rnn.pack_sequence(texts, enforce_sorted=False))
        return nn.utils.rnn.pad_packed_sequence(memory, True, total_length=x.shape[2])[0]
