"""Folders of sounds: read at any rate and length, and what is wrong is told at once."""

import numpy as np
import pytest
import soundfile
import torch

from exercise_lib.files.unusable import UnusableData
from exercise_lib.music.folder import read_folder, three_seconds
from exercise_lib.music.render import SAMPLES


def sine(seconds: float, rate: int) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * 440 * np.arange(int(seconds * rate)) / rate)


def test_any_rate_length_and_number_of_channels(tmp_path):
    (tmp_path / "below").mkdir()
    soundfile.write(tmp_path / "b.wav", sine(1, 44_100), 44_100)
    soundfile.write(tmp_path / "below" / "a.flac", np.stack([sine(4, 8000)] * 2, 1), 8000)
    (tmp_path / "notes.txt").write_text("not a sound")
    read = read_folder(tmp_path)
    assert read.names == ["b.wav", "below/a.flac"] and read.sounds.shape == (2, SAMPLES)
    for sound in read.sounds.numpy():
        spectrum = np.abs(np.fft.rfft(sound))
        assert abs(spectrum.argmax() / 3 - 440) < 2
    assert read.sounds[0, 16_000:17_000].abs().max() > 0.4  # the second is repeated


def test_all_that_is_wrong_is_told_with_its_file(tmp_path):
    soundfile.write(tmp_path / "good.wav", sine(1, 16_000), 16_000)
    soundfile.write(tmp_path / "short.wav", sine(0.05, 16_000), 16_000)
    soundfile.write(tmp_path / "silent.wav", np.zeros(16_000), 16_000)
    (tmp_path / "damaged.wav").write_bytes(b"RIFF")
    with pytest.raises(UnusableData) as told:
        read_folder(tmp_path)
    for said in (
        "damaged.wav cannot be read as audio",
        "short.wav is shorter than 0.1 s",
        "silent.wav is silent",
    ):
        assert said in str(told.value)
    assert "good.wav" not in str(told.value)


def test_an_empty_or_missing_folder_is_told(tmp_path):
    with pytest.raises(UnusableData, match="has no sounds"):
        read_folder(tmp_path)
    with pytest.raises(UnusableData, match="is no folder"):
        read_folder(tmp_path / "none")


def test_three_seconds_of_any_waveform():
    assert three_seconds(torch.arange(50_000.0))[-1] == SAMPLES - 1
    assert three_seconds(torch.arange(20_000.0))[20_000] == 0
