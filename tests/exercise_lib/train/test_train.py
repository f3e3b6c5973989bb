"""Training survives what happens: a kill, a damaged file, a full disk, numbers that explode."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import soundfile
import torch
from matplotlib.figure import Figure
from toy_course import TESTS
from toy_training import ToyTask, run

from autograder.builder.solved import assemble_solved
from autograder.paths import REPOSITORY
from exercise_lib.figures import colours
from exercise_lib.models.tacotron_training import TacotronTask
from exercise_lib.models.vocoder_training import VocoderConfig
from exercise_lib.speech.data import DataError, SpeechCorpus
from exercise_lib.speech.splits import split_corpus
from exercise_lib.train.checkpoint import (
    NEWEST,
    PREVIOUS,
    CheckpointError,
    load_checkpoint,
    save_checkpoint,
)
from exercise_lib.train.interrupts import interrupts_wait
from exercise_lib.train.session import refuse_other_settings
from exercise_lib.train.settings import TrainingError
from exercise_lib.train.watch import LivePlot

TOY = TESTS / "toy_training.py"
MINI = REPOSITORY.data / "mini"
TINY = {"reduction_factor": 3, "batch": 2, "steps": 4}


def run_apart(root: Path = REPOSITORY.root, **arguments) -> subprocess.CompletedProcess:
    """Run the toy training in a process of its own."""
    return in_process([TOY, json.dumps(arguments, default=str)], root)


def in_process(arguments: list, root: Path) -> subprocess.CompletedProcess:
    environment = os.environ | {"PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-W", "ignore", *map(str, arguments)]
    return subprocess.run(
        command, env=environment, cwd=root, capture_output=True, text=True, timeout=300
    )


def assert_same(a: dict, b: dict, but: tuple[str, ...] = ("seconds",)) -> None:
    """Assert that two checkpoints hold the same step, weights and optimizer states."""
    for key in a.keys() | b.keys():
        if isinstance(a[key], str):
            assert a[key] == b[key]
        elif key not in but:
            torch.testing.assert_close(a[key], b[key], rtol=0, atol=0)


def scores(folder: Path) -> list[dict]:
    lines = (folder / "log.jsonl").read_text().splitlines()
    return [{k: v for k, v in json.loads(line).items() if k != "seconds"} for line in lines]


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("uninterrupted")
    run(folder)
    return folder


# ---------------------------------------------------------------- interruptions


def test_killed_and_resumed_equals_uninterrupted(uninterrupted, tmp_path):
    killed = run_apart(folder=tmp_path, kill_at=17)
    assert killed.returncode == -signal.SIGKILL
    assert load_checkpoint(tmp_path)["step"] == 10
    run(tmp_path)
    assert_same(load_checkpoint(tmp_path), load_checkpoint(uninterrupted))
    assert scores(tmp_path) == scores(uninterrupted)


def test_another_seed_ends_elsewhere(uninterrupted, tmp_path):
    run(tmp_path, seed=1)
    weights = [
        load_checkpoint(it)["modules"]["toy"]["0.weight"] for it in (tmp_path, uninterrupted)
    ]
    assert not torch.equal(*weights)


def test_a_finished_run_is_left_as_it_is(uninterrupted):
    before = (uninterrupted / NEWEST).read_bytes()
    run(uninterrupted)
    assert (uninterrupted / NEWEST).read_bytes() == before


def test_damaged_checkpoint_falls_back_to_the_previous_one(uninterrupted, tmp_path):
    run(tmp_path)
    damaged = (tmp_path / NEWEST).read_bytes()[:-200]
    (tmp_path / NEWEST).write_bytes(damaged)
    assert load_checkpoint(tmp_path)["step"] == 20
    run(tmp_path)
    assert_same(load_checkpoint(tmp_path), load_checkpoint(uninterrupted))


def test_a_kill_between_the_two_renames_loses_nothing(tmp_path):
    save_checkpoint(tmp_path, {"step": 1})
    (tmp_path / NEWEST).rename(tmp_path / PREVIOUS)
    assert load_checkpoint(tmp_path) == {"step": 1}


def test_two_damaged_checkpoints_are_an_error(tmp_path):
    for name in (NEWEST, PREVIOUS):
        (tmp_path / name).write_bytes(b"damaged")
    with pytest.raises(CheckpointError, match=r"damaged.*damaged.*delete these files"):
        run(tmp_path)


def test_nan_stops_the_run_and_leaves_the_last_checkpoint(tmp_path):
    with pytest.raises(TrainingError, match=r"step 25: .*nan.* not finite"):
        run(tmp_path, nan_at=25)
    state = load_checkpoint(tmp_path)
    assert state["step"] == 20
    assert all(torch.isfinite(tensor).all() for tensor in state["modules"]["toy"].values())


def test_weights_that_are_nan_are_not_saved(tmp_path):
    """A loss may still be finite in the step that breaks the weights."""

    class Broken(ToyTask):
        def training_step(self, step, fabric):
            losses = super().training_step(step, fabric)
            if step == 19:
                next(self.model.parameters()).data.fill_(float("nan"))
            return losses

    with pytest.raises(TrainingError, match=r"step 20: a weight of toy is not finite. .* before"):
        run(tmp_path, make=Broken)
    assert load_checkpoint(tmp_path)["step"] == 10


def test_nan_before_the_first_checkpoint_promises_none(tmp_path):
    with pytest.raises(TrainingError, match=r"not finite. Begin again with a lower"):
        run(tmp_path, nan_at=5)


def test_a_lower_rate_is_applied_to_the_restored_optimizer(tmp_path):
    with pytest.raises(TrainingError, match="resume with a lower learning rate"):
        run(tmp_path, nan_at=25)
    before = load_checkpoint(tmp_path)
    run(tmp_path, steps=21, rate=1e-6)
    after = load_checkpoint(tmp_path)
    assert after["optimizers"]["toy"]["param_groups"][0]["lr"] == 1e-6
    for name, weight in before["modules"]["toy"].items():
        assert (after["modules"]["toy"][name] - weight).abs().max() < 1e-5
    state = after["optimizers"]["toy"]["state"][0]
    assert state["step"] == 21  # what it has gathered is still there


def test_a_run_is_saved_before_it_is_evaluated(uninterrupted, tmp_path):
    class Unlucky(ToyTask):
        def evaluate(self, step, folder):
            if step == 30:
                raise OSError("No space left on device")
            return super().evaluate(step, folder)

    with pytest.raises(OSError, match="No space"):
        run(tmp_path, make=Unlucky, checkpoint_every=100)
    assert_same(load_checkpoint(tmp_path), load_checkpoint(uninterrupted))
    run(tmp_path, checkpoint_every=100)  # nothing is left to train, but to evaluate
    assert [entry["step"] for entry in scores(tmp_path)] == [10, 20, 30]


@pytest.fixture
def as_in_a_terminal():
    """The main program of a terminal is interrupted by Ctrl-C; a test's worker may ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("when", ["training_step", "evaluate"])
