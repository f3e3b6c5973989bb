"""Speech with its text: one loader for the exercise's corpus and any folder in LJSpeech layout.

wavs/<id>.flac or wavs/<id>.wav     mono audio at any rate
metadata.csv                        id|text|normalised text (the third field may be missing)
splits/train.txt, ...               optional: the ids of each split, one a line
alignments.jsonl                    optional: when each phoneme and character sounds
"""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

COURSE_DATA = Path("/coursedata")  # where a hub mounts shared data
LOCAL_DATA = Path(__file__).resolve().parents[2] / "data"
SUFFIXES = (".flac", ".wav")


class DataError(ValueError):
    """Data that cannot be used; the message names the file, what is wrong, and what to do."""


# ---------------------------------------------------------------- ground-truth alignment
@dataclass(frozen=True)
class Span:
    """A phoneme, pause or character and when it sounds."""

    symbol: str
    start: int  # samples
    end: int  # samples, exclusive


@dataclass(frozen=True)
class Alignment:
    """When each phoneme and each character of an utterance sounds; both lists cover all of it.

    Characters are those of `Utterance.text`, one span each, so that they and the encoder positions
    of a model that reads characters correspond one to one. In this corpus a space has length zero
    and a comma or final mark has the pause.
    """

    phonemes: tuple[Span, ...]  # IPA with a leading stress mark; "sil" is a pause
    characters: tuple[Span, ...]

    def character_truth(self, hop_length: int, n_frames: int) -> Tensor:
        """Index of the character that sounds at the centre of each frame, (k + 1/2) hop_length.

        Args:
            hop_length: samples from one frame to the next; times the reduction factor for
                decoder steps
            n_frames: number of frames or decoder steps

        Returns:
            (n_frames,) int64, never decreasing; frames after the end belong to the last character
        """
        ends = torch.tensor([span.end for span in self.characters])
        centres = (torch.arange(n_frames) + 0.5) * hop_length
        truth = torch.searchsorted(ends.to(centres.dtype), centres, right=True)
        last = max(i for i, span in enumerate(self.characters) if span.end > span.start)
        return truth.clamp(max=last)

    def matrix(self, hop_length: int, n_frames: int) -> Tensor:
        """The ground truth in the form of an alignment plot: 1 where a character sounds.

        Args:
            hop_length: samples from one frame to the next
            n_frames: number of frames

        Returns:
            (n_characters, n_frames) float32; every column has exactly one 1
        """
        truth = self.character_truth(hop_length, n_frames)
        return torch.nn.functional.one_hot(truth, len(self.characters)).T.float()

    def scaled(self, ratio: float) -> Alignment:
        """The same alignment for audio whose length in samples is multiplied by `ratio`."""

        def scale(spans: tuple[Span, ...]) -> tuple[Span, ...]:
            return tuple(
                Span(s.symbol, round(s.start * ratio), round(s.end * ratio)) for s in spans
            )

        return Alignment(scale(self.phonemes), scale(self.characters))


# ---------------------------------------------------------------- corpus
@dataclass(frozen=True, eq=False)
class Utterance:
    """One recording and its text."""

    id: str
    text: str
    waveform: Tensor  # (samples,) float32 in [-1, 1]
    sample_rate: int  # Hz
    alignment: Alignment | None  # None where the folder has no ground truth


class SpeechCorpus:
    """A folder of recordings in LJSpeech layout, read when asked for.

    Args:
        root: the folder, for example `find_data()` or an unpacked LJSpeech-1.1
        sample_rate: rate of the waveforms, Hz
        resample: convert files of another rate; if False they are an error

    Raises:
        DataError: the folder, its metadata or its alignments cannot be used
    """

    def __init__(
        self, root: str | os.PathLike[str], sample_rate: int = 16_000, resample: bool = True
    ) -> None:
        self.root = Path(root)
        self.sample_rate = sample_rate
        self.resample = resample
        self._texts = read_metadata(self.root / "metadata.csv")
        self._alignments = read_alignments(self.root / "alignments.jsonl")
        self.ids = list(self._texts)

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[Utterance]:
        return (self[key] for key in self.ids)

    def __getitem__(self, key: int | str) -> Utterance:
        """Load one utterance by position or by id."""
        if isinstance(key, int):
            key = self.ids[key]
        if key not in self.ids:
            raise DataError(f"{self.root / 'metadata.csv'} or this split has no utterance {key!r}.")
        waveform, n_stored = self._load(key)
        alignment = self._align(key, n_stored, len(waveform))
        return Utterance(key, self._texts[key], waveform, self.sample_rate, alignment)

    def split(self, name: str) -> SpeechCorpus:
        """The part of the corpus listed in `splits/<name>.txt`: "train", "validation" or "test"."""
        path = self.root / "splits" / f"{name}.txt"
        if not path.is_file():
            known = sorted(p.stem for p in path.parent.glob("*.txt")) or "no splits"
            raise DataError(f"{path} is missing; this folder has {known}.")
        ids = path.read_text(encoding="utf-8").split()
        if unknown := [key for key in ids if key not in self._texts]:
            raise DataError(f"{path} lists {unknown[0]!r}, which metadata.csv does not have.")
        part = copy.copy(self)
        part.ids = ids
        return part

    def _load(self, key: str) -> tuple[Tensor, int]:
        """Waveform at `sample_rate`, and the number of samples in the file."""
        paths = [self.root / "wavs" / f"{key}{suffix}" for suffix in SUFFIXES]
        path = next((p for p in paths if p.is_file()), None)
        if path is None:
            raise DataError(
                f"{paths[0]} is missing (and so is {paths[1].name}). "
                "Restore the file, or remove its line from metadata.csv."
            )
        samples, rate = read_audio(path)
        n_stored = len(samples)
        if rate != self.sample_rate:
            if not self.resample:
                raise DataError(
                    f"{path} has a rate of {rate} Hz instead of {self.sample_rate} Hz. "
                    f"Convert it, or open the corpus with sample_rate={rate} or resample=True."
                )
            import soxr

            samples = soxr.resample(samples, rate, self.sample_rate)
            if not len(samples):
                raise DataError(f"{path} is too short to be resampled to {self.sample_rate} Hz.")
        return torch.from_numpy(samples), n_stored

    def _align(self, key: str, n_stored: int, n_samples: int) -> Alignment | None:
        """Alignment of an utterance with n_stored samples in its file, resampled to n_samples."""
        if key not in self._alignments:
            return None
        n_aligned, alignment = self._alignments[key]
        text = "".join(span.symbol for span in alignment.characters)
        if n_aligned != n_stored or text != self._texts[key]:
            raise DataError(
                f"{self.root / 'alignments.jsonl'}: the alignment of {key!r} does not fit its "
                "audio or its text. Use the files of one and the same build."
            )
        return alignment.scaled(n_samples / n_stored) if n_samples != n_stored else alignment


