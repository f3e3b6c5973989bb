"""Type a prompt, turn steps, guidance and shift, and see what the velocity points to on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from exercise_lib.figures.panel import panel
from exercise_lib.images.captions import Caption, Named, parse
from exercise_lib.images.flow_plots import grid
from exercise_lib.images.oracle import read
from exercise_lib.images.scenes import Scene

if TYPE_CHECKING:
    from ipywidgets import VBox
    from matplotlib.figure import Figure

    from exercise_lib.images.flow_painter import FlowPainter

MOST_SHOWN = 8  # pictures in a row


def prompt_page(painter: FlowPainter, prompt: str = "a red circle on plain white") -> VBox:
    """Paint a prompt in a row of pictures: what each step takes the picture to be, and the last."""
    import ipywidgets

    def draw(prompt: str, n_steps: int, guidance_scale: float, shift: float, seed: int) -> Figure:
        asked = parse(prompt)
        seen = painter.walk([asked], n_steps, guidance_scale, shift, seed)
        kept = torch.linspace(0, len(seen) - 1, min(len(seen), MOST_SHOWN)).round().int().tolist()
        pictures = torch.cat([painter.vae.draw(seen[it].clean) for it in kept])
        times = [f"t = {seen[it].time:.2f}" for it in kept]
        figure = grid({"clean picture\\nguessed": pictures}, times, inches=1.4)
        (reading,) = read(pictures[-1:])
        is_right = "as asked" if asked.holds(reading) else "not as asked"
        figure.suptitle(f"the oracle reads: {in_words(reading)} ({is_right})", fontsize=10)
        return figure

    controls = {
        "prompt": ipywidgets.Text(prompt, description="prompt"),
        "n_steps": ipywidgets.IntSlider(8, 1, 32, description="steps"),
        "guidance_scale": ipywidgets.FloatSlider(
            1.0, min=0, max=8, step=0.5, description="guidance"
        ),
        "shift": ipywidgets.FloatSlider(1.0, min=0.25, max=4, step=0.25, description="shift"),
        "seed": ipywidgets.IntSlider(0, 0, 99, description="noise"),
    }
    return panel(controls, draw)


def in_words(scene: Scene) -> str:
    """Say everything of a scene."""
    if not scene.things:
        return f"nothing on {scene.texture} {scene.tone}"
    things = tuple(Named(it.size, it.colour, it.shape) for it in scene.things[:2])
    return str(Caption(things, scene.relation(), (scene.texture, scene.tone)))
