"""Figures of readings: spectrograms and pitch of ten of one sentence, and how much they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from torch import Tensor

from exercise_lib import figures
from exercise_lib.figures import colours
from exercise_lib.readings.pitch import HOP, SAMPLE_RATE, contours
from exercise_lib.readings.speaking import Reading
from exercise_lib.speech.plots import MEL_LIMITS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PITCH_LIMITS = (65, 180)  # Hz, of the corpus' voice


def spectrograms(readings: Sequence[Reading], n_columns: int = 5) -> Figure:
    """Draw the log-mel spectrograms of readings on one scale of time and colour."""
    import matplotlib.pyplot as plt

    n_rows = -(-len(readings) // n_columns)
    figure, axes = plt.subplots(
        n_rows,
        n_columns,
        figsize=(2.6 * n_columns, 1.9 * n_rows + 0.4),
        layout="constrained",
        sharex=True,
        sharey=True,
        squeeze=False,
    )
    longest = max(it.seconds for it in readings)
    for number, (ax, it) in enumerate(zip(axes.flat, readings, strict=False), start=1):
        extent = (0.0, it.seconds, -0.5, len(it.log_mel) - 0.5)
        figures.image(it.log_mel, ax, cmap=colours.MEL, limits=MEL_LIMITS, extent=extent)
        ax.set(title=f"{number}: {it.seconds:.2f} s", xlim=(0, longest))
    for ax in axes[-1]:
        ax.set_xlabel("time (s)")
    for ax in axes[:, 0]:
        ax.set_ylabel("mel band")
    figure.colorbar(axes[0, 0].images[0], ax=axes, label="ln magnitude", pad=0.01)
    lengths = ", ".join(f"{it.seconds:.2f}" for it in readings)
    figures.describe(figure, f"{len(readings)} readings of {lengths} s.")
    return figure


def pitches(readings: Mapping[str, Sequence[Reading]]) -> Figure:
    """Draw the pitch of several readings over time, a panel for each way to read."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(
        1,
        len(readings),
        figsize=(4.2 * len(readings), 3.4),
        layout="constrained",
        sharex=True,
        sharey=True,
        squeeze=False,
    )
    for ax, (name, its) in zip(axes.flat, readings.items(), strict=True):
        f0, shared = contours([it.waveform for it in its])
        seconds = np.arange(len(shared)) * HOP / SAMPLE_RATE
        ax.plot(seconds, f0.T, color=colours.BLUE, linewidth=0.9, alpha=0.6)
        ax.set(xlabel="time (s)", yscale="log", ylim=PITCH_LIMITS, title=name)
        ax.set_yticks([70, 90, 120, 160], ["70", "90", "120", "160"])
        ax.minorticks_off()
        ax.grid(alpha=0.3)
        apart = float((f0.log() - shared.log()).nanmean(dim=1).std())
        figures.describe(ax, f"{name}: readings are {100 * apart:.1f} per cent apart.")
    axes[0, 0].set_ylabel("pitch (Hz)")
    return figure


def spreads(rows: Mapping[str, Mapping[str, Any]]) -> Figure:
    """Draw the spread of pitch and of length of each way to read as bars, errors as lines.

    Args: rows: name -> "pitch" and "length" (natural logarithm), and "... error" where known.
    """
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(
        1, 2, figsize=(11, 0.6 + 0.42 * len(rows)), layout="constrained", sharey=True
    )
    names = list(rows)
    for ax, what in zip(axes, ("pitch", "length"), strict=True):
        values = [100 * rows[name][what] for name in names]
        errors = [100 * rows[name].get(f"{what} error", 0.0) for name in names]
        bars = ax.barh(range(len(names)), values, xerr=errors, color=colours.SKY, ecolor="black")
        ax.bar_label(bars, fmt="%.1f", padding=4)
        ax.set(xlabel=f"spread of {what} over readings (%)")
        ax.margins(x=0.15)
    axes[0].set_yticks(range(len(names)), names)
    axes[0].invert_yaxis()
    said = "; ".join(
        f"{name}: pitch {100 * its['pitch']:.1f}, length {100 * its['length']:.1f}"
        for name, its in rows.items()
    )
    figures.describe(figure, f"Spread in per cent. {said}.")
    return figure


def drowned(frames: Tensor, widths: Mapping[str, Tensor]) -> Figure:
    """Draw a spectrogram beside others, on one colour scale.

    Args: frames: log-mel `(n_mels, frames)`; widths: title -> the same shape.
    """
    import matplotlib.pyplot as plt

    shown = {"recording": frames, **widths}
    figure, axes = plt.subplots(
        1, len(shown), figsize=(4.2 * len(shown), 3), layout="constrained", sharey=True
    )
    for ax, (title, its) in zip(axes, shown.items(), strict=True):
        extent = (0.0, its.shape[1] * HOP / SAMPLE_RATE, -0.5, len(its) - 0.5)
        is_last = ax is axes[-1]
        figures.image(
            its,
            ax,
            cmap=colours.MEL,
            limits=MEL_LIMITS,
            extent=extent,
            scale="ln magnitude" if is_last else "",
        )
        ax.set(title=title, xlabel="time (s)")
    axes[0].set_ylabel("mel band")
    figures.describe(figure, f"Log-mel spectrograms: {', '.join(shown)}.")
    return figure
