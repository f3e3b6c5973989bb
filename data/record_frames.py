"""Keep log-mel frames of the corpus for notebook 09: `python data/record_frames.py`.

Writes data/codebooks/frames.npz: a byte a number, of sentences of the train split, and of sentences
of the test split that are not in data/mini.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent))
from exercise_lib.codes.frames import SETTINGS, packed
from exercise_lib.speech import audio
from exercise_lib.speech.data import SpeechCorpus

N_TRAIN, N_TEST = 8000, 1500  # frames
SEED = 0


def frames(corpus: SpeechCorpus, ids: list[str], n: int) -> np.ndarray:
    """Return the first n frames of sentences in an order drawn from a seed, `(n, 80)`."""
    ids = sorted(ids)
    random.Random(SEED).shuffle(ids)
    chosen: list[np.ndarray] = []
    while sum(map(len, chosen)) < n:
        chosen.append(audio.log_mel(corpus[ids.pop()].waveform, SETTINGS).T.numpy())
    return np.concatenate(chosen)[:n]


def main() -> None:
    corpus = SpeechCorpus(HERE / "corpus")
    heard = set(SpeechCorpus(HERE / "mini").ids)
    test = [it for it in corpus.split("test").ids if it not in heard]
    folder = HERE / "codebooks"
    folder.mkdir(exist_ok=True)
    np.savez_compressed(
        folder / "frames.npz",
        train=packed(frames(corpus, corpus.split("train").ids, N_TRAIN)),
        test=packed(frames(corpus, test, N_TEST)),
    )


if __name__ == "__main__":
    main()
