"""The exercises of tacotron1.py and tacotron2.py: from the highway layer to free running."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from autograder.exercise import Exercise
from autograder.exercises.draws import normal
from exercise_lib.check.case import Case
from exercise_lib.check.run import run_case
from solutions.exercise_lib import tacotron1, tacotron2
from solutions.exercise_lib.attention import masked_softmax
from solutions.exercise_lib.tacotron2 import GATE_THRESHOLD

TARGET_1, TARGET_2 = "exercise_lib.tacotron1:", "exercise_lib.tacotron2:"
NOTEBOOK = "06_tacotron"
RECURRENT: dict[str, Any] = {"rtol": 1e-3, "atol": 1e-5, "why": "float32 through several steps"}


# ------------------------------------------------------------------------------ highway layer

highway = Exercise(
    id="tacotron.Highway",
    title="Highway layer",
    target=TARGET_1 + "Highway",
    solution=tacotron1.Highway,
    notebook=NOTEBOOK,
    todo="6.1",
    points=1,
)


@highway.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    channels, steps = (7, 4) if hidden else (6, 5)
    init = {"channels": channels}
    x = normal(rng, 2, steps, channels)
    return [
        Case("a batch, with gradient", probe="module", init=init, args={"x": x}, grad=("x",)),
        Case("one vector", probe="module", init=init, args={"x": 3 * x[0, 0]}),
    ]


@highway.misconception(
    "The gate is the wrong way round: t weights the transformed input, 1 - t the input itself."
)
class GateReversed(tacotron1.Highway):
    def forward(self, x):
        t = torch.sigmoid(self.gate(x))
        return (1 - t) * F.relu(self.transform(x)) + t * x


@highway.misconception("The transformed input lacks its ReLU.")
class TransformLinear(tacotron1.Highway):
    def forward(self, x):
        t = torch.sigmoid(self.gate(x))
        return t * self.transform(x) + (1 - t) * x


@highway.misconception(
    "The gate lacks its sigmoid: without one it may be negative or above one, and nothing is mixed."
)
class GateUnbounded(tacotron1.Highway):
    def forward(self, x):
        t = self.gate(x)
        return t * F.relu(self.transform(x)) + (1 - t) * x


@highway.misconception(
    "What does not pass through the layer is lost: add (1 - t) x, that is the highway."
)
class NoCarry(tacotron1.Highway):
    def forward(self, x):
        return torch.sigmoid(self.gate(x)) * F.relu(self.transform(x))


@highway.misconception(
    "This is a gated residual layer: the input enters whole. A highway lets only 1 - t of it pass."
)
class WholeInput(tacotron1.Highway):
    def forward(self, x):
        return torch.sigmoid(self.gate(x)) * F.relu(self.transform(x)) + x


@highway.misconception(
    "The ReLU is around the mixture: it belongs to the transformed input only; what passes may be "
    "negative."
)
class ReLUOutside(tacotron1.Highway):
    def forward(self, x):
        t = torch.sigmoid(self.gate(x))
        return F.relu(t * self.transform(x) + (1 - t) * x)


@highway.misconception("The gate reads the transformed input: it reads x.")
class GateReadsTransformed(tacotron1.Highway):
    def forward(self, x):
        h = F.relu(self.transform(x))
        t = torch.sigmoid(self.gate(h))
        return t * h + (1 - t) * x


@highway.also_correct
class HighwayAsStepFromInput(tacotron1.Highway):
    def forward(self, x):
        return x + self.gate(x).sigmoid() * (self.transform(x).clamp(min=0) - x)


@highway.also_correct
class HighwayByLerp(tacotron1.Highway):
    def forward(self, x):
        return torch.lerp(x, nn.ReLU()(self.transform(x)), nn.Sigmoid()(self.gate(x)))


# ------------------------------------------------------------------------------ CBHG

convolve = Exercise(
    id="tacotron.CBHG",
    title="The convolutions of CBHG",
    target=TARGET_1 + "CBHG",
    solution=tacotron1.CBHG,
    notebook=NOTEBOOK,
    todo="6.2",
    points=2,
)


@convolve.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    config = SimpleNamespace(
        channels=5 if hidden else 4,
        bank=4 if hidden else 3,
        bank_channels=3,
        projection=6,
        highways=1,
        gru=2,
    )
    return [
        Case(
            name,
            probe="method",
            options={"method": "convolve"},
            init={"config": config},
            args={"x": x},
            grad=("x",),
            **RECURRENT,
        )
        for name, x in {
            "a batch, with gradient": normal(rng, 2, config.channels, 11 if hidden else 9),
            "a text of two characters": normal(rng, 1, config.channels, 2),
        }.items()
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


@convolve.misconception("The residual is missing: add the input x to the projection.")
class NoResidual(ConvolveVariant):
    def convolve(self, x):
        return self.projected(self.pooled(self.banked(x)))


@convolve.misconception("The max-pool is missing between the bank and the projections.")
class NoPooling(ConvolveVariant):
    def pooled(self, x):
        return x


@convolve.misconception(
    "You pad on the left before pooling: each step should take the maximum of itself and the next."
)
class PooledWithThePast(ConvolveVariant):
    def pooled(self, x):
        return F.max_pool1d(F.pad(x, (1, 0)), 2, stride=1)


@convolve.misconception("You average: CBHG takes the maximum of two neighbouring steps.")
class MeanPooling(ConvolveVariant):
    def pooled(self, x):
        return F.avg_pool1d(F.pad(x, (0, 1)), 2, stride=1)


@convolve.misconception(
    "The pool has torch's default stride, its width: pass stride=1, the text keeps its length."
)
class PoolingHalves(ConvolveVariant):
    def pooled(self, x):
        return F.max_pool1d(F.pad(x, (0, 1)), 2)


@convolve.misconception("The bank's convolutions lack their ReLU.")
class BankLinear(ConvolveVariant):
    def banked(self, x):
        return torch.cat([conv(x) for conv in self.bank], dim=1)


@convolve.misconception(
    "The second projection is followed by a ReLU: it is linear, what it adds may be negative."
)
class ProjectionReLU(ConvolveVariant):
    def projected(self, x):
        return F.relu(super().projected(x))


@convolve.misconception("There is no ReLU between the two projections.")
class ProjectionsLinear(ConvolveVariant):
    def projected(self, x):
        return self.projections[1](self.projections[0](x))


@convolve.misconception(
    "The bank is stacked in reverse: width 1 comes first, as in `self.bank`, or the projection's "
    "weights belong to other widths."
)
class BankReversed(ConvolveVariant):
    def banked(self, x):
        return torch.cat([F.relu(conv(x)) for conv in reversed(self.bank)], dim=1)


@convolve.misconception("The second projection is not used: project twice.")
class ProjectedOnce(ConvolveVariant):
    def projected(self, x):
        return F.relu(self.projections[0](x))


@convolve.also_correct
class ConvolveWithModules(tacotron1.CBHG):
    def convolve(self, x):
        banked = torch.cat([nn.ReLU()(conv(x)) for conv in self.bank], 1)
        pooled = nn.MaxPool1d(2, stride=1, padding=1)(banked)[:, :, 1:]
        return self.projections[1](self.projections[0](pooled).relu()) + x


@convolve.also_correct
class ConvolveByMaximum(ConvolveVariant):
    def pooled(self, x):
        following = torch.cat([x[..., 1:], torch.zeros_like(x[..., :1])], dim=-1)
        return torch.maximum(x, following)


# ------------------------------------------------------------------------------ encoder

encoder = Exercise(
    id="tacotron.Encoder",
    title="Encoder of Tacotron 2",
    target=TARGET_2 + "Encoder",
    solution=tacotron2.Encoder,
    notebook=NOTEBOOK,
    todo="6.3",
    points=2,
)


@encoder.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    d = 8 if hidden else 6
    config = SimpleNamespace(embedding=d, dropout=0.5, encoder_convolutions=2)
    texts = {
        "two texts of different length": [8, 5] if hidden else [7, 4],
        "the shorter text first": [3, 7, 5] if hidden else [3, 6],
        "more padding than any text needs": [6, 3] if hidden else [5, 3],
    }
    return [
        Case(
            name,
            probe="method",
            options={"method": "forward"},
            init={"config": config},
            args={
                "x": normal(rng, len(lengths), d, max(lengths) + 2 * name.startswith("more")),
                "lengths": torch.tensor(lengths),
            },
            grad=("x",),
            **RECURRENT,
        )
        for name, lengths in texts.items()
    ]


class EncoderVariant(tacotron2.Encoder):
    """The encoder with exchangeable parts."""

    def convolved(self, x: Tensor) -> Tensor:
        for conv in self.convolutions:
            x = F.relu(conv(x))
        return x

    def recurrent(self, x: Tensor, lengths: Tensor, sort: bool = False) -> Tensor:
        packed = nn.utils.rnn.pack_padded_sequence(
            x.mT, lengths, batch_first=True, enforce_sorted=sort
        )
        memory, _ = self.lstm(packed)
        return nn.utils.rnn.pad_packed_sequence(memory, True, total_length=x.shape[2])[0]

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        return self.recurrent(self.convolved(x), lengths)


@encoder.misconception(
    "The LSTM reads the padding too, and its backward direction starts there: pack the sentences "
    "with their lengths."
)
class PaddingRead(EncoderVariant):
    def recurrent(self, x, lengths, sort=False):
        return self.lstm(x.mT)[0]


@encoder.misconception(
    "The padding is set to zero only after the LSTM has read it: its backward direction has come "
    "from there. Pack the sentences instead."
)
class PaddingReadThenCleared(EncoderVariant):
    def recurrent(self, x, lengths, sort=False):
        inside = torch.arange(x.shape[2]) < lengths[:, None]
        return self.lstm(x.mT)[0] * inside[:, :, None]


@encoder.misconception(
    "The memory is as long as the longest text, not as the input: pass total_length when unpacking."
)
class MemoryCut(EncoderVariant):
    def recurrent(self, x, lengths, sort=False):
        return super().recurrent(x, lengths)[:, : int(lengths.max())]


@encoder.misconception(
    "Packing fails unless the texts come longest first: pass enforce_sorted=False."
)
class MustBeSorted(EncoderVariant):
    def recurrent(self, x, lengths, sort=False):
        return super().recurrent(x, lengths, sort=True)


@encoder.misconception("The ReLU after each convolution is missing.")
class EncoderLinear(EncoderVariant):
    def convolved(self, x):
        for conv in self.convolutions:
            x = conv(x)
        return x


@encoder.misconception("The encoder's convolutions are followed by ReLU; tanh is the post-net's.")
class EncoderTanh(EncoderVariant):
    def convolved(self, x):
        for conv in self.convolutions:
            x = torch.tanh(conv(x))
        return x


@encoder.misconception("Only the first convolution is used: pass x through all of them in turn.")
class FirstConvolutionOnly(EncoderVariant):
    def convolved(self, x):
        return F.relu(self.convolutions[0](x))


@encoder.also_correct
class EncoderSentenceBySentence(EncoderVariant):
    def recurrent(self, x, lengths, sort=False):
        memory = x.new_zeros(x.mT.shape)
        for row, (sentence, length) in enumerate(zip(x.mT, lengths.tolist(), strict=True)):
            memory[row, :length] = self.lstm(sentence[None, :length])[0][0]
        return memory


@encoder.also_correct
class EncoderSortedByHand(EncoderVariant):
    def recurrent(self, x, lengths, sort=False):
        order = lengths.argsort(descending=True)
        return super().recurrent(x[order], lengths[order], sort=True)[order.argsort()]


# ------------------------------------------------------------------------------ prenet

prenet = Exercise(
    id="tacotron.Prenet",
    title="Prenet",
    target=TARGET_2 + "Prenet",
    solution=tacotron2.Prenet,
    notebook=NOTEBOOK,
    todo="6.4",
    points=1,
)


@prenet.cases
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
            args={"x": normal(rng, 1, n_mels)},
            rtol=0,
            atol=0.03,
            why="means over 20 000 draws",
        ),
    ]


class PrenetVariant(tacotron2.Prenet):
    def drop(self, x: Tensor, last: bool) -> Tensor:
        return F.dropout(x, 0.5, training=True)

    def forward(self, x: Tensor) -> Tensor:
        for linear in self.layers:
            x = self.drop(F.relu(linear(x)), linear is self.layers[-1])
        return x


@prenet.misconception(
    "Dropout is off when the model speaks: Tacotron 2's prenet keeps it on (training=True), or the "
    "decoder copies its own last frame."
)
class DropoutOffInEvaluation(PrenetVariant):
    def drop(self, x, last):
        return F.dropout(x, 0.5, self.training)


@prenet.misconception("The second layer has no dropout: both have.")
class DropoutOnce(PrenetVariant):
    def drop(self, x, last):
        return x if last else super().drop(x, last)


@prenet.misconception(
    "What survives dropout is not doubled: use F.dropout, which keeps the mean as it was."
)
class DropoutUnscaled(PrenetVariant):
    def drop(self, x, last):
        return F.dropout(x, 0.5, training=True) / 2 if not last else super().drop(x, last)


@prenet.misconception("Dropout takes a tenth: the prenet's rate is 0.5.")
class DropoutTooRare(PrenetVariant):
    def drop(self, x, last):
        return F.dropout(x, 0.1, training=True)


@prenet.misconception("The ReLUs are missing.")
class PrenetLinear(PrenetVariant):
    def forward(self, x):
        for linear in self.layers:
            x = F.dropout(linear(x), 0.5, training=True)
        return x


@prenet.misconception("The last layer has no ReLU: both have.")
class LastLayerLinear(PrenetVariant):
    def forward(self, x):
        x = F.dropout(F.relu(self.layers[0](x)), 0.5, training=True)
        return F.dropout(self.layers[1](x), 0.5, training=True)


@prenet.also_correct
class PrenetDropsFirst(tacotron2.Prenet):
    """Dropout and ReLU may change places: both keep zero and scale."""

    def forward(self, x):
        for linear in self.layers:
            x = F.relu(F.dropout(linear(x), p=0.5))
        return x


@prenet.also_correct
class PrenetWithModules(tacotron2.Prenet):
    def forward(self, x):
        dropout = nn.Dropout(0.5).train()
        return dropout(self.layers[1](dropout(self.layers[0](x).clamp(min=0))).clamp(min=0))


# ------------------------------------------------------------------------------ energies

energies = Exercise(
    id="tacotron.energies",
    title="Location-sensitive energies",
    target=TARGET_2 + "LocationSensitiveAttention",
    solution=tacotron2.LocationSensitiveAttention,
    notebook=NOTEBOOK,
    todo="6.5",
    points=2,
)


@energies.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    steps, attention = (9, 5) if hidden else (7, 4)
    config = SimpleNamespace(
        decoder=5, embedding=6, attention=attention, location_filters=3, location_kernel=5
    )
    last = torch.softmax(3 * normal(rng, 2, steps), dim=-1)
    summed = last + torch.softmax(3 * normal(rng, 2, steps), dim=-1)
    query, processed = normal(rng, 2, 5), normal(rng, 2, steps, attention)
    return [
        Case(
            name,
            probe="method",
            options={"method": "energies"},
            init={"config": config},
            args={"query": query, "processed_memory": processed, "alignments": alignments},
            grad=("query", "processed_memory", "alignments"),
        )
        for name, alignments in {
            "the first step: nothing has been looked at": torch.zeros(2, 2, steps),
            "a later step": torch.stack([last, summed], dim=1),
        }.items()
    ]


class EnergiesVariant(tacotron2.LocationSensitiveAttention):
    def parts(self, query: Tensor, processed_memory: Tensor, alignments: Tensor) -> Tensor:
        location = self.location_layer(alignments)
        return self.query_layer(query)[:, None] + processed_memory + location

    def energies(self, query: Tensor, processed_memory: Tensor, alignments: Tensor) -> Tensor:
        return self.v(torch.tanh(self.parts(query, processed_memory, alignments)))[:, :, 0]


@energies.misconception("The tanh is missing: v^T tanh(W q + V h + U f).")
class EnergiesLinear(EnergiesVariant):
    def energies(self, query, processed_memory, alignments):
        return self.v(self.parts(query, processed_memory, alignments))[:, :, 0]


@energies.misconception("The tanh is outside of v: take it before the product with v.")
class TanhOutside(EnergiesVariant):
    def energies(self, query, processed_memory, alignments):
        return torch.tanh(self.v(self.parts(query, processed_memory, alignments))[:, :, 0])


@energies.misconception(
    "The location features are missing: without them equal letters have equal energies, and "
    "nothing moves forward."
)
class NoLocation(EnergiesVariant):
    def parts(self, query, processed_memory, alignments):
        return self.query_layer(query)[:, None] + processed_memory


@energies.misconception(
    "The query is missing: what the decoder wants next has to enter the energies."
)
class NoQuery(EnergiesVariant):
    def parts(self, query, processed_memory, alignments):
        return processed_memory + self.location_layer(alignments)


@energies.misconception("The memory is missing: every letter gets the same energy by content.")
class NoMemory(EnergiesVariant):
    def parts(self, query, processed_memory, alignments):
        return self.query_layer(query)[:, None] + self.location_layer(alignments)


@energies.misconception(
    "The summed weights do not enter: channel 1 of `alignments` says what was already read."
)
class NoCumulative(EnergiesVariant):
    def parts(self, query, processed_memory, alignments):
        last_only = torch.stack([alignments[:, 0], torch.zeros_like(alignments[:, 1])], dim=1)
        return super().parts(query, processed_memory, last_only)


@energies.misconception(
    "The last weights do not enter: channel 0 of `alignments` says where attention has just been."
)
class NoLastWeights(EnergiesVariant):
    def parts(self, query, processed_memory, alignments):
        summed_only = torch.stack([torch.zeros_like(alignments[:, 0]), alignments[:, 1]], dim=1)
        return super().parts(query, processed_memory, summed_only)


@energies.misconception("The two channels are exchanged: `alignments` has the right order as is.")
class ChannelsExchanged(EnergiesVariant):
    def parts(self, query, processed_memory, alignments):
        return super().parts(query, processed_memory, alignments.flip(1))


@energies.misconception(
    "The location features are added after the tanh: they belong inside, with query and memory."
)
class LocationOutsideTanh(EnergiesVariant):
    def energies(self, query, processed_memory, alignments):
        content = torch.tanh(self.query_layer(query)[:, None] + processed_memory)
        return self.v(content + self.location_layer(alignments))[:, :, 0]


@energies.misconception("The last axis of length 1 is left over: energies are (B, T_enc).")
class EnergiesNotSqueezed(EnergiesVariant):
    def energies(self, query, processed_memory, alignments):
        return super().energies(query, processed_memory, alignments).unsqueeze(2)


@energies.misconception(
    "The softmax is taken here already: return energies, `masked_softmax` comes after."
)
class EnergiesSoftmaxed(EnergiesVariant):
    def energies(self, query, processed_memory, alignments):
        return super().energies(query, processed_memory, alignments).softmax(dim=1)


@energies.also_correct
class EnergiesByProduct(EnergiesVariant):
    def energies(self, query, processed_memory, alignments):
        total = self.parts(query, processed_memory, alignments)
        return (total.tanh() * self.v.weight[0]).sum(dim=-1)


@energies.also_correct
class EnergiesLetterByLetter(EnergiesVariant):
    def energies(self, query, processed_memory, alignments):
        location, projected = self.location_layer(alignments), self.query_layer(query)
        columns = [
            self.v(torch.tanh(projected + processed_memory[:, j] + location[:, j]))
            for j in range(processed_memory.shape[1])
        ]
        return torch.cat(columns, dim=1)


# ------------------------------------------------------------------------------ one decoder step


def decoder_config(hidden: bool, **changes: Any) -> SimpleNamespace:
    """A tiny decoder; memory and energies have one size, so that mixing them up goes unnoticed."""
    numbers = {
        "n_mels": 4 if hidden else 3,
        "reduction_factor": 3 if hidden else 2,
        "embedding": 6,
        "prenet": [5, 4],
        "decoder": 5,
        "attention": 6,
        "location_filters": 2,
        "location_kernel": 3,
        "decoder_dropout": 0.1,
    }
    return SimpleNamespace(**(numbers | changes))


attend = Exercise(
    id="tacotron.attend",
    title="Attention in a decoder step",
    target=TARGET_2 + "Decoder",
    solution=tacotron2.Decoder,
    notebook=NOTEBOOK,
    todo="6.6",
    points=2,
)


@attend.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    steps, t_enc = (5, 7) if hidden else (4, 6)
    lengths = {"two texts, one of them padded": [t_enc - 2, t_enc], "one text": [t_enc]}
    return [
        Case(
            f"{steps} decoder steps, {name}",
            probe="method",
            options={"method": "unroll"},
            init={"config": decoder_config(hidden)},
            args={
                "prenet_outputs": normal(rng, len(n), steps, 4),
                "memory": 2 * normal(rng, len(n), t_enc, 6),
                "lengths": torch.tensor(n),
            },
            grad=("memory",),
            **RECURRENT,
        )
        for name, n in lengths.items()
    ]


class AttendVariant(tacotron2.Decoder):
    """One step's attention with exchangeable parts."""

    def seen(self, state: tacotron2.DecoderState) -> tuple[Tensor, Tensor]:
        return state.weights, state.weights_sum

    def weigh(self, energies: Tensor, lengths: Tensor) -> Tensor:
        return masked_softmax(energies[:, None], lengths)[:, 0]

    def average(self, weights: Tensor, memory: Tensor, processed_memory: Tensor) -> Tensor:
        return torch.einsum("bt,btd->bd", weights, memory)

    def attend(self, query, state, memory, processed_memory, lengths):
        alignments = torch.stack(self.seen(state), dim=1)
        energies = self.attention_layer.energies(query, processed_memory, alignments)
        weights = self.weigh(energies, lengths)
        return weights, self.average(weights, memory, processed_memory)


