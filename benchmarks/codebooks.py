"""What codebooks keep of pictures and of speech: one run.

python -m benchmarks.codebooks            the kept VQ-VAE, books of frames; `--write` keeps figures
python -m benchmarks.codebooks --train    also trains live runs, half a minute of one core each
"""

import json
import math
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

import torch
import torch.nn.functional as F
import typer
from rich.console import Console

from autograder.paths import REPOSITORY
from benchmarks.solved import solved_modules
from benchmarks.tables import table

KEPT = REPOSITORY.data / "codebooks"
SCENES = 1000  # that no training and no other figure has used
READ = 300  # of them, read back by the oracle, which takes a while
BOOKS = (  # books, codes, batches
    (1, 2**8, 150),
    (2, 2**4, 150),
    (1, 2**10, 150),
    (2, 2**5, 150),
    (1, 2**12, 60),
    (2, 2**6, 150),
    (8, 2**4, 150),
    (8, 2**6, 150),
    (8, 2**8, 150),
    (8, 2**10, 60),
)

Row = dict[str, Any]


def main(
    train: Annotated[bool, typer.Option("--train", help="Train live runs, too.")] = False,
    write: Annotated[bool, typer.Option("--write", help="Keep the figures.")] = False,
) -> None:
    """Measure pictures and frames that nothing was fitted to."""
    torch.set_num_threads(1)
    with solved_modules():
        scores = {"pictures": pictures(), "frames": frames(), "by books": by_books()}
        console = Console()
        for name, rows in scores.items():
            console.print(table(name, rows))
        if train:
            console.print(table("live", live()))
    if write:
        (KEPT / "scores.json").write_text(json.dumps(scores, indent=1) + "\n")


def pictures() -> dict[str, Row]:
    """Return how near the kept VQ-VAE's pictures are, beside linear codes and the pictures."""
    from exercise_lib.images.pixels import psnr
    from exercise_lib.images.render import render
    from exercise_lib.images.scenes import draw_scenes
    from exercise_lib.images.vqvae import Vqvae, VqvaeSize, load_vqvae
    from exercise_lib.images.vqvae_training import examine

    scenes = draw_scenes(SCENES, seed=301)
    true = render(scenes)
    model = load_vqvae(KEPT)
    begun = Vqvae(VqvaeSize(n_codes=512))
    torch.manual_seed(0)
    begun.begin_from(render(draw_scenes(500, seed=0)) / 255)
    begun.eval()
    rows: dict[str, Row] = {}
    for name, it in {"kept, 512 codes": model, "as training begins, 512 codes": begun}.items():
        found = it.draw(it.look_up(true))
        rows[name] = {key: round(value, 2) for key, value in examine(it, true).items()}
        rows[name] |= {"read rightly": readable(scenes[:READ], found[:READ])}
    with torch.inference_mode():
        linear = begun.decode(begun.encode(true / 255)).clamp(0, 1)
    rows["16 numbers a patch, not quantised"] = {
        "psnr": round(psnr(linear, true), 2),
        "read rightly": readable(scenes[:READ], linear[:READ]),
    }
    rows["pictures themselves, the ceiling"] = {
        "read rightly": readable(scenes[:READ], true[:READ])
    }
    return rows


def readable(scenes: list[Any], pictures: torch.Tensor) -> float:
    """Return in which share of pictures the oracle reads everything as it was drawn."""
    from exercise_lib.images.oracle import agreement, read

    pairs = zip(scenes, read(pictures), strict=True)
    right = [all(agreement(scene, reading).values()) for scene, reading in pairs]
    return round(sum(right) / len(right), 3)


def frames() -> dict[str, Row]:
    """Return what books of several sizes lose of frames of sentences they have not seen."""
    from exercise_lib import quantization
    from exercise_lib.codes.frames import error_by_books, read_frames
    from exercise_lib.codes.residual_books import fit_books

    its = read_frames(KEPT)
    rows = {}
    for n, k, steps in BOOKS:
        begin = time.process_time()
        books = fit_books(its.train, n, k, steps)
        seconds = time.process_time() - begin
        codes = books(its.test)[1]
        used = [float(quantization.perplexity(codes[:, i], k)) for i in range(n)]
        rows[f"{n} of 2^{math.log2(k):.0f}"] = {
            "bits a frame": n * math.log2(k),
            "stored vectors": n * k,
            "error": round(error_by_books(its.test, books)[-1], 4),
            "of those seen": round(error_by_books(its.train, books)[-1], 4),
            "perplexity, first and last": f"{used[0]:.0f}, {used[-1]:.0f}",
            "processor seconds": round(seconds, 1),
        }
    return rows


def by_books() -> dict[str, Row]:
    """Return the error after each of eight books, in a row and each for itself."""
    from exercise_lib.codes.frames import error_by_books, read_frames
    from exercise_lib.codes.residual_books import fit_books

    its = read_frames(KEPT)
    found = error_by_books(its.test, fit_books(its.train, 8, 256, 150))
    alone = torch.stack([fit_books(its.train, 1, 256, 150, seed=n)(its.test)[0] for n in range(8)])
    means = [float(F.mse_loss(alone[:n].mean(0), its.test)) for n in range(1, 9)]
    rows = {"each takes what is left": found, "each takes z, and the mean is used": means}
    return {
        name: {str(n): round(value, 4) for n, value in enumerate(values, 1)}
        for name, values in rows.items()
    }


def live() -> dict[str, Row]:
    """Return what is learned live, as it should be and with parts left out."""
    from exercise_lib.images.vqvae_training import VqvaeConfig

    whole = VqvaeConfig()
    wrong: Row = {"by_loss": True, "least": 0.0}
    configs = {
        "as notebook 09 trains": whole,
        "none begins anew": VqvaeConfig(least=0.0),
        "codes by the loss, none begins anew": VqvaeConfig(**wrong),
        "random start, moving averages, restarts": VqvaeConfig(from_chance=True),
        "collapse: random start, by the loss, none anew": VqvaeConfig(
            steps=160, from_chance=True, **wrong
        ),
        "32 codes": VqvaeConfig(n_codes=32, least=24.0),
    }
    return {name: trained(config) for name, config in configs.items()}


def trained(config: Any) -> Row:
    from exercise_lib.train import train

    with tempfile.TemporaryDirectory() as folder:
        begin = time.process_time()
        _, log = train("vqvae", Path(folder), config, evaluate_every=config.steps)
        seconds = time.process_time() - begin
    row = {name: round(log[-1][name], 2) for name in ("psnr", "perplexity", "used")}
    return {"steps": config.steps} | row | {"processor seconds": round(seconds)}


if __name__ == "__main__":
    typer.run(main)
