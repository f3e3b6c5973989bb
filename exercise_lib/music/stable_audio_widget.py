"""Type a caption and how long it lasts: see and hear what is composed, and what is heard in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from exercise_lib import figures
from exercise_lib.codec.spectra import FLOOR, magnitude
from exercise_lib.figures.colours import MEL, VERMILLION
from exercise_lib.figures.panel import panel
from exercise_lib.music.captions import MEANING, parse
from exercise_lib.music.instruments import RATE
from exercise_lib.music.oracle import read
from exercise_lib.music.pieces import SECONDS
from exercise_lib.music.stable_audio_plots import HOP, N_FFT, words
from exercise_lib.music.stable_audio_scores import level_behind, sounding_seconds
from exercise_lib.speech.audio import wav_bytes

if TYPE_CHECKING:
    from ipywidgets import VBox
    from matplotlib.figure import Figure

    from exercise_lib.music.stable_audio_player import Composer


def verdict(caption: str, sound: Tensor) -> str:
    """Say what the oracle hears in a whole piece, and what of it is not as the caption says."""
    heard, said = read(sound[None])[0].kind, parse(caption)
    wrong = [
        name
        for name in MEANING
        if getattr(said, name) and MEANING[name][getattr(said, name)] != getattr(heard, name)
    ]
    agrees = f"not as asked: {', '.join(wrong)}" if wrong else "as asked"
    return f"heard: {words(heard)} ({agrees})"


def composer_page(composer: Composer, caption: str = "a fast rising bell melody") -> VBox:
    """Compose what is typed, and say what the oracle hears and until when it sounds."""
    import ipywidgets

    made: dict[tuple[object, ...], Tensor] = {}

    def compose(
        caption: str,
        total: float,
        start: float,
        n_steps: int,
        scale: float,
        rescale: float,
        seed: int,
    ) -> Tensor:
        asked = caption, total, start, n_steps, scale, rescale, seed
        if asked not in made:
            made.clear()
            parse(caption)  # or say what is wrong with it
            made[asked] = composer.compose([caption], *asked[1:])[0]
        return made[asked]

    def draw(**asked: object) -> Figure:
        sound = compose(**asked)  # type: ignore[arg-type]
        left = float(asked["total"]) - float(asked["start"])  # type: ignore[arg-type]
        seconds = float(sounding_seconds(sound[None]))
        behind = float(level_behind(sound[None], torch.tensor([left])))
        figure, ax = figures.new_figure(9, 3.4)
        levels = 20 * magnitude(sound[None], N_FFT, HOP)[0].clamp(min=FLOOR).log10()
        ends = 0.0, SECONDS, 0.0, RATE / 2000
        figures.image(levels, ax, cmap=MEL, limits=(-80, -10), extent=ends, scale="dB")
        ax.axvline(left, color=VERMILLION, linestyle="--")
        title = f"sounds {seconds:.2f} s of {left:.2f} s"
        if left < SECONDS:
            title += f", level behind {behind:.2f}\n(the oracle reads whole pieces)"
        else:
            title += f"\n{verdict(str(asked['caption']), sound)}"
        ax.set(title=title, xlabel="time (s)", ylabel="frequency (kHz)")
        figures.describe(ax, title)
        return figure

    def sound(**asked: object) -> bytes:
        return wav_bytes(compose(**asked).clamp(-1, 1), RATE)  # type: ignore[arg-type]

    controls = {
        "caption": ipywidgets.Text(caption, description="caption"),
        "total": ipywidgets.FloatSlider(2.0, min=0.8, max=3, step=0.1, description="total (s)"),
        "start": ipywidgets.FloatSlider(0.0, min=0, max=2, step=0.1, description="start (s)"),
        "n_steps": ipywidgets.IntSlider(20, 1, 50, description="steps"),
        "scale": ipywidgets.FloatSlider(2.0, min=0, max=10, step=0.5, description="guidance"),
        "rescale": ipywidgets.FloatSlider(0.0, min=0, max=1, step=0.1, description="rescaled"),
        "seed": ipywidgets.IntSlider(0, 0, 99, description="noise"),
    }
    return panel(controls, draw, sound)