@attend.misconception(
    "The padding gets attention: use masked_softmax with the lengths, not a plain softmax."
)
class PaddingAttended(AttendVariant):
    def weigh(self, energies, lengths):
        return energies.softmax(dim=1)


@attend.misconception("The last weights stand in both channels: the second is state.weights_sum.")
class SumForgotten(AttendVariant):
    def seen(self, state):
        return state.weights, state.weights


@attend.misconception("The summed weights stand in both channels: the first is state.weights.")
class LastForgotten(AttendVariant):
    def seen(self, state):
        return state.weights_sum, state.weights_sum


@attend.misconception("The channels are exchanged: the last weights first, then their sum.")
class SumFirst(AttendVariant):
    def seen(self, state):
        return state.weights_sum, state.weights


@attend.misconception(
    "The decoder does not know where it has looked: pass the state's weights, not zeros."
)
class NothingSeen(AttendVariant):
    def seen(self, state):
        return torch.zeros_like(state.weights), torch.zeros_like(state.weights)


@attend.misconception(
    "The context averages the projected memory: average `memory`; V h is for the energies only."
)
class ContextOfProjection(AttendVariant):
    def average(self, weights, memory, processed_memory):
        return super().average(weights, processed_memory, processed_memory)


@attend.misconception(
    "The context is the memory of the likeliest letter: average all letters by their weights, the "
    "choice of one has no gradient."
)
class ContextOfPeak(AttendVariant):
    def average(self, weights, memory, processed_memory):
        return memory[torch.arange(len(memory)), weights.argmax(dim=1)]


