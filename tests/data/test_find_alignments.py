"""Alignments found without the truth: whose they are, and how near the truth they come."""

from __future__ import annotations

import sys
from statistics import mean, median

import pytest
import torch

from autograder.paths import ROOT
from exercise_lib.speech.data import SpeechCorpus

DATA = ROOT / "data"
sys.path.insert(0, str(DATA))
from aligned_tacotron import FOUND, read_found
from find_alignments import MEL, phoneme_spans


@pytest.fixture(scope="module")
def found() -> dict[str, list[int]]:
    return read_found(FOUND)


def test_training_sentences_alone_were_aligned(found: dict[str, list[int]]) -> None:
    corpus = SpeechCorpus(DATA / "corpus")
    assert list(found) == corpus.split("train").ids
    assert all(len(ends) == len(corpus.metadata.entries[key].text) for key, ends in found.items())
    assert all(ends == sorted(ends) for ends in found.values())


def test_what_was_found_is_near_the_truth_and_not_a_copy(found: dict[str, list[int]]) -> None:
    train = SpeechCorpus(DATA / "corpus").split("train")
    errors = [
        [
            abs(end - span.end) / 16
            for end, span in zip(found[it.id], it.alignment.characters, strict=True)
        ]
        for it in map(train.__getitem__, train.ids[:40])
    ]  # milliseconds
    assert median(map(mean, errors)) < 25
    assert min(map(mean, errors)) > 2


def test_a_blank_belongs_to_the_phoneme_after_it() -> None:
    units = ["^", "_", "a", "_", "b", "_", ".", "_", "$", "_"]
    path = torch.tensor([0, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9])
    hop = MEL.hop_length
    spans = phoneme_spans(units, path, 20 * hop)
    assert spans == [
        ("sil", 0, 2 * hop),
        ("a", 2 * hop, 4 * hop),
        ("b", 4 * hop, 6 * hop),
        ("sil", 6 * hop, 20 * hop),
    ]
