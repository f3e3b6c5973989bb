"""Choose how many books are used: see the spectrogram, hear it, read the error and the bits."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from torch import Tensor

from exercise_lib import figures
from exercise_lib.codes.frames import SETTINGS, Frames
from exercise_lib.figures.panel import panel
from exercise_lib.speech import audio, plots

if TYPE_CHECKING:
    from ipywidgets import VBox
    from matplotlib.figure import Figure


def books_explorer(
    frames: Frames,
    quantized: Callable[[Tensor, int], Tensor],
    n_books: int,
    bits_per_book: float,
) -> VBox:
    """Turn the number of books, see and hear what is left of a sentence.

    Args:
        frames: whose sentences there are to choose from.
        quantized: frames `(T, 80)` and a number of books to what these make of them.
        bits_per_book: of each frame.
    """
    import ipywidgets

    def draw(sentence: str, used: int) -> Figure:
        true = frames.sentences[sentence]
        made = quantized(true, used)
        error = float((made - true).square().mean())
        rate = SETTINGS.sample_rate / SETTINGS.hop_length * used * bits_per_book
        title = f"books used: {used}; error {error:.3f} of the variance; {rate:.0f} bits per second"
        figure, ax = figures.new_figure(10, 3.6)
        plots.mel(frames.log_mel(made), SETTINGS, ax, title=title)
        return figure

    def sound(sentence: str, used: int) -> bytes:
        heard = frames.sound(quantized(frames.sentences[sentence], used))
        return audio.wav_bytes(heard, SETTINGS.sample_rate)

    controls = {
        "sentence": ipywidgets.Dropdown(options=list(frames.sentences), description="sentence"),
        "used": ipywidgets.IntSlider(n_books, 1, n_books, description="books used"),
    }
    return panel(controls, draw, sound)
