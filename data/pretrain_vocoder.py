"""Train the vocoder that the demos speak with, and keep its weights.

    python data/pretrain_vocoder.py build/vocoder

needs the finished modules of exercise_lib on the path. A stopped run goes on where it was. Writes
data/pretrained/vocoder.safetensors (float16), with the config and the seed in the header, and
vocoder.jsonl, the scores on validation sentences.
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
from exercise_lib.train import train
from exercise_lib.train.vocoder import VocoderConfig

SEED = 0
CONFIG = VocoderConfig(generator="vocos", steps=6000)


def main(folder: Path) -> None:
    torch.set_num_threads(1)
    task, _ = train("vocoder", folder, CONFIG, HERE / "corpus", seed=SEED)
    out = HERE / "pretrained"
    out.mkdir(exist_ok=True)
    state = task.modules["generator"].state_dict()
    training = {"config": dataclasses.asdict(CONFIG), "seed": SEED}
    weights = {key: value.half().contiguous() for key, value in state.items()}
    save_file(weights, out / "vocoder.safetensors", {"training": json.dumps(training)})
    shutil.copy(folder / "log.jsonl", out / "vocoder.jsonl")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
