"""Hear a waveform, and turn a log-mel spectrogram back into sound with Griffin-Lim."""

from __future__ import annotations

import base64
import html
import io
import wave
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

if TYPE_CHECKING:
    from IPython.display import HTML, Audio

    from exercise_lib.mel import MelConfig

PCM_PEAK = 32767  # largest 16-bit sample


def play(waveform: Tensor | np.ndarray, sample_rate: int) -> Audio:
    """An audio player for one waveform, at its own level (nothing is normalised).

    Args:
        waveform: mono samples in [-1, 1], shape `(samples,)`, `(1, samples)` or `(1, 1, samples)`.
        sample_rate: samples per second (Hz).

    Returns:
        A player that a notebook shows when it is the value of a cell.

    Raises:
        ValueError: the waveform is empty, silent, not finite, too loud or not mono.
    """
    from IPython.display import Audio

    class Player(Audio):
        def _repr_html_(self) -> str:
            label = f'<audio aria-label="{spoken_label("sound", waveform, sample_rate)}"'
            return super()._repr_html_().replace("<audio", label, 1)

    return Player(data=wav_bytes(waveform, sample_rate))


def play_all(waveforms: Mapping[str, Tensor | np.ndarray], sample_rate: int) -> HTML:
    """Labelled audio players in a row, for listening to one waveform against another.

    Args:
        waveforms: label -> mono samples in [-1, 1], shape `(samples,)`.
        sample_rate: samples per second (Hz), the same for all.

    Returns:
        HTML with one labelled player per waveform.

    Raises:
        ValueError: see `play`.
    """
    from IPython.display import HTML

    cells = []
    for label, waveform in waveforms.items():
        data = base64.b64encode(wav_bytes(waveform, sample_rate)).decode("ascii")
        spoken = spoken_label(label, waveform, sample_rate)
        player = (
            f'<audio controls aria-label="{spoken}" src="data:audio/wav;base64,{data}"></audio>'
        )
        cells.append(f"<div><div>{html.escape(label)}</div>{player}</div>")
    return HTML(f'<div style="display:flex;flex-wrap:wrap;gap:1em">{"".join(cells)}</div>')


def spoken_label(name: str, waveform: Tensor | np.ndarray, sample_rate: int) -> str:
    """What a screen reader says of a player, as HTML."""
    return html.escape(f"{name}, {np.size(as_array(waveform)) / sample_rate:.1f} s")


def save(path: str | Path, waveform: Tensor | np.ndarray, sample_rate: int) -> None:
    """Write a waveform as a 16-bit WAV file.

    Args:
        path: where to write.
        waveform: mono samples in [-1, 1], shape `(samples,)`.
        sample_rate: samples per second (Hz).

    Raises:
        ValueError: see `play`.
    """
    Path(path).write_bytes(wav_bytes(waveform, sample_rate))


def griffin_lim(log_mel: Tensor | np.ndarray, config: MelConfig, n_iter: int = 32) -> Tensor:
    """A waveform whose log-mel spectrogram is near the given one (Griffin and Lim, 1984).

    The mel magnitudes go back to STFT bins through the filterbank's pseudo-inverse. The phase,
    which the mel spectrogram has lost, is then guessed by `n_iter` rounds of inverse and
    forward STFT.

    Args:
        log_mel: natural-log mel magnitudes, shape `(n_mels, frames)`.
        config: the settings the spectrogram was made with.
        n_iter: rounds of phase refinement.

    Returns:
        Waveform of shape `(frames * hop_length,)`.

    Raises:
        ValueError: `log_mel` is not a finite `(n_mels, frames)` array, or `n_iter` is below 1.
    """
    import librosa

    values = as_array(log_mel)
    if values.ndim != 2 or values.shape[0] != config.n_mels or values.shape[1] == 0:
        raise ValueError(
            f"griffin_lim wants a log-mel of shape ({config.n_mels}, frames), got {values.shape}"
        )
    if not np.isfinite(values).all():
        raise ValueError("griffin_lim got a log-mel with NaN or infinite values")
    if n_iter < 1:
        raise ValueError(f"n_iter counts rounds of phase refinement and starts at 1, got {n_iter}")

    filterbank = librosa.filters.mel(
        sr=config.sample_rate,
        n_fft=config.n_fft,
        n_mels=config.n_mels,
        fmin=config.fmin,
        fmax=config.fmax,
    )
    return guess_phase(np.maximum(np.linalg.pinv(filterbank) @ np.exp(values), 0.0), config, n_iter)


