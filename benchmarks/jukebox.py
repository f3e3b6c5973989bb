"""What each link of a small Jukebox loses, from sound to codes and from caption to sound: one run.

python -m benchmarks.jukebox           the kept levels, prior and upsampler; `--write` keeps the
                                       figures
python -m benchmarks.jukebox --train   also trains what notebook 14b trains, four minutes of one
                                       core, in build/jukebox, where a stopped run goes on
"""

import json
import math
import time
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from rich.console import Console

from autograder.paths import REPOSITORY, ROOT
from benchmarks.solved import solved_modules
from benchmarks.tables import table

KEPT = REPOSITORY.data / "jukebox"
RUNS = ROOT / "build" / "jukebox"
PIECES = 108  # of held-out kinds, that no training and no other figure has used
FEWER = 54  # of them, for what is repeated often
TEMPERATURES = (0.05, 0.3, 0.6, 0.8, 1.0, 1.3)
OPENING = 17  # upper codes: a second
CODES = 1024

Row = dict[str, Any]
Rows = dict[str, Row]


def main(
    train: Annotated[bool, typer.Option("--train", help="Train and score, too.")] = False,
    write: Annotated[bool, typer.Option("--write", help="Keep the figures.")] = False,
) -> None:
    """Score copies and what is played to captions of held-out kinds, as the oracle hears them."""
    torch.set_num_threads(1)
    console = Console()
    with solved_modules():
        from exercise_lib.music.jukebox_player import load_jukebox
        from exercise_lib.music.pieces import draw_pieces
        from exercise_lib.music.render import render

        jukebox, pieces = load_jukebox(KEPT), draw_pieces(PIECES, 401, held_out=True)
        sounds = render(pieces)
        kinds: dict[str, Rows] = dict(
            zip(("copies", "books"), copied(jukebox, pieces, sounds), strict=True)
        )
        kinds["prompts"] = prompted(jukebox, pieces)
        kinds["temperatures"] = by_temperature(jukebox, pieces[:FEWER], sounds[:FEWER])
        kinds["codes"] = nats(jukebox, pieces, sounds)
        kinds["openings"] = continued(jukebox, pieces[:FEWER], sounds[:FEWER])
        kinds["collapse"] = collapse(jukebox, sounds)
        if train:
            model, row = trained()
            kinds["live"] = {"live": row}
            kinds["prompts"]["live prior, top level"] = said(model, jukebox.top, pieces)
    for name, rows in kinds.items():
        console.print(table(name, rows))
    if write:
        path = KEPT / "scores.json"
        before = json.loads(path.read_text()) if path.exists() else {}
        path.write_text(json.dumps(before | kinds, indent=1) + "\n")


def scored(pieces: list[Any], sounds: Any) -> Row:
    """Return shares heard rightly, and the largest standard error of an attribute."""
    from exercise_lib.music.jukebox_level_training import ATTRIBUTES, heard

    row = heard(pieces, sounds)
    errors = [math.sqrt(row[it] * (1 - row[it]) / len(pieces)) for it in ATTRIBUTES]
    rounded = {name: round(value, 3) for name, value in row.items()}
    return rounded | {"largest standard error": round(max(errors), 3)}


def copied(jukebox: Any, pieces: list[Any], sounds: Any) -> tuple[Rows, Rows]:
    """Return what is heard of copies by each level, and how its book is used."""
    from exercise_lib import quantization

    copies: Rows = {"the sounds themselves": scored(pieces, sounds)}
    books: Rows = {}
    upper = torch.cat([jukebox.top.encode(it) for it in sounds.split(36)])
    finer = jukebox.bottom.decode(jukebox.refine(upper))
    copies["top codes, upsampled"] = scored(pieces, finer)
    for name, level in (("top", jukebox.top), ("bottom", jukebox.bottom)):
        began = time.process_time()
        codes = torch.cat([level.encode(it) for it in sounds.split(36)])
        made = time.process_time()
        copies[name] = scored(pieces, torch.cat([level.decode(it) for it in codes.split(36)]))
        books[name] = {
            "codes a second": round(16_000 / level.config.hop, 2),
            "bits a second": round(level.config.bits_per_second, 1),
            "perplexity": round(float(quantization.perplexity(codes, CODES)), 1),
            "used": len(codes.unique()),
            "of": CODES,
            "ms a piece to encode": round(1000 * (made - began) / len(pieces), 1),
        }
    return copies, books


def prompted(jukebox: Any, pieces: list[Any]) -> Rows:
    """Return what is heard of what is played to full captions, on both levels."""
    from exercise_lib.music.captions import full_caption
    from exercise_lib.music.jukebox_player import UPPER, Sampling

    words = [full_caption(it.kind) for it in pieces]
    rows: Rows = {}
    for seed in range(2):
        began = time.process_time()
        upper = jukebox.imagine(words, Sampling(UPPER.temperature, UPPER.k, seed))
        imagined = time.process_time()
        lower = jukebox.refine(upper)
        seconds = time.process_time() - imagined
        rows[f"top level, seed {seed}"] = scored(pieces, jukebox.top.decode(upper)) | {
            "ms a piece": round(1000 * (imagined - began) / len(pieces), 1)
        }
        rows[f"both levels, seed {seed}"] = scored(pieces, jukebox.bottom.decode(lower)) | {
            "ms a piece": round(1000 * seconds / len(pieces), 1)
        }
    return rows


