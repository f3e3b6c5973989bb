"""When each letter of the training sentences sounds, found from text and sound without the truth.

    python data/find_alignments.py     writes data/pretrained/found.jsonl

The text is read as the engine reads it, as units of espeak-ng with a blank after each, and an
aligner learns from the training sentences when each unit sounds. Times of `alignments.jsonl` are
never read. What the truth and this share are the conventions of the datasheet: a blank belongs to
the phoneme after it, and the letters that write a phoneme divide its time.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import torch
from aligned_tacotron import FOUND
from build_corpus import HERE, Span, align_characters, engine_units, merge_units

sys.path.append(str(HERE.parent))
from unit_aligner import align_units

from exercise_lib import mel
from exercise_lib.speech.data import SpeechCorpus
from exercise_lib.speech.scaling import normalise

ENGINE_FRAME = 256 / 22_050  # seconds; a unit lasts one at least
MEL = mel.MelConfig(n_fft=512, hop_length=round(16_000 * ENGINE_FRAME), n_mels=64)


def main() -> None:
    torch.set_num_threads(1)
    from piper.phonemize_espeak import EspeakPhonemizer

    phonemizer = EspeakPhonemizer()
    utterances = list(SpeechCorpus(HERE / "corpus").split("train"))
    texts = [it.text for it in utterances]
    units = [engine_units(*phonemizer.phonemize("en-us", text)) for text in texts]
    number = {unit: n for n, unit in enumerate(sorted({it for some in units for it in some}))}
    paths = align_units(
        [torch.tensor([number[it] for it in some]) for some in units],
        [normalise(mel.log_mel_spectrogram(it.waveform[None], MEL)[0]).T for it in utterances],
    )
    spans = [
        phoneme_spans(some, path, len(it.waveform))
        for some, path, it in zip(units, paths, utterances, strict=True)
    ]
    write(FOUND, [it.id for it in utterances], align_characters(texts, spans))


def phoneme_spans(units: list[str], path: torch.Tensor, n_samples: int) -> list[Span]:
    """Return phonemes, pauses and word boundaries with their times, in samples.

    Args: path: the unit that sounds in each frame, `(T,)`.
    """
    lengths = torch.bincount(path, minlength=len(units)) * MEL.hop_length
    spans: list[Span] = []
    end = 0
    for symbol, indices in merge_units(units):
        start, end = end, end + int(lengths[indices].sum())
        spans.append((symbol, start, end))
    return [*spans[:-1], (spans[-1][0], spans[-1][1], n_samples)]


def write(path: Path, ids: list[str], characters: list[list[Any]]) -> None:
    """Write for each utterance its id, and where each of its characters ends, in samples."""
    lines = [
        json.dumps({"id": key, "ends": [end for _, _, end in spans]})
        for key, spans in zip(ids, characters, strict=True)
    ]
    path.write_text("\n".join([*lines, ""]), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
