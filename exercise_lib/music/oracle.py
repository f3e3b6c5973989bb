"""An oracle that reads a sound back to its kind, by playing what it might be and comparing.

Beginnings of notes are where loudness rises in many bands; the tempo is the grid that fits them
best. A note's pitch is the one whose multiples are the strongest in its spectrum. Instrument and
drums are those whose one note, played at that pitch in several tones, is most like the mean note.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cache

import numpy as np
from numpy import ndarray
from torch import Tensor

from exercise_lib.music.captions import Caption
from exercise_lib.music.instruments import DRUMS, INSTRUMENTS, RATE
from exercise_lib.music.pieces import LEAD, REGISTERS, SECONDS, TEMPOS, Kind, Piece, Tone
from exercise_lib.music.render import SAMPLES

HOP = 160  # samples: 10 ms
WINDOW = 512  # samples, of the spectra that tell when a note begins
BANDS = 40
FLOOR = 60.0  # decibels below the loudest place that are compared
STEP = 0.25  # semitones between the pitches tried
LOWEST, HIGHEST = 34.0, 86.0  # pitches tried, MIDI
NEAR = 5.0  # semitones that a note may be from the line of the others
MULTIPLES = 12  # of a pitch that are looked at
WEIGHT = 0.8  # of each multiple, times that of the one before
SETTLED = (0.3, 0.95)  # part of a note in which its pitch is read, after most of a drum
SILENT = 0.05  # share of the other notes' power below which there is none
LIKE = 24  # frames of the mean note that are compared
SHIFTS = (-1, 0, 1)  # frames by which a beginning may be misread
LIMIT = (TEMPOS["fast"][1] * TEMPOS["slow"][0]) ** 0.5  # seconds between slow and fast notes
DRUM_NAMES = ("none", *DRUMS)
TONES = tuple(
    Tone(brightness, 0.5, decay, 0.5, mixture)
    for brightness, decay, mixture in (
        (0.42, 0.42, 0.42),
        (0.42, 0.58, 0.58),
        (0.58, 0.42, 0.58),
        (0.58, 0.58, 0.42),
    )
)


@dataclass(frozen=True)
class Reading:
    """What is heard in a sound."""

    kind: Kind
    starts: tuple[float, ...]  # of the notes, seconds
    pitches: tuple[float, ...]  # of the notes, MIDI


def read(sounds: Tensor) -> list[Reading]:
    """Return what is heard in each sound.

    Args: sounds: `(B, 48000)`, 16 000 samples a second.
    Raises: ValueError: another shape.
    """
    if sounds.dim() != 2 or sounds.shape[1] != SAMPLES:
        raise ValueError(f"sounds are (B, {SAMPLES}), not {tuple(sounds.shape)}")
    return [read_one(it) for it in sounds.detach().cpu().numpy().astype(np.float64)]


def share_true(captions: Sequence[Caption], sounds: Tensor) -> float:
    """Return the share of sounds of which the oracle says that their caption is true.

    Print beside it the share for the pieces' own sounds, played or decoded: that is the ceiling.
    """
    readings = zip(captions, read(sounds), strict=True)
    return float(np.mean([caption.holds(reading.kind) for caption, reading in readings]))


def agreement(piece: Piece, reading: Reading) -> dict[str, bool]:
    """Say what of a piece was read rightly; "pitch": each note to half a semitone; "all" of it."""
    names = [it.name for it in fields(Kind)]
    found = {it: getattr(piece.kind, it) == getattr(reading.kind, it) for it in names}
    pairs = list(zip(piece.notes, reading.pitches, strict=False))
    n_right = sum(abs(note.pitch - pitch) < 0.5 for note, pitch in pairs)
    found["pitch"] = n_right == len(piece.notes) == len(reading.pitches)
    return found | {"all": all(found.values())}


def read_one(sound: ndarray) -> Reading:
    spectrogram = as_decibels(band_power(sound), (0, 1))
    starts = read_starts(spectrogram)
    apart = starts[1] - starts[0]
    if level(sound, starts[-1], apart) < SILENT * np.median(
        [level(sound, it, apart) for it in starts]
    ):
        starts = starts[:-1]  # the grid had room for one more
    pitches = read_pitches(sound, starts)
    instrument, drums = read_timbre(spectrogram, starts, pitches)
    slope = float(np.median(np.diff(pitches)))
    contour = "rising" if slope > 0.5 else "falling" if slope < -0.5 else "repeated"
    middle = (pitches.max() + pitches.min()) / 2 if contour == "repeated" else np.median(pitches)
    register = min(REGISTERS, key=lambda it: abs(REGISTERS[it] - middle))
    tempo = "slow" if apart > LIMIT else "fast"
    kind = Kind(instrument, contour, register, tempo, drums)
    return Reading(kind, tuple(map(float, starts)), tuple(map(float, pitches)))


def band_power(sound: ndarray) -> ndarray:
    """Return the power in mel bands, `(40, frames)`."""
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(sound, WINDOW // 2), WINDOW)[::HOP]
    return bank() @ (np.abs(np.fft.rfft(frames * np.hanning(WINDOW), axis=1)) ** 2).T


def as_decibels(power: ndarray, axes: tuple[int, ...]) -> ndarray:
    """Return a level from -60 to 0 decibels below the loudest place."""
    level = 10 * np.log10(power + 1e-12)
    return (level - level.max(axes, keepdims=True)).clip(-FLOOR)


@cache
def bank() -> ndarray:
    import librosa

    return librosa.filters.mel(sr=RATE, n_fft=WINDOW, n_mels=BANDS, fmin=30)


@cache
def grids() -> tuple[ndarray, ndarray]:
    """Return grids of beginnings: 1 where one is, `(grids, frames)`, and (lead, apart) of each."""
    frames = np.arange(SAMPLES // HOP + 1)
    made, settings = [], []
    for low, high in TEMPOS.values():
        for apart in np.arange(low - 0.01, high + 0.01, 0.005):
            for lead in np.arange(LEAD[0] - 0.02, LEAD[1] + 0.02, 0.01):
                starts = lead + apart * np.arange(int((SECONDS - lead) / apart + 0.1))
                away = np.abs(frames[:, None] - starts * RATE / HOP).min(1)
                made.append(np.exp(-((away / 1.5) ** 2) / 2))
                settings.append((lead, apart))
    rows = np.array(made)
    rows -= rows.mean(1, keepdims=True)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True), np.array(settings)


def read_starts(spectrogram: ndarray) -> ndarray:
    """Return when notes begin, seconds: the grid that is most like the rises of loudness."""
    before = np.pad(spectrogram, ((0, 0), (2, 0)), constant_values=-FLOOR)[:, :-2]
    rise = (spectrogram - before).clip(0).mean(0)
    rows, settings = grids()
    lead, apart = settings[(rows @ np.minimum(rise, 4 * rise.mean())).argmax()]
    return lead + apart * np.arange(int((SECONDS - lead) / apart + 0.1))


@cache
def combs(n_bins: int) -> ndarray:
    """Return what each pitch weighs the bins of a spectrum with, `(pitches, bins)`."""
    pitches = np.arange(LOWEST, HIGHEST + STEP / 2, STEP)
    bins = np.arange(n_bins) * RATE / 2 / (n_bins - 1)
    rows = np.zeros((len(pitches), n_bins))
    width = RATE / 2 / (n_bins - 1) * 1.5
    for row, pitch in zip(rows, pitches, strict=True):
        hz = 440 * 2 ** ((pitch - 69) / 12)
        for k in range(1, MULTIPLES + 1):
            spread = max(width, 0.008 * k * hz)
            row += WEIGHT ** (k - 1) * np.exp(-(((bins - k * hz) / spread) ** 2) / 2)
    return rows


def read_pitches(sound: ndarray, starts: ndarray) -> ndarray:
    """Return the notes' pitches, MIDI; none is far from the line that most of them follow."""
    apart = starts[1] - starts[0]
    scores = np.array([pitch_scores(sound, it, apart) for it in starts])
    pitches = np.arange(LOWEST, HIGHEST + STEP / 2, STEP)
    first = pitches[scores.argmax(1)]
    number = np.arange(len(starts))
    slope = np.median(np.diff(first))
    line = np.median(first - slope * number) + slope * number
    near = np.abs(pitches - line[:, None]) <= NEAR
    return pitches[np.where(near, scores, -1).argmax(1)]


