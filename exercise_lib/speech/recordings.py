"""The audio files of a corpus: where they are, and what they hold."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

import numpy as np

from exercise_lib.speech.problems import DAMAGED, LOUD, MISSING, UNCLEAR, DataError, Problem

SUFFIXES = (".flac", ".wav", ".mp3", ".ogg")
LOSSY = (".mp3", ".ogg")  # their decoders overshoot a little


@dataclass(frozen=True, eq=False)
class Recording:
    """An audio file as it is stored, several channels mixed down to one."""

    path: Path
    samples: np.ndarray  # (samples,) float32 in [-1, 1]
    rate: int  # Hz
    channels: int


def id_of(name: str) -> str:
    """Return the id that a file name stands for: "wavs/a-1.WAV" is "a-1"."""
    path = PurePosixPath(name.strip().replace("\\", "/"))
    if path.suffix.lower() in SUFFIXES:
        path = path.with_suffix("")
    return path.as_posix().removeprefix("wavs/")


class Shelf:
    """The recordings in wavs/, or where there is no such folder anywhere in a corpus.

    Args: root: the corpus's folder.
    """

    def __init__(self, root: Path) -> None:
        self.folder = root / "wavs" if (root / "wavs").is_dir() else root

    @cached_property
    def by_name(self) -> dict[str, list[Path]]:
        """All files in all folders, by their names without suffix."""
        found: dict[str, list[Path]] = {}
        for folder, _, names in os.walk(self.folder):
            for name in sorted(names):
                found.setdefault(os.path.splitext(name)[0], []).append(Path(folder, name))
        return found

    def find(self, key: str) -> Path:
        """Return the recording of an id: `wavs/<id>`, or the one of that name in a folder below.

        Raises: DataError: there is none, or several.
        """
        for suffix in SUFFIXES:
            if (path := self.folder / f"{key}{suffix}").is_file():
                return path
        named = self.by_name.get(PurePosixPath(key).name, [])
        audio = [path for path in named if path.suffix.lower() in SUFFIXES]
        exact = [path for path in audio if path.with_suffix("").as_posix().endswith(f"/{key}")]
        found = exact or audio
        if len(found) == 1:
            return found[0]
        if found:
            names = ", ".join(path.relative_to(self.folder).as_posix() for path in found)
            raise DataError(Problem(UNCLEAR, self.folder / key, f"could be any of {names}"))
        other = f"; {named[0].name} is of a kind that is not read" if named else ""
        detail = f"is missing (and so is {PurePosixPath(key).name}.wav){other}"
        raise DataError(Problem(MISSING, self.folder / f"{key}.flac", detail))


def read_recording(path: Path) -> Recording:
    """Read an audio file.

    Raises:
        DataError: it is corrupt or empty, or has samples that are not numbers or out of [-1, 1].
    """
    import soundfile

    try:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, OSError) as error:
        why = getattr(error, "error_string", error)
        detail = f"cannot be read as audio ({why})"
        raise DataError(Problem(DAMAGED, path, detail)) from error
    if not samples.size:
        raise DataError(Problem(DAMAGED, path, "is empty: 0 samples"))
    if not np.isfinite(samples).all():
        raise DataError(Problem(DAMAGED, path, "has samples that are NaN or infinite"))
    if path.suffix.lower() in LOSSY:
        samples = samples.clip(-1, 1)
    if (peak := np.abs(samples).max()) > 1:
        raise DataError(Problem(LOUD, path, f"has a peak of {peak:.6g}"))
    return Recording(path, samples.mean(axis=1), rate, samples.shape[1])
