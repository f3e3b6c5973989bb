"""How many prompts diffusion transformers follow: one run.

python -m benchmarks.dit            the kept transformer; `--write` keeps its figures
python -m benchmarks.dit --train    also trains what notebook 12 compares, three minutes of one core
                                    each, in build/dit, where a stopped run goes on
"""

import dataclasses
import json
import math
import time
from typing import Annotated, Any

import torch
import torch.nn.functional as F
import typer
from rich.console import Console

from autograder.paths import REPOSITORY, ROOT
from benchmarks.solved import solved_modules
from benchmarks.tables import table

KEPT = REPOSITORY.data / "dit"
MEASURED = REPOSITORY.exercise_lib / "images" / "dit_measured.json"
RUNS = ROOT / "build" / "dit"
PROMPTS, COMPARED_BY = 400, 200  # prompts for the kept one, and for each of those compared
STEPS = (1, 2, 4, 8, 16)  # of sampling
NOISE_OVER_DATA = (0.25, 1.0, 4.0, 16.0)

Row = dict[str, Any]

HEARING = {
    "pooled, as DiT": {"hearing": "pooled"},
    "cross-attention, as PixArt": {"hearing": "cross"},
    "joint, as SD 3": {},
}
FLOW, NOISE = "velocity of a flow", "noise, cosine schedule"
PREDICTING = {FLOW: {}, NOISE: {"predicts": "noise", "spread": 0.0}}
TIMES = {
    "logit-normal, m 0, s 1": {},
    "uniform": {"spread": 0.0},
    "nearer to noise, m 1": {"mean": 1.0},
}


def main(
    train: Annotated[bool, typer.Option("--train", help="Train and compare, too.")] = False,
    write: Annotated[bool, typer.Option("--write", help="Keep the figures.")] = False,
) -> None:
    """Count prompts that are followed, by captions of scenes that no training saw."""
    torch.set_num_threads(1)
    console = Console()
    with solved_modules():
        if (KEPT / "dit.safetensors").exists():
            rows = kept()
            console.print(table("kept", rows))
            if write:
                (KEPT / "scores.json").write_text(json.dumps(rows, indent=1) + "\n")
        if train:
            compared = compare()
            for name, rows in compared.items():
                console.print(table(name, {key: flat(row) for key, row in rows.items()}))
            if write:
                MEASURED.write_text(json.dumps(compared, indent=1) + "\n")


def flat(row: Row) -> Row:
    """Return a row whose entries are no tables."""
    entries: Row = {}
    for name, value in row.items():
        its = value.items() if isinstance(value, dict) else [("", value)]
        entries |= {f"{name} {key}".strip(): value for key, value in its}
    return entries


def unseen(n: int) -> Any:
    """Return scenes that no training and no other figure has used, with pictures and captions."""
    from exercise_lib.images.clip_training import Examined
    from exercise_lib.images.scenes import CENTRED

    return Examined.drawn(n, 301, CENTRED, False)


def error(share: float, n: int) -> float:
    return round(math.sqrt(share * (1 - share) / n), 3)


def kept() -> dict[str, Row]:
    """Return how many prompts the kept transformer follows, by steps and guidance."""
    from exercise_lib.images.flow_painter import load_dit, make_painter
    from exercise_lib.images.oracle import share_true

    painter, its = make_painter(load_dit(folder=KEPT)), unseen(PROMPTS)
    again = painter.vae.draw(painter.vae.latents(its.pictures))
    ceiling = share_true(its.captions, again)
    rows: dict[str, Row] = {"ceiling: the scenes' own latents": {"16 steps": ceiling}}
    for scale in (0.0, 1.0, 1.5, 2.0, 4.0, 8.0):
        found = {
            n: share_true(its.captions, painter.paint(its.captions, n, scale))
            for n in (STEPS if scale in (1.0, 2.0) else (16,))
        }
        rows[f"guidance {scale:g}"] = {f"{n} steps": share for n, share in found.items()}
        rows[f"guidance {scale:g}"]["standard error at 16"] = error(found[16], PROMPTS)
    for shift in (0.5, 2.0, 4.0):
        share = share_true(its.captions, painter.paint(its.captions, 4, shift=shift))
        rows[f"guidance 1, shift {shift:g}"] = {"4 steps": share}
    return rows | {"one picture, 20 guided steps": {"ms": milliseconds(painter, its.captions)}}


