"""A folder of sounds, such as your own.

<any name>.flac, .wav, .mp3 or .ogg   at any rate, of any length, in folders below too
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import soxr
import torch
from torch import Tensor

from exercise_lib.files import is_left_out
from exercise_lib.files.unusable import UnusableData
from exercise_lib.images.folder import refuse
from exercise_lib.music.instruments import RATE
from exercise_lib.music.render import SAMPLES
from exercise_lib.speech.recordings import SUFFIXES, read_recording

SHORTEST = 0.1  # seconds
FAINTEST = 1e-4  # peak below which a sound is silence


@dataclass(frozen=True, eq=False)
class NamedSounds:
    """Sounds, `(B, 48000)` float32, 16 000 samples a second, with a name each."""

    names: list[str]
    sounds: Tensor


def read_folder(folder: Path) -> NamedSounds:
    """Read a folder's sounds in the order of their names.

    Raises: UnusableData: what is wrong, with each file, and what to do.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise UnusableData(f"{folder} is no folder. Give the path of a folder of sounds.")
    names, sounds, problems = [], [], []
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.suffix.lower() not in SUFFIXES or any(map(is_left_out, inside.parts)):
            continue
        try:
            sounds.append(read_sound(path))
            names.append(inside.as_posix())
        except UnusableData as error:
            problems.append(str(error))
    refuse(problems)
    if not sounds:
        raise UnusableData(f"{folder} has no sounds ({', '.join(SUFFIXES)}). Put them there.")
    return NamedSounds(names, torch.stack(sounds))


def read_sound(path: Path) -> Tensor:
    """Return the first three seconds of a sound, `(48000,)`; a shorter one is repeated.

    Raises: UnusableData: it is no sound, damaged, silent, or shorter than a tenth of a second.
    """
    recording = read_recording(path)
    samples = recording.samples
    if len(samples) < SHORTEST * recording.rate:
        raise UnusableData(f"{path} is shorter than {SHORTEST} s. Record it again.")
    if abs(samples).max() < FAINTEST:
        raise UnusableData(f"{path} is silent. Record it again.")
    return three_seconds(torch.from_numpy(soxr.resample(samples, recording.rate, RATE)))


def three_seconds(waveform: Tensor) -> Tensor:
    """Return the first three seconds of a waveform, `(48000,)`; a shorter one is repeated."""
    times = -(-SAMPLES // len(waveform))
    return waveform.repeat(times)[:SAMPLES]
