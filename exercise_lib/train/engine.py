"""The training loop: seeded step by step, resumable exactly, on one device or many."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import torch
from torch import nn

from exercise_lib.train.checkpoint import keep, load_checkpoint, save_checkpoint

if TYPE_CHECKING:
    from lightning_fabric import Fabric
    from matplotlib.axes import Axes

Scores = dict[str, float]


class TrainingError(RuntimeError):
    """Training can't go on; the message says why and what is kept."""


class Task(Protocol):
    """What is trained: its modules and optimizers, one step, and how it is judged."""

    modules: dict[str, nn.Module]
    optimizers: dict[str, torch.optim.Optimizer]

    def training_step(self, step: int, fabric: Fabric) -> Scores:
        """Draw a batch, update the modules, return the losses."""

    def evaluate(self, step: int, folder: Path) -> Scores:
        """Measure on held-out data; may leave pictures and sounds in the folder."""

    def is_good_enough(self, scores: Scores) -> bool:
        """Say whether training may stop early."""

    def pictures(self) -> list[Callable[[Axes], object]]:
        """Return what draws itself beside the curves while the task is watched."""


@dataclass(frozen=True)
class RunSettings:
    """How long and where; the task's own settings are in its config."""

    folder: Path
    steps: int
    seed: int = 0
    evaluate_every: int = 100  # steps
    checkpoint_every: int = 100  # steps
    devices: int = 1
    precision: str = "32-true"  # "bf16-mixed" on a GPU


Observer = Callable[[int, Scores], None]


def make_fabric(settings: RunSettings) -> Fabric:
    """Return the engine that places modules on CPU, CUDA or MPS, and on several of them."""
    from lightning_fabric import Fabric

    strategy = "ddp" if settings.devices > 1 else "auto"
    fabric = Fabric(
        accelerator="auto",
        devices=settings.devices,
        strategy=strategy,
        precision=settings.precision,  # type: ignore[arg-type]
    )
    fabric.launch()
    return fabric


def fit(
    task: Task,
    settings: RunSettings,
    fabric: Fabric,
    observe: Observer = lambda step, scores: None,
) -> list[dict[str, Any]]:
    """Train, from the newest checkpoint in the run's folder if there is one; return the log.

    Every random choice of a step follows from (seed, step, process), so a run that was killed and
    resumed ends in the same weights as one that was not.

    Args:
        observe: called after every step with its losses, and with scores where measured.

    Raises:
        TrainingError: a loss is NaN or infinite, or the folder holds another run.
        CheckpointError: a checkpoint can't be written or read.
    """
    start, seconds = restore(task, settings)
    log = _read_log(settings.folder, start)
    clock = time.monotonic() - seconds
    for step in range(start, settings.steps):
        seed_step(settings.seed, step, fabric.global_rank)
        losses = task.training_step(step, fabric)
        if not all(math.isfinite(value) for value in losses.values()):
            raise TrainingError(
                f"step {step}: {losses} is not finite. The checkpoint in {settings.folder} is from "
                "before; resume with a lower learning rate."
            )
        done = step + 1
        scores = dict(losses)
        last = done == settings.steps
        if done % settings.evaluate_every == 0 or last:
            seed_step(settings.seed, step, fabric.global_rank)
            scores |= task.evaluate(done, settings.folder)
            log.append({"step": done, "seconds": round(time.monotonic() - clock, 1), **scores})
        good = fabric.broadcast(task.is_good_enough(scores))  # all processes stop together
        if fabric.is_global_zero and (done % settings.checkpoint_every == 0 or last or good):
            _save(task, settings, done, time.monotonic() - clock)
            _write_log(settings.folder, log)
        observe(done, scores)
        if good:
            break
    return log


def seed_step(seed: int, step: int, rank: int) -> None:
    """Seed torch so that a step's randomness depends on nothing that came before it."""
    torch.manual_seed((seed * 1_000_003 + step) * 1_009 + rank)


def restore(task: Task, settings: RunSettings) -> tuple[int, float]:
    """Load the newest checkpoint into the task; return the steps and seconds done."""
    state = load_checkpoint(settings.folder)
    if state is None:
        return 0, 0.0
    if state["seed"] != settings.seed:
        raise TrainingError(
            f"{settings.folder} holds a run with seed {state['seed']}, not {settings.seed}: choose "
            "another folder."
        )
    try:
        for name, module in task.modules.items():
            module.load_state_dict(state["modules"][name])
        for name, optimizer in task.optimizers.items():
            optimizer.load_state_dict(state["optimizers"][name])
    except (KeyError, RuntimeError, ValueError) as error:
        raise TrainingError(
            f"{settings.folder} holds a run of another configuration: choose another folder."
        ) from error
    return state["step"], state["seconds"]


def _save(task: Task, settings: RunSettings, step: int, seconds: float) -> None:
    state = {
        "step": step,
        "seconds": seconds,
        "seed": settings.seed,
        "modules": {name: module.state_dict() for name, module in task.modules.items()},
        "optimizers": {name: it.state_dict() for name, it in task.optimizers.items()},
    }
    save_checkpoint(settings.folder, state)


def _read_log(folder: Path, step: int) -> list[dict[str, Any]]:
    """Return the log's entries up to a step; later ones belong to work that was lost."""
    path = folder / "log.jsonl"
    if not path.exists():
        return []
    entries = [json.loads(line) for line in path.read_text().splitlines() if line.endswith("}")]
    return [entry for entry in entries if entry["step"] <= step]


def _write_log(folder: Path, log: list[dict[str, Any]]) -> None:
    text = "".join(json.dumps(entry) + "\n" for entry in log)
    keep(folder / "log.jsonl", lambda file: file.write(text.encode()))
