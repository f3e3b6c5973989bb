"""Train the Tacotron that the demos speak with, and keep its weights along the way.

    python data/pretrain_tacotron.py build/tacotron

needs the finished modules of exercise_lib on the path. A stopped run goes on where it was. Writes
data/pretrained/tacotron-<step>.safetensors (float16), with config, seed and step in the header, and
tacotron.jsonl, the scores on validation sentences.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent))
from exercise_lib.data import SpeechCorpus
from exercise_lib.train.engine import RunSettings, Scores, fit, make_fabric, seed_step
from exercise_lib.train.tacotron import TacotronConfig, TacotronTask

SEED = 0
CONFIG = TacotronConfig(steps=3500, dropout=0.15)
KEPT = (50, 100, 200, 400, 800, 1600, 3500)  # steps


def main(folder: Path) -> None:
    torch.set_num_threads(1)
    settings = RunSettings(folder, CONFIG.steps, SEED, evaluate_every=50, checkpoint_every=100)
    fabric = make_fabric(settings)
    seed_step(SEED, 0, 0)
    task = TacotronTask(CONFIG, SpeechCorpus(HERE / "corpus"), fabric)
    out = HERE / "pretrained"
    out.mkdir(exist_ok=True)

    def keep(step: int, scores: Scores) -> None:
        if step % settings.evaluate_every == 0:
            print(step, {name: round(value, 3) for name, value in scores.items()}, flush=True)
        if step in KEPT:
            state = task.modules["tacotron"].state_dict()
            halves = {k: v.half() if v.is_floating_point() else v for k, v in state.items()}
            model = dataclasses.asdict(task.model.module.config)
            config = dataclasses.asdict(CONFIG)
            header = {"model": model, "config": config, "seed": SEED, "step": step}
            path = out / f"tacotron-{step:05}.safetensors"
            save_file(halves, path, {"training": json.dumps(header)})

    fit(task, settings, fabric, keep)
    shutil.copy(folder / "log.jsonl", out / "tacotron.jsonl")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
