"""One utterance as one model read it, and how it is sent to the page."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from torch import Tensor

from exercise_lib.figures import colours
from exercise_lib.speech import audio, plots
from exercise_lib.speech.audio import as_array

Array = Tensor | np.ndarray

AVERAGED = -1  # in place of a head's number
SUM_TOLERANCE = 1e-2  # float16 weights over a hundred characters
LEAST_SLACK = 0.1  # seconds that sound and alignment may differ, besides two decoder steps


@dataclass(frozen=True, eq=False)
class Take:
    """One utterance as one model read it: text, sound, and where the attention was.

    Args:
        label: what sets this take apart, such as "after 250 steps".
        text: the `T_enc` characters.
        waveform: mono samples in [-1, 1], shape `(samples,)`.
        sample_rate: samples per second (Hz).
        seconds_per_step: duration of a decoder step.
        alignment: attention weights, shape `(T_enc, T_dec)`; every column sums to 1.
        energies: instead of the alignment, shape `(T_dec, T_enc)` or `(heads, T_dec, T_enc)`;
            the player then offers a temperature, and the heads one by one.
        truth: true encoder position of every decoder step, shape `(T_dec,)`.
        log_mel: natural-log mel magnitudes of the sound, shape `(n_mels, frames)`.
        fmax: upper edge of the mel's last band (Hz); the first begins at 0 Hz.
        note: a sentence shown with the take.

    Raises:
        ValueError: something is missing, not finite, silent, or does not fit the rest.
    """

    label: str
    text: str
    waveform: Array
    sample_rate: int
    seconds_per_step: float
    alignment: Array | None = None
    energies: Array | None = None
    truth: Array | None = None
    log_mel: Array | None = None
    fmax: float = 8000.0
    note: str = ""

    def __post_init__(self) -> None:
        if (self.alignment is None) == (self.energies is None):
            raise self._error("give either an alignment or energies")
        if self.alignment is not None:
            self._check_alignment(as_array(self.alignment))
        if self.energies is not None:
            self._check_energies(as_array(self.energies))
        n_decoder, n_encoder = self.attention.shape[1:]
        if len(self.text) != n_encoder:
            raise self._error(f"{len(self.text)} characters for {n_encoder} encoder steps")
        if self.truth is not None:
            self._check_truth(as_array(self.truth), n_encoder, n_decoder)
        if self.log_mel is not None:
            mel = as_array(self.log_mel)
            if mel.ndim != 2 or not mel.size:
                raise self._error(f"a log-mel has shape (n_mels, frames), got {mel.shape}")
            self._check_finite(mel, "log-mel")
        self._check_sound(n_decoder)

    @property
    def attention(self) -> np.ndarray:
        """Energies, or weights where only those are known, shape `(heads, T_dec, T_enc)`."""
        if self.energies is None:
            return as_array(self.alignment).T[None]
        energies = as_array(self.energies)
        return energies if energies.ndim == 3 else energies[None]

    @property
    def weights(self) -> np.ndarray:
        """Attention weights averaged over the heads, as an alignment `(T_enc, T_dec)`."""
        return self.weights_at()

    def weights_at(self, temperature: float = 1.0, head: int = AVERAGED) -> np.ndarray:
        """Attention weights as the player shows them, `(T_enc, T_dec)`.

        Args:
            temperature: divides the energies; a take without energies has its weights alone.
            head: from 0, or AVERAGED.
        """
        weights = self.attention
        if self.energies is not None:
            exponents = np.exp((weights - weights.max(axis=-1, keepdims=True)) / temperature)
            weights = exponents / exponents.sum(axis=-1, keepdims=True)
        return (weights.mean(axis=0) if head == AVERAGED else weights[head]).T

    def _check_alignment(self, alignment: np.ndarray) -> None:
        if alignment.ndim != 2 or not alignment.size:
            raise self._error(f"an alignment has shape (T_enc, T_dec), got {alignment.shape}")
        self._check_finite(alignment, "alignment")
        if alignment.min() < 0:
            raise self._error(f"an attention weight is negative: {alignment.min():.3g}")
        sums = alignment.sum(axis=0)
        worst = int(np.abs(sums - 1).argmax())
        if abs(sums[worst] - 1) > SUM_TOLERANCE:
            raise self._error(
                f"the weights of decoder step {worst} sum to {sums[worst]:.3g}, not 1 "
                "(energies go in as `energies`, a matrix (T_dec, T_enc) must be transposed)"
            )

    def _check_energies(self, energies: np.ndarray) -> None:
        if energies.ndim not in (2, 3) or not energies.size:
            raise self._error(
                f"energies have shape (T_dec, T_enc) or (heads, T_dec, T_enc), got {energies.shape}"
            )
        self._check_finite(energies, "energies")

    def _check_truth(self, truth: np.ndarray, n_encoder: int, n_decoder: int) -> None:
        if truth.shape != (n_decoder,):
            raise self._error(f"truth has shape {truth.shape}, expected ({n_decoder},)")
        self._check_finite(truth, "truth")
        if truth.min() < 0 or truth.max() > n_encoder - 1:
            raise self._error(f"truth must lie within 0..{n_encoder - 1}, the characters")

    def _check_sound(self, n_decoder: int) -> None:
        if not (np.isfinite(self.seconds_per_step) and self.seconds_per_step > 0):
            raise self._error(f"seconds_per_step is a positive number, got {self.seconds_per_step}")
        try:
            audio.wav_bytes(self.waveform, self.sample_rate)
        except ValueError as error:
            raise self._error(str(error)) from error
        drawn = n_decoder * self.seconds_per_step
        heard = as_array(self.waveform).size / self.sample_rate
        if abs(drawn - heard) > 2 * self.seconds_per_step + LEAST_SLACK:
            raise self._error(
                f"the alignment lasts {drawn:.2f} s and the sound {heard:.2f} s: "
                "they are not of one utterance, or seconds_per_step is wrong"
            )

    def _check_finite(self, values: np.ndarray, name: str) -> None:
        bad = int((~np.isfinite(values)).sum())
        if bad:
            raise self._error(f"{name}: {bad} values are NaN or infinite")

    def _error(self, message: str) -> ValueError:
        return ValueError(f"take {self.label!r}: {message}")


def payload_of(takes: Sequence[Take]) -> dict[str, Any]:
    """The takes as player.js reads them; takes that share a sound or a mel send it once."""
    sounds: dict[str, int] = {}
    mels: dict[tuple[int, float, str], int] = {}
    entries = []
    for take in takes:
        wav = base64_text(audio.wav_bytes(take.waveform, take.sample_rate))
        mel = None
        if take.log_mel is not None:
            levels = base64_text(colour_levels(as_array(take.log_mel)).tobytes())
            key = (len(take.log_mel), take.fmax, levels)
            mel = mels.setdefault(key, len(mels))
        heads, n_decoder, n_encoder = take.attention.shape
        entries.append(
            {
                "label": take.label,
                "note": take.note,
                "text": take.text,
                "seconds_per_step": take.seconds_per_step,
                "duration": as_array(take.waveform).size / take.sample_rate,
                "shape": [heads, n_decoder, n_encoder],
                "attention": base64_text(take.attention.astype("<f4").tobytes()),
                "has_energies": take.energies is not None,
                "truth": None if take.truth is None else as_array(take.truth).tolist(),
                "sound": sounds.setdefault(wav, len(sounds)),
                "mel": mel,
            }
        )
    return {
        "colours": player_colours(),
        "takes": entries,
        "sounds": list(sounds),
        "sound_type": "audio/wav",
        "mels": [
            {"n_mels": n_mels, "levels": levels, "ticks": mel_ticks(n_mels, fmax)}
            for n_mels, fmax, levels in mels
        ],
    }


@cache
def player_colours() -> dict[str, str]:
    """The colours that player.js draws data with; of the maps, all 256 as bytes."""
    return {
        "alignment": base64_text(colours.levels(colours.ALIGNMENT)),
        "mel": base64_text(colours.levels(colours.MEL)),
        "truth": colours.TRUTH,
        "truth_edge": colours.TRUTH_EDGE,
        "cursor": colours.CURSOR,
        "cursor_edge": colours.CURSOR_EDGE,
        "weight": colours.WEIGHT_ON_WHITE,
    }


def colour_levels(log_mel: np.ndarray) -> np.ndarray:
    """Natural-log magnitudes as a byte 0..255 each, of the same shape."""
    low, high = plots.MEL_LIMITS
    return (np.clip((log_mel - low) / (high - low), 0, 1) * 255).round().astype(np.uint8)


def mel_ticks(n_mels: int, fmax: float) -> list[list[float]]:
    """Round frequencies (Hz), each with the mel band, a fraction, at which it lies."""
    bands, labels = plots.mel_ticks(n_mels, 0.0, fmax)
    return [[float(label), float(band)] for label, band in zip(labels, bands, strict=True)]


def base64_text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
