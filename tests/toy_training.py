"""A training run of seconds, as a program: `python toy_training.py '{"folder": ..., ...}'`."""

import dataclasses
import json
import os
import signal
import sys
from pathlib import Path

import torch
from torch import nn

from exercise_lib.train.engine import RunSettings, fit, make_fabric, seed_step


class ToyTask:
    """A line fitted through noise, with dropout: every step draws random numbers."""

    data = "noise"

    def __init__(self, fabric, nan_at=None, width=4, rate=1e-2):
        model = nn.Sequential(nn.Linear(3, width), nn.Dropout(0.5), nn.Linear(width, 1))
        optimizer = torch.optim.Adam(model.parameters(), rate)
        self.model, self.optimizer = fabric.setup(model, optimizer)
        self.modules, self.optimizers = {"toy": self.model}, {"toy": self.optimizer}
        self.nan_at = nan_at
        self.enough = float("-inf")

    def training_step(self, step, fabric):
        x = torch.randn(8, 3)
        loss = (self.model(x) - x.sum(1, keepdim=True)).square().mean()
        if step == self.nan_at:
            loss = loss * float("nan")
        self.optimizer.zero_grad()
        fabric.backward(loss)
        self.optimizer.step()
        return {"loss": loss.item()}

    def evaluate(self, step, folder):
        return {"weight": self.model.state_dict()["0.weight"].sum().item()}

    def is_good_enough(self, scores):
        return scores["loss"] < self.enough


def run(
    folder,
    steps=30,
    kill_at=None,
    nan_at=None,
    width=4,
    rate=1e-2,
    enough=None,
    limit=None,
    observe=lambda step, scores: None,
    make=ToyTask,
    **settings,
):
    """Train; kill this process after `kill_at` steps, let no file grow over `limit` bytes."""
    every = {"evaluate_every": 10, "checkpoint_every": 10}
    settings = RunSettings(Path(folder), steps, **(every | settings))
    fabric = make_fabric(settings)
    seed_step(settings.seed, 0, 0)
    task = make(fabric, nan_at, width, rate)
    if enough is not None:
        task.enough = enough

    def watch(step, scores):
        observe(step, scores)
        if step == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        if limit and step == limit[0]:
            import resource

            resource.setrlimit(resource.RLIMIT_FSIZE, (limit[1], limit[1]))

    log = fit(task, settings, fabric, watch)
    return task, log, dataclasses.asdict(settings)


if __name__ == "__main__":
    torch.set_num_threads(1)
    run(**json.loads(sys.argv[1]))
