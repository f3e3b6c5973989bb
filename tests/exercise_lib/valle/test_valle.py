"""VALL-E in small: its data, what hears what, speaking, training, listening."""

import functools
import json
import sys

import numpy as np
import pytest
import torch
from matplotlib import pyplot as plt
from safetensors.torch import save_file

from autograder.paths import REPOSITORY
from exercise_lib.codec.networks import load_codec
from exercise_lib.figures import in_words
from exercise_lib.files.unusable import UnusableData
from exercise_lib.valle import digits, plots, scores
from exercise_lib.valle.alignment import rhythm, text_maps, truth_of
from exercise_lib.valle.batches import Batch, Drawer
from exercise_lib.valle.decoder import load_decoder
from exercise_lib.valle.decoder_training import distance
from exercise_lib.valle.listening import digit_recogniser, load_oracle
from exercise_lib.valle.networks import BOS, EOS, Filler, ModelSize, Reader
from exercise_lib.valle.sampling import say_codes
from exercise_lib.valle.speaker import load_speaker
from exercise_lib.valle.spoken import load_spoken
from solutions.exercise_lib import attention, codec_lm

DIGITS = REPOSITORY.data / "digits"
MEL_APART = 0.3  # nats, the small decoder's log-mel spectra from the codec's


@pytest.fixture(autouse=True)
def solved(monkeypatch):
    """Networks call the student's module: here it is the solved one."""
    monkeypatch.setitem(sys.modules, "exercise_lib.codec_lm", codec_lm)


@functools.cache
def splits():
    return load_spoken(DIGITS)


def small(kind, seed=0):
    torch.manual_seed(seed)
    its = splits()["train"]
    size = ModelSize(n_symbols=len(its.alphabet), pace=its.pace, width=32, depth=2, heads=2)
    return kind(size).eval()


def some(n=4):
    its = splits()["test"]
    return Drawer(its).batch(torch.arange(n), torch.arange(n) + 1)


def test_every_string_is_of_the_split_that_its_digits_say():
    for split, its in splits().items():
        assert {digits.split_of_text(text) for text in its.texts} == {split}
        for text, row in zip(its.texts[:5], its.symbols[:5], strict=True):
            said = [its.alphabet[number] for number in row[row > 0].tolist()]
            assert said == digits.phonemes_of(text)


def test_four_voices_are_in_no_training():
    names = splits()["train"].names
    assert len(names) == 28
    learned = set(splits()["train"].voices.tolist())
    assert learned == set(range(24)) and set(splits()["test"].voices.tolist()) == set(range(28))


def test_prompts_are_other_utterances_of_the_same_voice():
    its = splits()["train"]
    drawer = Drawer(its)
    chosen = torch.randint(len(its), (500,))
    prompts = drawer.others(chosen)
    assert torch.equal(its.voices[prompts], its.voices[chosen]) and (prompts != chosen).all()


def logits_of(reader, batch):
    inputs, targets = codec_lm.shift_codes(batch.codes[:, 0], batch.lengths, BOS, EOS)
    said = reader(batch.symbols, batch.prompt, batch.prompt_lengths, inputs)
    return said[:, -targets.shape[1] :]


def changed(batch, **parts):
    return Batch(**{**batch.__dict__, **parts})


@torch.inference_mode()
def test_codes_hear_text_and_prompt_and_what_was_before_them():
    reader, batch = small(Reader), some()
    before = logits_of(reader, batch)
    codes = batch.codes.clone()
    codes[:, 0, 10] = (codes[:, 0, 10] + 1) % 256
    differs = (logits_of(reader, changed(batch, codes=codes)) - before).abs().amax((0, 2)) > 0
    assert not differs[:11].any() and differs[11:].all()
    symbols = batch.symbols.clone()
    last = (symbols > 0).sum(1) - 2  # the phoneme before the end mark
    symbols[torch.arange(4), last] = symbols[torch.arange(4), last] % 3 + 2
    assert (logits_of(reader, changed(batch, symbols=symbols)) - before)[:, 0].abs().max() > 0
    prompt = batch.prompt.roll(1, 2)
    assert (logits_of(reader, changed(batch, prompt=prompt)) - before)[:, 0].abs().max() > 0