def test_an_interrupt_waits_for_the_step_and_saves(uninterrupted, tmp_path, when, as_in_a_terminal):
    class Interrupted(ToyTask):
        def training_step(self, step, fabric):
            if when == "training_step" and step == 12:
                signal.raise_signal(signal.SIGINT)
            return super().training_step(step, fabric)

        def evaluate(self, step, folder):
            if when == "evaluate" and step == 20:
                signal.raise_signal(signal.SIGINT)
            return super().evaluate(step, folder)

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, make=Interrupted)
    assert load_checkpoint(tmp_path)["step"] == {"training_step": 13, "evaluate": 20}[when]
    run(tmp_path)
    assert_same(load_checkpoint(tmp_path), load_checkpoint(uninterrupted))


def test_a_second_interrupt_does_not_wait(as_in_a_terminal):
    done = []
    with pytest.raises(KeyboardInterrupt), interrupts_wait():
        signal.raise_signal(signal.SIGINT)
        done.append("goes on")
        signal.raise_signal(signal.SIGINT)
        done.append("ends")
    assert done == ["goes on"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_write_that_fails_leaves_the_last_checkpoint(monkeypatch, tmp_path):
    save_checkpoint(tmp_path, {"step": 1})

    def half_a_file(state, file):
        file.write(b"PK")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", half_a_file)
    with pytest.raises(CheckpointError, match=r"No space left on device.*intact"):
        save_checkpoint(tmp_path, {"step": 2})
    assert load_checkpoint(tmp_path) == {"step": 1}
    assert [path.name for path in tmp_path.iterdir()] == [NEWEST]


@pytest.mark.skipif(sys.platform != "linux", reason="a file size limit stands for a full disk")
def test_full_disk_is_a_clear_error_and_the_run_can_go_on(uninterrupted, tmp_path):
    full = run_apart(folder=tmp_path, limit=[15, 1000])
    assert full.returncode == 1
    assert "CheckpointError" in full.stderr and "make room" in full.stderr
    assert load_checkpoint(tmp_path)["step"] == 10
    run(tmp_path)
    assert_same(load_checkpoint(tmp_path), load_checkpoint(uninterrupted))


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"seed": 3}, "a run with seed 0, not 3"), ({"width": 5}, "another configuration")],
)
def test_a_folder_of_another_run_is_refused(uninterrupted, changes, message):
    with pytest.raises(TrainingError, match=message):
        run(uninterrupted, steps=40, **changes)


