"""What is heard of what was asked, of Stable Audio in small: one run.

python -m benchmarks.stable_audio            both autoencoders and the kept transformer; `--write`
                                             keeps the figures
python -m benchmarks.stable_audio --train    also trains what notebook 14a trains, four minutes of
                                             one core, in build/stable-audio-live, where a stopped
                                             run goes on
"""

import json
import math
import time
from typing import Annotated, Any

import torch
import typer
from rich.console import Console

from autograder.paths import REPOSITORY, ROOT
from benchmarks.solved import solved_modules
from benchmarks.tables import table

KEPT = REPOSITORY.data / "stable_audio"
RUN = ROOT / "build" / "stable-audio-live"
FURTHER = {  # of `pretrain.py latent-judged` and `latent-alone`, where these have been run
    "kept, 1200 steps with discriminators": ROOT / "build" / "vae-judged",
    "kept, 1200 steps without": ROOT / "build" / "vae-alone",
}
N_FFT, TREBLE = 1024, 2000  # samples; Hz
TASK = "exercise_lib.music.stable_audio_training:StableAudioTask"
PIECES = 100  # of held-out kinds, that no training and no other figure has used
TIMED = 40  # of them that are asked to end early
SCALES = (1.0, 2.0, 4.0)  # of guidance
SEEDS = (0, 1)  # of the noise
ENDS = (0.8, 2.3)  # seconds asked for; the last note of a piece may end at 2.3 s

Row = dict[str, Any]
Rows = dict[str, Row]


def main(
    train: Annotated[bool, typer.Option("--train", help="Train and score, too.")] = False,
    write: Annotated[bool, typer.Option("--write", help="Keep the figures.")] = False,
) -> None:
    """Score autoencoders and transformers by pieces and captions that no training saw."""
    torch.set_num_threads(1)
    console = Console()
    with solved_modules():
        from exercise_lib.music.stable_audio_player import load_composer

        copies = from_latents()
        rows: dict[str, Rows] = {"heard": heard(copies), "spectra": spectra(copies)}
        rows |= {"prompts": {}, "seconds": ends_of_pieces()}
        composers = {"kept": load_composer(folder=KEPT)}
        if train:
            composers["live"], row = trained()
            rows["live"] = {"live": row}
        for name, composer in composers.items():
            rows["prompts"] |= prompts(name, composer)
            rows["seconds"] |= seconds(name, composer)
    for name, its in rows.items():
        console.print(table(name, its))
    if write:
        path = KEPT / "scores.json"
        before = json.loads(path.read_text()) if path.exists() else {}
        for name, its in rows.items():
            before[name] = before.get(name, {}) | its
        path.write_text(json.dumps(before, indent=1) + "\n")


def unseen() -> list[Any]:
    from exercise_lib.music.pieces import draw_pieces

    return draw_pieces(PIECES, 401, held_out=True)


def from_latents() -> dict[str, torch.Tensor]:
    """Return pieces as they are played, and as they come back from latents."""
    from exercise_lib.music.latent_network import HANDED_OUT, load_vae
    from exercise_lib.music.render import render

    copies = {"played": render(unseen())}
    folders = {"handed out autoencoder": HANDED_OUT, "kept autoencoder": KEPT}
    for name, folder in (folders | {it: at for it, at in FURTHER.items() if at.exists()}).items():
        vae = load_vae(folder)
        copies[name] = vae.sounds(vae.latents(copies["played"]))
    return copies


def heard(copies: dict[str, torch.Tensor]) -> Rows:
    """Return what the oracle hears of pieces."""
    from exercise_lib.music.oracle import agreement, read

    pieces, rows = unseen(), Rows()
    for name, its in copies.items():
        found = [agreement(a, b) for a, b in zip(pieces, read(its), strict=True)]
        rows[name] = {key: mean([float(it[key]) for it in found]) for key in found[0]}
    return rows