@attend.misconception("The attention is detached: without a gradient it can't learn where to look.")
class AttentionDetached(AttendVariant):
    def average(self, weights, memory, processed_memory):
        return super().average(weights.detach(), memory, processed_memory)


@attend.also_correct
class AttendByBmm(AttendVariant):
    def average(self, weights, memory, processed_memory):
        return torch.bmm(weights.unsqueeze(1), memory)[:, 0]


@attend.also_correct
class AttendWithFill(AttendVariant):
    def weigh(self, energies, lengths):
        outside = torch.arange(energies.shape[1]) >= lengths[:, None]
        return energies.masked_fill(outside, -1e9).softmax(dim=1)


# ------------------------------------------------------------------------------ teacher forcing

teacher_forcing = Exercise(
    id="tacotron.teacher_forcing",
    title="Teacher forcing",
    target=TARGET_2 + "Decoder",
    solution=tacotron2.Decoder,
    notebook=NOTEBOOK,
    todo="6.7",
    points=2,
)


@teacher_forcing.cases
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
                "mel": 2 * normal(rng, 2, 4 if hidden else 3, 4 * r),
                "lengths": torch.tensor([5, 3]),
            },
            grad=("mel",),
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


@teacher_forcing.misconception(
    "The shift is missing: the decoder is given the very frames that it should predict. Step i "
    "gets the frame of step i - 1, the first one a zero frame."
)
class NotShifted(ForcedVariant):
    def fed(self, mel, r):
        return mel[:, :, r - 1 :: r]