def test_a_folder_keeps_to_its_settings_but_may_go_on_longer(tmp_path):
    before = VocoderConfig(steps=2, batch=2)
    with pytest.raises(TrainingError, match="a run with batch 2, not 3"):
        refuse_other_settings(VocoderConfig(steps=2, batch=3), before, tmp_path)
    refuse_other_settings(VocoderConfig(steps=3, batch=2), before, tmp_path)
    refuse_other_settings(VocoderConfig(), None, tmp_path)


def test_a_folder_goes_on_with_a_lower_learning_rate_but_not_with_a_higher(tmp_path):
    before = VocoderConfig(learning_rate=1e-3)
    refuse_other_settings(VocoderConfig(learning_rate=1e-4), before, tmp_path)
    refuse_other_settings(VocoderConfig(adversarial_learning_rate=1e-5), before, tmp_path)
    with pytest.raises(TrainingError, match=r"a run with learning_rate 0.001, not 0.01"):
        refuse_other_settings(VocoderConfig(learning_rate=1e-2), before, tmp_path)


def test_early_stop_is_saved(tmp_path):
    _, log, _ = run(tmp_path, enough=1e9, steps=30)
    assert load_checkpoint(tmp_path)["step"] == 1
    assert log == []


def test_the_live_plot_shows_losses_scores_and_the_alignment(monkeypatch):
    shown: list[Figure] = []
    handle = SimpleNamespace(update=shown.append)
    monkeypatch.setattr("IPython.display.display", lambda **_: handle)
    plot = LivePlot(
        SimpleNamespace(
            pictures=lambda: TacotronTask.pictures(SimpleNamespace(alignment=torch.eye(4)))
        )
    )
    for step in range(1, 25):
        plot(step, {"loss": 1 / step, "mel": 0.5 / step})
    plot(25, {"loss": 0.04, "mel": 0.02, "rc": 0.5})
    [figure] = shown
    losses, scores, alignment, _ = figure.axes  # and the colour bar
    assert [(it.get_label(), it.get_color()) for it in losses.get_lines()] == [
        ("loss", colours.LINES[0]),
        ("mel", colours.LINES[1]),
    ]
    [line] = scores.get_lines()
    assert line.get_label() == "rc" and line.get_xydata().tolist() == [[25, 0.5]]
    [image] = alignment.get_images()
    assert image.origin == "lower" and image.get_clim() == (0, 1)


# ---------------------------------------------------------------- several processes


@pytest.mark.slow
def test_two_processes_train_one_model(tmp_path):
    both, alone = tmp_path / "both", tmp_path / "alone"
    done = run_apart(folder=both, devices=2, steps=10)
    assert done.returncode == 0, done.stderr[-2000:]
    run(alone, steps=10)
    states = [load_checkpoint(it) for it in (both, alone)]
    assert [state["step"] for state in states] == [10, 10]
    weights = [state["modules"]["toy"]["0.weight"] for state in states]
    assert weights[0].shape == weights[1].shape and not torch.equal(*weights)


# ---------------------------------------------------------------- data


def test_a_folder_without_splits_keeps_some_utterances_for_judging():
    train, held_out = split_corpus(SpeechCorpus(MINI))
    assert len(train) == 5 and len(held_out) == 1
    assert not {it.id for it in train} & {it.id for it in held_out}


