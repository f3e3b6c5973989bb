"""A person's voice: `python -m benchmarks.human` trains the Tacotron of notebook 06 on it.

The speaker is that of Debian's asterisk-core-sounds-en-g722, ten minutes; nothing of it is kept but
the picture benchmarks/human.png, the alignment of a held-out sentence. No true alignment is known.
"""

import sys
import tempfile
from pathlib import Path

import torch

from autograder.paths import REPOSITORY
from benchmarks.solved import solved_modules

STEPS = 400
EVERY = 100
PICTURE = Path(__file__).with_suffix(".png")


def main() -> None:
    torch.set_num_threads(1)
    sys.path.append(str(REPOSITORY.root / "tests"))
    from human_speech import prompts, write_ljspeech

    with solved_modules(), tempfile.TemporaryDirectory() as name:
        from exercise_lib.models.tacotron_training import TacotronConfig, read_alignments
        from exercise_lib.speech import plots
        from exercise_lib.train import train

        data, folder = Path(name) / "speech", Path(name) / "run"
        write_ljspeech(data, len(prompts()))
        config = TacotronConfig(steps=STEPS, batch=16, dropout=0.1)
        train("tacotron", folder, config, data, evaluate_every=EVERY, skip_bad=True)
        seen = {f"step {step}": it for step, it in read_alignments(folder).items()}
        plots.alignments(seen, n_columns=len(seen)).savefig(PICTURE)


if __name__ == "__main__":
    main()
