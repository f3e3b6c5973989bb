"""A Tacotron 1 learns from both spectrograms and is judged as Tacotron 2 is."""

import math

import pytest
from lightning_fabric import Fabric
from torch.nn.utils.rnn import pad_sequence

from autograder.paths import REPOSITORY
from exercise_lib.models import tacotron1_training, tacotron_training
from exercise_lib.models.tacotron1_training import SILENCE
from exercise_lib.models.tacotron_training import Batch, TacotronConfig
from exercise_lib.speech.data import SpeechCorpus
from solutions.exercise_lib import attention, mel, tacotron1


@pytest.fixture
def task(monkeypatch):
    for module, name, solved in (
        (tacotron_training, "mel", mel),
        (tacotron_training, "attention", attention),
        (tacotron1_training, "mel", mel),
        (tacotron1_training, "tacotron1", tacotron1),
    ):
        monkeypatch.setattr(module, name, solved)
    corpus = SpeechCorpus(REPOSITORY.data / "mini")
    return tacotron1_training.Tacotron1Task(TacotronConfig(batch=2), corpus, Fabric())


def test_it_learns_and_is_scored(task, tmp_path):
    losses = task.training_step(0, Fabric())
    assert losses.keys() == {"loss", "mel", "linear"} and all(map(math.isfinite, losses.values()))
    assert losses["loss"] > losses["mel"] + losses["linear"]  # and guided attention
    assert {"mel_held_out", "mass", "rc", "monotonicity"} == task.evaluate(1, tmp_path).keys()
    assert (tmp_path / "samples" / "step-000001.flac").exists()
    assert (tmp_path / "alignments" / "step-000001.png").exists()


def test_the_linear_spectrogram_has_the_frames_of_the_mel(task):
    for example in task.train:
        assert example.linear.shape == (len(example.mel), 513)


def test_behind_a_sentence_silence_is_learned(task, monkeypatch):
    """Without a stop gate the padding counts: a true prediction has no error there."""
    batch = Batch.of(sorted(task.train, key=lambda it: len(it.mel))[::4], "cpu")
    linear = pad_sequence([it.linear for it in batch.examples], True, SILENCE).mT.float()
    seen = []
    monkeypatch.setattr(task, "model", lambda _, __, mel: seen.append(mel) or (mel, linear, None))
    loss, _, _ = task.predict(batch)
    assert loss == 0 and batch.frames[0] < batch.frames[1]
    assert (seen[0][0, :, batch.frames[0] :] == SILENCE).all()
