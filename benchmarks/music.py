"""What playing and reading pieces costs, how often the oracle is right, what CLAP hears: one run.

python -m benchmarks.music            the oracle and the kept weights
python -m benchmarks.music --train    also trains as notebook 08 does, with both losses
python -m benchmarks.music --write    keeps the figures beside the weights
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

KEPT = REPOSITORY.data / "clap"
ON_EACH = 20  # pieces on each of the sampled instruments

Row = dict[str, Any]


def main(
    pieces: Annotated[int, typer.Option(help="Of each sort.")] = 270,
    train: Annotated[bool, typer.Option("--train", help="Train, too.")] = False,
    write: Annotated[bool, typer.Option("--write", help="Keep the figures.")] = False,
) -> None:
    """Measure on one thread, on pieces that nothing was tuned on."""
    torch.set_num_threads(1)
    console = Console()
    with solved_modules():
        from exercise_lib.music.clap_encoders import load_clap

        rows, costs = oracle(pieces)
        console.print(table(f"The oracle, {pieces} pieces of each sort", rows))
        console.print(table("A piece, one thread, processor time", costs))
        models = {"kept": load_clap(KEPT)}
        seconds = {}
        if train:
            for name, several in {"live": True, "live, own caption alone": False}.items():
                models[name], seconds[name] = trained(several)
        scores = {name: heard(it, pieces) for name, it in models.items()}
        for name, spent in seconds.items():
            scores[name] = {
                key: it | {"processor seconds": spent} for key, it in scores[name].items()
            }
        for name, its in scores.items():
            console.print(table(f"CLAP, {name}", its))
        compared = {name: models[name] for name in ("kept", "live") if name in models}
        named = on_a_bank(compared, console)
    if write:
        kept = {"oracle": rows, **scores}
        (KEPT / "scores.json").write_text(json.dumps(kept, indent=1) + "\n")
        if named:
            (KEPT / "bank.json").write_text(json.dumps(named) + "\n")


def oracle(n: int) -> tuple[dict[str, Row], dict[str, Row]]:
    """Return the share of pieces of which each thing is read rightly, and what a piece costs."""
    from exercise_lib.music.effects import through_effects
    from exercise_lib.music.oracle import agreement, read
    from exercise_lib.music.pieces import VARIED, draw_pieces
    from exercise_lib.music.render import render

    sorts = {
        "seen kinds": draw_pieces(n, 101),
        "held-out kinds": draw_pieces(n, 102, held_out=True),
        "widely varied tones": draw_pieces(n, 103, VARIED),
    }
    rows, spent, total = {}, {"play it": 0.0, "read it": 0.0}, 0
    for name, drawn in sorts.items():
        begin = time.process_time()
        sounds = render(drawn)
        middle = time.process_time()
        rows[name] = shares([agreement(*it) for it in zip(drawn, read(sounds), strict=True)])
        spent["play it"] += middle - begin
        spent["read it"] += time.process_time() - middle
        total += n
        if name == "held-out kinds":
            changed = read(through_effects(sounds, 0))
            rows["the same, filters and rooms"] = shares(
                [agreement(*it) for it in zip(drawn, changed, strict=True)]
            )
    return rows, {name: {"ms": f"{1000 * it / total:.1f}"} for name, it in spent.items()}


def shares(found: list[dict[str, bool]]) -> Row:
    return {name: round(sum(it[name] for it in found) / len(found), 4) for name in found[0]}


def heard(model: Any, n: int) -> dict[str, Row]:
    """Return how often full captions are found among 270, and what they say is true."""
    from exercise_lib.music.clap_training import Examined, named

    sorts = {"seen kinds": False, "held-out kinds": True}
    return {
        name: {key: round(it, 3) for key, it in named(model, Examined.drawn(n, 201, held)).items()}
        for name, held in sorts.items()
    }


def trained(several: bool) -> tuple[Any, int]:
    """Train as notebook 08 does; return the model and the processor seconds."""
    from exercise_lib.music.clap_training import ClapConfig
    from exercise_lib.train import train

    config = ClapConfig(several=several)
    begin = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        task, _ = train("clap", Path(folder), config, evaluate_every=config.steps)
    return task.network.eval(), round(time.process_time() - begin)  # type: ignore[attr-defined]


def on_a_bank(models: dict[str, Any], console: Console) -> dict[str, list[list[float]]]:
    """Return how often sampled instruments are named as which; nothing where there is no bank."""
    from exercise_lib import clip
    from exercise_lib.files.unusable import UnusableData
    from exercise_lib.music.bank import PROGRAMS, confusion, sampled_pieces

    try:
        sampled = sampled_pieces(ON_EACH)
    except UnusableData as error:
        console.print(str(error))
        return {}
    counts = {name: confusion(it, sampled, clip.zero_shot) for name, it in models.items()}
    rows = {}
    for name, it in counts.items():
        right = it.diagonal() / it.sum(1)
        rows[name] = {"all": round(float(it.diagonal().sum() / it.sum()), 3)}
        rows[name] |= {key: round(float(x), 3) for key, x in zip(PROGRAMS, right, strict=True)}
    console.print(table(f"Named on a sampled bank, {len(sampled.sounds)} pieces", rows))
    return {name: it.tolist() for name, it in counts.items()}


if __name__ == "__main__":
    typer.run(main)
