"""What each link of DALL-E 2 in small loses, from caption to picture: one run.

python -m benchmarks.unclip            the kept prior and decoder, and both CLIPs; `--write` keeps
                                       the figures
python -m benchmarks.unclip --train    also trains what notebook 13 trains, three minutes of one
                                       core, in build/unclip, where a stopped run goes on
"""

import json
import math
import time
from pathlib import Path
from typing import Annotated, Any

import torch
import torch.nn.functional as F
import typer
from rich.console import Console

from autograder.paths import REPOSITORY, ROOT
from benchmarks.solved import solved_modules
from benchmarks.tables import table

KEPT = REPOSITORY.data / "unclip"
MEASURED = REPOSITORY.exercise_lib / "images" / "unclip_measured.json"
RUNS = ROOT / "build" / "unclip"
PROMPTS = 400  # of each world, that no training and no other figure has used
BANK = 2000  # scenes, of which the bank has four pictures each
SCALES = (0.0, 1.0, 2.0, 4.0, 8.0)  # of guidance
STEPS = 16  # of sampling
WHICH = ("bag", "binds")

Row = dict[str, Any]
Rows = dict[str, Row]


def main(
    train: Annotated[bool, typer.Option("--train", help="Train and score, too.")] = False,
    write: Annotated[bool, typer.Option("--write", help="Keep the figures.")] = False,
) -> None:
    """Score priors and decoders by captions of scenes that no training saw."""
    torch.set_num_threads(1)
    console = Console()
    with solved_modules():
        from exercise_lib.images.unclip_painter import load_unclip

        kinds: dict[str, Rows] = {"clip": clips()}
        kinds["binding"], kinds["apart"] = binding()
        kinds["cosines"], kinds["right"] = {}, {}
        for kind, world in (("", "centred"), ("anywhere", "anywhere")):
            cosines, right = scored(load_unclip(kind, KEPT), world)
            kinds["cosines"] |= {f"kept, {world}": cosines}
            kinds["right"] |= {f"kept, {world}: {name}": row for name, row in right.items()}
        if train:
            painter, row = trained()
            kinds["live"] = {"live": row}
            cosines, right = scored(painter, "centred")
            kinds["live: cosines"] = {"live, centred": cosines}
            kinds["live: right"] = {f"live, centred: {name}": row for name, row in right.items()}
    for name, rows in kinds.items():
        console.print(table(name, rows))
    if write:
        path = KEPT / "scores.json"
        before = json.loads(path.read_text()) if path.exists() else {}
        path.write_text(json.dumps(before | kinds, indent=1) + "\n")
        measured = {name: kinds[name] for name in ("binding", "apart")}
        MEASURED.write_text(json.dumps(measured, indent=1) + "\n")


def unseen(world: str) -> Any:
    """Return scenes that no training and no other figure has used, with pictures and captions."""
    from exercise_lib.images.clip_training import Examined
    from exercise_lib.images.scenes import WORLDS

    return Examined.drawn(PROMPTS, 401, WORLDS[world], False)


def clips() -> Rows:
    """Return the gap, and the cosines of captions with their own and with other pictures."""
    from exercise_lib.images.unclip_embeddings import load_embedder

    rows: Rows = {}
    for which in WHICH:
        embedder = load_embedder(which, KEPT)
        for world in ("centred", "anywhere", "two things"):
            its = unseen(world)
            images, texts = embedder.see(its.pictures), embedder.texts(its.captions)
            middles = [F.normalize(it).mean(0) for it in (images, texts)]
            rows[f"{which}, {world}"] = {
                "gap": round(float((middles[0] - middles[1]).norm()), 3),
                "own": round(float(torch.cosine_similarity(images, texts).mean()), 3),
                "other's": round(
                    float(torch.cosine_similarity(images, texts.roll(1, 0)).mean()), 3
                ),
            }
    return rows


