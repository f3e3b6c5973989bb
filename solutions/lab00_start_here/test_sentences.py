"""What notebook 00 says of its figures, worked out again."""

import re
from pathlib import Path

from exercise_lib.speech import data

MASTER = Path(__file__).with_name("notebook.py").read_text(encoding="utf-8")
TEXT = re.sub(r"\s+(# )?", " ", MASTER)
CORPUS = data.SpeechCorpus(data.LOCAL_DATA / "mini")


def test_the_tallest_sample_points_down_and_grows_by_the_factor_said():
    waveform = CORPUS[0].waveform
    peak = float(waveform.abs().max())
    assert -float(waveform.min()) == peak and "points down" in TEXT
    assert f"is at -.{100 * peak:.0f}" in TEXT
    assert f".95 / .{1000 * peak:.0f} = {0.95 / peak:.2f} times as large" in TEXT


def test_how_long_the_sentences_take():
    first = list(CORPUS)[:4]
    seconds = [len(it.waveform) / CORPUS.sample_rate for it in first]
    assert min(seconds) > 1.5 and max(seconds) < 3
    by_length = sorted(zip([len(it.text) for it in first], seconds, strict=True))
    assert [it for _, it in by_length] == sorted(seconds)
    rates = [letters / duration for letters, duration in by_length]
    assert max(rates) > 1.05 * min(rates)
