"""A sentence alone and in a batch, with the kept weights: the same alignment, frames and losses."""

from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from autograder.paths import REPOSITORY
from exercise_lib.models import pretrained, tacotron1_training, tacotron_training
from exercise_lib.models.padding import padding_is_zero
from exercise_lib.models.pretrained import load_tacotron, load_tacotron1
from exercise_lib.models.tacotron1_training import Tacotron1Task, linear_frames
from exercise_lib.models.tacotron_training import Batch, TacotronTask, make_example
from exercise_lib.speech.data import SpeechCorpus
from solutions.exercise_lib import mel, tacotron1, tacotron2

KEPT = REPOSITORY.data / "pretrained"


@pytest.fixture(autouse=True)
def one_mask_for_all_sentences(monkeypatch):
    """The prenet drops the same units at the same step, whatever else is in the batch."""
    masks = {}

    def dropout(x, p=0.5, training=True, inplace=False):
        if not training:
            return x
        units = x.shape[-1]
        if units not in masks:
            generator = torch.Generator().manual_seed(units)
            masks[units] = (torch.rand(500, units, generator=generator) >= p) / (1 - p)
        return x * masks[units][: x.shape[-2]]

    monkeypatch.setattr(F, "dropout", dropout)
    for module, name, solved in (
        (tacotron_training, "mel", mel),
        (tacotron1_training, "mel", mel),
        (pretrained, "tacotron1", tacotron1),
        (pretrained, "tacotron2", tacotron2),
    ):
        monkeypatch.setattr(module, name, solved)


def batches(r: int, linear: bool = False) -> tuple[Batch, list[Batch]]:
    """Return sentences of very different length, in one batch and each alone."""
    corpus = SpeechCorpus(REPOSITORY.data / "corpus").split("test")
    utterances = sorted((corpus[i] for i in range(12)), key=lambda it: len(it.text))[::3]
    examples = []
    for utterance in utterances:
        example = make_example(utterance, mel.MelConfig(), r)
        if linear:
            object.__setattr__(example, "linear", linear_frames(utterance, len(example.mel)))
        examples.append(example)
    assert len({len(it.tokens) for it in examples}) == 4
    return Batch.of(examples, "cpu"), [Batch.of([it], "cpu") for it in examples]


def stand_in(kind: type, model: nn.Module) -> SimpleNamespace:
    """Return as much of a task as its `predict` uses."""
    return SimpleNamespace(kind=kind, model=model, network=model, config=model.config)


def differences(task: SimpleNamespace, together: Batch, alone: list[Batch]) -> list[float]:
    """Return the largest difference of a weight, for each sentence."""
    found = []
    with torch.no_grad():
        weights = task.kind.predict(task, together)[2]
        for row, batch in zip(weights, alone, strict=True):
            [expected] = task.model(batch.tokens, batch.n_enc, batch.mel)[-1]
            found.append(float((row[: len(expected), : expected.shape[1]] - expected).abs().max()))
    return found


def test_tacotron_2_reads_a_sentence_in_a_batch_as_alone():
    model = load_tacotron(folder=KEPT)
    together, alone = batches(model.config.reduction_factor)
    found = differences(stand_in(TacotronTask, model), together, alone)
    assert max(found) < 1e-4, found
    with torch.no_grad():  # and without the mask it does not
        unmasked = model(together.tokens, together.n_enc, together.mel)[3]
        masked = TacotronTask.predict(stand_in(TacotronTask, model), together)[2]
    assert (unmasked - masked).abs().max() > 0.05


def test_tacotron_1_reads_a_sentence_in_a_batch_as_alone():
    model = load_tacotron1(KEPT)
    together, alone = batches(model.config.reduction_factor, linear=True)
    found = differences(stand_in(Tacotron1Task, model), together, alone)
    assert max(found) < 1e-4, found
    with torch.no_grad():
        unmasked = model(together.tokens, together.n_enc, together.mel)[2]
        masked = Tacotron1Task.predict(stand_in(Tacotron1Task, model), together)[2]
    assert (unmasked - masked).abs().max() > 0.01


def test_the_losses_of_a_batch_are_those_of_its_sentences():
    """Mel error with the post-net's part, stop steps: each frame counts once, padding never."""
    model = load_tacotron(folder=KEPT)
    together, alone = batches(model.config.reduction_factor)
    task = stand_in(TacotronTask, model)
    with torch.no_grad():
        scores = TacotronTask.predict(task, together)[1]
        each = [TacotronTask.predict(task, it)[1] for it in alone]
    share = together.frames / together.frames.sum()
    for name, value in scores.items():
        expected = float(share @ torch.tensor([it[name] for it in each]))
        assert value == pytest.approx(expected, rel=1e-4), name


def test_guided_attention_does_not_count_padding():
    weights = torch.rand(1, 6, 5).softmax(2)
    n_enc, n_dec = torch.tensor([5]), torch.tensor([6])
    padded = F.pad(weights, (0, 3, 0, 4))
    padded[:, 6:] = 1.0  # whatever is read behind the end
    loss = tacotron_training.guided_attention_loss
    torch.testing.assert_close(loss(padded, n_enc, n_dec), loss(weights, n_enc, n_dec))


def test_hooks_are_gone_afterwards():
    conv = nn.Conv1d(2, 2, 3, padding=1)
    x, lengths = torch.randn(2, 2, 7), torch.tensor([7, 4])
    before = conv(x)
    with pytest.raises(ZeroDivisionError), padding_is_zero([conv], lengths):
        y = conv(x)
        1 / 0
    torch.testing.assert_close(y[1, :, :4], conv(x[1:, :, :4])[0])
    assert (y[1, :, 4:] == 0).all()
    torch.testing.assert_close(conv(x), before)
