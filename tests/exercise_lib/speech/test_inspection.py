"""A corpus is looked through before it is trained on: all that is wrong, on one page."""

import json
import re

import numpy as np
import odd_speech
import pytest
import soundfile
import torch
import typer
from lightning_fabric import Fabric
from toy_tacotron import TINY
from typer.testing import CliRunner

from exercise_lib.models import tacotron_training
from exercise_lib.models.vocoder_training import VocoderConfig, VocoderTask
from exercise_lib.speech import inspection
from exercise_lib.speech.data import DataError, SpeechCorpus
from exercise_lib.speech.inspection import take_usable
from exercise_lib.speech.problems import PAGE
from exercise_lib.speech.text import SYMBOLS
from exercise_lib.train.__main__ import main
from exercise_lib.train.checkpoint import load_checkpoint
from solutions.exercise_lib import attention, mel, tacotron2

WRONG = (  # one line of the page for each oddity that can't be trained on
    r"metadata.csv, line 26: no symbol for '²' \(superscript two\), '½' \(vulgar fraction one half",
    r"metadata.csv, line 27: no symbol for 'а' \(cyrillic small letter a\), .*, \.\.\.",
    r"metadata.csv, line 28: no symbol for '\*' \(asterisk\)",
    r"metadata.csv, line 29: '…' has no word",
    r"metadata.csv, line 30: no symbol for '刷'",
    r"metadata.csv, line 31: no symbol for '{'",
    r"metadata.csv, line 32: no symbol for '/' \(solidus\)",
    r"metadata.csv, line 33: no symbol for '😀' \(grinning face\)",
    r"wavs/silent-0.wav \(metadata.csv, line 34\) has a peak of 0",
    r"wavs/silent-1.wav \(metadata.csv, line 35\) has a peak of \de-05",
    r"wavs/opposite.wav \(metadata.csv, line 36\) has a peak of \de-05",
    r"wavs/short-0.wav \(metadata.csv, line 37\) has 0.010 s",
    r"wavs/short-1.wav \(metadata.csv, line 38\) has 0.40 s for \d+ characters",
    r"wavs/clipped.wav \(metadata.csv, line 39\) is at its peak in 1\d\.\d% of its samples",
    r"wavs/loud.wav \(metadata.csv, line 40\) has a peak of 13\d\d\d",
    r"wavs/empty.wav \(metadata.csv, line 41\) is empty: 0 samples",
    r"wavs/nan.wav \(metadata.csv, line 42\) has samples that are NaN",
    r"metadata.csv, line 43: '1.5', where the second field is '",
    r"metadata.csv, line 44: 'four\|",
    r"metadata.csv, line 45: 'no text\|\|'",
    r"metadata.csv, line 46: the id 'good-00' occurs twice",
    r"wavs/missing.flac \(metadata.csv, line 47\) is missing",
    r"wavs/foreign.flac \(metadata.csv, line 48\) .*; foreign.m4a is of a kind that is not read",
    r"wavs/damaged.wav \(metadata.csv, line 49\) cannot be read as audio \(Format not recognised",
    r"wavs/twin \(metadata.csv, line 50\) could be any of again/twin.wav, chapter 2/again/twin.wav",
    r"splits/validation.txt, line 3: 'unknown', which metadata.csv does not have",
    r"Note: metadata.csv, line 1: file_name\|transcription\|normalized is a heading\.",
    r"Note: 2 recordings have several channels, .* stereo.wav, opposite.wav\.",
)


@pytest.fixture(scope="module")
def odd(tmp_path_factory):
    folder = tmp_path_factory.mktemp("odd")
    odd_speech.write(folder)
    return folder


@pytest.fixture
def tiny(monkeypatch):
    """The Tacotron that is trained is one of no time."""

    def laptop(n_symbols, r):
        sizes = {**vars(TINY), "n_symbols": n_symbols, "n_mels": 80, "reduction_factor": r}
        return tacotron2.Tacotron2Config(**sizes)

    monkeypatch.setattr(tacotron2, "laptop", laptop)
    for name, solved in (("mel", mel), ("attention", attention), ("tacotron2", tacotron2)):
        monkeypatch.setattr(tacotron_training, name, solved)


def command(*options):
    app = typer.Typer()
    app.command()(main)
    return CliRunner().invoke(app, ["tacotron", *map(str, options)])


def test_a_folder_like_ljspeech_is_told_all_that_is_wrong(odd, tiny, tmp_path):
    refused = command("--data", odd, "--folder", tmp_path / "run")
    page = str(refused.exception)
    assert refused.exit_code and "cannot be trained on as it is" in page
    for line in WRONG:
        assert len(re.findall(line, page)) == 1, line
    assert len(page.splitlines()) <= PAGE + 4
    assert page.endswith("train without the bad ones: --skip-bad, in a notebook skip_bad=True.")
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_a_folder_like_ljspeech_trains_without_what_is_wrong(odd, tiny, tmp_path):
    symbols = SYMBOLS + '";:()'
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"steps": 20, "batch": 2, "symbols": symbols}))
    options = ["--data", odd, "--folder", tmp_path / "run", "--config", config]
    trained = command(*options, "--skip-bad")
    assert trained.exit_code == 0, trained.exception
    assert "24 utterances are left" in trained.stdout and "'…' has no word" in trained.stdout
    state = load_checkpoint(tmp_path / "run")
    assert state["step"] == 20
    assert state["modules"]["tacotron"]["embedding.weight"].shape[0] == len(symbols)
    assert json.loads((tmp_path / "run" / "config.json").read_text())["symbols"] == symbols


