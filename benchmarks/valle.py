"""What VALL-E in small says: words, ends, voices, attention; and what breaks it.

python -m benchmarks.valle             the kept models; `--write` keeps the figures
python -m benchmarks.valle --train     also trains what notebook 15 trains, and the same with the
                                       utterance itself as its prompt, four minutes of one core, in
                                       build/valle, where a stopped run goes on
"""

import json
import math
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import torch
import typer
from rich.console import Console

from autograder.paths import REPOSITORY, ROOT
from benchmarks.solved import solved_modules
from benchmarks.tables import table

if TYPE_CHECKING:
    from exercise_lib.valle.networks import Reader
    from exercise_lib.valle.speaker import Decode, Said, Speaker
    from exercise_lib.valle.spoken import Spoken

KEPT = REPOSITORY.data / "valle"
RUNS = ROOT / "build" / "valle"  # where pretrain.py leaves what is measured and not kept
MEASURED = REPOSITORY.exercise_lib / "valle" / "measured.json"
DIGITS = REPOSITORY.data / "digits"
READINGS = ROOT / "build" / "readings"  # as data/code_readings.py makes it
SEEDS = (0, 1)
TEMPERATURES = (0.05, 0.4, 0.8, 1.2, 1.6, 2.0)
TOP = 10
SHOWN = "temperature", "temperature, live", "leak"  # in the notebook
TASK = "exercise_lib.valle.reader_training:ReaderTask"

Row = dict[str, Any]
Rows = dict[str, Row]


class Judges:
    """What listens: a recogniser of digits, an oracle of voices, and the decoder before them."""

    def __init__(self, decode: "Decode") -> None:
        from exercise_lib.valle.listening import digit_recogniser, load_oracle

        self.decode, self.recognise, self.oracle = decode, digit_recogniser(), load_oracle(DIGITS)

    def judge(self, said: Sequence["Said"], spoken: "Spoken", named: bool = True) -> Row:
        """Return word error rate, share that ended, share named as the voice asked for."""
        from exercise_lib.valle.scores import heard_words, stop_rate, voices_named, word_errors

        heard = heard_words(said, self.decode, self.recognise)
        lengths = [it.codes.shape[1] for it in said]
        row: Row = {
            "wer": word_errors(spoken.texts, heard),
            "stopped": stop_rate(said),
            "length": sum(lengths) / int(spoken.lengths.sum()),
        }
        if named:
            voices = voices_named(said, self.decode, self.oracle)
            right = [a == spoken.names[b] for a, b in zip(voices, spoken.voices, strict=True)]
            row["voice"] = sum(right) / len(right)
        return row


def main(
    train: Annotated[bool, typer.Option("--train", help="Train and score, too.")] = False,
    write: Annotated[bool, typer.Option("--write", help="Keep the figures.")] = False,
) -> None:
    """Score the kept models on strings of digits that nobody trained on."""
    torch.set_num_threads(1)
    console = Console()
    with solved_modules():
        from exercise_lib.codec.networks import load_codec
        from exercise_lib.valle.speaker import load_speaker
        from exercise_lib.valle.spoken import load_spoken

        splits = load_spoken(DIGITS)
        tests, codec = splits["test"], load_codec(REPOSITORY.data / "encodec")
        judges, speaker = Judges(codec.decode), load_speaker(KEPT)
        learned = tests.only([n for n, v in enumerate(tests.voices.tolist()) if v < N_LEARNED])
        new = tests.only([n for n, v in enumerate(tests.voices.tolist()) if v >= N_LEARNED])
        kinds: dict[str, Rows] = {
            "ceilings": ceilings(judges, learned, new),
            "said": said_rows(judges, speaker, learned, new),
            "temperature": temperatures(judges, speaker, learned),
            "attention": attention(speaker, splits),
            "accuracy": accuracies(speaker, tests),
        }
        if train:
            kinds["leak"], kinds["temperature, live"] = live(judges, learned)
        if (RUNS / "filler-corpus.safetensors").exists():
            kinds["readings"] = readings(codec)
    for name, rows in kinds.items():
        console.print(table(name, rows))
    if write:
        path = KEPT / "scores.json"
        before = json.loads(path.read_text()) if path.exists() else {}
        found = before | rounded(kinds)
        path.write_text(json.dumps(found, indent=1) + "\n")
        shown = {name: found[name] for name in SHOWN if name in found}
        MEASURED.write_text(json.dumps(shown, indent=1) + "\n")


N_LEARNED = 24  # voices that were trained on; those behind them are held out


