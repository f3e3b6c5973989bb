"""The training loop: seeded step by step, resumable exactly, on one device or many."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import torch
from torch import nn

from exercise_lib.train.checkpoint import NEWEST, keep, load_checkpoint, save_checkpoint
from exercise_lib.train.interrupts import interrupts_wait
from exercise_lib.train.settings import RunSettings, TrainingError

if TYPE_CHECKING:
    from lightning_fabric import Fabric
    from matplotlib.axes import Axes

Scores = dict[str, float]


class Task(Protocol):
    """What is trained: its modules and optimizers, one step, and how it is judged."""

    modules: dict[str, nn.Module]
    optimizers: dict[str, torch.optim.Optimizer]
    data: str  # what it learns from, in words that no other data has

    def training_step(self, step: int, fabric: Fabric) -> Scores:
        """Draw a batch, update the modules, return the losses."""

    def evaluate(self, step: int, folder: Path) -> Scores:
        """Measure on held-out data; may leave pictures and sounds in the folder."""

    def is_good_enough(self, scores: Scores) -> bool:
        """Say whether training may stop early."""

    def pictures(self) -> list[Callable[[Axes], object]]:
        """Return what draws itself beside the curves while the task is watched."""


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
    resumed ends in the same weights as one that was not: to the last bit where products of
    matrices do not depend on their places in memory, as with MKL_CBWR=COMPATIBLE, else to rounding.
    An interrupt waits for the end of a step.

    Args:
        observe: called after every step with its losses, and with scores where measured.

    Raises:
        TrainingError: numbers are NaN or infinite, or the folder holds another run.
        CheckpointError: a checkpoint can't be written or read.
        KeyboardInterrupt: it was interrupted; what it has learned is saved.
    """
    done, seconds = restore(task, settings)
    saved = done
    log = _read_log(settings.folder, done)
    clock = time.monotonic() - seconds

    def save() -> None:
        nonlocal saved
        if saved != done and fabric.is_global_zero:
            _save(task, settings, done, time.monotonic() - clock)
        saved = done

    def evaluate() -> Scores:
        seed_step(settings.seed, done - 1, fabric.global_rank)
        scores = losses | task.evaluate(done, settings.folder)
        log.append({"step": done, "seconds": round(time.monotonic() - clock, 1), **scores})
        if fabric.is_global_zero:
            _write_log(settings.folder, log)
        return scores

    losses: Scores = {}
    try:
        if done == settings.steps and done not in {entry["step"] for entry in log}:
            evaluate()  # it was stopped there
        while done < settings.steps:
            seed_step(settings.seed, done, fabric.global_rank)
            with interrupts_wait():
                losses = task.training_step(done, fabric)
                if not all(map(math.isfinite, losses.values())):
                    raise _not_finite(f"step {done}: {losses}", settings.folder)
                done += 1
            is_due = done % settings.evaluate_every == 0 or done == settings.steps
            if is_due or done % settings.checkpoint_every == 0:
                save()
            scores = evaluate() if is_due else losses
            observe(done, scores)
            if fabric.broadcast(task.is_good_enough(scores)):  # all processes stop together
                save()
                break
    except KeyboardInterrupt:
        save()
        raise
    return log


def _not_finite(what: str, folder: Path) -> TrainingError:
    if not (folder / NEWEST).exists():
        return TrainingError(f"{what} is not finite. Begin again with a lower learning rate.")
    return TrainingError(
        f"{what} is not finite. The checkpoint in {folder} is from before; resume with a lower "
        f"learning rate. If that fails too, delete {NEWEST}: the one before it takes its place."
    )


def seed_step(seed: int, step: int, rank: int) -> None:
    """Seed torch so that a step's randomness depends on nothing that came before it."""
    torch.manual_seed((seed * 1_000_003 + step) * 1_009 + rank)


def restore(task: Task, settings: RunSettings) -> tuple[int, float]:
    """Load the newest checkpoint into the task; return the steps and seconds done."""
    state = load_checkpoint(settings.folder)
    if state is None:
        return 0, 0.0
    for name, ours in (("seed", settings.seed), ("data", task.data)):
        if state.get(name) != ours:
            raise TrainingError(
                f"{settings.folder} holds a run with {name} {state.get(name)}, not {ours}: choose "
                "another folder."
            )
    try:
        for name, module in task.modules.items():
            module.load_state_dict(state["modules"][name])
        for name, optimizer in task.optimizers.items():
            _load_optimizer(optimizer, state["optimizers"][name])
    except (KeyError, RuntimeError, ValueError) as error:
        raise TrainingError(
            f"{settings.folder} holds a run of another configuration: choose another folder."
        ) from error
    return state["step"], state["seconds"]


def _load_optimizer(optimizer: torch.optim.Optimizer, state: dict[str, Any]) -> None:
    """Load what it has gathered, but not its learning rates: a run may go on with lower ones."""
    rates = [group["lr"] for group in optimizer.param_groups]
    optimizer.load_state_dict(state)
    for group, rate in zip(optimizer.param_groups, rates, strict=True):
        group["lr"] = rate


def _save(task: Task, settings: RunSettings, step: int, seconds: float) -> None:
    for name, module in task.modules.items():
        if not all(it.isfinite().all() for it in module.parameters()):
            raise _not_finite(f"step {step}: a weight of {name}", settings.folder)
    state = {
        "step": step,
        "seconds": seconds,
        "seed": settings.seed,
        "data": task.data,
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
