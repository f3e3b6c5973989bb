"""Sheets of pictures, similarities with captions, and how often each kind is named."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from exercise_lib import figures
from exercise_lib.figures.words import MOST_PANELS
from exercise_lib.images.scenes import COLOURS, HELD_OUT, SHAPES, Scene

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from torch import Tensor

WRAP = 18  # characters of a line below a picture


def sheet(
    pictures: Tensor,
    titles: Sequence[object] | None = None,
    n_columns: int = 8,
    inches: float = 1.5,
) -> Figure:
    """Pictures in rows, each with its words below.

    Args:
        pictures: `(B, 3, height, width)`, uint8, or floating point from 0 to 1.
        titles: what stands below each; default: nothing.
        inches: width of a picture.
    """
    import matplotlib.pyplot as plt

    n_columns = min(n_columns, len(pictures))
    n_rows = -(-len(pictures) // n_columns)
    words = [textwrap.fill(str(it), WRAP) for it in titles or [""] * len(pictures)]
    lines = max(it.count("\n") + 1 if it else 0 for it in words)
    figure, axes = plt.subplots(
        n_rows,
        n_columns,
        figsize=(inches * n_columns, (inches + 0.16 * lines) * n_rows),
        layout="constrained",
        squeeze=False,
    )
    for ax in axes.flat:
        ax.set_axis_off()
    values = pictures.detach().cpu().permute(0, 2, 3, 1).numpy()
    for ax, picture, text in zip(axes.flat, values, words, strict=False):
        ax.imshow(picture, interpolation="none")
        ax.text(0.5, -0.04, text, transform=ax.transAxes, ha="center", va="top", fontsize=8)
    said = "; ".join(" ".join(it.split()) for it in words[:MOST_PANELS] if it)
    figures.describe(figure, f"{len(pictures)} pictures. {said}".strip())
    return figure


def similarities(matrices: Mapping[str, Tensor], captions: Sequence[object]) -> Figure:
    """Matrices of pictures (rows, from the top) with captions (columns), side by side.

    Args:
        matrices: title -> similarities `(B, B)`, each on a colour scale of its own.
        captions: the words of each column; picture i is the one of caption i.
    """
    import matplotlib.pyplot as plt

    width, height = 4.6 * len(matrices) + 1.6, 1.4 + 0.2 * len(captions)
    figure, axes = plt.subplots(
        1, len(matrices), figsize=(width, height), layout="constrained", squeeze=False, sharey=True
    )
    words = [textwrap.shorten(str(it), 38, placeholder=" ...") for it in captions]
    for ax, (title, matrix) in zip(axes.flat, matrices.items(), strict=True):
        scale = "similarity" if matrix.is_floating_point() else ""
        figures.image(matrix.float(), ax, origin="upper", scale=scale)
        ax.set(title=title, xlabel="caption", aspect="equal")
        ax.set_xticks(range(len(words)), range(1, len(words) + 1), fontsize=7)
    axes[0, 0].set_yticks(
        range(len(words)), [f"{it}  {n}" for n, it in enumerate(words, 1)], fontsize=7
    )
    axes[0, 0].set_ylabel("picture, by its own caption")
    return figure


def by_pair(scenes: Sequence[Scene], right: Tensor, ax: Axes | None = None) -> Axes:
    """How often things of each shape and colour were named rightly; held-out pairs are framed.

    Args: scenes: of one thing each; right: whether each was, `(B,)` bool.
    """
    from matplotlib.patches import Rectangle

    counts = np.zeros((2, len(SHAPES), len(COLOURS)))
    for scene, true in zip(scenes, right.tolist(), strict=True):
        shape, colour = scene.things[0].pair
        counts[:, SHAPES.index(shape), COLOURS.index(colour)] += (true, 1)
    shares = np.divide(
        counts[0], counts[1], out=np.full(counts[0].shape, np.nan), where=counts[1] > 0
    )
    ax = ax or figures.new_figure(6.4, 5)[1]
    scale = "share named rightly"
    figures.image(shares, ax, limits=(0, 1), origin="upper", scale=scale)
    ax.set_xticks(range(len(COLOURS)), COLOURS, rotation=45)
    ax.set_yticks(range(len(SHAPES)), SHAPES)
    for shape, colour in HELD_OUT:
        place = COLOURS.index(colour) - 0.5, SHAPES.index(shape) - 0.5
        ax.add_patch(Rectangle(place, 1, 1, fill=False, edgecolor=figures.colours.BAD, linewidth=2))
    ax.set(title="framed: never seen together")
    return ax


def bars(
    values: Mapping[str, float], ax: Axes | None = None, *, xlabel: str, chance: float
) -> Axes:
    """Named shares as bars from 0 to 1, with a line where chance is."""
    ax = ax or figures.new_figure(7, 0.6 + 0.4 * len(values))[1]
    drawn = ax.barh(list(values), list(values.values()), color=figures.colours.LINES[0])
    ax.bar_label(drawn, fmt="%.2f", padding=3)
    ax.axvline(chance, color="grey", linewidth=1, linestyle=":")
    ax.set(xlim=(0, 1.1), xlabel=f"{xlabel} (dotted: chance)")
    ax.invert_yaxis()
    figures.describe(ax, "; ".join(f"{name} {value:.2f}" for name, value in values.items()))
    return ax
