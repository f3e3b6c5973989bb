"""What figures of speech show, a sentence each, for those who hear them: see `figures.describe`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

SILENCE = 0.01  # of the largest amplitude a file can hold
MOST_WORDS = 20  # of two sentences


def way(values: np.ndarray, what: str = "weight") -> str:
    """Return where the largest values of an alignment `(T_enc, T_dec)` go."""
    peaks = values.argmax(axis=0)
    back = int((np.diff(peaks) < 0).sum())
    return (
        f"The largest {what} goes from character {peaks[0]} to {peaks[-1]} of {len(values)}, "
        f"and moves back at {back} of {len(peaks)} steps."
    )


def step(weights: np.ndarray, characters: str) -> str:
    """Return which character a decoder step attends to most."""
    most = int(weights.argmax())
    share = weights[most] / max(float(weights.sum()), 1e-9)
    return f"Most attention, {share:.2f} of it, is on character {most}, {characters[most]!r}."


def loudness(samples: np.ndarray, seconds: np.ndarray) -> str:
    """Return how long and loud a waveform is, and where its largest sample."""
    size = np.abs(samples)
    return (
        f"It lasts {seconds[-1] - seconds[0]:.2f} s; the largest amplitude is {size.max():.2f}, at "
        f"{seconds[size.argmax()]:.2f} s, and {(size < SILENCE).mean():.0%} of it is near silence."
    )


def energy(log_mel: np.ndarray, hertz: np.ndarray, seconds_per_frame: float) -> str:
    """Return where a log-mel spectrogram has most energy, in time and in frequency.

    Args: hertz: the centre of each band.
    """
    frames, bands = np.exp(log_mel).mean(axis=0), np.exp(log_mel).mean(axis=1)
    return (
        f"{log_mel.shape[0]} bands of {log_mel.shape[1]} frames; most energy is at "
        f"{frames.argmax() * seconds_per_frame:.2f} s and near {hertz[bands.argmax()]:.0f} Hz."
    )


def triangles(bands: np.ndarray, hertz: np.ndarray) -> str:
    """Return how wide the first and the last band of a filterbank are."""
    widths = [np.ptp(hertz[band > 0]) if (band > 0).any() else 0.0 for band in bands]
    return f"The first band is {widths[0]:.0f} Hz wide and the last one {widths[-1]:.0f} Hz."


def stripes(rows: np.ndarray) -> str:
    """Return how alike neighbouring periods of a folded waveform are."""
    if len(rows) < 2 or rows.std() == 0:
        return ""
    alike = np.corrcoef(rows[:-1].ravel(), rows[1:].ravel())[0, 1]
    shape = "horizontal stripes" if alike > 0.5 else "no clear stripes"
    return f"Each column is like the next one to {alike:.2f} (1 is the same): {shape}."


def spread(layers: Sequence[Sequence[np.ndarray]]) -> str:
    """Return how far the second sound's feature maps are from the first one's, layer by layer.

    Args: layers: of each layer a map `(channels, times)` for each sound.
    """
    if any(len({it.shape for it in maps[:2]}) > 1 or len(maps) < 2 for maps in layers):
        return ""
    far = [np.abs(b - a).mean() / max(np.abs(a).mean(), 1e-9) for a, b, *_ in layers]
    told = ", ".join(f"{it:.2f}" for it in far)
    return f"The second sound's distance from the first, in mean sizes, layer by layer: {told}."


def pairs(words: Sequence[Sequence[str | None]]) -> str:
    """Return what was said and heard, word by word, where they differ."""
    told = [
        f"{said} heard as {heard}" if said and heard else f"{said} left out" if said else
        f"{heard} added" for said, heard in words if said != heard
    ]  # fmt: skip
    more = [f"{len(told) - MOST_WORDS} more"] if len(told) > MOST_WORDS else []
    return f"Errors: {', '.join([*told[:MOST_WORDS], *more]) or 'none'}."


def pace(path: np.ndarray, seconds_per_frame: float) -> str:
    """Return how far a warping path leaves the diagonal: `path` has pairs of frames."""
    ends = np.maximum(path[-1], 1)
    ahead = (path[:, 1] - path[:, 0] * ends[1] / ends[0]) * seconds_per_frame
    return (
        f"Beside an even pace, the path is at most {max(0.0, ahead.max()):.2f} s to the right and "
        f"{max(0.0, -ahead.min()):.2f} s to the left."
    )
