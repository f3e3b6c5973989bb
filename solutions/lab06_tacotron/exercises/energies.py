"""Location-sensitive energies."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import torch
from torch import Tensor

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case

from ...exercise_lib import tacotron2

exercise = Exercise(
    id="tacotron.energies",
    title="Location-sensitive energies",
    target="exercise_lib.tacotron2:LocationSensitiveAttention",
    solution=tacotron2.LocationSensitiveAttention,
    todo="6.5",
    points=2,
    difficulty=3,
    minutes=15,
)


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    steps, attention = (9, 5) if hidden else (7, 4)
    config = SimpleNamespace(
        decoder=5, embedding=6, attention=attention, location_filters=3, location_kernel=5
    )
    last = torch.softmax(3 * normal(rng, 2, steps), dim=-1)
    summed = last + torch.softmax(3 * normal(rng, 2, steps), dim=-1)
    query, processed = normal(rng, 2, 5), normal(rng, 2, steps, attention)
    later = torch.stack([last, summed], dim=1)
    return [
        Case(
            name,
            probe="method",
            options={"method": "energies"},
            init={"config": config},
            args={
                "query": query[:n],
                "processed_memory": processed[:n],
                "alignments": alignments[:n],
            },
            grad=("query", "processed_memory", "alignments"),
        )
        for name, n, alignments in (
            ("the first step: nothing has been looked at", 2, torch.zeros(2, 2, steps)),
            ("a later step", 2, later),
            ("one sentence", 1, later),
        )
    ]


class EnergiesVariant(tacotron2.LocationSensitiveAttention):
    def parts(self, query: Tensor, processed_memory: Tensor, alignments: Tensor) -> Tensor:
        location = self.location_layer(alignments)
        return self.query_layer(query)[:, None] + processed_memory + location

    def energies(self, query: Tensor, processed_memory: Tensor, alignments: Tensor) -> Tensor:
        return self.v(torch.tanh(self.parts(query, processed_memory, alignments)))[:, :, 0]


@exercise.misconception("The tanh is missing: v^T tanh(W q + V h + U f).")
class EnergiesLinear(EnergiesVariant):
    def energies(self, query, processed_memory, alignments):
        return self.v(self.parts(query, processed_memory, alignments))[:, :, 0]


@exercise.misconception("The tanh is outside of v: take it before the product with v.")
class TanhOutside(EnergiesVariant):
    def energies(self, query, processed_memory, alignments):
        return torch.tanh(self.v(self.parts(query, processed_memory, alignments))[:, :, 0])


@exercise.misconception(
    "The location features are missing: without them equal letters have equal energies, and "
    "nothing moves forward."
)
class NoLocation(EnergiesVariant):
    def parts(self, query, processed_memory, alignments):
        return self.query_layer(query)[:, None] + processed_memory


@exercise.misconception(
    "The query is missing: what the decoder wants next has to enter the energies."
)
class NoQuery(EnergiesVariant):
    def parts(self, query, processed_memory, alignments):
        return processed_memory + self.location_layer(alignments)


@exercise.misconception("The memory is missing: every letter gets the same energy by content.")
class NoMemory(EnergiesVariant):
    def parts(self, query, processed_memory, alignments):
        return self.query_layer(query)[:, None] + self.location_layer(alignments)


@exercise.misconception(
    "The summed weights do not enter: channel 1 of `alignments` says what was already read."
)
class NoCumulative(EnergiesVariant):
    def parts(self, query, processed_memory, alignments):
        last_only = torch.stack([alignments[:, 0], torch.zeros_like(alignments[:, 1])], dim=1)
        return super().parts(query, processed_memory, last_only)


@exercise.misconception(
    "The last weights do not enter: channel 0 of `alignments` says where attention has just been."
)
class NoLastWeights(EnergiesVariant):
    def parts(self, query, processed_memory, alignments):
        summed_only = torch.stack([torch.zeros_like(alignments[:, 0]), alignments[:, 1]], dim=1)
        return super().parts(query, processed_memory, summed_only)


@exercise.misconception("The two channels are exchanged: `alignments` has the right order as is.")
class ChannelsExchanged(EnergiesVariant):
    def parts(self, query, processed_memory, alignments):
        return super().parts(query, processed_memory, alignments.flip(1))


@exercise.misconception(
    "The location features are added after the tanh: they belong inside, with query and memory."
)
class LocationOutsideTanh(EnergiesVariant):
    def energies(self, query, processed_memory, alignments):
        content = torch.tanh(self.query_layer(query)[:, None] + processed_memory)
        return self.v(content + self.location_layer(alignments))[:, :, 0]


@exercise.misconception("The last axis of length 1 is left over: energies are (B, T_enc).")
class EnergiesNotSqueezed(EnergiesVariant):
    def energies(self, query, processed_memory, alignments):
        return super().energies(query, processed_memory, alignments).unsqueeze(2)


@exercise.misconception(
    "The softmax is taken here already: return energies, `masked_softmax` comes after."
)
class EnergiesSoftmaxed(EnergiesVariant):
    def energies(self, query, processed_memory, alignments):
        return super().energies(query, processed_memory, alignments).softmax(dim=1)


@exercise.neighbour(EnergiesSoftmaxed)
class EnergiesLogSoftmaxed(EnergiesVariant):
    def energies(self, query, processed_memory, alignments):
        return super().energies(query, processed_memory, alignments).log_softmax(dim=1)


@exercise.misconception("A sigmoid or a ReLU stands where the equation has a tanh.")
class EnergiesSigmoid(EnergiesVariant):
    def energies(self, query, processed_memory, alignments):
        total = self.parts(query, processed_memory, alignments)
        return self.v(torch.sigmoid(total))[:, :, 0]


@exercise.neighbour(EnergiesSigmoid)
class EnergiesReLU(EnergiesVariant):
    def energies(self, query, processed_memory, alignments):
        total = self.parts(query, processed_memory, alignments)
        return self.v(torch.relu(total))[:, :, 0]


@exercise.misconception("The tanh is taken of one part, or of each: take it of their sum.")
class TanhOfEachPart(EnergiesVariant):
    def energies(self, query, processed_memory, alignments):
        parts = (
            self.query_layer(query)[:, None],
            processed_memory,
            self.location_layer(alignments),
        )
        return self.v(sum(torch.tanh(it) for it in parts))[:, :, 0]


@exercise.neighbour(TanhOfEachPart)
class TanhOfLocation(EnergiesVariant):
    def parts(self, query, processed_memory, alignments):
        location = torch.tanh(self.location_layer(alignments))
        return self.query_layer(query)[:, None] + processed_memory + location


@exercise.neighbour(TanhOfEachPart)
class TanhOfQuery(EnergiesVariant):
    def parts(self, query, processed_memory, alignments):
        projected = torch.tanh(self.query_layer(query))
        return projected[:, None] + processed_memory + self.location_layer(alignments)


@exercise.misconception("The features are summed without v: v says which of them matter.")
class EnergiesWithoutV(EnergiesVariant):
    def energies(self, query, processed_memory, alignments):
        return torch.tanh(self.parts(query, processed_memory, alignments)).sum(-1)


@exercise.misconception("The parts are multiplied: they are added.")
class PartsMultiplied(EnergiesVariant):
    def parts(self, query, processed_memory, alignments):
        location = self.location_layer(alignments)
        return self.query_layer(query)[:, None] * processed_memory + location


@exercise.neighbour(PartsMultiplied)
class AllPartsMultiplied(EnergiesVariant):
    def parts(self, query, processed_memory, alignments):
        location = self.location_layer(alignments)
        return self.query_layer(query)[:, None] * processed_memory * location


@exercise.misconception("A part is subtracted: query, memory and location are added.")
class LocationSubtracted(EnergiesVariant):
    def parts(self, query, processed_memory, alignments):
        location = self.location_layer(alignments)
        return self.query_layer(query)[:, None] + processed_memory - location


@exercise.neighbour(LocationSubtracted)
class QuerySubtracted(EnergiesVariant):
    def parts(self, query, processed_memory, alignments):
        location = self.location_layer(alignments)
        return processed_memory + location - self.query_layer(query)[:, None]


@exercise.misconception("The alignments are detached: their gradient teaches the location filters.")
class AlignmentsDetached(EnergiesVariant):
    def parts(self, query, processed_memory, alignments):
        return super().parts(query, processed_memory, alignments.detach())


@exercise.also_correct
class EnergiesByProduct(EnergiesVariant):
    def energies(self, query, processed_memory, alignments):
        total = self.parts(query, processed_memory, alignments)
        return (total.tanh() * self.v.weight[0]).sum(dim=-1)


@exercise.also_correct
class EnergiesLetterByLetter(EnergiesVariant):
    def energies(self, query, processed_memory, alignments):
        location, projected = self.location_layer(alignments), self.query_layer(query)
        columns = [
            self.v(torch.tanh(projected + processed_memory[:, j] + location[:, j]))
            for j in range(processed_memory.shape[1])
        ]
        return torch.cat(columns, dim=1)