@torch.inference_mode()
def test_padding_changes_nothing():
    reader, batch = small(Reader), some()
    wide = changed(
        batch,
        symbols=torch.nn.functional.pad(batch.symbols, (0, 3)),
    )
    torch.testing.assert_close(
        logits_of(reader, wide), logits_of(reader, batch), rtol=1e-4, atol=1e-4
    )


@torch.inference_mode()
def test_step_by_step_it_says_what_it_says_at_once():
    reader, batch = small(Reader), some()
    whole = logits_of(reader, batch)
    state = reader.begin(batch.symbols, batch.prompt, batch.prompt_lengths)
    for time in range(6):
        torch.testing.assert_close(state.logits, whole[:, time], rtol=1e-4, atol=1e-4)
        state = reader.proceed(state, batch.codes[:, 0, time])


@torch.inference_mode()
def test_all_frames_of_a_further_book_hear_each_other_but_not_their_own_target():
    filler, batch = small(Filler), some(2)

    def said(codes):
        return filler(batch.symbols, batch.prompt, batch.prompt_lengths, codes, batch.lengths, 1)

    before = said(batch.codes)
    codes = batch.codes.clone()
    codes[:, 1:] = 0
    assert torch.equal(said(codes), before)
    codes = batch.codes.clone()
    codes[:, 0, 5] = (codes[:, 0, 5] + 1) % 256
    assert ((said(codes) - before).abs().amax(2)[:, :20] > 0).all()


def test_a_reader_that_always_ends_says_nothing_and_one_that_never_does_is_cut_off():
    for bias, expected in ((50.0, 0), (-50.0, 7)):
        reader = small(Reader)
        with torch.no_grad():
            reader.head.bias[EOS] = bias
        _, lengths, stopped = say_codes(reader, some(), 7)
        assert lengths.tolist() == [expected] * 4 and stopped.tolist() == [bias > 0] * 4


def test_attention_to_the_text_sums_to_1_and_rc_is_that_of_notebook_01():
    its, batch = splits()["test"], some(1)
    maps = text_maps(small(Reader), batch)
    n, ends = int(its.lengths[0]), its.ends[0]
    assert maps.shape[:3] == (2, 1, 2) and maps.shape[3] == n
    torch.testing.assert_close(maps.sum(-1), torch.ones(maps.shape[:-1]))
    truth = truth_of(ends, n)
    weights = maps[0, 0, 0, :, : len(ends)]
    weights = weights / weights.sum(1, keepdim=True)
    theirs = attention.centroid_correlation(weights.T, truth)
    assert rhythm(weights, truth) == pytest.approx(float(theirs), abs=1e-4)
    perfect = torch.nn.functional.one_hot(truth, len(ends)).float()
    assert rhythm(perfect, truth) == pytest.approx(1)


def test_a_damaged_file_is_named(tmp_path):
    (tmp_path / "codes.npz").write_bytes(b"no archive")
    with pytest.raises(UnusableData, match=r"codes\.npz cannot be read"):
        load_spoken(tmp_path)
    with pytest.raises(UnusableData, match="Copy data/digits"):
        load_spoken(tmp_path / "nowhere")


@pytest.mark.parametrize("kind", ["reader", "filler"])
def test_it_learns_and_a_stopped_run_goes_on(kind, tmp_path):
    from exercise_lib.train import train

    module, name = f"exercise_lib.valle.{kind}_training", kind.capitalize()
    config_type = getattr(__import__(module, fromlist=["x"]), f"{name}Config")
    sizes = {"batch": 4, "width": 16, "depth": 1, "utterances": 40}
    config = config_type(steps=4, **sizes)
    whole, log = train(f"{module}:{name}Task", tmp_path / "a", config, DIGITS, evaluate_every=4)
    assert np.isfinite(list(log[-1].values())).all()
    half = tmp_path / "b"
    train(f"{module}:{name}Task", half, config, DIGITS, evaluate_every=4, checkpoint_every=2)
    logged = (half / "log.jsonl").read_text().splitlines()
    assert json.loads(logged[-1])["step"] == 4
    again, _ = train(f"{module}:{name}Task", half, config, DIGITS, evaluate_every=4)
    for a, b in zip(whole.network.parameters(), again.network.parameters(), strict=True):
        assert torch.equal(a, b)


