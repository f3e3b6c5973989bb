"""Guidance against diversity, pictures along the way, and maps of words over pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from exercise_lib import figures
from exercise_lib.images.scenes import SIDE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from exercise_lib.images.prompts import Counts


def guidance(rows: Mapping[float, Counts], ceiling: float, of_data: float) -> Figure:
    """Prompts right and diversity of what prompts leave open, by the guidance scale.

    Args:
        rows: what `by_guidance` returns.
        ceiling: share of prompts right where the VAE has only to give back true pictures.
        of_data: entropy of the tones of as many true pictures.
    """
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
    x = range(len(rows))
    heights, errors = ([it[name] for it in rows.values()] for name in ("right", "error"))
    left.errorbar(x, heights, errors, marker="o", capsize=3, color=figures.colours.BLUE)
    left.axhline(ceiling, color="grey", linestyle=":")
    left.set(ylabel="share of prompts right (dotted: ceiling)", ylim=(-0.03, 1.05))
    tones = [it["tones"] for it in rows.values()]
    right.plot(x, tones, marker="s", color=figures.colours.VERMILLION)
    right.axhline(of_data, color="grey", linestyle=":")
    right.set(ylabel="entropy of the tone, not said (dotted: data)", ylim=(-0.03, 1.05))
    for ax in (left, right):
        ax.set_xticks(list(x), [f"{it:g}" for it in rows])
        ax.set_xlabel("guidance scale w")
        ax.grid(alpha=0.3)
    said = "; ".join(
        f"w {scale:g}: right {it['right']:.2f}, tones {it['tones']:.2f}"
        for scale, it in rows.items()
    )
    figures.describe(left, said)
    return figure


def word_maps(
    picture: Tensor,
    words: Sequence[str],
    maps: Mapping[str, Tensor],
    masks: Tensor | None = None,
) -> Figure:
    """A picture, and over it the map of each word, a row for each network or time.

    Args:
        picture: `(3, 32, 32)`, from 0 to 1 or uint8.
        words: of the caption.
        maps: title of a row -> `(words, h, h)`, each of sum 1.
        masks: outlines of things to draw on the maps, `(things, 32, 32)` bool.
    """
    import matplotlib.pyplot as plt

    n_rows, n_columns = len(maps), len(words) + 1
    figure, axes = plt.subplots(
        n_rows,
        n_columns,
        figsize=(1.5 * n_columns, 1.75 * n_rows),
        layout="constrained",
        squeeze=False,
    )
    extent = (-0.5, SIDE - 0.5, SIDE - 0.5, -0.5)
    for row, (title, its) in zip(axes, maps.items(), strict=True):
        row[0].imshow(picture.permute(1, 2, 0).numpy(), interpolation="none")
        row[0].set_ylabel(title)
        for ax, word, values in zip(row[1:], words, its, strict=True):
            shown = ax.imshow(
                values.numpy(), cmap=figures.colours.ALIGNMENT, extent=extent, interpolation="none"
            )
            for mask in masks if masks is not None else ():
                ax.contour(mask.float().numpy(), [0.5], colors=figures.colours.SKY, linewidths=1.5)
            ax.set_title(word, fontsize=10)
            figures.describe(ax, f"{title}, {word}: peak at {place_of_peak(values)}")
        figure.colorbar(shown, ax=row[-1], label="share", ticks=[])
        for ax in row:
            ax.set(xticks=[], yticks=[])
    return figure


def place_of_peak(values: Tensor) -> str:
    """Say in which row and column of a map its peak lies, from 1 at the upper left."""
    row, column = divmod(int(values.argmax()), values.shape[1])
    return f"row {row + 1}, column {column + 1}"


def hits(rows: Mapping[str, Mapping[int, Mapping[str, float]]], kinds: Sequence[str]) -> Figure:
    """Shares of maps that point at the thing, for each kind of word; a panel for each resolution.

    Args: rows: name of a network -> places along an axis -> kind of word -> share, and "chance".
    """
    import matplotlib.pyplot as plt

    levels = list(next(iter(rows.values())))
    figure, axes = plt.subplots(
        len(levels), 1, figsize=(9, 2.9 * len(levels)), layout="constrained", squeeze=False
    )
    width = 0.8 / len(rows)
    places = torch.arange(len(kinds)).numpy()
    hatches = ("", "//", "..", "xx")
    for ax, cells in zip(axes.flat, levels, strict=True):
        for number, (name, found) in enumerate(rows.items()):
            drawn = ax.bar(
                places + number * width,
                [found[cells][kind] for kind in kinds],
                width,
                label=name,
                color=figures.colours.LINES[number],
                hatch=hatches[number % len(hatches)],
                edgecolor="white",
            )
            ax.bar_label(drawn, fmt="%.2f", fontsize=7, padding=2)
        ax.axhline(found[cells]["chance"], color="grey", linestyle=":")
        ax.set_xticks(places + 0.4 - width / 2, kinds)
        ax.set(ylabel="share of peaks on the thing", title=f"maps of {cells} x {cells} places")
        ax.set_ylim(0, 1.25)
        ax.legend(ncols=len(rows), fontsize="small", loc="upper right")
        said = "; ".join(
            f"{name}: " + ", ".join(f"{kind} {its[cells][kind]:.2f}" for kind in kinds)
            for name, its in rows.items()
        )
        figures.describe(ax, said)
    axes[-1, 0].set_xlabel("kind of word (dotted: chance)")
    return figure
