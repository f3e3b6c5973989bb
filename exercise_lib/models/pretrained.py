"""Weights that come with the repository, so that the demos speak at once (see data/README.md)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import nn

from exercise_lib.models.students import StudentModule
from exercise_lib.models.vocoders import make_generator
from exercise_lib.models.weights import load_weights
from exercise_lib.speech.data import LOCAL_DATA, DataError, find_data

if TYPE_CHECKING:
    from exercise_lib import tacotron1, tacotron2
else:
    tacotron1, tacotron2 = map(StudentModule, ("tacotron1", "tacotron2"))


def find_pretrained() -> Path:
    """Return the folder of the kept weights: in this repository, or beside the speech.

    A hub that keeps speech in /coursedata/corpus keeps the weights in /coursedata/pretrained.
    """
    speech = find_data()
    places = [root / "pretrained" for root in (LOCAL_DATA, speech.parent, speech)]
    return next((place for place in places if place.is_dir()), places[0])


def tacotron_steps(folder: Path | None = None) -> list[int]:
    """Return the training steps whose weights were kept, in order."""
    folder = folder or find_pretrained()
    return sorted(int(path.stem.split("-")[1]) for path in folder.glob("tacotron-*.safetensors"))


def load_tacotron(step: int | None = None, folder: Path | None = None) -> tacotron2.Tacotron2:
    """Return the Tacotron as it was after some training steps, ready to speak.

    Args: step: one of `tacotron_steps()`; default: the last.
    Raises:
        DataError: there are no such weights.
        UnusableData: they are damaged.
        BrokenModule: tacotron2.py can't be imported.
    """
    folder = folder or find_pretrained()
    steps = tacotron_steps(folder)
    if not steps:
        raise DataError(f"{folder} has no Tacotron. Copy data/pretrained from the repository.")
    step = steps[-1] if step is None else step
    if step not in steps:
        raise DataError(f"There are no weights of step {step}; there are {steps}.")
    path = folder / f"tacotron-{step:05}.safetensors"

    def make(training: dict[str, Any]) -> tacotron2.Tacotron2:
        return tacotron2.Tacotron2(tacotron2.Tacotron2Config(**training["model"]))

    return load_weights(path, make)


def load_tacotron1(folder: Path | None = None) -> tacotron1.Tacotron1:
    """Return the kept Tacotron 1.

    Raises:
        DataError: there are no such weights.
        UnusableData: they are damaged.
        BrokenModule: tacotron1.py can't be imported.
    """
    folder = folder or find_pretrained()
    path = folder / "tacotron1.safetensors"
    if not path.exists():
        raise DataError(f"{folder} has no Tacotron 1. Copy data/pretrained from the repository.")

    def make(training: dict[str, Any]) -> tacotron1.Tacotron1:
        sizes = training["model"]
        parts = {name: tacotron1.CBHGConfig(**sizes[name]) for name in ("encoder", "post")}
        return tacotron1.Tacotron1(tacotron1.Tacotron1Config(**sizes | parts))

    return load_weights(path, make)


def load_vocoder(folder: Path | None = None, name: str = "vocoder") -> nn.Module:
    """Return the vocoder, `(B, n_mels, frames)` log-mel to `(B, 1, samples)`, ready to speak.

    Args: name: "vocoder", or "vocoder-adversarial" with the adversarial phase behind it.
    Raises:
        DataError: there are no such weights.
        UnusableData: they are damaged.
    """
    folder = folder or find_pretrained()
    path = folder / f"{name}.safetensors"
    if not path.exists():
        raise DataError(f"{folder} has no vocoder. Copy data/pretrained from the repository.")
    return load_weights(path, lambda training: make_generator(training["config"]["generator"]))
