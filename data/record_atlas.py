"""Record what each system of the atlas makes with this kit's kept weights: data/atlas/samples.json.

Run from the repository: `python data/record_atlas.py`. Takes a minute of one core.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

import torch

from autograder.lecture.scenes import import_solved
from autograder.paths import REPOSITORY as ALL
from exercise_lib.files import write_text
from exercise_lib.files.unusable import UnusableData


def main() -> None:
    """Run each system once, with its own prompt."""
    import_solved(ALL)
    from exercise_lib.systems.samples import HOME, packed
    from exercise_lib.systems.stock import RUNS, run

    torch.manual_seed(0)  # of the prenets' dropout
    samples = {}
    for key, its in RUNS.items():
        try:
            samples[key] = packed(its.prompt, run(key, its.prompt))
            print(key, samples[key]["said"], sum(map(len, samples[key].values())), "bytes")
        except (UnusableData, ValueError) as error:
            print(key, "is left out:", error)
    path = ALL.data / HOME / "samples.json"
    write_text(path, json.dumps(samples, indent=1) + "\n")


if __name__ == "__main__":
    main()
