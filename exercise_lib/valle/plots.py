"""Codes, masks, what is likely, attention to the text, and what was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from exercise_lib import figures
from exercise_lib.figures import colours
from exercise_lib.figures.draw import truth_line
from exercise_lib.valle.alignment import HOP

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SECONDS = HOP / 16_000  # a frame


def code_rows(codes: Tensor, ends: Tensor, phonemes: Sequence[str], ax: Axes | None = None) -> Axes:
    """Codes `(books, T)` as colours, the first book above; lines where phonemes end."""
    ax = ax or figures.new_figure(10, 2.6)[1]
    n_books, n_frames = codes.shape
    extent = (0.0, n_frames * SECONDS, n_books + 0.5, 0.5)
    figures.image(
        codes,
        ax,
        cmap=colours.ENERGIES,
        limits=(0, 255),
        extent=extent,
        origin="upper",
        scale="code",
    )
    times = [0.0, *(float(end) / 16_000 for end in ends)]
    for time in times[1:]:
        ax.axvline(time, color="white", linewidth=1)
    centres = [(a + b) / 2 for a, b in pairwise(times)]
    top = ax.secondary_xaxis("top")
    top.set_xticks(centres, phonemes[: len(centres)], fontsize=8)
    ax.set_yticks(range(1, n_books + 1))
    ax.set(xlabel="time (s)", ylabel="book")
    figures.describe(ax, f"{n_books} books of {n_frames} frames, of {' '.join(phonemes)}")
    return ax


def mask(hears: Tensor, names: Sequence[str], ax: Axes | None = None) -> Axes:
    """Who hears whom: a mask `(N, N)`, the place that hears in rows, from the top."""
    ax = ax or figures.new_figure(5.6, 5.0)[1]
    figures.image(hears.float(), ax, cmap=colours.COUNTS, limits=(0, 1.4), origin="upper")
    ax.set_xticks(range(len(names)), names, rotation=90, fontsize=8)
    ax.set_yticks(range(len(names)), names, fontsize=8)
    ax.set_xticks(np.arange(len(names)) - 0.5, minor=True)
    ax.set_yticks(np.arange(len(names)) - 0.5, minor=True)
    ax.grid(which="minor", color="lightgrey", linewidth=0.5)
    ax.tick_params(which="minor", length=0)
    ax.set(xlabel="is heard (blue)", ylabel="hears")
    said = (
        f"{name} hears {', '.join(names[j] for j in row.nonzero().flatten()) or 'nothing'}"
        for name, row in zip(names, hears, strict=True)
    )
    figures.describe(ax, "; ".join(said))
    return ax


def likely(rows: Mapping[str, Tensor], most: int = 25, ax: Axes | None = None) -> Axes:
    """Probabilities `(K,)` of the next code in falling order, a line for each way to choose."""
    falling = {name: its.sort(descending=True).values[:most] for name, its in rows.items()}
    return figures.curves(
        falling,
        ax,
        x=range(1, most + 1),
        xlabel="codes, the most likely first",
        ylabel="probability",
    )


def text_attention(
    maps: Mapping[str, Tensor], phonemes: Sequence[str], truth: Tensor, rc: Sequence[float]
) -> Figure:
    """Attention to the text `(T, L)` while codes are said, side by side, with the truth."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(
        1,
        len(maps),
        figsize=(4.4 * len(maps) + 0.8, 3.8),
        layout="constrained",
        sharey=True,
        squeeze=False,
    )
    for ax, (title, weights), value in zip(axes.flat, maps.items(), rc, strict=True):
        figures.image(
            weights[:, : len(phonemes)].T,
            ax,
            cmap=colours.ALIGNMENT,
            limits=(0, 1),
            scale="attention weight" if ax is axes[0, -1] else "",
        )
        truth_line(ax, np.arange(len(truth)), truth, label="true phoneme")
        ax.set(title=f"{title}: rc {value:.2f}", xlabel=f"frame ({1000 * SECONDS:.0f} ms)")
        ax.set_yticks(range(len(phonemes)), phonemes, fontsize=8)
        figures.describe(ax, f"{title}: rc {value:.2f}")
    axes[0, 0].set_ylabel("phoneme")
    axes[0, 0].legend(loc="upper left", fontsize="small")
    return figure


def bars(
    values: Mapping[str, float], xlabel: str, dotted: float | None = None, ax: Axes | None = None
) -> Axes:
    """Numbers from 0 to 1 as bars; a dotted line for what can be reached at best."""
    ax = ax or figures.new_figure(8, 0.9 + 0.36 * len(values))[1]
    drawn = ax.barh(list(values), list(values.values()), color=colours.SKY)
    ax.bar_label(drawn, [f"{it:.2f}" for it in values.values()], padding=4)
    if dotted is not None:
        ax.axvline(dotted, color="black", linewidth=1, linestyle=":")
    ax.set(xlim=(0, 1.1), xlabel=xlabel)
    ax.invert_yaxis()
    figures.describe(ax, "; ".join(f"{name} {it:.2f}" for name, it in values.items()))
    return ax


SAMPLED = {"wer": "word error rate", "stopped": "ended", "repeated": "the same code again"}


def sampled(tables: Mapping[str, Mapping[str, Mapping[str, float]]]) -> Figure:
    """Scores over the temperature, a panel for each model, a line for each score.

    Args: tables: model -> temperature -> scores by name
    """
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(
        1, len(tables), figsize=(4.6 * len(tables), 3.6), layout="constrained", squeeze=False
    )
    for ax, (title, rows) in zip(axes.flat, tables.items(), strict=True):
        lines = {
            label: torch.tensor([row[name] for row in rows.values()])
            for name, label in SAMPLED.items()
        }
        x = [float(it) for it in rows]
        figures.curves(lines, ax, x=x, xlabel="temperature", ylabel="share", title=title)
        ax.set_ylim(0, 1.25)
    return figure
