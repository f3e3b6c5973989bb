"""Kept weights: what is the file's fault is said of the file, what is the student's is not."""

import json
from pathlib import Path

import pytest
from safetensors.torch import save_file
from torch import nn

from exercise_lib.files.unusable import UnusableData
from exercise_lib.models.weights import load_weights


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    path = tmp_path / "kept.safetensors"
    training = json.dumps({"model": {"in_features": 2, "out_features": 3}})
    save_file(nn.Linear(2, 3).state_dict(), path, {"training": training})
    return path


def test_an_open_todo_is_not_a_damaged_file(kept: Path) -> None:
    def unwritten(training: dict) -> nn.Module:
        raise NotImplementedError("TODO 12.6: collect the layers")

    with pytest.raises(NotImplementedError, match=r"^TODO 12\.6"):
        load_weights(kept, unwritten)


def test_the_file_is_named_where_it_is_cut_or_of_another_model(kept: Path) -> None:
    with pytest.raises(UnusableData, match=r"kept\.safetensors cannot be read"):
        load_weights(kept, lambda training: nn.Linear(2, 4))
    with pytest.raises(UnusableData, match=r"kept\.safetensors cannot be read"):
        load_weights(kept, lambda training: nn.Linear(**training["model"], depth=3))
    kept.write_bytes(kept.read_bytes()[:-1])
    with pytest.raises(UnusableData, match=r"kept\.safetensors cannot be read"):
        load_weights(kept, lambda training: nn.Linear(**training["model"]))
