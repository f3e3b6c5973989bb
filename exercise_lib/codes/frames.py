"""Log-mel frames of speech: what residual codebooks quantise in seconds, without a network."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from exercise_lib.files.unusable import UnusableData
from exercise_lib.speech import audio

if TYPE_CHECKING:
    from exercise_lib.codes.residual_books import ResidualBooks

KEPT = Path(__file__).resolve().parents[2] / "data" / "codebooks"
FLOOR, STEP = -11.6, 0.12  # natural log: what 0 means, and a step of 1


@dataclass(frozen=True)
class Settings:
    """How the spectrograms are made: as those of notebook 02."""

    sample_rate: int = 16_000  # Hz
    n_fft: int = 1024  # samples
    hop_length: int = 256  # samples
    n_mels: int = 80
    fmin: float = 0.0  # Hz
    fmax: float = 8000.0  # Hz


SETTINGS: Any = Settings()  # for functions that say MelConfig of it


@dataclass(frozen=True)
class Frames:
    """Frames of a speaker, and how they are brought to mean 0 in each band, variance 1 in all."""

    train: Tensor  # (N, 80)
    test: Tensor  # (M, 80), of other sentences
    sentences: dict[str, Tensor]  # these again: text -> (T, 80)
    mean: Tensor  # (80,), natural log
    deviation: Tensor  # scalar, natural log

    def log_mel(self, frames: Tensor) -> Tensor:
        """Return the log-mel spectrogram `(80, T)` of frames `(T, 80)`, natural log."""
        return (frames * self.deviation + self.mean).T

    def sound(self, frames: Tensor) -> Tensor:
        """Return what is heard of frames `(T, 80)`, through Griffin-Lim: `(samples,)`."""
        heard = audio.griffin_lim(self.log_mel(frames), SETTINGS)
        return heard / heard.abs().max().clamp(min=1.0)


def read_frames(folder: Path = KEPT) -> Frames:
    """Return the frames of the corpus's voice that are kept.

    Raises: UnusableData: there are none, or they are damaged.
    """
    path = folder / "frames.npz"
    try:
        with np.load(path) as stored:
            train, test = unpacked(stored["train"]), unpacked(stored["test"])
            ends, texts = stored["ends"].tolist(), stored["texts"].tolist()
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise UnusableData(
            f"{path} cannot be read ({error}). Copy data/codebooks from the repository."
        ) from error
    mean = train.mean(0)
    deviation = (train - mean).std()
    train, test = ((it - mean) / deviation for it in (train, test))
    starts = [0, *ends[:-1]]
    sentences = {
        text: test[start:end] for text, start, end in zip(texts, starts, ends, strict=True)
    }
    return Frames(train, test, sentences, mean, deviation)


def packed(log_mel: np.ndarray) -> np.ndarray:
    """Return frames `(N, 80)`, natural log, in a byte a number: the step from the frame before."""
    steps = np.rint((log_mel - FLOOR) / STEP).astype(np.int16)
    return np.diff(steps, axis=0, prepend=0).astype(np.int8)


def unpacked(bytes_: np.ndarray) -> Tensor:
    """Return the frames that were packed, to half a step."""
    return torch.from_numpy((FLOOR + STEP * bytes_.cumsum(axis=0)).astype(np.float32))


@torch.inference_mode()
def error_by_books(frames: Tensor, books: ResidualBooks) -> list[float]:
    """Return the share of frames' variance that is lost with 1, 2, ... of the books."""
    return books(frames)[2].tolist()
