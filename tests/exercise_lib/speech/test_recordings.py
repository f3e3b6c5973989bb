"""Recordings are found by their ids wherever they lie, in the formats that people have."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from exercise_lib.speech.data import DataError
from exercise_lib.speech.recordings import Shelf, read_recording


def shelf(root: Path, *names: str) -> Shelf:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"")
    return Shelf(root)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("wavs/a.wav", "a"),
        ("wavs/a.WAV", "a"),
        ("wavs/a.Mp3", "a"),
        ("wavs/one/two/a.ogg", "a"),
        ("wavs/one/two/a.wav", "two/a"),
        ("wavs/one/a.wav", "DUMMY/a"),
        ("clips/a.b.flac", "a.b"),
        ("a.wav", "a"),
    ],
)
def test_a_recording_is_found(tmp_path, name, key):
    assert shelf(tmp_path, name, "metadata.csv").find(key) == tmp_path / name


def test_a_path_in_the_id_chooses_between_recordings_of_one_name(tmp_path):
    both = shelf(tmp_path, "wavs/one/a.wav", "wavs/2/two/a.wav", "wavs/2/two/._a.wav")
    assert both.find("one/a") == tmp_path / "wavs/one/a.wav"
    assert both.find("two/a") == tmp_path / "wavs/2/two/a.wav"
    with pytest.raises(DataError, match=r"wavs/a could be any of .*one/a\.wav.*\. Write"):
        both.find("a")


def test_another_kind_of_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"a\.m4a is of a kind that is not read"):
        shelf(tmp_path, "wavs/a.m4a").find("a")


def test_samples_out_of_range_are_refused_where_the_file_says_so(tmp_path):
    loud = 2 * np.sin(np.arange(16_000) / 10)
    soundfile.write(tmp_path / "a.wav", loud, 16_000, "FLOAT")
    with pytest.raises(DataError, match=r"a\.wav has a peak of 2\. Divide"):
        read_recording(tmp_path / "a.wav")
    soundfile.write(tmp_path / "a.ogg", loud.clip(-1, 1), 16_000)  # overshoots when decoded
    assert np.abs(read_recording(tmp_path / "a.ogg").samples).max() == 1


def test_channels_are_mixed_down_to_one(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.tile([[0.5, 0.25]], (100, 1)), 8000)
    recording = read_recording(tmp_path / "a.wav")
    assert recording.channels == 2 and recording.rate == 8000
    assert (recording.samples == np.float32(0.375)).all()