def by_temperature(jukebox: Any, pieces: list[Any], sounds: Any) -> Rows:
    """Return perplexity of what is said and what is heard of it, by temperature, all codes open."""
    from exercise_lib import quantization
    from exercise_lib.music.captions import full_caption
    from exercise_lib.music.jukebox_player import Sampling

    words = [full_caption(it.kind) for it in pieces]
    data = jukebox.top.encode(sounds)
    rows: Rows = {"data": use(quantization, data)}
    for temperature in TEMPERATURES:
        codes = jukebox.imagine(words, Sampling(temperature))
        row = use(quantization, codes)
        rows[f"temperature {temperature:g}"] = row | scored(pieces, jukebox.top.decode(codes))
    return rows


def use(quantization: Any, codes: Any) -> Row:
    """Return a row of how codes are used: perplexity, and repeats of the code before."""
    repeats = float((codes[:, 1:] == codes[:, :-1]).float().mean())
    perplexity = float(quantization.perplexity(codes, CODES))
    return {"perplexity": round(perplexity, 1), "repeats": round(repeats, 3)}


@torch.inference_mode()
def nats(jukebox: Any, pieces: list[Any], sounds: Any) -> Rows:
    """Return what codes of held-out kinds cost with their own and with another's condition."""
    from exercise_lib import vq_music
    from exercise_lib.music.captions import encode, full_caption

    upper, lower = jukebox.top.encode(sounds), jukebox.bottom.encode(sounds)
    words = encode(full_caption(it.kind) for it in pieces)
    rows: Rows = {"uniform": {"own": round(math.log(CODES), 3)}}
    for name, model, codes, condition in (
        ("prior", jukebox.prior, upper, words),
        ("upsampler", jukebox.upsampler, lower, upper),
    ):
        row = {}
        for whose, its in (("own", condition), ("another's", condition.roll(1, 0))):
            logits = model(vq_music.shifted(codes, model.start), its)
            row[whose] = round(float(vq_music.code_loss(logits, codes, model.config.words)), 3)
        rows[name] = row
    return rows


def continued(jukebox: Any, pieces: list[Any], sounds: Any) -> Rows:
    """Return what is heard where a second is given and only the instrument is said."""
    from exercise_lib.music.jukebox_player import UPPER, Sampling

    opening = jukebox.top.encode(sounds)[:, :OPENING]
    words = [f"a {it.kind.instrument} melody".replace("a organ", "an organ") for it in pieces]
    rows: Rows = {}
    for name, begun in (("a second given", opening), ("nothing given", None)):
        codes = jukebox.imagine(words, Sampling(UPPER.temperature, UPPER.k), begun)
        rows[name] = scored(pieces, jukebox.top.decode(codes))
    return rows


def collapse(jukebox: Any, sounds: Any) -> Rows:
    """Return perplexities of new books that follow the bottom level's latents."""
    from exercise_lib import quantization
    from exercise_lib.music.jukebox_books import followed

    with torch.inference_mode():
        latents = torch.cat([jukebox.bottom.encoder(it) for it in sounds.split(36)])
    latents = latents.mT.flatten(0, 1)

    def restart(book: Any, counts: Any, vectors: Any, places: Any, least: float) -> Any:
        its = quantization.restart_dead(counts, book * counts[:, None], vectors[places], least)
        return its[2], its[0]

    rows: Rows = {}
    for name, how in (("restarted", restart), ("left dead", None)):
        ends = [followed(latents, 512, 120, how, seed=seed) for seed in range(3)]
        rows[name] = {
            "perplexity, 3 seeds": " ".join(f"{it[0][-1]:.0f}" for it in ends),
            "error, 3 seeds": " ".join(f"{it[1][-1]:.3f}" for it in ends),
        }
    return rows


def said(model: Any, level: Any, pieces: list[Any]) -> Row:
    from exercise_lib.music.captions import encode, full_caption
    from exercise_lib.music.jukebox_player import UPPER, say

    words = encode(full_caption(it.kind) for it in pieces)
    return scored(pieces, level.decode(say(model, words, UPPER)))


def trained() -> tuple[Any, Row]:
    """Train what notebook 14b trains; a run that is there is not repeated."""
    from exercise_lib.music import jukebox_level
    from exercise_lib.music.jukebox_prior_training import TransformerConfig
    from exercise_lib.train import train

    jukebox_level.PLACES = (KEPT,)  # the solved modules lie in a folder without data
    task_name = "exercise_lib.music.jukebox_prior_training:TransformerTask"
    began = time.process_time()
    task, log = train(
        task_name,
        Path(RUNS, "prior"),
        TransformerConfig(),
        evaluate_every=200,
        checkpoint_every=100,
    )
    row = {"process seconds": round(time.process_time() - began)}
    row |= {f"nats at {it['step']}": round(it["held_out_nats"], 2) for it in log}
    row |= {f"all at {it['step']}": round(it["all"], 2) for it in log}
    return task.network.cpu().eval(), row


if __name__ == "__main__":
    typer.run(main)
