"""Write the caption encoder of the kept CLIP to data/captions, without the encoder of pictures.

    python data/keep_captions.py

Notebook 12 reads captions alone: a quarter of CLIP's weights, which fit into its assignment.
"""

from __future__ import annotations

import json
from pathlib import Path

from safetensors import safe_open
from safetensors.torch import save_file

HERE = Path(__file__).resolve().parent
PREFIX = "captions."


def main() -> None:
    with safe_open(HERE / "clip" / "clip.safetensors", framework="pt") as file:
        training = file.metadata()["training"]
        names = [it for it in file.keys() if it.startswith(PREFIX)]  # noqa: SIM118
        state = {it.removeprefix(PREFIX): file.get_tensor(it) for it in names}
    out = HERE / "captions"
    out.mkdir(exist_ok=True)
    header = json.dumps(json.loads(training) | {"part": "caption encoder of data/clip"})
    save_file(state, out / "captions.safetensors", {"training": header})


if __name__ == "__main__":
    main()
