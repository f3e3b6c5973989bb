"""Train the vocoder that the demos speak with, and keep its weights.

    python data/pretrain_vocoder.py build/vocoder

needs the finished modules of exercise_lib on the path. A stopped run goes on where it was. Writes
data/pretrained/vocoder.safetensors, what the regression losses alone have taught, and
vocoder-adversarial.safetensors, the same after the adversarial phase (float16, with the config, the
seed and the step in the header), and vocoder.jsonl, the scores on validation sentences.
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
from exercise_lib.train.vocoder import VocoderConfig, VocoderTask

SEED = 0
CONFIG = VocoderConfig(generator="vocos", steps=21_000, adversarial_from=20_000)
KEPT = {CONFIG.adversarial_from: "vocoder", CONFIG.steps: "vocoder-adversarial"}


def main(folder: Path) -> None:
    torch.set_num_threads(1)
    settings = RunSettings(folder, CONFIG.steps, SEED, evaluate_every=250, checkpoint_every=125)
    fabric = make_fabric(settings)
    seed_step(SEED, 0, 0)
    task = VocoderTask(CONFIG, SpeechCorpus(HERE / "corpus"), fabric)
    out = HERE / "pretrained"
    out.mkdir(exist_ok=True)

    def keep(step: int, scores: Scores) -> None:
        if step % settings.evaluate_every == 0:
            print(step, {name: round(value, 3) for name, value in scores.items()}, flush=True)
        if step in KEPT:
            state = task.modules["generator"].state_dict()
            weights = {key: value.half().contiguous() for key, value in state.items()}
            header = {"config": dataclasses.asdict(CONFIG), "seed": SEED, "step": step}
            save_file(weights, out / f"{KEPT[step]}.safetensors", {"training": json.dumps(header)})

    fit(task, settings, fabric, keep)
    shutil.copy(folder / "log.jsonl", out / "vocoder.jsonl")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
