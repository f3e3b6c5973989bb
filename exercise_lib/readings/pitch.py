"""The pitch of several readings of a sentence, also where speech is hoarse.

Speech from blurred spectrograms is hardly periodic, and the fundamental of the corpus' voice is
weak. Probabilistic YIN finds a voice in a tenth of such frames, often an octave or two too high, so
that its mean pitch over a reading varies by three per cent where nothing but a dropout does. Here
all readings say together where the pitch is, and each is looked at near that contour. Where
probabilistic YIN finds a voice in recordings, both agree.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

SAMPLE_RATE, HOP = 16_000, 256  # Hz, samples
WINDOW, N_FFT = 1024, 4096  # samples
TOP = 1000.0  # Hz: mel bands above tell no harmonics apart
CENTS = 20  # from one pitch that is tried to the next
JUMP = 0.02  # cost of a step of so many cents, in correlation
NEAR = 200  # cents from the shared contour within which a reading's pitch is looked for
PERIODIC = 0.3  # least correlation of a frame with a voice
LOUD = 0.1  # least level of a frame with a voice, of the loudest one's


def contours(
    waveforms: Sequence[Tensor], lowest: float = 60.0, highest: float = 200.0
) -> tuple[Tensor, Tensor]:
    """Return the pitch of each reading of a sentence, and the contour that all share.

    Readings are stretched to the longest. Of all of them together the best path of pitch is found,
    then of each one within a whole tone of that path.

    Args: waveforms: `(samples,)` each, at 16 kHz; lowest, highest: where to look, Hz.
    Returns: f0 in Hz, NaN where there is no voice, `(readings, frames)`; the shared one,
        `(frames,)`; a frame is 256 samples of the longest.
    """
    n_pitches = round(1200 / CENTS * math.log2(highest / lowest)) + 1
    hertz = lowest * 2 ** (torch.arange(n_pitches) * CENTS / 1200)
    frames = max(map(len, waveforms)) // HOP + 1
    found = [stretched(*periodicity(it, hertz), frames) for it in waveforms]
    correlations, levels = (torch.stack(part) for part in zip(*found, strict=True))
    together = (correlations.clamp(min=0) * levels.sqrt()[:, :, None]).mean(dim=0)
    shared = best_path(together)
    distance = (torch.arange(n_pitches) - shared[:, None]).abs() * CENTS
    f0 = []
    for its, level in zip(correlations, levels, strict=True):
        path = best_path(its.masked_fill(distance > NEAR, -torch.inf))
        periodic = its.gather(1, path[:, None])[:, 0]
        has_voice = (periodic > PERIODIC) & (level > LOUD)
        f0.append(torch.where(has_voice, hertz[path], torch.nan))
    return torch.stack(f0), hertz[shared]


def stretched(correlations: Tensor, levels: Tensor, frames: int) -> tuple[Tensor, Tensor]:
    """Return both with another number of frames, the levels as shares of the largest."""
    both = torch.cat([correlations, levels[:, None] / levels.max().clamp(min=1e-9)], dim=1)
    changed = F.interpolate(both.T[None], size=frames, mode="linear", align_corners=True)[0].T
    return changed[:, :-1], changed[:, -1]


def periodicity(waveform: Tensor, hertz: Tensor) -> tuple[Tensor, Tensor]:
    """Return how periodic each frame is at each pitch, `(frames, pitches)`, and its level."""
    window = torch.hann_window(WINDOW)
    padded = F.pad(waveform, (WINDOW // 2, WINDOW // 2))
    powers = torch.fft.rfft(padded.unfold(0, WINDOW, HOP) * window, N_FFT).abs().square()
    powers[:, int(TOP / SAMPLE_RATE * N_FFT) + 1 :] = 0
    own = torch.fft.irfft(torch.fft.rfft(window, N_FFT).abs().square())
    correlations = torch.fft.irfft(powers) / (own / own[0]).clamp(min=0.05)
    correlations = correlations / correlations[:, :1].clamp(min=1e-9)
    lags = SAMPLE_RATE / hertz
    before, share = lags.floor().long(), lags.frac()
    at_lags = correlations[:, before] * (1 - share) + correlations[:, before + 1] * share
    return at_lags, powers.sum(dim=1).sqrt()


def best_path(correlations: Tensor) -> Tensor:
    """Return the place of a pitch in each frame, the sum of correlations less jumps being largest.

    By dynamic programming; `(frames, pitches)` to `(frames,)`.
    """
    places = torch.arange(correlations.shape[1])
    jumps = JUMP * (places[:, None] - places).abs()
    best, origins = correlations[0], []
    for row in correlations[1:]:
        reached, origin = (best[:, None] - jumps).max(dim=0)
        origins.append(origin)
        best = reached + row
    path = [best.argmax()]
    for origin in reversed(origins):
        path.append(origin[path[-1]])
    return torch.stack(path[::-1])
