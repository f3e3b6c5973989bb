"""Hear a codec by the number of books."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from torch import Tensor

from exercise_lib.codec import plots
from exercise_lib.codec.networks import SAMPLE_RATE, Codec
from exercise_lib.figures.panel import panel
from exercise_lib.speech import audio

if TYPE_CHECKING:
    from ipywidgets import VBox
    from matplotlib.figure import Figure


def books_player(codec: Codec, waveforms: Mapping[str, Tensor]) -> VBox:
    """Choose a recording and how many books its copy uses; see and hear the copy.

    Args: waveforms: name -> `(samples,)` at 16 kHz.
    """
    import ipywidgets

    codes = {name: codec.encode(it) for name, it in waveforms.items()}
    per_book = codec.config.bits_per_second

    def copy(recording: str, books: int) -> Tensor:
        return codec.decode(codes[recording], books)[: len(waveforms[recording])].clamp(-1, 1)

    def draw(recording: str, books: int) -> Figure:
        title = f"{books} of {codec.config.n_books} books, {books * per_book / 1000:.1f} kb/s"
        its = {"recording": waveforms[recording], title: copy(recording, books)}
        return plots.spectrograms(its)

    def sound(recording: str, books: int) -> bytes:
        return audio.wav_bytes(copy(recording, books), SAMPLE_RATE)

    controls = {
        "recording": ipywidgets.Dropdown(options=list(waveforms), description="recording"),
        "books": ipywidgets.IntSlider(
            value=1, min=1, max=codec.config.n_books, description="books"
        ),
    }
    return panel(controls, draw, sound)
