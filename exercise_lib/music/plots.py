"""Sheets of spectrograms with their words, and rankings of classes."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from exercise_lib import figures
from exercise_lib.figures.words import MOST_PANELS
from exercise_lib.music.pieces import INSTRUMENTS, SECONDS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from torch import Tensor

WRAP = 34  # characters of a line above a spectrogram
MOST = 10  # classes shown


def sheet(log_mel: Tensor, titles: Sequence[object], n_columns: int = 4) -> Figure:
    """Log-mel spectrograms in rows, low bands below, each with its words above.

    Args: log_mel: `(B, bands, frames)`, from 0 to 1.
    """
    import matplotlib.pyplot as plt

    n_columns = min(n_columns, len(log_mel))
    n_rows = -(-len(log_mel) // n_columns)
    figure, axes = plt.subplots(
        n_rows,
        n_columns,
        figsize=(3.1 * n_columns, 2.3 * n_rows),
        layout="constrained",
        squeeze=False,
        sharex=True,
        sharey=True,
    )
    for ax in axes.flat[len(log_mel) :]:
        ax.set_axis_off()
    for ax, values, title in zip(axes.flat, log_mel, titles, strict=False):
        spectrogram(values, ax)
        ax.set_title(textwrap.fill(str(title), WRAP), fontsize=8)
    for ax in axes[:, 0]:
        ax.set_ylabel("mel band")
    for ax in axes[-1]:
        ax.set_xlabel("time (s)")
    said = "; ".join(str(it) for it in titles[:MOST_PANELS])
    figures.describe(figure, f"{len(log_mel)} sounds. {said}")
    return figure


def spectrogram(log_mel: Tensor, ax: Axes | None = None, *, seconds: float = SECONDS) -> Axes:
    """One log-mel spectrogram `(bands, frames)`, from 0 to 1, low bands below."""
    ends = 0, seconds, 0, len(log_mel)
    return figures.image(log_mel, ax, cmap=figures.colours.MEL, limits=(0, 1), extent=ends)


def ranking(log_mel: Tensor, names: Sequence[str], cosines: Tensor) -> Figure:
    """A sound, and beside it the classes with the most similar one on top."""
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(
        1, 2, figsize=(10, 3.4), layout="constrained", width_ratios=[1.2, 2]
    )
    spectrogram(log_mel, left).set(xlabel="time (s)", ylabel="mel band")
    order = cosines.argsort(descending=True)[:MOST].tolist()
    shown = [names[it] for it in order], [float(cosines[it]) for it in order]
    right.bar_label(right.barh(*shown, color=figures.colours.LINES[0]), fmt="%.2f", padding=3)
    right.invert_yaxis()
    right.set(
        xlabel="cosine with the sentence", title=f"most like: {names[order[0]]}", xlim=(-1, 1.15)
    )
    return figure


def confusions(tables: Mapping[str, Tensor], names: Sequence[str] = INSTRUMENTS) -> Figure:
    """How often each instrument (rows, from the top) was named as which, side by side.

    Args: tables: title -> counts `(instruments, instruments)`.
    """
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(
        1, len(tables), figsize=(4.6 * len(tables), 4), layout="constrained", squeeze=False
    )
    for ax, (title, counts) in zip(axes.flat, tables.items(), strict=True):
        shares = counts / counts.sum(1, keepdim=True).clamp(min=1)
        last = ax is axes.flat[-1]
        scale = "share of its sounds" if last else ""
        figures.image(shares, ax, limits=(0, 1), origin="upper", scale=scale)
        right = float(counts.diagonal().sum() / counts.sum())
        ax.set(title=f"{title}: {right:.2f} named rightly", xlabel="named", aspect="equal")
        ax.set_xticks(range(len(names)), names, rotation=30)
        ax.set_yticks(range(len(names)), names)
        told = (f"{it} {float(x):.2f}" for it, x in zip(names, shares.diagonal(), strict=True))
        figures.describe(ax, f"{title}, named rightly: {', '.join(told)}.")
    axes[0, 0].set_ylabel("played")
    return figure
