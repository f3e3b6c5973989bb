"""Draw the picture of the README: one attention that learned to read, and one that did not.

    python data/draw_alignment.py

Writes data/attention/alignment.png from data/attention/recorded.safetensors.
"""

from __future__ import annotations

from pathlib import Path

import matplotlib

from exercise_lib.speech import plots
from exercise_lib.speech.data import LOCAL_DATA, SpeechCorpus
from exercise_lib.speech.recorded import RecordedAttention

PICTURE = Path(__file__).resolve().parent / "attention" / "alignment.png"
TITLES = {"learned": "learned", "fake": "guided attention left on"}


def main() -> None:
    matplotlib.use("agg")
    recorded = RecordedAttention()
    utterance = SpeechCorpus(LOCAL_DATA / "mini")[0]
    assert utterance.alignment is not None
    panels = {}
    for run, title in TITLES.items():
        step = recorded.steps[run][-1]
        weights = recorded.energies(utterance.id, run, step).softmax(-1)
        scores = recorded.scores(utterance.id, run, step)
        numbers = f"mass {scores['mass_within_1']:.2f}, rc {scores['rc']:.2f}"
        panels[f"{title}: {numbers}"] = weights.T
    truth = utterance.alignment.character_truth(recorded.hop_length, len(weights))
    figure = plots.alignments(panels, n_columns=2, truth=truth, characters=utterance.text)
    figure.savefig(PICTURE, dpi=100, metadata={"Software": None})


if __name__ == "__main__":
    main()