def level(sound: ndarray, start: float, apart: float) -> float:
    """Return a note's mean power."""
    return float(np.mean(settled(sound, start, apart) ** 2))


def settled(sound: ndarray, start: float, apart: float) -> ndarray:
    begin, end = (int((start + share * apart) * RATE) for share in SETTLED)
    return np.pad(sound, (0, RATE))[begin:end]


def pitch_scores(sound: ndarray, start: float, apart: float) -> ndarray:
    """Return how well each pitch fits a note's spectrum."""
    note = settled(sound, start, apart)
    spectrum = np.abs(np.fft.rfft(note * np.hanning(len(note)), 8192))
    return combs(len(spectrum)) @ spectrum


def read_timbre(spectrogram: ndarray, starts: ndarray, pitches: ndarray) -> tuple[str, str]:
    """Return instrument and drums: those that, played at these pitches, are the most alike."""
    slow = starts[1] - starts[0] > LIMIT
    drums = drum_atoms()
    notes = np.stack([atoms(round(2 * it) / 2, slow) for it in pitches])
    played = as_decibels(notes[:, :, None] + drums, axes=(0, 3, 4))  # (notes, tones, drums, ...)
    distances = [
        np.abs(played - heard[:, None, None]).mean((0, 3, 4))
        for heard in (cut(spectrogram, starts, it) for it in SHIFTS)
    ]
    tone, drum = np.unravel_index(np.min(distances, axis=0).argmin(), played.shape[1:3])
    return list(INSTRUMENTS)[tone // len(TONES)], DRUM_NAMES[drum]


def cut(spectrogram: ndarray, starts: ndarray, shift: int) -> ndarray:
    """Return the notes of a spectrogram, `(notes, 40, 24)`, the last one filled up."""
    padded = np.pad(spectrogram, ((0, 0), (0, LIKE)), constant_values=-FLOOR)
    places = [max(0, round(it * RATE / HOP) + shift) for it in starts]
    return np.stack([padded[:, it : it + LIKE] for it in places])


@cache
def atoms(pitch: float, slow: bool) -> ndarray:
    """Return the power of one note of each instrument and tone, `(tones, 40, 24)`."""
    hz = 440 * 2 ** ((pitch - 69) / 12)
    length = 0.92 * (0.62 if slow else 0.3)
    made = []
    for play in INSTRUMENTS.values():
        for tone in TONES:
            made.append(band_power(play(hz, length, tone, np.random.default_rng(0)))[:, :LIKE])
    return np.stack(made)


@cache
def drum_atoms() -> ndarray:
    """Return the power of no drum and of one stroke of each, `(3, 40, 24)`."""
    silence = np.zeros(LIKE * HOP)
    rng = np.random.default_rng(0)
    strokes = [DRUMS[it](Tone(), rng) if it in DRUMS else silence for it in DRUM_NAMES]
    return np.stack([band_power(np.pad(it, (0, LIKE * HOP)))[:, :LIKE] for it in strokes])