def test_one_utterance_is_not_enough():
    corpus = SpeechCorpus(MINI)
    corpus.ids = corpus.ids[:1]
    with pytest.raises(DataError, match="at least two"):
        split_corpus(corpus)


# ---------------------------------------------------------------- the real thing


@pytest.fixture(scope="module")
def solved(tmp_path_factory) -> Path:
    """A folder with the solved modules and the six utterances of data/mini."""
    folder = tmp_path_factory.mktemp("solved")
    assemble_solved(REPOSITORY, folder)
    return folder


def train(solved: Path, name: str, folder: Path, *options: object, **config) -> str:
    """Run `python -m exercise_lib.train`; return what it says."""
    path = folder.with_suffix(".json")
    path.write_text(json.dumps(config))
    arguments = ["-m", "exercise_lib.train", name, "--folder", folder, "--config", path]
    done = in_process([*arguments, "--data", solved / "data" / "mini", *options], solved)
    return f"{done.returncode} {done.stdout} {done.stderr}"


@pytest.mark.slow
def test_tacotron_killed_and_resumed_equals_uninterrupted(solved, tmp_path):
    script = tmp_path / "killed.py"
    script.write_text(
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from exercise_lib.train import engine, session\n"
        "from exercise_lib.models import tacotron_training as tacotron\n"
        "real = tacotron.TacotronTask.training_step\n"
        "def step(self, number, fabric):\n"
        "    if number == 3: os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return real(self, number, fabric)\n"
        "tacotron.TacotronTask.training_step = step\n"
        f"config = tacotron.TacotronConfig(**{TINY})\n"
        "session.train('tacotron', Path(sys.argv[1]), config, checkpoint_every=2)\n"
    )
    killed = in_process([script, tmp_path / "killed"], solved)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert load_checkpoint(tmp_path / "killed")["step"] == 2
    assert train(solved, "tacotron", tmp_path / "killed", **TINY).startswith("0 ")
    assert train(solved, "tacotron", tmp_path / "whole", **TINY).startswith("0 ")
    assert_same(load_checkpoint(tmp_path / "killed"), load_checkpoint(tmp_path / "whole"))
    last = scores(tmp_path / "whole")[-1]
    assert {"loss", "mass", "rc", "monotonicity"} <= last.keys()


@pytest.mark.slow
def test_tacotron_trains_on_two_processes(solved, tmp_path):
    said = train(solved, "tacotron", tmp_path / "run", "--devices", 2, **TINY)
    assert said.startswith("0 "), said
    assert load_checkpoint(tmp_path / "run")["step"] == 4


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "config", "modules"),
    [
        ("tacotron", {"reduction_factor": 5, "batch": 1}, {"tacotron"}),
        (
            "vocoder",
            {"batch": 1, "segment": 2048, "adversarial_from": 1, "discriminator_width": 0.03125},
            {"generator", "discriminators"},
        ),
    ],
)
def test_two_processes_learn_the_same_weights(solved, tmp_path, name, config, modules):
    """Each has a batch of its own, so only averaged gradients keep them together."""
    done = in_process([TESTS / "toy_devices.py", name, json.dumps(config), tmp_path], solved)
    assert done.returncode == 0, done.stderr[-2000:]
    first, second = (torch.load(tmp_path / f"process-{rank}.pt") for rank in (0, 1))
    assert first.keys() == second.keys() == modules
    for module in modules:
        assert_same(first[module], second[module])
    saved = load_checkpoint(tmp_path)
    assert saved["step"] == 3
    assert_same(saved["modules"], first)
    assert soundfile.info(tmp_path / "samples" / "step-000003.flac").frames > 0


@pytest.mark.slow
def test_unknown_setting_and_missing_data_are_clear_errors(solved, tmp_path):
    said = train(solved, "tacotron", tmp_path / "run", learning=1)
    assert said.startswith("1 ") and "TrainingError" in said and "learning" in said
    done = in_process(
        ["-m", "exercise_lib.train", "tacotron", "--folder", tmp_path, "--data", tmp_path], solved
    )
    assert done.returncode == 1 and "metadata.csv is missing" in done.stderr, done.stderr
