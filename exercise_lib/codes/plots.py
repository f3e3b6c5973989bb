"""Spectrograms of some books, and errors against bits and against stored vectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from exercise_lib import figures
from exercise_lib.codes.frames import SETTINGS
from exercise_lib.speech import plots

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from torch import Tensor

ERROR = "error, share of the variance"


class Measured(NamedTuple):
    """What some books cost and what they lose."""

    bits: float  # a frame
    vectors: int  # stored
    error: float  # share of the variance of frames they were not fitted to


def spectrograms(log_mels: Mapping[str, Tensor]) -> Figure:
    """Named log-mel spectrograms `(80, T)` below each other, on one colour scale."""
    import matplotlib.pyplot as plt

    n = len(log_mels)
    figure, axes = plt.subplots(
        n, 1, figsize=(10, 2.3 * n), layout="constrained", squeeze=False, sharex=True
    )
    for ax, (title, log_mel) in zip(axes[:, 0], log_mels.items(), strict=True):
        plots.mel(log_mel, SETTINGS, ax, title=title)
        if ax is not axes[-1, 0]:
            ax.set_xlabel("")
    return figure


def by_books(errors: Mapping[str, Sequence[float]], ax: Axes | None = None) -> Axes:
    """Errors after 1, 2, ... books, on a logarithmic scale."""
    numbers = range(1, 1 + max(map(len, errors.values())))
    ax = figures.curves(errors, ax, x=list(numbers), xlabel="books used", ylabel=ERROR)
    for line in ax.lines:
        line.set_marker("o")
    ax.set_xticks(numbers)
    error_axis(ax)
    return ax


def cost_and_error(measured: Mapping[str, Sequence[Measured]]) -> Figure:
    """The same errors twice: against bits a frame, and against the number of stored vectors."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(11, 4), layout="constrained", sharey=True)
    xlabels = "bits a frame", "stored vectors"
    for ax, field, xlabel in zip(axes, ("bits", "vectors"), xlabels, strict=True):
        kinds = zip(figures.colours.LINES, "os^Dv", measured.items(), strict=False)
        for colour, marker, (name, rows) in kinds:
            points = [(getattr(it, field), it.error) for it in rows]
            ax.plot(*zip(*points, strict=True), color=colour, marker=marker, label=name)
        ax.set(xlabel=xlabel, ylabel=ERROR)
        ax.grid(alpha=0.3)
        error_axis(ax)
    axes[1].set_xscale("log", base=2)
    axes[0].legend()
    told = (f"{name}: {', '.join(map(in_words, rows))}" for name, rows in measured.items())
    figures.describe(figure, f"{'; '.join(told)}.")
    return figure


def error_axis(ax: Axes) -> None:
    """Let errors run upwards on a logarithmic scale, in plain numbers."""
    ax.set_yscale("log")
    ax.yaxis.set_major_formatter("{x:g}")
    ax.yaxis.set_minor_formatter("{x:.2g}")


def in_words(it: Measured) -> str:
    return f"{it.bits:g} bits, {it.vectors} vectors, error {it.error:.3f}"
