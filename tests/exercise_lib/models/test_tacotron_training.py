"""Attention is drawn to a guess that fits the decoder's steps; how a Tacotron is judged."""

from types import SimpleNamespace

import pytest
import torch

from exercise_lib.models import tacotron_training
from exercise_lib.models.tacotron_training import (
    Example,
    TacotronTask,
    guess_loss,
    score_alignment,
    with_guesses,
)
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


def test_attention_at_the_guess_costs_nothing_and_elsewhere_its_distance():
    guess = torch.tensor([[0.0, 1.0, 2.0]])
    there = torch.eye(5)[[0, 1, 2]][None]  # (1, T_dec, T_enc)
    two_off = torch.eye(5)[[2, 3, 4]][None]
    n_dec = torch.tensor([3])
    assert guess_loss(there, guess, n_dec) == 0
    assert guess_loss(two_off, guess, n_dec) == pytest.approx(2**2 / 2)
    assert guess_loss(two_off, guess, n_dec, width=2.0) == pytest.approx(0.5)


def test_padded_steps_of_a_batch_cost_nothing():
    guess, n_dec = torch.zeros(2, 3), torch.tensor([3, 1])
    weights = torch.eye(4)[torch.tensor([[0, 0, 0], [0, 3, 3]])]
    assert guess_loss(weights, guess, n_dec) == 0


def test_attention_far_away_still_learns():
    weights = torch.full((1, 2, 9), 1 / 9, requires_grad=True)
    guess_loss(weights, torch.tensor([[0.0, 8.0]]), torch.tensor([2])).backward()
    assert weights.grad[0, 0, 0] < weights.grad[0, 0, 4] < 0  # more weight there, less loss


def test_a_guess_has_the_mean_position_of_each_groups_frames(monkeypatch):
    path = torch.tensor([0] * 6 + [1] * 4 + [2] * 2)
    monkeypatch.setattr(tacotron_training, "first_alignments", lambda texts, mels: [path])
    example = Example(torch.tensor([1, 2, 3]), torch.zeros(12, 80), None)
    assert with_guesses([example], 4)[0].guess.tolist() == [0.0, 0.5, 1.5]
