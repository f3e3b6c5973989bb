"""Paths from noise to data, times, and prompts that came out right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from exercise_lib import figures
from exercise_lib.figures.colours import BLACK, LINES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MARKERS = "o", "s", "^", "D", "v", "P"


def paths(ways: Mapping[str, Tensor], data: Tensor) -> Figure:
    """Ways in a plane side by side, from noise (small) to the data (crosses).

    Args: ways: title -> places `(n_steps + 1, B, 2)`, noise first; data: `(n, 2)`.
    """
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(
        1, len(ways), figsize=(4 * len(ways), 4.2), layout="constrained", sharex=True, sharey=True
    )
    for ax, (title, places) in zip(axes, ways.items(), strict=True):
        nearest = torch.cdist(places[-1], data).argmin(1).tolist()
        for way, end in zip(places.unbind(1), nearest, strict=True):
            ax.plot(*way.T, color=LINES[end % len(LINES)], linewidth=0.8)
        ax.plot(*places[0].T, ".", color="grey", markersize=3)
        ax.plot(*data.T, "x", color=BLACK, markersize=9, markeredgewidth=2)
        ax.set(title=title, xlabel="first number", aspect="equal")
    axes[0].set_ylabel("second number")
    words = f"ways from noise to {len(data)} points, coloured by where they end"
    figures.describe(figure, f"{'; '.join(ways)}: {words}")
    return figure


def by_steps(
    scores: Mapping[str, Mapping[str, float]], ax: Axes | None = None, *, n_prompts: int
) -> Axes:
    """Shares of prompts that came out right over the number of steps, with standard errors.

    Args: scores: name -> number of steps -> share.
    """
    ax = ax or figures.new_figure(7, 3.8)[1]
    for (name, its), colour, marker in zip(scores.items(), LINES, MARKERS, strict=False):
        shares = torch.tensor(list(its.values()))
        error = (shares * (1 - shares) / n_prompts).sqrt()
        steps = [int(it) for it in its]
        ax.errorbar(steps, shares, error, color=colour, marker=marker, capsize=3, label=name)
    ticks = sorted({int(it) for its in scores.values() for it in its})
    ax.set(xscale="log", ylim=(-0.02, 1.02), xlabel="sampling steps", ylabel="prompts right")
    ax.set_xticks(ticks, [str(it) for it in ticks])
    ax.minorticks_off()
    ax.grid(alpha=0.3)
    ax.legend()
    said = (
        f"{name}: " + ", ".join(f"{value:.2f} at {n}" for n, value in its.items())
        for name, its in scores.items()
    )
    figures.describe(ax, f"prompts right over sampling steps; {'; '.join(said)}")
    return ax


def loss_and_picture(table: Mapping[str, Mapping[str, Mapping[str, float]]]) -> Figure:
    """Loss of each network, and pictures that are right after one jump, over how noisy it began.

    Args: table: network -> noise over data -> "loss" and "right".
    """
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(11, 3.6), layout="constrained")
    said = []
    for (name, rows), colour, marker in zip(table.items(), LINES, MARKERS, strict=False):
        x = [float(it) for it in rows]
        for ax, what in zip(axes, ("loss", "right"), strict=True):
            ax.plot(x, [it[what] for it in rows.values()], marker, ls="-", color=colour, label=name)
        said += [f"{name} at {n}: loss {it['loss']}, right {it['right']}" for n, it in rows.items()]
    for ax, ylabel in zip(axes, ("loss: mean squared error", "pictures right"), strict=True):
        ax.set(xscale="log", xlabel="noise over data", ylabel=ylabel)
        ax.set_xticks(x, [f"{it:g}" for it in x])
        ax.minorticks_off()
        ax.grid(alpha=0.3)
        ax.legend()
    axes[0].set_yscale("log")
    axes[1].set_ylim(-0.02, 1.02)
    figures.describe(figure, "; ".join(said))
    return figure


def grid(rows: Mapping[str, Tensor], columns: Sequence[str], inches: float = 1.1) -> Figure:
    """Pictures in rows with names: `(columns, 3, height, width)` each, from 0 to 1."""
    import matplotlib.pyplot as plt

    size = inches * len(columns) + 1.2, (inches + 0.05) * len(rows) + 0.4
    figure, axes = plt.subplots(
        len(rows), len(columns), figsize=size, layout="constrained", squeeze=False
    )
    for line, (name, pictures) in zip(axes, rows.items(), strict=True):
        for ax, picture in zip(line, pictures.permute(0, 2, 3, 1).numpy(), strict=True):
            ax.imshow(picture, interpolation="none")
            ax.set(xticks=[], yticks=[])
        line[0].set_ylabel(name, rotation=0, ha="right", va="center", fontsize=9)
    for ax, name in zip(axes[0], columns, strict=True):
        ax.set_title(name, fontsize=9)
    figures.describe(figure, f"pictures; rows: {'; '.join(rows)}; columns: {'; '.join(columns)}")
    return figure
