"""Have a Tacotron or a MELLE read a sentence several times, and measure how the readings differ."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from exercise_lib.models.students import StudentModule
from exercise_lib.readings.network import Melle
from exercise_lib.readings.pitch import HOP, SAMPLE_RATE
from exercise_lib.speech import audio
from exercise_lib.speech.scaling import denormalise
from exercise_lib.speech.text import encode_text

if TYPE_CHECKING:
    from exercise_lib import mel
else:
    mel = StudentModule("mel")

LEVEL = 0.5  # peak of a reading
MOST_FRAMES = 800  # of a sentence; the longest of the corpus needs half of them


@dataclass(frozen=True, eq=False)
class Reading:
    """A sentence as it was read once."""

    log_mel: Tensor  # (n_mels, frames), natural-log magnitude
    waveform: Tensor  # (samples,)
    stopped: bool  # by itself

    @property
    def seconds(self) -> float:
        return self.log_mel.shape[1] * HOP / SAMPLE_RATE


@dataclass(frozen=True, eq=False)
class Reader:
    """A network that reads, and what makes sound of its spectrograms: by default Griffin-Lim."""

    network: Any  # a Tacotron 2 or a MELLE
    vocoder: nn.Module | None = None
    temperature: float = 1.0  # of a MELLE
    dropout: bool = True  # of the prenet

    @torch.inference_mode()
    def read(self, text: str, seed: int = 0) -> Reading:
        """Read a text once; another seed draws another reading.

        Raises: ValueError: the text is empty or has characters that the network does not know.
        """
        network = self.network
        tokens, most = encode_text(text), MOST_FRAMES // network.config.reduction_factor
        more = (self.temperature,) if isinstance(network, Melle) else ()
        with torch.random.fork_rng(devices=[]), prenet_dropout(network, self.dropout):
            torch.manual_seed(seed)
            spectrogram, gates, _ = network.infer(tokens, most, *more)
        log_mel = denormalise(spectrogram)
        if self.vocoder is None:
            sound = audio.griffin_lim(log_mel, mel.MelConfig())
        else:
            sound = self.vocoder(log_mel[None])[0, 0]
        peak = sound.abs().max().clamp(min=1e-6)
        return Reading(log_mel, LEVEL * sound / peak, len(gates) < most)

    def several(self, text: str, n: int = 10) -> list[Reading]:
        """Read a text n times."""
        return [self.read(text, seed) for seed in range(n)]


@contextmanager
def prenet_dropout(network: Any, is_on: bool) -> Iterator[None]:
    """Let the prenet of a Tacotron or a MELLE speak without its dropout, or as it is."""
    prenet = getattr(network, "tacotron", network).decoder.prenet

    def certain(x: Tensor) -> Tensor:
        for linear in prenet.layers:
            x = F.relu(linear(x))
        return x

    if not is_on:
        prenet.forward = certain
    try:
        yield
    finally:
        vars(prenet).pop("forward", None)
