"""The recipe for speech of many voices: pitch as it sounds, known changes, levels, splits."""

import sys

import numpy as np
import pytest

from autograder.paths import ROOT

sys.path.insert(0, str(ROOT / "data"))
import build_voices
from build_voices import CHANGED, LEVEL, SAMPLE_RATE, SPOKEN, Voice, level, pitch_of, split_of


def tone(f0: float, first: float = 1.0, seconds: float = 0.5) -> np.ndarray:
    """Return harmonics of f0, of which the first has its own amplitude."""
    t = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    parts = [(first if k == 1 else 1 / k) * np.sin(2 * np.pi * k * f0 * t) for k in range(1, 20)]
    return 0.05 * sum(parts)


def voiced(f0: np.ndarray) -> float:
    return float(np.median(f0[f0 > 0]))


@pytest.mark.parametrize("first", [1.0, 0.02])
def test_the_pitch_is_found_though_the_fundamental_is_weak(first):
    assert voiced(pitch_of(tone(90.0, first))) == pytest.approx(90, rel=0.02)


def test_pitch_is_changed_by_the_factor_and_the_timing_stays():
    pytest.importorskip("pyworld")
    x = tone(95.0, 0.05)
    made = build_voices.changed(x, 2.0, 1.1)
    assert abs(len(made) - len(x)) < SAMPLE_RATE // 100
    assert voiced(pitch_of(made)) == pytest.approx(190, rel=0.03)


def test_the_level_is_that_of_the_speech_alone():
    x = np.concatenate([tone(120.0), np.zeros(SAMPLE_RATE)])
    made = level(x)
    assert 10 * np.log10(np.mean(made[: len(x) // 3] ** 2)) == pytest.approx(LEVEL, abs=0.3)


def test_held_out_voices_are_in_the_test_split_alone():
    voices = [*SPOKEN, *CHANGED]
    assert len({it.name for it in voices}) == len(voices)
    assert sum(it.held_out for it in voices) == 4
    seen = Voice("a", "f", "x", "y")
    assert [split_of(seen, n) for n in (0, 5, 6, 8, 9)] == [
        "test",
        "test",
        "validation",
        "validation",
        "train",
    ]
    assert split_of(Voice("b", "f", "x", "y", held_out=True), 50) == "test"


def test_an_engine_that_is_missing_is_said(monkeypatch):
    monkeypatch.setattr(build_voices.shutil, "which", lambda name: None)
    with pytest.raises(FileNotFoundError, match="flite is not installed"):
        build_voices.engine_of(SPOKEN[0])
