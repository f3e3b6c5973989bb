"""How many prompts latent diffusion follows, how guidance and steps change that, where words point.

python -m benchmarks.diffusion            the kept VAE and U-Nets; `--write` keeps the figures
python -m benchmarks.diffusion --painter two    prompts, guidance and steps of one of them alone
python -m benchmarks.diffusion --train    also trains live runs, minutes of one core each
"""

import json
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from rich.console import Console

from autograder.paths import REPOSITORY
from benchmarks.solved import solved_modules
from benchmarks.tables import table

KEPT = REPOSITORY.data / "diffusion"
PROMPTS = 200  # of each kind, of scenes that no training and no other figure has used
SEED = 401
EACH = 12  # times that a prompt is painted where its pictures are compared
SCALES = (0, 1, 2, 3, 4, 8)
STEPS = (1, 2, 4, 8, 16, 32)
PAINTED_IN = 20  # steps
TIMES = (0.1, 0.3, 0.6, 0.9)
PAINTERS = {  # kept -> its worlds
    "live": ("centred",),
    "centred": ("centred",),
    "late": ("anywhere", "two things"),
    "two": ("two things", "anywhere"),
    "full": ("full",),
}

Row = dict[str, Any]
Painters = dict[str, tuple[str, ...]]


def main(
    train: Annotated[bool, typer.Option("--train", help="Train live runs, too.")] = False,
    write: Annotated[bool, typer.Option("--write", help="Keep the figures.")] = False,
    painter: Annotated[str, typer.Option(help="Measure this one alone.")] = "",
) -> None:
    """Measure prompts of scenes that nothing was fitted to."""
    torch.set_num_threads(1)
    with solved_modules():
        painters = {painter: PAINTERS[painter]} if painter else PAINTERS
        scores = {
            "prompts": prompts_right(painters),
            "guidance": guidance(painters),
            "steps": steps(painters),
        }
        if not painter:
            scores |= {"vae": pictures(), "words": words(), "milliseconds": milliseconds()}
        console = Console()
        for name, rows in scores.items():
            console.print(table(name, rows))
        if train:
            scores["live"] = live()
            console.print(table("live", scores["live"]))
    if write:
        path = KEPT / "scores.json"
        before = json.loads(path.read_text()) if path.exists() else {}
        if painter:  # rows of others stay
            scores = {name: before.get(name, {}) | rows for name, rows in scores.items()}
        path.write_text(json.dumps(before | scores, indent=1) + "\n")


def worlds() -> dict[str, Any]:
    from exercise_lib.images.scenes import WORLDS

    return dict(WORLDS)


def pictures() -> dict[str, Row]:
    """Return what the kept VAE keeps of each world, beside linear codes."""
    from exercise_lib.images.render import render
    from exercise_lib.images.scenes import draw_scenes
    from exercise_lib.images.vae import Vae, VaeSize, load_vae
    from exercise_lib.images.vae_training import examine

    models = {"kept, 8 channels": load_vae(REPOSITORY.data / "vae")}
    for channels in (4, 8, 16):
        model = Vae(VaeSize(channels))
        model.begin_from(render(draw_scenes(500, seed=0)) / 255)
        models[f"linear, {channels} channels"] = model.eval()
    rows: dict[str, Row] = {}
    for name, model in models.items():
        rows[name] = {}
        for world, its in worlds().items():
            found = examine(model, draw_scenes(PROMPTS, SEED, its))
            rows[name] |= {
                f"{world}: dB": round(found["psnr"], 1),
                f"{world}: read rightly": round(found["read_rightly"], 3),
            }
    return rows


def asked(painters: Painters) -> dict[str, tuple[str, list[Any], float]]:
    """Return, by name, the kept painter, prompts, and their ceiling: true pictures decoded."""
    from exercise_lib.images.oracle import share_true
    from exercise_lib.images.prompts import draw_prompts
    from exercise_lib.images.render import render
    from exercise_lib.images.scenes import draw_scenes
    from exercise_lib.images.vae import load_vae

    vae, rows = load_vae(REPOSITORY.data / "vae"), {}
    for painter, names in painters.items():
        for name in names:
            for held_out in (False, True):
                prompts = draw_prompts(PROMPTS, SEED, worlds()[name], held_out=held_out)
                true = render(draw_scenes(PROMPTS, SEED, worlds()[name], held_out=held_out))
                ceiling = share_true(prompts, vae.draw(vae.latents(true)))
                pairs = "held-out" if held_out else "seen"
                rows[f"{painter}: {name}, {pairs} pairs"] = painter, prompts, ceiling
    return rows


def prompts_right(painters: Painters) -> dict[str, Row]:
    """Return the share of prompts right by the guidance scale, with standard errors."""
    from exercise_lib.images.painter import load_painter
    from exercise_lib.images.prompts import follow

    rows: dict[str, Row] = {}
    for name, (painter, prompts, ceiling) in asked(painters).items():
        rows[name] = {"ceiling": round(ceiling, 3)}
        it = load_painter(painter, KEPT)
        for scale in (1, 2, 3):
            found = follow(it, prompts, scale, PAINTED_IN)
            rows[name] |= {f"w {scale}": round(found["right"], 3)}
        rows[name]["standard error"] = round(found["error"], 3)
        for part in ("colours", "pairs", "relation"):
            rows[name][f"{part}, w 3"] = round(found[part], 3)
    return rows


