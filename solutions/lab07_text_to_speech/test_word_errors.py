"""Word errors: the table against brute force, pairs that rebuild both sentences, the rate."""

from itertools import combinations

import numpy as np
import pytest
from solutions.exercise_lib.word_errors import align_words, edit_table, word_error_rate

from exercise_lib.speech.data import LOCAL_DATA, SpeechCorpus
from exercise_lib.speech.recognise import Recogniser, words_of

RNG = np.random.default_rng(0)
SENTENCES = [
    [[str(word) for word in RNG.choice(["a", "wise", "owl", "met"], RNG.integers(0, 6))]
     for _ in range(2)]
    for _ in range(40)
]  # fmt: skip


def fewest_errors(reference: list[str], heard: list[str]) -> int:
    """The cheapest of all ways to pair words in order; words left over cost one each."""
    n, m = len(reference), len(heard)
    return min(
        (n - k)
        + (m - k)
        + sum(reference[i] != heard[j] for i, j in zip(rows, columns, strict=True))
        for k in range(min(n, m) + 1)
        for rows in combinations(range(n), k)
        for columns in combinations(range(m), k)
    )


@pytest.mark.parametrize(("reference", "heard"), SENTENCES)
def test_every_entry_of_the_table_is_the_fewest_errors(reference, heard):
    table = edit_table(reference, heard)
    for i in range(len(reference) + 1):
        for j in range(len(heard) + 1):
            assert table[i, j] == fewest_errors(reference[:i], heard[:j])


@pytest.mark.parametrize(("reference", "heard"), SENTENCES)
def test_the_pairs_rebuild_both_sentences_with_the_fewest_errors(reference, heard):
    pairs = align_words(reference, heard)
    assert [a for a, _ in pairs if a is not None] == reference
    assert [b for _, b in pairs if b is not None] == heard
    assert (None, None) not in pairs
    assert sum(a != b for a, b in pairs) == fewest_errors(reference, heard)


def test_the_rate_by_hand():
    texts = ["The wise owl met our goat.", "No!"]
    heard = [["the", "white", "owl", "our", "goat", "too"], []]  # S, D, I; D
    assert word_error_rate(texts, heard) == pytest.approx(4 / 7)
    assert word_error_rate(["No!"], [["oh", "no", "no"]]) == 2.0


def test_every_text_needs_its_words():
    with pytest.raises(ValueError):
        word_error_rate(["No!", "Yes."], [["no"]])


def test_the_recogniser_hears_words_and_tells_noise_from_speech():
    corpus = SpeechCorpus(LOCAL_DATA / "mini")
    texts = [utterance.text for utterance in corpus]
    recognise = Recogniser(texts)
    heard = [recognise(utterance.waveform) for utterance in corpus]
    assert word_error_rate(texts, heard) < 0.1  # it knows these six sentences
    backwards = [recognise(utterance.waveform.flip(0)) for utterance in corpus]
    assert word_error_rate(texts, backwards) > 0.6
    assert words_of("No, it's the OWL!") == ["no", "it's", "the", "owl"]