@teacher_forcing.misconception(
    "The first frame of each group is fed back: take the last one, mel[:, :, r - 1 :: r]; it is "
    "the newest."
)
class FirstOfGroup(ForcedVariant):
    def fed(self, mel, r):
        return F.pad(mel[:, :, ::r], (1, 0))[:, :, :-1]


@teacher_forcing.misconception("The group's mean is fed back: feed back its last frame.")
class MeanOfGroup(ForcedVariant):
    def fed(self, mel, r):
        return F.pad(mel.unflatten(2, (-1, r)).mean(dim=3), (1, 0))[:, :, :-1]


@teacher_forcing.misconception(
    "The frames are moved by one frame before every r-th is taken: the decoder sees a frame of its "
    "own group. Take the frames first, then move them by a step."
)
class ShiftedByAFrame(ForcedVariant):
    def fed(self, mel, r):
        return F.pad(mel, (1, 0))[:, :, :-1][:, :, r - 1 :: r]


@teacher_forcing.misconception(
    "The first step gets the first true frame: at the start nothing is known, feed a zero frame."
)
class TrueFrameFirst(ForcedVariant):
    def fed(self, mel, r):
        last = mel[:, :, r - 1 :: r]
        return torch.cat([last[:, :, :1], last[:, :, :-1]], dim=2)


