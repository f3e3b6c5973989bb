"""Draw images and curves, the way up, the colours and the scale stated.

What draws does so on `ax` (a new figure where none is given) and returns the axes. Matplotlib and
torch are imported when the first figure is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from exercise_lib.figures import colours
from exercise_lib.figures.words import curves_in_words, describe

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D
    from torch import Tensor

Array: TypeAlias = "Tensor | np.ndarray"

LINE_STYLES = ("-", "--", "-.", ":")


def new_figure(width: float, height: float) -> tuple[Figure, Axes]:
    """A figure of this size (inches) with one pair of axes."""
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=(width, height), layout="constrained")


def image(
    values: Array,
    ax: Axes | None = None,
    *,
    cmap: str = colours.ENERGIES,
    limits: tuple[float, float] | None = None,
    extent: tuple[float, float, float, float] | None = None,
    origin: Literal["lower", "upper"] = "lower",
    scale: str = "",
) -> Axes:
    """A matrix as an image, a field for each number and nothing in between smoothed.

    Args:
        values: shape `(rows, columns)`, or `(rows, columns, 3)` red, green and blue within 0..1.
        cmap: a map of `figures.colours`.
        limits: least and greatest value of the colour scale; default: those of the image.
        extent: left, right, bottom and top in the units of the axes; default: fields are counted.
        origin: "lower" where rows run upwards, "upper" for a photograph.
        scale: what the colours measure, with its unit; "" draws no colour bar.
    """
    drawn = array(values)
    ax = ax or new_figure(10, 3.6)[1]
    low, high = limits or (None, None)
    shown = ax.imshow(
        drawn,
        aspect="auto",
        origin=origin,
        interpolation="none",
        cmap=cmap,
        vmin=low,
        vmax=high,
        extent=extent,
    )
    if scale:
        ax.figure.colorbar(shown, ax=ax, label=scale, pad=0.02)
    return ax


def curves(
    values: Mapping[str, Sequence[float] | Array],
    ax: Axes | None = None,
    *,
    x: Sequence[float] | Array | None = None,
    xlabel: str = "training step",
    ylabel: str = "loss",
    title: str = "",
) -> Axes:
    """Named curves over one x axis, such as losses over training steps.

    Args:
        values: label -> one number per x.
        x: shared positions (default 0, 1, 2, ...).
        xlabel: what x is, with its unit.
        ylabel: what the curves are, with their unit.
        title: heading of the figure.
    """
    ax = ax or new_figure(7, 3.6)[1]
    for index, (label, curve) in enumerate(values.items()):
        heights = array(curve)
        ax.plot(
            np.arange(len(heights)) if x is None else array(x),
            heights,
            label=label,
            color=colours.LINES[index % len(colours.LINES)],
            linestyle=LINE_STYLES[index % len(LINE_STYLES)],
        )
    ax.set(xlabel=xlabel, ylabel=ylabel, title=title)
    ax.margins(x=0.01)
    ax.legend()
    ax.grid(alpha=0.3)
    describe(ax, curves_in_words({name: array(it) for name, it in values.items()}))
    return ax


def truth_line(ax: Axes, x: Array, y: Array, label: str) -> None:
    """The truth, a line in steps with a dark edge: visible on every colour of a map."""
    from matplotlib import patheffects

    edge = patheffects.Stroke(linewidth=2, foreground=colours.TRUTH_EDGE)
    ax.step(
        array(x),
        array(y),
        where="mid",
        color=colours.TRUTH,
        linewidth=0.8,
        path_effects=[edge, patheffects.Normal()],
        label=label,
    )


def cursor_line(ax: Axes, x: float, width: float = 2.0) -> Line2D:
    """Mark a place with a vertical line with a dark edge, and return the line."""
    from matplotlib import patheffects

    edge = patheffects.Stroke(linewidth=2 * width, foreground=colours.CURSOR_EDGE)
    effects = [edge, patheffects.Normal()]
    return ax.axvline(x, color=colours.CURSOR, linewidth=width, path_effects=effects)


def channels(tensor: Tensor) -> np.ndarray:
    """The first item's channels over time, `(C, T)`, each without its mean.

    Args: tensor: shape `(B, C, T)`, or `(B, C, T, p)`, which is averaged over the last axis.
    """
    first = array(tensor)[0]
    if first.ndim == 3:
        first = first.mean(axis=-1)
    return first - first.mean(axis=-1, keepdims=True)


def array(values: Any) -> np.ndarray:
    """A tensor, or anything that numpy takes, as an array."""
    from torch import Tensor

    if isinstance(values, Tensor):
        values = values.detach().cpu().numpy()
    return np.asarray(values)