def spectra(copies: dict[str, torch.Tensor]) -> Rows:
    """Return how far magnitudes are from those that are played, and how loud the treble is."""
    from exercise_lib.codec.spectra import magnitude
    from exercise_lib.music.instruments import RATE
    from exercise_lib.music.latent_training import FLOOR

    played, *others = (magnitude(it, N_FFT, N_FFT // 4) for it in copies.values())
    high = TREBLE * N_FFT // RATE
    rows: Rows = {}
    for name, its in zip(list(copies)[1:], others, strict=True):
        distance = ((its + FLOOR) / (played + FLOOR)).log10().abs().mean()
        treble = its[:, high:].square().mean() / played[:, high:].square().mean()
        rows[name] = {
            "mean distance, dB": round(20 * float(distance), 2),
            "above 2 kHz, dB": round(10 * float(treble.log10()), 2),
        }
    return rows


def prompts(name: str, composer: Any) -> Rows:
    """Return in which share of prompts each thing is heard as asked, by guidance."""
    from exercise_lib.music.captions import full_caption
    from exercise_lib.music.stable_audio_scores import followed

    kinds = [it.kind for it in unseen()]
    said = [full_caption(it) for it in kinds]
    rows: Rows = {}
    for scale in SCALES:
        seeds = SEEDS if scale == SCALES[1] else SEEDS[:1]
        begin = time.process_time()
        made = [composer.compose(said, guidance_scale=scale, seed=it) for it in seeds]
        spent = (time.process_time() - begin) / len(seeds) / len(said)
        found = [followed(kinds, it) for it in made]
        row: Row = {key: mean([it[key] for it in found]) for key in found[0]}
        worst = min(value for key, value in row.items() if key != "all")
        row["standard error of the worst"] = round(
            math.sqrt(worst * (1 - worst) / PIECES / len(seeds)), 3
        )
        row["seconds of a core, a clip"] = round(spent, 2)
        rows[name if scale == SCALES[1] else f"{name}, w = {scale:g}"] = row
    return rows


def ends_of_pieces() -> Rows:
    """Return the same measure of pieces as they are played, and cut where they were to end."""
    from exercise_lib.music.instruments import RATE
    from exercise_lib.music.render import SAMPLES, render

    totals, sounds = torch.linspace(*ENDS, TIMED), render(unseen()[:TIMED])
    is_on = torch.arange(SAMPLES) < (totals[:, None] * RATE).round()
    return {"played, cut": measured(sounds * is_on, totals)}


def seconds(name: str, composer: Any) -> Rows:
    """Return how far sounding seconds are from asked ones, from the start and from later on."""
    from exercise_lib.music.captions import full_caption

    said = [full_caption(it.kind) for it in unseen()[:TIMED]]
    totals = torch.linspace(*ENDS, TIMED)
    rows: Rows = {}
    for start in (0.0, 0.5, 1.0):
        its = totals.clamp(min=start + 0.5)
        made = composer.compose(said, its.tolist(), start)
        title = name if not start else f"{name}, from {start:g} s on"
        rows[title] = measured(made, its - start)
    return rows


def measured(sounds: torch.Tensor, asked: torch.Tensor) -> Row:
    from exercise_lib.music.stable_audio_scores import level_behind, sounding_seconds

    off = sounding_seconds(sounds) - asked
    behind = level_behind(sounds, asked)
    error = float(off.abs().std()) / math.sqrt(len(off))
    return {
        "seconds off, mean of absolutes": round(float(off.abs().mean()), 3),
        "standard error": round(error, 3),
        "signed mean": round(float(off.mean()), 3),
        "correlation with asked": round(
            float(torch.corrcoef(torch.stack([asked, asked + off]))[0, 1]), 3
        ),
        "level behind, mean": round(float(behind.mean()), 3),
        "level behind, median": round(float(behind.median()), 3),
    }


def mean(values: list[float]) -> float:
    return round(sum(values) / len(values), 4)


def trained() -> tuple[Any, Row]:
    """Train what notebook 14a trains; a run that is there is not repeated."""
    from exercise_lib.music.stable_audio_training import StableAudioConfig
    from exercise_lib.train import train

    config, spent = StableAudioConfig(), RUN / "processor_seconds.txt"
    before = float(spent.read_text()) if spent.exists() else 0.0
    begin = time.process_time()
    task, log = train(TASK, RUN, config, evaluate_every=config.steps)
    took = before or time.process_time() - begin
    spent.write_text(str(took))
    return task.composer(), {  # type: ignore[attr-defined]
        "steps": config.steps,
        "parameters": sum(it.numel() for it in task.network.parameters()),  # type: ignore[attr-defined]
        "processor seconds": round(took),
        "loss": round(log[-1]["loss"], 3),
    }


if __name__ == "__main__":
    typer.run(main)
