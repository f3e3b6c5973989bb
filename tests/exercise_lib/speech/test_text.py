"""Characters become the numbers that a network was trained on, whatever table it has."""

import json

import pytest
from safetensors import safe_open

from exercise_lib.models.tacotron_training import TacotronConfig
from exercise_lib.speech.data import LOCAL_DATA
from exercise_lib.speech.text import encode_text

KEPT = sorted((LOCAL_DATA / "pretrained").glob("tacotron*.safetensors"))
FIRST_TABLE = "_ !',-.?abcdefghijklmnopqrstuvwxyz"  # before a run could have its own


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_kept_weights_are_read_with_the_table_they_were_trained_with(path):
    with safe_open(path, framework="pt") as file:
        training = json.loads(file.metadata()["training"])
    symbols = TacotronConfig(**training["config"]).symbols
    assert len(symbols) == training["model"]["n_symbols"]
    if "symbols" not in training["config"]:
        assert symbols == FIRST_TABLE


def test_without_a_table_the_numbers_are_those_of_the_kept_weights():
    numbers = [8, 1, 9, 16, 25, 11, 1, 26, 8, 21, 14, 4, 1, 11, 16, 11, 21, 3, 27, 1, 16, 27, 7]
    assert encode_text("A bird sang, didn't it?").tolist() == numbers


def test_a_table_of_its_own_may_have_upper_case():
    assert encode_text("aBA", "_abB").tolist() == [1, 3, 1]
    with pytest.raises(ValueError, match=r"no symbol for '!' '_'; known: 'ab'"):
        encode_text("a_b!", "_ab")
