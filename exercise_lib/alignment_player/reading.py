"""Read a text with a Tacotron, decoder step by decoder step, whole or with its attention broken."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from exercise_lib.models.students import StudentModule

if TYPE_CHECKING:
    from exercise_lib import tacotron2
else:
    tacotron2 = StudentModule("tacotron2")


@dataclass(frozen=True)
class DecoderStep:
    """What one step of the decoder gives."""

    frames: Tensor  # (n_mels, r) normalised log-mel, before the post-net
    weights: Tensor  # (T_enc,) attention
    stops: bool  # the gate says that the sentence is read


@torch.inference_mode()
def decode(model: tacotron2.Tacotron2, tokens: Tensor, max_steps: int) -> Iterator[DecoderStep]:
    """Decode free running, as `Tacotron2.infer` does, and hand over every step when it is made.

    Args:
        tokens: one sentence, `(T_enc,)`.
        max_steps: decoder steps after which it is stopped.
    """
    decoder, n_mels = model.decoder, model.config.n_mels
    lengths = torch.tensor([len(tokens)])
    memory = model.encode(tokens[None], lengths)  # (1, T_enc, embedding)
    processed = decoder.attention_layer.memory_layer(memory)
    state, frame = decoder.initial_state(memory), memory.new_zeros(1, n_mels)
    for _ in range(max_steps):
        fed_back = decoder.prenet(frame)
        frames, gate, state = decoder.step(fed_back, state, memory, processed, lengths)
        stops = bool(torch.sigmoid(gate) > tacotron2.GATE_THRESHOLD)
        yield DecoderStep(frames.reshape(-1, n_mels).T, state.weights[0], stops)
        if stops:
            return
        frame = frames[:, -n_mels:]


@dataclass(frozen=True)
class Breakage:
    """What is done to the attention e_ij = v^T tanh(W q_i + V h_j + U f_ij) on purpose."""

    without_location: bool = False  # U f_ij = 0: it forgets where it has looked
    temperature: float = 1.0  # e_ij / temperature: the decoder hears a blurred context


WHOLE = Breakage()


def break_attention(model: tacotron2.Tacotron2, breakage: Breakage) -> tacotron2.Tacotron2:
    """Return a copy of a model whose attention is broken; v / temperature divides the energies.

    Raises: ValueError: the temperature is not above 0.
    """
    if not breakage.temperature > 0:
        raise ValueError(f"a temperature is above 0, not {breakage.temperature}")
    broken = copy.deepcopy(model)
    layer = broken.decoder.attention_layer
    with torch.no_grad():
        if breakage.without_location:
            layer.location_layer.location_dense.weight.zero_()
        layer.v.weight.div_(breakage.temperature)
    return broken


def repeat_word(text: str, times: int = 6) -> str:
    """Say the second word of a text (the first, where there is one only) several times."""
    words = text.split()
    index = min(1, len(words) - 1)
    return " ".join(words[:index] + words[index : index + 1] * times + words[index + 1 :])
