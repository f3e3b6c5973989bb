"""The speaking player: the decoder step by step, what each breakage does, what the page is told."""

from itertools import pairwise
from unittest import mock

import numpy as np
import pytest
import torch
from toy_lecture import assemble_lecture

from autograder.paths import ROOT, student_modules
from exercise_lib.alignment_player import reader
from exercise_lib.alignment_player.reading import Breakage, break_attention, decode, repeat_word
from exercise_lib.alignment_player.speaking import SpeakingPlayer, speaking_player
from exercise_lib.alignment_player.take import colour_levels
from exercise_lib.models import pretrained, vocoders
from exercise_lib.models import tacotron_training as training
from exercise_lib.speech.audio import as_array
from exercise_lib.speech.data import DataError
from exercise_lib.speech.text import encode_text
from solutions.exercise_lib import attention, generator, mel, tacotron2

TEXT = "My pilot paused."


@pytest.fixture(scope="module", autouse=True)
def solved():
    """Load the kept weights into solved modules."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pretrained, "tacotron2", tacotron2)
        patch.setattr(training, "mel", mel)
        patch.setattr(training, "attention", attention)
        patch.setattr(vocoders, "generator", generator)
        yield


@pytest.fixture
def model() -> tacotron2.Tacotron2:
    return pretrained.load_tacotron()


@pytest.fixture(scope="module")
def made(solved) -> SpeakingPlayer:
    return SpeakingPlayer(TEXT)


@pytest.fixture
def player(made):
    """A player that keeps what it sends, `player.sent`; afterwards it is as it was."""
    takes, models = made.takes, made.reader.models
    made.sent = []
    with mock.patch.object(
        made, "send", lambda content, buffers=(): made.sent.append((content, buffers))
    ):
        yield made
    made.reader.models, made._comparison, made._message = models, {}, ""
    made._replace(takes, len(takes) - 1)


def request(**changes):
    return {
        "kind": "speak",
        "text": TEXT,
        "without_location": False,
        "temperature": 1,
        "repeated_word": False,
        "twice": False,
        "recording": "",
    } | changes


# ---------------------------------------------------------------- decoding and breaking


@pytest.mark.parametrize("max_steps", [200, 7])
def test_the_steps_are_those_of_infer(model, max_steps):
    tokens = encode_text("Did Claire listen by the sea?")
    torch.manual_seed(3)
    log_mel, gates, weights = model.infer(tokens, max_steps)
    torch.manual_seed(3)
    steps = list(decode(model, tokens, max_steps))
    torch.testing.assert_close(torch.stack([it.weights for it in steps]), weights)
    frames = torch.cat([it.frames for it in steps], dim=1)[None]
    with torch.inference_mode():
        torch.testing.assert_close((frames + model.postnet(frames))[0], log_mel)
    assert [it.stops for it in steps] == (gates > 0.5).tolist()
    assert steps[-1].stops == (max_steps == 200)


def test_a_step_comes_before_the_next_is_made(model):
    with mock.patch.object(model.decoder, "step", side_effect=model.decoder.step) as step:
        steps = decode(model, encode_text(TEXT), 50)
        next(steps)
        assert step.call_count == 1


def attend(model, query, seen):
    """Weights of one look at the text, `(1, T_enc)`, after attention has been at `seen`."""
    with torch.inference_mode():
        tokens, decoder = encode_text(TEXT)[None], model.decoder
        lengths = torch.tensor([tokens.shape[1]])
        memory = model.encode(tokens, lengths)
        state = decoder.initial_state(memory)
        state.weights = state.weights_sum = torch.nn.functional.one_hot(seen, len(TEXT))[None] * 1.0
        processed = decoder.attention_layer.memory_layer(memory)
        return decoder.attend(query, state, memory, processed, lengths)[0]


@pytest.mark.parametrize("temperature", [2.0, 3.5])
def test_a_temperature_divides_the_energies_inside_the_softmax(model, temperature):
    query = torch.randn(1, model.config.decoder, generator=torch.Generator().manual_seed(0))
    whole = attend(model, query, torch.tensor(4))
    flat = attend(break_attention(model, Breakage(temperature=temperature)), query, torch.tensor(4))
    torch.testing.assert_close(flat, torch.softmax(whole.log() / temperature, dim=-1))
    assert flat.max() < whole.max() - 0.01


def test_without_the_location_term_it_does_not_matter_where_it_has_looked(model):
    broken = break_attention(model, Breakage(without_location=True))
    features = broken.decoder.attention_layer.location_layer(torch.rand(1, 2, 9))
    assert not features.any()
    query = torch.zeros(1, model.config.decoder)
    here, there = (attend(broken, query, torch.tensor(at)) for at in (2, 9))
    torch.testing.assert_close(here, there, rtol=0, atol=0)
    here, there = (attend(model, query, torch.tensor(at)) for at in (2, 9))
    assert (here - there).abs().max() > 0.01  # and the model itself is whole


def test_a_temperature_of_zero_is_refused(model):
    with pytest.raises(ValueError, match="above 0, not 0"):
        break_attention(model, Breakage(temperature=0))


@pytest.mark.parametrize(
    ("text", "repeated"),
    [("The old man.", "The old old old man."), ("Yes.", "Yes. Yes. Yes."), ("a b", "a b b b")],
)
def test_the_second_word_is_repeated(text, repeated):
    assert repeat_word(text, 3) == repeated


# ---------------------------------------------------------------- the player


def test_it_opens_with_every_checkpoint_and_shows_the_last(made):
    steps = pretrained.tacotron_steps()
    assert [take.label for take in made.takes] == [f"step {step}" for step in steps]
    assert made.take == len(steps) - 1
    assert {take.text for take in made.takes} == {TEXT}
    weights = [take.weights for take in made.takes]
    assert not any(a.shape == b.shape and np.allclose(a, b) for a, b in pairwise(weights))


def test_each_column_is_sent_when_it_is_made_and_is_that_of_the_take(player):
    last = len(player.takes) - 1
    player.take = last
    player.speak("Did Claire listen?")
    kinds = [content["kind"] for content, _ in player.sent]
    assert kinds == ["begin", *["step"] * (len(kinds) - 2), "end"]
    begin = player.sent[0][0]
    assert begin["text"] == "Did Claire listen?" and begin["label"] == player.takes[last].label
    assert player.take == last
    take, sent = player.takes[last], [buffers for _, buffers in player.sent[1:-1]]
    energies = np.stack([np.frombuffer(column, "<f4") for column, _ in sent])
    np.testing.assert_array_equal(energies, take.energies)
    np.testing.assert_allclose(np.exp(energies).sum(1), 1, atol=1e-5)
    levels = np.concatenate([np.frombuffer(frames, np.uint8) for _, frames in sent])
    assert levels.size == take.log_mel.numel()
    final = colour_levels(as_array(take.log_mel)).T.reshape(-1).astype(float)
    assert np.corrcoef(levels, final)[0, 1] > 0.9  # the post-net only refines


def test_the_same_sentence_is_read_the_same_again(player):
    player.speak(TEXT)
    first = player.takes[-1].weights
    player.speak(TEXT)
    np.testing.assert_array_equal(player.takes[-1].weights, first)


def test_what_the_page_asks_for_is_done(player):
    player._answer(None, request(repeated_word=True, twice=True), [])
    assert player._message == ""
    assert player.takes[-1].text == " ".join([repeat_word(TEXT)] * 2)
    whole = player.takes[-1].weights.max(axis=0).mean()
    player._answer(None, request(temperature=4, repeated_word=True, twice=True), [])
    assert player.takes[-1].weights.max(axis=0).mean() < whole - 0.1
    player._answer(None, request(without_location=True), [])
    forgetful = player.takes[-1].weights
    player._answer(None, request(), [])
    ours = player.takes[-1].weights
    assert forgetful.shape != ours.shape or np.abs(forgetful - ours).max() > 0.1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the text is empty"),
        ("   ", "the text is empty"),
        ("Größe 42", "no symbol for '2' '4' 'ß' 'ö'"),
        ("a" * 161, "161 characters; more than 160"),
    ],
)
def test_what_cannot_be_read_is_said_and_nothing_is_lost(player, text, message):
    before = player._takes
    player._answer(None, request(text=text), [])
    assert message in player._message
    assert player._takes is before
    assert [content["kind"] for content, _ in player.sent] == ["cancel"]
    player._answer(None, request(), [])
    assert player._message == ""


def test_a_student_s_error_is_said_on_the_page(player):
    for error, message in [
        (NotImplementedError("TODO 6.4: each layer"), "TODO 6.4: each layer"),
        (RuntimeError("shapes differ"), "RuntimeError: shapes differ"),
    ]:
        with mock.patch.object(tacotron2.Prenet, "forward", side_effect=error):
            player._answer(None, request(), [])
        assert player._message == message


def test_a_reading_that_does_not_stop_is_cut_off_and_shown(player):
    step, whole = next(iter(player.reader.models.items()))
    endless = break_attention(whole, Breakage())
    torch.nn.init.constant_(endless.decoder.gate_layer.bias, -1e4)
    player.reader.models = {**player.reader.models, step: endless}
    player.speak(TEXT)
    most = 1 + 0.1 * len(TEXT)
    assert f"did not stop: cut off after {most:.1f} s" == player.takes[0].note
    assert player.takes[0].weights.shape[1] == int(most / player.takes[0].seconds_per_step)
    assert "stopped by itself" in player.takes[-1].note


def test_a_recording_is_compared_with_its_truth(player):
    utterance = player.reader.corpus[0]
    player._answer(None, request(kind="compare", recording=utterance.id), [])
    takes = player._comparison["takes"]
    assert [take["label"] for take in takes] == [take.label for take in player.takes]
    assert {take["text"] for take in takes} == {utterance.text}
    assert len(player._comparison["sounds"]) == 1  # the recording's own
    with torch.inference_mode():
        model = player.reader.models[max(player.reader.models)]
        example = training.make_example(utterance, mel.MelConfig(), model.config.reduction_factor)
    assert takes[-1]["truth"] == example.truth.tolist()
    forced = player.reader.forced(utterance.id, max(player.reader.models), Breakage())
    scores = training.score_alignment(torch.from_numpy(forced.weights), forced.truth)
    assert scores["mass"] > 0.6 and scores["rc"] > 0.4  # it is read, not guessed
    player._answer(None, request(kind="compare", recording="joe-9999"), [])
    assert "no utterance 'joe-9999'" in player._message and "takes" in player._comparison
    player._answer(None, request(kind="compare"), [])
    assert player._comparison == {}


# ---------------------------------------------------------------- without solved modules, with them


def test_unfinished_modules_give_one_line_that_says_what_to_do():
    error = NotImplementedError("TODO 6.3: each conv")
    with mock.patch.object(tacotron2.Encoder, "forward", side_effect=error):
        shown = speaking_player().data
    assert "TODO 6.3: each conv" in shown and "make lecture" in shown and "notebook 06" in shown


def test_missing_weights_are_said_too():
    with mock.patch.object(reader, "load_vocoder", side_effect=DataError("no vocoder <here>")):
        assert "no vocoder &lt;here&gt;" in speaking_player().data


def test_the_lecture_s_folder_has_solved_modules_weights_and_one_notebook(tmp_path):
    folder = tmp_path / "lecture"
    assemble_lecture(folder)
    assert [path.name for path in folder.glob("*.ipynb")] == ["lecture_alignment.ipynb"]
    for module in student_modules(ROOT):
        assert "NotImplementedError" not in (folder / module).read_text(encoding="utf-8")
    kept = pretrained.tacotron_steps(folder / "data" / "pretrained")
    assert kept == pretrained.tacotron_steps()
    assert (folder / "data" / "mini" / "metadata.csv").is_file()
