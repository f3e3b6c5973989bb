"""The corpus in data/: promises of its datasheet, and whether its alignments fit the sound."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open

from autograder.paths import ROOT
from exercise_lib.speech.data import Span, SpeechCorpus, Utterance

DATA = ROOT / "data"
HOP = 256
sys.path.insert(0, str(DATA))
from align_characters import LetterToPhoneme, character_spans

VOWELS = tuple("aæɑɐəɚɛɜiɪᵻʌʊuɔoe")


@pytest.fixture(scope="module")
def corpus() -> SpeechCorpus:
    return SpeechCorpus(DATA / "corpus", resample=False)


@pytest.fixture(scope="module")
def utterances(corpus: SpeechCorpus) -> list[Utterance]:
    return list(corpus)


@pytest.fixture(scope="module")
def manifest() -> dict:
    return json.loads((DATA / "corpus" / "manifest.json").read_text(encoding="utf-8"))


def megabytes(folder: Path) -> float:
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) / 1e6


def check(data: Path) -> subprocess.CompletedProcess[str]:
    script = [sys.executable, str(DATA / "build_corpus.py"), "--check", "--data", str(data)]
    return subprocess.run(script, capture_output=True, text=True)


# ---------------------------------------------------------------- files
def test_files_are_those_of_the_manifest() -> None:
    result = check(DATA)
    assert result.returncode == 0, result.stderr


def test_check_names_what_changed(tmp_path: Path) -> None:
    for name in ("corpus", "mini"):
        shutil.copytree(DATA / "mini", tmp_path / name)
    assert check(tmp_path).returncode == 0
    first = sorted((tmp_path / "mini" / "wavs").iterdir())[0]
    first.write_bytes(first.read_bytes()[:-1] + b"x")
    (tmp_path / "mini" / "metadata.csv").unlink()
    (tmp_path / "mini" / "notes.txt").write_text("mine")
    result = check(tmp_path)
    assert result.returncode == 1
    assert f"{first}: changed" in result.stderr
    assert "metadata.csv: missing" in result.stderr
    assert "notes.txt: not in the manifest" in result.stderr


def test_size_and_durations(utterances: list[Utterance], manifest: dict) -> None:
    assert len(utterances) >= 600
    assert megabytes(DATA / "corpus") <= 35
    seconds = np.array([len(u.waveform) for u in utterances]) / 16_000
    assert seconds.sum() / 60 >= 25
    assert seconds.min() >= 1
    assert seconds.max() <= 4
    assert np.mean((seconds >= 1.5) & (seconds <= 3.5)) >= 0.9
    assert manifest["statistics"]["minutes"] == pytest.approx(seconds.sum() / 60, abs=0.01)


def test_level_and_no_clipping(utterances: list[Utterance]) -> None:
    for utterance in utterances:
        speech = utterance.waveform.numpy().astype(float)
        assert np.abs(speech).max() < 1
        for pause in phonemes(utterance, sounding=False):
            speech[pause.start : pause.end] = np.nan
        assert 10 * np.log10(np.nanmean(speech**2)) == pytest.approx(-26, abs=0.01)


def test_splits_are_disjoint_and_complete(
    corpus: SpeechCorpus, utterances: list[Utterance]
) -> None:
    ids = {name: corpus.split(name).ids for name in ("train", "validation", "test")}
    assert len(ids["validation"]) == 50
    assert len(ids["test"]) == 100
    assert sorted(key for part in ids.values() for key in part) == sorted(corpus.ids)
    texts = [u.text for u in utterances]
    assert len(set(texts)) == len(texts)  # so no test sentence is heard in training


def test_text_is_plain(utterances: list[Utterance]) -> None:
    letters = {c for u in utterances for c in u.text}
    assert {c for c in letters if not (c.isascii() and c.isalpha())} == set(" ,.?!")


def test_every_phoneme_is_frequent(utterances: list[Utterance], manifest: dict) -> None:
    counted: dict[str, int] = {}
    for utterance in utterances:
        for p in phonemes(utterance, sounding=True):
            symbol = p.symbol.lstrip("ˈˌ")
            counted[symbol] = counted.get(symbol, 0) + 1
    assert counted == manifest["statistics"]["phoneme_counts"]
    assert len(counted) == 48
    assert min(counted.values()) >= len(utterances) // 20


# ---------------------------------------------------------------- alignments
def phonemes(utterance, sounding: bool) -> list[Span]:
    return [p for p in utterance.alignment.phonemes if (p.symbol != "sil") == sounding]


def test_alignments_are_contiguous_and_cover_the_audio(utterances: list[Utterance]) -> None:
    for utterance in utterances:
        for spans in (utterance.alignment.phonemes, utterance.alignment.characters):
            assert spans[0].start == 0
            assert spans[-1].end == len(utterance.waveform)
            assert all(a.end == b.start for a, b in pairwise(spans))
            assert all(s.start <= s.end for s in spans)
        assert all(p.start < p.end for p in utterance.alignment.phonemes)
        assert "".join(c.symbol for c in utterance.alignment.characters) == utterance.text


def test_every_letter_sounds_and_every_space_is_empty(utterances: list[Utterance]) -> None:
    spans = [c for u in utterances for c in u.alignment.characters]
    assert all(c.start < c.end for c in spans if c.symbol != " ")
    assert all(c.start == c.end for c in spans if c.symbol == " ")


def test_commas_and_final_marks_are_the_pauses(utterances: list[Utterance]) -> None:
    for utterance in utterances:
        marks = [c for c in utterance.alignment.characters if c.symbol in ",.?!"]
        pauses = phonemes(utterance, sounding=False)[1:]  # the first comes before the speech
        assert [(c.start, c.end) for c in marks] == [(p.start, p.end) for p in pauses]


def test_pauses_are_quiet_and_vowels_loud(corpus: SpeechCorpus) -> None:
    """Median levels of the middle half of every span, so that 10 ms of error don't matter."""
    levels: dict[str, list[float]] = {"vowel": [], "pause": []}
    for utterance in corpus.split("test"):
        for p in utterance.alignment.phonemes:
            kind = "pause" if p.symbol == "sil" else "vowel"
            if kind == "vowel" and not p.symbol.lstrip("ˈˌ").startswith(VOWELS):
                continue
            quarter = (p.end - p.start) // 4
            middle = utterance.waveform[p.start + quarter : p.end - quarter]
            levels[kind].append(float(10 * (middle.square().mean() + 1e-10).log10()))
    assert np.median(levels["vowel"]) > -26
    assert np.median(levels["pause"]) < -55
    assert np.percentile(levels["vowel"], 5) > np.percentile(levels["pause"], 90)