def guidance(painters: Painters) -> dict[str, Row]:
    """Return prompts right, and diversity of what they leave open, at each guidance scale."""
    from exercise_lib.images.painter import load_painter
    from exercise_lib.images.prompts import draw_prompts, follow, tones_of_prompts
    from exercise_lib.images.scenes import draw_scenes

    rows: dict[str, Row] = {}
    for painter, (name, *_) in painters.items():
        several = draw_prompts(PROMPTS // EACH, SEED + 1, worlds()[name])
        prompts = [prompt for prompt in several for _ in range(EACH)]
        scenes = draw_scenes(len(prompts), SEED + 1, worlds()[name])
        rows[f"{painter}: {name}, data"] = {"tones": round(tones_of_prompts(prompts, scenes), 3)}
        it = load_painter(painter, KEPT)
        for scale in SCALES:
            found = follow(it, prompts, scale, PAINTED_IN)
            rows[f"{painter}: {name}, w {scale}"] = {
                key: round(value, 3) for key, value in found.items()
            }
    return rows


def steps(painters: Painters) -> dict[str, Row]:
    """Return prompts right by the number of sampling steps, w 2."""
    from exercise_lib.images.painter import load_painter
    from exercise_lib.images.prompts import draw_prompts, follow

    rows: dict[str, Row] = {}
    for painter, (name, *_) in painters.items():
        prompts = draw_prompts(PROMPTS, SEED + 2, worlds()[name])
        it = load_painter(painter, KEPT)
        shares = {str(n): round(follow(it, prompts, 2.0, n)["right"], 3) for n in STEPS}
        rows[f"{painter}: {name}"] = shares
    return rows


def words() -> dict[str, Row]:
    """Return how often each kind of word's map points at the lone thing, by network and time."""
    from exercise_lib.images.painter import Painter, load_painter
    from exercise_lib.images.scenes import NURSERY, draw_scenes
    from exercise_lib.images.unet import Unet
    from exercise_lib.images.word_maps import hits

    torch.manual_seed(0)
    late = load_painter("late", KEPT)
    untrained = Painter(Unet(late.unet.config).eval(), late.vae)
    stages = {"untrained": untrained, "early": load_painter("early", KEPT), "late": late}
    scenes = draw_scenes(PROMPTS, SEED + 3, NURSERY)
    rows: dict[str, Row] = {}
    for name, it in stages.items():
        for time_ in TIMES if name == "late" else (0.3,):
            for cells, found in hits(it, scenes, time_).items():
                row = {key: round(value, 2) for key, value in found.items()}
                rows[f"{name}, {cells} x {cells} places, t = {time_}"] = row
    return rows


def milliseconds() -> dict[str, Row]:
    """Return processor time of a picture by 20 guided steps, alone and in a batch of 64."""
    from exercise_lib.images.painter import load_painter
    from exercise_lib.images.prompts import draw_prompts

    it, prompts = load_painter("late", KEPT), draw_prompts(64, SEED, worlds()["anywhere"])
    row = {}
    for n in (1, 64):
        spent = []
        for _ in range(9 if n == 1 else 3):
            begin = time.process_time()
            it.paint(prompts[:n], 2.0, 20)
            spent.append((time.process_time() - begin) / n * 1000)
        row[f"batch of {n}"] = round(min(spent), 1)
    return {"a picture": row}


def live() -> dict[str, Row]:
    """Return what notebook 11 learns live, by other seeds, and with other settings."""
    from exercise_lib.images.diffusion_training import DiffusionConfig

    return {
        "as notebook 11 trains, seed 1": trained(DiffusionConfig(), 1),
        "weights of 1, as Stable Diffusion": trained(DiffusionConfig(weighting="noise"), 0),
        "no caption is dropped": trained(DiffusionConfig(dropped=0.0), 0),
        "the thing anywhere": trained(DiffusionConfig(worlds="anywhere"), 0),
    }


def trained(config: Any, seed: int) -> Row:
    from exercise_lib.images.painter import Painter
    from exercise_lib.images.prompts import draw_prompts, follow
    from exercise_lib.train import train

    with tempfile.TemporaryDirectory() as folder:
        begin = time.process_time()
        task, log = train("diffusion", Path(folder), config, seed=seed, evaluate_every=config.steps)
        seconds = time.process_time() - begin
    it = Painter(task.network.eval(), task.vae)  # type: ignore[attr-defined]
    prompts = draw_prompts(PROMPTS, SEED + 4, worlds()[config.worlds])
    row = {"steps": config.steps, "loss": round(log[-1]["loss"], 3)}
    for scale in (1, 2):
        found = follow(it, prompts, scale, PAINTED_IN)
        row |= {f"w {scale}": round(found["right"], 3)}
    return row | {"standard error": round(found["error"], 3), "processor seconds": round(seconds)}


if __name__ == "__main__":
    typer.run(main)
