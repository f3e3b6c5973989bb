"""Speech with its text: one loader for the exercise's corpus and any folder in LJSpeech layout.

wavs/<id>.flac, .wav, .mp3 or .ogg  audio at any rate, in folders below too
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
from pathlib import Path, PurePosixPath
from typing import Any

import torch
from torch import Tensor

from exercise_lib.speech.metadata import read_ids, read_lines, read_metadata
from exercise_lib.speech.problems import (
    METADATA,
    MISALIGNED,
    OTHER_RATE,
    SHORT,
    UNKNOWN,
    DataError,
    Problem,
)
from exercise_lib.speech.recordings import Recording, Shelf, read_recording

COURSE_DATA = Path("/coursedata")  # where a hub mounts shared data
LOCAL_DATA = Path(__file__).resolve().parents[2] / "data"


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
        tolerant: gather what is wrong with the lists in `problems`, and leave it out

    Raises:
        DataError: the folder, its metadata or its alignments cannot be used
    """

    def __init__(
        self,
        root: str | os.PathLike[str],
        sample_rate: int = 16_000,
        resample: bool = True,
        tolerant: bool = False,
    ) -> None:
        self.root = Path(root)
        self.sample_rate = sample_rate
        self.resample = resample
        self.metadata = read_metadata(self.root / METADATA)
        self.problems = list(self.metadata.problems)
        if self.problems and not tolerant:
            raise DataError(self.problems[0])
        self.tolerant = tolerant
        self._shelf = Shelf(self.root)
        self._alignments = read_alignments(self.root / "alignments.jsonl")
        self.ids = list(self.metadata.entries)

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[Utterance]:
        return (self[key] for key in self.ids)

    def __getitem__(self, key: int | str) -> Utterance:
        """Load one utterance by position or by id."""
        if isinstance(key, int):
            key = self.ids[key]
        return self.utterance(key, self.recording(key))

    def recording(self, key: str) -> Recording:
        """Return an utterance's audio as it is stored."""
        if key not in self.ids:
            raise DataError(f"{self.metadata.path} or this split has no utterance {key!r}.")
        return read_recording(self._shelf.find(key))

    def utterance(self, key: str, recording: Recording) -> Utterance:
        """Return an utterance from its audio."""
        waveform = self._resample(recording)
        alignment = self._align(key, len(recording.samples), len(waveform))
        text = self.metadata.entries[key].text
        return Utterance(key, text, waveform, self.sample_rate, alignment)

    def is_aligned(self, key: str) -> bool:
        """Tell whether it is known when an utterance's characters sound."""
        return key in self._alignments

    def part(self, ids: list[str]) -> SpeechCorpus:
        """Return the corpus with these utterances only."""
        part = copy.copy(self)
        part.ids = ids
        return part

    def split(self, name: str) -> SpeechCorpus:
        """The part of the corpus listed in `splits/<name>.txt`: "train", "validation" or "test"."""
        path = self.root / "splits" / f"{name}.txt"
        if not path.is_file():
            known = sorted(p.stem for p in path.parent.glob("*.txt")) or "no splits"
            raise DataError(f"{path} is missing; this folder has {known}.")
        entries, ids = self.metadata.entries, []
        by_name = {PurePosixPath(key).name: key for key in entries}
        for line, listed in read_ids(path).items():
            name = PurePosixPath(listed).name
            if key := listed if listed in entries else by_name.get(name):
                ids.append(key)
                continue
            if self.metadata.faulty & {listed, name}:
                continue
            problem = Problem(UNKNOWN, path, f"{listed!r}, which metadata.csv does not have", line)
            if not self.tolerant:
                raise DataError(problem)
            self.problems.append(problem)
        return self.part(ids)

    def _resample(self, recording: Recording) -> Tensor:
        samples, rate, path = recording.samples, recording.rate, recording.path
        if rate != self.sample_rate:
            if not self.resample:
                detail = f"has a rate of {rate} Hz instead of {self.sample_rate} Hz"
                raise DataError(Problem(OTHER_RATE, path, detail))
            import soxr

            samples = soxr.resample(samples, rate, self.sample_rate)
            if not len(samples):
                detail = f"is too short to be resampled to {self.sample_rate} Hz"
                raise DataError(Problem(SHORT, path, detail))
        return torch.from_numpy(samples)

    def _align(self, key: str, n_stored: int, n_samples: int) -> Alignment | None:
        """Alignment of an utterance with n_stored samples in its file, resampled to n_samples."""
        if not self.is_aligned(key):
            return None
        n_aligned, alignment = self._alignments[key]
        text = "".join(span.symbol for span in alignment.characters)
        if n_aligned != n_stored or text != self.metadata.entries[key].text:
            detail = f"the alignment of {key!r} does not fit its audio or its text"
            raise DataError(Problem(MISALIGNED, self.root / "alignments.jsonl", detail))
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


def find_kept(name: str) -> Path:
    """Return the folder of some kept weights: in this repository, or beside the speech.

    A hub that keeps speech in /coursedata/corpus keeps the weights in /coursedata/<name>.
    """
    places = [root / name for root in (LOCAL_DATA, find_data().parent)]
    return next((place for place in places if place.is_dir()), places[0])


# ---------------------------------------------------------------- files
def read_alignments(path: Path) -> dict[str, tuple[int, Alignment]]:
    """Number of samples and alignment of every id; nothing where there is no such file."""
    if not path.is_file():
        return {}
    alignments: dict[str, tuple[int, Alignment]] = {}
    for number, line in enumerate(read_lines(path), start=1):
        if not line:
            continue
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