def milliseconds(painter: Any, captions: list[Any], tries: int = 10) -> float:
    """Return the processor time of a picture painted for itself, the best of several."""
    taken = []
    for caption in captions[:tries]:
        begin = time.process_time()
        painter.paint([caption], 20, 2.0)
        taken.append(time.process_time() - begin)
    return round(1000 * min(taken), 1)


def compare() -> dict[str, dict[str, Row]]:
    """Train networks that differ in one thing, and count what each follows."""
    kinds = {"hearing": HEARING, "predicting": PREDICTING, "times": TIMES}
    painters: dict[str, Any] = {}
    rows: dict[str, dict[str, Row]] = {}
    for kind, its in kinds.items():
        rows[kind] = {}
        for name, changed in its.items():
            painter, row = trained(changed)
            rows[kind][name] = row | {"right by steps": by_steps(painter)}
            painters[name] = painter
    rows["one jump"] = {name: one_jump(painters[name]) for name in PREDICTING}
    return rows


def trained(changed: Row) -> tuple[Any, Row]:
    """Train what notebook 12 trains with something changed; a run that is there is not repeated."""
    from exercise_lib.images.flow_training import FlowConfig
    from exercise_lib.train import train

    config = dataclasses.replace(FlowConfig(), **changed)
    words = "-".join(f"{key}-{value}" for key, value in changed.items())
    folder = RUNS / (words or "live")
    spent = folder / "processor_seconds.txt"
    before = float(spent.read_text()) if spent.exists() else 0.0
    begin = time.process_time()
    task, log = train("flow", folder, config, evaluate_every=config.steps)
    seconds = before or time.process_time() - begin
    spent.write_text(str(seconds))
    parameters = sum(it.numel() for it in task.network.parameters())
    row = {"parameters": parameters, "processor seconds": round(seconds), "steps": config.steps}
    return task.painter(), row | {"loss": round(log[-1]["loss"], 3)}


def by_steps(painter: Any) -> dict[str, float]:
    from exercise_lib.images.oracle import share_true

    captions = unseen(COMPARED_BY).captions
    return {str(n): share_true(captions, painter.paint(captions, n)) for n in STEPS}


@torch.inference_mode()
def one_jump(painter: Any) -> dict[str, Row]:
    """Return the loss at several levels of noise, and how many pictures a single jump gets right.

    Levels are given as noise over data, which are the same for both networks' paths.
    """
    from exercise_lib.images.flow_painter import levels
    from exercise_lib.images.oracle import share_true

    its = unseen(COMPARED_BY)
    data = painter.vae.latents(its.pictures)
    noise = painter.noise(len(data), seed=1)
    predict = painter.predictor(its.captions, 1.0)
    rows = {}
    for ratio in NOISE_OVER_DATA:
        if painter.network.config.predicts == "velocity":
            t = torch.tensor(ratio / (1 + ratio))
            z = (1 - t) * data + t * noise
            found, target = predict(z, t), noise - data
            clean = z - t * found
        else:
            t = torch.tensor(2 / math.pi * math.atan(ratio))
            a, s = levels(t)
            z = a * data + s * noise
            found, target = predict(z, t), noise
            clean = (z - s * found) / a
        right = share_true(its.captions, painter.vae.draw(clean))
        rows[f"{ratio:g}"] = {"loss": round(float(F.mse_loss(found, target)), 4), "right": right}
    return rows


if __name__ == "__main__":
    typer.run(main)