def test_sibilants_hiss_where_the_alignment_says(corpus: SpeechCorpus) -> None:
    """Energy above 3.5 kHz: each /s/ or /ʃ/ between vowels against the phonemes beside it."""
    hisses = []
    for utterance in corpus.split("test"):
        for before, s, after in zip(
            *(utterance.alignment.phonemes[k:] for k in range(3)), strict=False
        ):
            beside = [p.symbol.lstrip("ˈˌ").startswith(VOWELS) for p in (before, after)]
            if s.symbol in ("s", "ʃ") and all(beside):
                hiss = [
                    share_above(utterance.waveform[p.start : p.end]) for p in (before, s, after)
                ]
                hisses.append(hiss[1] > 3 * max(hiss[0], hiss[2]))
    assert len(hisses) >= 20
    assert np.mean(hisses) >= 0.9


def share_above(waveform: torch.Tensor, cutoff: float = 3500.0) -> float:
    power = torch.fft.rfft(waveform).abs().square()
    frequency = torch.fft.rfftfreq(len(waveform), 1 / 16_000)
    return float(power[frequency > cutoff].sum() / power.sum())


# ---------------------------------------------------------------- letters to phonemes
def test_em_finds_digraphs_and_silent_letters() -> None:
    words = {
        "she": "ʃ iː", "he": "h iː", "see": "s iː", "ash": "æ ʃ", "has": "h æ z", "cash": "k æ ʃ",
        "cat": "k æ t", "hat": "h æ t", "sat": "s æ t", "seat": "s iː t", "heat": "h iː t",
        "tax": "t æ k s", "axe": "æ k s", "sash": "s æ ʃ", "hash": "h æ ʃ", "teach": "t iː tʃ",
    }  # fmt: skip
    model = LetterToPhoneme([(word, p.split()) for word, p in words.items()])
    assert model.viterbi("cash", ["k", "æ", "ʃ"]) in ([1, 1, 1, 0], [1, 1, 0, 1])
    assert model.viterbi("seat", ["s", "iː", "t"]) in ([1, 1, 0, 1], [1, 0, 1, 1])
    assert model.viterbi("tax", ["t", "æ", "k", "s"]) == [1, 1, 2]


