"""`python -m exercise_lib.train`: its options, and what it says where it can't begin."""

import json
import time
from contextlib import closing
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from exercise_lib.train import watch
from exercise_lib.train.__main__ import main
from exercise_lib.train.checkpoint import load_checkpoint

APP = typer.Typer()
APP.command()(main)


def command(folder: Path, *options: object) -> str:
    """Train the toy; return how it ended and what was said."""
    arguments = ["toy_background:ToyTask", "--folder", folder, *options]
    done = CliRunner().invoke(APP, list(map(str, arguments)))
    return f"{done.exit_code} {done.output} {done.exception}"


def logged(folder: Path) -> list[int]:
    return [json.loads(line)["step"] for line in (folder / "log.jsonl").read_text().splitlines()]


def test_options_stand_above_the_file(tmp_path):
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"steps": 9, "width": 3}))
    options = ["--config", config, "--steps", 6, "--batch", 2, "--learning-rate", 0.5]
    said = command(tmp_path / "run", *options, "--evaluate-every", 4, "--checkpoint-every", 5)
    assert said.startswith("0 "), said
    settings = json.loads((tmp_path / "run" / "config.json").read_text())
    assert settings == {"steps": 6, "width": 3, "batch": 2, "learning_rate": 0.5}
    assert logged(tmp_path / "run") == [4, 6]
    newest, previous = (
        load_checkpoint(tmp_path / "run"),
        (tmp_path / "run" / "checkpoint-previous.pt"),
    )
    assert newest["step"] == 6 and previous.exists()


def test_a_run_goes_on_with_its_own_settings_and_a_lower_rate(tmp_path):
    assert command(tmp_path, "--steps", 2, "--batch", 3).startswith("0 ")
    assert command(tmp_path, "--steps", 4, "--learning-rate", 0.001).startswith("0 ")
    settings = json.loads((tmp_path / "config.json").read_text())
    assert settings["batch"] == 3 and settings["learning_rate"] == 0.001
    rate = load_checkpoint(tmp_path)["optimizers"]["toy"]["param_groups"][0]["lr"]
    assert rate == 0.001
    said = command(tmp_path, "--steps", 6, "--learning-rate", 0.1)
    assert "a run with learning_rate 0.001, not 0.1: choose another folder" in said


def test_after_nan_the_same_command_goes_on_with_a_lower_rate(tmp_path):
    said = command(tmp_path, "--learning-rate", 0.5, "--checkpoint-every", 10)
    assert said.startswith("1 ") and "TrainingError: step 25: {'loss': nan} is not finite" in said
    assert "resume with a lower learning rate" in said and load_checkpoint(tmp_path)["step"] == 20
    assert command(tmp_path, "--learning-rate", 0.05).startswith("0 ")
    assert load_checkpoint(tmp_path)["step"] == 30


def test_another_data_folder_is_refused(tmp_path):
    assert command(tmp_path / "run", "--steps", 2, "--data", tmp_path / "mine").startswith("0 ")
    before = (tmp_path / "run" / "config.json").read_text()
    options = ["--steps", 4, "--learning-rate", 0.001]
    said = command(tmp_path / "run", *options, "--data", tmp_path / "hers")
    assert "1 " in said and f"holds a run with data {tmp_path}/mine, not {tmp_path}/hers" in said
    assert load_checkpoint(tmp_path / "run")["step"] == 2
    assert (tmp_path / "run" / "config.json").read_text() == before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--batch", 0], "TrainingError: batch is 0: input should be greater than 0."),
        (["--learning-rate", -1], "TrainingError: learning_rate is -1.0: input should be greater"),
        (["--evaluate-every", 0], "TrainingError: evaluate_every is 0: input should be greater"),
        (["--checkpoint-every", -3], "TrainingError: checkpoint_every is -3: input should be"),
        (["--steps", 0], "TrainingError: steps is 0: input should be greater than 0."),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_written(tmp_path, options, message):
    said = command(tmp_path / "run", *options)
    assert said.startswith("1 ") and message in said
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"batch": "8"}', "is no ToyConfig: batch is '8': input should be a valid integer."),
        ('{"bacth": 8}', "is no ToyConfig: There is no setting bacth."),
        ("[3]", "is no ToyConfig"),
        ("{", "is no ToyConfig"),
    ],
)
def test_a_file_that_cannot_be_is_named(tmp_path, text, message):
    config = tmp_path / "mine.json"
    config.write_text(text)
    said = command(tmp_path / "run", "--config", config)
    assert said.startswith("1 ") and f"TrainingError: {config} {message}" in said


def test_the_time_left_is_shown(tmp_path):
    said = command(tmp_path, "--steps", 3)
    assert "3/3 [" in said and "<" in said and "loss=" in said


def test_tensorboard_reads_what_a_run_writes(tmp_path):
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    command(tmp_path, "--steps", 3)
    time.sleep(1)  # files of one second are read in the order of "10" and "9"
    command(tmp_path, "--steps", 5)
    events = accumulator.EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    assert set(events.Tags()["scalars"]) == {"loss", "weight"}
    assert [it.step for it in events.Scalars("loss")] == [1, 2, 3, 4, 5]
    assert [it.step for it in events.Scalars("weight")] == [3, 5]


def test_tensorboard_forgets_what_was_lost(tmp_path, monkeypatch):
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    goes_on = ((1_000_000.0, (1, 2, 3)), (1_000_060.0, (2, 3, 4)))  # from a checkpoint of step 1
    for clock, steps in goes_on:
        monkeypatch.setattr(time, "time", lambda clock=clock: clock)
        with closing(watch.EventFile(tmp_path)) as events:
            for step in steps:
                events(step, {"loss": 1 / step})
    seen = accumulator.EventAccumulator(str(tmp_path)).Reload().Scalars("loss")
    assert [it.step for it in seen] == [1, 2, 3, 4]


def test_without_tensorboard_it_trains_all_the_same(monkeypatch, tmp_path):
    monkeypatch.setattr(watch, "find_spec", lambda name: None)
    assert command(tmp_path, "--steps", 2).startswith("0 ")
    assert not (tmp_path / "tensorboard").exists()
