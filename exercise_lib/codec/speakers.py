"""Whose voice is it? An oracle for voices that it has been shown."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from torch import Tensor

from exercise_lib.codec.spectra import SAMPLE_RATE, log_mel

N_FFT, HOP = 1024, 320  # samples
LOWEST, HIGHEST = 60.0, 400.0  # Hz, of the fundamental frequency
UNVOICED = 120.0  # Hz, in place of a fundamental frequency where none is found


def voice_features(waveform: Tensor) -> np.ndarray:
    """Return what tells voices apart and sentences little: `(195,)`.

    Mean and spread of each log-mel band where there is speech, and the quartiles of the logarithm
    of the fundamental frequency, by probabilistic YIN (Mauch and Dixon 2014).
    """
    import librosa

    levels = log_mel(waveform[None], N_FFT)[0]  # (bands, frames)
    loud = levels.mean(0)
    speech = levels[:, loud > loud.median() - 1.0]
    f0, *_ = librosa.pyin(
        waveform.numpy(),
        fmin=LOWEST,
        fmax=HIGHEST,
        sr=SAMPLE_RATE,
        frame_length=N_FFT,
        hop_length=HOP,
        resolution=0.2,
    )
    voiced = f0[f0 > 0] if (f0 > 0).any() else np.array([UNVOICED])
    quartiles = np.percentile(np.log(voiced), [25, 50, 75])
    return np.concatenate([speech.mean(1).numpy(), speech.std(1).numpy(), quartiles])


class SpeakerOracle:
    """Linear discriminant analysis of `voice_features`, with a shrunk covariance.

    Args:
        waveforms: `(samples,)` each, at 16 kHz
        names: whose voice each is
    """

    def __init__(self, waveforms: Sequence[Tensor], names: Sequence[str]) -> None:
        from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

        features = np.stack([voice_features(it) for it in waveforms])
        self.model = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
        self.model.fit(features, names)

    def __call__(self, waveform: Tensor) -> str:
        """Return whose voice a waveform `(samples,)` is most like."""
        return str(self.model.predict(voice_features(waveform)[None])[0])
