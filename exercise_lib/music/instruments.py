"""The instruments: each plays one note from its frequency, its length and its tone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy import ndarray
from scipy.signal import butter, lfilter

from exercise_lib.music.pieces import Tone

RATE = 16_000  # samples a second

# Partials of bars, of a vibraphone's bars, of tubes and of a church bell, times the pitch
MODES = (
    (1.0, 2.76, 5.40, 8.93),
    (1.0, 4.0, 10.0),
    (1.0, 1.50, 2.0, 2.6, 3.2, 4.0),
    (1.0, 0.5, 1.2, 2.0, 2.5, 3.0, 4.2),
)

Instrument = Callable[[float, float, Tone, np.random.Generator], ndarray]


def seconds_of(length: float) -> ndarray:
    """Return the times of a note's samples."""
    return np.arange(int(length * RATE)) / RATE


def between(low: float, high: float, share: float) -> float:
    """Return what lies at a share of the way, on a logarithmic scale."""
    return low * (high / low) ** share


def irregular(strengths: list[float], tone: Tone, n: int) -> list[float]:
    """Return strengths of partials as they are, or n that are uneven where a tone is wild."""
    if not tone.wild:
        return strengths
    rng = np.random.default_rng(tone.wild)
    last = [strengths[-1] * 0.8**k for k in range(1, n - len(strengths) + 1)]
    uneven = np.exp(rng.uniform(0.1, 0.8) * rng.standard_normal(n))
    return [float(a * b) for a, b in zip([*strengths, *last], uneven, strict=True)]


def players(tone: Tone) -> list[float]:
    """Return by which factor each of several players is out of tune: one, where not wild."""
    rng = np.random.default_rng(tone.wild)
    n = 1 + int(rng.random() * 4) if tone.wild else 1
    return [1.0, *(2 ** (8 * rng.standard_normal(n - 1) / 1200))]


def plucked(hz: float, length: float, tone: Tone, rng: np.random.Generator) -> ndarray:
    """A string after Karplus and Strong (1983): noise runs round a loop that takes one period.

    y_n = x_n + g sum_k h_k y_{n-P-k}, h: a mean of three samples, moved by a fraction of a sample
    """
    period = RATE / hz
    whole = int(period - 1.2)
    part = period - 1 - whole
    damping = between(0.9, 0.25, tone.brightness)
    loop = np.convolve([damping / 4, 1 - damping / 2, damping / 4], [1 - part, part])
    longest = 2.8 if tone.wild else 5.0  # seconds until -60 dB; a wild string plainly dies away
    gain = 10 ** (-3 * period / RATE / between(0.5, longest, tone.decay))
    noise = rng.standard_normal(round(period))
    noise = lfilter([1 - 0.7 * (1 - tone.brightness)], [1, -0.7 * (1 - tone.brightness)], noise)
    place = max(1, int(period * (0.1 + 0.35 * tone.mixture)))  # where it is plucked
    noise = noise - np.roll(noise, place)
    x = np.zeros(int(length * RATE))
    x[: len(noise)] = (noise - noise.mean())[: len(x)]
    feedback = np.concatenate([[1.0], np.zeros(whole - 1), -gain * loop])
    return faded(lfilter([1.0], feedback, x), 0.001, 0.05)


def flute(hz: float, length: float, tone: Tone, rng: np.random.Generator) -> ndarray:
    """Few partials, a soft beginning, vibrato, and breath around the tone."""
    t = seconds_of(length)
    swing = tone.wobble * rising(t, 0.25)
    cents = 12 * swing * np.sin(2 * np.pi * (4.5 + 1.5 * tone.mixture) * t + 6 * tone.decay)
    falling = between(0.12, 0.55, tone.brightness)
    strengths = [1.0, *(falling**k * (1.6 - 1.2 * tone.mixture * (k % 2)) for k in range(1, 7))]
    shaped = 1 + 0.2 * swing * np.sin(2 * np.pi * 5.2 * t)
    sound = shaped * partials(hz * 2 ** (cents / 1200), irregular(strengths, tone, 14))
    low, high = max(0.6 * hz, 100), min(5 * hz + 1500, 7000)
    breath = lfilter(*butter(1, [low, high], "band", fs=RATE), rng.standard_normal(len(t)))
    sound = sound + between(0.02, 0.2, tone.wobble) * breath
    return faded(sound, between(0.12, 0.02, tone.attack), 0.04 + tone.ring)


def organ(hz: float, length: float, tone: Tone, rng: np.random.Generator) -> ndarray:
    """Pipes of several lengths, all at once and even from beginning to end."""
    t = seconds_of(length)
    pulls = between(0.25, 0.9, tone.brightness)
    mixed = 0.5 + 0.5 * np.cos(2 * np.pi * (tone.mixture - 0.5) * np.array([1, 2, 3, 5, 4]))
    stops = dict(zip((2, 3, 4, 6, 8), pulls ** np.arange(1, 6) * 2 * mixed, strict=True))
    strengths = [1.0, *(stops.get(k, 0.03) for k in range(2, 9))]
    beating = 2 ** (3 * tone.wobble * np.sin(2 * np.pi * 1.1 * t + 6 * tone.decay) / 1200)
    sound = partials(hz * beating, strengths)
    other = partials(np.full(len(t), hz * 2 ** ((2 + 4 * tone.wobble) / 1200)), strengths)
    return faded(sound + 0.5 * other, between(0.02, 0.004, tone.attack), 0.03 + tone.ring)


