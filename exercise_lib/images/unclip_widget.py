"""Type a prompt: what the decoder makes of the caption's own embedding, and of the prior's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from exercise_lib.figures.panel import panel
from exercise_lib.images.captions import parse
from exercise_lib.images.flow_plots import grid
from exercise_lib.images.oracle import read
from exercise_lib.images.unclip_painter import imagine

if TYPE_CHECKING:
    from ipywidgets import VBox
    from matplotlib.figure import Figure

    from exercise_lib.images.unclip_painter import UnclipPainter

SHOWN = 6  # pictures in a row, each from noise of its own


def hierarchy_page(painter: UnclipPainter, prompt: str = "a red circle") -> VBox:
    """Paint a prompt by both ways, from several noises, and say how often the oracle agrees."""
    import ipywidgets

    def draw(prompt: str, candidates: int, n_steps: int, scale: float, seed: int) -> Figure:
        asked = parse(prompt)
        fed = {
            "the caption's": painter.embedder.texts([asked] * SHOWN),
            "the prior's": imagine(
                painter.prior, painter.embedder, [asked] * SHOWN, candidates=candidates, seed=seed
            ),
        }
        rows = {}
        for name, embeddings in fed.items():
            pictures = painter.decode(embeddings, n_steps, scale, seed)
            n_right = sum(asked.holds(it) for it in read(pictures))
            near = torch.cosine_similarity(embeddings, embeddings.roll(1, 0)).mean()
            rows[f"{name}\n{n_right} of {SHOWN} right\nalike: {near:.2f}"] = pictures
        return grid(rows, [f"noise {n}" for n in range(1, SHOWN + 1)], inches=1.4)

    controls = {
        "prompt": ipywidgets.Text(prompt, description="prompt"),
        "candidates": ipywidgets.IntSlider(2, 1, 8, description="best of"),
        "n_steps": ipywidgets.IntSlider(8, 1, 32, description="steps"),
        "scale": ipywidgets.FloatSlider(1.0, min=0, max=8, step=0.5, description="guidance"),
        "seed": ipywidgets.IntSlider(0, 0, 99, description="noise"),
    }
    return panel(controls, draw)
