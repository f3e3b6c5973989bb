"""The recorded attention: it fits the utterances it was recorded with, and tells what it lacks."""

import pytest
import torch

from exercise_lib.speech.data import LOCAL_DATA, DataError, SpeechCorpus
from exercise_lib.speech.recorded import RecordedAttention
from solutions.exercise_lib import attention


@pytest.fixture(scope="module")
def recorded() -> RecordedAttention:
    return RecordedAttention()


def test_every_recording_fits_its_text_and_its_speech(recorded):
    corpus = SpeechCorpus(LOCAL_DATA / "mini")
    assert recorded.texts == {item.id: item.text for item in corpus}
    for item in corpus:
        for run, steps in recorded.steps.items():
            for step in steps:
                *heads, n_steps, n_characters = recorded.energies(item.id, run, step).shape
                assert heads == ([4] if run == "multihead" else [])
                assert n_characters == len(item.text)
                seconds = n_steps * recorded.seconds_per_step
                assert abs(seconds - len(item.waveform) / corpus.sample_rate) < 0.09


def test_the_stored_scores_are_those_of_the_students_functions(recorded):
    corpus = SpeechCorpus(LOCAL_DATA / "mini")
    for run in ("learned", "fake"):
        step = recorded.steps[run][-1]
        for item in corpus:
            alignment = recorded.energies(item.id, run, step).softmax(-1).T
            truth = item.alignment.character_truth(recorded.hop_length, alignment.shape[1])
            scores = recorded.scores(item.id, run, step)
            mass = attention.mass_near_truth(alignment, truth)
            rc = attention.centroid_correlation(alignment, truth)
            assert scores["mass_within_1"] == pytest.approx(float(mass), abs=2e-3)
            assert scores["rc"] == pytest.approx(float(rc), abs=2e-3)


def test_the_learned_run_follows_the_speaker_and_the_fake_one_only_looks_better(recorded):
    def mean(run: str, score: str) -> float:
        step = recorded.steps[run][-1]
        return sum(recorded.scores(i, run, step)[score] for i in recorded.texts) / 6

    def mean_focus(run: str) -> float:
        step = recorded.steps[run][-1]
        sharpest = [recorded.energies(i, run, step).softmax(-1).amax(-1) for i in recorded.texts]
        return sum(float(weights.mean()) for weights in sharpest) / 6

    assert mean("learned", "rc") > 0.5 and mean("learned", "mass_within_1") > 0.6
    assert abs(mean("fake", "rc")) < 0.3
    assert mean_focus("fake") > mean_focus("learned")


def test_what_was_not_recorded_is_named(recorded):
    with pytest.raises(DataError, match=r"run 'lerned', step 3\. Utterances: joe"):
        recorded.energies(next(iter(recorded.texts)), "lerned", 3)


def test_a_missing_or_damaged_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"gone\.safetensors cannot be read"):
        RecordedAttention(tmp_path / "gone.safetensors")
    (tmp_path / "bad.safetensors").write_bytes(b"\0" * 100)
    with pytest.raises(DataError, match=r"bad\.safetensors cannot be read"):
        RecordedAttention(tmp_path / "bad.safetensors")


def test_energies_are_ready_for_the_softmax(recorded):
    energies = recorded.energies(
        next(iter(recorded.texts)), "learned", recorded.steps["learned"][0]
    )
    assert energies.dtype == torch.float32 and torch.isfinite(energies).all()