def bell(hz: float, length: float, tone: Tone, rng: np.random.Generator) -> ndarray:
    """Metal by frequency modulation (Chowning 1973): its partials are no multiples of the first.

    y = e^{-t/d} sin(2 pi f t + I e^{-t/c} sin(2 pi r f t))
    """
    t = seconds_of(length)
    ratio = (2.76, 1.41, 3.53, 2.41, 4.0)[min(int(5 * abs(tone.mixture - 0.4)), 4)]
    index = between(0.7, 4.5, tone.brightness) * min(1.0, 2500 / hz / ratio)
    strike = np.exp(-t / between(0.06, 0.5, tone.decay))
    ring = np.exp(-t / between(0.25, 1.6, tone.decay))
    ring = ring * (1 - 0.3 * tone.wobble * (0.5 - 0.5 * np.cos(2 * np.pi * 5.5 * t)))
    turns = 2 * np.pi * hz * t
    if tone.wild % 2:  # struck bars, plates and shells: each partial dies away by itself
        rng = np.random.default_rng(tone.wild)
        sound = np.zeros(len(t))
        for k, mode in enumerate(MODES[int(rng.random() * len(MODES))]):
            if mode * hz < 0.45 * RATE:
                strength = between(0.3, 0.9, tone.brightness) ** k * np.exp(0.4 * rng.normal())
                sound += strength * ring ** (1 + k * rng.random()) * np.sin(mode * turns)
        return faded(sound, 0.002, 0.06)
    return faded(ring * np.sin(turns + index * strike * np.sin(ratio * turns)), 0.002, 0.06)


def brass(hz: float, length: float, tone: Tone, rng: np.random.Generator) -> ndarray:
    """Many partials, of which the higher ones come later and go sooner: the tone opens."""
    t = seconds_of(length)
    opening = rising(t, between(0.15, 0.03, tone.attack)) * (0.75 + 0.25 * np.exp(-t / 0.3))
    edge = between(600, 3200, tone.brightness) * (0.25 + 0.75 * opening) * (1 + hz / 1200)
    swing = 2 ** (7 * tone.wobble * rising(t, 0.3) * np.sin(2 * np.pi * 5 * t) / 1200)
    sound = np.zeros(len(t))
    uneven = irregular([1.0], tone, 24) if tone.wild else [1.0] * 24
    for factor in players(tone):
        turns = 2 * np.pi * np.cumsum(factor * hz * swing) / RATE
        for k in range(1, min(24, int(0.44 * RATE / hz)) + 1):
            slope = 1 + (k * hz / edge) ** (2 + 2 * tone.mixture)
            sound += uneven[k - 1] * np.sin(k * turns) / k**0.5 / slope
    return faded(opening * sound, 0.01, 0.05 + tone.ring)


def partials(hz: ndarray, strengths: list[float]) -> ndarray:
    """Return a sum of multiples of a frequency `(samples,)`, those below half the rate."""
    turns = 2 * np.pi * np.cumsum(hz) / RATE
    n = min(len(strengths), int(0.45 * RATE / hz.max()))
    return sum((s * np.sin(k * turns) for k, s in enumerate(strengths[:n], 1)), np.zeros(len(hz)))


def rising(t: ndarray, seconds: float) -> ndarray:
    """Return a slope from 0 to 1."""
    return np.sin(np.pi / 2 * (t / seconds).clip(0, 1)) ** 2


def faded(sound: ndarray, attack: float, release: float = 0.04) -> ndarray:
    """Return a note with its beginning and end faded, seconds each, at a power of 1."""
    t = np.arange(len(sound)) / RATE
    shaped = sound * rising(t, attack) * rising(t[::-1], release)
    return shaped / max(float(np.sqrt(np.mean(shaped**2))), 1e-9)


def kick(tone: Tone, rng: np.random.Generator) -> ndarray:
    """A drum's skin: a low tone that falls; with a click where the tone is wild."""
    t = seconds_of(0.22)
    level, length, height, click = 4.0, 0.06, 110.0, 0.0
    if tone.wild:
        level, length, height, click = np.random.default_rng(tone.wild).uniform(
            (2, 0.04, 60, 0), (7, 0.08, 250, 3)
        )
    turns = 2 * np.pi * np.cumsum(48 + height * np.exp(-t / 0.025)) / RATE
    skin = level * np.sin(turns) * np.exp(-t / length) * rising(t, 0.002)
    return skin + click * rng.standard_normal(len(t)) * np.exp(-t / 0.004)


def hats(tone: Tone, rng: np.random.Generator) -> ndarray:
    """Cymbals: a burst of high noise."""
    t = seconds_of(0.09)
    level, length, lowest = 3.0, 0.025, 5500.0
    if tone.wild:
        level, length, lowest = np.random.default_rng(tone.wild).uniform(
            (1, 0.01, 3000), (5, 0.05, 6500)
        )
    noise = lfilter(*butter(4, lowest, "high", fs=RATE), rng.standard_normal(len(t)))
    return level * noise * np.exp(-t / length)


INSTRUMENTS: dict[str, Instrument] = {
    "plucked": plucked,
    "flute": flute,
    "organ": organ,
    "bell": bell,
    "brass": brass,
}
DRUMS = {"kick": kick, "hats": hats}
