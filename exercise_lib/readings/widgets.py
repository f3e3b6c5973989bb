"""Draw a reading again, and turn its temperature."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from exercise_lib import figures
from exercise_lib.figures import colours
from exercise_lib.figures.panel import panel
from exercise_lib.readings.pitch import SAMPLE_RATE, contours
from exercise_lib.readings.plots import PITCH_LIMITS
from exercise_lib.readings.speaking import Reader, Reading
from exercise_lib.speech import audio
from exercise_lib.speech.plots import MEL_LIMITS

if TYPE_CHECKING:
    from ipywidgets import VBox
    from matplotlib.figure import Figure


def readings_page(reader: Reader, text: str) -> VBox:
    """Type a sentence, draw it again, change the temperature; see and hear the reading."""
    import ipywidgets

    before: dict[tuple, Reading] = {}

    def read(text: str, temperature: float, dropout: bool, draw: int) -> Reading:
        asked = text, temperature, dropout, draw
        if asked not in before:
            chosen = replace(reader, temperature=temperature, dropout=dropout)
            before[asked] = chosen.read(text, draw)
        return before[asked]

    def picture(text: str, temperature: float, dropout: bool, draw: int) -> Figure:
        chosen = read(text, temperature, dropout, draw)
        drawn = [it for key, it in before.items() if key[:3] == (text, temperature, dropout)]
        return draw_reading(chosen, drawn)

    def sound(text: str, temperature: float, dropout: bool, draw: int) -> bytes:
        return audio.wav_bytes(read(text, temperature, dropout, draw).waveform, SAMPLE_RATE)

    controls = {
        "text": ipywidgets.Text(text, description="sentence"),
        "temperature": ipywidgets.FloatSlider(
            1.0, min=0, max=2, step=0.1, description="temperature"
        ),
        "dropout": ipywidgets.Checkbox(False, description="prenet dropout"),
        "draw": ipywidgets.IntSlider(1, 1, 20, description="draw number"),
    }
    return panel(controls, picture, sound)


def draw_reading(chosen: Reading, drawn: list[Reading]) -> Figure:
    """Draw a reading's spectrogram, and its pitch among those drawn before."""
    import matplotlib.pyplot as plt

    figure, (above, below) = plt.subplots(
        2, 1, figsize=(9, 5), layout="constrained", sharex=True, height_ratios=(3, 2)
    )
    extent = (0.0, chosen.seconds, -0.5, len(chosen.log_mel) - 0.5)
    figures.image(chosen.log_mel, above, cmap=colours.MEL, limits=MEL_LIMITS, extent=extent)
    above.set(ylabel="mel band", title=f"{chosen.seconds:.2f} s")
    others = [it for it in drawn if it is not chosen]
    f0, _ = contours([it.waveform for it in [*others, chosen]])
    seconds = np.linspace(0, chosen.seconds, f0.shape[1])
    below.plot(seconds, f0[:-1].T, color="silver", linewidth=1)
    below.plot(seconds, f0[-1], color=colours.BLUE, linewidth=2)
    below.set(xlabel="time (s)", ylabel="pitch (Hz)", ylim=PITCH_LIMITS, xlim=(0, chosen.seconds))
    below.grid(alpha=0.3)
    mean = float(f0[-1].nanmean())
    figures.describe(figure, f"Mean pitch {mean:.0f} Hz; grey: {len(others)} readings before.")
    return figure
