"""Change single codes of a picture and see what the decoder paints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor

from exercise_lib import figures
from exercise_lib.figures.panel import panel

if TYPE_CHECKING:
    from ipywidgets import VBox
    from matplotlib.figure import Figure

    from exercise_lib.images.vqvae import Vqvae


def code_editor(model: Vqvae, pictures: Tensor) -> VBox:
    """Choose a picture and a place, put another code there, and see the picture before and after.

    Args: pictures: to choose from, `(B, 3, 32, 32)` uint8.
    """
    import ipywidgets

    every = model.look_up(pictures)  # (B, h, w)

    def draw(number: int, row: int, column: int, code: int) -> Figure:
        codes = every[number].clone()
        before = int(codes[row, column])
        codes[row, column] = code
        return before_and_after(model, every[number], codes, (row, column), before)

    last = model.cells - 1
    controls = {
        "number": ipywidgets.IntSlider(0, 0, len(pictures) - 1, description="picture"),
        "row": ipywidgets.IntSlider(last // 2, 0, last, description="row"),
        "column": ipywidgets.IntSlider(last // 2, 0, last, description="column"),
        "code": ipywidgets.IntSlider(0, 0, len(model.book) - 1, description="code there"),
    }
    return panel(controls, draw)


def before_and_after(
    model: Vqvae, codes: Tensor, changed: Tensor, place: tuple[int, int], before: int
) -> Figure:
    """Two pictures `(h, w)` of codes side by side, with the place that differs framed."""
    import matplotlib.pyplot as plt
    from matplotlib.patches import Rectangle

    figure, axes = plt.subplots(1, 2, figsize=(7, 3.8), layout="constrained")
    p, (row, column) = model.config.patch, place
    titles = f"code {before} at the frame", f"code {int(changed[row, column])} at the frame"
    for ax, its, title in zip(axes, (codes, changed), titles, strict=True):
        ax.imshow(model.draw(its[None])[0].permute(1, 2, 0).numpy(), interpolation="none")
        frame = (column * p - 0.5, row * p - 0.5), p, p
        ax.add_patch(Rectangle(*frame, fill=False, edgecolor=figures.colours.BAD, linewidth=2))
        ax.set(title=title, xlabel="pixels", ylabel="pixels")
    return figure
