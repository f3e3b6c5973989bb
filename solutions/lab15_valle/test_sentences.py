"""What notebook 15 says of its figures, worked out again or looked up in what was recorded."""

import json
from pathlib import Path

import pytest
import torch

from exercise_lib.valle.measured import read_measured
from exercise_lib.valle.spoken import load_spoken

DATA = Path(__file__).parents[2] / "data"
SCORES = json.loads((DATA / "valle" / "scores.json").read_text())
LOG = [json.loads(line) for line in (DATA / "valle" / "reader.jsonl").read_text().splitlines()]


def test_how_often_a_code_is_the_one_before():
    its = load_spoken(DATA / "digits")["train"]
    inside = torch.arange(1, its.codes.shape[2]) < its.lengths[:, None]
    same = its.codes[:, :, 1:] == its.codes[:, :, :-1]
    shares = [float(same[:, book][inside].float().mean()) for book in range(3)]
    assert shares == pytest.approx([0.28, 0.11, 0.06], abs=0.01)


def test_the_kept_models_say_nearly_all_words_in_known_voices_and_end():
    row = SCORES["said"]["24 voices"]
    assert row["wer"] < 0.1 and row["stopped"] > 0.98 and row["voice"] > 0.8
    assert SCORES["said"]["4 new voices"]["voice"] < 0.5  # they are taken for their neighbours
    assert SCORES["accuracy"]["book 1"]["top 10"] > 0.98


def test_a_leak_has_the_better_loss_and_says_the_words_of_the_prompt():
    leak = read_measured()["leak"]
    right, wrong = leak["prompts of others"], leak["its own prompt"]
    assert wrong["nll"] < 0.2 < 2 < right["nll"] and wrong["top 10"] > 0.98
    assert wrong["nll after another"] > right["nll after another"] + 3
    assert wrong["wer of the prompt's words"] < 0.3 and wrong["wer"] > 0.8
