"""What drawing and reading scenes costs, and how often the oracle is right: one run.

python -m benchmarks.scenes
"""

import random
import time
from collections.abc import Callable
from typing import Annotated

import torch
import torch.nn.functional as F
import typer
from rich.console import Console
from torch import Tensor

from benchmarks.tables import table
from exercise_lib.images.captions import caption, truth
from exercise_lib.images.oracle import agreement, read
from exercise_lib.images.render import render
from exercise_lib.images.scenes import FULL, NURSERY, Scene, draw_scenes

BATCH = 128


def blurred(pictures: Tensor) -> Tensor:
    return F.avg_pool2d(F.pad(pictures, (1, 1, 1, 1), mode="replicate"), 3, 1)


def at_half_size(pictures: Tensor) -> Tensor:
    return F.interpolate(F.avg_pool2d(pictures, 2), scale_factor=2, mode="bilinear")


def with_noise(level: float) -> Callable[[Tensor], Tensor]:
    return lambda pictures: (pictures + level * torch.randn(pictures.shape)).clamp(0, 1)


def main(scenes: Annotated[int, typer.Option(help="Of each kind.")] = 2000) -> None:
    """Measure on one thread, on scenes that nothing was tuned on."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    console = Console()
    begin = time.process_time()
    drawn = draw_scenes(scenes, 101)
    drawn += draw_scenes(scenes, 102, held_out=True)
    middle = time.process_time()
    pictures = render(drawn)
    seconds = {"draw a scene": middle - begin, "render it": time.process_time() - middle}
    begin = time.process_time()
    rows = {"clean": right(drawn, pictures / 255)}
    seconds["read it"] = time.process_time() - begin
    changes = {
        "mean of 3 x 3 pixels": blurred,
        "half the resolution": at_half_size,
        "noise .03": with_noise(0.03),
        "noise .05": with_noise(0.05),
    }
    rows |= {name: right(drawn, change(pictures / 255)) for name, change in changes.items()}
    nursery = draw_scenes(scenes, 103, NURSERY)
    rows["nursery, clean"] = right(nursery, render(nursery))
    console.print(table(f"The oracle, {len(drawn)} scenes", rows))
    costs = {name: {"ms": f"{1000 * it / len(drawn):.3f}"} for name, it in seconds.items()}
    console.print(table("A scene, one thread, processor time", costs))
    worlds = {"one or two things": FULL, "one big thing": NURSERY}
    shares = {name: {"share": f"{second_captions(it):.2f}"} for name, it in worlds.items()}
    console.print(table(f"Rows of {BATCH} with a second true caption", shares))


def right(scenes: list[Scene], pictures: Tensor) -> dict[str, str]:
    """Return the share of scenes of which each attribute is read rightly."""
    pairs = zip(scenes, read(pictures), strict=True)
    found = [agreement(scene, reading) for scene, reading in pairs]
    return {name: f"{sum(it[name] for it in found) / len(found):.4f}" for name in found[0]}


def second_captions(world: object) -> float:
    rng, shares = random.Random(0), []
    for seed in range(5):
        scenes = draw_scenes(BATCH, seed, world)
        table = truth([caption(it, rng) for it in scenes], scenes)
        shares.append((table.sum(1) > 1).float().mean().item())
    return sum(shares) / len(shares)


if __name__ == "__main__":
    typer.run(main)
