"""How a Tacotron in training is judged, with a true alignment and without."""

from types import SimpleNamespace

import pytest
import torch

from exercise_lib.models import tacotron_training
from exercise_lib.models.tacotron_training import TacotronTask, score_alignment
from solutions.exercise_lib import attention, mel


@pytest.fixture(autouse=True)
def solved(monkeypatch):
    monkeypatch.setattr(tacotron_training, "attention", attention)


def test_without_a_truth_there_is_what_needs_none():
    alignment = torch.eye(5)
    assert list(score_alignment(alignment, torch.arange(5))) == ["mass", "rc", "monotonicity"]
    assert score_alignment(alignment, None) == {"monotonicity": 1.0}


@pytest.mark.parametrize("known", [(), (1,), (0, 1, 2)])
def test_an_evaluation_averages_what_is_known_of_each_sentence(tmp_path, known):
    truths = [torch.arange(5) if i in known else None for i in range(3)]
    task = SimpleNamespace(
        model=torch.nn.Identity(),
        held_out=[SimpleNamespace(truth=truth) for truth in truths],
        read=lambda example: (torch.eye(5), 0.5),
        speak=lambda path: None,
    )
    scores = TacotronTask.evaluate(task, 1, tmp_path)
    expected = {"mel_held_out", "monotonicity"} | ({"mass", "rc"} if known else set())
    assert scores.keys() == expected and scores["monotonicity"] == 1
    assert scores.get("mass", 1.0) == 1


def test_a_spectrogram_without_a_sound_leaves_none(tmp_path, monkeypatch):
    monkeypatch.setattr(tacotron_training, "mel", mel)
    task = SimpleNamespace(
        held_out=[SimpleNamespace(mel=torch.zeros(8, 80), tokens=torch.ones(3, dtype=torch.long))],
        config=tacotron_training.TacotronConfig(),
        model=SimpleNamespace(device="cpu"),
        network=SimpleNamespace(infer=lambda tokens, most: (torch.full((80, 8), 1e6), None, None)),
    )
    TacotronTask.speak(task, tmp_path / "a.flac")
    assert not (tmp_path / "a.flac").exists()