def as_said(spoken: "Spoken", n_books: int) -> list["Said"]:
    """Return the true codes as if they had been said."""
    from exercise_lib.valle.speaker import Said

    return [
        Said(codes[:n_books, :n], True)
        for codes, n in zip(spoken.codes, spoken.lengths.tolist(), strict=True)
    ]


def ceilings(judges: Judges, learned: "Spoken", new: "Spoken") -> Rows:
    """Return what the judges say of true codes, by the number of books."""
    rows = {
        f"{k} of 3 books": judges.judge(as_said(learned, k), learned, named=k == 3)
        for k in (1, 2, 3)
    }
    return rows | {"3 of 3 books, new voices": judges.judge(as_said(new, 3), new)}


def mean_rows(rows: Sequence[Row]) -> Row:
    """Return means over runs, and the standard error of each."""
    mean: Row = {}
    for name in rows[0]:
        values = torch.tensor([row[name] for row in rows])
        mean[name] = float(values.mean())
        mean[f"{name}, error"] = float(values.std()) / math.sqrt(len(rows))
    return mean


def said_rows(judges: Judges, speaker: "Speaker", learned: "Spoken", new: "Spoken") -> Rows:
    """Return the scores of what is said in known and in new voices, over several draws."""
    from exercise_lib.valle.scores import say_all
    from exercise_lib.valle.speaker import Said

    def over_seeds(spoken: "Spoken", n_books: int) -> Row:
        rows = []
        for seed in SEEDS:
            said = [
                Said(it.codes[:n_books], it.stopped) for it in say_all(speaker, spoken, seed=seed)
            ]
            is_named = n_books == 3 and seed == SEEDS[0]
            rows.append(judges.judge(said, spoken, named=is_named))
        voice = {"voice": rows[0].pop("voice")} if "voice" in rows[0] else {}
        return mean_rows(rows) | voice

    return {
        "24 voices": over_seeds(learned, 3),
        "24 voices, book 1 alone": over_seeds(learned, 1),
        "4 new voices": over_seeds(new, 3),
    }


def temperatures(judges: Judges, speaker: "Speaker", learned: "Spoken") -> Rows:
    """Return scores over the temperature, drawn from all codes, without a nucleus."""
    from exercise_lib.valle.scores import say_all

    few = learned.only(range(0, len(learned), 3))
    rows: Rows = {}
    for temperature in TEMPERATURES:
        said = say_all(speaker, few, None, temperature, 1.0)
        row = judges.judge(said, few, named=False)
        rows[f"{temperature:g}"] = row | {"repeated": repeated(said)}
    return rows


def repeated(said: Sequence["Said"]) -> float:
    """Return the share of codes of the first book that are the code before them."""
    same = [(it.codes[0, 1:] == it.codes[0, :-1]).float() for it in said]
    return float(torch.cat(same).mean())


def surprise(reader: "Reader", spoken: "Spoken", same: bool = False) -> Row:
    """Return nll and top-10 accuracy with the true past, after a prompt of each voice."""
    from exercise_lib import codec_lm
    from exercise_lib.valle.batches import Drawer
    from exercise_lib.valle.networks import BOS, EOS
    from exercise_lib.valle.scores import neighbours
    from exercise_lib.valle.training import accuracy

    chosen = torch.arange(len(spoken))
    batch = Drawer(spoken).batch(chosen, chosen if same else neighbours(spoken))
    inputs, targets = codec_lm.shift_codes(batch.codes[:, 0], batch.lengths, BOS, EOS)
    with torch.inference_mode():
        logits = reader(batch.symbols, batch.prompt, batch.prompt_lengths, inputs)
    its = logits[:, -targets.shape[1] :]
    return {
        "nll": float(codec_lm.code_loss(logits, targets)),
        f"top {TOP}": accuracy(its, targets, TOP),
    }


def accuracies(speaker: "Speaker", tests: "Spoken") -> Rows:
    """Return how well codes are foretold, of the first book and of those behind it."""
    from exercise_lib.valle.batches import Drawer
    from exercise_lib.valle.scores import neighbours
    from exercise_lib.valle.training import accuracy

    rows: Rows = {"book 1": surprise(speaker.reader, tests)}
    batch = Drawer(tests).batch(torch.arange(len(tests)), neighbours(tests))
    behind = torch.arange(batch.codes.shape[2]) >= batch.lengths[:, None]
    for book in range(1, 3):
        with torch.inference_mode():
            logits = speaker.filler(
                batch.symbols, batch.prompt, batch.prompt_lengths, batch.codes, batch.lengths, book
            )
        targets = batch.codes[:, book].masked_fill(behind, -100)
        rows[f"book {book + 1}"] = {
            "top 1": accuracy(logits, targets, 1),
            f"top {TOP}": accuracy(logits, targets, TOP),
        }
    return rows


