"""The two encoders of a small CLAP: convolutions over log-mel bands, a causal transformer."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from pydantic import PositiveInt
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from exercise_lib.images.clip_encoders import CaptionEncoder, TextSize
from exercise_lib.models.students import StudentModule
from exercise_lib.models.weights import load_kept
from exercise_lib.music.captions import LONGEST, WORDS, encode
from exercise_lib.music.instruments import RATE
from exercise_lib.train.settings import CHECKED

if TYPE_CHECKING:
    from exercise_lib import clap, clip
else:
    clap, clip = StudentModule("clap"), StudentModule("clip")

KEPT = Path(__file__).resolve().parents[2] / "data" / "clap"
WINDOW, HOP = 1024, 320  # samples: 64 and 20 ms
BANDS = 64
PARTS = 4  # of a sound, whose order tells a rising melody from a falling one
SHORTEST = WINDOW  # samples


@dataclass(frozen=True, config=CHECKED)
class ClapSize(TextSize):
    """How large both encoders are."""

    layers: PositiveInt = 1
    channels: PositiveInt = 16  # of the first convolution; the last has four times as many


def power(sounds: Tensor) -> Tensor:
    """Return the squared magnitudes of the STFT, `(B, samples)` to `(B, 513, frames)`."""
    window = torch.hann_window(WINDOW, device=sounds.device)
    spectrum = torch.stft(sounds, WINDOW, HOP, window=window, return_complex=True)
    return spectrum.abs().square()


@cache
def filters() -> Tensor:
    """Return the weights of the mel bands, `(64, 513)`."""
    import librosa

    return torch.from_numpy(librosa.filters.mel(sr=RATE, n_fft=WINDOW, n_mels=BANDS))


class SoundEncoder(nn.Module):
    """Log-mel spectrograms `(B, 64, frames)`, from 0 to 1, to embeddings `(B, d)`."""

    def __init__(self, size: ClapSize) -> None:
        super().__init__()
        sizes = [1, *(size.channels * k for k in (1, 2, 4, 4))]
        self.layers = nn.Sequential()
        for number, (n_in, n_out) in enumerate(pairwise(sizes)):
            kernel = 3 if number else 5
            self.layers.append(nn.Conv2d(n_in, n_out, kernel, stride=2, padding=kernel // 2))
            self.layers.append(nn.BatchNorm2d(n_out))
            self.layers.append(nn.GELU())
        width = sizes[-1] * BANDS // 2 ** len(sizes[1:])
        self.across = nn.Conv1d(width, size.embedding, 1)
        self.head = nn.Linear(2 * width + PARTS * size.embedding, size.embedding)

    def forward(self, log_mel: Tensor) -> Tensor:
        h = self.layers(log_mel[:, None]).flatten(1, 2)  # (B, channels of each band, frames / 16)
        in_parts = F.adaptive_avg_pool1d(F.gelu(self.across(h)), PARTS).flatten(1)
        return self.head(torch.cat([h.mean(2), h.amax(2), in_parts], dim=1))


class Clap(nn.Module):
    """Both encoders and the temperature, in one set of weights."""

    def __init__(self, size: ClapSize) -> None:
        super().__init__()
        self.config = size
        self.sounds = SoundEncoder(size)
        self.captions = CaptionEncoder(size, WORDS, LONGEST)
        self.log_scale = nn.Parameter(clip.initial_log_scale())

    def forward(self, log_mel: Tensor, tokens: Tensor) -> tuple[Tensor, Tensor]:
        return self.sounds(log_mel), self.captions(tokens)

    @torch.inference_mode()
    def hear(self, sounds: Tensor) -> Tensor:
        """Return embeddings of sounds `(B, samples)`, 16 000 samples a second: `(B, d)`."""
        log_mel = clap.log_mel(power(sounds), filters().to(sounds.device))
        return self.sounds(log_mel.to(self.log_scale))

    @torch.inference_mode()
    def read(self, texts: Iterable[object]) -> Tensor:
        """Return embeddings of captions, `(B, d)`; raises ValueError for unknown words."""
        return self.captions(encode(map(str, texts)).to(self.log_scale.device))


def load_clap(folder: Path = KEPT) -> Clap:
    """Return the kept weights.

    Raises:
        UnusableData: there are none, or they are damaged.
        BrokenModule: clip.py or clap.py can't be imported.
    """
    path = folder / "clap.safetensors"
    return load_kept(path, "clap", lambda training: Clap(ClapSize(**training["model"])))
