"""Rate and distortion, spectrograms of copies, what a discriminator sees, shares of a gradient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from torch import Tensor

from exercise_lib import figures
from exercise_lib.codec.spectra import FLOOR, SAMPLE_RATE, magnitude
from exercise_lib.figures import colours

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SCORES = {"pesq": "PESQ, 1 to 4.6", "stoi": "STOI, 0 to 1", "wer": "word error rate"}
MARKERS = "osD^v"
N_FFT, HOP = 512, 128  # samples


def rate_distortion(
    curves: Mapping[str, Sequence[Mapping[str, float]]], ceilings: Mapping[str, float]
) -> Figure:
    """Draw scores over kilobits a second, a line for each codec.

    Args:
        curves: codec -> points, each with "kbps" and scores
        ceilings: scores of the recordings themselves
    """
    import matplotlib.pyplot as plt

    shown = [it for it in SCORES if any(it in point for its in curves.values() for point in its)]
    figure, axes = plt.subplots(
        1, len(shown), figsize=(4.3 * len(shown), 3.6), layout="constrained", squeeze=False
    )
    for ax, name in zip(axes.flat, shown, strict=True):
        for index, (label, points) in enumerate(curves.items()):
            its = [it for it in points if name in it]
            ax.plot(
                [it["kbps"] for it in its],
                [it[name] for it in its],
                marker=MARKERS[index % len(MARKERS)],
                color=colours.LINES[index % len(colours.LINES)],
                label=label,
            )
        if name in ceilings:
            ax.axhline(ceilings[name], color="black", linestyle=":", label="recordings")
        ax.set(xlabel="kilobits a second", ylabel=SCORES[name], xscale="log")
        ax.set_xticks([0.4, 0.8, 1.6, 3.2, 8, 16], ["0.4", "0.8", "1.6", "3.2", "8", "16"])
        ax.minorticks_off()
        ax.grid(alpha=0.3)
        if name == "wer":
            ax.set_ylim(0, None)
    axes[0, -1].legend()
    said = "; ".join(
        f"{label}: "
        + ", ".join(f"{it['kbps']:.1f} kb/s {it[name]:.2f}" for it in points if name in it)
        for label, points in curves.items()
        for name in shown[:1]
    )
    figures.describe(figure, f"{', '.join(SCORES[it] for it in shown)}. {shown[0]}: {said}")
    return figure


def spectrograms(waveforms: Mapping[str, Tensor]) -> Figure:
    """Draw log-magnitude spectrograms of waveforms `(samples,)` on one colour scale."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(
        1,
        len(waveforms),
        figsize=(3.6 * len(waveforms) + 1, 3),
        layout="constrained",
        sharey=True,
        squeeze=False,
    )
    for ax, (title, waveform) in zip(axes.flat, waveforms.items(), strict=True):
        levels = 20 * magnitude(waveform[None], N_FFT, HOP)[0].clamp(min=FLOOR).log10()
        extent = (0.0, len(waveform) / SAMPLE_RATE, 0.0, SAMPLE_RATE / 2000)
        is_last = ax is axes[0, -1]
        figures.image(
            levels,
            ax,
            cmap=colours.MEL,
            limits=(-80, -10),
            extent=extent,
            scale="dB" if is_last else "",
        )
        ax.set(title=title, xlabel="time (s)")
    axes[0, 0].set_ylabel("frequency (kHz)")
    figures.describe(figure, f"Spectrograms of {', '.join(waveforms)}")
    return figure


def complex_channels(channels: Tensor, n_fft: int, hop_length: int) -> Figure:
    """Draw both channels of the lowest bins of a complex spectrum, `(2, frames, bins)`."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(10, 3.2), layout="constrained", sharey=True)
    largest = float(channels.abs().quantile(0.995))
    seconds, top = channels.shape[1] * hop_length / SAMPLE_RATE, channels.shape[2] / n_fft
    extent = (0.0, seconds, 0.0, top * SAMPLE_RATE / 1000)
    for ax, values, title in zip(axes, channels, ("real part", "imaginary part"), strict=True):
        figures.image(
            values.T,
            ax,
            cmap=colours.ENERGIES,
            limits=(-largest, largest),
            extent=extent,
            scale="amplitude" if ax is axes[1] else "",
        )
        ax.set(title=title, xlabel="time (s)")
    axes[0].set_ylabel("frequency (kHz)")
    figures.describe(figure, f"Real and imaginary part of an STFT of {n_fft} samples")
    return figure


def shares(rows: Mapping[str, Mapping[str, float]]) -> Figure:
    """Draw the share of each loss in a gradient as bars, a group of bars for each row."""
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots(figsize=(8, 3.2), layout="constrained")
    names = list(next(iter(rows.values())))
    width = 0.8 / len(rows)
    for index, (label, row) in enumerate(rows.items()):
        places = [n + (index - (len(rows) - 1) / 2) * width for n in range(len(names))]
        bars = ax.bar(places, [row[name] for name in names], width, label=label)
        for bar in bars:
            bar.set_color(colours.LINES[index])
        ax.bar_label(bars, fmt="%.2f", fontsize="small")
    ax.set_xticks(range(len(names)), names)
    ax.set(ylabel="share of the gradient's norm", ylim=(0, 1.1))
    ax.legend()
    said = "; ".join(f"{label}: {dict(row)}" for label, row in rows.items())
    figures.describe(figure, f"Shares of the gradient. {said}")
    return figure