@teacher_forcing.misconception(
    "The frames are moved in the other direction: step i is given the frame of step i + 1."
)
class ShiftedToTheFuture(ForcedVariant):
    def fed(self, mel, r):
        return F.pad(mel[:, :, r - 1 :: r], (0, 1))[:, :, 1:]


@teacher_forcing.misconception(
    "The last group is fed in too, so there is one decoder step too many: drop it, nothing follows."
)
class OneStepTooMany(ForcedVariant):
    def fed(self, mel, r):
        return F.pad(mel[:, :, r - 1 :: r], (1, 0))


@teacher_forcing.also_correct
class ForcedByCat(ForcedVariant):
    def fed(self, mel, r):
        groups = mel.unflatten(2, (-1, r))[..., -1]
        return torch.cat([torch.zeros_like(groups[:, :, :1]), groups[:, :, :-1]], dim=2)


@teacher_forcing.also_correct
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


# ------------------------------------------------------------------------------ free running

free_running = Exercise(
    id="tacotron.free_running",
    title="Free running",
    target=TARGET_2 + "Decoder",
    solution=tacotron2.Decoder,
    notebook=NOTEBOOK,
    todo="6.8",
    points=2,
)
MOST_STEPS = 9


@free_running.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    config = decoder_config(hidden)
    some, none = range(3, MOST_STEPS - 2), range(MOST_STEPS, MOST_STEPS + 1)
    hesitant = memory_that_stops(rng, config, some, (0.02, 0.48))
    decided = memory_that_stops(rng, config, range(1, 3), (0.55, 9.0))
    endless = memory_that_stops(rng, config, none, (-9.0, -0.02))
    return [
        Case(
            name,
            probe="method",
            options={"method": "infer"},
            init={"config": config},
            args={"memory": memory, "lengths": torch.tensor([5]), "max_steps": most},
            **RECURRENT,
        )
        for name, memory, most in (
            ("the gate opens a little after some steps", hesitant, MOST_STEPS),
            ("the gate opens wide at once", decided, MOST_STEPS),
            ("max_steps come first", hesitant, 2),
            ("the gate stays shut", endless, MOST_STEPS),
        )
    ]


