"""The log-mel spectrogram of HiFi-GAN, step by step from the waveform.

Lecture 7, "Waveform Model": (Batch, Freq-bins, Frames) and (Batch, 1, Samples) are tied by the hop.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from exercise_lib.speech.mel_scale import hz_to_mel, mel_to_hz


@dataclass(frozen=True)
class MelConfig:
    """Analysis settings shared by the vocoder, its loss and every notebook."""

    sample_rate: int = 16_000  # Hz
    n_fft: int = 1024  # samples, also the length of the window
    hop_length: int = 256  # samples from one frame to the next
    n_mels: int = 80  # mel bands
    fmin: float = 0.0  # Hz, lower edge of the first band
    fmax: float = 8000.0  # Hz, upper edge of the last band: the Nyquist frequency here


DEFAULT_CONFIG = MelConfig()


def hann_window(n: int) -> Tensor:
    """Periodic Hann window: w[k] = 1/2 - 1/2 cos(2 pi k / n), k = 0 ... n-1.

    Args: n: length in samples, at least 2.
    Returns: `(n,)` float32 between 0 and 1.
    Raises: ValueError when n is below 2.
    """
    if n < 2:
        raise ValueError(f"a window has at least 2 samples, got n = {n}")
    # TODO 2.1: equation (2.1)
    raise NotImplementedError("TODO 2.1: equation (2.1)")


def frame(waveform: Tensor, n_fft: int, hop_length: int) -> Tensor:
    """Cut overlapping frames out of the reflect-padded waveform.

    frame t, sample k = padded[t hop + k], with (n_fft - hop) / 2 samples of padding on both sides,
    rounded down (the official HiFi-GAN mel; no further centring).

    Args: waveform: `(B, samples)`; n_fft, hop_length: samples, 1 <= hop_length <= n_fft.
    Returns: `(B, frames, n_fft)`, frames = samples // hop; (samples - 1) // hop where n_fft - hop
        is odd.
    Raises: ValueError for a wrong rank, an impossible hop, or too few samples to reflect.
    """
    if waveform.ndim != 2 or not waveform.is_floating_point():
        raise ValueError(f"waveform must be (B, samples) of floats, got {tuple(waveform.shape)}")
    if not 1 <= hop_length <= n_fft:
        raise ValueError(f"need 1 <= hop_length <= n_fft, got {hop_length} and {n_fft}")
    n_pad = (n_fft - hop_length) // 2
    if waveform.shape[1] <= max(n_pad, hop_length - 1):
        raise ValueError(f"{waveform.shape[1]} samples are too few for n_fft {n_fft}")
    # TODO 2.2: equation (2.2), of the reflect-padded waveform
    raise NotImplementedError("TODO 2.2: equation (2.2), of the reflect-padded waveform")


def stft_magnitude(waveform: Tensor, config: MelConfig) -> Tensor:
    """Short-time Fourier magnitude |X| = sqrt(re^2 + im^2 + 1e-9) (official HiFi-GAN mel).

    The 1e-9 keeps the gradient of the square root finite in silence.

    Args: waveform: `(B, samples)`, between -1 and 1.
    Returns: `(B, n_fft // 2 + 1, frames)` linear magnitude.
    Raises: ValueError as `frame` does.
    """
    window = hann_window(config.n_fft).to(waveform)
    # TODO 2.3: equation (2.3) for every windowed frame
    raise NotImplementedError("TODO 2.3: equation (2.3) for every windowed frame")


def mel_filterbank(config: MelConfig) -> Tensor:
    """Triangular filters on the Slaney mel scale, each divided by half its width in Hz.

    H_m(f) = 2 / (right - left) max(0, min(rising, falling)),
    rising = (f - left) / (centre - left), falling = (right - f) / (right - centre),
    with left, centre, right = edges m, m+1, m+2 (Slaney's Auditory Toolbox; librosa's default).

    Returns: `(n_mels, n_fft // 2 + 1)` float32, in 1 / Hz.
    Raises: ValueError unless 0 <= fmin < fmax <= sample_rate / 2 and n_mels >= 1.
    """
    nyquist = config.sample_rate / 2
    if not 0 <= config.fmin < config.fmax <= nyquist or config.n_mels < 1:
        raise ValueError(f"need 0 <= fmin < fmax <= {nyquist} Hz and n_mels >= 1, got {config}")
    bins = torch.fft.rfftfreq(config.n_fft, 1 / config.sample_rate, dtype=torch.float64)  # Hz
    low, high = hz_to_mel(torch.tensor([config.fmin, config.fmax], dtype=torch.float64))  # mel
    # TODO 2.4: equation (2.4)
    raise NotImplementedError("TODO 2.4: equation (2.4)")


def log_compress(magnitude: Tensor) -> Tensor:
    """Natural logarithm with a floor: ln(max(magnitude, 1e-5)), so silence is -11.5129.

    The maximum comes first: ln 0 has no finite gradient.

    Args: magnitude: any shape, linear, not negative.
    Returns: the same shape, natural-log magnitude.
    Raises: ValueError for a negative or NaN magnitude (was the logarithm taken already?).
    """
    # TODO 2.5: equation (2.5); refuse what is negative or NaN
    raise NotImplementedError("TODO 2.5: equation (2.5); refuse what is negative or NaN")


def log_mel_spectrogram(waveform: Tensor, config: MelConfig = DEFAULT_CONFIG) -> Tensor:
    """The vocoder's input and the phi of the mel loss: phi(x) = ln(max(H |X|, 1e-5)).

    Lecture 7, "HiFi-GAN loss functions": phi is the mel-spectrogram transform.

    Args: waveform: `(B, samples)`, between -1 and 1.
    Returns: `(B, n_mels, frames)` natural-log magnitude, with the frames of `frame`.
    Raises: ValueError for a wrong rank, too few samples, NaN or infinite samples.
    """
    filterbank = mel_filterbank(config).to(waveform)  # (n_mels, bins)
    # TODO 2.6: equation (2.6); refuse NaN and infinite samples
    raise NotImplementedError("TODO 2.6: equation (2.6); refuse NaN and infinite samples")


def samples_to_frames(n_samples: int, hop_length: int) -> int:
    """Whole frames in n_samples: frames = floor(samples / hop).

    Args: n_samples: at least 0; hop_length: samples, at least 1.
    Returns: number of frames, an int.
    Raises: ValueError for a negative n_samples or a hop below 1.
    """
    # TODO 2.7a: equation (2.7), or the ValueError
    raise NotImplementedError("TODO 2.7a: equation (2.7), or the ValueError")


def frames_to_samples(n_frames: int, hop_length: int) -> int:
    """Samples the generator makes of n_frames: samples = hop x frames.

    Lecture 7, "Waveform Model": the hop is the upsampling factor of the waveform model.

    Args: n_frames: at least 0; hop_length: samples, at least 1.
    Returns: number of samples, an int.
    Raises: ValueError for a negative n_frames or a hop below 1.
    """
    # TODO 2.7b: equation (2.7), or the ValueError
    raise NotImplementedError("TODO 2.7b: equation (2.7), or the ValueError")
