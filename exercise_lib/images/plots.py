"""Sheets of pictures."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from exercise_lib import figures
from exercise_lib.figures.words import MOST_PANELS

if TYPE_CHECKING:
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