def memory_that_stops(
    rng: np.random.Generator,
    config: SimpleNamespace,
    steps: range,
    last_logit: tuple[float, float],
) -> Tensor:
    """Draw memories until the decoder takes so many steps, with such a stop logit at the end."""
    for _ in range(3000):
        memory = 2 * normal(rng, 1, 5, 6)
        case = Case(
            "",
            probe="method",
            options={"method": "infer"},
            init={"config": config},
            args={"memory": memory, "lengths": torch.tensor([5]), "max_steps": MOST_STEPS},
        )
        _, gates, _ = run_case(tacotron2.Decoder, case).value
        low, high = last_logit
        if gates.shape[1] in steps and low < gates[0, -1] < high and gates.abs().min() > 0.02:
            return memory
    raise RuntimeError(f"no memory stops the decoder after {steps} steps")


class FreeVariant(tacotron2.Decoder):
    """Free running with exchangeable parts."""

    def stops(self, gate: Tensor) -> bool:
        return bool(torch.sigmoid(gate) > GATE_THRESHOLD)

    def fed(self, frames: Tensor) -> Tensor:
        return frames[:, -self.config.n_mels :]

    def carry(self, new: Any, old: Any) -> Any:
        return new

    def infer(self, memory, lengths, max_steps):
        frame = memory.new_zeros(1, self.config.n_mels)
        state, processed = self.initial_state(memory), self.attention_layer.memory_layer(memory)
        steps: list[tuple[Tensor, Tensor, Tensor]] = []
        while len(steps) < max_steps:
            frames, gate, new = self.step(self.prenet(frame), state, memory, processed, lengths)
            steps.append((frames, gate, new.weights))
            if self.stops(gate):
                break
            frame, state = self.fed(frames), self.carry(new, state)
        return self.join(steps)


