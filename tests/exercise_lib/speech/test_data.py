"""The loader: what it returns, and what it says about every kind of bad input."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import human_speech
import numpy as np
import pytest
import soundfile
import torch

import exercise_lib.speech.data as data
from exercise_lib.speech.data import Alignment, DataError, Span, SpeechCorpus, find_data


def write_corpus(folder: Path, rate: int = 16_000, suffix: str = ".wav") -> Path:
    """Two one-second tones in LJSpeech layout, the first with an alignment."""
    (folder / "wavs").mkdir(parents=True)
    time = np.arange(rate) / rate
    for key, frequency in (("a-1", 200.0), ("a-2", 1000.0)):
        tone = 0.5 * np.sin(2 * np.pi * frequency * time)
        soundfile.write(folder / "wavs" / f"{key}{suffix}", tone, rate)
    (folder / "metadata.csv").write_text("a-1|Hi 2|Hi two\na-2|Ho\n", encoding="utf-8")
    edges = [rate * k // 6 for k in range(7)]
    characters = [[c, a, b] for c, (a, b) in zip("Hi two", pairwise(edges), strict=True)]
    alignment = {"id": "a-1", "n_samples": rate, "phonemes": [["x", 0, rate]]}
    line = json.dumps(alignment | {"characters": characters})
    (folder / "alignments.jsonl").write_text(line + "\n", encoding="utf-8")
    (folder / "splits").mkdir()
    (folder / "splits" / "test.txt").write_text("a-2\n", encoding="utf-8")
    return folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_corpus(tmp_path / "corpus")


# ---------------------------------------------------------------- what it returns
def test_items_by_position_id_and_iteration(root: Path) -> None:
    corpus = SpeechCorpus(root)
    assert len(corpus) == 2
    assert [u.id for u in corpus] == ["a-1", "a-2"] == [corpus[0].id, corpus[-1].id]
    assert corpus["a-2"].id == "a-2"
    with pytest.raises(IndexError):
        corpus[2]


def test_waveform_is_mono_float32_with_the_samples_of_the_file(root: Path) -> None:
    utterance = SpeechCorpus(root)["a-1"]
    assert utterance.waveform.dtype == torch.float32
    assert utterance.waveform.shape == (16_000,)
    expected = 0.5 * torch.sin(2 * torch.pi * 200 * torch.arange(16_000) / 16_000)
    assert (utterance.waveform - expected).abs().max() < 1e-4  # one 16-bit step is 3e-5


def test_third_field_is_the_text_and_the_second_where_it_is_missing(root: Path) -> None:
    corpus = SpeechCorpus(root)
    assert [u.text for u in corpus] == ["Hi two", "Ho"]


def test_empty_third_field_falls_back_to_the_second(root: Path) -> None:
    (root / "metadata.csv").write_text("a-2|Ho|\n", encoding="utf-8")
    assert SpeechCorpus(root)["a-2"].text == "Ho"


def test_quotes_blank_lines_and_a_byte_order_mark_are_read(root: Path) -> None:
    (root / "metadata.csv").write_text('a-2|"Ho|"Ho\n\n', encoding="utf-8-sig")
    assert [u.text for u in SpeechCorpus(root)] == ['"Ho']


@pytest.mark.parametrize("suffix", [".wav", ".flac"])
def test_real_ljspeech_rate_is_resampled(tmp_path: Path, suffix: str) -> None:
    root = write_corpus(tmp_path / "lj", rate=22_050, suffix=suffix)
    waveform = SpeechCorpus(root)["a-2"].waveform
    assert len(waveform) == 16_000
    expected = 0.5 * torch.sin(2 * torch.pi * 1000 * torch.arange(16_000) / 16_000)
    assert (waveform - expected)[200:-200].abs().max() < 1e-3  # the filter rings at the ends


def test_alignment_follows_the_resampled_audio(tmp_path: Path) -> None:
    root = write_corpus(tmp_path / "lj", rate=22_050)
    alignment = SpeechCorpus(root)["a-1"].alignment
    assert alignment is not None
    assert alignment.characters[-1].end == 16_000
    assert alignment.characters[0].end == pytest.approx(16_000 / 6, abs=1)
    assert SpeechCorpus(root)["a-2"].alignment is None


def test_split_holds_its_ids_only(root: Path) -> None:
    test = SpeechCorpus(root).split("test")
    assert len(test) == 1
    assert [u.id for u in test] == ["a-2"]
    with pytest.raises(DataError, match="a-1"):
        test["a-1"]


def test_character_truth_takes_the_character_at_the_centre_of_each_frame() -> None:
    spans = (Span("a", 0, 10), Span(" ", 10, 10), Span("b", 10, 14), Span("c", 14, 40))
    alignment = Alignment((Span("x", 0, 40),), spans)
    # centres 2, 6, 10, 14, 18, ...: a frame centred on a boundary belongs to what begins there
    assert alignment.character_truth(4, 5).tolist() == [0, 0, 2, 3, 3]
    assert alignment.character_truth(4, 20).tolist()[10:] == [3] * 10  # after the end


def test_frames_after_a_silent_last_character_belong_to_the_last_that_sounds() -> None:
    alignment = Alignment((), (Span("a", 0, 8), Span(".", 8, 8)))
    assert alignment.character_truth(4, 4).tolist() == [0, 0, 0, 0]


def test_matrix_has_one_character_per_frame() -> None:
    spans = (Span("a", 0, 10), Span(" ", 10, 10), Span("b", 10, 20))
    matrix = Alignment((), spans).matrix(5, 4)
    assert matrix.tolist() == [[1, 1, 0, 0], [0, 0, 0, 0], [0, 0, 1, 1]]


# ---------------------------------------------------------------- bad input
def test_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nowhere is not a folder"):
        SpeechCorpus(tmp_path / "nowhere")


def test_missing_metadata(root: Path) -> None:
    (root / "metadata.csv").unlink()
    with pytest.raises(DataError, match=r"metadata\.csv is missing"):
        SpeechCorpus(root)


def test_empty_metadata(root: Path) -> None:
    (root / "metadata.csv").write_text("\n")
    with pytest.raises(DataError, match=r"metadata\.csv is empty"):
        SpeechCorpus(root)


def test_metadata_in_another_encoding(root: Path) -> None:
    (root / "metadata.csv").write_bytes("a-1|caf\xe9".encode("latin-1"))
    with pytest.raises(DataError, match="not UTF-8"):
        SpeechCorpus(root)


@pytest.mark.parametrize("line", ["a-2", "a-2|", "|text", "a-2|x|y|z", "a-2||"])
def test_malformed_metadata_line_is_named_by_its_number(root: Path, line: str) -> None:
    (root / "metadata.csv").write_text(f"a-1|Hi\n{line}\n")
    with pytest.raises(DataError, match=r"metadata\.csv, line 2"):
        SpeechCorpus(root)


def test_duplicate_id(root: Path) -> None:
    (root / "metadata.csv").write_text("a-1|Hi\na-2|Ho\na-1|Ha\n")
    with pytest.raises(DataError, match="line 3: the id 'a-1' occurs twice"):
        SpeechCorpus(root)


def test_missing_audio(root: Path) -> None:
    (root / "wavs" / "a-1.wav").unlink()
    with pytest.raises(DataError, match=r"a-1\.flac is missing \(and so is a-1\.wav\)"):
        SpeechCorpus(root)["a-1"]


def test_empty_audio(root: Path) -> None:
    soundfile.write(root / "wavs" / "a-1.wav", np.zeros(0), 16_000)
    with pytest.raises(DataError, match=r"a-1\.wav is empty"):
        SpeechCorpus(root)["a-1"]


@pytest.mark.parametrize("content", [b"", b"this is not audio", b"RIFF\x24\x00\x00\x00WAVE"])
def test_corrupt_audio(root: Path, content: bytes) -> None:
    (root / "wavs" / "a-1.wav").write_bytes(content)
    with pytest.raises(DataError, match=r"a-1\.wav cannot be read as audio"):
        SpeechCorpus(root)["a-1"]


def test_truncated_flac(tmp_path: Path) -> None:
    root = write_corpus(tmp_path / "flac", suffix=".flac")
    path = root / "wavs" / "a-1.flac"
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(DataError, match=r"a-1"):
        SpeechCorpus(root)["a-1"]


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_samples_that_are_not_numbers(root: Path, value: float) -> None:
    samples = np.zeros(16_000, dtype=np.float32)
    samples[5] = value
    soundfile.write(root / "wavs" / "a-1.wav", samples, 16_000, "FLOAT")
    with pytest.raises(DataError, match=r"a-1\.wav has samples that are NaN or infinite"):
        SpeechCorpus(root)["a-1"]


def test_stereo_is_mixed_down(root: Path) -> None:
    soundfile.write(root / "wavs" / "a-2.wav", np.tile([[0.5, 0.0]], (100, 1)), 16_000)
    assert torch.equal(SpeechCorpus(root)["a-2"].waveform, torch.full((100,), 0.25))


def test_wrong_rate_when_resampling_is_refused(tmp_path: Path) -> None:
    root = write_corpus(tmp_path / "lj", rate=22_050)
    with pytest.raises(DataError, match=r"a-1\.wav has a rate of 22050 Hz instead of 16000 Hz"):
        SpeechCorpus(root, resample=False)["a-1"]


def test_too_short_to_resample(root: Path) -> None:
    soundfile.write(root / "wavs" / "a-2.wav", np.zeros(1), 48_000)
    with pytest.raises(DataError, match=r"a-2\.wav is too short"):
        SpeechCorpus(root, sample_rate=8_000)["a-2"]


def test_unknown_id(root: Path) -> None:
    with pytest.raises(DataError, match="no utterance 'b-1'"):
        SpeechCorpus(root)["b-1"]


def test_unknown_split(root: Path) -> None:
    with pytest.raises(DataError, match=r"train\.txt is missing; this folder has \['test'\]"):
        SpeechCorpus(root).split("train")


def test_split_with_an_unknown_id(root: Path) -> None:
    (root / "splits" / "test.txt").write_text("a-9\n")
    with pytest.raises(DataError, match=r"test\.txt, line 1: 'a-9', which metadata\.csv does not"):
        SpeechCorpus(root).split("test")


@pytest.mark.parametrize("line", ["{", "[]", '{"id": "a-1"}'])
def test_malformed_alignment(root: Path, line: str) -> None:
    (root / "alignments.jsonl").write_text(line + "\n")
    with pytest.raises(DataError, match=r"alignments\.jsonl, line 1"):
        SpeechCorpus(root)


def test_alignment_of_other_audio(root: Path) -> None:
    soundfile.write(root / "wavs" / "a-1.wav", np.zeros(15_999), 16_000)
    with pytest.raises(DataError, match=r"alignments\.jsonl: the alignment of 'a-1' does not fit"):
        SpeechCorpus(root)["a-1"]


def test_alignment_of_another_text(root: Path) -> None:
    (root / "metadata.csv").write_text("a-1|Hi too\n")
    with pytest.raises(DataError, match="does not fit its audio or its text"):
        SpeechCorpus(root)["a-1"]


# ---------------------------------------------------------------- where data is found
@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """All four places with data, in the order in which they are asked."""
    monkeypatch.setattr(data, "COURSE_DATA", tmp_path / "coursedata")
    monkeypatch.setattr(data, "LOCAL_DATA", tmp_path / "data")
    found = {
        "environment": tmp_path / "mine",
        "hub": tmp_path / "coursedata",
        "repository": tmp_path / "data" / "corpus",
        "assignment": tmp_path / "data" / "mini",
    }
    for path in found.values():
        write_corpus(path)
    monkeypatch.setenv("EXERCISE_DATA", str(found["environment"]))
    return found


def test_look_up_order(places: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_data() == places["environment"]
    monkeypatch.delenv("EXERCISE_DATA")
    for name in ("hub", "repository", "assignment"):
        assert find_data() == places[name]
        shutil.rmtree(places[name])
    with pytest.raises(DataError, match=r"No speech data in .*EXERCISE_DATA"):
        find_data()


def test_a_wrong_environment_variable_is_not_passed_over(
    places: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXERCISE_DATA", str(places["environment"] / "wavs"))
    with pytest.raises(DataError, match=r"EXERCISE_DATA is .*wavs"):
        find_data()


def test_a_hub_may_keep_the_corpus_in_a_folder(
    places: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EXERCISE_DATA")
    places["hub"].rename(places["hub"].with_name("corpus"))
    places["hub"].mkdir()
    places["hub"].with_name("corpus").rename(places["hub"] / "corpus")
    assert find_data() == places["hub"] / "corpus"


def test_import_needs_only_torch_and_numpy() -> None:
    code = (
        "import sys, torch, numpy; before = set(sys.modules); import exercise_lib.speech.data; "
        "print(sorted(m for m in set(sys.modules) - before if '.' not in m))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    for heavy in ("soundfile", "soxr", "scipy", "librosa", "torchaudio", "matplotlib"):
        assert repr(heavy) not in result.stdout


# ---------------------------------------------------------------- real human recordings
@pytest.mark.slow
def test_human_recordings_load_through_the_same_class(tmp_path: Path) -> None:
    if not human_speech.SOUNDS.is_dir() or not human_speech.TRANSCRIPTS.is_file():
        pytest.skip("the Debian package asterisk-core-sounds-en-g722 is not installed")
    if shutil.which("ffmpeg") is None:
        pytest.skip("ffmpeg, which decodes G.722, is not installed")
    human_speech.write_ljspeech(tmp_path / "human", n=60)
    corpus = SpeechCorpus(tmp_path / "human")
    assert len(corpus) == 60
    assert corpus["auth-thankyou"].text == "Thank you."
    for utterance in corpus:
        seconds = len(utterance.waveform) / 16_000
        assert 0.3 < seconds < 30
        assert 5 < len(utterance.text) / seconds < 30  # the rate of speech, characters a second
        assert 0.01 < utterance.waveform.square().mean().sqrt() < 0.5
        assert utterance.alignment is None
    other = SpeechCorpus(tmp_path / "human", sample_rate=22_050)["auth-thankyou"]
    assert len(other.waveform) == pytest.approx(
        len(corpus["auth-thankyou"].waveform) * 1.378125, abs=1
    )