def test_silent_letters_share_the_time_of_their_neighbour() -> None:
    spans = character_spans("knee I", [0, 1, 1, 0, 0, 1], [0, 10, 30, 40])
    expected = [
        ("k", 0, 5),
        ("n", 5, 10),
        ("e", 10, 20),
        ("e", 20, 30),
        (" ", 30, 30),
        ("I", 30, 40),
    ]
    assert spans == expected


# ---------------------------------------------------------------- what travels in the assignment
def test_mini_is_a_small_part_of_the_test_split(corpus: SpeechCorpus) -> None:
    mini = SpeechCorpus(DATA / "mini", resample=False)
    assert 4 <= len(mini) <= 8
    assert megabytes(DATA / "mini") < 0.7
    assert set(mini.ids) <= set(corpus.split("test").ids)
    assert mini.split("test").ids == mini.ids
    for utterance in mini:
        assert torch.equal(utterance.waveform, corpus[utterance.id].waveform)
        assert utterance.text == corpus[utterance.id].text
        assert utterance.alignment == corpus[utterance.id].alignment


def test_recorded_attention_has_the_scores_it_claims() -> None:
    path = DATA / "attention" / "recorded.safetensors"
    assert path.stat().st_size < 400_000
    mini = SpeechCorpus(DATA / "mini")
    means: dict[str, list[float]] = {}
    with safe_open(path, "pt") as file:
        recording = json.loads(file.metadata()["recording"])
        hop = recording["hop_length"] * recording["reduction_factor"]
        assert set(recording["utterances"]) == set(mini.ids)
        for key, claimed in recording["scores"].items():
            name, run, step = key.split("/")
            energies = file.get_tensor(f"{key}/energies").float()
            weights = energies.softmax(-1)
            weights = weights.mean(0) if weights.ndim == 3 else weights  # over heads
            n_steps, n_characters = weights.shape
            assert n_characters == len(mini[name].text)
            assert n_steps == -(-(len(mini[name].waveform) // HOP) // recording["reduction_factor"])
            truth = mini[name].alignment.character_truth(hop, n_steps).numpy()
            centroid = (weights * torch.arange(n_characters)).sum(1).numpy()
            line = np.linspace(0, n_characters - 1, n_steps)
            mass = np.mean(
                [
                    w[max(t - 1, 0) : t + 2].sum()
                    for w, t in zip(weights.numpy(), truth, strict=True)
                ]
            )
            rc = np.corrcoef(centroid - line, truth - line)[0, 1]
            assert claimed["mass_within_1"] == pytest.approx(mass, abs=6e-4)
            assert claimed["rc"] == pytest.approx(rc, abs=6e-4)
            means.setdefault(f"{run}/{step}", []).append(rc)
        last = {
            run: np.mean(means[f"{run}/{steps[-1]}"]) for run, steps in recording["runs"].items()
        }
    assert min(last["learned"], last["multihead"]) > 0.5
    assert abs(last["fake"]) < 0.3
