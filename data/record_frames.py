"""Keep log-mel frames of the corpus for notebook 09: `python data/record_frames.py`.

Writes data/codebooks/frames.npz, a byte a number: frames of sentences of the train split, and of
whole sentences of the test split, with their text.
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


def sentences(corpus: SpeechCorpus, n: int) -> dict[str, np.ndarray]:
    """Return sentences drawn from a seed, until they have n frames: text -> `(T, 80)`."""
    ids = sorted(corpus.ids)
    random.Random(SEED).shuffle(ids)
    chosen: dict[str, np.ndarray] = {}
    while sum(map(len, chosen.values())) < n:
        utterance = corpus[ids.pop()]
        chosen[utterance.text] = audio.log_mel(utterance.waveform, SETTINGS).T.numpy()
    return chosen


def main() -> None:
    corpus = SpeechCorpus(HERE / "corpus")
    train, test = (
        sentences(corpus.split(split), n) for split, n in (("train", N_TRAIN), ("test", N_TEST))
    )
    folder = HERE / "codebooks"
    folder.mkdir(exist_ok=True)
    np.savez_compressed(
        folder / "frames.npz",
        train=packed(np.concatenate([*train.values()])[:N_TRAIN]),
        test=packed(np.concatenate([*test.values()])),
        ends=np.cumsum([*map(len, test.values())]),
        texts=[*test],
    )


if __name__ == "__main__":
    main()
