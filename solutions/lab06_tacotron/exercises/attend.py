"""Attention in a decoder step."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import tacotron2
from ...exercise_lib.attention import masked_softmax
from .shared import RECURRENT, decoder_config

exercise = Exercise(
    id="tacotron.attend",
    title="Attention in a decoder step",
    target="exercise_lib.tacotron2:Decoder",
    solution=tacotron2.Decoder,
    todo="6.6",
    points=2,
    difficulty=2,
    minutes=10,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    steps, t_enc = (4, 6) if hidden else (3, 5)
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
            weight=1.0 if len(n) > 1 else 0.5,
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


@exercise.misconception(
    "The padding gets attention: use masked_softmax with the lengths, not a plain softmax."
)
class PaddingAttended(AttendVariant):
    def weigh(self, energies, lengths):
        return energies.softmax(dim=1)


@exercise.misconception("The last weights stand in both channels: the second is state.weights_sum.")
class SumForgotten(AttendVariant):
    def seen(self, state):
        return state.weights, state.weights


@exercise.misconception("The summed weights stand in both channels: the first is state.weights.")
class LastForgotten(AttendVariant):
    def seen(self, state):
        return state.weights_sum, state.weights_sum


@exercise.misconception("The channels are exchanged: the last weights first, then their sum.")
class SumFirst(AttendVariant):
    def seen(self, state):
        return state.weights_sum, state.weights


@exercise.misconception(
    "The decoder does not know where it has looked: pass the state's weights, not zeros."
)
class NothingSeen(AttendVariant):
    def seen(self, state):
        return torch.zeros_like(state.weights), torch.zeros_like(state.weights)


@exercise.misconception(
    "The context averages the projected memory: average `memory`; V h is for the energies only."
)
class ContextOfProjection(AttendVariant):
    def average(self, weights, memory, processed_memory):
        return super().average(weights, processed_memory, processed_memory)


@exercise.misconception(
    "The context is the memory of the likeliest letter: average all letters by their weights, the "
    "choice of one has no gradient."
)
class ContextOfPeak(AttendVariant):
    def average(self, weights, memory, processed_memory):
        return memory[torch.arange(len(memory)), weights.argmax(dim=1)]


@exercise.misconception(
    "The attention is detached: without a gradient it can't learn where to look."
)
class AttentionDetached(AttendVariant):
    def average(self, weights, memory, processed_memory):
        return super().average(weights.detach(), memory, processed_memory)


@exercise.misconception("The summed weights are missing: the second channel is state.weights_sum.")
class NoSum(AttendVariant):
    def seen(self, state):
        return state.weights, torch.zeros_like(state.weights)


@exercise.misconception("The last weights are missing: the first channel is state.weights.")
class OnlySum(AttendVariant):
    def seen(self, state):
        return torch.zeros_like(state.weights), state.weights_sum


@exercise.misconception(
    "You mask after the softmax: what is left no longer sums to one. Use masked_softmax."
)
class PaddingZeroedAfter(AttendVariant):
    def weigh(self, energies, lengths):
        inside = torch.arange(energies.shape[1]) < lengths[:, None]
        return energies.softmax(dim=1) * inside


@exercise.misconception("The weights are not a softmax: they are positive and sum to one.")
class EnergiesAsWeights(AttendVariant):
    def weigh(self, energies, lengths):
        return energies


@exercise.neighbour(EnergiesAsWeights)
class SigmoidWeights(AttendVariant):
    def weigh(self, energies, lengths):
        inside = torch.arange(energies.shape[1]) < lengths[:, None]
        return energies.sigmoid() * inside


@exercise.misconception("The context is the plain mean of the memory: weigh it by the attention.")
class PlainMean(AttendVariant):
    def average(self, weights, memory, processed_memory):
        return memory.mean(1)


@exercise.misconception("You divide by the number of letters too: the weights already sum to one.")
class MeanOfWeighted(AttendVariant):
    def average(self, weights, memory, processed_memory):
        return super().average(weights, memory, processed_memory) / memory.shape[1]


@exercise.misconception("The results are exchanged: weights first, then the context.")
class ContextFirst(AttendVariant):
    def attend(self, query, state, memory, processed_memory, lengths):
        weights, context = super().attend(query, state, memory, processed_memory, lengths)
        return context, weights


@exercise.misconception("The energies read the raw memory: V h, `processed_memory`, is for them.")
class EnergiesOfMemory(AttendVariant):
    def attend(self, query, state, memory, processed_memory, lengths):
        weights, _ = super().attend(query, state, memory, memory, lengths)
        return weights, self.average(weights, memory, processed_memory)


@exercise.misconception("What was seen is detached: attention learns from where it has been.")
class SeenDetached(AttendVariant):
    def seen(self, state):
        return state.weights.detach(), state.weights_sum.detach()


@exercise.misconception(
    "You add the new weights to the state: `step` does that, so they count twice."
)
class SumTakenTwice(AttendVariant):
    def attend(self, query, state, memory, processed_memory, lengths):
        weights, context = super().attend(query, state, memory, processed_memory, lengths)
        state.weights_sum = state.weights_sum + weights
        return weights, context


@exercise.misconception(
    "The context is that of the step before: average the memory with the new weights."
)
class ContextOfTheStepBefore(AttendVariant):
    def attend(self, query, state, memory, processed_memory, lengths):
        weights, _ = super().attend(query, state, memory, processed_memory, lengths)
        return weights, self.average(state.weights, memory, processed_memory)


@exercise.misconception(
    "squeeze() without an axis drops the batch where it holds one text: name the axis, squeeze(1)."
)
class BatchOfOneLost(AttendVariant):
    def attend(self, query, state, memory, processed_memory, lengths):
        found = super().attend(query, state, memory, processed_memory, lengths)
        return tuple(it.squeeze() for it in found)


@exercise.also_correct
class AttendByBmm(AttendVariant):
    def average(self, weights, memory, processed_memory):
        return torch.bmm(weights.unsqueeze(1), memory)[:, 0]


@exercise.also_correct
class AttendWithFill(AttendVariant):
    def weigh(self, energies, lengths):
        outside = torch.arange(energies.shape[1]) >= lengths[:, None]
        return energies.masked_fill(outside, -1e9).softmax(dim=1)