@free_running.misconception(
    "It never stops by itself: end the loop when the gate's sigmoid is above GATE_THRESHOLD."
)
class NeverStops(FreeVariant):
    def stops(self, gate):
        return False


@free_running.misconception(
    "The logit is compared with the threshold, not its sigmoid: 0.5 is a probability."
)
class LogitCompared(FreeVariant):
    def stops(self, gate):
        return bool(gate > GATE_THRESHOLD)


@free_running.misconception("It stops while the gate is shut: stop when it is above the threshold.")
class StopsWhenShut(FreeVariant):
    def stops(self, gate):
        return not super().stops(gate)


@free_running.misconception(
    "The first frame of the group is fed back: take the last n_mels numbers, frames[:, -n_mels:]."
)
class FeedsFirstFrame(FreeVariant):
    def fed(self, frames):
        return frames[:, : self.config.n_mels]


@free_running.misconception("The zero frame is fed again and again: feed back the newest frame.")
class FeedsZeros(FreeVariant):
    def fed(self, frames):
        return torch.zeros_like(super().fed(frames))


@free_running.misconception(
    "Every step starts from the initial state: keep the state that `step` returns."
)
class ForgetsState(FreeVariant):
    def carry(self, new, old):
        return old


@free_running.misconception(
    "The frames of the step at which the gate opens are lost: append them, then stop."
)
class LosesLastFrames(FreeVariant):
    def infer(self, memory, lengths, max_steps):
        mel, gates, weights = super().infer(memory, lengths, max_steps)
        if len(gates[0]) == max_steps and not self.stops(gates[0, -1]):
            return mel, gates, weights
        return mel[:, :, : -self.config.reduction_factor], gates[:, :-1], weights[:, :-1]


