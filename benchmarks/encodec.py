"""What the kept codec keeps of speech at each rate, beside Opus: one run.

python -m benchmarks.encodec            the kept weights; `--write` keeps the figures beside them
python -m benchmarks.encodec --run build/codec-adversarial    and the newest weights of a run
"""

import json
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from rich.console import Console

from autograder.paths import REPOSITORY
from benchmarks.solved import solved_modules
from benchmarks.tables import table

KEPT = REPOSITORY.data / "encodec"
VOICES = REPOSITORY.data / "voices"
SENTENCES = 20_000  # of the corpus's grammar, for the recogniser's bigram
ROUNDS = 9
JUDGED, SHOWN = 6, 48  # sentences of each voice, by which a codec is judged and an oracle made

Row = dict[str, Any]


def main(
    utterances: Annotated[int, typer.Option(help="How many of the test split.")] = 60,
    run: Annotated[Path | None, typer.Option(help="A run's folder, whose codec to add.")] = None,
    write: Annotated[bool, typer.Option("--write", help="Keep the figures.")] = False,
) -> None:
    """Measure copies of sentences that nothing was trained on, and the speed."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    with solved_modules():
        from exercise_lib.codec import opus

        scores = measure(utterances, run)
        console = Console()
        for title, rows in scores.items():
            console.print(table(title, rows))
        if write:
            (KEPT / "scores.json").write_text(json.dumps(scores, indent=1) + "\n")
            if opus.is_installed():
                path = REPOSITORY.exercise_lib / "codec" / opus.RECORDED.name
                path.write_text(json.dumps(opus_in_the_notebook(), indent=1) + "\n")


def measure(n_utterances: int, run: Path | None) -> dict[str, dict[str, Row]]:
    """Return all figures: table -> row -> name -> figure."""
    from exercise_lib.codec import measures, networks, opus
    from exercise_lib.speech.data import SpeechCorpus
    from exercise_lib.speech.recognise import Recogniser

    sys.path.append(str(REPOSITORY.data))
    from grammar import sentence

    rng = random.Random(0)
    recognise = Recogniser(sentence(rng) for _ in range(SENTENCES))
    codec = networks.load_codec(KEPT)

    def rounded(row: Row) -> Row:
        return {key: round(value, 3) for key, value in row.items()}

    def scored(recordings: list, texts: list[str]) -> Callable[[list, float], Row]:
        return lambda copies, kbps: rounded(
            {"kbps": kbps} | measures.measure(copies, recordings, texts, recognise)
        )

    corpus = list(SpeechCorpus(REPOSITORY.data / "corpus").split("test"))[:n_utterances]
    texts, recordings = [it.text for it in corpus], [it.waveform for it in corpus]
    score = scored(recordings, texts)
    heard = [recognise(it) for it in recordings]
    tables: dict[str, dict[str, Row]] = {
        "recordings": {"joe": {"wer": round(measures.word_error_rate(texts, heard), 3)}},
        "books": by_books(codec, recordings, score),
        "speed": speed(codec, recordings[0]),
        "Opus": {},
    }
    if run is not None:
        tables[f"books, {run.name}"] = by_books(codec_of(run), recordings, score)
    for kilobits in opus.RATES if opus.is_installed() else ():
        tables["Opus"][str(kilobits)] = score(*opus.opus_copies(recordings, kilobits))
    if VOICES.exists():
        tables["voices, all books"] = of_voices(codec, scored, recognise)
    return tables


def codec_of(run: Path) -> Any:
    """Return the codec of a run's newest checkpoint."""
    from exercise_lib.codec.networks import Codec
    from exercise_lib.train.checkpoint import load_checkpoint

    state = load_checkpoint(run)
    if state is None:
        raise SystemExit(f"{run} has no checkpoint")
    codec = Codec()
    codec.load_state_dict(state["modules"]["codec"])
    return codec.eval()