def binding() -> tuple[Rows, Rows]:
    """Return what pictures nearest to embeddings of two things show, and what they tell apart."""
    from exercise_lib.images.prior_network import load_prior
    from exercise_lib.images.unclip_embeddings import load_embedder
    from exercise_lib.images.unclip_painter import imagine
    from exercise_lib.images.unclip_scores import Bank, tells_apart

    its = unseen("two things")
    bound: Rows = {}
    apart: Rows = {}
    for which, name in zip(WHICH, ("a bag", "it binds"), strict=True):
        embedder = load_embedder(which, KEPT)
        bank = Bank.drawn(embedder, BANK)
        for source, embeddings in {
            "the true picture's": embedder.see(its.pictures),
            "the caption's": embedder.texts(its.captions),
            "the prior's": imagine(load_prior(f"prior-{which}", KEPT), embedder, its.captions),
        }.items():
            found = bank.bindings(its.captions, embeddings)
            bound[f"{name}: {source}"] = rounded(found)
            apart[f"{name}: {source}"] = rounded(tells_apart(embedder, its, embeddings))
    return bound, apart


def rounded(row: Row) -> Row:
    return {name: round(value, 4) for name, value in row.items()}


def scored(painter: Any, world: str) -> tuple[Row, Rows]:
    """Return cosines of captions and prior, and prompts right by what the decoder is fed with."""
    from exercise_lib.images.oracle import share_true
    from exercise_lib.images.unclip_scores import error, fed_with

    its, vae = unseen(world), painter.decoder.vae
    again = share_true(its.captions, vae.draw(vae.latents(its.pictures)))
    right: Rows = {"ceiling, the scenes' own latents": {"w 1": again}}
    for name, embeddings in fed_with(painter, its).items():
        scales = SCALES if name == "the prior's" else SCALES[1:3]
        row = {
            f"w {scale:g}": share_true(its.captions, painter.decode(embeddings, STEPS, scale))
            for scale in scales
        }
        best = max(row.values())
        right[name] = row | {"standard error at the best": round(error(best, PROMPTS), 3)}
    return cosines_of(painter, its), right


def cosines_of(painter: Any, its: Any) -> Row:
    """Return mean cosines with the true picture's embedding, and their standard errors."""
    from exercise_lib.images.unclip_painter import imagine

    images = painter.embedder.see(its.pictures)
    row = {}
    texts = painter.embedder.texts(its.captions)
    row |= mean_and_error("caption", torch.cosine_similarity(texts, images))
    for k in (1, 2, 4):
        drawn = imagine(painter.prior, painter.embedder, its.captions, candidates=k)
        row |= mean_and_error(f"prior, best of {k}", torch.cosine_similarity(drawn, images))
    return row


def mean_and_error(name: str, values: torch.Tensor) -> Row:
    error = float(values.std()) / math.sqrt(len(values))
    return {name: round(float(values.mean()), 4), f"{name}, error": round(error, 4)}


def trained() -> tuple[Any, Row]:
    """Train what notebook 13 trains; a run that is there is not repeated."""
    from exercise_lib.images.unclip_painter import UnclipPainter

    prior, prior_row = run("prior")
    decoder, decoder_row = run("decoder")
    painter = UnclipPainter(prior.embedder, prior.network.eval(), decoder.painter())
    return painter, prior_row | decoder_row


def run(name: str) -> tuple[Any, Row]:
    """Train a task with its own settings, and return what it cost in processor time."""
    from exercise_lib.train import train
    from exercise_lib.train.session import find_task

    config = find_task(name).config_type()
    folder: Path = RUNS / name
    spent = folder / "processor_seconds.txt"
    before = float(spent.read_text()) if spent.exists() else 0.0
    begin = time.process_time()
    task, log = train(name, folder, config, evaluate_every=config.steps)
    seconds = before or time.process_time() - begin
    spent.write_text(str(seconds))
    parameters = sum(it.numel() for it in task.network.parameters())
    return task, {
        f"{name}: steps": config.steps,
        f"{name}: parameters": parameters,
        f"{name}: processor seconds": round(seconds),
        f"{name}: loss": round(log[-1]["loss"], 3),
    }


if __name__ == "__main__":
    typer.run(main)
