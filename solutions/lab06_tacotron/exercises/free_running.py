"""Free running."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from autograder.draws import normal
from autograder.exercise import Exercise
from exercise_lib.check.case import Case
from exercise_lib.check.parameters import fill_parameters
from exercise_lib.check.probes.method import EvenDropout

from ...exercise_lib import tacotron2
from ...exercise_lib.tacotron2 import GATE_THRESHOLD
from .shared import RECURRENT, decoder_config

exercise = Exercise(
    id="tacotron.free_running",
    title="Free running",
    target="exercise_lib.tacotron2:Decoder",
    solution=tacotron2.Decoder,
    todo="6.8",
    points=2,
    difficulty=2,
    minutes=10,
)


MOST_STEPS = 6


@exercise.cases
def _(rng: np.random.Generator, hidden: bool) -> list[Case]:
    config = decoder_config(hidden)
    hesitant, decided, endless = memories_that_stop(
        rng,
        config,
        (range(3, MOST_STEPS), (0.02, 0.48)),
        (range(1, 3), (0.55, 9.0)),
        (range(MOST_STEPS, MOST_STEPS + 1), (-9.0, -0.02)),
    )
    return [
        Case(
            name,
            probe="method",
            options={"method": "infer"},
            init={"config": config},
            args={"memory": memory, "lengths": torch.tensor([5]), "max_steps": most},
            weight=1.0 if memory is hesitant else 0.5,
            **RECURRENT,
        )
        for name, memory, most in (
            ("the gate opens a little after some steps", hesitant, MOST_STEPS),
            ("the gate opens wide at once", decided, MOST_STEPS),
            ("max_steps come first", hesitant, 2),
            ("the gate stays shut", endless, MOST_STEPS),
        )
    ]


def memories_that_stop(
    rng: np.random.Generator, config: SimpleNamespace, *wanted: tuple[range, tuple[float, float]]
) -> list[Tensor]:
    """Draw memories until for each wish one stops the decoder.

    Args: wanted: the steps it may take, and between what the stop logit is at the last one.
    """
    decoder = tacotron2.Decoder(config).eval()
    fill_parameters(decoder)
    found: dict[int, Tensor] = {}
    for _ in range(30):
        memories = 2 * normal(rng, 100, 5, 6)
        for memory, gates in zip(memories.split(1), stop_logits(decoder, memories), strict=True):
            for number, (steps, (low, high)) in enumerate(wanted):
                fits = len(gates) in steps and low < gates[-1] < high
                if fits and gates.abs().min() > 0.02:
                    found.setdefault(number, memory)
        if len(found) == len(wanted):
            return [found[number] for number in range(len(wanted))]
    raise RuntimeError("no memory stops the decoder as it is wanted to")


def stop_logits(decoder: tacotron2.Decoder, memories: Tensor) -> list[Tensor]:
    """Return the stop logits of free running from each memory: of its steps, MOST_STEPS at most.

    All memories are decoded together, which takes a tenth of the time.
    """
    n_mels, lengths = decoder.config.n_mels, torch.full((len(memories),), memories.shape[1])
    frame = memories.new_zeros(len(memories), n_mels)
    state, processed = (
        decoder.initial_state(memories),
        decoder.attention_layer.memory_layer(memories),
    )
    gates = []
    with EvenDropout(), torch.no_grad():
        for _ in range(MOST_STEPS):
            frames, gate, state = decoder.step(
                decoder.prenet(frame), state, memories, processed, lengths
            )
            gates.append(gate)
            frame = frames[:, -n_mels:]
    goes_on = torch.sigmoid(torch.cat(gates, dim=1)) <= GATE_THRESHOLD
    steps = 1 + goes_on[:, :-1].cumprod(dim=1).sum(dim=1)
    return [row[:count] for row, count in zip(torch.cat(gates, dim=1), steps, strict=True)]


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


@exercise.misconception(
    "It never stops by itself: end the loop when the gate's sigmoid is above GATE_THRESHOLD."
)
class NeverStops(FreeVariant):
    def stops(self, gate):
        return False


@exercise.misconception(
    "The logit is compared with the threshold, not its sigmoid: 0.5 is a probability."
)
class LogitCompared(FreeVariant):
    def stops(self, gate):
        return bool(gate > GATE_THRESHOLD)


@exercise.misconception("It stops while the gate is shut: stop when it is above the threshold.")
class StopsWhenShut(FreeVariant):
    def stops(self, gate):
        return not super().stops(gate)


@exercise.misconception(
    "The first frame of the group is fed back: take the last n_mels numbers, frames[:, -n_mels:]."
)
class FeedsFirstFrame(FreeVariant):
    def fed(self, frames):
        return frames[:, : self.config.n_mels]


@exercise.misconception("The zero frame is fed again and again: feed back the newest frame.")
class FeedsZeros(FreeVariant):
    def fed(self, frames):
        return torch.zeros_like(super().fed(frames))


@exercise.misconception(
    "Every step starts from the initial state: keep the state that `step` returns."
)
class ForgetsState(FreeVariant):
    def carry(self, new, old):
        return old


@exercise.misconception(
    "The frames of the step at which the gate opens are lost: append them, then stop."
)
class LosesLastFrames(FreeVariant):
    def infer(self, memory, lengths, max_steps):
        mel, gates, weights = super().infer(memory, lengths, max_steps)
        if len(gates[0]) == max_steps and not self.stops(gates[0, -1]):
            return mel, gates, weights
        return mel[:, :, : -self.config.reduction_factor], gates[:, :-1], weights[:, :-1]


@exercise.misconception(
    "max_steps is not kept to: a model that never opens its gate would speak for ever."
)
class IgnoresMostSteps(FreeVariant):
    def infer(self, memory, lengths, max_steps):
        return super().infer(memory, lengths, MOST_STEPS)


@exercise.misconception("The number of steps is off by one: max_steps is the largest.")
class OneStepLess(FreeVariant):
    def infer(self, memory, lengths, max_steps):
        return super().infer(memory, lengths, max_steps - 1)


@exercise.neighbour(OneStepLess)
class OneStepMore(FreeVariant):
    def infer(self, memory, lengths, max_steps):
        return super().infer(memory, lengths, max_steps + 1)


@exercise.misconception("The step whose gate opens is thrown away: keep its frames, then stop.")
class LastStepLost(FreeVariant):
    def join(self, steps):
        opened = bool(steps) and self.stops(steps[-1][1])
        return super().join(steps[:-1] if opened else steps)


@exercise.misconception("It stops one step after the gate has opened: stop in the same step.")
class StopsLater(FreeVariant):
    def infer(self, memory, lengths, max_steps):
        self.opened = False
        return super().infer(memory, lengths, max_steps)

    def stops(self, gate):
        was, self.opened = self.opened, super().stops(gate)
        return was


@exercise.misconception("The mean of the group is fed back: feed back its last frame.")
class FeedsMean(FreeVariant):
    def fed(self, frames):
        return frames.unflatten(1, (-1, self.config.n_mels)).mean(1)


@exercise.misconception("The threshold is another: GATE_THRESHOLD, 0.5.")
class LowThreshold(FreeVariant):
    def stops(self, gate):
        return bool(torch.sigmoid(gate) > 0.1)


@exercise.misconception(
    "The group is taken apart the wrong way: its frames lie one after the other, the newest in the "
    "last n_mels numbers."
)
class FeedsEveryOther(FreeVariant):
    def fed(self, frames):
        return frames.unflatten(1, (self.config.n_mels, -1))[:, :, -1]


@exercise.misconception(
    "The weights of the step before are kept: take those of the state that `step` returns."
)
class KeepsOldWeights(FreeVariant):
    def join(self, steps):
        mel, gates, weights = super().join(steps)
        return mel, gates, F.pad(weights, (0, 0, 1, -1))


@exercise.also_correct
class FreeByLogitSign(FreeVariant):
    """sigmoid(x) > 0.5 is x > 0."""

    def stops(self, gate):
        return gate.item() > 0


@exercise.also_correct
class FreeByReshape(FreeVariant):
    def fed(self, frames):
        return frames.reshape(1, self.config.reduction_factor, -1)[:, -1]


@exercise.also_correct
class FreeWithoutGradients(tacotron2.Decoder):
    @torch.no_grad()
    def infer(self, memory, lengths, most):
        frame, steps = torch.zeros(1, self.config.n_mels), []
        state, processed = self.initial_state(memory), self.attention_layer.memory_layer(memory)
        while True:
            frames, gate, state = self.step(self.prenet(frame), state, memory, processed, lengths)
            steps.append((frames, gate, state.weights))
            if gate.item() > 0 or len(steps) == most:
                return self.join(steps)
            frame = frames.unflatten(1, (-1, self.config.n_mels))[:, -1]