def find_data() -> Path:
    """Find the corpus: $EXERCISE_DATA, /coursedata, data/corpus, then the few files of data/mini.

    Raises:
        DataError: EXERCISE_DATA names a folder without metadata.csv, or no place has data
    """
    if chosen := os.environ.get("EXERCISE_DATA"):
        if not (Path(chosen) / "metadata.csv").is_file():
            raise DataError(
                f"EXERCISE_DATA is {chosen}, but there is no metadata.csv. "
                "Set it to a folder in LJSpeech layout, or unset it."
            )
        return Path(chosen)
    places = [COURSE_DATA, COURSE_DATA / "corpus", LOCAL_DATA / "corpus", LOCAL_DATA / "mini"]
    for place in places:
        if (place / "metadata.csv").is_file():
            return place
    raise DataError(
        f"No speech data in {', '.join(map(str, places))}. "
        "Set the environment variable EXERCISE_DATA to a folder in LJSpeech layout."
    )


# ---------------------------------------------------------------- files
def read_audio(path: Path) -> tuple[np.ndarray, int]:
    """Read a mono file.

    Returns:
        samples (samples,) float32, and the rate in Hz

    Raises:
        DataError: the file is corrupt, empty, not mono, or has samples that are not numbers
    """
    import soundfile

    try:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, OSError) as error:
        raise DataError(
            f"{path} cannot be read as audio ({error}). Restore it from the original."
        ) from error
    if not samples.size:
        raise DataError(f"{path} is empty: 0 samples. Restore it, or remove it from metadata.csv.")
    if samples.shape[1] != 1:
        raise DataError(f"{path} has {samples.shape[1]} channels. Convert it to mono.")
    if not np.isfinite(samples).all():
        raise DataError(f"{path} has samples that are NaN or infinite. Write it again.")
    return samples[:, 0].copy(), rate


def read_metadata(path: Path) -> dict[str, str]:
    """Text of every id: the normalised one (third field), or where it is missing the second."""
    texts: dict[str, str] = {}
    for number, line in enumerate(read_lines(path), start=1):
        if not line.strip():
            continue
        fields = [field.strip() for field in line.split("|")]
        text = next((field for field in reversed(fields[1:3]) if field), "")
        if len(fields) not in (2, 3) or not fields[0] or not text:
            raise DataError(
                f"{path}, line {number}: {line[:60]!r} is not id|text|normalised text. "
                "Write one utterance a line, without further | signs."
            )
        if fields[0] in texts:
            raise DataError(
                f"{path}, line {number}: the id {fields[0]!r} occurs twice. Remove one."
            )
        texts[fields[0]] = text
    if not texts:
        raise DataError(f"{path} is empty. It needs one line id|text|normalised text an utterance.")
    return texts


def read_alignments(path: Path) -> dict[str, tuple[int, Alignment]]:
    """Number of samples and alignment of every id; nothing where there is no such file."""
    if not path.is_file():
        return {}
    alignments: dict[str, tuple[int, Alignment]] = {}
    for number, line in enumerate(read_lines(path), start=1):
        try:
            entry: dict[str, Any] = json.loads(line)
            phonemes = tuple(Span(*span) for span in entry["phonemes"])
            characters = tuple(Span(*span) for span in entry["characters"])
            alignments[entry["id"]] = entry["n_samples"], Alignment(phonemes, characters)
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(
                f"{path}, line {number} is not an alignment ({error}). Restore or remove the file."
            ) from error
    return alignments


def read_lines(path: Path) -> list[str]:
    if not path.parent.is_dir():
        raise DataError(f"{path.parent} is not a folder. Check the path of the corpus.")
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError as error:
        raise DataError(
            f"{path} is missing. A corpus folder needs it beside wavs/, as in LJSpeech."
        ) from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8 text. Save it in that encoding.") from error
    return lines
