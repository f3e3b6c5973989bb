"""A page to type a prompt on: its picture, and where each of its words was heard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from exercise_lib.figures.panel import panel
from exercise_lib.images.diffusion_plots import word_maps
from exercise_lib.images.painter import Painter
from exercise_lib.images.word_maps import attended, maps_of

if TYPE_CHECKING:
    from ipywidgets import VBox
    from matplotlib.figure import Figure


def prompt_page(painter: Painter, prompt: str = "a red circle on plain white") -> VBox:
    """Type a prompt, turn guidance, steps, seed and the time at which words are listened for."""
    import ipywidgets

    def draw(text: str, scale: float, steps: int, seed: int, time: float) -> Figure:
        return painted_with_maps(painter, text, scale, steps, seed, time)

    controls = {
        "text": ipywidgets.Text(prompt, description="prompt"),
        "scale": ipywidgets.FloatSlider(2.0, min=0, max=10, step=0.5, description="guidance w"),
        "steps": ipywidgets.IntSlider(16, min=1, max=50, description="steps"),
        "seed": ipywidgets.IntSlider(0, min=0, max=50, description="seed"),
        "time": ipywidgets.FloatSlider(0.3, min=0, max=1, step=0.05, description="maps at time"),
    }
    return panel(controls, draw)


def painted_with_maps(
    painter: Painter, text: str, scale: float, steps: int, seed: int, time: float
) -> Figure:
    """Paint a prompt, noise the picture to a time, and show where each word is heard there."""
    words = text.lower().split()
    picture = painter.paint([text], scale, steps, seed)
    with torch.inference_mode():
        weights = attended(painter, painter.vae.latents(picture), [text], time)
    maps = {f"{n} x {n} places": maps_of(its[0], len(words)) for n, its in weights.items()}
    return word_maps(picture[0], words, maps)
