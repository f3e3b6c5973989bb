"""Write the caption encoders of the kept CLIP and CLAP alone, without those of pictures and sounds.

    python data/keep_captions.py

Notebooks 12 and 14a read captions alone: a quarter of the weights, which fit into an assignment.
"""

from __future__ import annotations

import json
from pathlib import Path

from safetensors import safe_open
from safetensors.torch import save_file

HERE = Path(__file__).resolve().parent
PREFIX = "captions."


def main() -> None:
    for name, folder in (("clip", "captions"), ("clap", "latent_audio")):
        keep(name, HERE / folder)


def keep(name: str, out: Path) -> None:
    with safe_open(HERE / name / f"{name}.safetensors", framework="pt") as file:
        training = file.metadata()["training"]
        names = [it for it in file.keys() if it.startswith(PREFIX)]  # noqa: SIM118
        state = {it.removeprefix(PREFIX): file.get_tensor(it) for it in names}
    out.mkdir(exist_ok=True)
    header = json.dumps(json.loads(training) | {"part": f"caption encoder of data/{name}"})
    save_file(state, out / "captions.safetensors", {"training": header})


if __name__ == "__main__":
    main()