def test_training_begins_from_weights_of_another_alphabet(tmp_path):
    from exercise_lib.train.engine import RunSettings, make_fabric
    from exercise_lib.valle.reader_training import ReaderConfig, ReaderTask

    size = ModelSize(n_symbols=7, pace=1.0, width=16, depth=1)
    before = Reader(size).state_dict()
    save_file(before, tmp_path / "reader.safetensors")
    start = str(tmp_path / "reader.safetensors")
    config = ReaderConfig(width=16, depth=1, utterances=40, start=start)
    task = ReaderTask(config, make_fabric(RunSettings(tmp_path, 1)), DIGITS)
    found = task.network.state_dict()
    assert len(found["symbols.weight"]) == len(splits()["train"].alphabet)
    for name in before.keys() - {"symbols.weight"}:
        assert torch.equal(found[name], before[name])


def test_figures_say_in_words_what_they_show():
    its = splits()["test"]
    n, said = int(its.lengths[0]), digits.phonemes_of(its.texts[0])
    ax = plots.code_rows(its.codes[0, :, :n], its.ends[0], said)
    assert " ".join(said) in in_words(ax.figure)
    hears = codec_lm.prefix_mask(torch.tensor([[True, False]]), 1)[0, 0]
    ax = plots.mask(hears, ["t", "pad", "BOS"])
    assert "t hears t; pad hears t; BOS hears t, BOS" in in_words(ax.figure)
    truth = truth_of(its.ends[0], n)
    weights = torch.nn.functional.one_hot(truth, len(said)).float()
    figure = plots.text_attention({"true": weights}, said, truth, [1.0])
    assert "true: rc 1.00" in in_words(figure)
    scores_at = {"wer": 0.1, "stopped": 1.0, "repeated": 0.3}
    figure = plots.sampled({"kept": {"0.5": scores_at, "1": scores_at}})
    assert "word error rate" in in_words(figure)
    assert "softmax" in in_words(plots.likely({"softmax": torch.rand(30)}).figure)
    plt.close("all")


def test_what_is_handed_out_makes_the_sound_of_the_codec():
    its = splits()["test"]
    codes = its.codes[0, :, : its.lengths[0]]
    ours, theirs = (it.decode(codes) for it in (load_decoder(DIGITS), load_codec()))
    assert len(ours) == len(theirs) == 320 * codes.shape[1]
    assert float(distance(theirs[None], ours[None])) < MEL_APART


def test_the_oracle_names_voices_of_true_codes():
    its, oracle, codec = splits()["test"], load_oracle(DIGITS), load_codec()
    for n in range(0, len(its), 48):
        sound = codec.decode(its.codes[n, :, : its.lengths[n]])
        assert oracle(sound) == its.names[its.voices[n]]


def test_the_kept_models_say_digits_in_the_voice_of_the_prompt():
    its, who = splits()["test"], load_speaker(REPOSITORY.data / "valle")
    some = its.only(range(0, 96, 12))
    said = scores.say_all(who, some, torch.arange(len(some)))
    assert scores.stop_rate(said) == 1
    codec, recognise = load_codec(), digit_recogniser()
    heard = scores.heard_words(said, codec.decode, recognise)
    assert scores.word_errors(some.texts, heard) < 0.2
    lengths = torch.tensor([it.codes.shape[1] for it in said])
    assert ((lengths / some.lengths - 1).abs() < 0.4).all()