def guess_phase(
    magnitude: Tensor | np.ndarray, config: MelConfig, n_iter: int = 32, power: float = 1.0
) -> Tensor:
    """A waveform whose STFT has nearly these magnitudes (Griffin and Lim, 1984).

    Args:
        magnitude: of the STFT, shape `(n_fft // 2 + 1, frames)`.
        config: the settings of the STFT.
        n_iter: rounds of phase refinement.
        power: above 1, peaks are raised over what is between them, as Tacotron 1 does with 1.2.

    Returns:
        Waveform of shape `(frames * hop_length,)`.
    """
    import librosa

    padded = librosa.griffinlim(
        as_array(magnitude) ** power,
        n_iter=n_iter,
        hop_length=config.hop_length,
        n_fft=config.n_fft,
        center=False,
        random_state=0,
    )
    edge = (config.n_fft - config.hop_length) // 2  # the reflect padding of the analysis
    return torch.from_numpy(np.ascontiguousarray(padded[edge:-edge], dtype=np.float32))


def log_mel(waveform: Tensor | np.ndarray, config: MelConfig) -> Tensor:
    """Log-mel spectrogram by librosa with HiFi-GAN's settings, for use before notebook 02.

    Args:
        waveform: samples, shape `(samples,)`.
        config: the settings.

    Returns:
        Natural-log mel magnitudes, shape `(n_mels, samples // hop_length)`.

    Raises:
        ValueError: see `play`.
    """
    import librosa

    mel = librosa.feature.melspectrogram(
        y=np.pad(_playable(waveform), (config.n_fft - config.hop_length) // 2, mode="reflect"),
        sr=config.sample_rate,
        n_fft=config.n_fft,
        hop_length=config.hop_length,
        n_mels=config.n_mels,
        fmin=config.fmin,
        fmax=config.fmax,
        center=False,
        power=1.0,
    )
    return torch.from_numpy(np.log(np.maximum(mel, 1e-5)))


def copy_synthesis(waveform: Tensor | np.ndarray, config: MelConfig, n_iter: int = 32) -> Tensor:
    """Speech through its own log-mel and back by Griffin-Lim: a stand-in for a vocoder's output.

    Args:
        waveform: samples, shape `(samples,)`.
        config: the settings of the log-mel.
        n_iter: rounds of phase refinement.

    Returns:
        Waveform of shape `(samples // hop_length * hop_length,)`, peak at most 1.

    Raises:
        ValueError: see `play`.
    """
    copy = griffin_lim(log_mel(waveform, config), config, n_iter)
    return copy / copy.abs().max().clamp(min=1.0)


def wav_bytes(waveform: Tensor | np.ndarray, sample_rate: int) -> bytes:
    """The waveform as the bytes of a 16-bit mono WAV file.

    Args:
        waveform: mono samples in [-1, 1], shape `(samples,)`.
        sample_rate: samples per second (Hz).

    Returns:
        The content of the file.

    Raises:
        ValueError: see `play`.
    """
    samples = _playable(waveform)
    if int(sample_rate) != sample_rate or sample_rate <= 0:
        raise ValueError(f"sample_rate is a positive whole number of Hz, got {sample_rate}")
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(int(sample_rate))
        file.writeframes((samples * PCM_PEAK).round().astype("<i2").tobytes())
    return buffer.getvalue()


def _playable(waveform: Tensor | np.ndarray) -> np.ndarray:
    samples = as_array(waveform)
    if samples.ndim == 0 or samples.size != samples.shape[-1]:
        raise ValueError(f"a player wants one mono waveform (samples,), got shape {samples.shape}")
    samples = samples.reshape(-1)
    if samples.size == 0:
        raise ValueError("the waveform is empty: it has 0 samples")
    if not np.isfinite(samples).all():
        bad = int((~np.isfinite(samples)).sum())
        raise ValueError(f"the waveform has {bad} NaN or infinite samples")
    peak = float(np.abs(samples).max())
    if peak == 0.0:
        raise ValueError("the waveform is silent: every sample is 0")
    if peak > 1.0:
        raise ValueError(
            f"the waveform would clip: its peak is {peak:.3g}, a player takes at most 1 "
            "(warmup.peak_normalise brings it down)"
        )
    return samples


def as_array(values: Any) -> np.ndarray:
    """A tensor, array or list as an array of float32."""
    if isinstance(values, Tensor):
        values = values.detach().cpu().numpy()
    return np.asarray(values, dtype=np.float32)
