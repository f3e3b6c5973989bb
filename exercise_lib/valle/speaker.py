"""Both models and the codec's decoder in a row: digits and a prompt to sound."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from exercise_lib.models.weights import load_kept
from exercise_lib.valle.batches import PROMPT, Batch
from exercise_lib.valle.digits import phonemes_of
from exercise_lib.valle.networks import Filler, ModelSize, Reader
from exercise_lib.valle.places import folder_of
from exercise_lib.valle.sampling import SHARE, TEMPERATURE, fill_codes, say_codes
from exercise_lib.valle.spoken import Spoken

LONGER = 2.0  # of the mean pace: what is said for longer than that is stopped

Decode = Callable[[Tensor], Tensor]  # codes `(books, frames)` to a waveform `(samples,)`


@dataclass(frozen=True, eq=False)
class Said:
    """What was said."""

    codes: Tensor  # (books, frames)
    stopped: bool  # whether its end was said


@dataclass(eq=False)
class Speaker:
    """A reader, and a filler where there is one."""

    reader: Reader
    filler: Filler | None = None

    def say(
        self,
        batch: Batch,
        temperature: float = TEMPERATURE,
        share: float = SHARE,
        seed: int = 0,
    ) -> list[Said]:
        """Say what a batch asks for."""
        pace, n_symbols = self.reader.config.pace, (batch.symbols > 0).sum(1)
        most = int(LONGER * pace * int(n_symbols.max()))
        generator = torch.Generator().manual_seed(seed)
        first, lengths, stopped = say_codes(self.reader, batch, most, temperature, share, generator)
        codes = first[:, None]
        if self.filler is not None:
            codes = fill_codes(self.filler, batch, first, lengths)
        return [
            Said(its[:, :n], bool(ended))
            for its, n, ended in zip(codes, lengths.tolist(), stopped, strict=True)
        ]


def request(spoken: Spoken, digits: Sequence[str], prompts: Sequence[int]) -> Batch:
    """Ask for strings of digits, each in the voice of one of the utterances.

    Args: prompts: which utterance is heard before each string
    """
    numbers = {symbol: number for number, symbol in enumerate(spoken.alphabet)}
    texts = [torch.tensor([numbers[it] for it in phonemes_of(string)]) for string in digits]
    index = torch.tensor(prompts)
    frames = min(PROMPT, spoken.codes.shape[2])
    return Batch(
        torch.nn.utils.rnn.pad_sequence(texts, batch_first=True),
        spoken.codes[index][..., :frames],
        spoken.lengths[index].clamp(max=frames),
        torch.zeros(len(texts), 1, 0, dtype=torch.long),
        torch.zeros(len(texts), dtype=torch.long),
    )


def kept_path(name: str, folder: Path | None = None) -> Path:
    return (folder or folder_of("valle")) / f"{name}.safetensors"


def load_reader(name: str = "reader", folder: Path | None = None) -> Reader:
    """Return a kept autoregressive model.

    Raises: UnusableData: it is missing or damaged.
    """
    return load_kept(
        kept_path(name, folder), "valle", lambda training: Reader(ModelSize(**training["model"]))
    )


def load_filler(name: str = "filler", folder: Path | None = None) -> Filler:
    """Return a kept non-autoregressive model.

    Raises: UnusableData: it is missing or damaged.
    """
    return load_kept(
        kept_path(name, folder), "valle", lambda training: Filler(ModelSize(**training["model"]))
    )


def load_speaker(folder: Path | None = None) -> Speaker:
    """Return the kept models.

    Raises: UnusableData: one is missing or damaged.
    """
    return Speaker(load_reader(folder=folder), load_filler(folder=folder))
