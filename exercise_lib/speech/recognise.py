"""Which words does a speech recogniser hear?

The recogniser is pocketsphinx with its own English model, and a bigram of the corpus's sentences
in place of its language model, so that errors tell of the sound rather than of rare words.
"""

from __future__ import annotations

import math
import re
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import torch

SAMPLE_RATE = 16_000  # Hz
EXTRA_WORDS = {"yusuf": "Y UW S UH F"}  # not in the recogniser's dictionary
DISCOUNT = 0.5  # taken from every bigram count for pairs that were never seen


def words_of(text: str) -> list[str]:
    """Return a text's words in lower case, without punctuation."""
    return re.findall(r"[a-z']+", text.lower())


def bigram_model(sentences: Iterable[str]) -> str:
    """Return a bigram language model in ARPA format, absolute discounting with back-off.

    p(w | v) = (c(v w) - D) / c(v) where v w was seen, else a(v) p(w)   (Ney et al. 1994)
    """
    unigrams: Counter[str] = Counter()
    followers: dict[str, Counter[str]] = defaultdict(Counter)
    for sentence in sentences:
        words = ["<s>", *words_of(sentence), "</s>"]
        unigrams.update(words[1:])
        for first, second in pairwise(words):
            followers[first][second] += 1
    total = sum(unigrams.values())
    share = {word: count / total for word, count in unigrams.items()}
    lines = ["\\data\\", f"ngram 1={len(share) + 1}"]
    lines += [f"ngram 2={sum(map(len, followers.values()))}", "", "\\1-grams:"]
    for word in ["<s>", *sorted(share)]:
        probability = math.log10(share[word]) if word in share else -99.0
        seen = followers.get(word, Counter())
        left = DISCOUNT * len(seen) / seen.total() if seen else 1.0
        unseen = 1 - sum(share[it] for it in seen)
        back_off = math.log10(max(left, 1e-9) / max(unseen, 1e-9))
        lines.append(f"{probability:.5f} {word} {back_off:.5f}")
    lines += ["", "\\2-grams:"]
    for first in sorted(followers):
        for second, count in sorted(followers[first].items()):
            probability = (count - DISCOUNT) / followers[first].total()
            lines.append(f"{math.log10(probability):.5f} {first} {second}")
    return "\n".join([*lines, "", "\\end\\", ""])


class Recogniser:
    """Pocketsphinx with a bigram of the given sentences."""

    def __init__(self, sentences: Iterable[str]) -> None:
        from pocketsphinx import Config, Decoder, get_model_path

        model = Path(get_model_path()) / "en-us"
        sentences = list(sentences)
        with tempfile.TemporaryDirectory() as folder:
            bigrams, pronunciations = Path(folder) / "bigram.arpa", Path(folder) / "words.dict"
            bigrams.write_text(bigram_model(sentences))
            known = (model / "cmudict-en-us.dict").read_text(encoding="utf-8").splitlines()
            needed = {word for sentence in sentences for word in words_of(sentence)}
            lines = [line for line in known if re.split(r"[ (]", line, maxsplit=1)[0] in needed]
            lines += [f"{word} {phones}" for word, phones in EXTRA_WORDS.items()]
            pronunciations.write_text("\n".join([*lines, ""]), encoding="utf-8")
            config = Config(
                hmm=str(model / "en-us"),
                dict=str(pronunciations),
                lm=str(bigrams),
                samprate=SAMPLE_RATE,
                loglevel="FATAL",
            )
            self.decoder = Decoder(config)

    def __call__(self, waveform: torch.Tensor) -> list[str]:
        """Return the words heard in a waveform `(samples,)` at 16 kHz."""
        samples = (waveform.clamp(-1, 1) * 32767).to(torch.int16).numpy().tobytes()
        self.decoder.start_utt()
        self.decoder.process_raw(samples, full_utt=True)
        self.decoder.end_utt()
        found = self.decoder.hyp()
        return words_of(found.hypstr) if found else []