def opus_in_the_notebook() -> dict[str, Row]:
    """Return the scores of Opus as notebook 10 measures them: 20 sentences, another bigram."""
    from exercise_lib.codec import measures, opus
    from exercise_lib.speech.data import SpeechCorpus
    from exercise_lib.speech.recognise import Recogniser

    corpus = SpeechCorpus(REPOSITORY.data / "corpus")
    recognise = Recogniser(it.text for it in corpus.split("train"))
    its = list(corpus.split("test"))[:20]
    recordings, texts = [it.waveform for it in its], [it.text for it in its]
    rows = {}
    for kilobits in opus.RATES:
        copies, kbps = opus.opus_copies(recordings, kilobits)
        row = {"kbps": kbps} | measures.measure(copies, recordings, texts, recognise)
        rows[str(kilobits)] = {key: round(value, 3) for key, value in row.items()}
    return rows


def by_books(codec: Any, recordings: list, score: Callable[[list, float], Row]) -> dict[str, Row]:
    """Return the scores of copies by each number of books, and how many codes a book uses."""
    from exercise_lib.codec.quantizer import perplexity

    codes = [codec.encode(it) for it in recordings]
    every = torch.cat(codes, dim=1)
    rate = codec.config.bits_per_second / 1000
    rows = {}
    for n in range(1, codec.config.n_books + 1):
        row = score([codec.decode(it, n) for it in codes], n * rate)
        row["perplexity"] = round(perplexity(every[n - 1], codec.config.book_size))
        rows[str(n)] = row
    return rows


def of_voices(codec: Any, scored: Callable, recognise: Any) -> dict[str, Row]:
    """Return the scores of each voice of data/voices, on its first sentences for the test.

    "whose" is how often an oracle names the copy's voice, among all of them; it was shown others.
    """
    from exercise_lib.codec import measures
    from exercise_lib.codec.speakers import SpeakerOracle
    from exercise_lib.speech.data import SpeechCorpus

    known = json.loads((VOICES / "voices.json").read_text())
    corpus = SpeechCorpus(VOICES)
    test = corpus.split("test")
    of_voice = {name: [it for it in corpus.ids if it.rpartition("-")[0] == name] for name in known}
    first = {name: [it for it in its if it in test.ids][:JUDGED] for name, its in of_voice.items()}
    shown = [
        (corpus[it].waveform, name)
        for name, its in of_voice.items()
        for it in [it for it in its if it not in first[name]][:SHOWN]
    ]
    whose = SpeakerOracle(*zip(*shown, strict=True))
    rows = {}
    for name, voice in known.items():
        its = [test[key] for key in first[name]]
        texts, recordings = [it.text for it in its], [it.waveform for it in its]
        copies = [codec.decode(codec.encode(it)) for it in recordings]
        row = scored(recordings, texts)(copies, 3.2)
        row["whose"] = round(sum(whose(it) == name for it in copies) / len(copies), 3)
        heard = [recognise(it) for it in recordings]
        row["wer of recordings"] = round(measures.word_error_rate(texts, heard), 3)
        row["whose of recordings"] = round(
            sum(whose(it) == name for it in recordings) / len(recordings), 3
        )
        rows[name + (" (held out)" if voice["held_out"] else "")] = row
    return rows


def speed(codec: Any, waveform: torch.Tensor) -> dict[str, Row]:
    """Return how much faster than real time one thread encodes and decodes one utterance."""
    codes = codec.encode(waveform)
    found = {}
    for name, run in {
        "encode": lambda: codec.encode(waveform),
        "decode": lambda: codec.decode(codes),
    }.items():
        seconds = []
        for _ in range(ROUNDS):
            start = time.process_time()
            run()
            seconds.append(time.process_time() - start)
        length = len(waveform) / 16_000
        found[name] = {"times real time": round(length / statistics.median(seconds))}
    return found


if __name__ == "__main__":
    typer.run(main)
