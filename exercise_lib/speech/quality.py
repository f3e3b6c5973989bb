"""How good is the sound: mel distance, PESQ, STOI."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

SAMPLE_RATE = 16_000  # Hz; PESQ's wide band is defined for it
HOP = 256  # samples


def vocoder_quality(
    generate: Callable[[Tensor], Tensor],
    waveforms: Sequence[Tensor],
    log_mel: Callable[[Tensor], Tensor],
) -> dict[str, float]:
    """Compare copies of recordings with the recordings.

    Args:
        generate: waveform `(samples,)` -> its copy `(samples,)`, from the log-mel alone.
        waveforms: recordings at 16 kHz.
        log_mel: `(B, samples)` -> `(B, n_mels, frames)`.

    Returns:
        Means of mel-L1 (natural-log magnitude) and, where the packages are there, PESQ wide band
        (1.0 to 4.6) and STOI (0 to 1); and the speed, as a multiple of real time.
    """
    totals: dict[str, float] = {}
    seconds = 0.0
    for waveform in waveforms:
        waveform = waveform[: len(waveform) // HOP * HOP]
        start = time.perf_counter()
        copied = generate(waveform)
        seconds += time.perf_counter() - start
        distance = (log_mel(copied[None]) - log_mel(waveform[None])).abs().mean()
        row = {"mel_l1": float(distance), **perceived_quality(waveform, copied)}
        for name, value in row.items():
            totals[name] = totals.get(name, 0.0) + value / len(waveforms)
    totals["times_real_time"] = sum(map(len, waveforms)) / SAMPLE_RATE / seconds
    return totals


def perceived_quality(reference: Tensor, degraded: Tensor) -> dict[str, float]:
    """Return PESQ and STOI of one utterance, each where its package is there.

    PESQ is compiled when it is installed (`pip install -e ".[quality]"`), so it may be missing.
    """
    a, b = (x.numpy().astype("float64") for x in (reference, degraded.to(torch.float32)))
    scores = {}
    with contextlib.suppress(ImportError):
        from pesq import pesq

        scores["pesq"] = float(pesq(SAMPLE_RATE, a, b, "wb", on_error=1))
    with contextlib.suppress(ImportError):
        from pystoi import stoi

        scores["stoi"] = float(stoi(a, b, SAMPLE_RATE))
    return scores
