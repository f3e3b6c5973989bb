"""Text to speech: the parts joined, and reading errors found."""

import pytest
import torch
from solutions.exercise_lib.mel import MelConfig
from solutions.exercise_lib.synthesis import reading_errors, synthesise
from solutions.exercise_lib.warping import accumulated_cost, frame_distances, warping_path
from toy_tacotron import TINY

from exercise_lib.check.toys.speech import HOP, ToyVocoder
from exercise_lib.speech import audio
from exercise_lib.speech.data import LOCAL_DATA, SpeechCorpus
from exercise_lib.speech.scaling import denormalise
from exercise_lib.speech.text import encode_text
from solutions.exercise_lib import tacotron2
from solutions.lab07_text_to_speech.exercises.carry_truth import exercise as carry_truth

CORPUS = SpeechCorpus(LOCAL_DATA / "mini")
TEXT = "A wise owl, at last."

# ---------------------------------------------------------------- text to speech


@pytest.fixture
def tiny() -> tacotron2.Tacotron2:
    torch.manual_seed(0)
    return tacotron2.Tacotron2(TINY)


def test_a_tacotron_and_a_vocoder_make_sound(tiny):
    waveform, log_mel, alignment, stop = synthesise(TEXT, tiny, ToyVocoder(), max_steps=6)
    steps = len(stop)
    assert alignment.shape == (len(TEXT), steps) and log_mel.shape == (4, 2 * steps)
    torch.testing.assert_close(alignment.sum(0), torch.ones(steps))
    assert waveform.shape == (2 * steps * HOP,)
    assert waveform.abs().max().item() == pytest.approx(0.95)
    audio.wav_bytes(waveform, 16_000)


def test_the_vocoder_is_given_natural_log_magnitudes(tiny):
    given = []
    vocoder = ToyVocoder()
    vocoder.register_forward_pre_hook(lambda module, args: given.append(args[0].clone()))
    torch.manual_seed(1)  # the prenet's dropout is never off
    _, log_mel, _, _ = synthesise(TEXT, tiny, vocoder, max_steps=6)
    torch.manual_seed(1)
    mel, _, _ = tiny.infer(encode_text(TEXT), 6)
    torch.testing.assert_close(log_mel, denormalise(mel))
    torch.testing.assert_close(given, [log_mel[None]])


def test_nothing_keeps_a_graph_and_both_models_are_in_evaluation_mode(tiny):
    vocoder = ToyVocoder()
    outputs = synthesise(TEXT, tiny, vocoder, max_steps=3)
    assert not any(output.requires_grad for output in outputs)
    assert not tiny.training and not vocoder.training


def test_text_without_symbols_is_refused(tiny):
    with pytest.raises(ValueError, match="no symbol for '7'"):
        synthesise("7 owls", tiny, ToyVocoder())


# ---------------------------------------------------------------- reading errors


@pytest.mark.parametrize("utterance", list(CORPUS), ids=lambda it: it.id)
def test_true_alignments_have_no_reading_errors(utterance):
    n_steps = len(utterance.waveform) // 768
    assert reading_errors(utterance.alignment.matrix(768, n_steps)) == ([], [])


def test_a_word_cut_out_and_a_word_said_again_are_found():
    utterance = CORPUS["joe-0280"]  # Did Claire listen by the sea?
    truth = utterance.alignment.matrix(768, len(utterance.waveform) // 768)
    peaks = truth.argmax(0)
    start, end = utterance.text.index("listen"), utterance.text.index("by")
    inside = (peaks >= start) & (peaks < end)
    skipped, repeated = reading_errors(truth[:, ~inside])
    assert repeated == [] and len(skipped) == 1
    assert skipped[0][0] <= start and skipped[0][1] >= end - 2

    last = int(inside.nonzero().max())
    again = torch.cat([truth[:, : last + 1], truth[:, inside], truth[:, last + 1 :]], dim=1)
    assert reading_errors(again) == ([], [last + 1])


# ---------------------------------------------------------------- the truth, carried over


def test_the_truth_of_stretched_speech_is_found_again():
    utterance = CORPUS["joe-0280"]
    mel = audio.log_mel(utterance.waveform, MelConfig())  # (n_mels, frames)
    frames = mel.shape[1]
    truth = utterance.alignment.character_truth(256, frames)
    speed = 1.0 + 0.5 * torch.sin(torch.arange(frames) / 9.0)  # slower and faster in turn
    source = speed.cumsum(0)
    source = (source / source[-1] * (frames - 1)).round().long()  # (frames,)
    path = warping_path(accumulated_cost(frame_distances(mel, mel[:, source])))
    carried = carry_truth.solution(truth, path, frames)
    assert (carried - truth[source]).abs().max() <= 1.5
    line = torch.linspace(0, len(utterance.text) - 1, frames)
    assert (carried - truth[source]).abs().mean() < 0.1 * (line - truth[source]).abs().mean()
