"""What was asked beside what is heard: piano rolls, levels over time, shares of prompts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from exercise_lib import figures
from exercise_lib.codec.spectra import FLOOR, magnitude
from exercise_lib.figures.colours import BLACK, BLUE, LINES, MEL, SKY
from exercise_lib.music.instruments import RATE
from exercise_lib.music.oracle import Reading, read
from exercise_lib.music.pieces import REGISTERS, SECONDS, Kind
from exercise_lib.music.stable_audio_scores import ATTRIBUTES, FRAME, frame_levels

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

N_FFT, HOP = 512, 128  # samples
HALF = 6  # semitones from the middle of a register to its end
LOWEST_LEVEL = -70.0  # decibels shown
CHANCE = {"instrument": 1 / 5, "contour": 1 / 3, "register": 1 / 3, "tempo": 1 / 2, "drums": 1 / 3}


def piano_rolls(kinds: Sequence[Kind], sounds: Tensor, n_columns: int = 4) -> Figure:
    """What the oracle hears of sounds `(B, 48000)` as a piano roll, on what was asked.

    The band is the register that was asked for, the title the other words; what is heard
    otherwise is named in the title with an exclamation mark.
    """
    figure, axes = grid(len(kinds), n_columns, 2.5)
    for ax in axes.flat[len(kinds) :]:
        ax.set_axis_off()
    readings = read(sounds)
    for ax, kind, reading in zip(axes.flat, kinds, readings, strict=False):
        piano_roll(kind, reading, ax)
    for ax in axes[:, 0]:
        ax.set_ylabel("pitch (MIDI)")
    for ax in axes[-1]:
        ax.set_xlabel("time (s)")
    told = [
        f"asked {words(kind)}, heard {words(reading.kind)}"
        for kind, reading in zip(kinds, readings, strict=True)
    ]
    figures.describe(figure, "; ".join(told))
    return figure


def grid(n: int, n_columns: int, height: float) -> tuple[Figure, Any]:
    """Return a figure of n panels on equal axes, in rows; `height` of a panel in inches."""
    import matplotlib.pyplot as plt

    n_columns = min(n_columns, n)
    n_rows = -(-n // n_columns)
    return plt.subplots(
        n_rows,
        n_columns,
        figsize=(3.1 * n_columns, height * n_rows),
        layout="constrained",
        squeeze=False,
        sharex=True,
        sharey=True,
    )


def words(kind: Kind) -> str:
    return ", ".join(getattr(kind, name) for name in ATTRIBUTES)


def piano_roll(kind: Kind, reading: Reading, ax: Axes) -> None:
    """Notes as bars at their pitches; the asked register as a band."""
    middle = REGISTERS[kind.register]
    ax.axhspan(middle - HALF, middle + HALF, color=SKY, alpha=0.25, linewidth=0)
    starts = reading.starts
    apart = starts[1] - starts[0] if len(starts) > 1 else SECONDS
    for start, pitch in zip(starts, reading.pitches, strict=True):
        end = min(start + 0.85 * apart, SECONDS)
        ax.hlines(pitch, start, end, color=BLUE, linewidth=4)
        if reading.kind.drums != "none":
            marker = "v" if reading.kind.drums == "kick" else "x"
            ax.plot([start], [37], marker, color=BLACK, markersize=5)
    said, wrong = [], []
    for name in ATTRIBUTES:
        asked, heard = getattr(kind, name), getattr(reading.kind, name)
        said.append("no drums" if name == "drums" and asked == "none" else asked)
        if asked != heard:
            wrong.append(f"{heard}!")
    title = f"{' '.join(said[:2])}, {said[2]},\n{said[3]}, {said[4]}"
    ax.set_title(title + (f"  ({', '.join(wrong)})" if wrong else ""), fontsize=8)
    ax.set(xlim=(0, SECONDS), ylim=(34, 86))
    ax.grid(alpha=0.3)


def spectrograms(sounds: Tensor, titles: Sequence[str], n_columns: int = 4) -> Figure:
    """Log-magnitude spectrograms of sounds `(B, samples)`, low frequencies below."""
    figure, axes = grid(len(sounds), n_columns, 2.2)
    levels = 20 * magnitude(sounds, N_FFT, HOP).clamp(min=FLOOR).log10()
    ends = 0.0, sounds.shape[1] / RATE, 0.0, RATE / 2000
    for ax, values, title in zip(axes.flat, levels, titles, strict=True):
        figures.image(values, ax, cmap=MEL, limits=(-80, -10), extent=ends)
        ax.set_title(title, fontsize=8)
    for ax in axes[:, 0]:
        ax.set_ylabel("frequency (kHz)")
    for ax in axes[-1]:
        ax.set_xlabel("time (s)")
    figures.describe(figure, f"Spectrograms from -80 to -10 dB of {'; '.join(titles)}")
    return figure


def levels(sounds: Mapping[str, Tensor], ends: Sequence[float], ax: Axes | None = None) -> Axes:
    """Levels over time of sounds `(samples,)`; a dotted line marks where each was to end."""
    ax = ax or figures.new_figure(8, 3.6)[1]
    curves = {}
    for name, sound in sounds.items():
        loud = frame_levels(sound[None])[0]
        curves[name] = (20 * (loud / loud.max()).clamp(min=1e-6).log10()).clamp(min=LOWEST_LEVEL)
    x = torch.arange(len(next(iter(curves.values())))) * FRAME / RATE
    figures.curves(curves, ax, x=x, xlabel="time (s)", ylabel="level (dB below the loudest)")
    for end, colour in zip(ends, LINES, strict=False):
        ax.axvline(end, color=colour, linestyle=":")
    return ax


def asked_and_heard(
    asked: Tensor, heard: Mapping[str, Tensor], ax: Axes | None = None, what: str = "total"
) -> Axes:
    """Sounding seconds over asked ones, a mark for each clip, and the line of what is right."""
    ax = ax or figures.new_figure(6.4, 4.2)[1]
    low, high = float(asked.min()) - 0.2, float(asked.max()) + 0.2
    ax.plot([low, high], [low, high], color="grey", linestyle=":", label="as asked")
    for (name, its), colour, marker in zip(heard.items(), LINES, "o^sD", strict=False):
        off = float((its - asked).abs().mean())
        ax.plot(asked, its, marker, color=colour, ms=5, alpha=0.7, label=f"{name}: {off:.2f} s off")
    ax.set(xlabel=f"asked seconds ({what})", ylabel="sounding seconds")
    ax.legend()
    ax.grid(alpha=0.3)
    told = (
        f"{name}: {float((its - asked).abs().mean()):.2f} s off on average"
        for name, its in heard.items()
    )
    figures.describe(ax, f"Sounding over asked seconds of {len(asked)} clips. {'; '.join(told)}")
    return ax


def followed(rows: Mapping[str, Mapping[str, float]], n: int, ax: Axes | None = None) -> Axes:
    """Shares of n prompts of which each thing is heard as asked; lines: chance."""
    ax = ax or figures.new_figure(9, 3.8)[1]
    width = 0.8 / len(rows)
    for index, (name, row) in enumerate(rows.items()):
        places = [k + (index - (len(rows) - 1) / 2) * width for k in range(len(ATTRIBUTES))]
        values = [row[it] for it in ATTRIBUTES]
        errors = [(it * (1 - it) / n) ** 0.5 for it in values]
        bars = ax.bar(places, values, width, yerr=errors, color=LINES[index], label=name, capsize=2)
        ax.bar_label(bars, [f"{it:.2f}" for it in values], fontsize=7, padding=1)
    for k, name in enumerate(ATTRIBUTES):
        chance = CHANCE[name]
        ax.plot([k - 0.45, k + 0.45], [chance, chance], color=BLACK, linestyle="--", lw=1)
    ax.set_xticks(range(len(ATTRIBUTES)), ATTRIBUTES)
    ax.set(ylabel=f"share of {n} prompts\nheard as asked", ylim=(0, 1.15))
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1), title="dashed: chance")
    told = (
        f"{n}: " + ", ".join(f"{a} {row[a]:.2f}" for a in ATTRIBUTES) for n, row in rows.items()
    )
    figures.describe(ax, "; ".join(told))
    return ax
