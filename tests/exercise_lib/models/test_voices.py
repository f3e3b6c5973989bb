"""What there is to speak with: the kept weights come first, the student's own beside them."""

import pytest
import torch

from exercise_lib.models import pretrained, voices
from exercise_lib.models.tacotron_training import TacotronConfig
from exercise_lib.speech.data import DataError
from exercise_lib.speech.text import SYMBOLS
from exercise_lib.train.checkpoint import save_checkpoint
from exercise_lib.train.session import write_config
from solutions.exercise_lib import tacotron2


@pytest.fixture(autouse=True)
def solved(monkeypatch):
    for module in (pretrained, voices):
        monkeypatch.setattr(module, "tacotron2", tacotron2)


def trained(runs, step, config):
    """Leave what notebook 06 leaves."""
    model = tacotron2.Tacotron2(tacotron2.laptop(len(SYMBOLS), config.reduction_factor))
    folder = runs / "tacotron"
    folder.mkdir(parents=True)
    save_checkpoint(folder, {"step": step, "modules": {"tacotron": model.state_dict()}})
    write_config(config, folder / "config.json")
    return model


def test_without_a_run_there_are_the_kept_weights(tmp_path):
    assert list(voices.find_tacotrons(tmp_path)) == ["kept"]
    assert list(voices.find_vocoders(tmp_path)) == ["kept"]


def test_a_run_stands_beside_the_kept_weights_and_does_not_replace_them(tmp_path):
    own = trained(tmp_path, 500, TacotronConfig(reduction_factor=3))
    found = voices.find_tacotrons(tmp_path)
    assert list(found) == ["kept", "own, 500 steps"]
    kept = pretrained.load_tacotron().state_dict()
    for state, model in ((kept, "kept"), (own.state_dict(), "own, 500 steps")):
        for name, tensor in found[model].state_dict().items():
            assert torch.equal(tensor, state[name])
        assert not found[model].training


def test_a_run_of_another_size_says_what_to_do(tmp_path):
    trained(tmp_path, 500, TacotronConfig())
    write_config(TacotronConfig(reduction_factor=2), tmp_path / "tacotron" / "config.json")
    with pytest.raises(DataError, match="rename the folder"):
        voices.find_tacotrons(tmp_path)


def test_a_hub_keeps_the_weights_beside_the_speech(tmp_path, monkeypatch):
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "metadata.csv").write_text("a|A bird.\n")
    (tmp_path / "pretrained").mkdir()
    monkeypatch.setattr(pretrained, "LOCAL_DATA", tmp_path / "nowhere")
    monkeypatch.setenv("EXERCISE_DATA", str(corpus))
    with pytest.raises(DataError, match=str(tmp_path / "pretrained")):
        voices.find_vocoders(tmp_path)  # looked for there, and the folder is empty


def test_a_run_with_a_table_of_its_own_is_not_read_with_another(tmp_path):
    config = TacotronConfig(symbols=SYMBOLS + "ü")
    trained(tmp_path, 500, config)
    with pytest.raises(DataError, match=r"another table of symbols.*xyzü.*rename the folder"):
        voices.find_tacotrons(tmp_path)
