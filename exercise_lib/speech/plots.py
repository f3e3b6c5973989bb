"""Figures of speech and attention: labelled axes with units, stated orientation.

Every function draws on `ax` (a new figure where none is given) and returns the axes.
Matplotlib is imported when the first figure is drawn.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
from torch import Tensor

from exercise_lib.figures import colours
from exercise_lib.figures.draw import (
    Array,
    array,
    channels,
    cursor_line,
    image,
    new_figure,
    truth_line,
)
from exercise_lib.figures.words import describe
from exercise_lib.speech import words
from exercise_lib.speech.mel_scale import hz_to_mel, mel_to_hz

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from exercise_lib.mel import MelConfig

MEL_LIMITS = (-11.5, 2.0)  # natural log: the colour scale of every mel spectrogram
SMALLEST_TYPE = 6  # points, of a letter
HZ_TICKS = (0, 250, 500, 1000, 2000, 4000, 8000)
READABLE = 0.15  # inches for each character of a y axis


def large_type() -> None:
    """Set figure type large enough to read from the back of a lecture room."""
    import matplotlib.pyplot as plt

    plt.rcParams.update({"font.size": 20, "axes.titlesize": 24, "lines.linewidth": 3})


def alignment(
    alignment: Array,
    ax: Axes | None = None,
    *,
    characters: str | None = None,
    truth: Array | None = None,
    seconds_per_step: float | None = None,
    title: str = "",
    cursor: int | None = None,
    origin: Literal["lower", "upper"] = "lower",
    scale: str = "attention weight",
) -> Axes:
    """Attention alignment: decoder steps run to the right, encoder steps (characters) upwards.

    The colour scale is fixed to 0..1, so two alignments can be compared by eye.

    Args:
        alignment: attention weights, shape `(T_enc, T_dec)`; every column sums to 1.
        characters: the `T_enc` characters, drawn as y ticks.
        truth: true encoder position of every decoder step, shape `(T_dec,)`, drawn as a line.
        seconds_per_step: duration of a decoder step; adds a second x axis in seconds.
        title: heading of the figure.
        cursor: decoder step to mark with a vertical line.
        origin: `"lower"` as everywhere in the field; `"upper"` only to show what goes wrong.
        scale: what the colours measure.

    Raises:
        ValueError: the shapes of `alignment`, `characters` and `truth` do not belong together.
    """
    weights = array(alignment)
    if weights.ndim != 2:
        raise ValueError(f"an alignment has shape (T_enc, T_dec), got {weights.shape}")
    n_encoder, n_decoder = weights.shape
    if characters is not None and len(characters) != n_encoder:
        raise ValueError(f"{len(characters)} characters for {n_encoder} encoder steps")
    if truth is not None and array(truth).shape != (n_decoder,):
        raise ValueError(f"truth has shape {array(truth).shape}, expected ({n_decoder},)")

    ax = ax or new_figure(10, min(9.0, 2.5 + 0.12 * n_encoder))[1]
    image(weights, ax, cmap=colours.ALIGNMENT, limits=(0, 1), origin=origin, scale=scale)
    if truth is not None:
        truth_line(ax, np.arange(n_decoder), truth, label="true character")
        ax.legend(loc="upper left" if origin == "lower" else "upper right", fontsize="small")
    if cursor is not None:
        cursor_line(ax, cursor)
    if characters is not None:
        _character_ticks(ax, characters)
    ax.set(xlabel="decoder step", ylabel="encoder step (character)", title=title)
    _whole_steps(ax)
    describe(ax, words.way(weights))
    if seconds_per_step is not None:
        seconds = ax.secondary_xaxis(
            "top",
            functions=(
                lambda step: np.multiply(step, seconds_per_step),
                lambda seconds: np.divide(seconds, seconds_per_step),
            ),
        )
        seconds.set_xlabel("time (s)")
    return ax


def alignments(
    alignments: Mapping[str, Array],
    *,
    n_columns: int = 4,
    truth: Array | None = None,
    characters: str | None = None,
) -> Figure:
    """Several alignments on one colour scale, each drawn as by `alignment`.

    Args:
        alignments: title -> attention weights, shape `(T_enc, T_dec)`.
        n_columns: panels in a row.
        truth: true encoder position of every decoder step, shape `(T_dec,)`, drawn as a line.
        characters: the `T_enc` characters, drawn as y ticks of the first panel in a row; panels are
            as high as their type needs.
    """
    import matplotlib.pyplot as plt

    n_rows = -(-len(alignments) // n_columns)
    width, height = (5.4, 5.6) if n_columns <= 2 else (3.3, 3.1)
    if characters is not None:
        height = max(height, 1 + READABLE * len(characters))
    figure, axes = plt.subplots(
        n_rows,
        n_columns,
        figsize=(width * n_columns, height * n_rows),
        layout="constrained",
        sharex=True,
        sharey=True,
        squeeze=False,
    )
    for ax, (title, weights) in zip(axes.flat, alignments.items(), strict=False):
        image(weights, ax, cmap=colours.ALIGNMENT, limits=(0, 1))
        if truth is not None:
            truth_line(ax, np.arange(len(truth)), truth, label="true character")
        ax.set_title(title)
        describe(ax, f"{title.splitlines()[0]}: {words.way(array(weights))}")
    if truth is not None:
        axes[0, 0].legend(loc="upper left", fontsize="small")
    for ax in axes[-1]:
        ax.set_xlabel("decoder step")
        _whole_steps(ax)
    for ax in axes[:, 0]:
        ax.set_ylabel("encoder step (character)")
        if characters is not None:
            _character_ticks(ax, characters)
    [shown] = axes[0, 0].get_images()
    figure.colorbar(shown, ax=axes, label="attention weight", pad=0.02)
    return figure


def energies(
    energies: Array, ax: Axes | None = None, *, characters: str | None = None, title: str = ""
) -> Axes:
    """Attention energies, drawn as an alignment is: decoder steps right, encoder steps upwards.

    Args:
        energies: before the softmax, of any sign, shape `(T_dec, T_enc)`.
        characters: the `T_enc` characters, drawn as y ticks.
        title: heading of the figure.
    """
    values = array(energies).T
    ax = ax or new_figure(10, min(9.0, 2.5 + 0.12 * len(values)))[1]
    image(values, ax, cmap=colours.ENERGIES, scale="energy")
    if characters is not None:
        _character_ticks(ax, characters)
    ax.set(xlabel="decoder step", ylabel="encoder step (character)", title=title)
    describe(ax, words.way(values, "energy"))
    return ax


def attention_step(
    weights: Array, characters: str, ax: Axes | None = None, *, truth: float | None = None
) -> Axes:
    """One decoder step of an alignment: how much attention every character gets.

    Args:
        weights: attention weights of the step, shape `(T_enc,)`.
        characters: the `T_enc` characters, drawn as y ticks (upwards, as in the alignment).
        truth: true encoder position, drawn as a horizontal line.
    """
    values = array(weights)
    ax = ax or new_figure(4, min(9.0, 2.5 + 0.12 * len(values)))[1]
    ax.barh(np.arange(len(values)), values, color=colours.WEIGHT_ON_WHITE)
    if truth is not None:
        ax.axhline(truth, color=colours.TRUTH_ON_WHITE, linewidth=1.5, label="true character")
        ax.legend(loc="upper right", fontsize="small")
    _character_ticks(ax, characters)
    ax.set(xlim=(0, 1), ylim=(-0.5, len(values) - 0.5), xlabel="attention weight")
    describe(ax, words.step(values, characters))
    return ax


def waveform(
    waveform: Array, sample_rate: int, ax: Axes | None = None, *, title: str = "", start: float = 0
) -> Axes:
    """Waveform against time; the y axis is fixed to -1..1, the range a file can hold.

    Args:
        waveform: samples, shape `(samples,)`.
        sample_rate: samples per second (Hz).
        title: heading of the figure.
        start: time of the first sample (s).
    """
    samples = array(waveform).reshape(-1)
    ax = ax or new_figure(10, 2.6)[1]
    seconds = start + np.arange(len(samples)) / sample_rate
    ax.plot(seconds, samples, color=colours.WAVEFORM, linewidth=0.6)
    ax.set(xlabel="time (s)", ylabel="amplitude", ylim=(-1, 1), title=title)
    ax.set_xlim(seconds[0], seconds[-1])
    describe(ax, words.loudness(samples, seconds))
    return ax


def mel(
    log_mel: Array,
    config: MelConfig,
    ax: Axes | None = None,
    *,
    title: str = "",
    limits: tuple[float, float] = MEL_LIMITS,
) -> Axes:
    """Log-mel spectrogram: time in seconds to the right, frequency in Hz (mel-spaced) upwards.

    Args:
        log_mel: natural-log mel magnitudes, shape `(n_mels, frames)`.
        config: the settings it was made with.
        title: heading of the figure.
        limits: colour scale (natural log), fixed so that two spectrograms can be compared.
    """
    values = array(log_mel)
    if values.ndim != 2 or values.shape[0] != config.n_mels:
        raise ValueError(f"a log-mel has shape ({config.n_mels}, frames), got {values.shape}")
    ax = ax or new_figure(10, 3.6)[1]
    duration = values.shape[1] * config.hop_length / config.sample_rate
    extent = (0, duration, -0.5, config.n_mels - 0.5)
    image(values, ax, cmap=colours.MEL, limits=limits, extent=extent, scale="ln magnitude")
    positions, labels = mel_ticks(config.n_mels, config.fmin, config.fmax)
    ax.set_yticks(positions, labels)
    ax.set(xlabel="time (s)", ylabel="frequency (Hz)", title=title)
    hertz = centres(config.n_mels, config.fmin, config.fmax)
    describe(ax, words.energy(values, hertz, config.hop_length / config.sample_rate))
    return ax


def filterbank(weights: Array, config: MelConfig, ax: Axes | None = None) -> Axes:
    """Mel filterbank: one triangle per band over frequency in Hz.

    Args:
        weights: shape `(n_mels, n_fft // 2 + 1)`.
        config: the settings it was made with.
    """
    bands = array(weights)
    ax = ax or new_figure(10, 3.2)[1]
    hertz = np.fft.rfftfreq(config.n_fft, 1 / config.sample_rate)
    for index, band in enumerate(bands):
        ax.plot(hertz, band, color=colours.LINES[index % 2], linewidth=0.9)
    ax.set(xlabel="frequency (Hz)", ylabel="weight (1/Hz)", xlim=(0, hertz[-1]))
    ax.set_title(f"{len(bands)} mel bands")
    describe(ax, words.triangles(bands, hertz))
    return ax


def folded(folded: Array, sample_rate: int, ax: Axes | None = None, *, title: str = "") -> Axes:
    """Period view of a waveform: one column per period, read bottom to top, then to the right.

    A sound whose own period is the folding period draws horizontal stripes.

    Args:
        folded: samples as the period discriminator sees them, shape `(T / period, period)`.
        sample_rate: samples per second (Hz).
        title: heading of the figure.
    """
    rows = array(folded)
    if rows.ndim != 2:
        raise ValueError(f"a folded waveform has shape (T / period, period), got {rows.shape}")
    n_rows, period = rows.shape
    ax = ax or new_figure(10, 3.6)[1]
    limit = max(float(np.abs(rows).max()), 1e-6)
    extent = (0, 1000 * n_rows * period / sample_rate, -0.5, period - 0.5)
    image(rows.T, ax, limits=(-limit, limit), extent=extent, scale="amplitude")
    ax.set(
        xlabel="start of the period (ms)",
        ylabel="sample within the period",
        title=title or f"period {period} samples = {sample_rate / period:.0f} Hz",
    )
    if period <= 12:
        ax.set_yticks(range(period))
    describe(ax, words.stripes(rows))
    return ax


def feature_maps(
    maps: Mapping[str, Sequence[Tensor]], duration: float, *, n_channels: int = 32
) -> Figure:
    """Feature maps of one discriminator: a row per sound, a column per layer.

    Time runs to the right, channels upwards. Every channel is drawn as its deviation from its own
    mean over time, and the sounds share one colour scale per layer. The maps of a period
    discriminator, `(B, C, T / p, p)`, are averaged over the p phases.

    Args:
        maps: name of the sound -> one tensor per layer, shape `(B, C, T)` or `(B, C, T / p, p)`;
            the first item of the batch is drawn.
        duration: length of the input (s).
        n_channels: how many channels to draw at most.
    """
    import matplotlib.pyplot as plt

    n_layers = len(next(iter(maps.values())))
    figure, axes = plt.subplots(
        len(maps),
        n_layers,
        figsize=(max(10, 1.9 * n_layers), 2 * len(maps) + 0.6),
        layout="constrained",
        sharex=True,
        squeeze=False,
    )
    told = []
    for layer in range(n_layers):
        drawn = [channels(layers[layer])[:n_channels] for layers in maps.values()]
        told.append(drawn)
        limit = max(1e-6, *(float(np.quantile(np.abs(rows), 0.99)) for rows in drawn))
        for ax, rows in zip(axes[:, layer], drawn, strict=True):
            extent = (0, duration, -0.5, len(rows) - 0.5)
            image(rows, ax, limits=(-limit, limit), extent=extent)
            ax.set_yticks([0, len(rows) - 1] if len(rows) > 1 else [0])
        size = "x".join(str(n) for n in next(iter(maps.values()))[layer].shape[1:])
        axes[0, layer].set_title(f"layer {layer + 1}\n{size}", fontsize="small")
        axes[-1, layer].set_xlabel("time (s)")
    for ax, name in zip(axes[:, 0], maps, strict=True):
        ax.set_ylabel(f"{name}\nchannel")
    describe(figure, words.spread(told))
    return figure


def receptive_fields(blocks: Mapping[str, Sequence[tuple[int, int]]]) -> Figure:
    """What one output of each block sees: lines lead down from the output to the inputs it reads.

    Every row is a layer, the input at the bottom and the output at the top; a dot is a position
    on which the output depends. All panels share one time axis.

    Args:
        blocks: name -> (kernel size, dilation) of each layer, from the input to the output.
    """
    import matplotlib.pyplot as plt
    from matplotlib.collections import LineCollection

    figure, axes = plt.subplots(
        len(blocks),
        1,
        figsize=(10, 0.9 + 1.9 * len(blocks)),
        layout="constrained",
        sharex=True,
        squeeze=False,
    )
    for index, (ax, (name, layers)) in enumerate(zip(axes[:, 0], blocks.items(), strict=True)):
        colour = colours.LINES[index % len(colours.LINES)]
        positions = {0}
        ax.plot(0, len(layers), "o", color=colour)
        for row, (kernel_size, dilation) in reversed(list(enumerate(layers))):
            taps = [dilation * (i - (kernel_size - 1) // 2) for i in range(kernel_size)]
            lines = [[(at, row + 1), (at + tap, row)] for at in positions for tap in taps]
            ax.add_collection(LineCollection(lines, colors=colour, linewidths=0.5, alpha=0.4))
            positions = {at + tap for at in positions for tap in taps}
            ax.plot(sorted(positions), [row] * len(positions), "o", color=colour, markersize=3)
        steps = [f"kernel {kernel_size}, dilation {dilation}" for kernel_size, dilation in layers]
        ax.set_yticks(range(len(layers) + 1), ["input", *steps], fontsize="small")
        reach = f"{name}: {max(positions) - min(positions) + 1} samples"
        ax.set_title(reach)
        describe(ax, f"{reach}, of which it reads {len(positions)}.")
        ax.margins(y=0.15)
    axes[-1, 0].set_xlabel("position relative to the output (samples)")
    return figure


def edit_table(
    table: Array,
    reference: Sequence[str],
    heard: Sequence[str],
    pairs: Sequence[Sequence[str | None]],
    ax: Axes | None = None,
) -> Axes:
    """Fewest errors between the beginnings of two sentences, and the way that pairs their words.

    Words heard run to the right, the reference downwards, as the table is filled.

    Args:
        table: number of errors, shape `(len(reference) + 1, len(heard) + 1)`.
        reference: words that were to be said.
        heard: words that were heard.
        pairs: (word, word), (word, None) for a deletion, (None, word) for an insertion.
    """
    errors = array(table)
    ax = ax or new_figure(1.6 + 0.75 * errors.shape[1], 0.8 + 0.45 * errors.shape[0])[1]
    most = max(1, errors.max())
    image(errors, ax, cmap=colours.COUNTS, limits=(0, 2 * most), origin="upper")
    for (row, column), count in np.ndenumerate(errors):
        ax.text(column, row, f"{count}", ha="center", va="center")
    steps = [(first is not None, second is not None) for first, second in pairs]
    way = np.cumsum([(0, 0), *steps], axis=0)
    ax.plot(way[:, 1], way[:, 0], color=colours.WAY, linewidth=12, alpha=0.4)
    ax.set_yticks(range(len(errors)), ["", *reference])
    ax.set_xticks(range(errors.shape[1]), ["", *heard], rotation=30)
    ax.set(xlabel="heard", ylabel="to be said", title=f"{errors[-1, -1]} errors")
    describe(ax, words.pairs(pairs))
    return ax


def warping(
    distances: Array,
    path: Array,
    seconds_per_frame: float,
    ax: Axes | None = None,
    *,
    names: tuple[str, str] = ("recording", "text to speech"),
    title: str = "",
) -> Axes:
    """Distance of every frame of one sound from every frame of another, and the warping path.

    The first sound runs upwards, the second to the right, as text and speech do in an alignment.

    Args:
        distances: shape `(N, M)`, natural-log magnitude.
        path: pairs of frames, shape `(steps, 2)`.
        seconds_per_frame: the hop (s).
        names: what the first and the second sound are.
        title: heading of the figure.
    """
    values, pairs = array(distances), array(path) + 0.5
    ax = ax or new_figure(7, 5.6)[1]
    n, m = (count * seconds_per_frame for count in values.shape)
    image(values, ax, extent=(0, m, 0, n), scale="distance of two frames (ln magnitude)")
    ax.plot([0, m], [0, n], ":", color=colours.SAME_PACE, label="the same pace throughout")
    ax.plot(
        pairs[:, 1] * seconds_per_frame,
        pairs[:, 0] * seconds_per_frame,
        color=colours.WAY,
        linewidth=2.5,
        label="warping path",
    )
    ax.legend(loc="upper left", fontsize="small", facecolor="grey", labelcolor="white")
    ax.set(xlabel=f"{names[1]}: time (s)", ylabel=f"{names[0]}: time (s)", title=title)
    describe(ax, words.pace(array(path), seconds_per_frame))
    return ax


def _whole_steps(ax: Axes) -> None:
    from matplotlib.ticker import MaxNLocator

    ax.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))


def _character_ticks(ax: Axes, characters: str) -> None:
    """Characters as y ticks; where they would be too small to read, words at their first letter."""
    import matplotlib.pyplot as plt

    available = ax.get_window_extent().height / ax.figure.dpi * 72  # points
    size = 1.1 * available / len(characters)
    positions = list(range(len(characters)))
    labels = [c.replace(" ", "\N{OPEN BOX}") for c in characters]
    if size < SMALLEST_TYPE:
        words = list(re.finditer(r"\S+", characters))
        positions, labels = [it.start() for it in words], [it.group() for it in words]
        size = available / len(words)
    ax.set_yticks(positions, labels, fontsize=min(plt.rcParams["font.size"], size))
    ax.tick_params(axis="y", length=2)


def centres(n_mels: int, fmin: float, fmax: float) -> np.ndarray:
    """Centre of each mel band (Hz)."""
    low, high = hz_to_mel(_float_tensor([fmin, fmax]))
    return array(mel_to_hz(low + (high - low) * _float_tensor(range(1, n_mels + 1)) / (n_mels + 1)))


def mel_ticks(n_mels: int, fmin: float, fmax: float) -> tuple[np.ndarray, list[str]]:
    """Band positions (fractional rows) and labels of round frequencies within the range (Hz)."""
    hertz = [hz for hz in HZ_TICKS if fmin <= hz <= fmax]
    edges = array(hz_to_mel(_float_tensor([fmin, fmax])))
    step = (edges[1] - edges[0]) / (n_mels + 1)  # mels between neighbouring centres
    positions = (array(hz_to_mel(_float_tensor(hertz))) - edges[0]) / step - 1
    return positions, [f"{hz:g}" for hz in hertz]


def _float_tensor(values: Sequence[float]) -> Tensor:
    import torch

    return torch.tensor(values, dtype=torch.float64)
