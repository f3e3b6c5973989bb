"""What the kept CLIP understands, and what training loses without a part of it: one run.

python -m benchmarks.clip            the kept weights; `--write` keeps the figures beside them
python -m benchmarks.clip --train    also trains variants, about half a minute of one core each
"""

import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import torch
import torch.nn.functional as F
import typer
from rich.console import Console
from torch import Tensor

from autograder.paths import REPOSITORY
from benchmarks.solved import solved_modules
from benchmarks.tables import table

KEPT = REPOSITORY.data / "clip"
SCENES = 2000  # of each kind
STEPS = 300  # of each variant

Row = dict[str, Any]


def main(
    train: Annotated[bool, typer.Option("--train", help="Train variants, too.")] = False,
    write: Annotated[bool, typer.Option("--write", help="Keep the figures.")] = False,
) -> None:
    """Measure on scenes that no training and no other figure has used."""
    torch.set_num_threads(1)
    with solved_modules():
        scores = {"kept weights": kept(), "oracle, the ceiling": ceiling()}
        console = Console()
        console.print(table("Kept CLIP", scores["kept weights"]))
        console.print(table("The oracle on the same pictures", scores["oracle, the ceiling"]))
        if train:
            console.print(table(f"{STEPS} steps", variants()))
    if write:
        (KEPT / "scores.json").write_text(json.dumps(scores, indent=1) + "\n")


def kept() -> dict[str, Row]:
    """Return how the kept weights do on pairs that training showed, and on held-out ones."""
    from exercise_lib.images.clip_encoders import load_clip

    model = load_clip(KEPT)
    return {
        "seen pairs": measured(model, held_out=False),
        "held-out pairs": measured(model, held_out=True),
    }


def measured(model: Any, held_out: bool) -> Row:
    from exercise_lib.images.clip_training import TWO, Examined, binding, retrieval, zero_shot_64
    from exercise_lib.images.scenes import ALONE, FULL

    named, colour = zero_shot_64(model, Examined.drawn(SCENES, 201, ALONE, held_out))
    row = {"named": named, "colour": colour}
    row |= binding(model, Examined.drawn(SCENES, 202, TWO, held_out))
    pairs = Examined.drawn(200, 203, FULL, held_out)
    row |= {f"recall {k}": retrieval(model, pairs, 200, k) for k in (1, 5)}
    return {name: round(value, 3) for name, value in row.items()}


def ceiling() -> dict[str, Row]:
    """Return how often the oracle finds what is said to be true, and swapped or turned false."""
    from exercise_lib.images.clip_training import TWO, Examined
    from exercise_lib.images.oracle import share_true

    drawn = Examined.drawn(400, 202, TWO, False)
    rows = {"captions": drawn.captions}
    rows["swapped"] = [it.swapped() for it in drawn.captions]
    rows["turned"] = [it.turned() for it in drawn.captions]
    return {name: {"called true": share_true(its, drawn.pictures)} for name, its in rows.items()}


def variants() -> dict[str, Row]:
    """Return what is learned in some steps with a part left out or another batch."""
    from exercise_lib import clip
    from exercise_lib.images.clip_training import ClipConfig

    whole = clip.similarity, clip.contrastive_loss
    full = ClipConfig(steps=STEPS)
    changed: dict[str, tuple[Callable, Callable, ClipConfig]] = {
        "as it should be": (*whole, full),
        "pictures' side only": (whole[0], one_side, full),
        "not normalised": (not_normalised, whole[1], full),
        "temperature fixed at 1": (at_temperature(1.0), whole[1], full),
        "temperature fixed at .07": (at_temperature(0.07), whole[1], full),
        "batch of 16": (*whole, ClipConfig(steps=STEPS, batch=16)),
        "patches not whitened": (*whole, ClipConfig(steps=STEPS, whitened=False)),
    }
    rows = {}
    for name, (clip.similarity, clip.contrastive_loss, config) in changed.items():
        rows[name] = trained(config)
    clip.similarity, clip.contrastive_loss = whole
    return rows


def trained(config: Any) -> Row:
    from exercise_lib import clip
    from exercise_lib.images.captions import truth
    from exercise_lib.images.clip_training import Examined
    from exercise_lib.images.scenes import FULL
    from exercise_lib.train import train

    begin = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        task, log = train("clip", Path(folder), config, evaluate_every=STEPS)
    seconds = time.process_time() - begin
    model: Any = task.network.eval()  # type: ignore[attr-defined]
    shown = Examined.drawn(200, 204, FULL, False)
    cosines = F.cosine_similarity(
        model.see(shown.pictures)[:, None], model.read(shown.captions)[None], dim=-1
    )
    true = truth(shown.captions, shown.scenes)
    row = {name: round(log[-1][name], 3) for name in ("loss", "named", "held_out", "colour")}
    row["caption of a picture, R@1"] = round(float(clip.recall_at_k(cosines, true, 1)), 3)
    row["picture of a caption, R@1"] = round(float(clip.recall_at_k(cosines.T, true.T, 1)), 3)
    return row | {"processor seconds": round(seconds)}


def one_side(logits: Tensor) -> Tensor:
    return F.cross_entropy(logits, torch.arange(len(logits)))


def not_normalised(images: Tensor, texts: Tensor, log_scale: Tensor) -> Tensor:
    return log_scale.exp().clamp(max=100) * images @ texts.T


def at_temperature(temperature: float) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    def similarity(images: Tensor, texts: Tensor, log_scale: Tensor) -> Tensor:
        return F.normalize(images, dim=-1) @ F.normalize(texts, dim=-1).T / temperature

    return similarity


if __name__ == "__main__":
    typer.run(main)