@free_running.misconception(
    "max_steps is not kept to: a model that never opens its gate would speak for ever."
)
class IgnoresMostSteps(FreeVariant):
    def infer(self, memory, lengths, max_steps):
        return super().infer(memory, lengths, MOST_STEPS)


@free_running.also_correct
class FreeByLogitSign(FreeVariant):
    """sigmoid(x) > 0.5 is x > 0."""

    def stops(self, gate):
        return gate.item() > 0


@free_running.also_correct
class FreeByReshape(FreeVariant):
    def fed(self, frames):
        return frames.reshape(1, self.config.reduction_factor, -1)[:, -1]


# ------------------------------------------------------------------------------ post-net

postnet = Exercise(
    id="tacotron.Postnet",
    title="Post-net",
    target=TARGET_2 + "Postnet",
    solution=tacotron2.Postnet,
    notebook=NOTEBOOK,
    todo="6.9",
    points=1,
)


@postnet.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    n_mels, layers, frames = (4, 4, 9) if hidden else (3, 3, 7)
    config = SimpleNamespace(n_mels=n_mels, postnet=5, postnet_convolutions=layers, dropout=0.5)
    return [
        Case(
            "a batch, with gradient",
            probe="method",
            options={"method": "forward"},
            init={"config": config},
            args={"x": 2 * normal(rng, 2, n_mels, frames)},
            grad=("x",),
            **RECURRENT,
        ),
        Case(
            "a single frame",
            probe="method",
            options={"method": "forward"},
            init={"config": config},
            args={"x": 5 * normal(rng, 1, n_mels, 1)},
            **RECURRENT,
        ),
    ]


class PostnetVariant(tacotron2.Postnet):
    def activate(self, x: Tensor, is_last: bool) -> Tensor:
        return x if is_last else torch.tanh(x)

    def forward(self, x: Tensor) -> Tensor:
        for conv in self.convolutions:
            x = self.activate(conv(x), conv is self.convolutions[-1])
        return x


@postnet.misconception(
    "The last convolution has a tanh too: then it could correct log magnitudes by at most one."
)
class TanhOnLast(PostnetVariant):
    def activate(self, x, is_last):
        return torch.tanh(x)


@postnet.misconception("The tanh is missing: without it, the convolutions are one linear filter.")
class PostnetLinear(PostnetVariant):
    def activate(self, x, is_last):
        return x


@postnet.misconception("The post-net uses tanh; ReLU is the encoder's.")
class PostnetReLU(PostnetVariant):
    def activate(self, x, is_last):
        return x if is_last else F.relu(x)


@postnet.misconception(
    "The input is added here already: return the residual only, Tacotron2.forward adds the mel."
)
class ResidualAddedTwice(PostnetVariant):
    def forward(self, x):
        return x + super().forward(x)


@postnet.misconception("The tanh comes before each convolution: it comes after its batch norm.")
class TanhBefore(PostnetVariant):
    def forward(self, x):
        for conv in self.convolutions:
            x = conv(x if conv is self.convolutions[0] else torch.tanh(torch.tanh(x)))
        return x


@postnet.also_correct
class PostnetSplit(tacotron2.Postnet):
    def forward(self, x):
        *inner, last = self.convolutions
        for conv in inner:
            x = F.dropout(conv(x).tanh(), self.dropout, self.training)
        return F.dropout(last(x), self.dropout, self.training)


@postnet.also_correct
class PostnetBySigmoid(PostnetVariant):
    def activate(self, x, is_last):
        return x if is_last else 2 * torch.sigmoid(2 * x) - 1