def live(judges: Judges, learned: "Spoken") -> tuple[Rows, Rows]:
    """Return what a small reader learns after prompts of other utterances and after its own.

    And how the former speaks at several temperatures.
    """
    from exercise_lib.train import train
    from exercise_lib.valle.reader_training import ReaderConfig
    from exercise_lib.valle.scores import (
        heard_words,
        neighbours,
        say_all,
        stop_rate,
        word_errors,
    )
    from exercise_lib.valle.speaker import Speaker

    rows: Rows = {}
    at_temperatures: Rows = {}
    few = learned.only(range(0, len(learned), 3))
    for name, folder, prompt in (
        ("prompts of others", "live", "another"),
        ("its own prompt", "leak", "same"),
    ):
        begin = time.process_time()
        task, log = train(TASK, RUNS / folder, ReaderConfig(prompt=prompt), DIGITS)
        reader = task.network.eval()
        said = say_all(Speaker(reader), few)
        heard = heard_words(said, judges.decode, judges.recognise)
        rows[name] = {
            "loss": log[-1]["loss"],
            "nll": log[-1]["nll"],
            "top 10": log[-1]["top_10"],
            "nll after another": surprise(reader, few)["nll"],
            "wer": word_errors(few.texts, heard),
            "wer of the prompt's words": word_errors(
                [few.texts[n] for n in neighbours(few).tolist()], heard
            ),
            "stopped": stop_rate(said),
            "seconds": time.process_time() - begin,
        }
        if prompt == "another":
            at_temperatures = temperatures(judges, Speaker(reader), learned)
    return rows, at_temperatures


def attention(speaker: "Speaker", splits: dict[str, "Spoken"]) -> Rows:
    """Return rc of the head that has the highest on the validation split, and of the others."""
    from exercise_lib.valle.scores import rhythms

    chosen = rhythms(speaker.reader, splits["validation"]).mean(0)  # (blocks, heads)
    found = rhythms(speaker.reader, splits["test"])
    block, head = divmod(int(chosen.argmax()), chosen.shape[1])
    each = found[:, block, head]
    return {
        f"block {block}, head {head}": {
            "rc": float(each.mean()),
            "rc, error": float(each.std()) / math.sqrt(len(each)),
            "utterances": len(each),
        },
        "all heads": {"rc": float(found.mean())},
    }


def readings(codec: Any) -> Rows:
    """Return what the models of the corpus's sentences say of its test split, by books."""
    from exercise_lib.codec.measures import word_error_rate
    from exercise_lib.speech.data import SpeechCorpus
    from exercise_lib.speech.recognise import Recogniser
    from exercise_lib.valle.scores import SHORTEST, rhythms, say_all, stop_rate
    from exercise_lib.valle.speaker import Speaker, load_filler, load_reader
    from exercise_lib.valle.spoken import load_spoken

    splits = load_spoken(READINGS)
    tests, corpus = splits["test"], SpeechCorpus(REPOSITORY.data / "corpus")
    recognise = Recogniser(it.text for it in corpus.split("train"))
    speaker = Speaker(load_reader("reader-corpus", RUNS), load_filler("filler-corpus", RUNS))

    def judged(said: Sequence["Said"], n_books: int) -> Row:
        heard = [
            recognise(codec.decode(it.codes[:n_books])) if it.codes.shape[1] >= SHORTEST else []
            for it in said
        ]
        return {"wer": word_error_rate(tests.texts, heard), "stopped": stop_rate(said)}

    best = rhythms(speaker.reader, splits["validation"]).mean(0)
    block, head = divmod(int(best.argmax()), best.shape[1])
    found = rhythms(speaker.reader, tests)[:, block, head]
    draws = [say_all(speaker, tests, seed=seed) for seed in SEEDS]
    attended = {
        "rc": float(found.mean()),
        "rc, error": float(found.std()) / math.sqrt(len(found)),
        "head": f"{block}.{head}",
    }
    rows: Rows = {}
    for n_books in (1, 3):
        rows[f"true codes, {n_books}"] = judged(as_said(tests, n_books), n_books)
        rows[f"said, {n_books}"] = mean_rows([judged(it, n_books) for it in draws])
    return rows | {"reader": attended | surprise(speaker.reader, tests)}


def rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: rounded(it) for name, it in value.items()}
    return round(value, 4) if isinstance(value, float) else value


if __name__ == "__main__":
    typer.run(main)
