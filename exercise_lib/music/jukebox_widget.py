"""Type a caption, turn temperature and k, see what is heard and hear it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from exercise_lib.figures.panel import panel
from exercise_lib.music.captions import parse
from exercise_lib.music.instruments import RATE
from exercise_lib.music.jukebox_player import Jukebox, Sampling
from exercise_lib.music.jukebox_plots import piano_rolls
from exercise_lib.music.oracle import read
from exercise_lib.music.pieces import Piece, draw_pieces
from exercise_lib.speech import audio

if TYPE_CHECKING:
    from ipywidgets import VBox
    from matplotlib.figure import Figure
    from torch import Tensor

PROMPT = "a slow rising bell melody in the high register without drums"


def jukebox_page(jukebox: Jukebox) -> VBox:
    """Ask for a piece: see what was asked beside what is heard, and hear it."""
    import ipywidgets

    @lru_cache(maxsize=8)
    def played(caption: str, temperature: float, k: int, seed: int) -> Tensor:
        return jukebox.play([parse(caption)], Sampling(temperature, k, seed))

    def draw(caption: str, temperature: float, k: int, seed: int) -> Figure:
        sound = played(caption, temperature, k, seed)
        return piano_rolls([asked(caption)], {"heard": read(sound)})

    def sound(caption: str, temperature: float, k: int, seed: int) -> bytes:
        heard = played(caption, temperature, k, seed)[0]
        return audio.wav_bytes(heard / heard.abs().max().clamp(min=1.0), RATE)

    controls = {
        "caption": ipywidgets.Text(PROMPT, description="caption"),
        "temperature": ipywidgets.FloatSlider(0.9, min=0.05, max=1.5, step=0.05),
        "k": ipywidgets.IntSlider(100, 1, 1024, description="k most likely"),
        "seed": ipywidgets.IntSlider(0, 0, 20, description="seed"),
    }
    controls["temperature"].description = "temperature"
    return panel(controls, draw, sound)


def asked(caption: str) -> Piece:
    """Return a piece of which a caption is true."""
    said = parse(caption)
    pieces = [it for held_out in (False, True) for it in draw_pieces(2000, 5, held_out=held_out)]
    return next(it for it in pieces if said.holds(it))
