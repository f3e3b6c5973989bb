"""The pitch of hoarse speech: short-time autocorrelation, and the best way through its peaks.

Speech from blurred spectrograms is hardly periodic, and the fundamental of the corpus' voice is
weak, so that probabilistic YIN finds a voice in a tenth of such frames, often an octave or two too
high. Where it finds one in recordings, both agree.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

SAMPLE_RATE, HOP = 16_000, 256  # Hz, samples
WINDOW, N_FFT = 1024, 4096  # samples
TOP = 1000.0  # Hz: mel bands above tell no harmonics apart
CENTS = 20  # from one pitch that is tried to the next
JUMP = 0.02  # cost of a step of so many cents, in correlation
PERIODIC = 0.5  # least correlation of a frame with a voice
LOUD = 0.1  # least level of a frame with a voice, of the loudest one's


def pitch(waveform: Tensor, lowest: float = 60.0, highest: float = 200.0) -> Tensor:
    """Return the fundamental frequency of each frame in Hz, NaN where there is no voice.

    Correlations are divided by the window's own (Boersma 1993); a path through them pays for jumps.

    Args: waveform: `(samples,)` at 16 kHz; lowest, highest: where to look, Hz.
    Returns: `(frames,)`, a frame every 256 samples.
    """
    n_pitches = round(1200 / CENTS * math.log2(highest / lowest)) + 1
    hertz = lowest * 2 ** (torch.arange(n_pitches) * CENTS / 1200)
    correlations, levels = periodicity(waveform, hertz)
    path = best_path(correlations)
    periodic = correlations.gather(1, path[:, None])[:, 0]
    has_voice = (periodic > PERIODIC) & (levels > LOUD * levels.max())
    return torch.where(has_voice, hertz[path], torch.nan)


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