def test_what_is_good_though_odd_is_taken(odd):
    corpus, said = SpeechCorpus(odd, tolerant=True), []
    train, held_out = take_usable(corpus, lambda it: it, SYMBOLS, skip_bad=True, say=said.append)
    assert [it.id for it in held_out] == ["good-10", "good-11"]
    assert [it.id for it in train] == [
        *(f"good-{n:02}" for n in range(10)),
        *(f"odd-{n}" for n in range(6)),
        *("suffix", "path", "upper", "compressed", "nested", "stereo"),
    ]
    assert train[14].text == "A line\u2028in a line"
    for utterance in train:
        assert len(utterance.waveform) == pytest.approx(24_000, rel=0.05) or "odd" in utterance.id
        assert utterance.waveform.abs().max() == pytest.approx(0.4, rel=0.1)
    assert len(said) == 1


def test_long_recordings_are_named_where_they_are_read_as_a_whole(odd, monkeypatch):
    monkeypatch.setattr(inspection, "LONG", 2.0)
    corpus, said = SpeechCorpus(odd, tolerant=True), {}
    for symbols in (SYMBOLS, None):
        said[symbols] = []
        take_usable(corpus, vars, symbols, skip_bad=True, say=said[symbols].append)
    named = "6 recordings are longer than 2 s: odd-0.wav, odd-1.wav, odd-2.wav, ..."
    assert named in said[SYMBOLS][0] and "smaller --batch" in said[SYMBOLS][0]
    assert "longer than" not in said[None][0]


def test_a_vocoder_reads_no_text(odd):
    said = []
    take_usable(SpeechCorpus(odd, tolerant=True), vars, None, skip_bad=True, say=said.append)
    assert "no symbol" not in said[0] and "characters" not in said[0]
    assert "silent-0.wav" in said[0] and said[0].endswith("33 utterances are left.")
    with pytest.raises(DataError, match=r"short-0\.wav .*has 0\.010 s"):
        VocoderTask.from_data(VocoderConfig(), odd, Fabric())


@pytest.fixture
def corpus(tmp_path):
    """Forty tones with a text, and what writes one of them anew."""
    (tmp_path / "wavs").mkdir()
    tone = 0.5 * np.sin(2 * np.pi * 200 * np.arange(16_000) / 16_000)
    for n in range(40):
        soundfile.write(tmp_path / "wavs" / f"{n}.wav", tone, 16_000)
    write_texts(tmp_path, ["well said"] * 40)
    return tmp_path


def write_texts(root, texts):
    lines = [f"{n}|{text}\n" for n, text in enumerate(texts)]
    (root / "metadata.csv").write_text("".join(lines), encoding="utf-8")


def test_without_lists_the_last_twentieth_of_the_good_ones_is_held_out(corpus):
    write_texts(corpus, ["well said"] * 38 + ["*"] * 2)
    ids = take_usable(SpeechCorpus(corpus), lambda it: it.id, SYMBOLS, skip_bad=True)
    assert ids == ([str(n) for n in range(37)], ["37"])


def test_a_page_has_room_for_some_of_each_kind_of_problem(corpus):
    for n in range(3):
        soundfile.write(corpus / "wavs" / f"{n}.wav", np.zeros(16_000), 16_000)
    write_texts(corpus, ["*"] * 40)
    (corpus / "splits").mkdir()
    (corpus / "splits" / "train.txt").write_text("".join(f"{n}\n" for n in range(60)))
    (corpus / "splits" / "validation.txt").write_text("0\n")
    with pytest.raises(DataError) as told:
        take_usable(SpeechCorpus(corpus, tolerant=True), lambda it: it, SYMBOLS)
    lines = str(told.value).splitlines()
    assert PAGE <= len(lines) <= PAGE + 4
    assert lines[1].startswith("Ids that metadata.csv does not have (20).")
    assert sum("has a peak of 0" in line for line in lines) == 3  # the few are all there
    assert [line for line in lines if "more" in line] == ["  and 19 more"]


def test_nothing_is_said_of_good_data_and_nothing_made_of_bad(corpus):
    made, said = [], []
    take_usable(SpeechCorpus(corpus), made.append, SYMBOLS, say=said.append)
    assert len(made) == 40 and not said
    write_texts(corpus, ["*", *["well said"] * 39])
    made.clear()
    with pytest.raises(DataError, match="asterisk"):
        take_usable(SpeechCorpus(corpus), made.append, SYMBOLS)
    assert not made


def test_too_little_that_is_left_is_an_error(corpus):
    write_texts(corpus, ["*"] * 39 + ["well said"])
    with pytest.raises(DataError, match="at least two"):
        take_usable(SpeechCorpus(corpus), lambda it: it, SYMBOLS, True, say=lambda _: None)


def test_an_alignment_of_a_text_that_is_read_otherwise_is_refused(corpus):
    write_texts(corpus, ["42", *["well said"] * 39])
    spans = [["4", 0, 8000], ["2", 8000, 16_000]]
    aligned = {"id": "0", "n_samples": 16_000, "phonemes": spans, "characters": spans}
    (corpus / "alignments.jsonl").write_text(json.dumps(aligned) + "\n")
    with pytest.raises(DataError, match=r"line 1: aligned is '42', read is 'forty-two'"):
        take_usable(SpeechCorpus(corpus), lambda it: it, SYMBOLS)


@pytest.mark.parametrize("level", [0.5, 1.0])
@pytest.mark.parametrize("frequency", [50, 200, 1000])
def test_a_loud_sound_is_not_a_clipped_one(corpus, level, frequency):
    tone = level * np.sin(2 * np.pi * frequency * np.arange(16_000) / 16_000)
    soundfile.write(corpus / "wavs" / "0.wav", tone, 16_000)
    train, _ = take_usable(SpeechCorpus(corpus), lambda it: it.waveform)
    assert torch.allclose(train[0].max(), torch.tensor(level), atol=1e-3)
