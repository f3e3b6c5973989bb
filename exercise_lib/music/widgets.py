"""A page to hear a sound and classify it: type class names, see the ranking."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from exercise_lib.figures.panel import panel
from exercise_lib.images.widgets import with_article
from exercise_lib.music import plots
from exercise_lib.music.folder import read_sound
from exercise_lib.music.instruments import RATE
from exercise_lib.speech.audio import wav_bytes

if TYPE_CHECKING:
    from ipywidgets import VBox
    from matplotlib.figure import Figure

CLASSES = "plucked, flute, organ, bell, brass"


def zero_shot_page(
    sounds: Tensor,
    names: Sequence[str],
    log_mel: Callable[[Tensor], Tensor],
    hear: Callable[[Tensor], Tensor],
    read: Callable[[Sequence[str]], Tensor],
) -> VBox:
    """Choose a sound or drop one in, hear it, type class names and a sentence, see the ranking.

    Args:
        sounds: to choose from, `(B, 48000)`, 16 000 samples a second.
        names: what each is called.
        log_mel: sounds to spectrograms `(B, bands, frames)`, from 0 to 1.
        hear: sounds to embeddings `(B, d)`.
        read: captions to embeddings `(C, d)`; raises ValueError for unknown words.
    """
    import ipywidgets

    def chosen(number: int, own: tuple) -> Tensor:
        return dropped(own) if own else sounds[number]

    def draw(number: int, classes: str, sentence: str, own: tuple) -> Figure:
        named = [it.strip() for it in classes.split(",") if it.strip()]
        if not named or "{}" not in sentence:
            raise ValueError("type class names with commas between, and a sentence with {}")
        sound = chosen(number, own)[None]
        texts = read([with_article(sentence.replace("{}", it)) for it in named])
        return plots.ranking(log_mel(sound)[0], named, torch.cosine_similarity(hear(sound), texts))

    def sound(number: int, classes: str, sentence: str, own: tuple) -> bytes:
        return wav_bytes(chosen(number, own), RATE)

    controls = {
        "number": ipywidgets.Dropdown(
            options=[(name, number) for number, name in enumerate(names)], description="sound"
        ),
        "classes": ipywidgets.Text(CLASSES, description="classes"),
        "sentence": ipywidgets.Text("a {} melody", description="sentence"),
        "own": ipywidgets.FileUpload(accept="audio/*", description="own sound"),
    }
    return panel(controls, draw, sound)


def dropped(files: tuple) -> Tensor:
    """Return the sound that was dropped in, `(48000,)`; raises UnusableData where it is none."""
    file = files[-1]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, Path(file["name"]).name)
        path.write_bytes(bytes(file["content"]))
        return read_sound(path)
